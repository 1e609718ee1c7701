"""A repeat customer is taken over; a region is found by its path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.models import Lookup, Request
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from filing.services.revisions import current_revision
from tests import factories
from tests.browser.conftest import SCREENSHOTS, Open
from tests.browser.typing import fill, kept
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/requests/new/"


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


def look(page: Page, name: str) -> None:
    """A picture of what stands on the screen now, as its reader sees it."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")


def content() -> dict[str, Any]:
    found: dict[str, Any] = current_revision(Request.objects.get()).content
    return found


# --- who was here before ------------------------------------------------------------------------------


def test_it_takes_over_a_repeat_customer_and_takes_it_back(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    earlier = factories.draft(staff, factories.stored_filing(investor="虚构投资人"))
    page = open_page(staff, NEW)
    fill(page, **{"subject-investor": "我自己填的"})
    page.locator("[name='subject-name']").fill(factories.NAME)
    page.keyboard.press("Tab")
    known = page.locator("[data-known]")
    expect(known).to_contain_text("这个主办者填报过")
    expect(known).to_contain_text(earlier.ref)
    expect(known).to_contain_text("911101**********00X4"[:6])
    expect(known).not_to_contain_text(factories.CREDIT_CODE)
    assert serious_faults(page) == []
    look(page, "known-1366")
    known.get_by_role("button", name="用已有资料填入").click()
    expect(page.locator(".known-done")).to_contain_text("已填入")
    values = {
        "subject-certificate-number": factories.CREDIT_CODE,
        "subject-nature": "4",
        "subject-address-province": "110000",
        "subject-address-county": "110108",
        "subject-responsible-certificate_number": factories.SUBJECT_CARD,
        "subject-responsible-mobile": "13800000000",
        "subject-investor": "我自己填的",
    }
    for name, value in values.items():
        expect(page.locator(f"[name='{name}']")).to_have_value(value)
    expect(page.locator("#f-region-find")).to_have_value("北京市 / 市辖区 / 海淀区")
    assert list(Lookup.objects.order_by("pk").values_list("kind", flat=True)) == ["shown", "taken"]
    page.get_by_role("button", name="撤销").click()
    expect(page.locator("[name='subject-certificate-number']")).to_have_value("")
    expect(page.locator("[name='subject-address-province']")).to_have_value("")
    expect(page.locator("[name='subject-investor']")).to_have_value("我自己填的")
    known.get_by_role("button", name="不用").click()
    expect(known).to_have_count(0)


def test_it_leads_an_owner_who_is_filed_to_a_new_website_or_a_change(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    filed = record_filed(
        factories.filed_subject(
            factories.filed_website(number="京ICP备2026000001号-1"), number="京ICP备2026000001号"
        ),
        isp_id=factories.ISP_ID,
        proof={},
    )
    assert filed is not None
    page = open_page(staff, NEW)
    page.locator("[name='subject-name']").fill(factories.NAME)
    page.keyboard.press("Tab")
    known = page.locator("[data-known]")
    expect(known).to_contain_text("这个主办者已经备案")
    expect(known).to_contain_text("请做“新增网站”")
    look(page, "known-filed-1366")
    known.get_by_role("link", name="去新增网站或变更").click()
    page.wait_for_url("**/filed/*/")


def test_it_warns_of_a_domain_that_is_filed_under_somebody_else(open_page: Open, staff: User) -> None:
    record_filed(
        factories.filed_subject(
            factories.filed_website(number="京ICP备2026000001号-1"), number="京ICP备2026000001号"
        ),
        isp_id=factories.ISP_ID,
        proof={},
    )
    page = open_page(staff, NEW)
    fill(page, **{"subject-name": "另一家虚构公司"})
    fill(page, **{"websites-0-domains": "https://www.example.cn/\nb.cn"})
    page.keyboard.press("Tab")
    expect(page.locator(".known-foreign")).to_contain_text(f"example.cn 已由“{factories.NAME}”备案")


# --- regions ------------------------------------------------------------------------------------------


def test_it_finds_a_region_by_its_path_with_the_keyboard_alone(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
) -> None:
    page = open_page(staff, NEW)
    field = page.get_by_role("combobox", name="省、市、县")
    field.focus()
    page.keyboard.type("hd")
    options = page.locator("#f-region-find-list [role=option]")
    expect(options.first).to_contain_text("北京市 / 市辖区 / 海淀区")
    expect(field).to_have_attribute("aria-activedescendant", "f-region-find-list-0")
    assert serious_faults(page) == []
    look(page, "region-find-1366")
    page.keyboard.press("End")
    expect(options.last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    for level, code in (("province", "110000"), ("city", "110100"), ("county", "110108")):
        expect(page.locator(f"[name='subject-address-{level}']")).to_have_value(code)
    field = page.get_by_role("combobox", name="省、市、县")
    expect(field).to_have_value("北京市 / 市辖区 / 海淀区")
    expect(field).to_be_focused()
    page.keyboard.type("没有这样的")
    expect(page.locator("#f-region-find-list")).to_contain_text("没有这个地区")
    page.keyboard.press("Escape")
    expect(field).to_have_value("北京市 / 市辖区 / 海淀区")
    kept(page)
    assert content()["subject"]["address"] == {"province": 110000, "city": 110100, "county": 110108}


def test_it_still_lets_levels_be_chosen_one_by_one(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    page.get_by_text("分级选择").click()
    with page.expect_response("**/drafts/choices/**"):
        page.locator("input[id='f-subject-address-province']").fill("gd")
        page.keyboard.press("Enter")
    city = page.locator("#regions:not(.htmx-settling) input[id='f-subject-address-city'][role=combobox]")
    expect(city).to_be_visible()
    with page.expect_response("**/drafts/choices/**"):
        city.fill("dg")
        page.keyboard.press("Enter")
    expect(page.locator("#f-region-find")).to_have_value("广东省 / 东莞市")
    expect(page.locator("#regions")).to_contain_text("县")
