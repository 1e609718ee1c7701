"""A real Chromium before a live server. Tests here carry the mark `browser`; without Chromium they are skipped by name."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth.models import User
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.test import Client
from playwright.sync_api import Browser, Page, Request, sync_playwright

from filing.services import codes

WIDE, NARROW = (1366, 768), (390, 844)
SCREENSHOTS = Path(settings.ICP_DATA_DIR) / "screenshots"

Open = Callable[..., Page]
"""open_page(user, "/requests/", size=NARROW, scheme="dark"): a page that has come to rest."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def browser(chromium_path: str) -> Iterator[Browser]:
    """One Chromium for the tests of a file: while it lives an event loop runs, which other tests must not find."""
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    # That loop is Playwright's own: the queries of these tests do not run in it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        with sync_playwright() as playwright:
            chromium = playwright.chromium.launch(executable_path=chromium_path, args=["--no-sandbox"])
            yield chromium
            chromium.close()
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


class Answering:
    """How many requests the live server is at work on, also those whose page has gone away meanwhile."""

    def __init__(self) -> None:
        self._count = 0
        self._changed = threading.Condition()

    def add(self, change: int) -> None:
        with self._changed:
            self._count += change
            self._changed.notify_all()

    def has_ended(self) -> bool:
        """Wait until nothing is under way. False where that takes too long."""
        with self._changed:
            return self._changed.wait_for(lambda: self._count == 0, timeout=30)


@pytest.fixture
def answering(live_server: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    """Watches the live server, and lets no request outlive its test: the database is emptied next, and would wait for
    what the request reads while that waits for it."""
    watch = Answering()
    get_response = WSGIHandler.get_response

    def watched(self: WSGIHandler, request: HttpRequest) -> HttpResponseBase:
        watch.add(1)
        try:
            return get_response(self, request)
        finally:
            watch.add(-1)

    monkeypatch.setattr(WSGIHandler, "get_response", watched)
    yield watch
    assert watch.has_ended(), "a request was still answered when its test was over"


@pytest.fixture
def open_page(
    browser: Browser, answering: Answering, live_server: Any, attachment_root: Path
) -> Iterator[Open]:
    """Open pages as a signed-in person (or None). What the console complains of fails the test at its end."""
    codes.forget()
    complaints: list[str] = []
    with ExitStack() as stack:

        def open_one(
            user: User | None, path: str, *, size: tuple[int, int] = WIDE, scheme: str = "light"
        ) -> Page:
            width, height = size
            context = browser.new_context(
                base_url=live_server.url,
                viewport={"width": width, "height": height},
                color_scheme=scheme,  # type: ignore[arg-type]
                locale="zh-CN",
                timezone_id="Asia/Shanghai",
            )
            stack.callback(context.close)
            under_way: set[Request] = set()
            context.on("request", lambda each: under_way.add(each))
            context.on("requestfinished", lambda each: under_way.discard(each))
            context.on("requestfailed", lambda each: under_way.discard(each))
            if user is not None:
                client = Client()
                client.force_login(user)
                session = client.cookies[settings.SESSION_COOKIE_NAME].value
                context.add_cookies(
                    [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
                )
            page = context.new_page()
            stack.callback(_come_to_rest, page, under_way)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on(
                "console",
                lambda message: complaints.append(message.text) if message.type == "error" else None,
            )
            page.goto(path)
            page.wait_for_load_state("networkidle")
            return page

        yield open_one
    codes.forget()
    # A status that is not 200, or a line that is cut, is the business of the test that asked for the page.
    statuses = (
        "Failed to load resource",
        "Response Status Error Code",
        "htmx:sendError",
        "htmx:afterRequest",
    )
    assert [each for each in complaints if not each.startswith(statuses)] == []


def _come_to_rest(page: Page, under_way: set[Request]) -> None:
    """Let no request outlive its test: a form saves itself, and the database is emptied next."""
    if page.is_closed():
        return
    page.context.route("**/*", lambda route: route.abort())
    for _ in range(100):
        if not under_way:
            return
        page.wait_for_timeout(50)


@pytest.fixture
def shoot() -> Callable[[Page, str], None]:
    """Keep a picture of the whole page in the data folder, to be looked at by people."""

    def keep(page: Page, name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)

    return keep


@pytest.fixture
def serious_faults() -> Callable[[Page], list[str]]:
    """What axe finds serious or critical on a page, one line each."""
    axe = Axe()

    def find(page: Page) -> list[str]:
        # Reading style sheets that import others it would write them into the page, which our policy forbids.
        violations = axe.run(page, options={"preload": False}).response["violations"]
        return [
            f"{fault['id']}: {node['html'][:160]} — {node.get('failureSummary', '')[:240]}"
            for fault in violations
            if fault["impact"] in ("serious", "critical")
            for node in fault["nodes"]
        ]

    return find


def overflow(page: Page) -> int:
    """How many pixels the page is wider than the screen: sideways scrolling is a fault."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width
