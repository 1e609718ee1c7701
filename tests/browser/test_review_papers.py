"""The review as people do it: papers large beside their values, words picked, two who look at the same, by keyboard."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request, ReviewReader
from filing.services import attachments, drafts, review
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.browser.conftest import NARROW, WIDE, Open, overflow
from tests.browser.typing import picture
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("heqinghe", "审核", first_name="何青禾")


@pytest.fixture
def other() -> User:
    return samples.a_person("zhangsan", "审核", first_name="张三")


def submitted(staff: User, name: str, *domains: str) -> Request:
    content = factories.stored_filing(factories.website("虚构书店", *domains), name=name)
    for purpose, owner in ((2, {"owner": "subject"}), (4, {"owner": "website", "owner_index": 0})):
        image = attachments.REFERENCE + attachments.store(picture(f"{purpose} {name}")).sha256
        content["attachments"].append({"format": 1, "purpose": purpose, "content": image, **owner})
    filing = factories.draft(staff, content)
    factories.submit(filing, user=staff)
    return filing


def on(page: Page, filing: Request) -> Page:
    page.goto(f"/requests/{filing.ref}/review/")
    page.wait_for_load_state("networkidle")
    return page


def test_it_shows_papers_large_beside_their_values_by_keyboard(
    open_page: Open, staff: User, reviewer: User
) -> None:
    filing = submitted(staff, "海淀虚构书店有限公司")
    page = open_page(reviewer, f"/requests/{filing.ref}/review/")
    viewer, panels = page.locator("#viewer"), page.locator(".material")
    page.keyboard.press("ArrowRight")
    expect(panels.nth(1)).to_be_visible()
    page.keyboard.press("z")
    expect(viewer).to_be_visible()
    expect(page.locator("#viewer-title")).to_have_text("2 主办单位有效证件电子件")
    expect(viewer.locator(".viewer-rows")).to_contain_text(factories.CREDIT_CODE)
    expect(viewer.locator("img")).to_be_visible()
    page.keyboard.press("t")
    expect(viewer.locator(".viewer-image")).to_have_attribute("data-turns", "1")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#viewer-title")).to_have_text("3 网站负责人有效证件电子件")
    expect(viewer.locator(".viewer-image")).to_have_attribute("data-turns", "0")
    expect(viewer.get_by_role("button", name="下一张")).to_be_disabled()
    page.keyboard.press("x")
    expect(viewer.get_by_role("button", name="原大")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    expect(panels.nth(2)).to_be_visible()


def test_it_takes_the_words_that_were_picked(open_page: Open, staff: User, reviewer: User) -> None:
    filing, following = submitted(staff, "海淀虚构书店有限公司"), submitted(staff, "下一家公司")
    page = open_page(reviewer, f"/requests/{filing.ref}/review/")
    words = page.get_by_label("审核的话，退改时必填")
    page.locator(".phrases summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(words).to_have_value("核验单不清楚或缺签字，请重拍")
    expect(words).to_be_focused()
    page.locator(".phrases summary").click()
    page.get_by_role("button", name="证件照片不清楚，请重拍").click()
    expect(words).to_have_value("核验单不清楚或缺签字，请重拍；证件照片不清楚，请重拍")
    page.get_by_role("button", name="退改").click()
    page.wait_for_url(f"**/requests/{following.ref}/review/")
    page.locator(".phrases summary").click()
    expect(page.get_by_text("您最近写的")).to_be_visible()
    assert Request.objects.get(pk=filing.pk).state == S.REVIEW_RETURNED


def test_it_tells_two_who_look_at_the_same(
    open_page: Open, staff: User, reviewer: User, other: User, shoot: Callable[[Page, str], None]
) -> None:
    filing = submitted(staff, "海淀虚构书店有限公司")
    first = open_page(other, f"/requests/{filing.ref}/review/")
    expect(first.locator("#readers")).not_to_contain_text("正在看")
    second = open_page(reviewer, f"/requests/{filing.ref}/review/")
    expect(second.locator("#readers")).to_contain_text("张三 正在看")
    shoot(second, "review-two-1366-light")

    first.evaluate("htmx.trigger('#readers', 'look')")
    expect(first.locator("#readers")).to_contain_text("何青禾 正在看")
    second.get_by_role("button", name="通过，待上报").click()
    second.wait_for_url("**/review/")
    first.evaluate("htmx.trigger('#readers', 'look')")
    expect(first.get_by_role("alert")).to_contain_text("何青禾")
    expect(first.get_by_role("alert")).to_contain_text("现在是“待上报”")
    first.get_by_role("button", name="通过，待上报").click()
    expect(first.locator(".message")).to_contain_text("您的决定没有生效：何青禾")
    assert [each.new_state for each in filing.events.all()] == [S.DRAFT, S.IN_REVIEW, S.READY]


def test_it_narrows_the_queue_as_it_is_chosen_and_goes_through_it(
    open_page: Open, staff: User, reviewer: User
) -> None:
    filings = [submitted(staff, name) for name in ("甲公司", "乙公司")]
    page = open_page(reviewer, "/review/")
    page.get_by_label("业务").select_option("new_filing")
    page.wait_for_url("**operation=new_filing**")
    page.keyboard.press("Tab")
    page.locator("h1").click()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/requests/{filings[1].ref}/review/?operation=new_filing")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("k")
    page.wait_for_url(f"**/requests/{filings[0].ref}/review/?operation=new_filing")


@pytest.mark.soak
@pytest.mark.parametrize(
    ("size", "scheme"), [(WIDE, "light"), (WIDE, "dark"), (NARROW, "light")], ids=["1366", "dark", "390"]
)
def test_it_looks_well_with_a_colleague_and_a_correction(
    open_page: Open,
    staff: User,
    reviewer: User,
    other: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    filing = submitted(staff, "海淀虚构书店有限公司", *[f"xugou-shili-{n:02d}.com.cn" for n in range(40)])
    review.return_for_changes(filing, user=other, reason="地址与执照不符，核对楼层")
    drafts.start_correction(filing, actor=person(staff))
    content = copy.deepcopy(filing.revisions.get(number=2).content)
    content["subject"]["address"]["detail"] = "虚构路1号6层601"
    content["attachments"][0]["content"] = factories.stored_image(colour="#dde", size=(300, 200))
    colleague = samples.a_person("fangxiaoman", "管理员", first_name="方小满")
    drafts.save_draft(filing, content, actor=person(colleague))
    factories.submit(filing, user=staff)
    now = timezone.now()
    ReviewReader.objects.create(
        request=filing, user=other, opened_at=now - timedelta(minutes=2), seen_at=now + timedelta(minutes=5)
    )
    page = open_page(reviewer, "/review/", size=size, scheme=scheme)
    expect(page.get_by_text("张三 正在看（2 分钟前打开）")).to_be_visible()
    shoot(page, f"review-queue-two-{size[0]}-{scheme}")
    assert (serious_faults(page), overflow(page)) == ([], 0)
    on(page, filing)
    expect(page.get_by_text("方小满 改过")).to_be_visible()
    page.locator(".phrases summary").click()
    assert (serious_faults(page), overflow(page)) == ([], 0)
    page.keyboard.press("Escape")
    page.locator("[data-zoom]").first.click()
    expect(page.locator("#viewer")).to_be_visible()
    shoot(page, f"review-viewer-{size[0]}-{scheme}")
    assert serious_faults(page) == []
