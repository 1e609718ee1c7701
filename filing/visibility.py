"""Whose drafts a person sees and may change: one condition for lists, details, search, images and edits.

A draft belongs to who began it and to their teams. Where they are in no team it is everybody's, as drafts of commands are.
What was handed in is seen by everybody with a role. Administrators see and change everything, auditors see everything.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from filing.choices import RequestState
from filing.models import Request, RequestEvent, Team
from filing.roles import ADMINISTER, AUDIT, ENTER

PRIVATE_STATES = frozenset({RequestState.DRAFT, RequestState.REVIEW_RETURNED})
"""Not handed in, or handed back: for the team alone."""

_REMEMBERED = "_strangers"


def strangers_to(user: User) -> frozenset[int]:
    """The keys of those who work in teams, none of which is this person's. One query, remembered with the person."""
    known: frozenset[int] | None = user.__dict__.get(_REMEMBERED)
    if known is None:
        members = Team.members.through.objects.all()
        own_teams = members.filter(user=user.pk).values("team")
        mates = members.filter(team__in=own_teams).values("user")
        teamed = frozenset(members.exclude(user__in=mates).values_list("user", flat=True))
        known = frozenset() if teamed and user.has_perm(ADMINISTER) else teamed
        user.__dict__[_REMEMBERED] = known
    return known


def seen_by(user: User, prefix: str = "") -> Q:
    """Condition for the requests that this person may see. `prefix` leads to the request ("request__").

    Who had a hand in a draft (reviewed it, handed it in) sees it, though it is another team's.
    """
    strangers = strangers_to(user)
    if not strangers or user.has_perm(AUDIT):
        return Q()
    own = RequestEvent.objects.filter(request=OuterRef(f"{prefix}pk"), actor_user=user)
    theirs = {f"{prefix}state__in": PRIVATE_STATES, f"{prefix}created_by__in": strangers}
    return ~Q(**theirs) | Q(Exists(own))


def worked_on_by(user: User, prefix: str = "") -> Q:
    """Condition for the requests whose content this person may change, where the role and the state allow it."""
    strangers = strangers_to(user)
    return ~Q(**{f"{prefix}created_by__in": strangers}) if strangers else Q()


def may_work_on(user: User, request: Request) -> bool:
    """Whether this person may change, hand in, correct or withdraw it, where its state allows that."""
    return user.has_perm(ENTER) and request.created_by_id not in strangers_to(user)


def seen_among(user: User, requests: Iterable[Request]) -> set[int]:
    """The keys of those that this person may see. One query where any is in doubt."""
    rows = list(requests)
    strangers = frozenset() if user.has_perm(AUDIT) else strangers_to(user)
    doubtful = {row.pk for row in rows if row.state in PRIVATE_STATES and row.created_by_id in strangers}
    seen = {row.pk for row in rows} - doubtful
    if doubtful:
        seen.update(Request.objects.filter(seen_by(user), pk__in=doubtful).values_list("pk", flat=True))
    return seen
