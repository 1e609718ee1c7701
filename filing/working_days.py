"""Working days of mainland China: weekends, public holidays, and the days worked in exchange for them.

The State Council announces the holidays of a year late in the year before. Days of a year that the calendar does not
know yet are counted Monday to Friday, and the answer says that it is an estimate.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache

import chinese_calendar
from django.utils import timezone

SATURDAY = 5


@dataclass(frozen=True)
class Term:
    """A span of working days: its last day, and whether a day of a year not announced yet was counted."""

    last_day: date
    is_estimate: bool


def is_working_day(day: date) -> tuple[bool, bool]:
    """Whether people work on a day, and whether that is an estimate."""
    try:
        return chinese_calendar.is_workday(day), False
    except NotImplementedError:  # the library's word for a year without an announcement
        return day.weekday() < SATURDAY, True


def local_day(at: datetime) -> date:
    """The day of a moment in Asia/Shanghai."""
    return timezone.localtime(at).date()


@lru_cache(maxsize=1024)
def term_of(begun: date, working_days: int) -> Term:
    """The last of so many working days, counted from the day after `begun`."""
    day, left, is_estimate = begun, working_days, False
    while left > 0:
        day += timedelta(days=1)
        works, guessed = is_working_day(day)
        left -= works
        is_estimate |= guessed
    return Term(day, is_estimate)


def working_days_since(begun: date, until: date) -> int:
    """How many working days have passed: those after `begun`, up to and with `until`."""
    days = (begun + timedelta(days=n) for n in range(1, (until - begun).days + 1))
    return sum(is_working_day(day)[0] for day in days)
