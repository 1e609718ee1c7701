"""Home: what waits for whom and in which order, where requests wait and how long that usually takes, the last days."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import RequestState, WaitStep
from filing.home import desk, waiting_for
from filing.home_lines import MOST_LINES, Line, Urgency, Waiting, gather
from filing.home_trend import DAYS, trend
from filing.home_waits import waits
from filing.models import Request, StepTerm
from filing.services.terms import measure
from filing.tallies import requests_by_link
from tests.filing import samples
from tests.filing.desks import passed, rows

pytestmark = pytest.mark.django_db

S = RequestState
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UNIT, OTHER = 110000000001, 310000000002


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    """Images go to a folder of the test's own."""


@pytest.fixture
def owner() -> User:
    return samples.a_person("owner", "填报")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("reviewer", "审核")


def ago(span: timedelta) -> Any:
    return timezone.now() - span


# --- what waits for a person ----------------------------------------------------------------------


def test_it_puts_what_came_back_before_reviews_and_drafts_and_the_oldest_first(owner: User) -> None:
    both = samples.a_person("both", "填报", "审核")
    rows(1, S.DRAFT, since=ago(9 * DAY), created_by=both, subject_name="草稿社")
    rows(1, S.IN_REVIEW, since=ago(5 * DAY), created_by=owner, subject_name="待审社")
    rows(1, S.RETURNED, since=ago(HOUR), subject_name="刚退社")
    rows(1, S.REJECTED, since=ago(2 * HOUR), subject_name="早退社")
    lines = waiting_for(both).lines
    assert [line.about.split(" · ")[0] for line in lines] == ["早退社", "刚退社", "待审社", "草稿社"]
    assert [line.action for line in lines] == ["改正", "改正", "审核", "接着填"]


def test_it_shows_each_role_its_own_and_nothing_to_who_only_keeps_the_link(
    owner: User, reviewer: User
) -> None:
    rows(1, S.DRAFT, created_by=owner)
    rows(2, S.IN_REVIEW, created_by=owner)
    rows(3, S.RETURNED)
    assert waiting_for(owner).count == 4
    assert waiting_for(reviewer).count == 2
    assert waiting_for(samples.a_person("operator", "链路")) == Waiting()


def test_it_lists_twenty_and_counts_the_rest(owner: User, client: Client) -> None:
    rows(MOST_LINES + 3, S.RETURNED)
    waiting = waiting_for(owner)
    assert (len(waiting.lines), waiting.count, waiting.more) == (MOST_LINES, MOST_LINES + 3, 3)
    client.force_login(owner)
    html = client.get("/").content.decode()
    assert "有 23 件等您处理" in html
    assert "先列最急的 20 件，另有 3 件" in html


