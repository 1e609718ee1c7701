"""Faults on demand: what goes wrong, for which calls, how often, when. Repeatable by seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from simulator.dialects import METHODS
from simulator.invalid import ConfigInvalid, check_names, names_of

# kind -> what a person reads
KINDS = {
    "lost_answer": "处理完成但应答丢失",
    "dropped": "处理之前断开连接",
    "reset": "处理之前重置连接",
    "delay": "先等待再处理",
    "slow_answer": "处理完成后迟迟不应答",
    "http_500": "HTTP 500",
    "html_200": "返回网页（200）",
    "html_503": "返回网页（503）",
    "cut": "应答被截断",
    "garbage": "应答不是 XML",
    "soap_fault": "SOAP Fault",
    "wrong_hash": "下载文件的哈希值错误",
    "code": "返回指定代码，不处理",
    "repeat_after_ack": "确认之后仍再次下发",
}
# Faults that belong to one method strike no other, so that they do not use up their turns there.
OWN_METHOD = {"wrong_hash": "isp_download", "repeat_after_ack": "isp_downloadack"}
WINDOW = ("from_s", "for_s", "every_s")
# Reading a service's description: "*" leaves it alone, so that a fault for one call is not used up by it.
DESCRIPTION = "wsdl"


@dataclass
class Fault:
    """One thing that goes wrong.

    method: a name, a list of names, "wsdl", or "*" for every method. times: how often it strikes, None for ever.
    share: of the calls it applies to. after: so many calls pass before it begins. unit: only this unit. code, hours,
    words: of a "code" (20 names the reporting hours). from_s: begins so many seconds after it was added; for_s: lasts
    so long; every_s: begins anew each time so many seconds have passed. delay_s: real seconds, for delay and
    slow_answer.
    """

    kind: str
    method: str | list[str] = "*"
    times: int | None = 1
    share: float = 1.0
    after: int = 0
    unit: int | None = None
    code: int = 999
    delay_s: float = 5.0
    hours: str = "09:00-17:00"
    words: str | None = None
    from_s: float = 0.0
    for_s: float | None = None
    every_s: float | None = None
    fault_id: int = 0
    added_at: float = 0.0
    seen: int = 0
    struck: int = 0

    def applies(self, method: str, isp_id: int, now: float) -> bool:
        if method not in self.methods() and (self.method != "*" or method == DESCRIPTION):
            return False
        if self.unit not in (None, isp_id) or OWN_METHOD.get(self.kind, method) != method:
            return False
        return self.phase(now) == "open"

    def methods(self) -> list[str]:
        return [self.method] if isinstance(self.method, str) else self.method

    def phase(self, now: float) -> str:
        """open, waiting (its time comes again), or over."""
        if self.times is not None and self.struck >= self.times:
            return "over"
        past = now - self.added_at - self.from_s
        if past < 0:
            return "waiting"
        if self.every_s is not None:
            past %= self.every_s
        if self.for_s is None or past < self.for_s:
            return "open"
        return "waiting" if self.every_s is not None else "over"


class Faults:
    """The book of faults. lock: the bureau's, so that many requests at once see one book; save keeps the book."""

    def __init__(
        self,
        seed: int,
        clock: Callable[[], float],
        *,
        lock: threading.RLock | None = None,
        save: Callable[[list[dict[str, Any]]], None] = lambda docs: None,
    ) -> None:
        self._seed, self._clock, self._save = seed, clock, save
        self._lock = lock or threading.RLock()
        self._faults: list[Fault] = []
        self._last_id = 0

    def add(self, kind: str, **values: Any) -> int:
        """Add one fault and return its number. Raises: ConfigInvalid."""
        fault = _read(kind, values)
        with self._lock:
            self._last_id += 1
            fault.fault_id, fault.added_at = self._last_id, self._clock()
            self._faults.append(fault)
            self._save(self.to_json())
        return fault.fault_id

    def begin(self, docs: Iterable[Mapping[str, Any]]) -> None:
        """Forget what there is and add these. Raises: ConfigInvalid."""
        docs = list(docs)
        check_faults(docs)
        with self._lock:
            self._faults = []
            for doc in docs:
                self.add(**doc)
            self._save(self.to_json())

    def restore(self, docs: Iterable[Mapping[str, Any]]) -> None:
        """Go on with the book as it was saved."""
        with self._lock:
            self._faults = [Fault(**doc) for doc in docs]
            self._last_id = max((fault.fault_id for fault in self._faults), default=0)

    def clear(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._faults = [item for item in self._faults if fault_id not in (None, item.fault_id)]
            self._save(self.to_json())

    def pick(self, method: str, isp_id: int) -> Fault | None:
        """The first fault that strikes this call."""
        with self._lock:
            now, seen, struck = self._clock(), False, None
            for fault in self._faults:
                if not fault.applies(method, isp_id, now):
                    continue
                fault.seen, seen = fault.seen + 1, True
                if fault.seen > fault.after and self._lot(fault) < fault.share:
                    fault.struck += 1
                    struck = fault
                    break
            if seen:
                self._save(self.to_json())
            return struck

    def to_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]

    def phases(self) -> dict[int, str]:
        """Fault number -> open, waiting or over."""
        with self._lock:
            return {fault.fault_id: fault.phase(self._clock()) for fault in self._faults}

    def _lot(self, fault: Fault) -> float:
        """Drawn by the fault and the call's place in its row, so that a restart goes on in the same row."""
        return random.Random(f"{self._seed}:{fault.kind}:{fault.fault_id}:{fault.seen}").random()


def check_faults(docs: Iterable[Any]) -> None:
    """Raises: ConfigInvalid."""
    for doc in docs:
        if not isinstance(doc, Mapping) or "kind" not in doc:
            raise ConfigInvalid("faults: each must be an object with a kind")
        _read(doc["kind"], {name: value for name, value in doc.items() if name != "kind"})


def _read(kind: Any, values: dict[str, Any]) -> Fault:
    if kind not in KINDS:
        raise ConfigInvalid(f"faults: kind {kind} is unknown; known: {', '.join(KINDS)}")
    check_names(values, names_of(Fault) - {"fault_id", "added_at", "seen", "struck", "kind"}, "faults")
    if "times" not in values and ("share" in values or set(values) & set(WINDOW)):
        values = {**values, "times": None}
    for name, value in values.items():
        if name in (*WINDOW, "times", "share", "after", "unit", "code", "delay_s") and not (
            value is None or isinstance(value, int | float)
        ):
            raise ConfigInvalid(f"faults: {name} must be a number")
    fault = Fault(kind=kind, **values)
    unknown = set(fault.methods()) - {"*", DESCRIPTION, *METHODS}
    if unknown:
        raise ConfigInvalid(f"faults: method {', '.join(sorted(unknown))} is unknown")
    return fault
