"""Subjects of which something is in process in the system used before: marked, warned of, tried again later.

Spec: training materials, R4; result code 1052.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from filing.actors import LINK
from filing.choices import Operation, RequestState
from filing.identifiers import subject_number_of
from filing.models import Request, Subject
from filing.models.in_process import InProcessElsewhere
from filing.states import note

REASON = "原系统里还有没办完的业务（代码 1052），稍后自动再试"
CONCERNED = frozenset(
    {
        Operation.CHANGE,
        Operation.NEW_WEBSITE,
        Operation.NEW_ACCESS,
        Operation.CANCEL_SUBJECT,
        Operation.CANCEL_WEBSITE,
        Operation.CANCEL_ACCESS,
    }
)


@dataclass(frozen=True)
class Named:
    """A subject as a list of the old system names it: by its number (or that of a website of it), or the bureau's id."""

    number: str = ""
    bureau_id: int | None = None
    note: str = ""


def open_marks() -> QuerySet[InProcessElsewhere]:
    """The marks that hold."""
    return InProcessElsewhere.objects.filter(lifted_at=None)


@transaction.atomic
def mark(named: Iterable[Named], *, isp_id: int, user: User | None = None) -> tuple[int, int]:
    """Mark subjects; one that is marked already stays as it is. Returns how many are new, and how many were known."""
    new = known = 0
    for each in named:
        number = subject_number_of(each.number) if each.number else ""
        if not number and each.bureau_id is None:
            continue
        about = Q(number=number) if number else Q(bureau_id=each.bureau_id)
        held = Subject.objects.filter(about, isp_id=isp_id).order_by("pk").first()
        bureau_id = each.bureau_id if each.bureau_id is not None or held is None else held.bureau_id
        number = number or (held.number if held else "")
        same = Q(bureau_id=bureau_id) if bureau_id is not None else Q(pk=None)
        if open_marks().filter(same | (Q(number=number) if number else Q(pk=None)), isp_id=isp_id).exists():
            known += 1
            continue
        InProcessElsewhere.objects.create(
            isp_id=isp_id,
            bureau_id=bureau_id,
            number=number,
            name=held.name if held else "",
            note=each.note[:500],
            marked_by=user,
        )
        new += 1
    return new, known


@transaction.atomic
def lift(marks: Collection[InProcessElsewhere], *, why: str, user: User | None = None) -> int:
    """Lift marks; what waited because of them may be packed at once. Returns how many requests that sets free."""
    keys = [each.pk for each in marks]
    open_marks().filter(pk__in=keys).update(lifted_at=timezone.now(), lifted_by=user, lifted_why=why[:200])
    waiting = Request.objects.filter(state=RequestState.READY, stalled_reason=REASON)
    return waiting.update(not_before=None, stalled_reason="")


def lift_told(subjects: Iterable[tuple[int | None, str]], *, isp_id: int, since: datetime) -> int:
    """Lift the marks of subjects (id, number) that the bureau told anew over the link: what was in process has ended.

    Marks made after `since`, when the bureau's word came, stay. One query where nothing is marked.
    """
    marks = list(open_marks().filter(isp_id=isp_id, marked_at__lt=since))
    if not marks:
        return 0
    told = list(subjects)
    ids, numbers = {each for each, _number in told if each}, {number for _id, number in told if number}
    ended = [each for each in marks if each.bureau_id in ids or (each.number and each.number in numbers)]
    if ended:
        lift(ended, why="管局重新下发了这个主体的数据")
    return len(ended)


def marked_among(bureau_ids: Collection[int]) -> frozenset[tuple[int, int]]:
    """Which subjects with these ids are marked: link and id. One query where nothing is marked."""
    marks = list(open_marks().values_list("isp_id", "bureau_id", "number")) if bureau_ids else []
    found = {(isp_id, key) for isp_id, key, _number in marks if key is not None and key in bureau_ids}
    numbers = {number for _isp_id, key, number in marks if number and key is None}
    if numbers:
        rows = Subject.objects.filter(bureau_id__in=bureau_ids, number__in=numbers)
        by_number = {(isp_id, number) for isp_id, _key, number in marks}
        for isp_id, key, number in rows.values_list("isp_id", "bureau_id", "number"):
            if key is not None and (isp_id, number) in by_number:
                found.add((isp_id, key))
    return frozenset(found)


@transaction.atomic
def put_off(request: Request, *, until: datetime) -> None:
    """Keep a ready request until later because its subject is in process elsewhere; told once in its history."""
    row = Request.objects.select_for_update().get(pk=request.pk)
    if row.state != RequestState.READY:
        return
    if row.stalled_reason != REASON:
        # Without the code: the bureau has not said it, and codes of the history are counted as what came back.
        note(row, actor=LINK, reason=REASON)
    Request.objects.filter(pk=row.pk).update(not_before=until, stalled_reason=REASON)
