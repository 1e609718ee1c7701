"""The list of what is filed: what an address asks for, the subjects in order page by page, how many each tab holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet

from filing import tallies
from filing.choices import FiledState
from filing.code_tables import CodeTable
from filing.listing import (
    Chip,
    Choice,
    Count,
    Order,
    Page,
    choices,
    count_by_tab,
    read_day,
    read_number,
    read_page,
    start_of,
)
from filing.models import Access, Subject, Website
from filing.search.asked import MOST_TEXT, ask
from filing.search.filed import find_subjects, find_subjects_anyhow
from filing.search.finding import Hits
from filing.services import codes

TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "filed": ("有效", (FiledState.FILED,)),
    "cancelled": ("已注销", (FiledState.CANCELLED,)),
    "all": ("全部", tuple(FiledState.values)),
}
"""The tabs of the list: name, words, states of the subject."""

LATEST = Order("最近更新的在前", "updated_at", latest_first=True)
OURS, ELSEWHERE = "ours", "elsewhere"
PROVIDERS = {OURS: "由本单位接入", ELSEWHERE: "有别家接入"}
MOST_COUNTED_BY_ACCESS = 100
"""Whoever connects a subject is asked of each one by itself."""
_ELSEWHERE = Q(provider_id__isnull=False) & ~Q(provider_id=F("isp_id"))
"""As the partial index `access_elsewhere` has it."""


@dataclass(frozen=True)
class Wanted:
    """What a list was asked for; unknown values were replaced by the usual ones, 0 and "" and None mean everything.

    `province` and `nature` are codes, `provider` a key of PROVIDERS, `since` the local day since when it changed.
    """

    tab: str = "filed"
    text: str = ""
    province: int = 0
    nature: int = 0
    provider: str = ""
    since: date | None = None

    @property
    def states(self) -> Collection[str]:
        return TABS[self.tab][1]

    @property
    def is_narrowed(self) -> bool:
        return replace(self, tab="filed") != Wanted()

    @property
    def parameters(self) -> dict[str, str]:
        """As the address carries it."""
        told = {
            "tab": self.tab,
            "q": self.text,
            "province": str(self.province or ""),
            "nature": str(self.nature or ""),
            "provider": self.provider,
            "since": str(self.since or ""),
        }
        return {name: value for name, value in told.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.parameters)


@dataclass(frozen=True)
class Found:
    """One page of the list, and how many each tab would show."""

    page: Page[Subject]
    counts: dict[str, Count | None]
    hits: Hits | None = None


def read_wanted(query: Mapping[str, str]) -> Wanted:
    tab, provider = query.get("tab", "filed"), query.get("provider", "")
    return Wanted(
        tab=tab if tab in TABS else "filed",
        text=" ".join(query.get("q", "").replace("\x00", "").split())[:MOST_TEXT],
        province=read_number(query.get("province", "")) % 1_000_000,
        nature=read_number(query.get("nature", "")) % 1_000_000,
        provider=provider if provider in PROVIDERS else "",
        since=read_day(query.get("since", "")),
    )


def read_list(wanted: Wanted, query: Mapping[str, str]) -> Found:
    """The page that the address names. The number of queries does not depend on how many subjects there are."""
    rows, hits = _narrowed(wanted)
    shown = _with_websites(rows.filter(state__in=wanted.states))
    return Found(read_page(shown, LATEST, query), _counts(wanted, rows, hits), hits)


def all_rows(wanted: Wanted) -> QuerySet[Subject]:
    """Every subject of the list in its order, for an export."""
    rows, _hits = _narrowed(wanted)
    return _with_websites(rows.filter(state__in=wanted.states)).order_by(*LATEST.columns())


def _narrowed(wanted: Wanted) -> tuple[QuerySet[Subject], Hits | None]:
    """The subjects that all conditions but the state leave, and what a search found among them."""
    rows = Subject.objects.filter(_conditions(wanted))
    if not wanted.text:
        return rows, None
    asked = ask(wanted.text)
    hits = find_subjects_anyhow(rows, asked)
    if hits.more and wanted.tab != "all":
        # What is common hides what is rare: those in the states that are looked at count first.
        hits = hits.beside(find_subjects(rows.filter(state__in=wanted.states), asked))
    return rows.filter(pk__in=hits.keys), hits


def _conditions(wanted: Wanted) -> Q:
    condition = Q()
    if wanted.province:
        condition &= Q(province=wanted.province)
    if wanted.nature:
        condition &= Q(nature=wanted.nature)
    if wanted.since:
        condition &= Q(updated_at__gte=start_of(wanted.since))
    accesses = Access.objects.filter(website__subject=OuterRef("pk"), state=FiledState.FILED)
    if wanted.provider == ELSEWHERE:
        condition &= Q(Exists(accesses.filter(_ELSEWHERE)))
    elif wanted.provider == OURS:
        condition &= Q(Exists(accesses.exclude(_ELSEWHERE)))
    return condition


def _with_websites(rows: QuerySet[Subject]) -> QuerySet[Subject]:
    return rows.prefetch_related(
        Prefetch("websites", Website.objects.order_by("pk").prefetch_related("domains"))
    )


def _counts(wanted: Wanted, rows: QuerySet[Subject], hits: Hits | None) -> dict[str, Count | None]:
    if wanted.is_narrowed:
        more, most = hits is not None and hits.more, MOST_COUNTED_BY_ACCESS if wanted.provider else 0
        return count_by_tab(rows, TABS, wanted.tab, more=more, most=most)
    found = tallies.subjects_by_state()
    return {
        name: Count(sum(found.get(state, 0) for state in states)) for name, (_words, states) in TABS.items()
    }


def chips(wanted: Wanted) -> list[Chip]:
    """The conditions that can be taken away, in words."""
    said = {
        "province": codes.region_path(wanted.province) or f"省代码 {wanted.province}"
        if wanted.province
        else "",
        "nature": codes.name_of(CodeTable.NATURE, wanted.nature) or f"性质 {wanted.nature}"
        if wanted.nature
        else "",
        "provider": PROVIDERS.get(wanted.provider, ""),
        "since": f"{wanted.since} 起有更新" if wanted.since else "",
    }
    return [Chip(words, without(wanted, name)) for name, words in said.items() if words]


def without(wanted: Wanted, *names: str) -> str:
    """The address of the list without some of its conditions."""
    return f"?{urlencode({name: value for name, value in wanted.parameters.items() if name not in names})}"


def at_tab(wanted: Wanted, tab: str) -> str:
    """The address of another tab with the same conditions."""
    return f"?{replace(wanted, tab=tab).query}"


def filters(wanted: Wanted) -> dict[str, list[Choice]]:
    """The lines of each filter."""
    return {
        "province": choices(codes.provinces(), str(wanted.province)),
        "nature": choices(codes.choices_for(CodeTable.NATURE), str(wanted.nature)),
        "provider": choices(PROVIDERS.items(), wanted.provider),
    }
