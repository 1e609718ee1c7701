"""Why a request waits, on its page: looked at, asked for by keyboard, no serious fault, a picture of each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from filing.models import Request
from filing.services.codes import load_builtin_codes
from reporting.choices import Direction
from reporting.models import Diagnosis, Link
from reporting.services import patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import serve
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.filing import samples
from tests.reporting.material import filing_json, make_link, ready

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(attachment_root: object) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_well_calm_overdue_and_stopped(
    size: tuple[int, int],
    scheme: str,
    staff: User,
    open_page: Open,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    elsewhere = {"province": 130000, "city": 131000, "county": 131002, "detail": "示例路1号"}
    with serve({"decide": {"mode": "manual"}}) as running:
        link = make_link(running.url)
        calm, overdue, forwarded = ready(1, 2, filing_json(3, subject__address=elsewhere))
        send_link(link)
        poll_link(link)
    Request.objects.filter(pk=overdue.pk).update(accepted_at=timezone.now() - timedelta(days=60))

    def look(request: Request, name: str, words: str) -> None:
        page = open_page(staff, reverse("request_detail", args=[request.ref]), size=size, scheme=scheme)
        expect(page.locator("#diagnosis h2")).to_have_text(words)
        shoot(page, f"diagnosis-{name}-{size[0]}-{scheme}")
        assert serious_faults(page) == []
        assert overflow(page) == 0

    look(calm, "calm", "可能在等主办者回复核验短信")
    look(forwarded, "forwarded", "已转外省管局审核")
    look(overdue, "overdue", "超过 20 个工作日仍无结论")
    patience.call_a_person(Link.objects.get(), Direction.SENDING, "密码错误（代码 5）", 5)
    look(calm, "stopped", "链路停止，等人处理")


def test_it_asks_the_bureau_by_keyboard_and_shows_the_new_state(staff: User, open_page: Open) -> None:
    with serve({"decide": {"mode": "manual"}, "options": {"silent": True}}) as running:
        link = make_link(running.url)
        (request,) = ready(1)
        send_link(link)
        page = open_page(staff, reverse("request_detail", args=[request.ref]))
        button = page.get_by_role("button", name="现在向管局查询")
        button.focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status").filter(has_text="查过了")).to_be_visible()
        page.locator("#diagnosis summary").press("Enter")
        expect(page.locator("#diagnosis")).to_contain_text("还没有备案")
        running.bureau.decide()
        Diagnosis.objects.update(asked_at=timezone.now() - timedelta(minutes=2))
        page.get_by_role("button", name="现在向管局查询").press("Enter")
        expect(page.locator(".page-head .state.tag")).to_have_text("已通过")
        expect(page.locator("#diagnosis")).to_have_count(0)
