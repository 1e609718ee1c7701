"""What came back, as staff mend it; and what the bureau sees, as they look at it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import drafts
from reporting.demo.papers import credit_code
from tests import factories
from tests.browser import scene
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.scene import Scene
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def made(attachment_root: Path) -> Scene:
    return scene.build()


def under_way(made: Scene) -> Request:
    content = samples.a_filing("已经开始改正的公司", factories.website("站", "gaizheng.cn"))
    content["subject"]["certificate"]["number"] = credit_code(110108, 7999)
    request = samples.bring_to(
        factories.draft(made.staff, content), S.REJECTED, staff=made.staff, reviewer=made.reviewer
    )
    drafts.start_correction(request, actor=person(made.staff))
    return request


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_well(
    open_page: Open,
    made: Scene,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    under_way(made)
    for name, address in {
        "returned": "/returned/",
        "bureau-view": f"/requests/{made.waiting.ref}/xml/",
        "bureau-preview": f"/requests/{made.in_review.ref}/xml/",
    }.items():
        page = open_page(made.staff, address, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        assert serious_faults(page) == [], name
        assert overflow(page) == 0, name
        page.context.close()


def test_it_opens_a_correction_from_the_queue_by_keyboard(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, "/returned/?tab=returned")
    expect(page.get_by_role("article")).to_have_count(1)
    case = page.get_by_role("article").filter(has_text="稻荷里")
    expect(case.locator(".words")).to_contain_text("域名冲突，该域名在备案信息库中已存在：daoheli.cn")
    expect(case).to_contain_text("网站 1 · 域名 1")
    page.keyboard.press("j")
    expect(page.get_by_role("button", name="改正：北京稻荷里餐饮管理有限公司")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/**")
    made.returned.refresh_from_db()
    assert (made.returned.state, made.returned.revision_number) == (S.DRAFT, 2)
    page.goto("/returned/")
    apart = page.get_by_role("region", name="正在改正")
    expect(apart).to_contain_text("北京稻荷里餐饮管理有限公司")
    apart.get_by_role("link", name="接着改：北京稻荷里餐饮管理有限公司").click()
    page.wait_for_url("**/edit/**")


def test_it_shows_what_the_bureau_sees_and_the_xml_one_click_away(open_page: Open, made: Scene) -> None:
    page = open_page(made.staff, f"/requests/{made.waiting.ref}/?tab=xml")
    seen = page.locator("#seen")
    seen.get_by_text("原字节还原").wait_for()
    expect(seen).to_contain_text("SHA-256")
    picture = seen.locator("img").first
    picture.scroll_into_view_if_needed()
    expect(picture).to_have_js_property("naturalWidth", 800)
    page.evaluate("window.kept = true")
    page.locator("#seen-raw").click()
    expect(page.get_by_label("报文")).to_contain_text("<Dwmc>")
    expect(page.locator("#seen-raw")).to_be_focused()
    page.locator("#seen-raw").click()
    expect(page.locator("#seen .group-title").first).to_be_visible()
    card = factories.SUBJECT_CARD
    assert card not in seen.inner_text()
    page.locator("#seen-reveal").click()
    expect(page.locator("#seen")).to_contain_text(card)
    assert page.evaluate("window.kept")


def test_it_marks_the_preview_of_what_was_not_sent(open_page: Open, made: Scene) -> None:
    page = open_page(made.reviewer, f"/requests/{made.in_review.ref}/?tab=xml")
    page.get_by_text("预览，尚未上报").wait_for()
    assert page.locator("#seen .group-title").count() >= 5
