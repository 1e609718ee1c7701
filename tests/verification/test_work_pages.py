"""The pages of the work that the bureau asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.choices import AuditAction
from filing.models import Subject
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from tests.factories import ISP_ID, filed_subject, filed_website
from tests.filing import samples
from tests.record import noted
from verification.arriving import CheckData, NoticeData, TaskData, UnfiledData
from verification.choices import CheckKind, NoticeKind
from verification.models import Arrival
from verification.services.arrivals import close
from verification.services.checks import record_check
from verification.services.notices import record_notice
from verification.services.tasks import record_task
from verification.services.unfiled import record_unfiled

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CONTENT = {
    "subject": {
        "bureau_id": 1001,
        "name": "虚构示例科技有限公司",
        "nature": 5,
        "address": {"province": 110000, "city": 110100, "county": 110108, "detail": "虚构路1号"},
        "certificate": {"type": 2, "number": "11010519491231002X", "address": "虚构路1号"},
        "responsible": {"name": "虚构甲", "mobile": "13800000000", "email": "nobody@example.cn"},
    },
    "websites": [{"bureau_id": 2001, "name": "虚构示例站", "domains": [{"name": "example.cn"}]}],
}
_positions = iter(range(1, 10_000))


def proof() -> dict[str, Any]:
    return {"download": 1, "name": "D1.xml", "position": next(_positions)}


def task(subject_id: int = 1001, **content: Any) -> Arrival:
    data = TaskData(subject_id, "虚构示例科技有限公司", CONTENT | content)
    return record_task(data, isp_id=ISP_ID, proof=proof(), at=AT)[0]


def unfiled(domain: str = "a.example.cn", bureau_id: int = 1) -> Arrival:
    data = UnfiledData(domain, bureau_id=bureau_id, address=3405803777, carrier_id=2)
    return record_unfiled(data, isp_id=ISP_ID, proof=proof(), at=AT)[0]


def check(kind: CheckKind = CheckKind.SUBJECT, **more: Any) -> Arrival:
    facts: dict[str, Any] = {
        "subject_bureau_id": 1001,
        "name": "虚构示例科技有限公司",
        "certificate_type": 2,
        "certificate_number": "11010519491231002X",
        "words": "证件号码与登记不一致",
    }
    return record_check(CheckData(kind, **facts | more), isp_id=ISP_ID, proof=proof(), at=AT)[0]


def notice(words: str = "请致电 13800000000 整改", **more: Any) -> Arrival:
    facts: dict[str, Any] = {"kind": NoticeKind.WEBSITE, "number": "京ICP备2026000001号-1"}
    return record_notice(NoticeData(words, **facts | more), isp_id=ISP_ID, proof=proof(), at=AT)[0]


MADE = {"tasks": task, "unfiled": unfiled, "checks": check, "notices": notice}


@pytest.fixture
def staff(client: Client, db: None) -> User:
    user = samples.a_person("staff", "填报", first_name="林知夏")
    client.force_login(user)
    return user


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


# --- lists ----------------------------------------------------------------------------------------


def test_it_lists_what_is_open_by_kind(client: Client, staff: User) -> None:
    rows = {kind: make() for kind, make in MADE.items()}
    close(rows["unfiled"])

    assert "虚构示例科技有限公司" in page(client, "work_home")
    for kind, row in rows.items():
        html = page(client, "work_list", kind)
        assert (reverse("work_detail", args=[kind, row.pk]) in html) == (kind != "unfiled")
    assert "没有待处理的" in page(client, "work_list", "unfiled")
    assert "a.example.cn" in page(client, "work_list", "unfiled", state="done")
    assert "a.example.cn" in page(client, "work_list", "unfiled", state="all")


def test_it_puts_what_waits_longest_on_top(client: Client, staff: User) -> None:
    old, new = unfiled("old.example.cn", 1), unfiled("new.example.cn", 2)
    type(old)._default_manager.filter(pk=new.pk).update(received_at=datetime(2026, 11, 1, tzinfo=UTC))

    html = page(client, "work_list", "unfiled")

    assert html.index("new.example.cn") < html.index("old.example.cn")


def test_it_finds_by_name_number_domain_and_words(client: Client, staff: User) -> None:
    task(7001)
    notice()
    notice("改地址", number="京ICP备2026000002号-1")

    assert "虚构示例科技有限公司" in page(client, "work_list", "tasks", q="7001")
    assert "没有找到" in page(client, "work_list", "tasks", q="不存在\x00")
    found = page(client, "work_list", "notices", q="改地址")
    assert "2026000002号-1" in found and "2026000001号-1" not in found


def test_it_masks_phones_in_lists(client: Client, staff: User) -> None:
    notice()

    html = page(client, "work_list", "notices")

    assert "138****0000" in html and "13800000000" not in html


def test_it_does_not_ask_the_database_more_for_longer_lists(
    client: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    for number in range(1, 6):
        close(unfiled(f"n{number}.example.cn", number), user=staff)
    with django_assert_max_num_queries(17):
        page(client, "work_list", "unfiled", state="done")


def test_it_says_what_will_stand_there(client: Client, staff: User) -> None:
    for kind in MADE:
        assert "还没有收到" in page(client, "work_list", kind)
    assert client.get("/tasks/nonsense/").status_code == 404
    assert page(client, "work_count").strip() == ""
    task()
    assert "<b>1</b>" in page(client, "work_count")


# --- one of them ----------------------------------------------------------------------------------


def test_it_tells_a_task_with_the_whole_filing(client: Client, staff: User) -> None:
    load_builtin_codes()
    row = task()

    html = page(client, "work_detail", "tasks", row.pk)

    assert "虚构示例站" in html and "北京市海淀区虚构路1号" in html
    assert "110105********002X" in html and "11010519491231002X" not in html
    revealed = page(client, "work_detail", "tasks", row.pk, reveal="1")
    assert "11010519491231002X" in revealed and "13800000000" in revealed
    assert [each.key for each in noted(AuditAction.VIEW_IDENTITY)] == [str(row.pk)]


def test_it_tells_an_unfiled_website(client: Client, staff: User) -> None:
    html = page(client, "work_detail", "unfiled", unfiled().pk)

    assert "203.0.113.1" in html and "a.example.cn" in html and "没有备案的网站" in html


@pytest.mark.parametrize("kind", CheckKind)
def test_it_tells_every_check_and_what_to_do(client: Client, staff: User, kind: CheckKind) -> None:
    html = page(client, "work_detail", "checks", check(kind, verdict=3).pk)

    assert kind.label in html and "要做的" in html and "证件号码与登记不一致" in html
    assert "11010519491231002X" not in html
    assert ("接口没有这个值" in html) == (kind == CheckKind.ACCESS)


def test_it_shows_the_credit_code_of_a_unit(client: Client, staff: User) -> None:
    load_builtin_codes()
    row = check(certificate_type=1, certificate_number="91110108MA000000X4")

    assert "91110108MA000000X4" in page(client, "work_detail", "checks", row.pk)


@pytest.mark.parametrize("by", ["number", "bureau_id"])
def test_it_names_the_filing_that_it_is_about(client: Client, staff: User, by: str) -> None:
    website = filed_website(2001, number="京ICP备2026000001号-1")
    record_filed(
        filed_subject(website, number="京ICP备2026000001号"),
        isp_id=ISP_ID,
        proof={"download": 1, "position": 1},
    )
    facts = {"number": "", "bureau_id": 2001} if by == "bureau_id" else {}

    html = page(client, "work_detail", "notices", notice("改", **facts).pk)

    assert Subject.objects.get().name in html and "虚构示例站" in html
    assert "库中没有这条备案" in page(client, "work_detail", "notices", notice("改", number="无").pk)


def test_it_tells_a_notice_of_no_kind(client: Client, staff: User) -> None:
    assert "接口没有的类别" in page(client, "work_detail", "notices", notice("改", kind=None, number="").pk)


# --- what a person does ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", MADE)
def test_it_is_marked_as_done_and_back(client: Client, staff: User, kind: str) -> None:
    row = MADE[kind]()
    address = reverse("work_close", args=[kind, row.pk])

    shown = client.post(address, {"note": "已提交变更"}, follow=True).content.decode()

    row.refresh_from_db()
    assert (row.state, row.done_by, row.done_note) == ("done", staff, "已提交变更")
    assert "已标为已处理" in shown and "林知夏" in shown
    assert "没有做成" in client.post(address, follow=True).content.decode()

    client.post(address, {"back": "1"})

    row.refresh_from_db()
    assert (row.state, row.done_by) == ("open", None)


def test_it_lets_every_role_look_and_those_who_work_act(client: Client) -> None:
    row = unfiled()
    address = reverse("work_close", args=["unfiled", row.pk])
    for group in ("填报", "审核", "链路"):
        client.force_login(samples.a_person(group, group))
        assert ("标为已处理" in page(client, "work_detail", "unfiled", row.pk)) == (group != "审核")
    client.force_login(samples.a_person("another", "审核"))
    assert client.post(address).status_code == 403
    client.force_login(samples.a_person("stranger"))
    for name, *args in (["work_home"], ["work_detail", "unfiled", row.pk], ["work_count"]):
        assert client.get(reverse(name, args=args)).status_code == 403
    assert client.post(address).status_code == 403
    client.logout()
    assert client.get(reverse("work_home")).status_code == 302

    row.refresh_from_db()
    assert row.state == "open"


def test_it_changes_nothing_by_looking(client: Client, staff: User) -> None:
    row = unfiled()

    assert client.get(reverse("work_close", args=["unfiled", row.pk])).status_code == 405
