"""Looking at a filing again: given to people, concluded with an outcome. The only writer of `Visit.state`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from filing.actors import person
from filing.choices import FiledState, Operation
from filing.models import Request
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.starting import begin, standing_in_the_way
from filing.times import day_words
from verification.choices import Finding, VisitOutcome, WorkState
from verification.models import Visit
from verification.services.readers import forget_readers

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_AT_ONCE = 1000
GONE_WORDS = "主体已注销，系统自动结束"
BY_HAND = (VisitOutcome.TRUE, VisitOutcome.FOUND, VisitOutcome.UNREACHED)
"""What a person may say."""


@dataclass(frozen=True)
class Concluded:
    """What concluding did: the change that it began or found under way, or in words why there is none."""

    request: Request | None = None
    words: str = ""


def about(visit: Visit) -> str:
    """How a visit is called where people are told who works on it."""
    return f"visits:{visit.pk}"


@transaction.atomic
def conclude(
    visit: Visit, *, user: User, outcome: str, findings: Sequence[str] = (), note: str = ""
) -> Concluded:
    """Write the outcome down. What was found otherwise begins the change, with what is filed in it.

    Raises: NotAllowed where somebody did it meanwhile, or where it is not said what was found.
    """
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if not locked.is_open:
        raise NotAllowed(done_words(locked))
    if outcome not in BY_HAND:
        raise NotAllowed("选一个结果")
    found = [each for each in Finding.values if each in findings] if outcome == VisitOutcome.FOUND else []
    if outcome == VisitOutcome.FOUND and not found:
        raise NotAllowed("勾选哪里有出入")
    if outcome == VisitOutcome.UNREACHED and not note.strip():
        raise NotAllowed("写明怎么联系的、什么时候，才好再联系")
    locked.state, locked.outcome, locked.findings = WorkState.DONE, outcome, found
    locked.note, locked.done_at, locked.done_by = note.strip(), timezone.now(), user
    concluded = _changed(locked, found, user)
    locked.request = concluded.request
    locked.save()
    forget_readers(about(locked))
    visit.refresh_from_db()
    return concluded


def _changed(visit: Visit, findings: Sequence[str], user: User) -> Concluded:
    """The change for what was found; a website that is closed is cancelled, not changed: a person chooses which."""
    if not set(findings) - {Finding.CLOSED}:
        return Concluded()
    try:
        with transaction.atomic():
            return Concluded(begin(Operation.CHANGE, visit.subject, actor=person(user)))
    except NotAllowed as refused:
        return Concluded(words=str(refused))
    except RecordInvalid as refused:
        standing = standing_in_the_way(Operation.CHANGE, visit.subject)
        return Concluded(standing, "" if standing else refused.problems[0].message)


@transaction.atomic
def take_back(visit: Visit) -> None:
    """Open it again: the outcome was written too early. Raises: NotAllowed where it is open, or another re-visit is."""
    locked = Visit.objects.select_for_update().get(pk=visit.pk)
    if locked.is_open:
        raise NotAllowed("这一条本来就没有结果")
    others = Visit.objects.filter(subject_id=locked.subject_id, campaign=None, state=WorkState.OPEN)
    if locked.campaign_id is None and others.exists():
        raise NotAllowed("这个主体已有新的回访，不必恢复这一条")
    locked.state, locked.outcome, locked.findings = WorkState.OPEN, "", []
    locked.done_at, locked.done_by = None, None
    locked.save()
    visit.refresh_from_db()


def assign(visit: Visit, user: User | None) -> None:
    """Give one open visit to a person, or to nobody. Raises: NotAllowed where it is done."""
    if not Visit.objects.filter(pk=visit.pk, state=WorkState.OPEN).update(assigned_to=user):
        visit.refresh_from_db()
        raise NotAllowed(done_words(visit))
    visit.assigned_to = user


def done_words(visit: Visit) -> str:
    """Who concluded it, when and how."""
    who = (visit.done_by.get_full_name() or visit.done_by.get_username()) if visit.done_by else "系统"
    when = f" 已在 {day_words(visit.done_at)} " if visit.done_at else ""
    return f"{who}{when}记下结果：{visit.get_outcome_display()}"


def close_gone() -> int:
    """What is cancelled need not be looked at any more. Returns how many ended."""
    rows = Visit.objects.filter(state=WorkState.OPEN, subject__state=FiledState.CANCELLED)
    keys = list(rows.values_list("pk", flat=True)[:MOST_AT_ONCE])
    return Visit.objects.filter(pk__in=keys, state=WorkState.OPEN).update(
        state=WorkState.DONE, outcome=VisitOutcome.GONE, done_at=timezone.now(), note=GONE_WORDS
    )
