"""A person enters a filing: by typing, by keyboard, with mistakes, with large photos, and with nothing lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import drafts
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.typing import (
    a_file,
    add_attachment,
    choose,
    fill,
    go_to,
    hand_in,
    kept,
    photo,
    picture,
    type_subject,
    type_website,
)
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "/requests/new/"


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


def content() -> dict[str, Any]:
    found: dict[str, Any] = current_revision(Request.objects.get()).content
    return found


def test_it_takes_a_whole_filing_by_typing_shows_mistakes_and_submits_when_they_are_mended(
    open_page: Open, staff: User, shoot: Callable[[Page, str], None]
) -> None:
    page = open_page(staff, NEW)
    type_subject(page, mobile="1380000")
    type_website(page, ip_ranges="203.0.113\n198.51.100.7")
    for purpose in ("zbdw", "ztfzr", "hyd", "dmhy"):
        add_attachment(page, purpose, picture(purpose))
    hand_in(page)
    summary = page.locator("#faults")
    expect(summary).to_contain_text("处要改")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("主体负责人 · 手机号码：至少 11 个字符，现在 7 个")
    expect(summary).to_contain_text("网站 1 · 接入 1 · IP 段：“203.0.113”不是 IPv4 地址")
    shoot(page, "form-errors-1366-light")
    assert Request.objects.get().state == S.DRAFT
    # The link of the summary leads into the field; what was typed stands there.
    summary.get_by_role("link", name="主体负责人 · 手机号码").click()
    field = page.locator("[id='f-subject-responsible-mobile']")
    expect(field).to_be_in_viewport()
    expect(field).to_have_value("1380000")
    ranges = page.locator("[name='websites-0-accesses-0-ip_ranges']")
    expect(ranges).to_have_value("203.0.113\n198.51.100.7")
    field.fill("13800000000")
    fill(
        page,
        **{
            "websites-0-responsible-mobile": "13800000000",
            "websites-0-accesses-0-ip_ranges": "198.51.100.7",
        },
    )
    hand_in(page)
    filing = Request.objects.get()
    assert page.url.endswith(f"/requests/{filing.ref}/")
    assert filing.state == S.IN_REVIEW
    found = content()
    assert [each["name"] for each in found["websites"][0]["domains"]] == ["shibei.com.cn", "shibei.cn"]
    assert found["subject"]["address"] == {
        "province": 110000,
        "city": 110100,
        "county": 110108,
        "detail": "虚构路1号3层",
    }
    assert found["websites"][0]["responsible"]["name"] == "虚构甲"
    owners = [(each["purpose"], each["owner"], each.get("owner_index")) for each in found["attachments"]]
    assert owners == [(2, "subject", None), (3, "subject", None), (1, "website", 0), (5, "website", 0)]


def test_it_finds_codes_by_initials_number_and_name_with_the_keyboard_alone(
    open_page: Open, staff: User, serious_faults: Callable[[Page], list[str]]
) -> None:
    page = open_page(staff, NEW)
    go_to(page, "[name='websites-0-service_contents']")
    field = page.get_by_role("combobox", name="服务内容")
    field.focus()
    for text in ("wlyx", "9", "支付"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    chips = page.locator("#field-websites-0-service_contents .chip")
    expect(chips).to_have_count(3)
    assert [each.split()[0] for each in chips.all_inner_texts()] == ["网络购物", "网上支付", "网络游戏"]
    page.keyboard.press("Backspace")
    expect(chips).to_have_count(2)
    go_to(page, "[name='subject-nature']")
    nature = page.get_by_role("combobox", name="单位性质")
    nature.focus()
    page.keyboard.press("ArrowDown")
    expect(nature).to_have_attribute("aria-expanded", "true")
    assert serious_faults(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(nature).to_have_value("政府机关")
    page.keyboard.type("没有这样的")
    expect(page.locator("#f-subject-nature-list")).to_contain_text("没有匹配的代码")
    page.keyboard.press("Escape")
    expect(nature).to_have_value("政府机关")


def test_it_asks_an_individual_only_what_concerns_a_person(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    label = page.locator("label[for='f-subject-name']")
    expect(label.get_by_text("主办单位名称")).to_be_visible()
    with page.expect_response("**/drafts/choices/**"):
        choose(page, "subject-nature", "个人")
    expect(label.get_by_text("主办单位名称")).to_be_hidden()
    expect(label.get_by_text("姓名")).to_be_visible()
    # The paper that nearly every individual shows is chosen; it stands first, too.
    paper = page.locator("#field-subject-certificate-type input[role=combobox]")
    expect(paper).to_have_value("居民身份证")
    fill(page, **{"subject-name": "虚构甲"})
    go_to(page, "#g-subject-responsible")
    person = page.locator("#g-subject-responsible")
    expect(person).to_contain_text("姓名不用再填")
    expect(person.get_by_label("办公室电话")).to_be_hidden()
    expect(person.get_by_label("姓名")).to_be_hidden()
    # The website asks for a name; it stands with the subject already.
    go_to(page, "#g-websites-0")
    page.get_by_role("button", name="同主体负责人").click()
    expect(page.locator("[name='websites-0-responsible-name']")).to_have_value("虚构甲")


def test_it_adds_removes_and_brings_back_blocks(open_page: Open, staff: User) -> None:
    page = open_page(staff, NEW)
    fill(page, **{"websites-0-name": "甲站"})
    page.get_by_role("button", name="再加一个网站").click()
    sites = page.locator("[data-block=websites]")
    expect(sites).to_have_count(2)
    expect(sites.nth(1).locator(".part-title").first).to_have_text("网站 2")
    expect(sites.nth(1).get_by_label("网站名称")).to_be_focused()
    page.keyboard.type("乙站")
    sites.nth(1).get_by_role("button", name="再加一个接入").click()
    expect(sites.nth(1).locator("[data-block=accesses]")).to_have_count(2)
    sites.nth(1).get_by_role("button", name="上移").click()
    expect(sites.nth(0).get_by_label("网站名称")).to_have_value("乙站")
    sites.nth(0).get_by_role("button", name="删去这个网站").click()
    expect(sites).to_have_count(1)
    expect(page.locator(".removed")).to_contain_text("已删去 网站 1（乙站）")
    page.get_by_role("button", name="撤销").click()
    expect(sites).to_have_count(2)
    page.locator("#tasks").get_by_role("link", name="甲站").click()
    sites.nth(1).get_by_role("button", name="删去这个网站").click()
    kept(page)
    assert [each["name"] for each in content()["websites"]] == ["乙站"]
    assert len(content()["websites"][0]["accesses"]) == 2


def long_draft(staff: User) -> Request:
    forty = [f"xugou-shili-{number:02d}.com.cn" for number in range(1, 41)]
    name = "新疆维吾尔自治区乌鲁木齐市高新技术产业开发区虚构示例信息科技文化传播与电子商务发展有限责任公司"
    sites = [
        factories.website("虚构示例信息科技文化传播综合服务平台", *forty),
        factories.website("二站", "er.cn"),
    ]
    return factories.draft(staff, factories.stored_filing(*sites, name=name))


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_has_no_serious_fault_however_the_form_is_filled(
    open_page: Open,
    staff: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    people = factories.people()
    returned = factories.request_in(S.RETURNED, people)
    drafts.start_correction(returned, actor=person(staff))
    empty = drafts.create_draft("new_filing", {}, actor=person(staff))
    pages = {
        "form-new": NEW,
        "form-long": f"/requests/{long_draft(staff).ref}/edit/",
        "form-gaps": f"/requests/{empty.ref}/edit/?check=1",
        "form-came-back": f"/requests/{returned.ref}/edit/",
    }
    found: dict[str, list[str]] = {}
    for name, path in pages.items():
        page = open_page(staff, path, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        faults = serious_faults(page)
        if wide := overflow(page):
            faults.append(f"{wide} px wider than the screen")
        if faults:
            found[name] = faults
        page.context.close()
    assert found == {}


def test_it_works_without_scripts(browser: Any, live_server: Any, staff: User, open_page: Open) -> None:
    signed_in = open_page(staff, NEW)
    context = browser.new_context(base_url=live_server.url, java_script_enabled=False)
    context.add_cookies(signed_in.context.cookies())
    page = context.new_page()
    page.goto(NEW)
    page.get_by_label("主办单位名称").fill("没有脚本的公司")
    page.get_by_label("单位性质").select_option(label="企业")
    page.locator("[name='subject-address-province']").select_option(label="北京市")
    page.get_by_role("button", name="更新市和县").click()
    page.locator("[name='subject-address-city']").select_option("110100")
    page.get_by_role("button", name="再加一个网站").click()
    page.locator("[name='websites-1-name']").fill("第二个站")
    page.get_by_role("button", name="加一份材料").click()
    page.locator("[name='attachments-0-purpose'][value='2']").check()
    page.locator("[name='attachments-0-content-file']").set_input_files(a_file(photo()))
    page.locator(".save-bar").get_by_role("button", name="保存草稿").click()
    saved = content()
    assert saved["subject"]["name"] == "没有脚本的公司"
    assert saved["subject"]["address"]["city"] == 110100
    assert [each.get("name") for each in saved["websites"]] == [None, "第二个站"]
    assert saved["attachments"][0]["owner"] == "subject"
    expect(page.locator("[data-block=attachments]")).to_contain_text("已缩到")
    context.close()
