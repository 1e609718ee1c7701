"""Nothing typed is lost: the form saves itself, notices a colleague, and bears a server or a sign-in that is gone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from playwright.sync_api import Page, Route, expect

from filing.models import Request
from filing.services import drafts
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.browser.conftest import Open
from tests.browser.typing import choose, fill, go_to, hand_in, kept
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/requests/new/"
EVERY = "**/drafts/keep/**"


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


def content() -> dict[str, Any]:
    found: dict[str, Any] = current_revision(Request.objects.get()).content
    return found


def saved(page: Page) -> None:
    page.locator("#draft:not([data-changed])").wait_for()
    expect(page.locator("[data-kept]")).to_contain_text("已自动保存")
    page.wait_for_load_state("networkidle")


def test_it_becomes_a_draft_by_itself_and_a_reload_loses_nothing(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(staff, NEW)
    expect(page.locator("[data-kept]")).to_contain_text("还没有保存")
    page.keyboard.press("Tab")
    page.wait_for_timeout(600)
    assert Request.objects.count() == 0
    page.get_by_label("主办单位名称").fill("海淀虚构书店有限公司")
    saved(page)
    filing = Request.objects.get()
    assert page.url.endswith(f"/requests/{filing.ref}/edit/")
    expect(page.get_by_role("heading", level=1)).to_have_text("海淀虚构书店有限公司 · 新增备案")
    go_to(page, "#g-websites-0")
    with page.expect_response(EVERY):
        page.get_by_label("网站名称").fill("虚构书店")
    saved(page)
    page.reload()
    expect(page.get_by_label("网站名称")).to_have_value("虚构书店")
    expect(page.get_by_label("网站名称")).to_be_visible()  # where one was
    assert Request.objects.count() == 1
    shoot(page, "form-kept-1366-light")


def test_it_gives_added_blocks_one_number_however_often_it_saves(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    fill(page, **{"websites-0-name": "甲站"})
    page.get_by_role("button", name="再加一个网站").click()
    second = page.locator("[data-block=websites]").nth(1)
    expect(second.get_by_label("网站名称")).to_be_focused()
    page.keyboard.type("乙站")
    kept(page)
    numbers = [each["own_id"] for each in content()["websites"]]
    page.keyboard.type("，改")
    kept(page)
    assert [each["own_id"] for each in content()["websites"]] == numbers
    assert content()["websites"][1]["name"] == "乙站，改"


def test_it_checks_a_field_as_it_is_left_and_no_other(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(staff, NEW)
    go_to(page, "#g-subject-responsible")
    mobile = page.locator("[name='subject-responsible-mobile']")
    mobile.fill("1380000")
    expect(page.locator(".wrong-words")).to_have_count(0)
    page.keyboard.press("Tab")
    words = page.locator("#w-subject-responsible-mobile")
    expect(words).to_have_text("至少 11 个字符，现在 7 个")
    expect(mobile).to_have_attribute("aria-invalid", "true")
    assert "w-subject-responsible-mobile" in (mobile.get_attribute("aria-describedby") or "")
    expect(page.locator("#told")).to_have_text("主体负责人 · 手机号码：至少 11 个字符，现在 7 个")
    expect(page.locator("#tasks")).to_contain_text("1 处要改")
    # What is missing elsewhere is nobody's fault yet.
    expect(page.locator(".wrong-words")).to_have_count(1)
    shoot(page, "form-left-1366-light")
    mobile.fill("23800000000")  # right length, wrong by a rule: told although most of the form is empty
    page.keyboard.press("Tab")
    expect(words).to_contain_text("1011")
    mobile.fill("13800000000")
    page.keyboard.press("Tab")
    expect(words).to_have_count(0)
    expect(mobile).not_to_have_attribute("aria-invalid", "true")


def test_it_notices_a_colleagues_save_and_shows_both_sides(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    colleague = samples.a_person("linqiubai", "填报", first_name="林秋白")
    filing = factories.draft(staff)
    mine = open_page(staff, f"/requests/{filing.ref}/edit/")
    theirs = open_page(colleague, f"/requests/{filing.ref}/edit/")
    fill(theirs, **{"subject-investor": "同事填的投资人"})
    kept(theirs)
    fill(mine, **{"subject-investor": "我填的投资人"})
    mine.keyboard.press("Tab")
    expect(mine.locator("[data-kept]")).to_contain_text("没有保存：别人刚保存过这张草稿")
    assert content()["subject"]["investor"] == "同事填的投资人"
    fill(mine, **{"subject-address-detail": "我还在填"})
    with mine.expect_response(EVERY):
        mine.keyboard.press("Tab")
    mine.locator("[data-kept]").get_by_role("link", name="看差别，决定用哪个").click()
    alert = mine.get_by_role("alert")
    expect(alert).to_contain_text("同事填的投资人")
    expect(mine.locator("[name='subject-investor']")).to_have_value("我填的投资人")
    expect(mine.locator("[name='subject-address-detail']")).to_have_value("我还在填")
    shoot(mine, "form-stale-1366-light")
    with mine.expect_navigation():
        mine.get_by_role("button", name="用我填写的覆盖").click()
    assert content()["subject"]["investor"] == "我填的投资人"


def test_it_bears_an_expired_sign_in_and_goes_on_where_it_was(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(staff, NEW)
    fill(page, **{"subject-name": "登录过期前"})
    kept(page)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    fill(page, **{"subject-name": "登录过期后", "websites-0-domains": "a.cn\nb.cn"})
    page.keyboard.press("Tab")
    expect(page.locator("[data-kept]")).to_contain_text("登录已过期，还没有保存")
    shoot(page, "form-signed-out-1366-light")
    with page.context.expect_page() as opened:
        page.locator("[data-kept]").get_by_role("link", name="登录").click()
    beside = opened.value
    beside.get_by_label("用户名").fill("linzhixia")
    beside.get_by_label("密码").fill("linzhixia")
    beside.get_by_role("button", name="登录").click()
    expect(beside.get_by_role("heading", level=1)).to_have_text("已登录，请回到填报的页面")
    beside.close()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    saved(page)
    assert Request.objects.count() == 1
    assert content()["subject"]["name"] == "登录过期后"
    assert [each["name"] for each in content()["websites"][0]["domains"]] == ["a.cn", "b.cn"]


def test_it_puts_back_what_was_sent_after_the_session_ended(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.route(EVERY, lambda route: route.abort())
    fill(page, **{"subject-name": "登录过期时填的"})
    go_to(page, "#submit")
    with page.expect_navigation():
        page.get_by_role("button", name="提交审核").click()
    page.unroute(EVERY)
    page.get_by_label("用户名").fill("linzhixia")
    page.get_by_label("密码").fill("linzhixia")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url(f"**{NEW}**")
    expect(page.get_by_role("alert")).to_contain_text("登录过期前填写的内容已放回表单")
    expect(page.locator("[name='subject-name']")).to_have_value("登录过期时填的")
    kept(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    assert content()["subject"]["name"] == "登录过期时填的"


def test_it_bears_a_server_that_is_gone_and_tries_again(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(staff, NEW)
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.route(EVERY, lambda route: route.abort())
    fill(page, **{"subject-name": "断网时填的"})
    page.keyboard.press("Tab")
    expect(page.locator("[data-kept]")).to_contain_text("连不上服务器，还没有保存")
    shoot(page, "form-offline-1366-light")
    # Leaving is asked about; nothing stands in the browser's own storage.
    page.evaluate("document.querySelector('.brand').click()")
    page.wait_for_timeout(400)
    assert asked == ["beforeunload"]
    stored = page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "断网时填的" not in stored
    expect(page.locator("[name='subject-name']")).to_have_value("断网时填的")
    page.unroute(EVERY)
    saved(page)  # it tries again by itself
    assert content()["subject"]["name"] == "断网时填的"


def test_it_does_not_take_its_own_lost_answer_for_a_colleague(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route(EVERY, lose)
    fill(page, **{"subject-name": "回答丢了"})
    page.keyboard.press("Tab")
    expect(page.locator("[data-kept]")).to_contain_text("连不上服务器")
    page.unroute(EVERY)
    fill(page, **{"subject-name": "回答丢了，接着填"})
    kept(page)
    assert Request.objects.count() == 1
    assert content()["subject"]["name"] == "回答丢了，接着填"


def test_it_saves_what_was_typed_in_the_last_moment(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    fill(page, **{"subject-name": "最后一刻"})
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto("/requests/")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.get_by_text("最后一刻").first).to_be_visible()


def test_it_goes_on_after_a_correction_was_saved_by_somebody(open_page: Open, staff: User) -> None:
    filing = factories.draft(staff)
    page = open_page(staff, f"/requests/{filing.ref}/edit/")
    drafts.save_draft(filing, factories.stored_filing(name="命令行存的"), edits=0)
    hand_in(page)  # even what is submitted unchanged must not go over it
    expect(page.get_by_role("alert")).to_contain_text("别人刚保存过这张草稿")
    assert content()["subject"]["name"] == "命令行存的"


def test_it_tidies_forty_domains_when_the_field_is_left(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(staff, NEW)
    go_to(page, "#g-websites-0")
    area = page.locator("[name='websites-0-domains']")
    area.focus()
    pasted = "；".join(f"https://www.xugou-{number:02d}.com.cn/" for number in range(40)) + " xugou-00.com.cn"
    page.keyboard.insert_text(pasted)
    line = page.locator("#field-websites-0-domains .line-count")
    expect(line).to_contain_text("40 个域名，40 个去掉了 http://、www. 或路径，重复的 1 个已合并")
    expect(area).to_have_value(pasted)  # never under the caret
    page.keyboard.press("Tab")
    expect(area).to_have_value("\n".join(f"xugou-{number:02d}.com.cn" for number in range(40)))
    kept(page)
    assert len(content()["websites"][0]["domains"]) == 40
    shoot(page, "form-forty-1366-light")


def test_it_shows_everything_before_it_is_submitted(open_page: Open, staff: User) -> None:
    filing = factories.draft(staff)
    page = open_page(staff, f"/requests/{filing.ref}/edit/")
    go_to(page, "#submit")
    answers = page.locator("#answers")
    expect(answers).to_contain_text(factories.NAME)
    expect(answers).to_contain_text("203.0.113.10")
    answers.get_by_role("link", name="修改：网站 1").click()
    expect(page.get_by_label("网站名称")).to_be_visible()
    expect(page.locator("#tasks [aria-current=step]")).to_contain_text("网站 1")
    choose(page, "websites-0-service_contents", "wlyx")
    page.go_back()
    expect(page.locator("#answers")).to_contain_text("网络游戏")
