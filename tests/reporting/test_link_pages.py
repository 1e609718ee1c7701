"""The pages of the links, of the ledger and of its files: who may look, who may act, what they show."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import AuditAction
from filing.models import Request
from filing.services.sealed_bytes import write_sealed
from reporting.choices import CallOutcome, Method
from reporting.models import Call, DataFile, Link
from reporting.services import patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau
from tests.filing import samples
from tests.record import noted
from tests.reporting.material import ISP_ID, OTHER_UNIT, make_link, ready
from tests.reporting.test_ledger import a_file, next_is

pytestmark = pytest.mark.django_db
GROUPS = ["填报", "审核", "链路", "管理员"]


def signed_in(*groups: str, **more: Any) -> Client:
    client = Client()
    client.force_login(samples.a_person(f"u{User.objects.count()}", *groups, **more))
    return client


def body(response: Any) -> str:
    assert response.status_code == 200, response.status_code
    return response.content.decode()


@pytest.fixture
def sent(link: Link, bureau: Bureau) -> DataFile:
    """A file that the bureau accepted, whose one request was approved."""
    ready(1)
    send_link(link)
    poll_link(link)
    return link.files.get()


def addresses(file: DataFile) -> dict[str, str]:
    args = [file.link.isp_id, file.pk]
    return {
        "list": reverse("link_list"),
        "link": reverse("link_detail", args=args[:1]),
        "file": reverse("link_file", args=args),
        "record": reverse("link_file_record", args=[*args, 1]),
        "check": reverse("link_file_check", args=args),
        "compare": reverse("link_file_compare", args=args),
        "zip": reverse("link_file_zip", args=args),
        "xml": reverse("link_file_xml", args=args),
        "export": reverse("ledger_export"),
    }


# --- who -------------------------------------------------------------------------------------------

LOOKS = ["list", "link", "file", "record"]
TAKES = ["zip", "xml", "export"]
ACTS = ["check", "compare"]


@pytest.mark.parametrize("group", GROUPS)
def test_everybody_with_a_role_looks_and_the_link_operator_acts(sent: DataFile, group: str) -> None:
    client, where = signed_in(group), addresses(sent)
    may_act = group in ("链路", "管理员")
    assert {client.get(where[name]).status_code for name in LOOKS} == {200}
    assert {client.get(where[name]).status_code for name in TAKES} == {200 if may_act else 403}
    assert {client.post(where[name]).status_code for name in ACTS} == {200 if may_act else 403}
    assert ("下载 ZIP" in body(client.get(where["file"]))) == may_act
    assert ("导出编号账" in body(client.get(where["link"]))) == may_act


def test_nobody_else_sees_anything(sent: DataFile) -> None:
    without_role = signed_in()
    for name, address in addresses(sent).items():
        ask = "post" if name in ACTS else "get"
        assert getattr(without_role, ask)(address).status_code == 403, name
        assert getattr(Client(), ask)(address).status_code == 302, name


def test_a_file_of_another_link_is_not_found(sent: DataFile) -> None:
    make_link("http://bureau.invalid", OTHER_UNIT)
    client = signed_in("链路")
    for name, address in addresses(sent).items():
        other = address.replace(str(ISP_ID), str(OTHER_UNIT["isp_id"]))
        if other != address and name != "link":
            assert getattr(client, "post" if name in ACTS else "get")(other).status_code == 404, name
    assert client.get(reverse("link_detail", args=[99])).status_code == 404
    assert client.get(reverse("ledger_export"), {"isp_id": 99}).status_code == 404
    assert client.get(reverse("ledger_export"), {"isp_id": "x"}).status_code == 404


def test_what_changes_nothing_but_asks_the_bureau_is_no_get(sent: DataFile) -> None:
    client, where = signed_in("链路"), addresses(sent)
    assert {client.get(where[name]).status_code for name in ACTS} == {405}


# --- the list and the link --------------------------------------------------------------------------


def test_the_menu_leads_there(sent: DataFile) -> None:
    assert f'href="{reverse("link_list")}"' in body(signed_in("填报").get("/"))


def test_it_lists_all_links_with_what_waits(sent: DataFile) -> None:
    make_link("http://bureau.invalid", OTHER_UNIT)
    ready(2, 3)
    Request.objects.filter(ref="t-0003").update(isp_id=OTHER_UNIT["isp_id"])
    page = body(signed_in("审核").get(reverse("link_list")))
    assert str(ISP_ID) in page and str(OTHER_UNIT["isp_id"]) in page and "第 1 号" in page
    assert page.count("最早 ") == 2, "one waits at each"


def test_it_says_where_to_begin_without_a_link(db: None) -> None:
    assert "还没有链路" in body(signed_in("链路").get(reverse("link_list")))


def test_the_link_shows_both_directions_apart(link: Link) -> None:
    patience.wait_a_while(link, patience.Direction.SENDING, "管局维护（代码 901）")
    patience.call_a_person(link, patience.Direction.RECEIVING, "下载文件 D1：解密失败，未确认")
    page = body(signed_in("填报").get(reverse("link_detail", args=[ISP_ID])))
    sending, receiving = page.split('aria-label="上报"')[1].split('aria-label="下载"')
    assert 'data-state="attention">等待' in sending and "管局维护" in sending and "断开</span>" in sending
    assert 'data-state="bad">断开' in receiving and "解密失败" in receiving
    assert 'data-state="bad"' not in sending.split("way-reason")[0]


def test_it_says_of_no_direction_that_it_works_before_the_bureau_has_answered(link: Link) -> None:
    address = reverse("link_detail", args=[ISP_ID])
    Link.objects.update(answered_at=None)
    page = body(signed_in("填报").get(address))
    assert page.count("后才知道通不通") == 2 and 'data-state="good">接通' not in page
    Link.objects.update(answered_at=timezone.now())
    assert body(signed_in("审核").get(address)).count('data-state="good">接通') == 2


def test_a_fault_of_the_whole_link_stops_both(link: Link) -> None:
    patience.call_a_person(link, patience.Direction.SENDING, "密码错误", 5)
    page = body(signed_in("填报").get(reverse("link_detail", args=[ISP_ID])))
    assert page.count('data-state="bad">断开') == 2


def test_it_draws_the_hours_that_the_bureau_told(link: Link) -> None:
    address = reverse("link_detail", args=[ISP_ID])
    client = signed_in("填报")
    assert "管局还没有说过上报时段" in body(client.get(address))
    for message in ("请在 09:00-12:00、14:00-18:00 上报", "每日 22:00 至次日 06:00 开放"):
        Call.objects.create(
            link=link, method=Method.UPLOAD, outcome=CallOutcome.ANSWERED, code=20, message=message,
            started_at=timezone.now(),
        )  # fmt: skip
        page = body(client.get(address))
        told = "09:00–12:00、14:00–18:00" if "09:00" in message else "22:00–06:00"
        assert f"上报时段 {told}" in page and page.count('class="open"') == 2


def test_it_shows_numbers_backlog_and_gaps(sent: DataFile) -> None:
    link = sent.link
    a_file(link, 4)
    next_is(link, 5)
    ready(2)
    Request.objects.filter(ref="t-0002").update(held_reason="恢复")
    page = body(signed_in("填报").get(reverse("link_detail", args=[ISP_ID])))
    assert "缺 2–3" in page and "2–3</th>" in page and "缺号</span>" in page
    assert "1 件待上报" in page and "等人放行" in page
    assert reverse("link_numbers", args=[ISP_ID]) in page


def test_the_ledger_alone_answers_htmx_and_turns_its_pages(quiet_link: Link) -> None:
    for number in range(1, 61):
        a_file(quiet_link, number)
    next_is(quiet_link, 61)
    client, address = signed_in("填报"), reverse("link_detail", args=[ISP_ID])
    part = body(client.get(address, headers={"HX-Request": "true", "HX-Target": "ledger"}))
    assert "<html" not in part and part.count("data-row ") == 50
    assert "before=11" in part
    older = body(client.get(address, {"before": "11"}))
    assert "现在看 11 号以前的" in older and older.count("data-row ") == 10
    assert (
        body(client.get(address, {"kind": "nonsense", "before": "x", "q": "\x00"})).count("data-row ") == 50
    )
    assert "没有找到" in body(client.get(address, {"q": "zzz"}))
    assert "没有缺号" in body(client.get(address, {"kind": "gaps"}))


def test_it_does_not_ask_more_for_more_files(quiet_link: Link, django_assert_max_num_queries: Any) -> None:
    client = signed_in("填报")
    for number in range(1, 40):
        a_file(quiet_link, number)
    next_is(quiet_link, 40)
    with django_assert_max_num_queries(40):
        body(client.get(reverse("link_detail", args=[ISP_ID])))
    with django_assert_max_num_queries(20):
        body(client.get(reverse("link_list")))


# --- one file ---------------------------------------------------------------------------------------


def test_a_file_shows_its_facts_requests_tries_and_proof(sent: DataFile) -> None:
    page = body(signed_in("填报").get(addresses(sent)["file"]))
    for shown in (sent.name, sent.zip_md5, sent.sha256, sent.xml_sha256, sent.packed_by):
        assert shown in page
    assert reverse("request_detail", args=["t-0001"]) in page and "命令行" in page
    assert "上报：代码 0" in page and "管局应答代码 0" in page and "其中 1 件管局已给出结果" in page


def test_its_requests_come_in_pages_with_few_queries(
    link: Link, bureau: Bureau, django_assert_max_num_queries: Any
) -> None:
    ready(*range(1, 106))
    send_link(link)
    client, file = signed_in("填报"), link.files.get()
    with django_assert_max_num_queries(22):
        page = body(client.get(addresses(file)["file"]))
    assert "第 1–100 张，共 105 张" in page
    assert page.count("/requests/t-") == 100


def test_a_record_is_shown_masked_unless_revealed_which_is_recorded(sent: DataFile) -> None:
    client, address = signed_in("审核"), addresses(sent)["record"]
    page = body(client.get(address))
    assert "IspZtid" in page and "13800138000" not in page and "138****8000" in page
    assert "（图片，base64 共" in page
    assert "13800138000" in body(client.get(address, {"reveal": "1"}))
    [row] = noted(AuditAction.VIEW_IDENTITY)
    assert (row.kind, row.key, row.facts) == ("datafile", str(sent.pk), {"position": 1})
    assert "没有第 2 条" in body(client.get(address.replace("records/1/", "records/2/")))


def test_checking_says_that_all_is_well_or_what_is_not(sent: DataFile) -> None:
    client, where = signed_in("链路"), addresses(sent)
    assert "全部相符" in body(client.post(where["check"]))
    data = bytearray(sent.zip_bytes or b"")
    data[len(data) // 2] ^= 1
    write_sealed(sent, "zip_bytes", bytes(data))
    page = body(client.post(where["check"]))
    assert "与账上不符" in page and "SHA-256" in page


def test_comparing_asks_the_bureau_and_stands_among_the_tries(sent: DataFile, bureau: Bureau) -> None:
    client, where = signed_in("链路"), addresses(sent)
    assert "内容一致" in body(client.post(where["compare"]))
    page = body(client.get(where["file"]))
    assert "查询上次上报：代码 0" in page
    bureau.faults.add("dropped", method="isp_querypreviousupload")
    assert "没有问成" in body(client.post(where["compare"]))
    sent.refresh_from_db()
    assert sent.state == "accepted"


def test_the_bytes_leave_as_they_were_sent_and_no_cache_keeps_them(sent: DataFile, bureau: Bureau) -> None:
    client, where = signed_in("链路"), addresses(sent)
    answer = client.get(where["zip"])
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert data == sent.zip_bytes
    assert hashlib.sha256(data).hexdigest() == sent.sha256
    assert answer["Content-Length"] == str(len(data))
    assert "no-store" in answer["Cache-Control"] and "attachment" in answer["Content-Disposition"]
    [row] = noted(AuditAction.DOWNLOAD)
    assert (row.kind, row.key, row.facts) == ("datafile", str(sent.pk), {"kind": "zip"})
    xml = client.get(where["xml"])
    assert hashlib.sha256(xml.content).hexdigest() == sent.xml_sha256
    assert "no-store" in xml["Cache-Control"] and xml["X-Content-Type-Options"] == "nosniff"


def test_a_pruned_file_keeps_its_page(sent: DataFile) -> None:
    now = timezone.now()
    DataFile.objects.update(zip_bytes=None, zip_size=4321, pruned_at=now)
    client, where = signed_in("链路"), addresses(sent)
    page = body(client.get(where["file"]))
    assert sent.sha256 in page and "过保存期清理" in page and "下载 ZIP" not in page
    assert "4.2\xa0KB" in page
    assert {client.get(where[name]).status_code for name in ("zip", "xml")} == {404}
    assert "没有可查的内容" in body(client.post(where["check"]))
    assert "已过保存期" in body(client.get(where["record"]))


def test_what_the_bureau_says_is_no_markup(link: Link) -> None:
    file = a_file(link, 1, name='<b>"x".xml', message="<script>1</script>", state="uncertain")
    Call.objects.create(
        link=link, method=Method.UPLOAD, file=file, outcome="answered", code=1, message="<script>2</script>",
        started_at=timezone.now(),
    )  # fmt: skip
    client = signed_in("链路")
    for page in (body(client.get(addresses(file)[name])) for name in ("link", "file")):
        assert (
            "<script>1" not in page
            and "<script>2" not in page
            and "<b>&quot;x" not in page.replace('<b>"', "")
        )


# --- the export as a page gives it -------------------------------------------------------------------


def test_the_export_is_a_stream_that_is_recorded(sent: DataFile, bureau: Bureau) -> None:
    client = signed_in("链路", first_name="齐修远")
    today = timezone.localdate()
    answer = client.get(reverse("ledger_export"), {"isp_id": ISP_ID, "from": today, "to": today})
    data = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert answer.streaming and "no-store" in answer["Cache-Control"]
    [row] = noted(AuditAction.EXPORT)
    assert (row.facts["links"], row.facts["from"]) == (str(ISP_ID), str(today))
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        readme = archive.read(next(name for name in names if name.endswith("README.txt"))).decode()
    assert "齐修远" in readme and sum(name.endswith(".zip") for name in names) == 1
    yesterday = today - timedelta(days=1)
    answer = client.get(reverse("ledger_export"), {"from": yesterday, "to": yesterday})
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        assert not any(name.endswith(".zip") for name in archive.namelist())
    assert client.get(reverse("ledger_export"), {"from": today, "to": yesterday}).status_code == 404
