"""Everything that happened to a request: its moves and notes, and what other packages know of it, the latest first.

`filing` keeps the history of moves. Packages to its right tell what they keep themselves when their app is ready:
`add_source`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from filing.models import Request, RequestEvent


@dataclass(frozen=True)
class Happening:
    """Something that moved nothing and is kept elsewhere: who did what, what they said of it, where it is written."""

    at: datetime
    line: str
    reason: str = ""
    caption: str = ""


Source = Callable[[Request], Iterable[Happening]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Say where more happenings are to be had. Called once for each, when the app that knows them is ready."""
    if source not in _sources:
        _sources.append(source)


def timeline(request: Request, events: Iterable[RequestEvent]) -> list[RequestEvent | Happening]:
    """The events of a request among what the other packages told, the latest first; what is of one moment stays in order."""
    rows: list[RequestEvent | Happening] = list(events)
    rows += [each for source in _sources for each in source(request)]
    return sorted(rows, key=lambda each: each.at)[::-1]
