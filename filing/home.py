"""Home: what waits for a person in filing, how many requests stand where, and what the menu counts. Changes nothing.

Every count comes from `tallies` or from requests that wait for somebody; "the oldest" is the first by an index. So home
costs as much with a hundred thousand requests as with three.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Case, F, Value, When
from django.urls import reverse
from django.utils import timezone

from filing import tallies
from filing.choices import CORRECTABLE_STATES, RequestState
from filing.home_lines import MOST_LINES, Line, Urgency, Waiting, gather
from filing.home_waits import Wait, oldest_of, waits
from filing.models import Request, RequestEvent, Revision
from filing.result_codes import explain
from filing.roles import ENTER, REVIEW
from filing.selectors import ENDED_STATES, listed, needs_person
from filing.services.gaps import gaps
from filing.times import day_words

S = RequestState


@dataclass(frozen=True)
class StateCount:
    """One field of the strip: how many stand in these states, since when the oldest does.

    `query` is the address of the list that shows them; `note` says more than the age does.
    """

    state: str
    words: str
    states: tuple[str, ...]
    query: str
    count: int = 0
    oldest: datetime | None = None
    note: str = ""


STRIP = (
    StateCount(S.DRAFT, "草稿", (S.DRAFT,), "tab=draft&state=draft"),
    StateCount(S.IN_REVIEW, "待审核", (S.IN_REVIEW,), "tab=review"),
    StateCount(S.READY, "待上报", (S.READY, S.PACKED, S.UPLOADING), "tab=sending"),
    StateCount(S.UNCERTAIN, "结果待查", (S.UNCERTAIN,), "tab=sending&state=uncertain"),
    StateCount(S.AWAITING_BUREAU, "等待管局", (S.AWAITING_BUREAU, S.FORWARDED), "tab=bureau"),
    StateCount(S.RETURNED, "管局退回", (S.RETURNED,), "tab=refused&state=returned"),
    StateCount(S.REJECTED, "审核拒绝", (S.REJECTED,), "tab=refused&state=rejected"),
)


@dataclass(frozen=True)
class Desk:
    """Home as one person sees it."""

    waiting: Waiting
    strip: list[StateCount]
    approved_today: int
    any_request: bool
    waits: list[Wait]


def desk(user: User) -> Desk:
    """Everything that home shows of filing, and the lines that other packages told. A bounded number of queries."""
    by_link = tallies.requests_by_link()
    counts: Counter[str] = Counter()
    for states in by_link.values():
        counts.update(states)
    rows = waits(by_link)
    fields, approved = strip(counts, rows)
    return Desk(waiting_for(user), fields, approved, bool(counts), rows)


def waiting_for(user: User) -> Waiting:
    """What waits for a person, from every package."""
    return gather(user, own_lines)


def strip(counts: Mapping[str, int], rows: list[Wait]) -> tuple[list[StateCount], int]:
    """The open requests by state, and those approved today (local day)."""
    present = [(field, state) for field in STRIP for state in field.states if counts.get(state)]
    oldest = oldest_of(
        {
            f"{field.state}:{state}": (
                Request.objects.filter(state=state),
                "updated_at" if state == S.DRAFT else "state_changed_at",
            )
            for field, state in present
        }
    )
    late = sum(each.late for each in rows if each.state in (S.AWAITING_BUREAU, S.FORWARDED))
    fields = []
    for each in STRIP:
        ages = [oldest[key] for state in each.states if (key := f"{each.state}:{state}") in oldest]
        count, note = sum(counts.get(state, 0) for state in each.states), ""
        if each.state == S.UNCERTAIN and count:
            note = "正在向管局查询"
        if each.state == S.AWAITING_BUREAU and late:
            note = f"{late} 件超过通常时长"
        fields.append(replace(each, count=count, oldest=min(ages, default=None), note=note))
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    return fields, Request.objects.filter(state=S.APPROVED, state_changed_at__gte=midnight).count()


_ORDER = (S.RETURNED, S.REJECTED, S.REVIEW_RETURNED, S.IN_REVIEW, S.DRAFT)
_URGENCY = {
    S.RETURNED: Urgency.BACK,
    S.REJECTED: Urgency.BACK,
    S.REVIEW_RETURNED: Urgency.BACK,
    S.IN_REVIEW: Urgency.WAITS,
    S.DRAFT: Urgency.OWN,
}


def own_lines(user: User) -> Waiting:
    """What came back, what waits for the person's review, their own drafts; in each the oldest first."""
    if not (user.has_perm(ENTER) or user.has_perm(REVIEW)):
        return Waiting()
    # The states are named beside the condition: an index finds these few among all.
    mine = listed().filter(needs_person(user), state__in=_ORDER)
    rank = Case(*(When(state=state, then=Value(_URGENCY[state])) for state in _ORDER))
    requests = list(mine.order_by(rank, "state_changed_at", "pk")[:MOST_LINES])
    reasons = _review_reasons([each.pk for each in requests if each.state == S.REVIEW_RETURNED])
    lacking = _gaps([each for each in requests if each.state == S.DRAFT])
    count = len(requests) if len(requests) < MOST_LINES else mine.count()
    return Waiting(
        count, lines=[_line(each, reasons.get(each.pk, ""), lacking.get(each.pk, 0)) for each in requests]
    )


