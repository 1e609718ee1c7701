"""Re-visits: planned evenly, concluded once, a finding begins the change; whom to remind."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import Operation
from filing.models import Alert, Request
from filing.services.codes import load_builtin_codes
from filing.services.errors import NotAllowed
from filing.services.filed_document import filed_document
from tests import factories
from tests.filing.posting import content
from tests.verification.filings import filed
from verification.models import Campaign, Commitment, Visit
from verification.services.reminders import make_reminders
from verification.services.revisits import plan, spread, working_days_from
from verification.services.visits import conclude, take_back

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def staff() -> list[User]:
    load_builtin_codes()
    return [factories.user(name, "enter_request") for name in ("anna", "bert")]


def visit(n: int = 1, *, days: int = 5, **more: Any) -> Visit:
    subject = more.pop("subject", None) or filed(n)
    due = timezone.localdate() + timedelta(days=days)
    return Visit.objects.create(subject=subject, province=subject.province, due_on=due, **more)


# --- planning -------------------------------------------------------------------------------------


def test_it_spreads_over_days_and_people_and_fills_what_is_empty_first() -> None:
    slots = [(day, person) for day in (MONDAY, TUESDAY) for person in (1, 2)]
    assert Counter(spread(8, slots, {}, 9)) == dict.fromkeys(slots, 2)
    load = {(MONDAY, 1): 2, (MONDAY, 2): 1}
    assert spread(5, slots, load, 9) == [
        (MONDAY, 2),
        (TUESDAY, 1),
        (TUESDAY, 1),
        (TUESDAY, 2),
        (TUESDAY, 2),
    ]
    assert len(spread(99, slots, load, 3)) == 4 * 3 - 3
    assert spread(3, [], {}, 9) == []


def test_it_counts_working_days_only() -> None:
    days = working_days_from(date(2026, 11, 27), 2)  # a Friday
    assert days == [date(2026, 11, 30), date(2026, 12, 1)]


def test_it_plans_what_was_not_looked_at_for_long_the_oldest_first(staff: list[User], settings: Any) -> None:
    settings.ICP_REVISIT_AHEAD_DAYS, settings.ICP_REVISIT_PER_DAY = 2, 1
    for n in range(6):
        filed(n, at=LONG_AGO + timedelta(days=n))
    filed(7, at=timezone.now() - timedelta(days=30))
    assert plan() == 4  # two days, two people, one each a day
    planned = Visit.objects.order_by("subject__first_filed_at")
    assert [each.subject.bureau_id for each in planned] == [5000, 5001, 5002, 5003]
    assert Counter(each.due_on for each in planned).most_common()[0][1] == 2
    assert Counter(each.assigned_to for each in planned) == dict.fromkeys(staff, 2)
    assert planned[0].due_on <= planned[3].due_on
    assert plan() == 0


def test_it_does_not_plan_what_was_seen_lately_or_is_open_or_where_nobody_visits(
    staff: list[User], settings: Any
) -> None:
    seen, tried, open_one = (filed(n, at=LONG_AGO) for n in range(3))
    conclude(visit(subject=seen), user=staff[0], outcome="true")
    conclude(visit(subject=tried), user=staff[0], outcome="unreached", note="没人接")
    visit(subject=open_one)
    assert plan() == 0
    Visit.objects.filter(subject=tried).update(done_at=timezone.now() - timedelta(days=31))
    assert plan() == 1
    filed(9, at=LONG_AGO)
    settings.ICP_REVISIT_EVERY_DAYS = 0
    assert plan() == 0
    settings.ICP_REVISIT_EVERY_DAYS = 365
    User.objects.update(is_active=False)
    assert plan() == 0


# --- the outcome ----------------------------------------------------------------------------------


def test_it_is_concluded_once_and_says_who_was_first(staff: list[User]) -> None:
    row = visit()
    stale = Visit.objects.get()
    conclude(row, user=staff[0], outcome="true", note=" 电话联系本人 ")
    assert (row.outcome, row.note, row.done_by) == ("true", "电话联系本人", staff[0])
    with pytest.raises(NotAllowed, match=staff[0].username):
        conclude(stale, user=staff[1], outcome="found", findings=["domain"])
    take_back(row)
    assert row.is_open and not row.outcome


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"outcome": ""}, "选一个结果"),
        ({"outcome": "gone"}, "选一个结果"),
        ({"outcome": "found"}, "勾选哪里"),
        ({"outcome": "unreached", "note": " "}, "怎么联系"),
    ],
)
def test_it_wants_to_know_what_was_found(staff: list[User], values: dict[str, str], words: str) -> None:
    with pytest.raises(NotAllowed, match=words):
        conclude(visit(), user=staff[0], **values)
    assert Visit.objects.get().is_open


def test_a_finding_begins_the_change_with_what_is_filed(staff: list[User]) -> None:
    row = visit()
    done = conclude(row, user=staff[0], outcome="found", findings=["domain", "nonsense", "contacts"])
    made = Request.objects.get()
    assert done.request == made == row.request
    assert made.operation == Operation.CHANGE and made.created_by == staff[0]
    assert row.findings == ["contacts", "domain"]
    assert content(made)["subject"]["name"] == filed_document(row.subject)["subject"]["name"]
    again = visit(subject=row.subject)
    assert conclude(again, user=staff[1], outcome="found", findings=["domain"]).request == made


def test_a_finding_is_kept_where_no_change_can_begin(staff: list[User]) -> None:
    subject = filed(1)
    subject.number = ""
    subject.save()
    row = visit(subject=subject)
    done = conclude(row, user=staff[0], outcome="found", findings=["domain"])
    assert done.request is None and "备案号" in done.words
    assert Visit.objects.get().outcome == "found"
    closed = visit(2)
    assert conclude(closed, user=staff[0], outcome="found", findings=["closed"]).request is None


# --- pages ----------------------------------------------------------------------------------------


def test_it_goes_from_the_outcome_into_the_change(client: Client, staff: list[User]) -> None:
    row = visit(assigned_to=staff[0])
    client.force_login(staff[0])
    assert "虚构1号有限公司" in client.get(reverse("visit_list")).content.decode()
    page = client.get(reverse("visit_detail", args=[row.pk])).content.decode()
    assert "虚构站1" in page and "记下结果" in page
    address = reverse("visit_detail", args=[row.pk])
    assert client.post(address, {"outcome": "found"}).status_code == 422
    sent = {"outcome": "found", "findings": ["website_person"], "contract": "HT-1", "signed_on": "2026-01-02"}
    wrong = client.post(address, sent | {"signed_on": ""})
    assert wrong.status_code == 422 and "填签订日期" in wrong.content.decode()
    assert Visit.objects.get().is_open
    response = client.post(address, sent | {"commitment": "变化后十日内告知"})
    assert response.url == reverse("draft_edit", args=[Request.objects.get().ref])  # type: ignore[attr-defined]
    kept = Commitment.objects.get()
    assert (kept.contract, kept.signed_on, kept.recorded_by) == ("HT-1", date(2026, 1, 2), staff[0])
    shown = client.get(address).content.decode()
    assert "HT-1" in shown and "网站负责人" in shown and Request.objects.get().ref in shown


def test_it_goes_on_to_the_next_of_mine(client: Client, staff: list[User]) -> None:
    first, second = visit(1, assigned_to=staff[0]), visit(2, assigned_to=staff[0])
    visit(3, assigned_to=staff[1])
    client.force_login(staff[0])
    response = client.post(reverse("visit_detail", args=[first.pk]), {"outcome": "true"})
    assert response.url == reverse("visit_detail", args=[second.pk])  # type: ignore[attr-defined]


def test_it_tells_who_else_has_it_open_and_lets_it_be_given_away(client: Client, staff: list[User]) -> None:
    row = visit(assigned_to=staff[0])
    client.force_login(staff[1])
    client.get(reverse("visit_detail", args=[row.pk]))
    client.force_login(staff[0])
    page = client.get(reverse("visit_detail", args=[row.pk])).content.decode()
    assert f"{staff[1].username} 正在办" in page
    client.post(reverse("visit_assign", args=[row.pk]), {"who": str(staff[1].pk)})
    row.refresh_from_db()
    assert row.assigned_to == staff[1]
    conclude(row, user=staff[1], outcome="true")
    told = client.post(reverse("visit_readers", args=[row.pk])).content.decode()
    assert "已经处理过了" in told and "全部属实" in told
    late = client.post(reverse("visit_detail", args=[row.pk]), {"outcome": "true"})
    assert late.status_code == 422 and staff[1].username in late.content.decode()
    client.post(reverse("visit_take_back", args=[row.pk]))
    row.refresh_from_db()
    assert row.is_open


def test_it_hides_phones_and_lets_only_those_who_enter_conclude(client: Client, staff: list[User]) -> None:
    row = visit(subject=filed(1, mobile="13800138000"))
    client.force_login(factories.user("reviewer", "review_request"))
    page = client.get(reverse("visit_detail", args=[row.pk])).content.decode()
    assert "13800138000" not in page and "记下结果" not in page
    assert client.post(reverse("visit_detail", args=[row.pk]), {"outcome": "true"}).status_code == 403
    assert Visit.objects.get().is_open


# --- reminders ------------------------------------------------------------------------------------


def test_it_reminds_each_person_once_a_day(client: Client, staff: list[User]) -> None:
    now = datetime(2026, 11, 24, 2, tzinfo=UTC)  # a Tuesday
    campaign = Campaign.objects.create(name="存量核验", due_on=date(2026, 11, 25))
    over = Campaign.objects.create(name="已结束", due_on=date(2026, 11, 25), closed_at=now)
    for n, (which, day) in enumerate([(campaign, 25), (campaign, 25), (over, 25), (None, 20), (None, 30)]):
        subject = filed(n)
        Visit.objects.create(
            subject=subject,
            province=1,
            due_on=date(2026, 11, day),
            campaign=which,
            assigned_to=staff[0],
        )
    assert make_reminders(now) == 2
    assert make_reminders(now + timedelta(hours=1)) == 0
    words = sorted(Alert.objects.values_list("words", flat=True))
    assert words == [
        "“存量核验”您还有 2 件没有核，11-25 截止",
        "定期回访还有 1 件在 11-27 前到期，1 件已逾期",
    ]
    # The next working day tells anew, and what the day before told is over.
    assert make_reminders(now + timedelta(days=1)) == 2
    assert Alert.objects.filter(ended_at=None).count() == 2
    client.force_login(staff[0])
    page = client.get(reverse("alert_list")).content.decode()
    assert "存量核验" in page and "全部看过" in page
    client.post(reverse("alert_read_all"))
    assert not Alert.objects.filter(read_at=None, ended_at=None).exists()


def test_it_stops_reminding_of_what_is_done_and_stays_still_on_a_day_of_rest(staff: list[User]) -> None:
    friday = datetime(2026, 11, 20, 2, tzinfo=UTC)
    row = visit(days=0, assigned_to=staff[0])
    Visit.objects.filter(pk=row.pk).update(due_on=date(2026, 11, 20))
    assert make_reminders(friday) == 1
    assert make_reminders(friday + timedelta(days=1)) == 0  # a Saturday: what was told stands
    assert Alert.objects.get().ended_at is None
    Visit.objects.filter(pk=row.pk).update(state="done", done_at=friday, outcome="true")
    assert make_reminders(friday + timedelta(days=1, hours=1)) == 0
    assert Alert.objects.get().ended_at == friday + timedelta(days=1, hours=1)


def test_it_reminds_staff_to_tell_the_owner_of_the_sms(client: Client, staff: list[User]) -> None:
    group = factories.People(staff[0], factories.user("r", "review_request"), staff[1])
    request = factories.request_in("awaiting_bureau", group)
    Request.objects.filter(pk=request.pk).update(accepted_at=timezone.now() - timedelta(hours=1))
    request.refresh_from_db()
    make_reminders()
    told = Alert.objects.get(kind="sms")
    until = timezone.localtime(request.accepted_at + timedelta(hours=24))
    assert told.user == staff[0] and f"{until:%m-%d %H:%M} 前回复" in told.words
    assert "****" in told.words  # the mobile is masked
    client.force_login(staff[0])
    page = client.get(reverse("request_detail", args=[request.ref])).content.decode()
    assert "请提醒主办者回复短信" in page and "短信核验" in page and "前要回复" in page
    Request.objects.filter(pk=request.pk).update(accepted_at=timezone.now() - timedelta(hours=25))
    assert make_reminders() == 0
    told.refresh_from_db()
    assert told.ended_at is not None
    page = client.get(reverse("request_detail", args=[request.ref])).content.decode()
    assert "短信核验的期限已过" in page and "已过期限" in page
