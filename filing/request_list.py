"""The list of requests: what an address asks for, the rows in order page by page, and how many each tab holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Q, QuerySet

from filing import tallies
from filing.choices import Operation, RequestState, TallyKind
from filing.code_tables import CodeTable
from filing.listing import (
    Chip,
    Choice,
    Count,
    Order,
    Page,
    choices,
    count_by_tab,
    end_of,
    read_day,
    read_number,
    read_page,
    start_of,
)
from filing.models import Request, Tally
from filing.search.asked import MOST_TEXT, ask
from filing.search.finding import Hits
from filing.search.requests import find_requests
from filing.selectors import FAMILIES, listed
from filing.services import codes
from filing.visibility import PRIVATE_STATES, seen_by, strangers_to

ORDERS: dict[str, Order] = {
    "recent": Order("最近更新的在前", "updated_at", latest_first=True),
    "oldest": Order("等得最久的在前", "state_changed_at", latest_first=False),
    "newest": Order("新建的在前", "", latest_first=True),
}
MOST_PEOPLE = 200


@dataclass(frozen=True)
class Wanted:
    """What a list was asked for; unknown values were replaced by the usual ones, 0 and "" and None mean everything.

    `link` is a unit number, `who` the key of the person who entered it; `since` and `until` are local days between
    which the state was reached.
    """

    family: str = "open"
    state: str = ""
    text: str = ""
    mine: bool = False
    sort: str = "recent"
    operation: str = ""
    link: int = 0
    who: int = 0
    since: date | None = None
    until: date | None = None
    stalled: bool = False

    @property
    def states(self) -> Collection[str]:
        return [self.state] if self.state else FAMILIES[self.family][1]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything but state and order is asked for."""
        return replace(self, family="open", state="", sort="recent") != Wanted()

    @property
    def parameters(self) -> dict[str, str]:
        """As the address carries it; what is usual is left out, but for the tab."""
        told = {
            "tab": self.family,
            "state": self.state,
            "q": self.text,
            "mine": "1" if self.mine else "",
            "sort": self.sort if self.sort != "recent" else "",
            "operation": self.operation,
            "link": str(self.link or ""),
            "who": str(self.who or ""),
            "since": str(self.since or ""),
            "until": str(self.until or ""),
            "stalled": "1" if self.stalled else "",
        }
        return {name: value for name, value in told.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.parameters)


@dataclass(frozen=True)
class Found:
    """One page of the list, and how many each tab would show."""

    page: Page[Request]
    counts: dict[str, Count | None]
    hits: Hits | None = None


def read_wanted(query: Mapping[str, str]) -> Wanted:
    text = " ".join(query.get("q", "").replace("\x00", "").split())[:MOST_TEXT]
    # Who searches means everywhere, who opens the list means what is under way.
    family = query.get("tab", "all" if text else "open")
    state, sort = query.get("state", ""), query.get("sort", "recent")
    operation = query.get("operation", "")
    return Wanted(
        family=family if family in FAMILIES else "open",
        state=state if state in RequestState.values else "",
        text=text,
        mine=query.get("mine") == "1",
        sort=sort if sort in ORDERS else "recent",
        operation=operation if operation in Operation.values else "",
        link=read_number(query.get("link", "")),
        who=read_number(query.get("who", "")),
        since=read_day(query.get("since", "")),
        until=read_day(query.get("until", "")),
        stalled=query.get("stalled") == "1",
    )


def read_list(user: User, wanted: Wanted, query: Mapping[str, str]) -> Found:
    """The page that the address names. The number of queries does not depend on how many requests there are."""
    rows, hits = _narrowed(user, wanted)
    page = read_page(rows.filter(state__in=wanted.states), ORDERS[wanted.sort], query)
    return Found(page, _counts(user, wanted, rows, hits), hits)


def all_rows(user: User, wanted: Wanted) -> QuerySet[Request]:
    """Every request of the list in its order, for an export."""
    rows, _hits = _narrowed(user, wanted)
    return rows.filter(state__in=wanted.states).order_by(*ORDERS[wanted.sort].columns())


