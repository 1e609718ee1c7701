"""The last day for a piece of work: that which the bureau's words name, else so many working days by rule."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.conf import settings

from filing.working_days import local_day, term_of
from verification.models import (
    Arrival,
    CheckResult,
    ListedWork,
    Notice,
    UnfiledWebsite,
    VerificationTask,
)

_RULES: dict[type[Arrival], str] = {
    VerificationTask: "tasks",
    UnfiledWebsite: "unfiled",
    CheckResult: "checks",
    Notice: "notices",
    ListedWork: "listed",
}
"""By which setting (ICP_WORK_DUE_DAYS) each kind is due: the interface has no field for a due date."""

_BEFORE = re.compile(
    r"(?:(?P<year>20\d\d)\s*[年\-./])?\s*(?P<month>\d{1,2})\s*[月\-./]\s*(?P<day>\d{1,2})\s*日?\s*"
    r"(?:\d{1,2}[:：时点]\d{0,2}分?\s*)?(?:之前|以前|前|止)"
)
_NUMERALS = "一二三四五六七八九"
_WITHIN = re.compile(
    r"(?P<count>\d{1,3}|[一二三四五六七八九十]{1,3})\s*(?P<working>个?工作)?(?(working)日|[日天])(?:之|以)?内"
)
MOST_DAYS = 400


def due_of(model: type[Arrival], received_at: datetime, words: str = "") -> tuple[date, bool]:
    """The last day for work that came at a moment, and whether it is the bureau's own word."""
    told = due_in_words(words, local_day(received_at))
    if told is not None:
        return told, True
    return term_of(local_day(received_at), settings.ICP_WORK_DUE_DAYS[_RULES[model]]).last_day, False


def due_in_words(words: str, begun: date) -> date | None:
    """The last day that words name: 请于12月1日前…, 10个工作日内…, 15日内…. None where they name none, or one long gone.

    A day without its year is the next one of that name.
    """
    if found := _BEFORE.search(words):
        year, month, day = found["year"], int(found["month"]), int(found["day"])
        named = _day(int(year) if year else begun.year, month, day)
        if named is not None and not year and named < begun:
            named = _day(begun.year + 1, month, day)
        if named is not None and 0 <= (named - begun).days <= MOST_DAYS:
            return named
    if found := _WITHIN.search(words):
        count = _number(found["count"])
        if 1 <= count <= MOST_DAYS:
            return (
                term_of(begun, count).last_day
                if found["working"]
                else date.fromordinal(begun.toordinal() + count)
            )
    return None


def _number(text: str) -> int:
    """A number below a hundred as notices write it: 10, 十, 十五, 二十. 0 for what is none."""
    if text.isdigit():
        return int(text)
    tens, ten, units = text.rpartition("十")
    if not ten:
        return _NUMERALS.find(text) + 1 if len(text) == 1 else 0
    if len(tens) > 1 or len(units) > 1:
        return 0
    return 10 * (_NUMERALS.find(tens) + 1 if tens else 1) + (_NUMERALS.find(units) + 1 if units else 0)


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
