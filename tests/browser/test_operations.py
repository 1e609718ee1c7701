"""A person starts from what is filed: changes a name, adds an access with its password, cancels a subject."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.actors import person
from filing.choices import Operation, RequestState
from filing.models import Access, AddressRange, Domain, Request, Subject, Website
from filing.services.codes import load_builtin_codes
from filing.services.starting import begin
from tests import factories
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.typing import choose, fill, go_to, hand_in, kept
from tests.filing import samples
from tests.filing.filings import NUMBER, access_of, connected_elsewhere, filed, site_of

pytestmark = pytest.mark.django_db(transaction=True)
S = RequestState

Shoot = Callable[[Page, str], None]
Faults = Callable[[Page], list[str]]


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


@pytest.fixture
def subject(staff: User) -> Subject:
    return filed()


def only() -> Request:
    return Request.objects.get()


def test_it_walks_from_a_filed_subject_to_a_change_that_shows_what_differs(
    open_page: Open, staff: User, subject: Subject, shoot: Shoot
) -> None:
    page = open_page(staff, "/filed/")
    page.locator("#filter-text").fill("example.com")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=factories.NAME).click()
    shoot(page, "filed-detail-1366-light")
    page.get_by_role("button", name="变更备案").click()
    expect(page.locator("[data-change-count]")).to_have_text("还没有改动")
    fill(page, **{"websites-0-name": "虚构新名站"})
    filed_name = page.locator("[data-filed='websites-0-name']")
    expect(filed_name).to_contain_text("虚构示例站")
    fill(page, **{"websites-0-name": "虚构示例站"})
    expect(filed_name).to_be_hidden()
    fill(page, **{"websites-0-name": "虚构新名站"})
    expect(page.locator("[data-change-count]")).to_have_text("改了 1 项")
    kept(page)
    page.reload()
    go_to(page, "#g-websites-0")
    expect(filed_name).to_be_visible()
    shoot(page, "change-website-1366-light")
    go_to(page, "#submit")
    changes = page.locator(".changes")
    expect(changes).to_contain_text("改了 1 处")
    expect(changes.locator("del")).to_have_text("虚构示例站")
    expect(changes.locator("ins")).to_have_text("虚构新名站")
    shoot(page, "change-answers-1366-light")
    hand_in(page)
    assert only().state == S.IN_REVIEW
    page.goto(f"/filed/{subject.pk}/")
    expect(page.get_by_role("link", name="变更备案：待审核")).to_be_visible()
    assert page.get_by_role("button", name="变更备案").count() == 0


def test_it_adds_an_access_by_the_websites_number_with_the_owners_password(
    open_page: Open, staff: User, subject: Subject, shoot: Shoot
) -> None:
    connected_elsewhere(subject)
    page = open_page(staff, "/requests/")
    page.get_by_role("link", name="其他业务").click()
    page.get_by_role("link", name="新增接入").click()
    number = page.get_by_label("网站备案号")
    number.press_sequentially(NUMBER)
    expect(page.locator("#found")).to_contain_text("这是主体备案号")
    shoot(page, "operation-start-1366-light")
    number.press_sequentially("-1")
    expect(page.locator("#found")).to_contain_text("找到了")
    page.keyboard.press("Enter")
    password = page.get_by_role("textbox", name="ICP 备案密码")
    assert password.get_attribute("type") == "password"
    password.fill("Invented-1")
    kept(page)
    page.reload()
    go_to(page, "#part-own")
    expect(password).to_have_value("")
    expect(page.get_by_text("已保存，不再显示")).to_be_visible()
    page.get_by_role("button", name="向管局核对密码").click()
    expect(page.locator(".password-said .state")).to_be_visible()
    assert "Invented-1" not in page.content()
    shoot(page, "password-check-1366-light")
    go_to(page, "#g-access")
    page.get_by_label("主机托管").check()
    choose(page, "access-server_locations", "bj")
    fill(page, **{"access-ip_ranges": "203.0.113.80/30"})
    shoot(page, "new-access-1366-light")
    hand_in(page)
    made = only()
    assert (made.operation, made.state, made.icp_password) == ("new_access", S.IN_REVIEW, "Invented-1")


def test_it_cancels_a_subject_only_when_its_name_is_typed(
    open_page: Open, staff: User, subject: Subject, shoot: Shoot
) -> None:
    page = open_page(staff, f"/filed/{subject.pk}/")
    page.get_by_role("button", name="注销主体").click()
    fill(page, reason="1")
    fill(page, icp_password="Invented-1")
    hand_in(page)
    expect(page.get_by_text("先在下面输入主体名称")).to_be_visible()
    assert only().state == S.DRAFT
    shoot(page, "cancel-subject-1366-light")
    page.get_by_label("输入主体名称确认注销").fill(factories.NAME)
    hand_in(page)
    assert only().state == S.IN_REVIEW


def test_it_begins_each_operation_by_keyboard_alone(open_page: Open, staff: User, subject: Subject) -> None:
    connected_elsewhere(subject)
    page = open_page(staff, f"/filed/{subject.pk}/")
    page.get_by_role("button", name="新增接入").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/edit/**")
    page.keyboard.type("Invented-1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#g-access")).to_be_visible()


# --- looks ----------------------------------------------------------------------------------------


def crowd(subject: Subject) -> None:
    """A long name, forty domains, many ranges, a website that is gone, another provider's access."""
    long_name = "中国（虚构）自由贸易试验区临港新片区海上风电装备制造与运维技术研究院有限责任公司北京分公司"
    Subject.objects.filter(pk=subject.pk).update(name=long_name, certificate_address=long_name * 2)
    site, access = site_of(subject), access_of(subject)
    for number in range(40):
        name = f"subsidiary-of-wind-{number:02d}.cn"
        Domain.objects.create(website=site, isp_id=subject.isp_id, bureau_id=3100 + number, name=name)
        start = 3405804000 + 4 * number
        AddressRange.objects.create(
            access=access, isp_id=subject.isp_id, bureau_id=5100 + number, start=start, end=start + 1
        )
    Website.objects.create(
        subject=subject,
        isp_id=subject.isp_id,
        bureau_id=2900,
        name=long_name,
        state="cancelled",
        number=f"{NUMBER}-9",
    )
    other = Website.objects.create(
        subject=subject, isp_id=subject.isp_id, bureau_id=2901, name="虚构别处接入的站", number=f"{NUMBER}-2"
    )
    other.accesses.create(
        isp_id=subject.isp_id, bureau_id=4901, provider_id=factories.OTHER_ISP_ID, methods=[3]
    )


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_looks_well_on_every_screen(
    open_page: Open,
    staff: User,
    subject: Subject,
    shoot: Shoot,
    serious_faults: Faults,
    size: tuple[int, int],
    scheme: str,
) -> None:
    crowd(subject)
    subject.refresh_from_db()
    actor = person(staff)
    drafts = {
        "change": begin(Operation.CHANGE, subject, actor=actor),
        "new-access": begin(Operation.NEW_ACCESS, subject.websites.get(bureau_id=2901), actor=actor),
        "cancel-subject": begin(Operation.CANCEL_SUBJECT, subject, actor=actor),
        "cancel-access": begin(Operation.CANCEL_ACCESS, Access.objects.get(bureau_id=4001), actor=actor),
        "materials": begin(Operation.SUBMIT_MATERIALS, subject, actor=actor),
    }
    places = {
        "filed-list": "/filed/",
        "filed-nothing": "/filed/?q=没有这样的",
        "filed-subject": f"/filed/{subject.pk}/",
        "operations": "/operations/",
        "operation-number": f"/operations/new_access/?number={NUMBER}",
    } | {name: f"/requests/{made.ref}/edit/?check=1" for name, made in drafts.items()}
    page = open_page(staff, "/filed/", size=size, scheme=scheme)
    for name, address in places.items():
        page.goto(address)
        page.wait_for_load_state("networkidle")
        shoot(page, f"operations-{name}-{size[0]}-{scheme}")
        assert overflow(page) == 0, name
        assert serious_faults(page) == [], name
