"""What home takes from here: what the bureau asks for and is due, and the days ahead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import RequestState
from filing.home_lines import Urgency
from tests.factories import ISP_ID
from tests.filing import samples
from tests.filing.desks import rows
from tests.verification.filings import filed
from verification.choices import VisitOutcome, WorkState
from verification.home import campaigns_ahead, lines, work_ahead
from verification.models import Campaign, VerificationTask, Visit

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 2, 2, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def nothing_counted() -> None:
    cache.clear()


@pytest.fixture
def staff() -> User:
    return samples.a_person("staff", "填报")


def task(days: int, name: str = "虚构任务公司", **columns: Any) -> VerificationTask:
    """A task that is due in so many days."""
    number = VerificationTask.objects.count() + 1
    values = {
        "isp_id": ISP_ID,
        "about": f"subject:{number}",
        "received_at": AT,
        "latest_at": AT,
        "subject_bureau_id": number,
        "subject_name": name,
        "due_on": timezone.localdate() + timedelta(days=days),
    }
    return VerificationTask.objects.create(**values | columns)


def campaign(total: int, done: int, *, due: int = 20, began: int = 30, done_ago: int = 1) -> Campaign:
    """A campaign of so many filings, some of them done lately."""
    today, now = timezone.localdate(), timezone.now()
    made = Campaign.objects.create(name="存量核验", due_on=today + timedelta(days=due))
    Campaign.objects.filter(pk=made.pk).update(created_at=now - timedelta(days=began))
    for place in range(total):
        ended = {
            "state": WorkState.DONE,
            "outcome": VisitOutcome.TRUE,
            "done_at": now - timedelta(days=done_ago),
        }
        Visit.objects.create(
            campaign=made,
            subject=filed(1000 * made.pk + place),
            province=110000,
            due_on=made.due_on,
            **(ended if place < done else {}),
        )
    made.refresh_from_db()
    return made


def test_it_lists_what_is_late_today_or_soon_and_leaves_the_rest_to_its_page(staff: User) -> None:
    task(-3, "迟公司")
    task(0, "今公司")
    task(2, "近公司", due_by_bureau=True)
    task(9, "远公司")
    found = lines(staff)
    assert [(each.state_words, each.left, each.urgency) for each in found.lines] == [
        ("已逾期", "逾期 3 天", Urgency.NOW),
        ("今天到期", "今天到期", Urgency.NOW),
        ("快到期", "还有 2 天", Urgency.WAITS),
    ]
    assert (found.count, found.due, found.late) == (3, 1, 1)
    assert "管局要求" in found.lines[2].about
    assert found.lines[0].about.startswith("迟公司 · 按规则")


def test_it_lets_rest_what_was_answered_or_done(staff: User) -> None:
    (sent,) = rows(1, RequestState.READY)
    (begun,) = rows(1, RequestState.DRAFT)
    task(0, answer=sent)
    task(0, state=WorkState.DONE, done_at=AT)
    task(0, "答到一半公司", answer=begun)
    assert [each.about[:6] for each in lines(staff).lines] == ["答到一半公司"]


def test_it_tells_whoever_enters_and_nobody_else(staff: User) -> None:
    task(0)
    assert lines(staff).count == 1
    for group in ("审核", "链路"):
        assert lines(samples.a_person(f"p-{group}", group)).count == 0


def test_it_gathers_the_visits_of_a_person_in_one_line_each(staff: User) -> None:
    made = campaign(3, 0, due=1)
    Visit.objects.filter(campaign=made).update(assigned_to=staff)
    Visit.objects.create(
        subject=filed(1), province=110000, due_on=timezone.localdate() - timedelta(days=1), assigned_to=staff
    )
    found = lines(staff)
    assert sorted((each.about, each.state_words) for each in found.lines) == [
        ("专项核验 · 存量核验", "快到期"),
        ("定期回访", "已逾期"),
    ]
    assert found.count == 2
    assert lines(samples.a_person("colleague", "填报")).count == 0


def test_it_foretells_when_a_campaign_will_be_done_at_the_speed_of_the_last_days() -> None:
    campaign(10, 7)  # seven in fourteen days: three more take six days
    (ahead,) = campaigns_ahead()
    today = timezone.localdate()
    assert (ahead.total, ahead.done, ahead.percent) == (10, 7, 70.0)
    assert ahead.done_on == today + timedelta(days=6)
    assert not ahead.is_late


def test_it_says_that_a_campaign_will_not_be_done_by_its_day() -> None:
    campaign(10, 7, due=5)
    assert campaigns_ahead()[0].is_late


def test_it_sees_no_end_where_nothing_was_done_lately(client: Client, staff: User) -> None:
    campaign(10, 7, done_ago=20)
    (ahead,) = campaigns_ahead()
    assert ahead.done_on is None
    assert ahead.is_late
    client.force_login(staff)
    assert "近两周没有核过" in client.get(reverse("deadlines")).content.decode()


def test_it_measures_a_young_campaign_by_its_own_days() -> None:
    campaign(10, 4, began=1, done_ago=0)  # four in two days
    assert campaigns_ahead()[0].done_on == timezone.localdate() + timedelta(days=3)


def test_it_shows_the_days_ahead(client: Client, staff: User) -> None:
    client.force_login(staff)
    assert "没有在办的专项核验" in client.get(reverse("deadlines")).content.decode()
    task(4)
    task(-1)
    (work,) = work_ahead()
    assert (work.count, work.late, work.words) == (2, 1, "逾期 1 天")
    html = client.get(reverse("deadlines")).content.decode()
    assert "核实任务 2 个" in html
    assert "1 个已逾期" in html


def test_it_costs_the_same_for_few_items_and_for_many(
    client: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    client.force_login(staff)
    campaign(2, 1)
    task(0)
    client.get(reverse("deadlines"))

    def cost() -> int:
        with django_assert_max_num_queries(12) as counted:
            client.get(reverse("deadlines"))
        return len(counted.captured_queries)

    few = cost()
    for number in range(30):
        task(number - 5)
    assert cost() == few
