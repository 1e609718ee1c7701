"""Working days of mainland China, over holidays and over years that nobody has announced."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from filing.working_days import Term, is_working_day, local_day, term_of, working_days_since


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 2, 13), True),  # a Friday
        (date(2026, 2, 14), True),  # a Saturday, worked for the Spring Festival
        (date(2026, 2, 16), False),  # a Monday, New Year's Eve
        (date(2026, 2, 23), False),
        (date(2026, 2, 24), True),
        (date(2026, 2, 28), True),  # a Saturday again
        (date(2026, 3, 1), False),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
    ],
)
def test_it_knows_holidays_and_the_days_worked_for_them(day: date, works: bool) -> None:
    assert is_working_day(day) == (works, False)


def test_it_counts_twenty_days_over_the_spring_festival() -> None:
    # Accepted on Monday 9 February 2026: five days and a Saturday, nine days of holidays, then the rest.
    assert term_of(date(2026, 2, 9), 20) == Term(date(2026, 3, 13), False)
    assert working_days_since(date(2026, 2, 9), date(2026, 3, 12)) == 19
    assert working_days_since(date(2026, 2, 9), date(2026, 3, 13)) == 20
    assert working_days_since(date(2026, 2, 9), date(2026, 3, 15)) == 20
    assert working_days_since(date(2026, 2, 9), date(2026, 3, 16)) == 21


def test_it_begins_to_count_on_the_day_after() -> None:
    assert term_of(date(2026, 11, 2), 1).last_day == date(2026, 11, 3)
    assert term_of(date(2026, 11, 6), 1).last_day == date(2026, 11, 9)
    assert working_days_since(date(2026, 11, 2), date(2026, 11, 2)) == 0


def test_it_says_where_it_estimates() -> None:
    assert is_working_day(date(2199, 10, 1)) == (True, True)  # a Tuesday
    assert is_working_day(date(2199, 10, 5)) == (False, True)  # a Saturday
    assert term_of(date(2198, 12, 31), 5) == Term(date(2199, 1, 7), True)


def test_it_takes_the_day_of_shanghai() -> None:
    assert local_day(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == date(2026, 11, 23)
    assert local_day(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == date(2026, 11, 24)
