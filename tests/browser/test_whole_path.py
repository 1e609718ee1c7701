"""The main job, walked by people, with worker, beat and bureau at work: from the first key to the filing number."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db.models import F
from playwright.sync_api import Locator, Page, expect

from filing.choices import RequestState as S
from filing.models import Request
from filing.services.codes import load_builtin_codes
from simulator import serve
from tests.browser.conftest import Open
from tests.browser.typing import add_attachment, fill, hand_in, picture, type_subject, type_website
from tests.celery_parts import worker_and_beat
from tests.filing import samples
from tests.reporting.material import make_link

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]
PATIENCE_S = 60


@pytest.fixture
def people(attachment_root: Path) -> tuple[User, User]:
    load_builtin_codes()
    staff = samples.a_person("linzhixia", "填报", first_name="林知夏")
    return staff, samples.a_person("heqinghe", "审核", first_name="何青禾")


def come_to_rest(page: Page) -> None:
    page.wait_for_load_state("networkidle")


def press(page: Page, button: Locator) -> None:
    with page.expect_navigation():
        button.click()
    come_to_rest(page)


def decide(desk: Page, ref: str, button: str, words: str = "") -> None:
    desk.goto(f"/requests/{ref}/review/")
    come_to_rest(desk)
    if words:
        desk.get_by_label("审核的话，退改时必填").fill(words)
    press(desk, desk.get_by_role("button", name=button))


def correct(desk: Page, ref: str, **fields: str) -> None:
    """From the page of a request that came back to its next submission."""
    desk.goto(f"/requests/{ref}/")
    come_to_rest(desk)
    press(desk, desk.get_by_role("button", name="开始改正"))
    fill(desk, **fields)
    hand_in(desk)


def look_until(desk: Page, ref: str, state: str) -> None:
    """Look at the page again and again, as a person does who waits for the bureau."""
    deadline = time.monotonic() + PATIENCE_S
    shown = desk.locator(f".page-head .state.tag[data-state={state}]")
    while True:
        desk.goto(f"/requests/{ref}/")
        come_to_rest(desk)
        if shown.count():
            return
        assert time.monotonic() < deadline, f"{state} did not come: {Request.objects.get(ref=ref).state}"
        time.sleep(0.5)


def test_it_leads_from_the_first_key_to_the_filing_number(
    open_page: Open,
    people: tuple[User, User],
    redis_client: Any,
    tmp_path: Path,
    shoot: Callable[[Page, str], None],
) -> None:
    """Entered, returned by the reviewer, corrected, approved, uploaded, refused by the bureau, corrected, approved."""
    staff, reviewer = people
    with serve() as bureau, worker_and_beat(tmp_path):
        make_link(bureau.url)
        desk, other = open_page(staff, "/requests/new/"), open_page(reviewer, "/")

        type_subject(desk)
        type_website(desk, ip_ranges="198.51.100.7")
        fill(desk, **{"websites-0-responsible-mobile": "13800000000"})
        for purpose in ("zbdw", "ztfzr", "hyd", "dmhy"):
            add_attachment(desk, purpose, picture(purpose))
        hand_in(desk)
        ref = Request.objects.get().ref

        decide(other, ref, "退改", "网站名称改为“拒绝书店”")
        desk.goto("/")
        expect(desk.get_by_text("网站名称改为“拒绝书店”")).to_be_visible()
        correct(desk, ref, **{"websites-0-name": "拒绝书店"})

        decide(other, ref, "通过，待上报")
        look_until(desk, ref, S.REJECTED)
        expect(desk.locator(".notice .words")).to_contain_text("网站名称与主办者不相符")
        shoot(desk, "path-rejected-1366-light")

        correct(desk, ref, **{"websites-0-name": "虚构书店"})
        decide(other, ref, "通过，待上报", "已按管局意见改名")
        look_until(desk, ref, S.APPROVED)

        expect(desk.get_by_text("京ICP备2026000001号-1")).to_be_visible()
        shoot(desk, "path-approved-1366-light")
        accepted = bureau.bureau.accepted(110000000001)

    assert [(sequence, count) for sequence, _name, count in accepted] == [(1, 1), (2, 1)]
    moves = Request.objects.get().events.exclude(old_state=F("new_state")).values_list("new_state", flat=True)
    came_back = [state for state in moves if state in (S.REVIEW_RETURNED, S.REJECTED, S.APPROVED)]
    assert came_back == [S.REVIEW_RETURNED, S.REJECTED, S.APPROVED]
    assert Request.objects.get().revision_number == 3
