"""All filings of a kind by a date: listed in batches, shared out, counted, written into a spreadsheet."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from filing.choices import FiledState
from filing.services.codes import load_builtin_codes
from filing.services.errors import NotAllowed
from tests import factories
from tests.verification.filings import BEIJING, SHANGHAI, filed
from verification.campaign_selectors import by_day, by_person, by_region, progress
from verification.choices import WorkState
from verification.models import Campaign, Visit
from verification.services.campaigns import filings_of, finish, make_all, make_batch, share_out
from verification.services.visits import close_gone, conclude
from verification.sheets import write_campaign

pytestmark = pytest.mark.django_db


def campaign(**more: Any) -> Campaign:
    values = {"name": "存量核验", "due_on": timezone.localdate() + timedelta(days=20)} | more
    return Campaign.objects.create(**values)


@pytest.fixture
def staff() -> list[User]:
    return [factories.user(name, "enter_request") for name in ("anna", "bert")]


def asked(made: Campaign) -> set[str]:
    return {each.name for each in filings_of(made)}


# --- which filings --------------------------------------------------------------------------------


def test_it_asks_for_what_meets_every_condition() -> None:
    old = datetime(2019, 12, 31, 15, 59, tzinfo=UTC)
    filed(1, name="甲", at=old)
    filed(2, name="乙", at=old, province=SHANGHAI)
    filed(3, name="丙", nature=5)  # its first day is not known: handed over
    filed(4, name="丁", at=datetime(2019, 12, 31, 16, 0, tzinfo=UTC))  # 2020-01-01 in Shanghai
    filed(5, name="戊", state=FiledState.CANCELLED, cancelled_at=old)
    assert asked(campaign()) == {"甲", "乙", "丙", "丁"}
    assert asked(campaign(provinces=[BEIJING])) == {"甲", "丙", "丁"}
    assert asked(campaign(natures=[5])) == {"丙"}
    assert asked(campaign(filed_before=date(2020, 1, 1))) == {"甲", "乙", "丙"}
    assert asked(campaign(filed_before=date(2020, 1, 1), provinces=[SHANGHAI])) == {"乙"}


def test_it_leaves_out_what_was_verified(staff: list[User]) -> None:
    seen, unreached, changed, ours, never = (filed(n) for n in range(1, 6))
    make_all()
    day = timezone.localdate()
    for subject, outcome, note in ((seen, "true", ""), (unreached, "unreached", "没人接")):
        visit = Visit.objects.create(subject=subject, province=subject.province, due_on=day)
        conclude(visit, user=staff[0], outcome=outcome, note=note)
    request = factories.request_in("approved")
    type(request).objects.filter(pk=request.pk).update(
        operation="change", target=f"subject:{changed.bureau_id}"
    )
    other = factories.request_in("approved", content=factories.stored_filing(name="别的"))
    ours.own_id = other.subject_own_id
    ours.save()
    made = campaign(never_verified=True)
    make_all()
    assert {each.subject for each in made.visits.all()} == {unreached, never}


# --- making and sharing out -----------------------------------------------------------------------


def test_it_lists_in_batches_and_goes_on_where_it_stopped() -> None:
    for n in range(7):
        filed(n)
    made = campaign()
    assert make_batch(made.pk, 3) == 3
    made.refresh_from_db()
    assert made.made_at is None and made.visits.count() == 3
    assert make_batch(made.pk, 3) == 3
    assert make_batch(made.pk, 3) == 1
    assert make_batch(made.pk, 3) is None
    made.refresh_from_db()
    assert made.made_at is not None and made.visits.count() == 7
    filed(8)
    assert make_all() == 0


def test_it_shares_out_evenly_and_keeps_regions_together(staff: list[User]) -> None:
    for n in range(6):
        filed(n, province=BEIJING if n % 2 else SHANGHAI)
    made = campaign()
    make_all()
    assert share_out(made, staff) == 6
    for province, person in ((BEIJING, staff[0]), (SHANGHAI, staff[1])):
        assert {each.assigned_to for each in made.visits.filter(province=province)} == {person}
    assert share_out(made, staff) == 0
    assert share_out(made, [staff[1]], anew=True) == 6
    with pytest.raises(NotAllowed, match="至少选一个人"):
        share_out(made, [])
    finish(made)
    with pytest.raises(NotAllowed, match="已经结束"):
        share_out(made, staff, anew=True)


def test_it_ends_what_is_cancelled_by_itself() -> None:
    subject = filed(1)
    made = campaign()
    make_all()
    subject.state = FiledState.CANCELLED
    subject.save()
    assert close_gone() == 1
    visit = made.visits.get()
    assert (visit.state, visit.outcome, visit.done_by) == (WorkState.DONE, "gone", None)


# --- how far it is --------------------------------------------------------------------------------


def test_it_counts_by_people_region_and_day(staff: list[User]) -> None:
    load_builtin_codes()
    for n in range(4):
        filed(n, province=SHANGHAI if n == 3 else BEIJING)
    made = campaign()
    make_all()
    share_out(made, staff)
    first, second, *_ = made.visits.order_by("pk")
    conclude(first, user=staff[0], outcome="true")
    conclude(second, user=staff[0], outcome="found", findings=["website"])
    share = progress([made])[made.pk]
    assert (share.total, share.done, share.left, share.found, share.changing) == (4, 2, 2, 1, 1)
    assert share.percent == 50
    people = {each.words: each.left for each in by_person(made)}
    assert people == {staff[0].username: 0, staff[1].username: 2}
    assert [(each.words, each.left) for each in by_region(made)] == [("上海市", 1), ("北京市", 1)]
    days = by_day(made)
    assert days[-1].done == 2 and sum(each.done for each in days) == 2 and len(days) == 14


# --- the spreadsheet ------------------------------------------------------------------------------


def test_it_writes_a_spreadsheet_whose_cells_are_never_formulas(staff: list[User]) -> None:
    load_builtin_codes()
    filed(1, name='=HYPERLINK("http://evil.invalid","点我")')
    filed(2, name="+86 公司\x0b")
    made = campaign()
    make_all()
    conclude(made.visits.order_by("pk")[0], user=staff[0], outcome="unreached", note="@两次无人接听")
    target = BytesIO()
    assert write_campaign(made, target) == 2
    sheet = load_workbook(target).active
    assert sheet is not None
    rows = list(sheet.iter_rows(min_row=2))
    cells = {cell.value: cell for row in rows for cell in row if cell.value is not None}
    for words in ('=HYPERLINK("http://evil.invalid","点我")', "+86 公司", "@两次无人接听"):
        assert cells[words].data_type == "s" and cells[words].quotePrefix, words
    assert not cells["虚构站1" if "虚构站1" in cells else "xugou1.cn"].quotePrefix
    assert {"未核", "已核", "联系不上", "xugou1.cn", "xugou2.cn"} <= set(cells)
    assert not any("91110108MA" in str(value) for value in cells)  # no certificates


def test_it_asks_the_database_in_chunks(django_assert_max_num_queries: Any) -> None:
    load_builtin_codes()
    for n in range(30):
        filed(n)
    made = campaign()
    make_all()
    write_campaign(made, BytesIO())
    with django_assert_max_num_queries(4):
        assert write_campaign(made, BytesIO()) == 30


# --- pages ----------------------------------------------------------------------------------------


def test_it_begins_a_campaign_by_its_form(client: Client, staff: list[User]) -> None:
    load_builtin_codes()
    filed(1)
    filed(2, province=SHANGHAI)
    client.force_login(staff[0])
    wrong = client.post(reverse("campaign_new"), {"name": "", "due_on": "2020-01-01"})
    assert wrong.status_code == 422
    assert "给这次核验起个名字" in wrong.content.decode() and "不能早于今天" in wrong.content.decode()
    day = timezone.localdate() + timedelta(days=9)
    sent = {"name": "主体核验", "due_on": day.isoformat(), "provinces": ["110000"], "words": "电话能打通"}
    page = client.post(reverse("campaign_new"), sent, follow=True).content.decode()
    made = Campaign.objects.get()
    assert (made.provinces, made.due_on, made.created_by) == ([BEIJING], day, staff[0])
    assert made.visits.count() == 1 and "虚构1号有限公司" in page and "还有 9 天" in page
    shared = client.post(
        reverse("campaign_share_out", args=[made.pk]), {"people": [staff[1].pk]}, follow=True
    )
    assert "已把 1 件平均分给 1 人" in shared.content.decode()
    listed = client.get(reverse("campaign_list")).content.decode()
    assert "主体核验" in listed and "0%" in listed
    sheet = client.get(reverse("campaign_sheet", args=[made.pk]))
    assert "attachment" in sheet["Content-Disposition"]
    assert load_workbook(BytesIO(b"".join(sheet.streaming_content))).active is not None  # type: ignore[arg-type]
    client.post(reverse("campaign_finish", args=[made.pk]))
    made.refresh_from_db()
    assert not made.is_running


def test_it_filters_by_person_region_outcome_and_words(client: Client, staff: list[User]) -> None:
    load_builtin_codes()
    filed(1)
    filed(2, province=SHANGHAI)
    made = campaign()
    make_all()
    client.force_login(staff[0])

    def shown(**query: str) -> tuple[bool, bool]:
        page = client.get(reverse("campaign_detail", args=[made.pk]), query).content.decode()
        return "虚构1号有限公司" in page, "虚构2号有限公司" in page

    assert shown() == (True, True)
    assert shown(province="310000") == (False, True)
    assert shown(q="1号") == (True, False)
    assert shown(who="none") == (True, True)
    assert shown(who=str(staff[0].pk)) == (False, False)
    assert shown(state="done") == (False, False)
    assert shown(state="nonsense", who="x", province="9" * 30) == (True, True)


def test_it_is_begun_by_those_who_enter_or_review(client: Client) -> None:
    client.force_login(factories.user("nobody"))
    assert client.get(reverse("campaign_list")).status_code == 403
    client.force_login(factories.user("operator", "operate_link"))
    assert client.get(reverse("campaign_list")).status_code == 200
    assert client.get(reverse("campaign_new")).status_code == 403
    assert client.post(reverse("campaign_share_out", args=[campaign().pk])).status_code == 403
