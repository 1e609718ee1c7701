"""The verification of a request in a browser: a form printed and signed, a visit recorded, what a reviewer sees of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.models import Request
from filing.services import drafts, review
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.browser.conftest import NARROW, SCREENSHOTS, WIDE, Open, overflow
from tests.browser.typing import picture
from tests.filing import samples
from tests.verification.proofs import marks, visit
from verification.models import KeptMaterial, Verification
from verification.services import proving

pytestmark = pytest.mark.django_db(transaction=True)
CODE = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("heqinghe", "审核", first_name="何青禾")


def a_draft(staff: User, name: str = "北京砚屿数据服务有限公司") -> Request:
    sites = [
        factories.website("砚屿数据平台", "yanyu-data.cn", "yanyu-data.com"),
        factories.website("砚屿开放社区", "yanyu-open.cn"),
    ]
    return factories.draft(staff, factories.stored_filing(*sites, name=name))


def address(request: Request, step: str = "") -> str:
    return f"/requests/{request.ref}/verification/{step}"


def upload(page: Page, label: str, name: str) -> None:
    page.get_by_label(label).set_input_files(
        {"name": f"{name}.jpg", "mimeType": "image/jpeg", "buffer": picture(name)}
    )


def test_it_leads_from_the_printed_form_to_a_verified_request(
    open_page: Open, staff: User, reviewer: User
) -> None:
    request = a_draft(staff)
    paper = open_page(staff, address(request, "form/"))
    expect(paper.get_by_role("heading", name="网站备案信息真实性核验单")).to_have_count(2)
    code = CODE.findall(paper.content())[0]

    desk = open_page(staff, address(request))
    expect(desk.get_by_text("要核验 6 项，缺 6 项")).to_be_visible()
    desk.get_by_label("核验地点").fill("北京核验点 2 号台")
    desk.get_by_label("看过主办者证件原件，号码与填报一致").check()
    desk.get_by_role("button", name="一致，记下", exact=True).click()
    expect(desk.get_by_role("alert")).to_contain_text("幕布前的照片")
    expect(desk.get_by_label("核验地点")).to_have_value("北京核验点 2 号台")
    upload(desk, "现场照片", "visit")
    desk.get_by_role("button", name="一致，记下", exact=True).click()
    expect(desk.get_by_text("要核验的都做了")).to_be_visible()

    desk.get_by_text("存入一份材料").click()
    desk.get_by_label("在哪里").fill("北京核验点 2 号台")
    desk.get_by_label("核验单编码").fill(code.lower())
    upload(desk, "扫描件或照片", "form")
    desk.get_by_role("button", name="存入", exact=True).click()
    expect(desk.get_by_text("编码相符")).to_be_visible()
    assert {each.purpose for each in KeptMaterial.objects.all()} == {1, 5}
    assert Verification.objects.get().ticks == ["看过主办者证件原件，号码与填报一致"]

    review.submit_for_review(request, user=staff)
    other = open_page(reviewer, f"/requests/{request.ref}/review/")
    expect(other.get_by_text("要核验的都做了")).to_be_visible()
    expect(other.get_by_text("主体，当面核验：已核验（林知夏")).to_be_visible()


def test_it_shows_ticks_of_the_chosen_way_and_works_by_keyboard(open_page: Open, staff: User) -> None:
    desk = open_page(staff, address(a_draft(staff)))
    expect(desk.get_by_label("现场照片")).to_be_visible()
    desk.get_by_label("当面核验", exact=True).focus()
    desk.keyboard.press("ArrowDown")
    expect(desk.get_by_label("其他方式核实", exact=True)).to_be_checked()
    expect(desk.get_by_label("现场照片")).to_be_hidden()
    expect(desk.get_by_label("邮件收到回复")).to_be_visible()


def test_it_lets_a_reviewer_overrule_before_all_eyes(open_page: Open, staff: User, reviewer: User) -> None:
    request = a_draft(staff)
    desk = open_page(reviewer, address(request))
    sheet = desk.locator("section", has=desk.get_by_role("heading", name="免去核验"))
    for box in sheet.get_by_role("checkbox").all():
        box.check()
    sheet.get_by_label("为什么可以不核验").fill("上月刚当面核验过同一人")
    sheet.get_by_role("button", name="免去").click()
    expect(desk.get_by_text("要核验的都做了")).to_be_visible()
    page = open_page(staff, f"/requests/{request.ref}/")
    expect(page.get_by_text("免去当面核验：上月刚当面核验过同一人")).to_be_visible()


def test_it_prints_each_website_on_one_sheet_of_a4(open_page: Open, staff: User, browser: object) -> None:
    request = a_draft(staff)
    content = current_revision(request).content
    content["websites"][0]["domains"] = [{"name": f"subsidiary-of-yanyu-{n:02d}.cn"} for n in range(12)]
    drafts.save_draft(request, content)
    paper = open_page(staff, address(request, "form/"))
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    data = paper.pdf(path=SCREENSHOTS / "verification-form.pdf", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", data)) == 2
    paper.emulate_media(media="print")
    expect(paper.get_by_role("button", name="打印")).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.soak)])
def test_it_looks_right_wide_and_narrow(
    open_page: Open,
    staff: User,
    serious_faults: Callable[[Page], list[str]],
    shoot: Callable[[Page, str], None],
    scheme: str,
) -> None:
    request = a_draft(staff)
    found = [each for each in marks(request) if "website" not in each]
    visit(request, staff, marks=found)
    page = open_page(staff, address(request), scheme=scheme)
    page.get_by_text("存入一份材料").click()
    for size in (WIDE, NARROW):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        assert serious_faults(page) == []
        assert overflow(page) == 0
        shoot(page, f"verification-{size[0]}-{scheme}")
    assert len(proving.missing(request, current_revision(request).content)) == 4
    paper = open_page(staff, address(request, "form/"), scheme=scheme)
    assert serious_faults(paper) == []
    shoot(paper, f"verification-form-{scheme}")
