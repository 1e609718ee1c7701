"""The link's desk with the bureau up, slow, shut, refusing and down: it says so, by itself, by keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from playwright.sync_api import Page, expect

from filing.services.codes import load_builtin_codes
from reporting.choices import Direction
from reporting.models import HandCall, Link
from reporting.services import patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Running, serve
from tests.browser.conftest import NARROW, Open, overflow
from tests.browser.looks import LOOKS
from tests.filing import samples
from tests.reporting.material import ISP_ID, make_link, ready

pytestmark = pytest.mark.django_db(transaction=True)

HOURS = "不在上报时段，请在 8:00-12:00、13:30-18:00 内上报"
AGAIN = "document.querySelectorAll('[data-live]').forEach((part) => htmx.trigger(part, 'visibilitychange'))"


@pytest.fixture
def operator(attachment_root: object) -> User:
    load_builtin_codes()
    return samples.a_person("qixiuyuan", "链路", first_name="齐修远")


@pytest.fixture
def running() -> Iterator[Running]:
    with serve({}) as bureau:
        yield bureau


@pytest.fixture
def link(operator: User, running: Running) -> Link:
    link = make_link(running.url, registered_address="203.0.113.8")
    for first in range(1, 10, 3):
        ready(*range(first, first + 3))
        send_link(link)
    poll_link(link)
    return link


def up(link: Link, running: Running) -> str:
    return "正常"


def slow(link: Link, running: Running) -> str:
    Link.objects.update(timeout_s=1)
    link.refresh_from_db()
    running.bureau.faults.add("delay", delay_s=1.5)
    ready(20, 21)
    send_link(link)
    return "没有应答"


def shut(link: Link, running: Running) -> str:
    running.bureau.faults.add("code", method="isp_upload", code=20, words=HOURS)
    ready(20, 21)
    send_link(link)
    return "不在上报时段"


def refusing(link: Link, running: Running) -> str:
    running.bureau.faults.add("code", code=13)
    ready(20, 21)
    send_link(link)
    return "已停止"


def down(link: Link, running: Running) -> str:
    Link.objects.update(base_url="http://127.0.0.1:9")
    link.refresh_from_db()
    ready(20, 21)
    for _ in range(3):
        Link.objects.update(upload_not_before=None, download_not_before=None)
        link.refresh_from_db()
        send_link(link)
        poll_link(link)
    return "没有应答"


SITUATIONS = {"up": up, "slow": slow, "shut": shut, "refusing": refusing, "down": down}


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
@pytest.mark.parametrize("situation", SITUATIONS)
def test_it_says_how_the_bureau_is(
    link: Link,
    running: Running,
    operator: User,
    open_page: Open,
    situation: str,
    size: tuple[int, int],
    scheme: str,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    said = SITUATIONS[situation](link, running)
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]), size=size, scheme=scheme)
    shoot(page, f"desk-{situation}-{size[0]}-{scheme}")
    expect(page.locator("#link-state")).to_contain_text(said)
    if situation == "shut":
        expect(page.locator(".hours-bar .open")).to_have_count(2)
    assert overflow(page) <= 0
    assert serious_faults(page) == []


def test_it_changes_without_a_reload(link: Link, operator: User, open_page: Open) -> None:
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]))
    expect(page.locator("#link-state")).to_contain_text("正常")
    patience.call_a_person(link, Direction.SENDING, "用户名错误（代码 4）", 4)
    page.evaluate(AGAIN)
    expect(page.locator("#link-state")).to_contain_text("已停止")
    expect(page.locator(".circuit .now").first).to_contain_text("断开")
    patience.all_is_well(link, Direction.SENDING)
    ready(30)
    page.evaluate(AGAIN)
    expect(page.locator(".circuit .now").first).to_contain_text("接通")
    expect(page.locator("#link-now")).to_contain_text("1 件待上报")


def test_it_sweeps_away_nothing_that_is_open_or_typed(link: Link, operator: User, open_page: Open) -> None:
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]))
    page.get_by_text("暂停上报", exact=True).click()
    page.get_by_label("原因").first.fill("管局通知今晚割接")
    patience.call_a_person(link, Direction.SENDING, "用户名错误（代码 4）", 4)
    with page.expect_response("**/live/"):
        page.evaluate(AGAIN)
    page.wait_for_timeout(200)
    expect(page.get_by_label("原因").first).to_have_value("管局通知今晚割接")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已暂停上报。")).to_be_visible()
    expect(page.get_by_text("齐修远 暂停上报：管局通知今晚割接").first).to_be_visible()


def test_it_tries_a_method_by_keyboard_and_shows_what_came(
    link: Link,
    operator: User,
    open_page: Open,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    page = open_page(operator, reverse("link_detail", args=[ISP_ID]))
    page.get_by_label("方法", exact=True).select_option("isp_querybeianstatus")
    page.get_by_role("button", name="打开").press("Enter")
    page.get_by_label("查什么").fill("0")
    page.get_by_label("域名或号码").fill("t1.example.cn")
    page.keyboard.press("Enter")
    expect(page.locator("#called-title")).to_contain_text("代码")
    expect(page.locator("#tried .answer")).to_contain_text("<msg_code>")
    expect(page.locator(".hand-calls li")).to_have_count(1)
    shoot(page, "try-1366-light")
    assert serious_faults(page) == []
    assert HandCall.objects.get().by_name == "齐修远"
    page.locator('.methods a[href="?method=isp_upload"]').click()
    page.get_by_role("button", name="调用").click()
    expect(page.get_by_text("请键入方法名 isp_upload 再调用")).to_be_visible()
    shoot(page, "try-upload-1366-light")
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    shoot(page, "try-upload-390-light")
    assert overflow(page) <= 0


def test_it_changes_parameters_and_confirms_another_identity(
    link: Link,
    operator: User,
    open_page: Open,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    page = open_page(operator, reverse("link_parameters", args=[ISP_ID]))
    shoot(page, "parameters-1366-light")
    assert serious_faults(page) == []
    page.get_by_label("用户名").fill("another")
    page.get_by_role("button", name="保存，马上再试").press("Enter")
    expect(page.locator(".errors")).to_be_focused()
    expect(page.locator(".errors")).to_contain_text(f"键入 {ISP_ID} 确认")
    shoot(page, "parameters-wrong-1366-light")
    page.locator(".errors a").press("Enter")
    page.get_by_label("键入单位标识确认").fill(str(ISP_ID))
    page.keyboard.press("Enter")
    expect(page.get_by_text("已改：用户名")).to_be_visible()
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    page.goto(reverse("link_new"))
    shoot(page, "link-new-390-light")
    assert overflow(page) <= 0
    assert serious_faults(page) == []
