"""When a link may be called again: back-off for what needs patience, an open circuit for what needs a person.

Spec: protocol "Codes that steer the link".
"""

from __future__ import annotations

import random
import re
from datetime import datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from filing.result_codes import LINK_CODES, explain
from reporting.choices import Circuit, Direction, Trouble
from reporting.models import Link
from reporting.services.circuit_alerts import tell_of_circuit

PERSON_CODES = frozenset({4, 5, 9, 10, 11, 12, 13, 19})
"""Stop calling, say what to check, go on once it is mended."""

WHOLE_LINK_CODES = PERSON_CODES - {19}
"""These concern the parameters, so both directions; 19 is about reporting alone: decisions still arrive."""

PATIENCE_CODES = frozenset({15, 20, 901, 902})
"""Wait, growing longer, inside the hours."""

FAULT_CODES = frozenset({6, 7, 8, 16, 17, 18, 21, 999})
"""A fault in ours or theirs: three tries, then a person."""

FREE_NUMBER_CODES = frozenset({6, 7, 8, 17, 18})
"""The file was refused and its number is free again."""

HOURS_CODE = 20
ADDRESS_CODE = 13
TRIES_BEFORE_A_PERSON = 3
FIRST_WAIT_S, LONGEST_WAIT_S, PROBE_WAIT_S = 5.0, 600.0, 60.0

_CIRCUIT_COLUMNS = ["circuit", "circuit_reason", "circuit_code", "circuit_since", "circuit_direction"]
_COLUMNS = {
    Direction.SENDING: ["upload_failures", "upload_waiting_reason", "upload_not_before", "updated_at"],
    Direction.RECEIVING: [
        "download_failures",
        "download_waiting_reason",
        "download_not_before",
        "updated_at",
    ],
}
"""What each direction writes: two processes that work in opposite directions do not undo one another."""

_CLOCK = r"(上午|下午|晚上|中午|凌晨)?\s*(\d{1,2})\s*[:：点时]\s*(\d{2})?(?:[:：]\d{2})?"
_HOURS = re.compile(rf"{_CLOCK}\D{{0,6}}?[-－—–~～至到]\D{{0,3}}?{_CLOCK}")
_AFTERNOON = ("下午", "晚上")


def waits(seconds: float) -> timedelta:
    """A wait of the link, scaled by ICP_WAIT_FACTOR."""
    return timedelta(seconds=seconds * settings.ICP_WAIT_FACTOR)


def back_off(failures: int) -> timedelta:
    """5 s, 10 s, 20 s … to ten minutes, with jitter so that links do not call in step."""
    doublings = min(max(failures - 1, 0), 16)  # a link that was down for a week counts thousands of failures
    seconds = min(FIRST_WAIT_S * 2**doublings, LONGEST_WAIT_S)
    return waits(seconds * random.uniform(0.75, 1.25))


def trouble_of(code: int) -> str:
    """On which side a code of an answer says that the trouble lies; empty where it says of none."""
    if code in PERSON_CODES:
        return Trouble.OURS
    if code in PATIENCE_CODES:
        return Trouble.BUREAU
    return Trouble.EITHER if code in FAULT_CODES else ""


def is_stopped_by_results(link: Link) -> bool:
    """Whether results said of the whole link (5003, 5004, 5009, 5011, 1054) that nothing may be sent.

    An accepted file proves nothing here, for these codes come after one: sending goes on when a person set the link anew.
    """
    return link.circuit == Circuit.OPEN and link.circuit_code in LINK_CODES


def may_call(link: Link, direction: Direction) -> bool:
    """Whether the link may be called now in a direction without a person asking for it.

    While a fault of the whole link keeps the circuit open, only the direction that found it probes; what results say
    of the whole link (5003 …) stops sending until a person acts.
    """
    if link.paused_at(direction) is not None:
        return False
    if link.circuit == Circuit.OPEN:
        if link.circuit_code in WHOLE_LINK_CODES and link.circuit_direction != direction:
            return False
        if is_stopped_by_results(link) and direction == Direction.SENDING:
            return False
    not_before = link.upload_not_before if direction == Direction.SENDING else link.download_not_before
    return not_before is None or not_before <= timezone.now()


def failures_of(link: Link, direction: Direction) -> int:
    """How many calls in a row failed in a direction."""
    return link.upload_failures if direction == Direction.SENDING else link.download_failures


def _wait(link: Link, direction: Direction, failures: int, reason: str, not_before: datetime | None) -> None:
    if direction == Direction.SENDING:
        link.upload_failures, link.upload_waiting_reason, link.upload_not_before = (
            failures,
            reason,
            not_before,
        )
    else:
        link.download_failures, link.download_waiting_reason = failures, reason
        link.download_not_before = not_before
    link.save(update_fields=_COLUMNS[direction])


def all_is_well(link: Link, direction: Direction) -> None:
    """A call succeeded: no more waiting, and a circuit that this direction opened closes by itself.

    One that another process opened while the call was under way stays open: the call proves nothing of it.
    """
    if link.circuit == Circuit.OPEN and link.circuit_direction == direction:
        same = Link.objects.filter(pk=link.pk, circuit_direction=direction, circuit_since=link.circuit_since)
        _close(link)
        with transaction.atomic():
            if same.update(**{name: getattr(link, name) for name in _CIRCUIT_COLUMNS}):
                tell_of_circuit(link)
    _wait(link, direction, 0, "", None)


