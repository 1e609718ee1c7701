"""The bell: it rings without a reload, opens by keyboard, falls silent when the trouble is over; its pages look well."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from filing.choices import AlertKind, Urgency
from filing.models import Alert, WebHook, WebHookDelivery
from filing.services.alerts import Due, end, tell
from filing.services.codes import load_builtin_codes
from tests.browser.conftest import SCREENSHOTS, Open, overflow
from tests.browser.looks import LOOKS
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

TOLD = [
    (AlertKind.LINK, Urgency.NOW, "北京链路已停止：密码错误（代码 5）。口令：与管局给的逐字核对，注意大小写和全角字符"),
    (AlertKind.CAME_BACK, Urgency.TODAY, "“虚构自由贸易试验区海上风电装备制造有限公司”管局退回：负责人证件号码与姓名不符"),
    (AlertKind.REVIEW, Urgency.TODAY, "有 12 件报备单等您审核"),
    (AlertKind.WORK, Urgency.NOW, "核实任务有 3 个在 11-25 前到期，1 个已逾期"),
    (AlertKind.STUCK, Urgency.TODAY, "2 件报备单要人处理：超过 20 个工作日仍无结论；先看等得最久的"),
    (AlertKind.LINK_AGAIN, Urgency.CALM, "河北链路已恢复，照常上报与下载"),
]  # fmt: skip


@pytest.fixture
def anna(attachment_root: object) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "管理员", first_name="林知夏")


@pytest.fixture
def told(anna: User) -> User:
    now = timezone.now()
    for age, (kind, urgency, words) in enumerate(TOLD):
        due = Due(anna.pk, kind, f"{kind}:1", words, "/requests/", urgency)
        tell([due], now - timedelta(minutes=3 + age * age * 17))
    Alert.objects.filter(kind=AlertKind.WORK).update(
        due_at=now + timedelta(days=1), mailed_at=now, read_at=now
    )
    return anna


def _ask(page: Page) -> None:
    """As the next half minute would, once htmx knows what it put into the page."""
    page.wait_for_timeout(200)
    page.evaluate("htmx.trigger(document.body, 'alerts-seen')")


def test_it_rings_without_a_reload_and_falls_silent_when_it_is_over(anna: User, open_page: Open) -> None:
    page = open_page(anna, "/requests/")
    bell = page.locator("#bell > summary")
    expect(bell).to_have_text("提醒")
    tell([Due(anna.pk, AlertKind.LINK, "link:1", "北京链路已停止", "/links/", Urgency.NOW)])
    _ask(page)
    expect(page.locator(".bell-count")).to_have_text("1")
    end(AlertKind.LINK, ["link:1"])
    _ask(page)
    expect(page.locator(".bell-count")).to_have_count(0)


def test_it_is_opened_read_and_closed_by_keyboard(told: User, open_page: Open) -> None:
    page = open_page(told, "/requests/")
    expect(page.locator(".bell-count")).to_have_text("5")
    page.locator("#bell > summary").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#bell .alerts li")).to_have_count(6)
    expect(page.locator("#bell .alerts li").first).to_contain_text("北京链路已停止")
    page.keyboard.press("Escape")
    expect(page.locator("#bell .alerts")).to_be_hidden()
    expect(page.locator("#bell > summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/")
    expect(page.locator(".bell-count")).to_have_text("4")
    page.locator("#bell > summary").click()
    page.get_by_role("button", name="全部看过").click()
    expect(page.locator(".bell-count")).to_have_count(0)
    expect(page.locator("#bell .alerts li.new")).to_have_count(0)
    assert not Alert.objects.filter(read_at=None).exists()


def test_it_keeps_the_open_bell_open_while_the_page_asks_again(told: User, open_page: Open) -> None:
    page = open_page(told, "/requests/")
    page.locator("#bell > summary").click()
    expect(page.locator("#bell .alerts li")).to_have_count(6)
    tell([Due(told.pk, AlertKind.BROKEN, "broken:1", "有坏文件", "/links/")])
    _ask(page)
    expect(page.locator(".bell-count")).to_have_text("6")
    expect(page.locator("#bell .alerts")).to_be_visible()


def _hooks() -> None:
    now = timezone.now()
    for name, active in (("值班群机器人", True), ("工单系统", False)):
        url = f"https://ops.example.cn/hooks/{name}"
        hook = WebHook.objects.create(name=name, url=url, secret="s", is_active=active)
        WebHookDelivery.objects.create(
            hook=hook,
            event="began",
            about="x",
            body="{}",
            made_at=now,
            done_at=now,
            tries=1,
            answer="应答 200",
        )
        WebHookDelivery.objects.create(
            hook=hook,
            event="ended",
            about="x",
            body="{}",
            made_at=now,
            next_at=now,
            tries=3,
            answer="应答 503",
        )


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_well(
    told: User,
    open_page: Open,
    size: tuple[int, int],
    scheme: str,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    _hooks()
    WebHook.objects.create(name="第三个", url="https://x.example.cn/", secret="s", is_active=False)
    wide = {"alerts": "alert_list", "alert-settings": "alert_settings", "web-hooks": "web_hook_list"}
    root = User.objects.create_superuser("root", password="root")
    for name, address in wide.items():
        page = open_page(root if name == "web-hooks" else told, reverse(address), size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        assert overflow(page) <= 0, name
        assert serious_faults(page) == [], name
        page.context.close()
    page = open_page(told, "/requests/", size=size, scheme=scheme)
    page.locator("#bell > summary").click()
    expect(page.locator("#bell .alerts li")).to_have_count(6)
    page.screenshot(path=_picture(f"bell-{size[0]}-{scheme}"))
    assert overflow(page) <= 0
    assert serious_faults(page) == []


def _picture(name: str) -> str:
    """Of what is seen, not of the whole page: the bell floats."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    return str(SCREENSHOTS / f"{name}.png")
