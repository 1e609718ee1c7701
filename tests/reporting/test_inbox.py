"""The pages of what came: lists, one file, one record with its XML, and what a person does about it."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.choices import AuditAction
from filing.models import Subject
from filing.services.filed import record_filed
from reporting.kinds import WORDS
from reporting.models import Download, DownloadItem, Link
from reporting.readers.document import RECORD_PATHS
from reporting.services import inbox_work
from reporting.services.apply import HANDLERS
from tests.factories import filed_subject
from tests.filing import samples
from tests.record import noted
from tests.reporting.downloads import apply, document, receive, sample
from tests.reporting.material import ISP_ID

pytestmark = pytest.mark.django_db

RESULT = "<BAJG><Jg_xx><Jgxx><Jgdm>{}</Jgdm></Jgxx><Czlx>1</Czlx><Bs>{}</Bs></Jg_xx></BAJG>"


@pytest.fixture
def staff(client: Client, db: None) -> User:
    user = samples.a_person("staff", "填报", first_name="林知夏")
    client.force_login(user)
    return user


def page(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def unmatched(link: Link) -> DownloadItem:
    (item,) = apply(link, document(RESULT.format(1015, 4711)))
    assert item.outcome == "unmatched"
    return item


# --- lists ----------------------------------------------------------------------------------------


def test_it_lists_what_came_newest_first(client: Client, staff: User, quiet_link: Link) -> None:
    first = apply(quiet_link, sample("notices"))[0].download
    second = unmatched(quiet_link).download
    third = receive(quiet_link, sample("task"))

    html = page(client, "inbox")

    places = [html.index(each.bureau_name) for each in (third, second, first)]
    assert places == sorted(places)
    assert ("已处理" in html, "1 条待人工" in html, "等待处理" in html) == (True, True, True)
    assert "整改通知 2 条" in html
    apply(quiet_link, sample("codes"))
    assert "基础代码 19 条" in page(client, "inbox")


def test_it_lists_only_what_needs_a_person(client: Client, staff: User, quiet_link: Link) -> None:
    apply(quiet_link, sample("notices"))
    item = unmatched(quiet_link)
    apply(quiet_link, document("<NEW/>"))

    html = page(client, "inbox", tab="person")

    assert item.download.bureau_name in html and "不认识：ICP.NEW" in html
    assert "整改通知" not in html
    found = page(client, "inbox", tab="person", q="备案结果")
    assert item.download.bureau_name in found and "ICP.NEW" not in found


def test_it_does_not_ask_the_database_more_for_longer_lists(
    client: Client, staff: User, quiet_link: Link, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        unmatched(quiet_link)
    for query in ({}, {"tab": "person"}):
        with django_assert_max_num_queries(12):
            page(client, "inbox", **query)


def test_it_says_what_will_stand_there(client: Client, staff: User, db: None) -> None:
    assert "还没有来件" in page(client, "inbox")
    assert "没有需要人工处理的内容" in page(client, "inbox", tab="person")
    assert "没有找到" in page(client, "inbox", q="zzz\x00")


# --- one file, one record -------------------------------------------------------------------------


def test_it_shows_a_file_with_its_records_and_oddities(client: Client, staff: User, quiet_link: Link) -> None:
    items = apply(quiet_link, document("<XGTZ><Tzxx><Tzlb>9</Tzlb><Tznr>改</Tznr></Tzxx></XGTZ><NEW/>"))
    download = items[0].download

    html = page(client, "download_detail", download.pk)

    assert download.sha256 in html and "整改通知" in html and "不认识：ICP.NEW" in html
    assert "第 2 行 /DownloadData" in html
    only = page(client, "download_detail", download.pk, outcome="unknown")
    assert "不认识：ICP.NEW" in only and "整改通知" not in only
    assert "整改通知" not in page(client, "download_detail", download.pk, outcome="person")
    assert "整改通知" in page(client, "download_detail", download.pk, outcome="nonsense")


def test_it_shows_a_record_as_it_came_with_papers_and_phones_masked(
    client: Client, staff: User, quiet_link: Link
) -> None:
    (item,) = apply(quiet_link, sample("task"))

    html = page(client, "download_item", item.download_id, 1)

    assert "&lt;Ztid&gt;1001&lt;/Ztid&gt;" in html and "（图片，base64 共 8 字符）" in html
    assert "11010519491231002X" not in html and "13800000000" not in html
    assert "138****0000" in html
    revealed = page(client, "download_item", item.download_id, 1, reveal="1")
    assert "11010519491231002X" in revealed and "13800000000" in revealed
    [row] = noted(AuditAction.VIEW_IDENTITY)
    assert (row.kind, row.key, row.facts) == ("download", str(item.download_id), {"position": 1})


def test_it_masks_what_the_bureau_writes_into_its_words(
    client: Client, staff: User, quiet_link: Link
) -> None:
    notice = "<XGTZ><Tzxx><Tznr>请致电 13800000000</Tznr></Tzxx></XGTZ>"
    (item,) = apply(quiet_link, document(notice))

    html = page(client, "download_detail", item.download_id)

    assert "138****0000" in html and "13800000000" not in html


def test_it_tells_only_the_oddities_of_the_record(client: Client, staff: User, quiet_link: Link) -> None:
    one = "<Tzxx><Tzlb>{}</Tzlb><Tznr>改</Tznr></Tzxx>"
    items = apply(quiet_link, document(f"<XGTZ>{one.format(1)}{one.format(7)}</XGTZ>"))

    good, bad = (page(client, "download_item", item.download_id, item.position) for item in items)

    assert "这一条不规范之处" not in good
    assert "这一条不规范之处" in bad and "Tzxx[2]/Tzlb" in bad


@pytest.mark.parametrize("keeps", [True, False])
def test_it_shows_what_cannot_be_read(client: Client, staff: User, quiet_link: Link, keeps: bool) -> None:
    (item,) = apply(quiet_link, b"no xml at all")
    if not keeps:
        Download.objects.update(zip_bytes=None)

    html = page(client, "download_item", item.download_id, item.position)

    assert (item.kind, item.position) == ("document", 0)
    assert "整个文件读不出来" in html


def test_it_says_so_where_the_bytes_were_pruned(client: Client, staff: User, quiet_link: Link) -> None:
    (item,) = apply(quiet_link, sample("task"))
    Download.objects.update(zip_bytes=None)

    assert "已过保存期" in page(client, "download_item", item.download_id, 1)


def test_it_finds_no_record_that_is_not_there(client: Client, staff: User, quiet_link: Link) -> None:
    (item,) = apply(quiet_link, sample("task"))

    assert client.get(reverse("download_item", args=[item.download_id, 2])).status_code == 404
    assert client.get(reverse("download_detail", args=[item.download_id + 1])).status_code == 404


# --- what a person does ---------------------------------------------------------------------------


def test_it_takes_a_record_out_of_the_list_once_a_person_dealt_with_it(
    client: Client, staff: User, quiet_link: Link
) -> None:
    item = unmatched(quiet_link)
    address = reverse("download_item_handled", args=[item.download_id, 1])

    shown = client.post(address, {"note": " 已电话核对 "}, follow=True).content.decode()

    item.refresh_from_db()
    assert (item.outcome, item.handled_by, item.handled_note) == ("unmatched", staff, "已电话核对")
    assert "人工已处理" in shown and "林知夏" in shown
    assert "没有需要人工处理的内容" in page(client, "inbox", tab="person")
    assert "1 条待人工" not in page(client, "inbox")
    assert "已在" in client.post(address, follow=True).content.decode()

    client.post(address, {"back": "1"})

    item.refresh_from_db()
    assert (item.handled_at, item.handled_by, item.handled_note) == (None, None, "")
    assert "没有标为已处理" in client.post(address, {"back": "1"}, follow=True).content.decode()


def test_it_marks_nothing_that_needs_nobody(client: Client, staff: User, quiet_link: Link) -> None:
    (item, *_rest) = apply(quiet_link, sample("notices"))

    answer = client.post(reverse("download_item_handled", args=[item.download_id, 1]), follow=True)

    assert "不需要人工处理" in answer.content.decode()
    item.refresh_from_db()
    assert item.handled_at is None


def test_it_applies_again_what_found_nobody(client: Client, staff: User, quiet_link: Link) -> None:
    (item,) = apply(quiet_link, document("<ZXSJ><Zxxx><Zxlb>0</Zxlb><Jlid>1001</Jlid></Zxxx></ZXSJ>"))
    again = reverse("download_apply", args=[item.download_id])
    assert "还有 1 条没有成功" in client.post(again, follow=True).content.decode()
    record_filed(filed_subject(), isp_id=ISP_ID, proof={"download": 1, "position": 1})

    answer = client.post(again, follow=True).content.decode()

    item.refresh_from_db()
    assert (item.outcome, Subject.objects.get().state) == ("applied", "cancelled")
    assert "全部成功" in answer and "再处理一次" not in answer


def test_it_does_not_apply_beside_another_process(
    client: Client, staff: User, quiet_link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = unmatched(quiet_link)
    monkeypatch.setattr(inbox_work, "link_lock", lambda _link, _direction: nullcontext(False))
    DownloadItem.objects.update(reason="先前的说明")

    answer = client.post(reverse("download_apply", args=[item.download_id]), follow=True)

    assert "正在下载" in answer.content.decode()
    item.refresh_from_db()
    assert item.reason == "先前的说明"


# --- who may --------------------------------------------------------------------------------------


@pytest.mark.parametrize("group", ["填报", "审核", "链路"])
def test_it_lets_every_role_look(client: Client, quiet_link: Link, group: str) -> None:
    item = unmatched(quiet_link)
    client.force_login(samples.a_person("someone", group))

    html = page(client, "download_item", item.download_id, 1)

    assert ("标为已处理" in html) == (group != "审核")
    page(client, "inbox")
    page(client, "download_detail", item.download_id)


def test_it_refuses_strangers_and_reviewers_what_is_not_theirs(client: Client, quiet_link: Link) -> None:
    item = unmatched(quiet_link)
    handled = reverse("download_item_handled", args=[item.download_id, 1])
    again = reverse("download_apply", args=[item.download_id])
    assert client.get(reverse("inbox")).status_code == 302

    client.force_login(samples.a_person("stranger"))
    looking = ["inbox"], ["download_detail", item.download_id], ["download_item", item.download_id, 1]
    for name, *args in looking:
        assert client.get(reverse(name, args=args)).status_code == 403
    for group in ("", "审核"):
        client.force_login(samples.a_person(f"someone-{group}", *filter(None, [group])))
        assert {client.post(handled).status_code, client.post(again).status_code} == {403}

    item.refresh_from_db()
    assert item.handled_at is None


def test_it_has_words_for_every_kind_that_has_a_handler() -> None:
    assert HANDLERS.keys() <= WORDS.keys()
    assert set(RECORD_PATHS.values()) <= WORDS.keys()
