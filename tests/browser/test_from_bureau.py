"""The pages of what came from the bureau: no serious fault for axe, no sideways scrolling, and a picture of each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from reporting.models import Download, DownloadItem
from tests.browser.conftest import NARROW, Open, overflow
from tests.browser.looks import LOOKS
from tests.factories import filed_subject, filed_website
from tests.filing import samples
from tests.reporting.downloads import SAMPLES, apply, document, receive, sample
from tests.reporting.material import ISP_ID, make_link
from verification.models import CheckResult, Notice, UnfiledWebsite, VerificationTask
from verification.services.arrivals import close

pytestmark = pytest.mark.django_db(transaction=True)

LONG = (
    "管局系统于本日核查时发现该网站实际开办内容与备案登记的服务内容不一致，请在十个工作日内完成整改并反馈。"
)
DIRT = "<XGTZ><Tzxx><Tzlb>9</Tzlb><Tznr>{}</Tznr></Tzxx></XGTZ><NEW_LIST><A>1</A></NEW_LIST>"


@pytest.fixture
def staff(attachment_root: object) -> User:
    """Somebody of the staff, after every golden download and a few that do not conform."""
    load_builtin_codes()
    user = samples.a_person("linzhixia", "填报", first_name="林知夏")
    link = make_link("http://bureau.invalid")
    website = filed_website(2001, number="京ICP备2026000001号-1")
    data = filed_subject(website, number="京ICP备2026000001号")
    record_filed(data, isp_id=ISP_ID, proof={"download": 1, "position": 1})
    for name in sorted(path.stem for path in SAMPLES.glob("*.xml")):
        if name != "cancelled":
            apply(link, sample(name))
    apply(link, document(DIRT.format(LONG)))
    apply(link, document("<BAJG><Jg_xx><Jgxx><Jgdm>1015</Jgdm></Jgxx><Bs>4711</Bs></Jg_xx></BAJG>"))
    apply(link, sample("cancelled"))
    apply(link, b"no xml")
    receive(link, sample("task"))
    close(UnfiledWebsite.objects.get(bureau_id=7002), user=user, note="已停止接入")
    return user


def pages() -> dict[str, str]:
    """Name of the picture and address of each page."""
    strange = DownloadItem.objects.get(kind="ICP.NEW_LIST")
    codes = Download.objects.filter(items__kind="JCDM.Dwxz_dms").first()
    assert codes is not None
    return {
        "inbox": reverse("inbox"),
        "inbox-person": reverse("inbox") + "?tab=person",
        "inbox-file": reverse("download_detail", args=[strange.download_id]),
        "inbox-codes": reverse("download_detail", args=[codes.pk]),
        "inbox-record": reverse("download_item", args=[strange.download_id, 1]),
        "inbox-task": reverse(
            "download_item", args=[DownloadItem.objects.filter(kind="HSRW")[0].download_id, 1]
        ),
        "work-tasks": reverse("work_list", args=["tasks"]),
        "work-unfiled": reverse("work_list", args=["unfiled"]) + "?state=all",
        "work-checks": reverse("work_list", args=["checks"]),
        "work-notices": reverse("work_list", args=["notices"]),
        "work-task": reverse("work_detail", args=["tasks", VerificationTask.objects.get().pk]),
        "work-unfiled-one": reverse("work_detail", args=["unfiled", UnfiledWebsite.objects.all()[0].pk]),
        "work-check": reverse(
            "work_detail", args=["checks", CheckResult.objects.get(kind="under_reported").pk]
        ),
        "work-notice": reverse("work_detail", args=["notices", Notice.objects.get(words=LONG).pk]),
        "blacklist": reverse("blacklist"),
        "blacklist-websites": reverse("blacklist") + "?tab=websites",
        "blacklist-accesses": reverse("blacklist") + "?tab=accesses",
    }


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_well(
    staff: User,
    open_page: Open,
    size: tuple[int, int],
    scheme: str,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    for name, address in pages().items():
        page = open_page(staff, address, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")

        assert overflow(page) <= 0, name
        assert serious_faults(page) == [], name
        page.context.close()


def test_it_closes_a_piece_of_work_by_keyboard(staff: User, open_page: Open) -> None:
    page = open_page(staff, reverse("work_list", args=["notices"]))

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.get_by_text("标为已处理").first.focus()
    page.keyboard.press("Enter")
    page.get_by_label("怎么处理的").fill("已提交变更")
    page.keyboard.press("Enter")

    expect(page.get_by_text("已标为已处理。")).to_be_visible()
    assert Notice.objects.get(state="done").done_note == "已提交变更"


def test_it_shows_an_empty_desk(db: None, open_page: Open, client: Client) -> None:
    user = samples.a_person("linzhixia", "填报")
    for address in (reverse("inbox"), reverse("work_home"), reverse("blacklist")):
        page = open_page(user, address, size=NARROW)
        assert overflow(page) <= 0
        expect(page.locator(".empty-title")).to_be_visible()