def _line(request: Request, reason: str, lacking: int) -> Line:
    action, words, name = "改正", reason, "request_detail"
    since, about = request.state_changed_at, [request.subject_name or "（主体未填）"]
    about.append(str(request.get_operation_display()))
    if request.state in (S.RETURNED, S.REJECTED):
        code = explain(request.result_codes[0]) if request.result_codes else None
        words = request.bureau_words or (code.message or code.remedy if code else "管局没有附上文字")
        if request.result_codes:
            about.append(f"代码 {'、'.join(str(each) for each in request.result_codes)}")
    elif request.state == S.IN_REVIEW:
        again = "改正后再次提交，" if request.revision_number > 1 else ""
        action, words, name = "审核", f"{again}等您审核", "request_review"
        if request.created_by:
            about.append(f"{request.created_by.get_full_name() or request.created_by.username}填报")
    elif request.state == S.DRAFT:
        since, name = request.updated_at, "draft_edit"
        again = f"正在改第 {request.revision_number} 版，" if request.revision_number > 1 else ""
        what = f"还差 {lacking} 处没有填好" if lacking else "填完了，可以检查并提交审核"
        action, words = "接着填" if lacking else "检查并提交", again + what
        about.append(f"{day_words(request.updated_at)} 停在这里")
    return Line(
        key=f"r{request.pk}",
        urgency=_URGENCY[S(request.state)],
        state=request.state,
        words=words,
        about=" · ".join(about),
        action=action,
        url=reverse(name, args=[request.ref]),
        since=since,
    )


def _gaps(drafts: list[Request]) -> dict[int, int]:
    """How many places each draft still lacks, by its key."""
    if not drafts:
        return {}
    rows = Revision.objects.filter(request__in=drafts, number=F("request__revision_number"))
    contents = dict(rows.values_list("request_id", "content"))
    return {each.pk: len(gaps(each.operation, contents.get(each.pk, {}))) for each in drafts}


def _review_reasons(keys: list[int]) -> dict[int, str]:
    """The reviewer's words for each request sent back, by its key."""
    if not keys:
        return {}
    rows = RequestEvent.objects.filter(request__in=keys, new_state=S.REVIEW_RETURNED).order_by("at", "pk")
    return dict(rows.values_list("request_id", "reason"))


@dataclass(frozen=True)
class MenuCounts:
    """How many requests are under way, wait for review, came back."""

    under_way: int
    in_review: int
    returned: int


def menu_counts() -> MenuCounts:
    """Count for the menu of every page. One query, and none of requests."""
    counts = tallies.requests_by_state()
    return MenuCounts(
        sum(count for state, count in counts.items() if state not in ENDED_STATES),
        counts.get(S.IN_REVIEW, 0),
        sum(counts.get(state, 0) for state in CORRECTABLE_STATES),
    )
