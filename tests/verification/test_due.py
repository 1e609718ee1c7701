"""By when work is due: in the bureau's words, else by rule."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from verification.due import due_in_words, due_of
from verification.models import ListedWork, Notice, VerificationTask

BEGUN = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("请于2026年12月1日前整改", date(2026, 12, 1)),
        ("请在 2026-12-01 之前反馈", date(2026, 12, 1)),
        ("限12月5日18:00前完成", date(2026, 12, 5)),
        ("1月10日前报送", date(2027, 1, 10)),
        ("请于10个工作日内核实", date(2026, 12, 8)),
        ("请在15日内反馈", date(2026, 12, 9)),
        ("请在三日内反馈", date(2026, 11, 27)),
        ("请在十个工作日内整改", date(2026, 12, 8)),
        ("请在二十日内反馈", date(2026, 12, 14)),
        ("十五天内", date(2026, 12, 9)),
        ("十十日内", None),
        ("2020年1月1日前备案的网站", None),
        ("2月30日前", None),
        ("京ICP备2026000001号", None),
        ("", None),
    ],
)
def test_it_reads_the_day_that_the_bureau_names(words: str, day: date | None) -> None:
    assert due_in_words(words, BEGUN) == day


def test_it_counts_working_days_by_rule_where_nothing_is_named(settings: object) -> None:
    at = datetime(2026, 11, 24, 2, tzinfo=UTC)
    settings.ICP_WORK_DUE_DAYS = {"tasks": 15, "notices": 10, "listed": 1}  # type: ignore[attr-defined]
    assert due_of(VerificationTask, at) == (date(2026, 12, 15), False)
    assert due_of(ListedWork, at) == (date(2026, 11, 25), False)
    assert due_of(Notice, at, "请于11月27日前整改") == (date(2026, 11, 27), True)
