"""Faults on demand: what goes wrong, for which calls, how often. Repeatable by seed."""

from __future__ import annotations

import random
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from simulator.config import ConfigInvalid

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


@dataclass
class Fault:
    """One thing that goes wrong.

    method: a name or "*". times: how often it strikes, None for ever. share: of the calls it applies to.
    after: so many calls pass before it begins. unit: only this unit. delay_s: for delay and slow_answer.
    hours, words: the text of a code (20 names the reporting hours).
    """

    kind: str
    method: str = "*"
    times: int | None = 1
    share: float = 1.0
    after: int = 0
    unit: int | None = None
    code: int = 999
    delay_s: float = 5.0
    hours: str = "09:00-17:00"
    words: str | None = None
    fault_id: int = 0
    seen: int = field(default=0)
    struck: int = field(default=0)

    def applies(self, method: str, isp_id: int) -> bool:
        if self.method not in ("*", method) or self.unit not in (None, isp_id):
            return False
        return self.times is None or self.struck < self.times


class Faults:
    """The book of faults; safe for many requests at once."""

    def __init__(self, seed: int, faults: tuple[Mapping[str, Any], ...] = ()) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next_id = 1
        for doc in faults:
            self.add(**doc)

    def add(self, kind: str, **values: Any) -> int:
        """Add one fault and return its number. Raises: ConfigInvalid."""
        known = {item.name for item in fields(Fault)} - {"fault_id", "seen", "struck", "kind"}
        if kind not in KINDS:
            raise ConfigInvalid(f"faults: kind {kind} is unknown; known: {', '.join(KINDS)}")
        if set(values) - known:
            raise ConfigInvalid(f"faults: unknown: {', '.join(sorted(set(values) - known))}")
        if "share" in values and "times" not in values:
            values["times"] = None
        with self._lock:
            fault = Fault(kind=kind, fault_id=self._next_id, **values)
            self._next_id += 1
            self._faults.append(fault)
        return fault.fault_id

    def clear(self, fault_id: int | None = None) -> None:
        with self._lock:
            self._faults = [item for item in self._faults if fault_id not in (None, item.fault_id)]

    def pick(self, method: str, isp_id: int) -> Fault | None:
        """The first fault that strikes this call."""
        with self._lock:
            for fault in self._faults:
                if not fault.applies(method, isp_id):
                    continue
                fault.seen += 1
                if fault.seen <= fault.after:
                    continue
                if fault.share < 1 and self._random.random() >= fault.share:
                    continue
                fault.struck += 1
                return fault
        return None

    def to_json(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(fault) for fault in self._faults]
