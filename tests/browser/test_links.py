"""The pages of links, ledger and files: no serious fault for axe, no sideways scrolling, a picture of each, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from filing.services.codes import load_builtin_codes
from reporting.answers import FileInfo
from reporting.choices import Direction, FileState, Method, NumberDecision, NumberVerdict
from reporting.models import Call, DataFile, FileEntry, Link, NumberCheck
from reporting.services import broken, patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Running, serve
from tests.browser.conftest import NARROW, Open, overflow
from tests.browser.looks import LOOKS
from tests.filing import samples
from tests.reporting.downloads import apply, document
from tests.reporting.material import ISP_ID, OTHER_UNIT, filing_json, make_link, ready

pytestmark = pytest.mark.django_db(transaction=True)

LONG_NAME = "中国（虚构）自由贸易试验区临港新片区海上风电装备制造与运维技术研究院有限责任公司北京分公司"
RESULT = "<BAJG><Jg_xx><Jgxx><Jgdm>1015</Jgdm></Jgxx><Bs>{}</Bs></Jg_xx></BAJG>"


@pytest.fixture
def operator(attachment_root: object) -> User:
    load_builtin_codes()
    return samples.a_person("qixiuyuan", "链路", first_name="齐修远")


@pytest.fixture
def running() -> Iterator[Running]:
    with serve({}) as bureau:
        yield bureau


@pytest.fixture
def desk(operator: User, running: Running) -> Link:
    """A link with a life behind it: adopted numbers, files of many fates, one in doubt, a broken download; and another
    link that is stopped."""
    bureau, link = running.bureau, make_link(running.url)
    for first in range(1, 40, 3):
        ready(*range(first, first + 3))
        send_link(link)
    bureau.faults.add("code", method="isp_upload", code=7)
    ready(filing_json(40, subject__name=LONG_NAME), filing_json(41, subject__name="退回甲公司"))
    for _ in range(2):
        Link.objects.update(upload_not_before=None)
        send_link(link)
    poll_link(link)
    bureau.faults.add("dropped", method="isp_upload")
    ready(50, 51)
    send_link(link)
    ready(60, 61, 62)
    _tell_fates(link)
    _age(link)
    other = make_link("http://127.0.0.1:9", OTHER_UNIT)
    patience.call_a_person(
        other, Direction.SENDING, "密码错误（代码 5）。核对报备口令，并检查口令哈希的拼接与编码", 5
    )
    Link.objects.filter(pk=other.pk).update(circuit_since=timezone.now() - timedelta(minutes=52))
    return link


def _tell_fates(link: Link) -> None:
    reason = "解密失败，核对 AES 密钥和偏移量是否与管局给的一致"
    info = FileInfo(
        "XZ11000000000100000087.zip", b"not what was asked for" * 2000, "wLk3UJ0m9sQe2bq7x1Zt5A==", 1, 0, 0
    )
    for _ in range(3):
        broken.keep(link, info, reason)
    apply(link, document(RESULT.format(4711)))
    Call.objects.create(
        link=link, method=Method.UPLOAD, outcome="answered", code=20, started_at=timezone.now() - timedelta(days=2),
        message="请在 8:00-12:00、13:30-22:00 内上报",
    )  # fmt: skip
    for place, outcome in ((4, "returned"), (9, "rejected")):
        file = link.files.get(sequence=place)
        entries = FileEntry.objects.filter(file=file)
        entries.update(outcome=outcome)
        if place == 9:
            entries.exclude(position=1).update(outcome="approved")
    for entry in FileEntry.objects.filter(file__sequence=13):
        FileEntry.objects.filter(pk=entry.pk).update(outcome="waiting", outcome_at=None)


def _age(link: Link) -> None:
    """Let it have begun at number 500, over the last months."""
    now = timezone.now()
    DataFile.objects.filter(link=link, sequence__lte=2).update(zip_bytes=None, zip_size=4096, pruned_at=now)
    for file in DataFile.objects.filter(link=link).order_by("-sequence").defer("zip_bytes"):
        number = 500 + file.sequence
        moment = now - timedelta(days=max(0, 15 - file.sequence) * 8, minutes=7)
        settled = moment + timedelta(seconds=4) if file.settled_at else None
        DataFile.objects.filter(pk=file.pk).update(sequence=number, packed_at=moment, settled_at=settled)
    Call.objects.filter(sequence__isnull=False).delete()
    for file in DataFile.objects.filter(link=link).order_by("sequence", "pk").defer("zip_bytes"):
        unknown = file.state == FileState.UNCERTAIN
        Call.objects.create(
            link=link, method=Method.UPLOAD, file=file, sequence=file.sequence, code=None if unknown else file.code,
            outcome="unknown" if unknown else "answered", message="没有等到应答：连接中断" if unknown else "操作成功",
            made_by="web1:4711 celery worker", started_at=file.packed_at + timedelta(seconds=3),
            ended_at=file.packed_at + timedelta(seconds=4),
        )  # fmt: skip
    NumberCheck.objects.create(
        link=link, asked_at=now - timedelta(days=110), our_next=1, bureau_sequence=500, verdict=NumberVerdict.AHEAD,
        decision=NumberDecision.ADOPT, decided_at=now - timedelta(days=110), decided_name="林知夏",
    )  # fmt: skip
    Link.objects.filter(pk=link.pk).update(next_sequence=515, answered_at=now - timedelta(seconds=38))
    link.refresh_from_db()


def pages(link: Link) -> dict[str, str]:
    """Name of the picture and address of each page."""
    here = reverse("link_detail", args=[link.isp_id])
    files = {
        file.sequence: file.pk for file in link.files.exclude(state=FileState.REFUSED).defer("zip_bytes")
    }
    row = link.broken_downloads.get()
    return {
        "link-list": reverse("link_list"),
        "link": here,
        "link-stopped": reverse("link_detail", args=[OTHER_UNIT["isp_id"]]),
        "link-gaps": f"{here}?kind=gaps",
        "ledger-file": reverse("link_file", args=[link.isp_id, files[514]]),
        "ledger-file-pruned": reverse("link_file", args=[link.isp_id, files[501]]),
        "ledger-file-in-doubt": reverse("link_file", args=[link.isp_id, files[515]]),
        "broken": reverse("broken_detail", args=[row.pk]),
        "inbox-broken": reverse("inbox") + "?tab=person",
    }


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_well(
    desk: Link,
    operator: User,
    open_page: Open,
    size: tuple[int, int],
    scheme: str,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    for name, address in pages(desk).items():
        page = open_page(operator, address, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")

        assert overflow(page) <= 0, name
        assert serious_faults(page) == [], name
        page.context.close()


def test_a_file_is_found_opened_and_checked_by_keyboard(
    desk: Link, operator: User, open_page: Open, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]))
    page.get_by_label("在编号账中查找").fill("t-0040")
    page.keyboard.press("Enter")
    expect(page.locator("#ledger tbody tr")).to_have_count(2)
    assert "q=t-0040" in page.url
    page.locator("#ledger a[data-row]").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="第 514 号文件")).to_be_visible()
    expect(page.locator("#record pre")).to_contain_text("IspZtid")

    page.get_by_role("button", name="检查").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#checked")).to_contain_text("全部相符")
    shoot(page, "ledger-file-checked-1366-light")
    page.get_by_role("button", name="与管局核对").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#checked")).to_contain_text("管局最近收到的是第")
    page.get_by_role("link", name="下一条").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#record")).to_contain_text("第 2 条，共 2 条")
    page.get_by_role("link", name="显示全部").click()
    expect(page.locator("#record pre")).to_contain_text("13800138000")


def test_the_tabs_of_the_ledger_narrow_it_in_place(desk: Link, operator: User, open_page: Open) -> None:
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]))
    page.locator("#ledger nav").get_by_text("缺号与接管以前的").click()
    expect(page.locator("#ledger tbody tr")).to_have_count(1)
    expect(page.locator("#ledger")).to_contain_text("1–500")
    assert "kind=gaps" in page.url


def test_the_export_is_downloaded(desk: Link, operator: User, open_page: Open) -> None:
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]))
    page.get_by_text("导出编号账").click()
    with page.expect_download() as waited:
        page.get_by_role("button", name="导出 ZIP").click()
    assert waited.value.suggested_filename.startswith("icp-ledger-")


def test_a_broken_download_is_marked_resolved(desk: Link, operator: User, open_page: Open) -> None:
    row = desk.broken_downloads.get()
    page = open_page(operator, reverse("inbox") + "?tab=person", size=NARROW)
    page.get_by_role("link", name=row.bureau_name).click()
    page.get_by_text("标为已解决").click()
    page.get_by_label("怎么解决的").fill("管局已撤下")
    page.keyboard.press("Enter")
    expect(page.get_by_text("齐修远：管局已撤下")).to_be_visible()
    row.refresh_from_db()
    assert row.resolved_at is not None


def test_it_shows_an_empty_desk(operator: User, open_page: Open) -> None:
    for address in (reverse("link_list"),):
        page = open_page(operator, address, size=NARROW)
        assert overflow(page) <= 0
        expect(page.locator(".empty-title")).to_be_visible()
