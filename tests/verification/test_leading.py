"""Each kind of work leads to the right request in one click, and closes by itself with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.blacklist_data import (
    BlacklistedSubjectData,
    BlacklistedWebsiteData,
    IllegalAccessData,
    ListAction,
)
from filing.choices import Operation
from filing.models import Access, Request, Subject
from filing.services import outcomes
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from tests import factories
from tests.factories import ISP_ID
from tests.filing.posting import content
from verification.arriving import CheckData, NoticeData, UnfiledData
from verification.choices import CheckKind, NoticeKind
from verification.models import Arrival, ListedWork
from verification.services.arrivals import close, reopen
from verification.services.checks import record_check
from verification.services.leading import begin_way, current_answer, ways_of
from verification.services.listings import (
    record_illegal_access,
    record_listed_subject,
    record_listed_website,
)
from verification.services.notices import record_notice
from verification.services.settling import settle, silent_until
from verification.services.unfiled import record_unfiled

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
O = Operation  # noqa: E741
_positions = iter(range(1, 10_000))


def common() -> dict[str, Any]:
    return {"isp_id": ISP_ID, "proof": {"download": 1, "name": "D1", "position": next(_positions)}, "at": AT}


@pytest.fixture(autouse=True)
def filed() -> Subject:
    load_builtin_codes()
    site = factories.filed_website(2001, number="京ICP备2026000001号-1")
    record_filed(
        factories.filed_subject(site, number="京ICP备2026000001号"),
        isp_id=ISP_ID,
        proof={"download": 1, "position": 1},
    )
    return Subject.objects.get()


@pytest.fixture
def staff() -> User:
    return factories.people().owner


def check(kind: str, **more: Any) -> Arrival:
    facts = {"website_bureau_id": 2001, "website_number": "京ICP备2026000001号-1"}
    if kind == CheckKind.SUBJECT:
        facts = {"subject_bureau_id": Subject.objects.get().bureau_id}
    return record_check(CheckData(CheckKind(kind), **facts | more), **common())[0]  # type: ignore[arg-type]


def offered(row: Arrival) -> list[Operation]:
    return [way.operation for way in ways_of(row)]


# --- where it leads -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "operations"),
    [
        (CheckKind.SUBJECT, [O.CHANGE]),
        (CheckKind.OVER_REPORTED, [O.CANCEL_WEBSITE]),  # its only access cannot be cancelled
        (CheckKind.UNDER_REPORTED, [O.CHANGE]),  # we have an access already: the address is added
        (CheckKind.ACCESS, [O.CHANGE]),
        (CheckKind.EMPTY_SHELL, [O.CANCEL_WEBSITE]),
        (CheckKind.UNREACHABLE, [O.CHANGE, O.CANCEL_WEBSITE]),
        (CheckKind.ALIVE, []),
    ],
)
def test_it_leads_a_finding_to_what_mends_it(kind: str, operations: list[Operation]) -> None:
    assert offered(check(kind)) == operations


def test_it_cancels_the_access_that_a_finding_names_where_another_stays(staff: User) -> None:
    mine = Access.objects.get()
    Access.objects.create(isp_id=ISP_ID, bureau_id=4999, website=mine.website, provider_id=7)
    row = check(CheckKind.OVER_REPORTED, access_bureau_id=mine.bureau_id)
    assert offered(row) == [O.CANCEL_ACCESS, O.CANCEL_WEBSITE]
    made = begin_way(row, O.CANCEL_ACCESS, user=staff)
    assert (made.operation, content(made)["bureau_id"]) == ("cancel_access", mine.bureau_id)


def test_it_begins_a_new_access_with_the_address_that_was_seen(staff: User) -> None:
    Access.objects.update(provider_id=7)
    row = check(CheckKind.UNDER_REPORTED, address=3405803777)
    assert offered(row)[0] == O.NEW_ACCESS
    made = content(begin_way(row, O.NEW_ACCESS, user=staff))
    assert made["website_number"] == "京ICP备2026000001号-1"
    (each,) = made["access"]["ip_ranges"]
    assert (each["start"], each["end"]) == ("203.0.113.1", "203.0.113.1")


def test_it_begins_a_new_access_for_what_is_filed_elsewhere(staff: User) -> None:
    row = check(CheckKind.UNDER_REPORTED, website_bureau_id=9, website_number="沪ICP备2026000009号-2")
    made = begin_way(row, O.NEW_ACCESS, user=staff)
    assert content(made)["website_number"] == "沪ICP备2026000009号-2"


@pytest.mark.parametrize(
    ("kind", "number", "operations"),
    [
        (NoticeKind.SUBJECT, "京ICP备2026000001号", [O.CHANGE, O.CANCEL_SUBJECT]),
        (NoticeKind.WEBSITE, "京ICP备2026000001号-1", [O.CHANGE, O.CANCEL_WEBSITE]),
        (NoticeKind.WEBSITE, "京ICP备2026000404号-1", []),
    ],
)
def test_it_leads_a_notice_to_what_corrects_it(
    kind: NoticeKind, number: str, operations: list[Operation]
) -> None:
    assert offered(record_notice(NoticeData("改", kind, number), **common())[0]) == operations


def test_it_begins_a_filing_for_an_unfiled_website_beside_the_answer(staff: User) -> None:
    row = record_unfiled(UnfiledData("new.cn", 7, address=3405803777), **common())[0]
    assert offered(row) == [O.UNFILED_RESULT, O.NEW_FILING, O.NEW_WEBSITE]
    made = begin_way(row, O.NEW_FILING, user=staff)
    (site,) = content(made)["websites"]
    assert site["domains"][0]["name"] == "new.cn"
    row.refresh_from_db()
    assert row.answer is None  # the bureau still waits for WBACLJG
    begin_way(row, O.UNFILED_RESULT, user=staff)
    assert current_answer(row) == Request.objects.get(operation="unfiled_result")


def test_it_takes_up_the_request_that_stands_in_the_way(staff: User) -> None:
    first = begin_way(check(CheckKind.SUBJECT), O.CHANGE, user=staff)
    other = record_notice(NoticeData("改", NoticeKind.SUBJECT, "京ICP备2026000001号"), **common())[0]
    assert begin_way(other, O.CHANGE, user=staff) == first
    other.refresh_from_db()
    assert other.answer == first


def test_it_begins_by_one_click(client: Client, staff: User) -> None:
    client.force_login(staff)
    row = check(CheckKind.SUBJECT)
    page = client.get(reverse("work_detail", args=["checks", row.pk])).content.decode()
    assert 'value="change"' in page and ">变更备案</button>" in page
    response = client.post(reverse("work_answer", args=["checks", row.pk]), {"operation": "change"})
    made = Request.objects.get()
    assert response.url == reverse("draft_edit", args=[made.ref])
    page = client.get(reverse("work_detail", args=["checks", row.pk])).content.decode()
    assert "变更备案：草稿" in page and made.ref in page
    refused = client.post(
        reverse("work_answer", args=["checks", row.pk]), {"operation": "cancel_subject"}, follow=True
    )
    assert "不从这里办" in refused.content.decode()


# --- lists of the bureau --------------------------------------------------------------------------


def test_it_makes_work_of_a_list_only_where_it_names_what_is_here(filed: Subject) -> None:
    ours = BlacklistedSubjectData(ListAction.ADD, filed.certificate_type, filed.certificate_number)
    (row,) = record_listed_subject(ours, **common())
    assert (row.kind, row.name, offered(row)) == ("subject", filed.name, [O.CANCEL_SUBJECT])
    nobody = BlacklistedSubjectData(ListAction.ADD, 1, "91110108MA00000404")
    assert record_listed_subject(nobody, **common()) == []
    domain = filed.websites.get().domains.get().name
    (site,) = record_listed_website(BlacklistedWebsiteData(ListAction.ADD, (domain, "other.cn")), **common())
    assert (site.domain, offered(site)) == (domain, [O.CANCEL_WEBSITE, O.CHANGE])
    gone = BlacklistedWebsiteData(ListAction.REMOVE, (domain,))
    record_listed_website(gone, **common())
    site.refresh_from_db()
    assert (site.state, site.done_note) == ("done", "管局已把它移出名单")


def test_it_makes_work_of_an_illegal_access_that_is_or_may_be_ours(filed: Subject) -> None:
    (unknown,) = record_illegal_access(
        IllegalAccessData("who.cn", 1, address=3405803999, provider_id=ISP_ID), **common()
    )
    assert offered(unknown) == [O.NEW_WEBSITE, O.NEW_FILING]
    assert record_illegal_access(IllegalAccessData("x.cn", 2, provider_id=7), **common()) == []
    domain = filed.websites.get().domains.get().name
    assert len(record_illegal_access(IllegalAccessData(domain, 3, provider_id=7), **common())) == 1
    assert ListedWork.objects.count() == 2


# --- closing by itself ----------------------------------------------------------------------------


def answered(staff: User, state: str) -> tuple[Arrival, Request]:
    row = record_unfiled(UnfiledData("new.cn", 7), **common())[0]
    request = factories.request_in(
        state,
        content=factories.document(Operation.UNFILED_RESULT) | {"domain": "new.cn"},
        operation=Operation.UNFILED_RESULT,
    )
    return row, request


def test_it_finds_the_answer_that_came_another_way_and_closes_with_1001(staff: User) -> None:
    row, request = answered(staff, "awaiting_bureau")
    settle()
    row.refresh_from_db()
    assert (row.answer, row.state) == (request, "open")
    outcomes.mark_approved(request, **factories.word(codes=[1001]))
    assert settle().closed == 1
    row.refresh_from_db()
    assert (row.state, row.done_by) == ("done", None)
    assert request.ref in row.done_note


def test_it_is_open_again_when_the_answer_comes_back(staff: User) -> None:
    row, request = answered(staff, "awaiting_bureau")
    settle()
    row.refresh_from_db()
    close(row, user=staff, note="已报")
    outcomes.mark_returned(request, **factories.word(codes=[5005], words="无此记录"))
    assert settle().reopened == 1
    row.refresh_from_db()
    assert row.is_open and current_answer(row) == request
    assert settle().reopened == 0


def test_it_takes_silence_after_the_set_time_for_an_answer_and_says_so(
    client: Client, staff: User, settings: Any
) -> None:
    settings.ICP_ANSWER_SILENCE_DAYS = 3
    row, request = answered(staff, "awaiting_bureau")
    Request.objects.filter(pk=request.pk).update(accepted_at=timezone.now() - timedelta(days=1))
    settle()
    request.refresh_from_db()
    row.refresh_from_db()
    until = silent_until(request)
    assert row.is_open and until is not None
    client.force_login(staff)
    page = client.get(reverse("work_detail", args=["unfiled", row.pk])).content.decode()
    assert f"到 {until:%Y-%m-%d} 仍没有退回" in page
    Request.objects.filter(pk=request.pk).update(accepted_at=timezone.now() - timedelta(days=12))
    assert settle().closed == 1
    row.refresh_from_db()
    request.refresh_from_db()
    assert "3 个工作日没有退回" in row.done_note
    assert request.state == "awaiting_bureau"  # what the bureau did not say is not written down as said


def test_it_stays_open_where_a_person_opened_it_after_the_answer(staff: User) -> None:
    row, request = answered(staff, "awaiting_bureau")
    settle()
    outcomes.mark_approved(request, **factories.word(codes=[1001]))
    settle()
    row.refresh_from_db()
    reopen(row)
    assert settle().closed == 0
    row.refresh_from_db()
    assert row.is_open


def test_it_puts_what_is_late_on_top_and_what_is_sent_below(client: Client, staff: User) -> None:
    client.force_login(staff)
    rows = [record_unfiled(UnfiledData(f"n{n}.cn", n), **common())[0] for n in range(1, 4)]
    day = timezone.localdate()
    for row, days in zip(rows, (5, -3, -9), strict=True):
        type(row)._default_manager.filter(pk=row.pk).update(due_on=day + timedelta(days=days))
    sent = factories.request_in(
        "ready",
        content=factories.document(Operation.UNFILED_RESULT) | {"domain": "n3.cn"},
        operation=Operation.UNFILED_RESULT,
    )
    type(rows[2])._default_manager.filter(pk=rows[2].pk).update(answer=sent)
    page = client.get(reverse("work_list", args=["unfiled"])).content.decode()
    assert page.index("n2.cn") < page.index("n1.cn") < page.index("n3.cn")
    assert "逾期 3 天" in page and "已上报，等管局" in page and "逾期 9 天" not in page
    assert 'title="1 件逾期"' in client.get(reverse("work_count")).content.decode()


def test_it_tells_who_else_works_on_it(client: Client, staff: User) -> None:
    row = check(CheckKind.SUBJECT)
    other = factories.user("other", "enter_request")
    client.force_login(other)
    client.get(reverse("work_detail", args=["checks", row.pk]))
    client.force_login(staff)
    page = client.get(reverse("work_detail", args=["checks", row.pk])).content.decode()
    assert f"{other.username} 正在办" in page
    assert f"{other.username} 正在办" in client.get(reverse("work_list", args=["checks"])).content.decode()
    close(row, user=other)
    told = client.post(reverse("work_readers", args=["checks", row.pk])).content.decode()
    assert "已经处理过了" in told and other.username in told
