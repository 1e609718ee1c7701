"""The control interface: JSON over HTTP under /_control/, for tests and for the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from simulator.config import ConfigInvalid
from simulator.messages import local_time
from simulator.model import OPERATION_NAMES, Case, Subject
from simulator.ready_made import SendRefused
from simulator.sending import send

if TYPE_CHECKING:
    from simulator.bureau import Bureau

JOURNAL_SHOWN = 100


class ControlRefused(Exception):
    """The control call cannot be done; text says why."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text

    def to_bytes(self) -> bytes:
        return json.dumps({"error": self.text}, ensure_ascii=False).encode()


def handle_control(bureau: Bureau, command: str, path: str, body: bytes) -> tuple[int, bytes]:
    """Raises: ControlRefused."""
    name = path.removeprefix("/_control/").strip("/")
    if command == "GET":
        if name != "state":
            raise ControlRefused(404, f"unknown: GET {path}")
        return 200, _to_bytes(state(bureau))
    action = ACTIONS.get(name)
    if action is None:
        raise ControlRefused(404, f"unknown: POST {path}; known: {', '.join(ACTIONS)}")
    try:
        doc = json.loads(body or b"{}")
        if not isinstance(doc, dict):
            raise ControlRefused(400, "the body must be a JSON object")
        return 200, _to_bytes(action(bureau, doc))
    except (ConfigInvalid, SendRefused) as error:
        raise ControlRefused(400, str(error)) from error
    except (ValueError, TypeError, KeyError) as error:
        raise ControlRefused(400, f"bad value: {error}") from error


def state(bureau: Bureau) -> dict[str, Any]:
    """Everything a person or a test wants to see; the page shows the same."""
    with bureau.lock:
        bureau.advance()
        units = [
            {
                "isp_id": isp_id,
                "user_name": unit.user_name,
                "province": unit.province,
                "encrypt": unit.encrypt,
                "last_sequence": bureau.last_sequence(isp_id),
                "files": [asdict(file) for file in bureau.files[isp_id]],
                "queue": [asdict(item) for item in bureau.downloads.waiting(isp_id)],
            }
            for isp_id, unit in bureau.units.items()
        ]
        return {
            "now": local_time(bureau.clock()),
            "mode": bureau.policy.mode,
            "delay_s": bureau.policy.delay_s,
            "dialect": bureau.config.dialect,
            "seed": bureau.config.seed,
            "options": _options_shown(bureau),
            "units": units,
            "pending": [_case(case) for case in bureau.cases.open()],
            "closed": [_case(case) for case in bureau.cases.all()[-JOURNAL_SHOWN:] if not case.is_open],
            "filings": [_filing(subject) for subject in bureau.registry.subjects.values()],
            "faults": bureau.faults.to_json(),
            "journal": [asdict(entry) for entry in bureau.journal.tail(JOURNAL_SHOWN)],
        }


def _options_shown(bureau: Bureau) -> dict[str, Any]:
    doc = asdict(bureau.options)
    if doc["filing_password"] is not None:
        doc["filing_password"] = "***"
    return doc


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


def _faults(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"clear": true | number, "add": [fault, …]}"""
    clear = doc.get("clear")
    if clear is True:
        bureau.faults.clear()
    elif clear not in (None, False):
        bureau.faults.clear(int(clear))
    added = [bureau.faults.add(**item) for item in doc.get("add", [])]
    return {"added": added, "faults": bureau.faults.to_json()}


def _decide(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"own_id" | "case_id": number, or "all": true; "approve", "words"}, or {"mode", "delay_s"}."""
    if "mode" in doc:
        if doc["mode"] not in ("auto", "manual", "rules"):
            raise ControlRefused(400, "mode must be auto, manual or rules")
        delay = doc.get("delay_s")
        bureau.set_mode(doc["mode"], None if delay is None else float(delay))
        return {"mode": bureau.policy.mode, "delay_s": bureau.policy.delay_s}
    own_id, case_id = doc.get("own_id"), doc.get("case_id")
    if own_id is None and case_id is None and not doc.get("all"):
        raise ControlRefused(400, "say which: own_id, case_id, or all")
    decided = bureau.decide(
        None if own_id is None else int(own_id),
        approve=bool(doc.get("approve", True)),
        words=doc.get("words") or None,
        case_id=None if case_id is None else int(case_id),
    )
    if not decided:
        raise ControlRefused(404, "nothing open matches")
    return {"decided": decided}


def _send(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"unit"?, "xml": text} or {"unit"?, "kind": name, …}; see sending.py."""
    return {"file_name": send(bureau, doc)}


def _options(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    bureau.set_options(doc)
    return {"options": _options_shown(bureau)}


def _clock(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"advance_s": seconds}: put the bureau's clock forward and do what has become due."""
    bureau.advance(float(doc["advance_s"]))
    return {"now": local_time(bureau.clock())}


def _neighbours(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"count": number}: file subjects of a provider that is not connected; answers their numbers."""
    added = bureau.add_neighbours(int(doc.get("count", 1)))
    return {"websites": [site.number for subject in added for site in subject.websites]}


def _reset(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    bureau.reset()
    return {"reset": True}


def _to_bytes(doc: Mapping[str, Any]) -> bytes:
    return json.dumps(doc, ensure_ascii=False).encode()


ACTIONS: dict[str, Callable[[Bureau, dict[str, Any]], dict[str, Any]]] = {
    "faults": _faults,
    "decide": _decide,
    "send": _send,
    "options": _options,
    "clock": _clock,
    "neighbours": _neighbours,
    "reset": _reset,
}
