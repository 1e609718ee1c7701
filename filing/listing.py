"""Long lists: turned page by page at a row, never counted through. What every list of thousands has in common.

A page is named by the row at which it begins or ends (`after`, `before`), in the order of the list: the millionth row is
as near as the first, and a row that comes in meanwhile moves none.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Generic, TypeVar

from django.db.models import Model, Q, QuerySet
from django.utils import timezone

M = TypeVar("M", bound=Model)

PAGE_SIZE = 50
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
MOST_NUMBER = 2**63 - 1


@dataclass(frozen=True)
class Order:
    """How a list is ordered: by a time, then by key; by key alone where `time` is empty."""

    words: str
    time: str
    latest_first: bool

    def columns(self, *, forward: bool = True) -> tuple[str, ...]:
        sign = "-" if self.latest_first == forward else ""
        return tuple(f"{sign}{name}" for name in (self.time, "pk") if name)

    def mark(self, row: Model) -> str:
        """The place of a row, as an address carries it."""
        at = [str((getattr(row, self.time) - _EPOCH) // _MICROSECOND)] if self.time else []
        return "-".join([*at, str(row.pk)])

    def beyond(self, mark: str, *, forward: bool) -> Q | None:
        """Condition for the rows on one side of a place; None where the address names none."""
        parts = mark.split("-")
        if not all(part.isdecimal() and int(part) <= MOST_NUMBER for part in parts) or len(parts) != 1 + bool(
            self.time
        ):
            return None
        way = "lt" if self.latest_first == forward else "gt"
        by_key = Q(**{f"pk__{way}": int(parts[-1])})
        if not self.time:
            return by_key
        try:
            at = _EPOCH + int(parts[0]) * _MICROSECOND
        except OverflowError:
            return None
        # The first condition alone is what an index is read from.
        return Q(**{f"{self.time}__{way}e": at}) & (Q(**{f"{self.time}__{way}": at}) | by_key)


@dataclass(frozen=True)
class Page(Generic[M]):
    """Some rows of a list. `before` and `after` are the places to turn to; empty where there is nothing more."""

    rows: list[M]
    before: str = ""
    after: str = ""


def read_page(rows: QuerySet[M], order: Order, query: Mapping[str, str], size: int = 0) -> Page[M]:
    """The page that an address names; the first one where it names none, or none that is there. One query, at most two."""
    size = size or PAGE_SIZE
    forward = "before" not in query
    condition = order.beyond(query.get("after" if forward else "before", ""), forward=forward)
    if condition is None:
        found = list(rows.order_by(*order.columns())[: size + 1])
        return _page(found, order, size, forward=True, first=True)
    found = list(rows.filter(condition).order_by(*order.columns(forward=forward))[: size + 1])
    if not found or (not forward and len(found) <= size):
        # Nothing there any more, or less than a page: it is the first one.
        return read_page(rows, order, {}, size)
    return _page(found, order, size, forward=forward, first=False)


def _page(found: list[M], order: Order, size: int, *, forward: bool, first: bool) -> Page[M]:
    more, shown = len(found) > size, found[:size]
    if not forward:
        shown.reverse()
    if not shown:
        return Page([])
    is_before, is_after = (not first, more) if forward else (more, True)
    return Page(shown, order.mark(shown[0]) if is_before else "", order.mark(shown[-1]) if is_after else "")


@dataclass(frozen=True)
class Count:
    """How many there are; at least so many where `more`."""

    number: int
    more: bool = False

    def __str__(self) -> str:
        return f"{self.number:,}{'+' if self.more else ''}"


MOST_COUNTED = 1000


def count_by_tab(
    rows: QuerySet[M],
    tabs: Mapping[str, tuple[str, Collection[str]]],
    chosen: str,
    *,
    more: bool = False,
    most: int = 0,
) -> dict[str, Count | None]:
    """How many rows each tab would show, by their `state`; rows are counted up to a bound. One query, at most two.

    Beyond the bound only the tab that is looked at is counted, up to the bound too: of the others nothing is known.
    `most` is the bound, 0 for the usual one. With `more` the rows themselves may not be all.
    """
    most = most or MOST_COUNTED
    states = Counter(rows.order_by().values_list("state", flat=True)[: most + 1])
    if states.total() <= most:
        return {
            name: Count(sum(states[each] for each in held), more) for name, (_words, held) in tabs.items()
        }
    shown = rows.filter(state__in=tabs[chosen][1]).order_by().values_list("pk", flat=True)
    number = len(shown[: most + 1])
    return dict.fromkeys(tabs) | {chosen: Count(min(number, most), more or number > most)}


@dataclass(frozen=True)
class Chip:
    """One condition of a list in words, and the address of the list without it."""

    words: str
    without: str


@dataclass(frozen=True)
class Choice:
    """One line of a filter."""

    value: str
    words: str
    chosen: bool


def choices(pairs: Any, chosen: str) -> list[Choice]:
    """The lines of a filter: `pairs` of value and words."""
    return [Choice(str(value), str(words), str(value) == chosen) for value, words in pairs]


def read_number(text: str) -> int:
    """A number in an address; 0 where it is none."""
    return int(text) if text.isdecimal() and len(text) <= 18 else 0


def read_day(text: str) -> date | None:
    """A day in an address (2026-11-24)."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def start_of(day: date) -> datetime:
    """The first moment of a local day."""
    return timezone.make_aware(datetime(day.year, day.month, day.day))


def end_of(day: date) -> datetime:
    """The first moment after a local day."""
    return start_of(day + timedelta(days=1)) if day < date.max else start_of(day)
