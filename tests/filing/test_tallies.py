"""Counts kept by the database's triggers: equal to what is there, whatever wrote it, and exact while others write."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from filing import tallies
from filing.actors import COMMAND
from filing.choices import FiledState, RequestState
from filing.models import Request, RequestEvent, Subject, Tally, Website
from filing.services.filed import record_filed
from filing.states import move_all
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db

S = RequestState


def counted() -> dict[str, int]:
    return dict(Request.objects.order_by().values_list("state").annotate(count=Count("pk")))


def make(count: int, **columns: Any) -> list[Request]:
    now = timezone.now()
    start = Request.objects.count()
    rows = [Request(ref=f"T{start + n}", state_changed_at=now, operation="new_filing") for n in range(count)]
    for row in rows:
        for name, value in columns.items():
            setattr(row, name, value)
    return Request.objects.bulk_create(rows)


def test_it_counts_requests_as_they_come_move_and_go() -> None:
    assert tallies.requests_by_state() == {}
    requests = make(5)
    assert tallies.requests_by_state() == {S.DRAFT: 5}
    move_all(requests[:3], S.IN_REVIEW, actor=COMMAND)
    assert tallies.requests_by_state() == {S.DRAFT: 2, S.IN_REVIEW: 3} == counted()
    Request.objects.filter(state=S.DRAFT).delete()
    assert tallies.requests_by_state() == {S.IN_REVIEW: 3}


def test_it_writes_nothing_for_a_change_that_moves_nothing() -> None:
    make(4)
    rows = Tally.objects.count()
    Request.objects.update(subject_name="虚构公司")
    assert Tally.objects.count() == rows


def test_it_counts_by_link_and_follows_a_request_to_another() -> None:
    make(2)
    mine = make(3, isp_id=110000000001)
    assert tallies.requests_by_state(110000000001) == {S.DRAFT: 3}
    assert tallies.requests_by_state(0) == {S.DRAFT: 2}
    Request.objects.filter(pk=mine[0].pk).update(isp_id=None)
    assert tallies.requests_by_state(0) == {S.DRAFT: 3}
    assert tallies.requests_by_state() == {S.DRAFT: 5}


def test_it_counts_what_ended_where_on_each_local_day() -> None:
    requests = make(3)
    move_all(requests, S.IN_REVIEW, actor=COMMAND)
    move_all(requests[:1], S.REVIEW_RETURNED, actor=COMMAND)
    today = timezone.localdate()
    days = tallies.moves_by_day(3)
    assert list(days) == [today - timedelta(days=2), today - timedelta(days=1), today]
    assert days[today] == {S.IN_REVIEW: 3, S.REVIEW_RETURNED: 1}
    late = timezone.localtime().replace(hour=0, minute=5) - timedelta(days=1)
    old = RequestEvent.objects.get(new_state=S.REVIEW_RETURNED)
    old.pk, old.at = None, late
    old.save(force_insert=True)
    assert tallies.moves_by_day(3)[today - timedelta(days=1)] == {S.REVIEW_RETURNED: 1}


def test_it_does_not_count_a_note_as_a_move() -> None:
    (request,) = make(1)
    RequestEvent.objects.create(
        request=request,
        revision_number=1,
        old_state=S.DRAFT,
        new_state=S.DRAFT,
        actor_kind="system",
        actor_name="x",
        at=timezone.now(),
    )
    assert tallies.moves_by_day(1) == {timezone.localdate(): {}}


def test_it_counts_what_is_filed() -> None:
    site = factories.filed_website(2901, number="京ICP备2026009001号-1")
    record_filed(factories.filed_subject(site, bureau_id=1901), isp_id=factories.ISP_ID, proof={})
    assert tallies.subjects_by_state() == {FiledState.FILED: 1}
    assert tallies.websites_by_state(factories.ISP_ID) == {FiledState.FILED: 1}
    Website.objects.update(state=FiledState.CANCELLED)
    assert tallies.websites_by_state() == {FiledState.CANCELLED: 1}
    assert Subject.objects.count() == 1


def test_it_adds_the_rows_up_and_counts_the_same() -> None:
    requests = make(6)
    for each in requests[:4]:
        move_all([each], S.IN_REVIEW, actor=COMMAND)
    before, days = tallies.requests_by_state(), tallies.moves_by_day(2)
    assert Tally.objects.count() > 3
    assert tallies.compact()
    assert (tallies.requests_by_state(), tallies.moves_by_day(2)) == (before, days)
    assert Tally.objects.count() == 3  # two states, one day's moves
    move_all(requests[:4], S.WITHDRAWN, actor=COMMAND)
    tallies.compact()
    assert not Tally.objects.filter(kind="request", key=S.IN_REVIEW).exists()


def test_it_puts_a_wrong_count_right_and_says_so() -> None:
    make(3)
    assert tallies.verify() == []
    Tally.objects.create(kind="request", key=S.DRAFT, isp_id=0, count=2)
    Tally.objects.create(kind="request", key=S.APPROVED, isp_id=7, count=1)
    assert sorted(tallies.verify()) == [("request", S.APPROVED, 7, -1), ("request", S.DRAFT, 0, -2)]
    assert tallies.requests_by_state() == {S.DRAFT: 3}
    assert tallies.verify() == []


@pytest.mark.django_db(transaction=True)
def test_it_counts_nothing_that_was_rolled_back_and_starts_anew_after_a_flush() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        make(2)
        raise RuntimeError
    assert tallies.requests_by_state() == {}


@pytest.mark.django_db(transaction=True)
def test_it_loses_nothing_while_it_is_added_up() -> None:
    """One makes requests, a second adds up, a third compares: every snapshot is exact."""
    done: list[bool] = []

    def write() -> None:
        for _ in range(30):
            make(1)
        done.append(True)

    def add_up() -> int:
        rounds = 0
        while not done:
            rounds += tallies.compact()
        return rounds

    def compare() -> list[object]:
        wrong: list[object] = []
        while not done:
            wrong += tallies.verify()
        return wrong

    wrote, rounds, wrong = at_once(write, add_up, compare)
    assert (wrote, wrong) == (None, [])
    assert rounds > 0
    assert tallies.requests_by_state() == {S.DRAFT: 30}
