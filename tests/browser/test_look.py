"""Every page of looking: no serious fault for axe, no sideways scrolling, and a picture of each to look at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page

from tests.browser import scene
from tests.browser.conftest import NARROW, Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.scene import Scene
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(attachment_root: Path) -> Scene:
    return scene.build()


def pages(made: Scene) -> dict[str, tuple[User | None, str]]:
    """Name, person and address of each page."""
    staff = made.staff
    return {
        "login": (None, "/login/"),
        "home": (staff, "/"),
        "home-reviewer": (made.reviewer, "/"),
        "list": (staff, "/requests/"),
        "list-all": (staff, "/requests/?tab=all&sort=oldest"),
        "list-refused": (staff, "/requests/?tab=refused"),
        "list-nothing": (staff, "/requests/?q=没有这样的"),
        "detail-returned": (staff, f"/requests/{made.returned.ref}/"),
        "detail-waiting": (staff, f"/requests/{made.waiting.ref}/"),
        "detail-approved": (staff, f"/requests/{made.approved.ref}/"),
        "detail-uncertain": (staff, f"/requests/{made.uncertain.ref}/"),
        "detail-review-returned": (staff, f"/requests/{made.returned_by_reviewer.ref}/"),
        "detail-in-review": (made.reviewer, f"/requests/{made.in_review.ref}/"),
        "detail-versions": (staff, f"/requests/{made.corrected.ref}/?tab=versions"),
        "detail-materials": (staff, f"/requests/{made.waiting.ref}/?tab=materials"),
        "detail-xml": (staff, f"/requests/{made.waiting.ref}/?tab=xml"),
        "password": (staff, "/password/"),
        "error-403": (made.stranger, "/requests/"),
        "error-404": (staff, "/requests/nothing-of-this-name/"),
    }


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_has_no_serious_fault_on_any_page(
    open_page: Open,
    made: Scene,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    found: dict[str, list[str]] = {}
    for name, (user, path) in pages(made).items():
        page = open_page(user, path, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        faults = serious_faults(page)
        if wide := overflow(page):
            faults.append(f"{wide} px wider than the screen")
        if faults:
            found[name] = faults
        page.context.close()
    assert found == {}


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_begins_well_on_an_empty_desk(
    open_page: Open,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    staff = samples.a_person("linzhixia", "填报", first_name="林知夏")
    for name, path in (("home-empty", "/"), ("list-empty", "/requests/")):
        page = open_page(staff, path, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        assert serious_faults(page) == []
        assert overflow(page) == 0
        assert page.get_by_role("link", name="新建报备单").count() >= 1


def test_it_says_what_is_wrong_with_a_sign_in_and_puts_the_cursor_there(
    open_page: Open, shoot: Callable[[Page, str], None]
) -> None:
    samples.a_person("linzhixia", "填报")
    page = open_page(None, "/login/?next=/requests/")
    page.get_by_label("用户名").fill("linzhixia")
    page.get_by_label("密码").fill("wrong")
    page.get_by_role("button", name="登录").click()
    summary = page.get_by_role("alert")
    assert "用户名或密码不对" in summary.inner_text()
    assert summary.evaluate("element => element === document.activeElement")
    assert page.get_by_label("用户名").input_value() == "linzhixia"
    shoot(page, "login-wrong-1366-light")
    page.get_by_label("密码").fill("linzhixia")
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/requests/")


def test_it_goes_through_a_list_by_keyboard(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/requests/?tab=all")
    rows = page.locator("tbody tr")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("j")
    second = rows.nth(1).locator("a")
    assert second.evaluate("element => element === document.activeElement")
    page.keyboard.press("/")
    assert page.locator("#find").evaluate("element => element === document.activeElement")
    page.keyboard.type("jk")
    assert page.locator("#find").input_value() == "jk"
    second.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/requests/*/")


def test_it_applies_a_filter_as_it_is_chosen(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/requests/")
    page.get_by_label("排序").select_option("oldest")
    page.wait_for_url("**sort=oldest**")
    page.get_by_label("只看我填报的").check()
    page.wait_for_url("**mine=1**")
    assert "sort=oldest" in page.url


def test_it_changes_tabs_without_loading_the_page_again_and_comes_back(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, f"/requests/{made.corrected.ref}/")
    page.evaluate("window.kept = true")
    page.get_by_role("link", name="版本 2").click()
    page.get_by_text("与第 1 版不同").wait_for()
    assert page.evaluate("window.kept")
    assert page.url.endswith("?tab=versions")
    assert page.locator("#tab-versions").evaluate("element => element === document.activeElement")
    page.get_by_role("link", name="显示全部", exact=True).click()
    page.get_by_text("13800110000").wait_for()
    page.go_back()
    page.get_by_text("主办单位名称").first.wait_for()


def test_it_keeps_what_is_hidden_hidden_until_asked(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, f"/requests/{made.returned.ref}/")
    assert "110105********002X" in page.locator("#record").inner_text()
    page.get_by_role("link", name="显示全部", exact=True).click()
    page.get_by_text("11010519491231002X").first.wait_for()
    assert "reveal" not in page.url


def test_it_shows_the_clock_of_each_waiting_row(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/requests/?tab=bureau")
    clocks = page.locator(".fresh-slot .fresh")
    clocks.first.wait_for()
    assert clocks.count() == 2


def test_it_works_without_scripts(browser: object, open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, f"/requests/{made.corrected.ref}/?tab=versions")
    context = page.context.browser.new_context(  # type: ignore[union-attr]
        java_script_enabled=False, base_url=page.url, storage_state=page.context.storage_state()
    )
    plain = context.new_page()
    plain.goto(f"/requests/{made.corrected.ref}/")
    plain.locator("#tab-versions").click()
    assert "与第 1 版不同" in plain.locator("#record").inner_text()
    plain.get_by_role("link", name="显示全部", exact=True).click()
    assert "13800110000" in plain.locator("#record").inner_text()
    context.close()


def test_it_says_so_and_keeps_the_page_when_the_session_ends(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, f"/requests/{made.corrected.ref}/")
    page.context.clear_cookies()
    page.locator("#tab-versions").click()
    toast = page.locator("#toasts .notice")
    toast.wait_for()
    assert "登录已过期" in toast.inner_text()
    assert page.get_by_text("主办单位名称").first.is_visible()


def test_it_withdraws_with_a_reason_after_a_second_look(
    open_page: Open, made: Scene, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(made.staff, f"/requests/{made.returned.ref}/")
    assert not page.get_by_role("button", name="确定撤回").is_visible()
    page.locator("summary", has_text="撤回").click()
    shoot(page, "detail-withdraw-1366-light")
    page.get_by_label("撤回的原因").fill("主办者不办了")
    page.get_by_role("button", name="确定撤回").click()
    page.get_by_text("已撤回。").wait_for()
    shoot(page, "detail-withdrawn-1366-light")
    assert "“主办者不办了”" in page.locator(".timeline").inner_text()


def test_it_begins_a_correction_from_the_notice(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, f"/requests/{made.returned.ref}/")
    page.get_by_role("button", name="开始改正").click()
    page.wait_for_url("**/edit/**")
    made.returned.refresh_from_db()
    assert (made.returned.state, made.returned.revision_number) == ("draft", 2)


def test_it_shows_the_keys_and_signs_out_from_the_menu(
    open_page: Open, made: Scene, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(made.staff, "/")
    page.keyboard.press("?")
    page.get_by_role("heading", name="按键").wait_for()
    shoot(page, "keys-1366-light")
    page.keyboard.press("Escape")
    page.locator("header .menu:not(.bell) summary").click()
    shoot(page, "menu-1366-light")
    page.get_by_role("button", name="退出登录").click()
    page.wait_for_url("**/login/")


def test_it_shows_the_chosen_tab_on_a_phone(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/requests/?tab=all", size=NARROW)
    chosen = page.locator(".nav-link.active").bounding_box()
    assert chosen is not None
    assert chosen["x"] + chosen["width"] <= NARROW[0]


def test_it_looks_after_people_without_breaking_the_content_policy(
    open_page: Open, shoot: Callable[[Page, str], None]
) -> None:
    root = User.objects.create_superuser("root", first_name="管理员")
    samples.a_person("linzhixia", "填报", first_name="林知夏")
    page = open_page(root, "/people/auth/user/")
    shoot(page, "people-1366-light")
    page.get_by_role("link", name="linzhixia").click()
    page.get_by_role("heading", name="角色", exact=True).wait_for()
    shoot(page, "people-one-1366-light")
