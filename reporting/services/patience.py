"""When a link may be called again: back-off for what needs patience, an open circuit for what needs a person.

Spec: protocol "Codes that steer the link".
"""

from __future__ import annotations

import random
import re
from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from filing.result_codes import explain
from reporting.choices import Circuit
from reporting.models import Link

PERSON_CODES = frozenset({4, 5, 9, 10, 11, 12, 13, 19})
"""Stop calling, say what to check, go on once it is mended."""

PATIENCE_CODES = frozenset({15, 20, 901, 902})
"""Wait, growing longer, inside the hours."""

FAULT_CODES = frozenset({6, 7, 8, 16, 17, 18, 21, 999})
"""A fault in ours or theirs: three tries, then a person."""

FREE_NUMBER_CODES = frozenset({6, 7, 8, 17, 18})
"""The file was refused and its number is free again."""

HOURS_CODE = 20
TRIES_BEFORE_A_PERSON = 3
FIRST_WAIT_S, LONGEST_WAIT_S, PROBE_WAIT_S = 5.0, 600.0, 60.0

_HOURS = re.compile(r"(\d{1,2})[:：点时](\d{2})?\D{0,6}?[-－—~～至到]\D{0,3}?(\d{1,2})[:：点时](\d{2})?")


def waits(seconds: float) -> timedelta:
    """A wait of the link, scaled by ICP_WAIT_FACTOR."""
    return timedelta(seconds=seconds * settings.ICP_WAIT_FACTOR)


def back_off(failures: int) -> timedelta:
    """5 s, 10 s, 20 s … to ten minutes, with jitter so that links do not call in step."""
    seconds = min(FIRST_WAIT_S * 2 ** max(failures - 1, 0), LONGEST_WAIT_S)
    return waits(seconds * random.uniform(0.75, 1.25))


def all_is_well(link: Link) -> None:
    """A call succeeded: no more waiting, and an open circuit closes by itself."""
    link.failures, link.waiting_reason, link.upload_not_before, link.download_not_before = 0, "", None, None
    link.circuit, link.circuit_reason, link.circuit_code, link.circuit_since = Circuit.CLOSED, "", None, None
    _save(link)


def wait_a_while(link: Link, reason: str, *, until: datetime | None = None) -> None:
    """Something that passes by itself: both directions wait, longer each time."""
    link.failures += 1
    link.waiting_reason = reason
    moment = until or timezone.now() + back_off(link.failures)
    link.upload_not_before = link.download_not_before = moment
    _save(link)


def call_a_person(link: Link, reason: str, code: int | None = None) -> None:
    """Open the circuit. From now on at most one probe a minute, until one succeeds."""
    if link.circuit != Circuit.OPEN:
        link.circuit_since = timezone.now()
    link.circuit, link.circuit_reason, link.circuit_code = Circuit.OPEN, reason, code
    link.failures += 1
    link.upload_not_before = link.download_not_before = timezone.now() + waits(PROBE_WAIT_S)
    _save(link)


def heed(link: Link, code: int, message: str) -> str:
    """Steer the link by a code that is not a success. Returns the reason in words, for the requests that wait."""
    known = explain(code)
    words = f"{message or known.message or '管局未说明'}（代码 {code}）"
    if code in PERSON_CODES:
        call_a_person(link, f"{words}。{known.remedy}", code)
    elif code == HOURS_CODE:
        wait_a_while(link, words, until=next_opening(message, timezone.now()))
    elif code in PATIENCE_CODES:
        wait_a_while(link, words)
    elif link.failures + 1 >= TRIES_BEFORE_A_PERSON:
        call_a_person(link, f"{words}，已连续 {link.failures + 1} 次。{known.remedy}", code)
    else:
        wait_a_while(link, words)
    return words


def next_opening(message: str, now: datetime) -> datetime | None:
    """The next beginning of the reporting hours that a message names (Asia/Shanghai), or None if it names none.

    Also None while the hours are open: then our clocks differ, and a short wait does.
    """
    found = _HOURS.search(message)
    if not found:
        return None
    hour, minute, end_hour, end_minute = (int(each or 0) for each in found.groups())
    if hour > 23 or end_hour > 24 or minute > 59 or end_minute > 59:
        return None
    here = timezone.localtime(now)
    opening = datetime.combine(here.date(), time(hour, minute), here.tzinfo)
    closing = datetime.combine(here.date(), time(0), here.tzinfo) + timedelta(
        hours=end_hour, minutes=end_minute
    )
    if here < opening:
        return opening
    if here < closing:
        return None
    return opening + timedelta(days=1)


def _save(link: Link) -> None:
    link.save(
        update_fields=[
            "failures",
            "waiting_reason",
            "upload_not_before",
            "download_not_before",
            "circuit",
            "circuit_reason",
            "circuit_code",
            "circuit_since",
            "updated_at",
        ]
    )
