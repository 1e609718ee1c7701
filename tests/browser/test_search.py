"""Search and lists by keyboard, their filters in the address, their looks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from filing.services.filed import record_filed
from tests import factories
from tests.browser import scene
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.scene import Scene
from tests.reporting.material import ISP_ID

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(attachment_root: Path) -> Scene:
    found = scene.build()
    record_filed(factories.filed_subject(name="北京云间拾贝文化传播有限公司"), isp_id=ISP_ID, proof={})
    return found


def query(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def test_it_searches_moves_and_opens_by_keyboard(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/filed/")
    page.keyboard.press("/")
    page.keyboard.type("云间")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search/?q=*")
    expect(page.locator("mark").first).to_have_text("云间")
    page.keyboard.press("j")
    expect(page.locator("[data-row]").first).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/filed/*/")
    expect(page.get_by_role("heading", level=1)).to_contain_text("云间拾贝")


def test_it_takes_in_what_other_packages_found(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/search/?q=1")
    expect(page.get_by_role("region", name="数据文件")).to_contain_text("第 1 号")


def test_it_keeps_filters_in_the_address_and_takes_them_away(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/requests/?tab=all")
    page.get_by_label("业务").select_option(label="新增备案")
    page.wait_for_url("**operation=new_filing*")
    page.get_by_label("只看我填报的").check()
    page.wait_for_url("**mine=1*")
    page.get_by_text("更多条件").click()
    page.get_by_label("只看停滞的").check()
    page.wait_for_url("**stalled=1*")
    expect(page.get_by_text("这里没有报备单")).to_be_visible()
    page.get_by_label("去掉条件：停滞的").click()
    page.wait_for_load_state("networkidle")
    assert query(page) == {"tab": ["all"], "mine": ["1"], "operation": ["new_filing"]}
    page.get_by_role("navigation", name="按状态").get_by_role("link", name="已通过").click()
    page.wait_for_load_state("networkidle")
    assert query(page) == {"tab": ["approved"], "mine": ["1"], "operation": ["new_filing"]}


def test_it_exports_the_list_as_shown(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/requests/?tab=approved")
    with page.expect_download() as download:
        page.get_by_role("link", name="导出表格").click()
    assert download.value.suggested_filename.startswith("报备单-")


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_has_no_serious_fault(
    open_page: Open,
    made: Scene,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    looked_at = {
        "found": "/search/?q=北京",
        "nothing": "/search/?q=没有这样的",
        "empty": "/search/",
        "filed": "/filed/?q=yjsb",
    }
    for name, address in looked_at.items():
        page = open_page(made.staff, address, size=size, scheme=scheme)
        if name == "filed":
            page.get_by_text("更多条件").click()
        assert serious_faults(page) == [], name
        assert overflow(page) == 0, name
        shoot(page, f"search-{name}-{size[0]}-{scheme}")