def test_it_takes_the_most_urgent_of_every_source(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def line(key: str, urgency: Urgency, hours: int) -> Line:
        return Line(key, urgency, "bad", "", "", "", "/", since=ago(hours * HOUR))

    def other(_user: User) -> Waiting:
        return Waiting(2, due=1, late=1, lines=[line("late", Urgency.NOW, 1), line("old", Urgency.WAITS, 99)])

    monkeypatch.setattr("filing.home_lines._sources", [other])
    found = gather(owner, lambda _user: Waiting(1, lines=[line("back", Urgency.BACK, 2)]))
    assert [each.key for each in found.lines] == ["late", "back", "old"]
    assert (found.count, found.due, found.late) == (3, 1, 1)


# --- how long steps take --------------------------------------------------------------------------


def test_it_measures_within_what_nine_of_ten_were_reviewed() -> None:
    for hours in range(1, 11):
        (request,) = rows(1, S.READY)
        passed(request, (S.DRAFT, 20 * DAY), (S.IN_REVIEW, DAY + hours * HOUR), (S.READY, DAY))
    (gone,) = rows(1, S.WITHDRAWN)
    passed(gone, (S.IN_REVIEW, 9 * DAY), (S.WITHDRAWN, DAY))
    (long_ago,) = rows(1, S.READY)
    passed(long_ago, (S.IN_REVIEW, 60 * DAY), (S.READY, 31 * DAY))
    measure()
    term = StepTerm.objects.get(step=WaitStep.REVIEW)
    assert term.sample == 10
    assert term.usual_s == pytest.approx(9.1 * 3600, rel=1e-3)


def test_it_measures_the_way_to_the_bureau_whole_and_the_bureau_by_link() -> None:
    for unit, hours, how_many in ((UNIT, 10, 5), (OTHER, 40, 6)):
        for request in rows(how_many, S.APPROVED, isp_id=unit):
            passed(
                request,
                (S.READY, 50 * HOUR),
                (S.PACKED, 49 * HOUR),
                (S.UPLOADING, 48.5 * HOUR),
                (S.AWAITING_BUREAU, 48 * HOUR),
                (S.APPROVED, (48 - hours) * HOUR),
            )
    measure()
    found = {(row.step, row.isp_id): round(row.usual_s / 3600, 1) for row in StepTerm.objects.all()}
    assert found == {
        (WaitStep.SENDING, 0): 2.0,
        (WaitStep.BUREAU, UNIT): 10.0,
        (WaitStep.BUREAU, OTHER): 40.0,
    }


def test_it_tells_no_usual_time_from_a_few_and_forgets_an_old_one() -> None:
    for request in rows(4, S.READY):
        passed(request, (S.IN_REVIEW, 2 * HOUR), (S.READY, HOUR))
    StepTerm.objects.create(
        step=WaitStep.REVIEW, usual_s=60.0, sample=9, measured_at=timezone.now() - 40 * DAY
    )
    assert measure() == 0
    assert not StepTerm.objects.exists()


# --- where requests wait --------------------------------------------------------------------------


def test_it_says_where_requests_wait_since_when_and_how_many_longer_than_usual() -> None:
    rows(2, S.IN_REVIEW, since=ago(HOUR))
    rows(1, S.UNCERTAIN, ready_at=ago(3 * HOUR))
    rows(2, S.AWAITING_BUREAU, isp_id=UNIT, accepted_at=ago(9 * DAY))
    rows(5, S.AWAITING_BUREAU, isp_id=UNIT)
    rows(1, S.FORWARDED, isp_id=UNIT, accepted_at=ago(20 * DAY))
    rows(50, S.APPROVED, isp_id=UNIT, accepted_at=ago(99 * DAY))
    StepTerm.objects.create(
        step=WaitStep.BUREAU, isp_id=UNIT, usual_s=6 * 86400.0, sample=9, measured_at=timezone.now()
    )
    review, sending, bureau, forwarded = waits(requests_by_link())
    assert [each.count for each in (review, sending, bureau, forwarded)] == [2, 1, 7, 1]
    assert (bureau.late, bureau.is_late, bureau.bar) == (2, True, 75.0)
    assert (review.bar, review.usual, forwarded.late) == (0.0, None, 0)
    assert sending.oldest is not None
    assert timezone.now() - sending.oldest >= 3 * HOUR
    assert bureau.words == "等待管局"  # one bureau needs no name


def test_it_tells_the_bureaus_apart_by_the_names_of_their_links(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filing.home_waits._names", [lambda: {UNIT: "北京"}])
    rows(1, S.AWAITING_BUREAU, isp_id=UNIT)
    rows(1, S.AWAITING_BUREAU, isp_id=OTHER)
    rows(1, S.AWAITING_BUREAU, isp_id=None, accepted_at=ago(DAY))  # as of before links were told apart
    found = waits(requests_by_link())
    assert [each.oldest is not None and timezone.now() - each.oldest >= DAY for each in found] == [
        True,
        False,
        False,
    ]
    assert [each.words for each in found] == ["等待管局 · 0", "等待管局 · 北京", f"等待管局 · {OTHER}"]


def test_it_says_in_the_strip_what_is_late_and_which_draft_was_left(owner: User) -> None:
    rows(1, S.DRAFT, since=ago(5 * DAY))
    rows(1, S.DRAFT)
    rows(3, S.AWAITING_BUREAU, isp_id=UNIT, accepted_at=ago(9 * DAY))
    StepTerm.objects.create(
        step=WaitStep.BUREAU, isp_id=UNIT, usual_s=3600.0, sample=9, measured_at=timezone.now()
    )
    strip = {each.words: each for each in desk(owner).strip}
    assert strip["等待管局"].note == "3 件超过通常时长"
    oldest = strip["草稿"].oldest
    assert oldest is not None
    assert timezone.now() - oldest >= 5 * DAY
    assert strip["管局退回"].oldest is None


# --- the last days --------------------------------------------------------------------------------


def test_it_draws_the_last_days_from_the_moves() -> None:
    for request in rows(3, S.APPROVED):
        passed(request, (S.UPLOADING, 3 * DAY), (S.AWAITING_BUREAU, 2 * DAY), (S.APPROVED, timedelta()))
    (refused,) = rows(1, S.RETURNED)
    passed(refused, (S.UPLOADING, 3 * DAY), (S.FORWARDED, DAY), (S.RETURNED, timedelta()))
    found = trend()
    assert len(found.days) == DAYS
    assert [row.total for row in found.rows] == [4, 3, 1]
    assert found.days[-1].counts == (0, 3, 1)
    assert found.days[-3].counts == (3, 0, 0)
    assert found.refused == 25
    assert found.words == "近 14 天，上报 4 件，通过 3 件，退拒 1 件"
    sent = found.rows[0].bars
    assert [bar.is_most for bar in sent].count(True) == 1
    assert sent[-3].height > sent[-2].height > 0


def test_it_shades_holidays_and_weekends_but_not_a_saturday_that_is_worked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(timezone, "now", lambda: datetime(2025, 10, 12, 4, 0, tzinfo=UTC))
    found = trend()
    rests = [day.day.isoformat()[5:] for day in found.days if day.is_rest]
    assert rests == [*(f"10-0{n}" for n in range(1, 9)), "10-12"]
    assert found.is_empty


# --- the page -------------------------------------------------------------------------------------


def test_it_answers_an_open_page_with_its_parts_its_title_and_the_menu(client: Client, owner: User) -> None:
    rows(2, S.RETURNED)
    rows(1, S.IN_REVIEW)
    client.force_login(owner)
    answer = client.get(reverse("home_live"), headers={"HX-Request": "true"})
    html = answer.content.decode()
    assert "<title>（2）工作台" in html
    assert re.search(r'<span id="count-in_review" hx-swap-oob="true"><b>1</b>', html)
    assert re.search(r'<span id="count-under_way" hx-swap-oob="true"><b>3</b>', html)
    assert re.findall(r'id="(home-\w+)"', html) == ["home-head", "home-strip", "home-trend"]
    assert "<html" not in html
    assert answer["HX-Trigger"] == "live"


def test_it_counts_for_the_menu_of_any_page_what_home_counts(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get(reverse("home_count")).content.decode() == ""
    rows(2, S.RETURNED)
    assert client.get(reverse("home_count")).content.decode() == "<b>2</b>"


@pytest.mark.parametrize("name", ["home_live", "home_count"])
def test_it_lets_a_page_know_that_its_session_ended(client: Client, name: str) -> None:
    assert client.get(reverse(name), headers={"HX-Request": "true"}).status_code == 401


@pytest.mark.parametrize("group", ["填报", "审核", "链路", "管理员"])
def test_it_costs_the_same_with_three_requests_and_with_three_hundred(
    client: Client, group: str, owner: User, django_assert_max_num_queries: Any
) -> None:
    user = samples.a_person("somebody", group)
    client.force_login(user)
    client.get("/")

    def cost(name: str) -> int:
        with django_assert_max_num_queries(34) as counted:
            assert client.get(reverse(name)).status_code == 200
        return len(counted.captured_queries)

    def more(each: int) -> None:
        for state in S.values:
            for request in rows(each, state, created_by=user if state == S.DRAFT else owner, isp_id=UNIT):
                passed(request, (state, HOUR))

    more(1)
    few = [cost("home"), cost("home_live"), cost("home_count")]
    more(25)
    many = [cost("home"), cost("home_live"), cost("home_count")]
    # Past twenty lines the rest is counted by one more query.
    assert all(0 <= after - before <= 1 for before, after in zip(few, many, strict=True)), (few, many)
    assert Request.objects.count() > 300


def test_it_greets_who_has_nothing_to_do_in_the_words_of_the_role(client: Client) -> None:
    rows(1, S.APPROVED)
    for group, words in (("填报", "都处理完了"), ("审核", "都审完了"), ("链路", "链路没有要您处理的事")):
        client.force_login(samples.a_person(f"p-{group}", group))
        assert words in client.get("/").content.decode()


def test_it_begins_with_how_to_begin(client: Client, owner: User) -> None:
    client.force_login(owner)
    html = client.get("/").content.decode()
    assert "还没有报备单" in html
    assert "没有等您处理的事" in html


def test_it_leads_from_each_count_to_the_list_of_just_those(client: Client, owner: User) -> None:
    for number, state in enumerate(S.values, start=1):
        rows(number, state, isp_id=UNIT)
    client.force_login(owner)
    seen = desk(owner)
    for count, query in [(each.count, each.query) for each in (*seen.strip, *seen.waits)]:
        html = client.get(f"{reverse('request_list')}?{query}").content.decode()
        told = len(set(re.findall(r"desk-\d{5}", html)))
        # What is packed and sent is one field with what waits to be, and its list shows what is in doubt beside it.
        in_doubt = 7 if query == "tab=sending" else 0
        assert told == count + in_doubt, query
