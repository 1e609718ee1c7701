"""How much time a piece of work has, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from verification.models import Arrival
from verification.selectors import SENT_STATES

SOON_DAYS = 2


@dataclass(frozen=True)
class Deadline:
    """The last day and how it stands. `state` colours it: good, waiting, attention, bad, or "" where nothing presses."""

    day: date | None
    words: str
    state: str


def deadline_of(row: Arrival) -> Deadline:
    """How the day of a piece of work stands; once its answer has left our hands nothing presses."""
    if not row.is_open:
        return Deadline(row.due_on, row.get_state_display(), "good")
    if row.answer is not None and row.answer.state in SENT_STATES:
        return Deadline(row.due_on, "已上报，等管局", "waiting")
    return deadline(row.due_on)


def deadline(day: date | None, today: date | None = None) -> Deadline:
    """A day from today on: 逾期 3 天, 今天到期, 还有 2 天."""
    if day is None:
        return Deadline(None, "待处理", "attention")
    left = (day - (today or timezone.localdate())).days
    if left < 0:
        return Deadline(day, f"逾期 {-left} 天", "bad")
    if left == 0:
        return Deadline(day, "今天到期", "attention")
    return Deadline(day, f"还有 {left} 天", "attention" if left <= SOON_DAYS else "")
