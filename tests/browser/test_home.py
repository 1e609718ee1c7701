"""Home in a browser: it lives without a reload, keeps the reader's place, says when the server is gone, and looks right
with the bureau up, slow, shut, refusing and down."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone
from playwright.sync_api import Page, expect

from filing.choices import RequestState
from filing.models import Request
from filing.services import outcomes
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Running, serve
from tests import factories
from tests.browser import desk_scene
from tests.browser.conftest import Open, overflow
from tests.browser.desk_scene import Desk
from tests.browser.looks import LOOKS
from tests.filing.desks import rows
from tests.reporting.material import ready

pytestmark = pytest.mark.django_db(transaction=True)

S = RequestState
SHUT = "现在不在上报时段，请在 8:00-12:00、13:30-22:00 内上报"


@pytest.fixture
def running() -> Iterator[Running]:
    with serve({}) as bureau:
        yield bureau


@pytest.fixture
def desk(attachment_root: object, running: Running) -> Desk:
    cache.clear()
    return desk_scene.build(running.url)


@pytest.fixture
def home(open_page: Open) -> Callable[..., Page]:
    """Home, with a clock that a test can put forward."""

    def opened(user: object, path: str = "/") -> Page:
        page = open_page(user, path)
        page.clock.install()
        page.reload()
        page.wait_for_load_state("networkidle")
        page.evaluate("window.neverReloaded = true")
        return page

    return opened


def later(page: Page) -> None:
    """Half a minute passes, and what the page asks is answered."""
    with page.expect_response(re.compile("/home/live/")):
        page.clock.fast_forward(30_000)


def send_back(name: str) -> None:
    """The bureau sends one back that waited."""
    waiting = Request.objects.filter(state=S.AWAITING_BUREAU).order_by("pk").last()
    assert waiting is not None
    Request.objects.filter(pk=waiting.pk).update(subject_name=name)
    waiting.refresh_from_db()
    outcomes.mark_returned(waiting, **factories.word(codes=[1015], words="证件号码有误"))


def test_it_shows_what_came_back_without_a_reload(desk: Desk, home: Callable[..., Page]) -> None:
    page = home(desk.staff)
    expect(page.get_by_role("heading", level=1)).to_have_text("有 6 件等您处理")
    expect(page).to_have_title("（6）工作台 · 备案报备")
    returned = page.locator("#strip-returned b")
    expect(returned).to_have_text("1")
    send_back("刚刚退回公司")
    later(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("有 7 件等您处理")
    expect(page).to_have_title("（7）工作台 · 备案报备")
    expect(page.locator(".todo")).to_contain_text("刚刚退回公司")
    expect(returned).to_have_text("2")
    expect(page.locator("#count-returned")).to_have_text("4")
    expect(page.locator(".side a", has_text="工作台")).to_contain_text("7")
    assert page.evaluate("window.neverReloaded")


def test_it_keeps_the_place_of_the_keyboard_and_what_is_open(desk: Desk, home: Callable[..., Page]) -> None:
    page = home(desk.staff)
    page.locator("#trend-table summary").click()
    for _ in range(3):
        page.keyboard.press("j")
    here = page.evaluate("document.activeElement.id")
    rejected = Request.objects.get(state=S.REJECTED)
    assert here.startswith("todo-")
    rows(1, S.RETURNED, since=timezone.now() - timedelta(days=30), subject_name="最早退回公司")
    later(page)
    expect(page.locator(".todo")).to_contain_text("最早退回公司")
    assert page.evaluate("document.activeElement.id") == here
    expect(page.locator("#trend-table")).to_have_attribute("open", "")
    # The row under the keyboard goes: its successor takes its place.
    page.locator(f"#todo-r{rejected.pk}").focus()
    after = page.evaluate("document.activeElement.closest('li').nextElementSibling.dataset.key")
    Request.objects.filter(pk=rejected.pk).update(state=S.WITHDRAWN)
    later(page)
    expect(page.locator(f"#todo-r{rejected.pk}")).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == f"todo-{after}"
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(requests|tasks)/.+"))


def test_it_changes_nothing_under_the_eyes_where_nothing_changed(
    desk: Desk, home: Callable[..., Page]
) -> None:
    page = home(desk.reviewer)
    later(page)
    page.wait_for_timeout(100)
    page.evaluate("document.querySelector('.todo li').dataset.mark = 'same'")
    later(page)
    page.wait_for_timeout(100)
    expect(page.locator(".todo li").first).to_have_attribute("data-mark", "same")


def test_it_says_that_the_server_is_gone_and_of_when_its_figures_are(
    desk: Desk, home: Callable[..., Page], shoot: Callable[[Page, str], None]
) -> None:
    page = home(desk.staff)
    page.route("**/home/live/", lambda route: route.abort())
    with page.expect_request_finished(
        lambda request: "/links/panel/" in request.url
    ):  # the other parts go on
        page.clock.fast_forward(30_000)
    words = page.locator("#live-words")
    expect(words).to_contain_text(re.compile(r"连不上服务器，数字停在 \d\d:\d\d:\d\d。"))
    expect(words).to_contain_text("不用刷新")
    expect(page.locator(".toasts")).not_to_contain_text("连不上")
    shoot(page, "home-server-gone-1366")
    said = words.inner_text()
    page.clock.fast_forward(30_000)
    page.wait_for_timeout(200)
    assert words.inner_text() == said  # since when, not how often
    page.unroute("**/home/live/")
    rows(1, S.RETURNED)
    later(page)
    expect(words).to_be_empty()
    expect(page.get_by_role("heading", level=1)).to_have_text("有 7 件等您处理")


@pytest.mark.parametrize(("status", "words"), [(500, "服务器出错"), (401, "登录已过期")])
def test_it_says_what_the_server_answered(
    desk: Desk, home: Callable[..., Page], status: int, words: str
) -> None:
    page = home(desk.staff)
    page.route("**/home/live/", lambda route: route.fulfill(status=status, body=""))
    later(page)
    expect(page.locator("#live-words")).to_contain_text(words)


def test_it_rests_while_nobody_sees_it_and_asks_at_once_when_it_is_seen_again(
    desk: Desk, home: Callable[..., Page]
) -> None:
    page = home(desk.staff)
    page.evaluate(
        "() => { window.unseen = true; Object.defineProperty(document, 'hidden', { get: () => window.unseen }); }"
    )
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for _ in range(3):
        page.clock.fast_forward(30_000)
        page.wait_for_timeout(100)
    assert asked == []  # the bell and the top bar rest too
    rows(1, S.RETURNED)
    page.evaluate("() => { window.unseen = false; document.dispatchEvent(new Event('visibilitychange')); }")
    expect(page.get_by_role("heading", level=1)).to_have_text("有 7 件等您处理")
    assert len([url for url in asked if url.endswith("/home/live/")]) == 1


# --- how it looks ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_has_no_serious_fault_and_no_sideways_scrolling(
    desk: Desk,
    open_page: Open,
    serious_faults: Callable[[Page], list[str]],
    shoot: Callable[[Page, str], None],
    size: tuple[int, int],
    scheme: str,
) -> None:
    for name, user in (
        ("home", desk.staff),
        ("home-reviewer", desk.reviewer),
        ("home-operator", desk.operator),
    ):
        page = open_page(user, "/", size=size, scheme=scheme)
        page.locator("#deadlines-title").wait_for()
        assert serious_faults(page) == []
        assert overflow(page) == 0
        shoot(page, f"{name}-{size[0]}-{scheme}")


def slow(running: Running, link: Link) -> None:
    running.bureau.faults.add("code", code=15, method="isp_upload", times=None)


def shut(running: Running, link: Link) -> None:
    running.bureau.faults.add("code", code=20, words=SHUT, method="isp_upload", times=None)


def refusing(running: Running, link: Link) -> None:
    running.bureau.faults.add("code", code=13, times=None)


def down(running: Running, link: Link) -> None:
    running.bureau.faults.add("dropped", times=None)


@pytest.mark.parametrize(
    ("name", "trouble", "says"),
    [
        ("slow", slow, "积压，稍后再报"),
        ("shut", shut, "不在上报时段"),
        ("refusing", refusing, "链路已停止"),
        ("down", down, "没有应答"),
    ],
)
def test_it_tells_how_the_bureau_fares(
    desk: Desk,
    running: Running,
    open_page: Open,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    name: str,
    trouble: Callable[[Running, Link], None],
    says: str,
) -> None:
    trouble(running, desk.link)
    ready(90)
    send_link(desk.link)
    poll_link(desk.link)
    if name == "down":
        Link.objects.update(answered_at=timezone.now() - timedelta(minutes=12))
    page = open_page(desk.operator if name == "refusing" else desk.staff, "/")
    expect(page.locator(".panel")).to_contain_text(says)
    if name == "refusing":
        expect(page.locator(".todo li").first).to_contain_text("链路停止")
    assert serious_faults(page) == []
    shoot(page, f"home-bureau-{name}-1366")
