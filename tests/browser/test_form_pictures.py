"""The form as it looks while it is filled in: a part with faults, the same on a phone, all answers, errors everywhere."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.services.codes import load_builtin_codes
from tests.browser.conftest import NARROW, SCREENSHOTS, WIDE, Open, overflow
from tests.browser.typing import add_attachment, choose, fill, go_to, picture, type_subject, type_website
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/requests/new/"
PAPERS = ("zbdw", "ztfzr", "hyd", "wzfzr", "dmhy")
LONG = "新疆维吾尔自治区乌鲁木齐市高新技术产业开发区虚构示例信息科技文化传播与电子商务发展有限责任公司"


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


def take(page: Page, name: str) -> None:
    """A picture of the whole page with its bars where they belong: as on a screen that is high enough."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    size = page.viewport_size or {"width": WIDE[0], "height": WIDE[1]}
    page.evaluate("window.scrollTo(0, 0)")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    page.wait_for_timeout(300)
    page.screenshot(path=SCREENSHOTS / f"{name}.png")
    page.set_viewport_size(size)


@pytest.mark.soak
def test_it_looks_well_from_the_first_part_to_the_last(
    open_page: Open, staff: User, serious_faults: Callable[[Page], list[str]]
) -> None:
    page = open_page(staff, NEW)
    type_subject(page, "北京云间拾贝文化传播有限公司")
    fill(
        page,
        **{
            "websites-0-name": "拾贝读书",
            "websites-0-domains": "https://www.shibei-read.cn/\nshibei-audio.cn；shibei-read.cn\nshibei.exampel",
        },
    )
    page.keyboard.press("Tab")
    choose(page, "websites-0-service_contents", "wltp")
    fill(page, **{"websites-0-responsible-mobile": "1380000800"})
    page.keyboard.press("Tab")
    expect(page.locator("#w-websites-0-responsible-mobile")).to_be_visible()
    # Coming back to a part, its summary says what is to be mended in it.
    go_to(page, "#g-subject")
    go_to(page, "#g-websites-0")
    expect(page.locator("#faults li")).to_have_count(2)
    page.locator("input[id='f-websites-0-service_contents']").fill("wl")
    page.locator("[id='f-websites-0-service_contents-list'] li").first.wait_for()
    take(page, "form-1366")
    page.keyboard.press("Escape")
    assert serious_faults(page) == []
    page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    go_to(page, "#g-subject")
    go_to(page, "#g-websites-0")
    page.evaluate("window.scrollTo(0, 0)")
    page.wait_for_timeout(300)
    page.screenshot(path=SCREENSHOTS / "form-390.png")
    assert serious_faults(page) == []
    assert overflow(page) == 0
    page.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    type_website(page, domains="shibei-read.cn\nshibei-audio.cn")
    fill(page, **{"websites-0-home_url": "www.shibei-read.cn"})
    for purpose in PAPERS:
        add_attachment(page, purpose, picture(purpose))
    go_to(page, "#submit")
    expect(page.locator("#answers")).to_contain_text("shibei-audio.cn")
    expect(page.locator("#faults")).to_be_hidden()
    expect(page.locator("#tasks")).to_contain_text("可以提交了")
    take(page, "form-check-1366")
    assert serious_faults(page) == []


def wrong_everywhere(page: Page) -> None:
    """Something in nearly every field that cannot stay."""
    go_to(page, "#g-subject")
    choose(page, "subject-nature", "qy")
    faults = {
        "mobile": "1380000",
        "office_phone": "12345678",
        "email": "nobody@",
        "certificate_number": "110105194912310021",
    }
    website = {"name": LONG, "domains": "shibei\n-.cn", "home_url": "http://a b"}
    fill(
        page,
        **{
            "subject-name": LONG,
            "subject-certificate-number": "9111",
            **{f"subject-responsible-{name}": value for name, value in faults.items()},
            **{f"websites-0-{name}": value for name, value in website.items()},
            **{f"websites-0-responsible-{name}": value for name, value in faults.items()},
            "websites-0-accesses-0-ip_ranges": "203.0.113\n10.0.0.1",
        },
    )


@pytest.mark.soak
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["1366", "390"])
def test_it_looks_well_with_errors_in_every_field(
    open_page: Open, staff: User, serious_faults: Callable[[Page], list[str]], size: tuple[int, int]
) -> None:
    page = open_page(staff, NEW, size=size)
    wrong_everywhere(page)
    go_to(page, "#submit")
    expect(page.locator("#answers .sheet").first).to_be_visible()
    expect(page.locator("#faults")).to_contain_text("处要改")
    for link in page.locator("#tasks a").all():
        link.click()
        page.wait_for_timeout(200)
        name = (link.get_attribute("href") or "").removeprefix("#")
        assert overflow(page) == 0, name
        assert serious_faults(page) == [], name
        take(page, f"form-errors-{name}-{size[0]}")
    (SCREENSHOTS / f"form-errors-submit-{size[0]}.png").replace(SCREENSHOTS / f"form-errors-{size[0]}.png")
