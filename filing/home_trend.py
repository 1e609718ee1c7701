"""What happened on each of the last days, as three small rows of bars: sent, approved, refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils import timezone

from filing import tallies
from filing.choices import RequestState
from filing.working_days import is_working_day

S = RequestState

DAYS = 14
ROWS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("sent", "上报", (S.AWAITING_BUREAU, S.FORWARDED)),
    ("good", "通过", (S.APPROVED,)),
    ("bad", "退拒", (S.RETURNED, S.REJECTED)),
)
"""How each row is drawn, its words, and the states that a move into counts for it."""

# Units: pixels of the drawing. The bars stand right of the words; a row has room for a number above its highest bar.
LEFT, STEP, BAR = 60.0, 19.0, 11.0
ROW, HIGH, TOP = 52.0, 30.0, 16.0
WIDTH, HEIGHT = LEFT + DAYS * STEP, len(ROWS) * ROW + 20.0


@dataclass(frozen=True)
class Bar:
    """One day in a row. Units: pixels."""

    x: float
    y: float
    height: float
    count: int
    is_most: bool
    is_today: bool

    @property
    def middle(self) -> float:
        return self.x + BAR / 2

    @property
    def above(self) -> float:
        return self.y - 4


@dataclass(frozen=True)
class Row:
    """One thing that is counted. `base` is the line on which its bars stand."""

    look: str
    words: str
    base: float
    total: int
    bars: tuple[Bar, ...]

    @property
    def words_y(self) -> float:
        return self.base - 16


@dataclass(frozen=True)
class Day:
    """One day: its place in the drawing, whether people work then, and its counts in the order of the rows."""

    day: date
    x: float
    is_rest: bool
    is_today: bool
    counts: tuple[int, ...]
    is_named: bool

    @property
    def middle(self) -> float:
        return self.x + STEP / 2


@dataclass(frozen=True)
class Before:
    """The same day a week ago, to compare today with."""

    words: str
    good: int


@dataclass(frozen=True)
class Trend:
    """The last days. `refused` is how many of a hundred conclusions were a refusal; None where there was none."""

    days: tuple[Day, ...]
    rows: tuple[Row, ...]
    refused: int | None

    width, height, step, bar = WIDTH, HEIGHT, STEP, BAR

    @property
    def is_empty(self) -> bool:
        return not any(row.total for row in self.rows)

    @property
    def latest_first(self) -> tuple[Day, ...]:
        return self.days[::-1]

    @property
    def before(self) -> Before:
        day = self.days[-8]
        return Before(f"上周{'一二三四五六日'[day.day.weekday()]}", day.counts[1])

    @property
    def words(self) -> str:
        """The drawing in one sentence."""
        return "，".join([f"近 {DAYS} 天", *(f"{row.words} {row.total} 件" for row in self.rows)])


def trend() -> Trend:
    """Counts of the last fourteen local days, today the last. One query."""
    moves = tallies.moves_by_day(DAYS)
    today = timezone.localdate()
    days = []
    for place, (day, states) in enumerate(moves.items()):
        counts = tuple(sum(states.get(state, 0) for state in row[2]) for row in ROWS)
        named = place in (0, DAYS // 2, DAYS - 1)
        rests = not is_working_day(day)[0]
        days.append(Day(day, LEFT + place * STEP, rests, day == today, counts, named))
    rows = tuple(_row(place, days) for place in range(len(ROWS)))
    good, bad = rows[1].total, rows[2].total
    return Trend(tuple(days), rows, round(100 * bad / (good + bad)) if good + bad else None)


def _row(place: int, days: Sequence[Day]) -> Row:
    look, words, _states = ROWS[place]
    counts = [day.counts[place] for day in days]
    most, base = max(counts), place * ROW + TOP + HIGH
    highest = counts.index(most) if most else -1
    bars = []
    for number, (day, count) in enumerate(zip(days, counts, strict=True)):
        height = round(max(1.5, HIGH * count / most), 1) if count else 0.0
        x = day.x + (STEP - BAR) / 2
        bars.append(Bar(x, base - height, height, count, number == highest, day.is_today))
    return Row(look, words, base, sum(counts), tuple(bars))
