"""What a bureau shows of itself to a person or a test: no passwords, no certificate numbers."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from simulator.messages import local_time
from simulator.model import OPERATION_NAMES, Case, Subject
from simulator.scenes import all_scenes

if TYPE_CHECKING:
    from simulator.bureau import Bureau

SHOWN = 100


def state(bureau: Bureau) -> dict[str, Any]:
    """Everything a person or a test wants to see; the page shows the same."""
    with bureau.lock:
        bureau.advance()
        policy = bureau.conduct.policy()
        return {
            "now": local_time(bureau.clock()),
            "scene": shown_scene(bureau),
            "scenes": [
                {"name": item.name, "title": item.title, "about": item.about, "minutes": item.minutes}
                for item in all_scenes().values()
            ],
            "initiative": shown_initiative(bureau),
            "mode": policy.mode,
            "delay_s": policy.delay_s,
            "dialect": bureau.config.dialect,
            "seed": bureau.config.seed,
            "options": shown_options(bureau),
            "units": [_unit(bureau, isp_id) for isp_id in bureau.units],
            "pending": [_case(case) for case in bureau.cases.open()],
            "closed": [_case(case) for case in bureau.cases.closed()[-SHOWN:]],
            "filings": [_filing(subject) for subject in bureau.registry.subjects.values()],
            "faults": shown_faults(bureau),
            "journal": [asdict(entry) for entry in bureau.journal.tail(SHOWN)],
        }


def shown_scene(bureau: Bureau) -> dict[str, Any]:
    scene = bureau.conduct.scene
    return {
        "name": scene.name,
        "title": scene.title,
        "about": scene.about,
        "minutes": scene.minutes,
        "since": local_time(bureau.conduct.since),
    }


def shown_initiative(bureau: Bureau) -> dict[str, Any]:
    """next_at: local time, None where nothing comes by itself."""
    schedule, conduct = bureau.conduct.schedule(), bureau.conduct
    ended = schedule.times is not None and conduct.turns >= schedule.times
    idle = schedule.every_s <= 0 or ended
    next_at = conduct.turned_at + (conduct.turns + 1) * schedule.every_s
    return {**asdict(schedule), "turns": conduct.turns, "next_at": None if idle else local_time(next_at)}


def shown_options(bureau: Bureau, isp_id: int | None = None) -> dict[str, Any]:
    doc = asdict(bureau.conduct.options(isp_id))
    if doc["filing_password"] is not None:
        doc["filing_password"] = "***"
    return doc


def shown_faults(bureau: Bureau) -> list[dict[str, Any]]:
    phases = bureau.faults.phases()
    return [{**doc, "phase": phases.get(doc["fault_id"], "over")} for doc in bureau.faults.to_json()]


def _unit(bureau: Bureau, isp_id: int) -> dict[str, Any]:
    unit, common = bureau.units[isp_id], shown_options(bureau)
    own = shown_options(bureau, isp_id)
    return {
        "isp_id": isp_id,
        "user_name": unit.user_name,
        "province": unit.province,
        "encrypt": unit.encrypt,
        "enabled": unit.enabled,
        "mode": bureau.conduct.policy(isp_id).mode,
        "own_options": {name: value for name, value in own.items() if value != common[name]},
        "last_sequence": bureau.last_sequence(isp_id),
        "files": [asdict(file) for file in bureau.files[isp_id]],
        "queue": [asdict(item) for item in bureau.downloads.waiting(isp_id)],
    }


def _case(case: Case) -> dict[str, Any]:
    doc = case.to_json()
    del doc["record"], doc["certificate"]
    doc["operation_name"] = OPERATION_NAMES[case.operation]
    return doc


def _filing(subject: Subject) -> dict[str, Any]:
    doc = subject.to_json()
    del doc["content"], doc["password"], doc["certificate"]
    for site in doc["websites"]:
        del site["content"]
        for access in site["accesses"]:
            del access["content"]
    return doc
