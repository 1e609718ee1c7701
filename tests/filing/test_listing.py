"""Pages of a list: turned at a row in both directions, also among rows of one moment; counts that stop."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from filing import listing
from filing.choices import FiledState
from filing.filed_list import LATEST, TABS
from filing.listing import Count, Order, count_by_tab, read_page
from filing.models import Subject
from filing.services.filed import record_filed
from tests import factories

pytestmark = pytest.mark.django_db
MOMENT = datetime(2026, 3, 2, 10, 15, 0, 123456, tzinfo=UTC)


@pytest.fixture
def seven() -> list[int]:
    """Keys in the order of the list, the latest first: the three in the middle are of one moment."""
    keys = []
    for number in range(7):
        data = factories.filed_subject(
            bureau_id=1000 + number, own_id=None, number=f"京ICP备{10000000 + number}号"
        )
        subject, _requests = record_filed(data, isp_id=factories.ISP_ID, proof={})
        moment = MOMENT + timedelta(microseconds=min(number, 2) if number < 5 else number)
        Subject.objects.filter(pk=subject.pk).update(updated_at=moment)
        keys.append(subject.pk)
    return keys[::-1]


@pytest.mark.parametrize(
    "order", [LATEST, Order("", "updated_at", latest_first=False), Order("", "", latest_first=True)]
)
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_it_shows_each_row_once_there_and_back(seven: list[int], order: Order, size: int) -> None:
    expected = seven if order.latest_first else seven[::-1]
    page = read_page(Subject.objects.all(), order, {}, size)
    pages = [[row.pk for row in page.rows]]
    assert page.before == ""
    while page.after:
        page = read_page(Subject.objects.all(), order, {"after": page.after}, size)
        pages.append([row.pk for row in page.rows])
    assert [key for each in pages for key in each] == expected
    for wanted in reversed(pages[:-1]):
        page = read_page(Subject.objects.all(), order, {"before": page.before}, size)
        assert [row.pk for row in page.rows] == wanted
    assert page.before == ""


def test_it_moves_nothing_when_rows_come_in(seven: list[int]) -> None:
    first = read_page(Subject.objects.all(), LATEST, {}, 3)
    Subject.objects.filter(pk=seven[-1]).update(updated_at=MOMENT + timedelta(days=1))
    second = read_page(Subject.objects.all(), LATEST, {"after": first.after}, 3)
    assert [row.pk for row in second.rows] == seven[3:6]


def test_it_shows_the_first_page_where_nothing_is_left(seven: list[int]) -> None:
    last = read_page(Subject.objects.all(), LATEST, {}, 7)
    mark = LATEST.mark(last.rows[-1])
    assert read_page(Subject.objects.all(), LATEST, {"after": mark}, 3).rows == last.rows[:3]


def test_it_counts_up_to_a_bound_and_then_the_chosen_tab_alone(
    seven: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    Subject.objects.filter(pk=seven[0]).update(state=FiledState.CANCELLED)
    rows = Subject.objects.all()
    assert count_by_tab(rows, TABS, "filed") == {"filed": Count(6), "cancelled": Count(1), "all": Count(7)}
    monkeypatch.setattr(listing, "MOST_COUNTED", 5)
    assert count_by_tab(rows, TABS, "filed") == {"filed": Count(5, more=True), "cancelled": None, "all": None}
    assert count_by_tab(rows, TABS, "cancelled") == {"filed": None, "cancelled": Count(1), "all": None}
    assert str(Count(1000, more=True)) == "1,000+"
