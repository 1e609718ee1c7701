"""The control interface: JSON over HTTP under /_control/, for tests and for the page."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from simulator.config import ConfigInvalid
from simulator.messages import local_time
from simulator.ready_made import SendRefused
from simulator.sending import send
from simulator.state import shown_faults, shown_initiative, shown_options, shown_scene, state

if TYPE_CHECKING:
    from simulator.bureau import Bureau


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


def _faults(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"clear": true | number, "add": [fault, …]}"""
    clear = doc.get("clear")
    if clear is True:
        bureau.faults.clear()
    elif clear not in (None, False):
        bureau.faults.clear(int(clear))
    added = [bureau.faults.add(**item) for item in doc.get("add", [])]
    return {"added": added, "faults": shown_faults(bureau)}


def _decide(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"own_id" | "case_id": number, or "all": true; "approve", "words"}, or {"mode", "delay_s", "unit"}."""
    if "mode" in doc:
        delay, unit = doc.get("delay_s"), _unit(doc)
        bureau.set_mode(doc["mode"], None if delay is None else float(delay), unit)
        policy = bureau.conduct.policy(unit)
        return {"mode": policy.mode, "delay_s": policy.delay_s}
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
    """Options by name; with "unit" for that unit only."""
    unit = _unit(doc)
    bureau.set_options({name: value for name, value in doc.items() if name != "unit"}, unit)
    return {"options": shown_options(bureau, unit)}


def _scene(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"scene": name, "minutes": number}: begin a scene."""
    minutes = doc.get("minutes")
    bureau.choose_scene(str(doc["scene"]), None if minutes is None else float(minutes))
    return {"scene": shown_scene(bureau)}


def _initiative(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"every_s", "kinds", "seed", "times"}: what the bureau starts by itself from now on."""
    bureau.set_initiative(doc)
    return {"initiative": shown_initiative(bureau)}


def _clock(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"advance_s": seconds}: put the bureau's clock forward and do what has become due."""
    bureau.advance(float(doc["advance_s"]))
    return {"now": local_time(bureau.clock())}


def _neighbours(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """{"count", "unit"}: file subjects of a provider that is not connected; answers their numbers."""
    added = bureau.add_neighbours(int(doc.get("count", 1)), _unit(doc))
    return {"websites": [site.number for subject in added for site in subject.websites]}


def _reset(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    bureau.reset()
    return {"reset": True}


def _unit(doc: Mapping[str, Any]) -> int | None:
    return None if doc.get("unit") in (None, "") else int(doc["unit"])


def _to_bytes(doc: Mapping[str, Any]) -> bytes:
    return json.dumps(doc, ensure_ascii=False).encode()


ACTIONS: dict[str, Callable[[Bureau, dict[str, Any]], dict[str, Any]]] = {
    "faults": _faults,
    "decide": _decide,
    "send": _send,
    "options": _options,
    "scene": _scene,
    "initiative": _initiative,
    "clock": _clock,
    "neighbours": _neighbours,
    "reset": _reset,
}
