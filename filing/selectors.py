"""Reading requests: the queries of home, lists and menu. Nothing here changes anything."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings
from django.contrib.auth.models import User
from django.db.models import Case, Count, Exists, F, Func, Min, OuterRef, Q, QuerySet, TextField, Value, When
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, CORRECTABLE_STATES, RequestState
from filing.models import Request, RequestEvent, Revision, RevisionEditor, Subject, Website
from filing.roles import ENTER, REVIEW
from filing.services.gaps import gaps
from filing.visibility import seen_by, worked_on_by

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

SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "recent": ("最近更新的在前", ("-updated_at", "-pk")),
    "oldest": ("等得最久的在前", ("state_changed_at", "pk")),
    "newest": ("新建的在前", ("-pk",)),
}


@dataclass(frozen=True)
class MenuCounts:
    """How many wait for the person, are under way, wait for review, came back."""

    mine: int
    under_way: int
    in_review: int
    returned: int


@dataclass(frozen=True)
class Listing:
    """What a list was asked for; unknown values were replaced by the usual ones."""

    family: str = "open"
    state: str = ""
    text: str = ""
    mine: bool = False
    sort: str = "recent"


@dataclass(frozen=True)
class StateCount:
    """One field of the strip: how many stand in these states, since when the oldest does.

    `query` is the address of the list that shows them.
    """

    state: str
    words: str
    states: tuple[str, ...]
    query: str
    count: int = 0
    oldest: datetime | None = None


@dataclass(frozen=True)
class Todo:
    """One line of "waits for you". `words` are a person's or the bureau's own; `gaps` counts what a draft lacks."""

    request: Request
    action: str
    words: str = ""
    codes: list[int] = field(default_factory=list)
    gaps: int = 0


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


def menu_counts(user: User) -> MenuCounts:
    """Count for the menu in one query, over the requests that have not ended."""
    found = Request.objects.exclude(state__in=ENDED_STATES).aggregate(
        mine=Count("pk", filter=needs_person(user)),
        under_way=Count("pk"),
        in_review=Count("pk", filter=Q(state=S.IN_REVIEW)),
        returned=Count("pk", filter=Q(state__in=CORRECTABLE_STATES)),
    )
    return MenuCounts(**found)


def search(text: str) -> Q:
    """Condition for a search by ref, subject name, domain or filing number. Needs `with_domain_text`."""
    condition = Q(ref__icontains=text) | Q(subject_name__icontains=text) | Q(domain_text__icontains=text)
    if "备" in text:
        subjects = Subject.objects.filter(number__icontains=text).values("own_id")
        owners = Website.objects.filter(number__icontains=text).values("subject__own_id")
        condition |= Q(subject_own_id__in=subjects) | Q(subject_own_id__in=owners)
    return condition


def with_domain_text(requests: QuerySet[Request]) -> QuerySet[Request]:
    """Add the domains as one text, which can be searched for a part of a name."""
    text = Func(F("domains"), Value(" "), function="array_to_string", output_field=TextField())
    return requests.alias(domain_text=text)


def find_requests(user: User, wanted: Listing) -> tuple[QuerySet[Request], dict[str, int]]:
    """The requests of a list, in order, and how many each tab would show."""
    found = listed().filter(seen_by(user))
    if wanted.text:
        found = with_domain_text(found).filter(search(wanted.text))
    if wanted.mine:
        found = found.filter(created_by=user)
    counts = found.order_by().aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, (_words, states) in FAMILIES.items()}
    )
    states: Iterable[str] = [wanted.state] if wanted.state else FAMILIES[wanted.family][1]
    return found.filter(state__in=states).order_by(*SORTS[wanted.sort][1]), counts


STRIP = (
    StateCount(S.DRAFT, "草稿", (S.DRAFT,), "tab=draft&state=draft"),
    StateCount(S.IN_REVIEW, "待审核", (S.IN_REVIEW,), "tab=review"),
    StateCount(S.READY, "待上报", (S.READY, S.PACKED, S.UPLOADING), "tab=sending"),
    StateCount(S.UNCERTAIN, "结果待查", (S.UNCERTAIN,), "tab=sending&state=uncertain"),
    StateCount(S.AWAITING_BUREAU, "等待管局", (S.AWAITING_BUREAU, S.FORWARDED), "tab=bureau"),
    StateCount(S.RETURNED, "管局退回", (S.RETURNED,), "tab=refused&state=returned"),
    StateCount(S.REJECTED, "审核拒绝", (S.REJECTED,), "tab=refused&state=rejected"),
)


def strip() -> tuple[list[StateCount], int]:
    """Count the open requests by state, and those approved today (local day)."""
    rows = (
        Request.objects.exclude(state__in=ENDED_STATES)
        .order_by()
        .values("state")
        .annotate(count=Count("pk"), oldest=Min("state_changed_at"), untouched=Min("updated_at"))
    )
    found = {row["state"]: row for row in rows}
    fields = []
    for each in STRIP:
        mine = [found[state] for state in each.states if state in found]
        ages = [row["untouched"] if each.state == S.DRAFT else row["oldest"] for row in mine]
        oldest = min(ages, default=None)
        count = sum(row["count"] for row in mine)
        fields.append(replace(each, count=count, oldest=oldest))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    today = Request.objects.filter(state=S.APPROVED, state_changed_at__gte=midnight).count()
    return fields, today


TODO_ORDER = (S.RETURNED, S.REJECTED, S.REVIEW_RETURNED, S.IN_REVIEW, S.DRAFT)
MOST_TODO = 20


def todo(user: User) -> list[Todo]:
    """What waits for the person: what came back first, then reviews, then own drafts; in each the oldest first.

    Shape: at most MOST_TODO lines.
    """
    rank = Case(*(When(state=state, then=Value(place)) for place, state in enumerate(TODO_ORDER)))
    waiting = listed().filter(needs_person(user)).order_by(rank, "state_changed_at", "pk")
    requests = list(waiting[:MOST_TODO])
    reasons = _review_reasons([each.pk for each in requests if each.state == S.REVIEW_RETURNED])
    lacking = _gaps([each for each in requests if each.state == S.DRAFT])
    return [_todo(each, reasons.get(each.pk, ""), lacking.get(each.pk, 0)) for each in requests]


def _todo(request: Request, reason: str, lacking: int) -> Todo:
    if request.state in REFUSED_STATES:
        return Todo(request, "改正", request.bureau_words, request.result_codes)
    if request.state == S.REVIEW_RETURNED:
        return Todo(request, "改正", reason)
    if request.state == S.IN_REVIEW:
        return Todo(request, "审核")
    return Todo(request, "接着填" if lacking else "检查并提交", gaps=lacking)


def _gaps(drafts: list[Request]) -> dict[int, int]:
    """How many places each draft still lacks, by its key."""
    rows = Revision.objects.filter(request__in=drafts, number=F("request__revision_number"))
    contents = dict(rows.values_list("request_id", "content"))
    return {each.pk: len(gaps(each.operation, contents.get(each.pk, {}))) for each in drafts}


def _review_reasons(keys: list[int]) -> dict[int, str]:
    """The reviewer's words for each request sent back, by its key."""
    if not keys:
        return {}
    rows = RequestEvent.objects.filter(request__in=keys, new_state=S.REVIEW_RETURNED).order_by("at", "pk")
    return dict(rows.values_list("request_id", "reason"))


MOST_REASONS, LATELY = 5, 40


def reasons_lately(user: User, *, but: Collection[str] = ()) -> list[str]:
    """What this person wrote when sending requests back, the latest first, each once."""
    rows = RequestEvent.objects.filter(actor_user=user, new_state=S.REVIEW_RETURNED, old_state=S.IN_REVIEW)
    said = rows.order_by("-at", "-pk").values_list("reason", flat=True)[:LATELY]
    return [reason for reason in dict.fromkeys(said) if reason not in but][:MOST_REASONS]