def _narrowed(user: User, wanted: Wanted) -> tuple[QuerySet[Request], Hits | None]:
    """The requests that all conditions but the state leave, and what a search found among them."""
    rows = listed().filter(seen_by(user), _conditions(user, wanted))
    if not wanted.text:
        return rows, None
    asked = ask(wanted.text)
    hits = find_requests(rows, asked)
    if hits.more and len(wanted.states) < len(RequestState.values):
        # What is common hides what is rare: those in the states that are looked at count first.
        hits = hits.beside(find_requests(rows.filter(state__in=wanted.states), asked))
    return rows.filter(pk__in=hits.keys), hits


def _conditions(user: User, wanted: Wanted) -> Q:
    condition = Q()
    if wanted.mine:
        condition &= Q(created_by=user)
    if wanted.operation:
        condition &= Q(operation=wanted.operation)
    if wanted.link:
        condition &= Q(isp_id=wanted.link)
    if wanted.who:
        condition &= Q(created_by=wanted.who)
    if wanted.since:
        condition &= Q(state_changed_at__gte=start_of(wanted.since))
    if wanted.until:
        condition &= Q(state_changed_at__lt=end_of(wanted.until))
    if wanted.stalled:
        condition &= ~Q(stalled_reason="")
    return condition


def _counts(
    user: User, wanted: Wanted, rows: QuerySet[Request], hits: Hits | None
) -> dict[str, Count | None]:
    if wanted.is_narrowed:
        return count_by_tab(rows, FAMILIES, wanted.family, more=hits is not None and hits.more)
    found = _tallied(user)
    return {
        name: Count(sum(found.get(state, 0) for state in states))
        for name, (_words, states) in FAMILIES.items()
    }


def _tallied(user: User) -> Mapping[str, int]:
    """From the counts that are kept; drafts are counted where the person does not see all of them."""
    found = tallies.requests_by_state()
    if not strangers_to(user):
        return found
    private = Request.objects.filter(seen_by(user), state__in=PRIVATE_STATES)
    seen = Counter(private.order_by().values_list("state", flat=True))
    return found | {str(state): seen[state] for state in PRIVATE_STATES}


def chips(wanted: Wanted, people: Mapping[int, str]) -> list[Chip]:
    """The conditions that can be taken away, in words. State and search have places of their own."""
    said = {
        "operation": Operation(wanted.operation).label if wanted.operation else "",
        "link": link_name(wanted.link) if wanted.link else "",
        "who": f"{people.get(wanted.who, '离职人员')}填报" if wanted.who else "",
        "since": f"{wanted.since} 起" if wanted.since else "",
        "until": f"{wanted.until} 止" if wanted.until else "",
        "stalled": "停滞的" if wanted.stalled else "",
        "mine": "我填报的" if wanted.mine else "",
    }
    return [Chip(words, without(wanted, name)) for name, words in said.items() if words]


def without(wanted: Wanted, *names: str) -> str:
    """The address of the list without some of its conditions."""
    left = {name: value for name, value in wanted.parameters.items() if name not in names}
    return f"?{urlencode(left)}"


def at_tab(wanted: Wanted, tab: str) -> str:
    """The address of another tab with the same conditions and order."""
    return f"?{replace(wanted, family=tab, state='').query}"


def link_name(isp_id: int) -> str:
    return codes.name_of(CodeTable.REPORTING_UNIT, isp_id) or f"单位 {isp_id}"


def people() -> dict[int, str]:
    """Who may have entered something, by key."""
    rows = User.objects.filter(is_active=True).order_by("last_name", "first_name", "username")[:MOST_PEOPLE]
    return {each.pk: each.get_full_name() or each.username for each in rows}


def filters(wanted: Wanted, names: Mapping[int, str]) -> dict[str, list[Choice]]:
    """The lines of each filter. One query."""
    links = Tally.objects.filter(kind=TallyKind.REQUEST).exclude(isp_id=0).order_by("isp_id")
    units = [(each, link_name(each)) for each in links.values_list("isp_id", flat=True).distinct()]
    return {
        "operation": choices(Operation.choices, wanted.operation),
        "link": choices(units, str(wanted.link)) if len(units) > 1 or wanted.link else [],
        "who": choices(names.items(), str(wanted.who)),
        "sort": choices([(name, order.words) for name, order in ORDERS.items()], wanted.sort),
    }
