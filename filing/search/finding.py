"""Looking for words in rows, in bounded time.

A server in a box has no extensions: names are found by grams of two or three characters in a GIN index. That is quick for
what is rare. What is common ("公司") would be collected and sorted whole, so it is looked for in the latest rows first,
where it is found at once: `ENOUGH` there are enough. No search reads more than `RECENT` and `MOST_CANDIDATES` rows, and
none returns more than `MOST`; the planner is never left to choose.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Func, Model, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from filing.models.words import Grams
from filing.search.asked import Asked

M = TypeVar("M", bound=Model)

MOST = 1000
RECENT, ENOUGH = 2000, 100
MOST_CANDIDATES = 2000
MOST_KEY = 2**63 - 1


@dataclass(frozen=True)
class Hits:
    """Keys of what was found, the latest first. `more`: there may be others, which are left out."""

    keys: tuple[int, ...] = ()
    more: bool = False

    def __or__(self, other: Hits) -> Hits:
        return bounded({*self.keys, *other.keys}, more=self.more or other.more)

    def beside(self, other: Hits) -> Hits:
        """Both, without the bound: what was looked for in some of the rows alone is not crowded out by the latest."""
        return Hits(tuple(sorted({*self.keys, *other.keys}, reverse=True)), self.more or other.more)


def bounded(keys: Iterable[int], *, more: bool = False, most: int = MOST) -> Hits:
    """The latest of these keys."""
    ordered = sorted(keys, reverse=True)
    return Hits(tuple(ordered[:most]), more or len(ordered) > most)


def find(rows: QuerySet[M], words: Func, asked: Asked, *, most: int = MOST) -> Hits:
    """The rows whose `words` hold what was typed. At most two queries.

    `rows` may be narrowed by other conditions; they are asked with it. Words too short for a gram are looked for in the
    latest rows alone, which `more` tells.
    """
    if not asked.words:
        return Hits()
    model, rows = rows.model, rows.order_by()
    holding = rows.alias(words=words).filter(words__contains=asked.words)
    before = model._default_manager.order_by("-pk").values("pk")[RECENT : RECENT + 1]
    # The upper bound says nothing but to the planner: a range is a small part, nothing to start more processes for.
    recent = holding.filter(pk__gt=Coalesce(Subquery(before), Value(0)), pk__lte=MOST_KEY).order_by("-pk")
    keys = set(recent.values_list("pk", flat=True)[: most + 1])
    if len(keys) >= min(ENOUGH, most) or not asked.grams:
        # So common that the latest are all that anybody wants to see; or nothing that the index knows.
        return bounded(keys, more=model._default_manager.order_by("-pk")[RECENT:].exists(), most=most)
    # Without an order: one by key would tempt the planner to walk through the whole table where words are rare.
    # Of words that are one gram the index alone knows enough: it is those that are common.
    certain = asked.grams == (asked.words,)
    others = (
        (rows if certain else holding).alias(grams=Grams(words)).filter(grams__contains=list(asked.grams))
    )
    candidates = list(others.values_list("pk", flat=True)[:MOST_CANDIDATES])
    return bounded(keys.union(candidates), more=len(candidates) == MOST_CANDIDATES, most=most)
