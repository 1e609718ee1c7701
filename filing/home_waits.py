"""Where requests wait and since when, beside how long that step usually takes. Bounded, however many requests there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import CharField, F, Q, QuerySet, Value
from django.utils import timezone

from filing.choices import RequestState, WaitStep
from filing.models import Request, StepTerm
from filing.services.terms import STEPS

S = RequestState

FULL, HALF = 100.0, 50.0
"""A bar that ends at the usual time fills half of its room."""

ByLink = Mapping[int, Mapping[str, int]]
"""How many requests stand in each state, by unit number: `tallies.requests_by_link`."""
LinkNames = Mapping[int, str]
"""What people call each link, by its unit number; under 0 that of the default one."""
_names: list[Callable[[], LinkNames]] = []


def tell_link_names(source: Callable[[], LinkNames]) -> None:
    """Say where the names of links are to be had. Called once, when the app that knows links is ready."""
    _names[:] = [source]


@dataclass(frozen=True)
class Wait:
    """One step (at a bureau: of one link). `late` counts those that wait longer than usual; `usual` None: not known yet.

    `query` is the address of the list that shows them.
    """

    step: WaitStep
    words: str
    state: str
    query: str
    count: int
    oldest: datetime | None
    usual: timedelta | None
    late: int = 0

    @property
    def bar(self) -> float:
        """How long the bar of the oldest is, in percent of its room: HALF where it waits as long as usual."""
        if self.oldest is None or not self.usual:
            return 0.0
        return round(min(FULL, HALF * (timezone.now() - self.oldest) / self.usual), 1)

    @property
    def is_late(self) -> bool:
        return self.bar > HALF


def waits(by_link: ByLink) -> list[Wait]:
    """The steps at which anything waits, in the order of the way. Four queries for any number of requests."""
    terms = {
        (row.step, row.isp_id): timedelta(seconds=max(row.usual_s, 1.0)) for row in StepTerm.objects.all()
    }
    places = _places(by_link)
    oldest = _oldest(places)
    late = _late(places, terms)
    names = _names[0]() if _names else {}
    several = len({isp_id for step, isp_id in places if step == WaitStep.BUREAU}) > 1
    found = []
    for (step, isp_id), count in places.items():
        words = str(step.label)
        if several and step in _BY_LINK:
            words = f"{words} · {names.get(isp_id) or isp_id}"
        place = (step, isp_id)
        found.append(
            Wait(step, words, *_LOOK[step], count, oldest.get(place), terms.get(place), late.get(place, 0))
        )
    return found


_LOOK: dict[WaitStep, tuple[str, str]] = {
    WaitStep.REVIEW: (S.IN_REVIEW, "tab=review&sort=oldest"),
    WaitStep.SENDING: (S.READY, "tab=sending&sort=oldest"),
    WaitStep.BUREAU: (S.AWAITING_BUREAU, "tab=bureau&state=awaiting_bureau&sort=oldest"),
    WaitStep.FORWARDED: (S.FORWARDED, "tab=bureau&state=forwarded&sort=oldest"),
}
_SINCE = {
    WaitStep.REVIEW: "state_changed_at",
    WaitStep.SENDING: "ready_at",
    WaitStep.BUREAU: "accepted_at",
    WaitStep.FORWARDED: "accepted_at",
}
"""Since when a request waits at a step; each has its index, so that the oldest is found without looking at the others."""

_BY_LINK = frozenset({WaitStep.BUREAU, WaitStep.FORWARDED})
"""A bureau's steps are told apart by link, ours are not."""

Place = tuple[WaitStep, int]


def _places(by_link: ByLink) -> dict[Place, int]:
    """How many wait where."""
    counts: dict[Place, int] = {}
    for step, (inside, _out) in STEPS.items():
        for isp_id, states in sorted(by_link.items()):
            count = sum(states.get(state, 0) for state in inside)
            key = (step, isp_id if step in _BY_LINK else 0)
            if count:
                counts[key] = counts.get(key, 0) + count
    return counts


def _at(place: Place) -> QuerySet[Request]:
    step, isp_id = place
    rows = Request.objects.filter(state__in=STEPS[step][0])
    return rows.filter(isp_id=isp_id or None) if step in _BY_LINK else rows


def _oldest(places: Iterable[Place]) -> dict[Place, datetime]:
    by_name = {f"{step}:{isp_id}": (step, isp_id) for step, isp_id in places}
    found = oldest_of({name: (_at(place), _SINCE[place[0]]) for name, place in by_name.items()})
    return {by_name[name]: at for name, at in found.items()}


def oldest_of(asked: Mapping[str, tuple[QuerySet[Request], str]]) -> dict[str, datetime]:
    """The least value of a column in each of several sets, by their names. One query, each part of it by an index."""
    parts = [
        rows.filter(**{f"{column}__isnull": False})
        .order_by(column)
        .annotate(slot=Value(name, output_field=CharField()), since=F(column))
        .values_list("slot", "since")[:1]
        for name, (rows, column) in asked.items()
    ]
    if not parts:
        return {}
    return dict(parts[0] if len(parts) == 1 else parts[0].union(*parts[1:], all=True).order_by())


def _late(places: Iterable[Place], terms: Mapping[tuple[str, int], timedelta]) -> dict[Place, int]:
    """How many wait longer than usual, at each place that has a usual time. Only those are looked at."""
    now = timezone.now()
    condition, known = Q(), [place for place in places if place in terms]
    for place in known:
        step, isp_id = place
        one = Q(state__in=STEPS[step][0], **{f"{_SINCE[step]}__lt": now - terms[place]})
        condition |= one & Q(isp_id=isp_id or None) if step in _BY_LINK else one
    if not known:
        return {}
    counts: dict[Place, int] = {}
    for state, unit in Request.objects.filter(condition).order_by().values_list("state", "isp_id"):
        step = next(each for each, (inside, _out) in STEPS.items() if state in inside)
        key = (step, (unit or 0) if step in _BY_LINK else 0)
        counts[key] = counts.get(key, 0) + 1
    return counts
