"""The page of one request lives while it stands open: ages go on, a move is said, nothing is taken from under a hand."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect

from filing.services import outcomes
from filing.services import review as reviewing
from tests import factories
from tests.browser import scene
from tests.browser.conftest import Open

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_says_a_move_and_leaves_the_copy_button_under_the_hand(
    open_page: Open, attachment_root: Path
) -> None:
    made = scene.build()
    address = f"/requests/{made.waiting.ref}/"
    page = open_page(made.staff, address)
    page.clock.install()
    page.reload()
    page.wait_for_load_state("networkidle")
    copy = page.get_by_role("button", name="复制数据编号")
    copy.focus()
    with page.expect_response("**/freshness/**"):
        page.clock.fast_forward(30_000)
    page.wait_for_timeout(100)
    expect(copy).to_be_focused()
    expect(page.locator("#freshness")).not_to_contain_text("刚变为")
    outcomes.mark_approved(made.waiting, **factories.word(codes=[1001]))
    with page.expect_response("**/freshness/**"):
        page.clock.fast_forward(30_000)
    page.get_by_role("link", name="刚变为“已通过”，点此刷新").click()
    page.wait_for_load_state("networkidle")
    expect(page.locator(".head-facts .state").first).to_have_text("已通过")


def test_it_lives_before_the_bureau_has_it_too(open_page: Open, attachment_root: Path) -> None:
    made = scene.build()
    page = open_page(made.staff, f"/requests/{made.in_review.ref}/")
    expect(page.locator("#freshness")).to_contain_text("已有")
    page.clock.install()
    page.reload()
    page.wait_for_load_state("networkidle")
    reviewing.return_for_changes(made.in_review, user=made.reviewer, reason="照片看不清")
    with page.expect_response("**/freshness/**"):
        page.clock.fast_forward(30_000)
    expect(page.locator("#freshness")).to_contain_text("刚变为“审核退改”")
