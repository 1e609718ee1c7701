"""What came back: refused by the bureau or returned by a reviewer, with the words, what they mean and where to look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Count, F, Q, QuerySet

from filing.choices import CORRECTABLE_STATES, ActorKind, Operation, RequestState
from filing.models import Request, RequestEvent
from filing.result_codes import explain
from filing.roles import ENTER
from filing.selectors import listed
from filing.services.faults import Explained, Place, explain_all
from filing.services.revisions import current_contents
from filing.visibility import seen_by, worked_on_by

S = RequestState

TABS: dict[str, tuple[str, frozenset[str]]] = {
    "all": ("全部", frozenset(CORRECTABLE_STATES)),
    "returned": ("管局退回", frozenset({S.RETURNED})),
    "rejected": ("审核拒绝", frozenset({S.REJECTED})),
    "review": ("审核退改", frozenset({S.REVIEW_RETURNED})),
}
SORTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "oldest": ("等得最久的在前", ("state_changed_at", "pk")),
    "newest": ("刚退回的在前", ("-state_changed_at", "-pk")),
}
MOST_UNDER_WAY = 50


@dataclass(frozen=True)
class Wanted:
    """What the queue is narrowed to; 0 and "" mean everything. `who` is the person who entered it."""

    tab: str = "all"
    code: int = 0
    operation: str = ""
    who: int = 0
    sort: str = "oldest"

    @property
    def is_narrowed(self) -> bool:
        return self.tab != "all" or bool(self.code or self.operation or self.who)


@dataclass(frozen=True)
class Choice:
    """One line of a filter, with how many it would show."""

    value: str
    words: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Case:
    """One request that came back. `words` are verbatim; `places` the fields at fault, `sure` where the words name them.

    `said_by` names the reviewer; empty where the bureau speaks. `proof` says in which file it went out.
    """

    filing: Request
    at: datetime
    words: str
    said_by: str
    proof: str
    explained: list[Explained] = field(default_factory=list)

    @property
    def first_code(self) -> int | None:
        return self.explained[0].code.code if self.explained else None

    @property
    def places(self) -> list[Place]:
        """Each field once, however many codes point at it."""
        found = {place.path: place for each in self.explained for place in each.places}
        return list(found.values())[:MOST_PLACES]

    @property
    def sure(self) -> bool:
        return any(each.sure for each in self.explained)


MOST_PLACES = 4


@dataclass(frozen=True)
class UnderWay:
    """A correction that was begun. `why` is what the previous revision came back for."""

    filing: Request
    begun_by: str
    begun_at: datetime
    why: str


def came_back(wanted: Wanted, user: User) -> QuerySet[Request]:
    """What waits to be corrected by this person (by anybody, for who corrects nothing); in order."""
    found = listed().filter(_narrowed(wanted), _for(user), state__in=TABS[wanted.tab][1])
    return found.order_by(*SORTS[wanted.sort][1])


def _for(user: User) -> Q:
    return seen_by(user) & worked_on_by(user) if user.has_perm(ENTER) else seen_by(user)


def _narrowed(wanted: Wanted) -> Q:
    condition = Q()
    if wanted.code:
        condition &= Q(result_codes__contains=[wanted.code])
    if wanted.operation:
        condition &= Q(operation=wanted.operation)
    if wanted.who:
        condition &= Q(created_by=wanted.who)
    return condition


def counts(wanted: Wanted, user: User) -> dict[str, int]:
    """How many each tab would show."""
    rows = Request.objects.filter(_narrowed(wanted), _for(user), state__in=CORRECTABLE_STATES)
    found: dict[str, int] = rows.aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, (_words, states) in TABS.items()}
    )
    return found


def choices(wanted: Wanted, user: User) -> dict[str, list[Choice]]:
    """What the queue can be narrowed to, of what came back. One query."""
    rows = list(
        Request.objects.filter(_for(user), state__in=CORRECTABLE_STATES).values_list(
            "operation",
            "result_codes",
            "created_by",
            "created_by__first_name",
            "created_by__last_name",
            "created_by__username",
        )
    )
    names = {row[2]: f"{row[3]} {row[4]}".strip() or row[5] for row in rows if row[2] is not None}
    operations = Counter(row[0] for row in rows)
    numbers = Counter(code for row in rows for code in dict.fromkeys(row[1]))
    people = Counter(row[2] for row in rows if row[2] is not None)
    return {
        "codes": [
            Choice(str(code), f"{code} {_short(code)}".strip(), numbers[code], code == wanted.code)
            for code in sorted(numbers)
        ],
        "operations": [
            Choice(each, Operation(each).label, operations[each], each == wanted.operation)
            for each in Operation.values
            if each in operations
        ],
        "people": [
            Choice(str(each), names[each], people[each], each == wanted.who)
            for each in sorted(people, key=lambda key: names[key])
        ],
    }


def _short(code: int) -> str:
    message = explain(code).message.split("，")[0]
    return message if len(message) <= 16 else f"{message[:15]}…"


def cases_of(requests: Sequence[Request]) -> list[Case]:
    """Tell each of them. Three queries for any number."""
    contents = current_contents(requests)
    moves, packed = _last_moves(requests), _packed(requests)
    return [
        _case(each, moves.get(each.pk), packed.get(each.pk, ""), contents.get(each.pk, {}))
        for each in requests
    ]


def _case(request: Request, event: RequestEvent | None, packed: str, content: dict[str, object]) -> Case:
    at = event.at if event else request.state_changed_at
    if request.state == S.REVIEW_RETURNED:
        return Case(request, at, event.reason if event else "", event.actor_name if event else "", "")
    codes = list(dict.fromkeys([*request.result_codes, *(event.codes if event else [])]))
    words = request.bureau_words or (event.words if event else "")
    return Case(request, at, words, "", packed, explain_all(codes, words, request.operation, content))


def _last_moves(requests: Sequence[Request]) -> dict[int, RequestEvent]:
    """The move by which each came to stand where it stands; notes that came later are none."""
    events = (
        RequestEvent.objects.filter(request__in=requests, new_state=F("request__state"))
        .exclude(old_state=F("new_state"))
        .order_by("at", "pk")
    )
    return {event.request_id: event for event in events}


def _packed(requests: Sequence[Request]) -> dict[int, str]:
    """In which data file each went out last, in words."""
    events = RequestEvent.objects.filter(
        request__in=requests, new_state=S.PACKED, revision_number=F("request__revision_number")
    ).order_by("at", "pk")
    return {
        event.request_id: f"第 {event.proof['sequence']} 号第 {event.proof.get('position', '?')} 条"
        for event in events
        if "sequence" in event.proof
    }


def corrections(user: User) -> list[UnderWay]:
    """Corrections that were begun and not submitted yet, the longest untouched first, as far as this person may see."""
    drafts = listed().filter(_for(user), state=S.DRAFT, revision_number__gt=1)
    rows = list(drafts.order_by("updated_at", "pk")[:MOST_UNDER_WAY])
    begun = _last_moves(rows)
    back = _came_back_for(rows)
    return [
        UnderWay(
            each,
            begun[each.pk].actor_name if each.pk in begun else "",
            begun[each.pk].at if each.pk in begun else each.state_changed_at,
            each.stalled_reason or back.get(each.pk, ""),
        )
        for each in rows
    ]


def _came_back_for(requests: Sequence[Request]) -> dict[int, str]:
    """The words for which the revision before came back, of the bureau or of a reviewer."""
    events = RequestEvent.objects.filter(
        request__in=requests,
        new_state__in=CORRECTABLE_STATES,
        revision_number=F("request__revision_number") - 1,
    ).order_by("at", "pk")
    return {
        event.request_id: event.words if event.actor_kind == ActorKind.BUREAU else event.reason
        for event in events
        if event.old_state != event.new_state
    }
