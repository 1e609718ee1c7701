"""Reading requests: the queries of home, lists and menu. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q, QuerySet

from filing.choices import AT_BUREAU_STATES, CORRECTABLE_STATES, RequestState
from filing.models import Request, RequestEvent, RevisionEditor
from filing.roles import ENTER, REVIEW
from filing.visibility import worked_on_by

S = RequestState

ENDED_STATES = frozenset({S.APPROVED, S.WITHDRAWN})
REFUSED_STATES = frozenset({S.RETURNED, S.REJECTED})
SENDING_STATES = frozenset({S.READY, S.PACKED, S.UPLOADING, S.UNCERTAIN})

FAMILIES: dict[str, tuple[str, frozenset[str]]] = {
    "open": ("进行中", frozenset(S.values) - ENDED_STATES),
    "draft": ("草稿与退改", frozenset({S.DRAFT, S.REVIEW_RETURNED})),
    "review": ("待审核", frozenset({S.IN_REVIEW})),
    "sending": ("上报", SENDING_STATES),
    "bureau": ("管局审核", AT_BUREAU_STATES),
    "refused": ("退回与拒绝", REFUSED_STATES),
    "approved": ("已通过", frozenset({S.APPROVED})),
    "withdrawn": ("已撤回", frozenset({S.WITHDRAWN})),
    "all": ("全部", frozenset(S.values)),
}
"""The tabs of the list: name, words, states."""


def needs_person(user: User) -> Q:
    """Condition for the requests that wait for this person.

    Staff: all that came back to their team or to everybody (whoever is free corrects it) and their own drafts. Reviewers:
    what others submitted.
    """
    condition = Q(pk__in=())
    if user.has_perm(ENTER):
        theirs = Q(state__in=CORRECTABLE_STATES) & worked_on_by(user)
        condition |= theirs | Q(state=S.DRAFT, created_by=user)
    if user.has_perm(REVIEW):
        condition |= reviewable(user)
    return condition


def reviewable(user: User) -> Q:
    """Condition for the requests in review that this person may decide."""
    waiting = Q(state=S.IN_REVIEW)
    if settings.ICP_REVIEW_OWN:
        return waiting
    # Not `~Q(created_by=user)` alone: it is unknown for NULL, that is for imported requests.
    others = (Q(created_by=None) | ~Q(created_by=user)) & (Q(submitted_by=None) | ~Q(submitted_by=user))
    edited = RevisionEditor.objects.filter(revision__request=OuterRef("pk"), user=user)
    return waiting & others & Q(~Exists(edited))


def listed() -> QuerySet[Request]:
    """Requests as lists show them: with who entered them, without what is sealed or long."""
    return Request.objects.select_related("created_by").defer("icp_password", "remarks")


MOST_REASONS, LATELY = 5, 40


def reasons_lately(user: User, *, but: Collection[str] = ()) -> list[str]:
    """What this person wrote when sending requests back, the latest first, each once."""
    rows = RequestEvent.objects.filter(actor_user=user, new_state=S.REVIEW_RETURNED, old_state=S.IN_REVIEW)
    said = rows.order_by("-at", "-pk").values_list("reason", flat=True)[:LATELY]
    return [reason for reason in dict.fromkeys(said) if reason not in but][:MOST_REASONS]
