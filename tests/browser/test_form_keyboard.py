"""A whole new filing of one website by keyboard alone, every key of the way counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from filing.choices import RequestState as S
from filing.models import Request
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.browser.conftest import SCREENSHOTS, Open
from tests.browser.typing import a_file, picture
from tests.filing import samples

pytestmark = pytest.mark.django_db(transaction=True)

MOST_KEYS = 64
"""A new filing of one website must not take more keys of the way than this; today it takes fewer."""


class Typist:
    """Types and moves by keyboard alone. `keys` counts what is pressed to get about, not what is typed."""

    def __init__(self, page: Page) -> None:
        self.page, self.keys, self.fields, self.characters = page, Counter[str](), 0, 0

    def press(self, key: str) -> None:
        self.keys[key] += 1
        self.page.keyboard.press(key)

    @property
    def at(self) -> str:
        found: str = self.page.evaluate("document.activeElement.id || document.activeElement.name || ''")
        return found

    def to(self, field: str) -> None:
        """Tab on until the field is reached."""
        for _ in range(20):
            if self.at == field:
                return
            self.press("Tab")
        raise AssertionError(f"{field} cannot be reached by Tab, came to {self.at!r}")

    def text(self, field: str, words: str) -> None:
        self.to(field)
        self.page.keyboard.insert_text(words)
        self.fields += 1
        self.characters += len(words)

    def code(self, field: str, words: str) -> None:
        """Search a code and take the first find."""
        self.to(field)
        self.page.keyboard.type(words)
        self.characters += len(words)
        self.page.locator(f"[id='{field}-list'] li[aria-selected=true]").wait_for()
        self.press("Enter")
        self.fields += 1

    def button(self, words: str, key: str = "Tab") -> None:
        for _ in range(30):
            if self.page.evaluate(
                "words => document.activeElement.matches('button') && document.activeElement.textContent.includes(words)",
                words,
            ):
                break
            self.press(key)
        else:
            raise AssertionError(f"no button {words!r} on the way")
        self.press("Enter")

    def next_part(self, title: str) -> None:
        self.press("Control+Enter")
        expect(self.page.locator("#tasks [aria-current=step]")).to_contain_text(title)


def type_subject(typist: Typist) -> None:
    expect(typist.page.locator("#f-subject-nature")).to_be_focused()
    with typist.page.expect_response("**/drafts/choices/**"):
        typist.code("f-subject-nature", "qy")
    typist.text("f-subject-name", "海淀虚构书店有限公司")
    typist.text("f-subject-certificate-number", factories.CREDIT_CODE)
    typist.text("f-subject-certificate-address", "北京市海淀区虚构路1号")
    with typist.page.expect_response("**/drafts/choices/**"):
        typist.code("f-region-find", "海淀")
    typist.page.locator("#f-region-find[role=combobox]").wait_for()
    typist.next_part("主体负责人")
    typist.text("f-subject-responsible-name", "虚构甲")
    typist.text("f-subject-responsible-certificate_number", factories.SUBJECT_CARD)
    typist.text("f-subject-responsible-mobile", "13800000000")
    typist.text("f-subject-responsible-office_phone", "010-00000000")
    typist.text("f-subject-responsible-email", "nobody@example.cn")


def type_website(typist: Typist) -> None:
    typist.text("f-websites-0-name", "虚构书店")
    typist.text("f-websites-0-domains", "shibei.cn")
    typist.code("f-websites-0-service_contents", "dwmh")
    typist.to("websites-0-accesses-0-methods")
    typist.press("Space")
    typist.fields += 1
    typist.code("f-websites-0-accesses-0-server_locations", "bj")
    typist.text("f-websites-0-accesses-0-ip_ranges", "203.0.113.10")
    typist.button("同主体负责人")
    # The whole person stands there: on with what comes after.
    assert "下一步" in typist.page.evaluate("document.activeElement.textContent")


def bring_papers(typist: Typist) -> int:
    """Bring each paper that the list asks for. Returns how many."""
    page = typist.page
    blocks = page.locator("[data-block=attachments]")
    page.on("filechooser", lambda chosen: chosen.set_files(a_file(picture("paper"))))
    page.locator("[data-begin-paper]").first.wait_for()
    for place in range(9):
        typist.button("加这份")
        expect(blocks).to_have_count(place + 1)
        file = blocks.nth(place).locator("input[type=file]").first
        expect(file).to_be_focused()
        typist.press("Enter")
        blocks.nth(place).locator(".image-taken").wait_for()
        typist.fields += 1
        # Taken: the focus goes on to the next paper that is missing, after the last to the next part.
        expect(file).not_to_be_focused()
        if page.evaluate("document.activeElement.matches('[data-next]')"):
            return place + 1
    raise AssertionError("papers without end")


def test_it_takes_a_whole_filing_by_keyboard_alone(
    open_page: Open, attachment_root: Path, shoot: Callable[[Page, str], None]
) -> None:
    load_builtin_codes()
    staff: User = samples.a_person("linzhixia", "填报", first_name="林知夏")
    page = open_page(staff, "/requests/new/")
    typist = Typist(page)
    type_subject(typist)
    typist.next_part("网站 1")
    type_website(typist)
    typist.press("Enter")
    expect(page.locator("#tasks [aria-current=step]")).to_contain_text("核验材料")
    papers = bring_papers(typist)
    typist.next_part("检查并提交")
    expect(page.locator("#answers")).to_contain_text("海淀虚构书店有限公司")
    expect(page.locator("#faults")).to_be_hidden()
    shoot(page, "form-check-1366-light")
    # The visit is a step of its own, on its own page: what is counted here is the typing of the filing.
    factories.verify(Request.objects.get(), staff)
    with page.expect_navigation():
        typist.button("提交审核")
    filing = Request.objects.get()
    assert filing.state == S.IN_REVIEW
    content: dict[str, Any] = current_revision(filing).content
    assert content["subject"]["certificate"]["type"] == 1
    assert content["subject"]["address"] == {"province": 110000, "city": 110100, "county": 110108}
    assert content["subject"]["responsible"]["certificate_type"] == 2
    assert content["websites"][0]["responsible"]["name"] == "虚构甲"
    assert len(content["attachments"]) == papers >= 4
    counted = {
        "fields": typist.fields,
        "characters": typist.characters,
        "keys of the way": sum(typist.keys.values()),
        "clicks": 0,
        "keys": dict(typist.keys.most_common()),
    }
    print(f"\na new filing of one website by keyboard alone: {json.dumps(counted, ensure_ascii=False)}")
    (SCREENSHOTS / "form-keys.json").write_text(json.dumps(counted, ensure_ascii=False, indent=1))
    assert sum(typist.keys.values()) <= MOST_KEYS