def _close(link: Link) -> None:
    link.circuit, link.circuit_reason, link.circuit_code = Circuit.CLOSED, "", None
    link.circuit_since, link.circuit_direction = None, ""


def start_afresh(link: Link) -> None:
    """A person changed the parameters: both directions try at once."""
    _close(link)
    with transaction.atomic():
        link.save(update_fields=_CIRCUIT_COLUMNS)
        tell_of_circuit(link)
    _wait(link, Direction.SENDING, 0, "", None)
    _wait(link, Direction.RECEIVING, 0, "", None)


def wait_a_while(link: Link, direction: Direction, reason: str, *, until: datetime | None = None) -> None:
    """Something that passes by itself: the direction waits, longer each time."""
    failures = failures_of(link, direction) + 1
    _wait(link, direction, failures, reason, until or timezone.now() + back_off(failures))


def call_a_person(link: Link, direction: Direction, reason: str, code: int | None = None) -> None:
    """Open the circuit. From now on at most one probe a minute, until one succeeds.

    What the other direction opened stays: a download that fails, and later succeeds, must not close what stopped
    sending until a person acts. It waits by itself, with its own reason.
    """
    link.refresh_from_db(fields=["circuit", "circuit_direction"])
    if link.circuit != Circuit.OPEN or link.circuit_direction == direction:
        if link.circuit != Circuit.OPEN:
            link.circuit_since = timezone.now()
        link.circuit, link.circuit_reason, link.circuit_code = Circuit.OPEN, reason, code
        link.circuit_direction = direction
        with transaction.atomic():
            link.save(update_fields=_CIRCUIT_COLUMNS)
            tell_of_circuit(link)
    _wait(link, direction, failures_of(link, direction) + 1, reason, timezone.now() + waits(PROBE_WAIT_S))


def suspect(link: Link, direction: Direction, reason: str, code: int | None = None) -> None:
    """A fault in ours or theirs, which nobody can tell: three tries, then a person."""
    times = failures_of(link, direction) + 1
    if times < TRIES_BEFORE_A_PERSON:
        wait_a_while(link, direction, reason)
    else:
        remedy = explain(code).remedy if code is not None else "联系管局核对"
        call_a_person(link, direction, f"{reason}，已连续 {times} 次。{remedy}", code)


def heed(link: Link, direction: Direction, code: int, message: str) -> str:
    """Steer the link by a code that is not a success. Returns the reason in words, for the requests that wait."""
    known = explain(code)
    words = f"{message or known.message or '管局未说明'}（代码 {code}）"
    if code in PERSON_CODES:
        call_a_person(link, direction, f"{words}。{known.remedy}{_registered(link, code)}", code)
    elif code == HOURS_CODE:
        wait_a_while(link, direction, words, until=next_opening(message, timezone.now()))
    elif code in PATIENCE_CODES:
        wait_a_while(link, direction, words)
    else:
        suspect(link, direction, words, code)
    return words


def _registered(link: Link, code: int) -> str:
    """What there is to compare with where a bureau does not know the address that calls it."""
    if code != ADDRESS_CODE:
        return ""
    address = link.registered_address
    return (
        f"。本系统记录的登记地址：{address}"
        if address
        else "。本系统还没有记录登记地址（set_bureau --registered-address）"
    )


def next_opening(message: str, now: datetime) -> datetime | None:
    """The next beginning of the reporting hours that a message names (Asia/Shanghai), or None if it names none.

    Also None while the hours are open: then our clocks differ, and a short wait does. Hours may be several, and
    may pass midnight.
    """
    here = timezone.localtime(now)
    midnight = datetime.combine(here.date(), time(0), here.tzinfo)
    openings = []
    for start, end in hours_in(message):
        for day in (-1, 0, 1):
            opening = midnight + timedelta(days=day, minutes=start)
            closing = midnight + timedelta(days=day + (end <= start), minutes=end)
            if opening <= here < closing:
                return None
            openings.append(opening)
    return min((opening for opening in openings if opening > here), default=None)


def hours_in(message: str) -> list[tuple[int, int]]:
    """The hours that a message names, each as minutes from midnight; those that pass it end before they begin."""
    found = []
    for clock in _HOURS.finditer(message):
        half, hour, minute, end_half, end_hour, end_minute = clock.groups()
        start, end = _minutes(half, hour, minute), _minutes(end_half, end_hour, end_minute)
        if start is not None and end is not None and start < 24 * 60:
            found.append((start, end))
    return found


def _minutes(half: str | None, hour: str, minute: str | None) -> int | None:
    """Minutes from midnight to a time of day, None where it is none."""
    hours, minutes = int(hour), int(minute or 0)
    if half in _AFTERNOON and hours < 12:
        hours += 12
    found = hours * 60 + minutes
    return found if minutes < 60 and found <= 24 * 60 else None
