"""Signing in before a real browser: by keyboard, with a code, and back to a form whose sign-in had ended."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Page, expect

from accounts.models import FailedTries, SecondFactor, SignInSession
from accounts.services import passwords, second_factor
from accounts.services.second_factor import code_at
from filing.models import Request
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.typing import fill
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

Shoot = Callable[[Page, str], None]
Faults = Callable[[Page], list[str]]
PASSWORD = "shan-yue-du-2026"
AGENT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1"


@pytest.fixture
def person(transactional_db: None) -> User:
    user = samples.a_person("linzhixia", "填报", first_name="林知夏")
    user.set_password(PASSWORD)
    user.save()
    return user


def with_factor(user: User) -> str:
    secret = second_factor.enrolment(user).secret
    second_factor.confirm(user, code_at(secret, time.time()))
    SecondFactor.objects.filter(user=user).update(last_step=0)
    return secret


def look(page: Page, name: str, shoot: Shoot, faults: Faults, size: tuple[int, int], scheme: str) -> None:
    page.wait_for_load_state("networkidle")
    shoot(page, f"{name}-{size[0]}-{scheme}")
    assert overflow(page) == 0, name
    assert faults(page) == [], name


def sign_in(page: Page, password: str = PASSWORD) -> None:
    page.get_by_label("用户名").fill("linzhixia")
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_right_at_the_door(
    open_page: Open, shoot: Shoot, serious_faults: Faults, person: User, settings: Any, size: Any, scheme: str
) -> None:
    page = open_page(None, "/login/?next=/requests/", size=size, scheme=scheme)
    look(page, "login", shoot, serious_faults, size, scheme)
    FailedTries.objects.all().delete()
    for _ in range(6):
        sign_in(page, "wrong")
        page.wait_for_load_state("networkidle")
    expect(page.get_by_role("alert")).to_contain_text("再试")
    look(page, "login-wait", shoot, serious_faults, size, scheme)
    FailedTries.objects.all().delete()
    settings.ICP_OIDC_ISSUER = "https://id.example.cn"
    page.goto("/login/")
    look(page, "login-both-ways", shoot, serious_faults, size, scheme)
    settings.ICP_LOCAL_SIGN_IN = False
    page.goto("/login/")
    look(page, "login-provider", shoot, serious_faults, size, scheme)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_right_with_a_second_factor(
    open_page: Open, shoot: Shoot, serious_faults: Faults, person: User, size: Any, scheme: str
) -> None:
    page = open_page(person, "/account/second-factor/", size=size, scheme=scheme)
    look(page, "second-factor-setup", shoot, serious_faults, size, scheme)
    page.get_by_label("输入验证器现在显示的 6 位数字").fill("000000")
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("alert")).to_contain_text("验证码不对")
    look(page, "second-factor-setup-wrong", shoot, serious_faults, size, scheme)
    secret = SecondFactor.objects.get(user=person).secret
    page.get_by_label("输入验证器现在显示的 6 位数字").fill(code_at(secret, time.time()))
    page.get_by_role("button", name="启用").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("恢复码")
    look(page, "recovery-codes", shoot, serious_faults, size, scheme)
    page.get_by_role("link", name="记好了").click()
    Client(headers={"User-Agent": AGENT}, REMOTE_ADDR="198.51.100.7").force_login(person)
    phone = Client(headers={"User-Agent": AGENT}, REMOTE_ADDR="198.51.100.7")
    phone.post("/login/", {"username": "linzhixia", "password": PASSWORD})
    SecondFactor.objects.filter(user=person).update(last_step=0)
    phone.post("/login/code/", {"code": code_at(secret, time.time())})
    page.goto("/account/")
    look(page, "account", shoot, serious_faults, size, scheme)
    page.locator(".factor-menu summary").click()
    look(page, "account-menu", shoot, serious_faults, size, scheme)


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_right_when_a_code_or_a_password_is_asked_for(
    open_page: Open, shoot: Shoot, serious_faults: Faults, person: User, size: Any, scheme: str
) -> None:
    with_factor(person)
    page = open_page(None, "/login/", size=size, scheme=scheme)
    sign_in(page)
    page.wait_for_url("**/login/code/")
    look(page, "second-factor", shoot, serious_faults, size, scheme)
    page.get_by_role("link", name="用恢复码登录").click()
    page.get_by_label("恢复码").fill("AAAA")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("恢复码不对")
    look(page, "second-factor-recovery-wrong", shoot, serious_faults, size, scheme)
    second_factor.remove(person)
    FailedTries.objects.all().delete()
    passwords.ask_for_change(person)
    page.goto("/login/")
    sign_in(page)
    page.wait_for_url("**/password/")
    look(page, "password-first", shoot, serious_faults, size, scheme)


def test_it_is_done_by_keyboard_alone(open_page: Open, person: User) -> None:
    secret = with_factor(person)
    page = open_page(None, "/login/?next=/account/")
    expect(page.get_by_label("用户名")).to_be_focused()
    page.keyboard.type("linzhixia")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/login/code/")
    expect(page.get_by_label("验证码")).to_be_focused()
    page.keyboard.type(code_at(secret, time.time()))
    page.keyboard.press("Enter")
    page.wait_for_url("**/account/")


def test_it_lets_who_comes_back_go_on_with_the_form_that_stood_open(open_page: Open, person: User) -> None:
    """The session lay idle, the page polled all the while and was none the less signed out; nothing typed is lost."""
    page = open_page(person, "/requests/new/")
    fill(page, **{"subject-name": "离开之前"})
    page.keyboard.press("Tab")
    expect(page.locator("[data-kept]")).to_contain_text("已自动保存")
    SignInSession.objects.filter(user=person).update(active_at=timezone.now() - timedelta(hours=3))
    fill(page, **{"subject-name": "三小时以后"})
    page.keyboard.press("Tab")
    expect(page.locator("[data-kept]")).to_contain_text("登录已过期，还没有保存")
    with page.context.expect_page() as opened:
        page.locator("[data-kept]").get_by_role("link", name="登录").click()
    beside = opened.value
    expect(beside.get_by_role("status")).to_contain_text("120 分钟没有操作")
    sign_in(beside)
    expect(beside.get_by_role("heading", level=1)).to_contain_text("请回到填报的页面")
    beside.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(page.locator("[data-kept]")).to_contain_text("已自动保存")
    assert Request.objects.get().revisions.get().content["subject"]["name"] == "三小时以后"


def test_it_marks_what_a_page_asks_for_by_itself(open_page: Open, person: User) -> None:
    page = open_page(person, "/")
    page.clock.install()
    page.reload()
    page.wait_for_load_state("networkidle")
    with page.expect_request("**/home/live/**") as live:
        page.clock.fast_forward(60_000)
    assert live.value.headers.get("x-polls") == "1"
