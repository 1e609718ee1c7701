"""What waits for a person: the lines of home, from every package that has some, the most urgent on top.

`filing` knows its own. Packages to its right tell theirs when their app is ready: `add_source`. A source makes a bounded
number of queries, whatever there is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum

from django.contrib.auth.models import User

MOST_LINES = 20
_NEVER = datetime.max.replace(tzinfo=UTC)


class Urgency(IntEnum):
    """What comes before what. Within one the oldest is first."""

    NOW = 0
    """Overdue, due today, or it holds up everything else."""
    BACK = 1
    """It came back, or it is stuck: somebody outside waits for it."""
    WAITS = 2
    """A colleague or the bureau's papers wait."""
    OWN = 3
    """Begun and not finished."""


@dataclass(frozen=True)
class Line:
    """One thing to do. `words` is the reason, `about` says whose it is and what; `since` orders and is shown as an age,
    unless `left` says how much time there is.

    `key` names the line from one reading to the next, so that a page that is brought up to date keeps the place.
    """

    key: str
    urgency: Urgency
    state: str
    words: str
    about: str
    action: str
    url: str
    since: datetime | None = None
    state_words: str = ""
    left: str = ""

    @property
    def order(self) -> tuple[int, datetime, str]:
        return self.urgency, self.since or _NEVER, self.key


@dataclass(frozen=True)
class Waiting:
    """What waits for one person: how many in all, how many of them are due today or late, and the first lines.

    Shape: at most MOST_LINES lines, in order.
    """

    count: int = 0
    due: int = 0
    late: int = 0
    lines: list[Line] = field(default_factory=list)

    @property
    def more(self) -> int:
        """How many are not among the lines."""
        return self.count - len(self.lines)


Source = Callable[[User], Waiting]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Say where more lines are to be had. Called once for each, when the app that knows them is ready."""
    if source not in _sources:
        _sources.append(source)


def gather(user: User, own: Source) -> Waiting:
    """All that waits for a person: filing's own, and what the other packages told."""
    found = [source(user) for source in (own, *_sources)]
    lines = sorted((line for each in found for line in each.lines), key=lambda line: line.order)
    return Waiting(
        sum(each.count for each in found),
        sum(each.due for each in found),
        sum(each.late for each in found),
        lines[:MOST_LINES],
    )
