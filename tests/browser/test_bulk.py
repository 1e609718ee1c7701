"""Bulk work in a browser: several chosen by mouse and keyboard and reviewed together; a sheet that comes back marked."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect

from filing.choices import RequestState as S
from filing.models import Batch, Request
from filing.services.batch_running import carry_on
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.browser.conftest import NARROW, WIDE, Open, overflow
from tests.filing import samples
from tests.filing.sheets import line, pictures, workbook

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def staff(attachment_root: Path) -> User:
    load_builtin_codes()
    return samples.a_person("linzhixia", "填报", first_name="林知夏")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("heqinghe", "审核", first_name="何青禾")


def test_it_reviews_several_together(
    open_page: Open, staff: User, reviewer: User, serious_faults: object
) -> None:
    for _ in range(4):
        factories.submit(factories.draft(staff, factories.stored_filing()), user=staff)
    page = open_page(reviewer, "/review/")
    expect(page.get_by_role("button", name="一起审核")).to_be_disabled()
    boxes = page.locator("[data-one]")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    expect(page.locator("[data-count]")).to_have_text("3")
    # By keyboard: down to the last row, chosen; up again, taken out.
    for _ in range(4):
        page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("k")
    page.keyboard.press("x")
    expect(page.locator("[data-count]")).to_have_text("3")
    page.get_by_role("button", name="一起审核").click()
    # What has something to heed is listed with it, and not chosen by itself.
    expect(page.locator("[data-count]")).to_have_text("0")
    expect(page.locator(".row-problems li").first).to_contain_text("示例地址")
    assert serious_faults(page) == []  # type: ignore[operator]
    page.get_by_label("全选").check()
    page.get_by_role("button", name="退改选中的").click()
    expect(page.get_by_role("alert")).to_contain_text("写明退改的原因")
    expect(page.locator("[data-count]")).to_have_text("3")
    page.locator("#opinion").fill("请换成公网地址")
    page.get_by_role("button", name="退改选中的").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("退改 3 件")
    assert Request.objects.filter(state=S.REVIEW_RETURNED).count() == 3


@pytest.mark.parametrize("size", [pytest.param(WIDE, marks=pytest.mark.soak), NARROW], ids=["wide", "narrow"])
def test_it_brings_a_sheet_back_with_what_is_to_be_changed(
    open_page: Open, staff: User, size: tuple[int, int], tmp_path: Path, serious_faults: object
) -> None:
    (tmp_path / "虚构.xlsx").write_bytes(workbook(line(), line("表-2", 服务内容="没有这种")))
    (tmp_path / "图.zip").write_bytes(pictures())
    page = open_page(staff, "/requests/import/", size=size)
    page.get_by_label("表格", exact=True).set_input_files(tmp_path / "虚构.xlsx")
    page.get_by_label("图片").set_input_files(tmp_path / "图.zip")
    page.get_by_role("button", name="导入").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("虚构.xlsx")
    carry_on(Batch.objects.get().pk)
    # It noticed by itself that the work has ended.
    expect(page.get_by_role("link", name="下载结果表")).to_be_visible(timeout=10_000)
    expect(page.locator(".row-problems").last).to_contain_text("不认识“没有这种”")
    assert overflow(page) == 0
    assert serious_faults(page) == []  # type: ignore[operator]
