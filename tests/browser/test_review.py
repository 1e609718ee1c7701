"""Two people and a filing: returned with a reason, corrected, approved; and the pages of the review as they look."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import attachments, drafts, review
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.browser.conftest import Open, overflow
from tests.browser.looks import LOOKS
from tests.browser.typing import fill, hand_in, picture
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

QUEUE = re.compile(r"://[^/]+/review/$")
LONG = "新疆维吾尔自治区乌鲁木齐市高新技术产业开发区虚构示例信息科技文化传播与电子商务发展有限责任公司"


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("heqinghe", "审核", first_name="何青禾")


def submitted(staff: User, name: str, *domains: str, minutes: int = 0) -> Request:
    content = factories.stored_filing(factories.website("虚构书店", *domains), name=name)
    for purpose, owner in ((2, {"owner": "subject"}), (4, {"owner": "website", "owner_index": 0})):
        data = picture(f"{purpose} {name}")
        image = attachments.REFERENCE + attachments.store(data).sha256
        content["attachments"].append({"format": 1, "purpose": purpose, "content": image, **owner})
    filing = factories.draft(staff, content)
    factories.submit(filing, user=staff)
    if minutes:
        samples.backdate(filing, timedelta(minutes=minutes))
    return filing


def state(filing: Request) -> str:
    return Request.objects.get(pk=filing.pk).state


def test_it_goes_back_to_its_writer_is_corrected_and_then_let_go(
    open_page: Open, staff: User, reviewer: User
) -> None:
    filing = submitted(staff, "海淀虚构书店有限公司")
    page = open_page(reviewer, "/review/")
    page.get_by_role("link", name="从第一件开始").click()
    expect(page.locator("[data-left]")).to_be_visible()  # the script is there, and with it the keys
    page.keyboard.press("r")
    expect(page.get_by_label("审核的话，退改时必填")).to_be_focused()
    page.keyboard.type("名称与执照不符，改为书局")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.wait_for_url(QUEUE)
    assert state(filing) == S.REVIEW_RETURNED
    expect(page.locator(".message")).to_contain_text("已退改")

    desk = open_page(staff, f"/requests/{filing.ref}/")
    desk.get_by_role("button", name="改正").click()
    desk.wait_for_url("**/edit/")
    expect(desk.get_by_role("heading", name="审核退改")).to_be_visible()
    expect(desk.locator(".back-notice")).to_contain_text("名称与执照不符，改为书局")
    desk.wait_for_load_state("networkidle")
    fill(desk, **{"subject-name": "海淀虚构书局有限公司"})
    hand_in(desk)
    assert state(filing) == S.IN_REVIEW

    page.goto(f"/requests/{filing.ref}/review/")
    page.wait_for_load_state("networkidle")
    # The name, and the photo of the visit that another name asks for.
    changes = page.get_by_role("region", name="改了 2 处")
    expect(changes.locator("del mark")).to_have_text("店")
    expect(changes.locator("ins mark")).to_have_text("局")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="通过，待上报")).to_be_focused()
    assert state(filing) == S.IN_REVIEW  # a key alone decides nothing
    page.keyboard.press("Enter")
    page.wait_for_url(QUEUE)
    assert state(filing) == S.READY


def test_it_leads_through_the_queue_by_keyboard(open_page: Open, staff: User, reviewer: User) -> None:
    first, second, third = (
        submitted(staff, name, minutes=minutes)
        for name, minutes in (("甲公司", 30), ("乙公司", 20), ("丙公司", 10))
    )
    page = open_page(reviewer, "/review/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    for key, there in (("j", second), ("k", third), ("", second)):
        page.wait_for_url(f"**/requests/{there.ref}/review/")
        expect(page.locator("[data-left]")).to_be_visible()
        if key:
            page.keyboard.press(key)
    page.get_by_role("button", name="通过，待上报").click()
    page.wait_for_url(f"**/requests/{third.ref}/review/")
    assert (state(first), state(second)) == (S.IN_REVIEW, S.READY)


def test_it_changes_papers_and_remembers_what_was_compared(
    open_page: Open, staff: User, reviewer: User
) -> None:
    filing = submitted(staff, "海淀虚构书店有限公司")
    page = open_page(reviewer, f"/requests/{filing.ref}/review/")
    panels = page.locator(".material")
    expect(panels.nth(0)).to_be_visible()
    expect(panels.nth(1)).to_be_hidden()
    page.keyboard.press("3")
    expect(panels.nth(2)).to_be_visible()
    expect(panels.nth(0)).to_be_hidden()
    width = panels.nth(2).locator("img").evaluate("image => image.clientWidth")
    assert width >= 400
    left = page.locator("[data-left]")
    before = left.inner_text()
    panels.nth(2).get_by_label("一致").first.check()
    expect(left).not_to_have_text(before)
    words = left.inner_text()
    page.reload()
    expect(page.locator("[data-left]")).to_have_text(words)


def test_it_wants_a_reason_and_puts_the_cursor_there(open_page: Open, staff: User, reviewer: User) -> None:
    filing = submitted(staff, "海淀虚构书店有限公司")
    page = open_page(reviewer, f"/requests/{filing.ref}/review/")
    page.get_by_role("button", name="退改").click()
    expect(page.get_by_role("alert").filter(has_text="写明退改的原因")).to_be_visible()
    expect(page.get_by_label("审核的话，退改时必填")).to_be_focused()
    assert state(filing) == S.IN_REVIEW


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_it_has_no_serious_fault_on_the_pages_of_the_review(
    open_page: Open,
    staff: User,
    reviewer: User,
    shoot: Callable[[Page, str], None],
    serious_faults: Callable[[Page], list[str]],
    size: tuple[int, int],
    scheme: str,
) -> None:
    long = submitted(staff, LONG, *[f"xugou-shili-{number:02d}.com.cn" for number in range(40)], minutes=300)
    corrected = submitted(staff, "海淀虚构书店有限公司", minutes=20)
    review.return_for_changes(corrected, user=reviewer, reason="地址与执照不符，核对楼层")
    drafts.start_correction(corrected, actor=person(staff))
    changed = copy.deepcopy(corrected.revisions.get(number=1).content)
    changed["subject"]["address"]["detail"] = "虚构路1号6层601"
    changed["attachments"][0]["content"] = factories.stored_image(colour="#dde", size=(300, 200))
    drafts.save_draft(corrected, changed)
    factories.submit(corrected, user=staff)
    both = samples.a_person("fangxiaoman", "管理员", first_name="方小满")
    own = submitted(both, "自己填报的公司")
    pages = {
        "review-queue": (reviewer, "/review/"),
        "review-queue-own": (both, "/review/"),
        "review-long": (reviewer, f"/requests/{long.ref}/review/"),
        "review-corrected": (reviewer, f"/requests/{corrected.ref}/review/"),
        "review-own": (both, f"/requests/{own.ref}/review/"),
    }
    found: dict[str, list[str]] = {}
    for name, (user, path) in pages.items():
        page = open_page(user, path, size=size, scheme=scheme)
        shoot(page, f"{name}-{size[0]}-{scheme}")
        faults = serious_faults(page)
        if wide := overflow(page):
            faults.append(f"{wide} px wider than the screen")
        if faults:
            found[name] = faults
        page.context.close()
    assert found == {}


def test_it_tells_an_empty_queue(
    open_page: Open, reviewer: User, serious_faults: Callable[[Page], list[str]]
) -> None:
    page = open_page(reviewer, "/review/")
    expect(page.get_by_text("没有等着审核的").first).to_be_visible()
    assert serious_faults(page) == []
