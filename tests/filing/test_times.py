from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from filing.times import Freshness, day_words, duration_words, rough_words

NOW = datetime(2026, 11, 23, 6, 22, tzinfo=UTC)  # 14:22 in Shanghai
PROMISE = timedelta(minutes=15)


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "1 秒"),
        (timedelta(seconds=38), "38 秒"),
        (timedelta(seconds=119), "1 分钟"),
        (timedelta(hours=3, minutes=59), "3 小时"),
        (timedelta(days=9, hours=4), "9 天 4 小时"),
        (timedelta(days=9), "9 天"),
        (timedelta(days=45, hours=7), "45 天"),
    ],
)
def test_it_says_a_length_of_time(span: timedelta, words: str) -> None:
    assert duration_words(span) == words


def test_it_says_it_roughly() -> None:
    assert rough_words(timedelta(days=9, hours=4)) == "9 天"
    assert rough_words(timedelta(minutes=2)) == "2 分钟"


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (NOW - timedelta(minutes=2), "今天 14:20"),
        # Local days count: in UTC this is still the day before yesterday's evening.
        (datetime(2026, 11, 21, 17, 0, tzinfo=UTC), "昨天 01:00"),
        (datetime(2026, 11, 14, 2, 0, tzinfo=UTC), "11-14 10:00"),
        (datetime(2025, 12, 31, 16, 30, tzinfo=UTC), "01-01 00:30"),
        (datetime(2025, 11, 14, 2, 0, tzinfo=UTC), "2025-11-14"),
    ],
)
def test_it_says_a_moment_by_the_local_day(at: datetime, words: str) -> None:
    assert day_words(at, NOW) == words


@pytest.mark.parametrize(
    ("age", "bars", "stale"),
    [
        (timedelta(seconds=-3), 4, False),
        (timedelta(minutes=4), 4, False),
        (timedelta(minutes=5), 3, False),
        (timedelta(minutes=14, seconds=59), 2, False),
        (timedelta(minutes=15), 1, True),
        (timedelta(minutes=30), 0, True),
    ],
)
def test_it_empties_as_a_check_grows_old(age: timedelta, bars: int, stale: bool) -> None:
    found = Freshness.of(NOW - age, PROMISE, NOW)
    assert (found.bars, found.stale) == (bars, stale)


def test_it_takes_no_check_for_stale() -> None:
    assert Freshness.of(None, PROMISE, NOW) == Freshness(None, 0, True)
