"""Regions are found by whole path, in one go, however a path is typed."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client

from filing.code_tables import CodeOrigin, CodeTable
from filing.services import codes, regions
from tests import factories

HAIDIAN = ("北京市", "市辖区", "海淀区")


@pytest.fixture(autouse=True)
def seeded(db: None) -> None:
    codes.load_builtin_codes()


def names(text: str, limit: int = 5) -> list[tuple[str, ...]]:
    return [each.names for each in regions.search(text, limit)]


@pytest.mark.parametrize(
    "text",
    ["海淀", "海淀区", "hd", "HD", "hdq", "北京海淀", "北京市海淀区", "bjhd", "bj hd", "北京/海淀", "110108"],
)
def test_it_finds_a_county_however_its_path_is_typed(text: str) -> None:
    assert names(text, 1) == [HAIDIAN]
    assert regions.search(text, 1)[0].codes == (110000, 110100, 110108)


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("广东南山", ("广东省", "深圳市", "南山区")),
        ("gdszns", ("广东省", "深圳市", "南山区")),
        ("深圳南山", ("广东省", "深圳市", "南山区")),
        ("南京鼓楼", ("江苏省", "南京市", "鼓楼区")),
        ("北京海", HAIDIAN),
        ("东莞", ("广东省", "东莞市")),
        ("广西", ("广西壮族自治区",)),
        ("延边", ("吉林省", "延边朝鲜族自治州")),
        ("新疆石河子", ("新疆维吾尔自治区", "自治区直辖县级行政区划", "石河子市")),
        ("凉州", ("甘肃省", "武威市", "凉州区")),
    ],
)
def test_it_leaves_out_what_people_leave_out(text: str, path: tuple[str, ...]) -> None:
    assert names(text, 1) == [path]


def test_it_offers_what_lies_below_after_the_name_itself() -> None:
    found = names("北京", 20)
    assert found[0] == ("北京市",)
    assert HAIDIAN in found


@pytest.mark.parametrize("text", ["", " / ", "没有这样的地方", "zzzzzz", "x" * 5000, "%_'\x00"])
def test_it_finds_nothing_for_nothing(text: str) -> None:
    assert names(text) == []


def test_it_never_offers_more_than_a_list_can_show() -> None:
    assert len(regions.search("区", 5000)) == regions.MOST_FOUND


def test_it_is_quick_over_the_whole_country() -> None:
    regions.search("bj")
    begun = time.perf_counter()
    for text in ("hd", "gdsz", "nanshan", "新", "zjhzxh"):
        regions.search(text)
    assert (time.perf_counter() - begun) / 5 < 0.15


def test_it_has_another_version_once_a_name_changed() -> None:
    before = regions.version()
    assert names("海淀", 1) == [HAIDIAN]
    row = codes.CodeRow(110108, "海淀新名区")
    codes.store_table(CodeTable.REGION, [row], origin=CodeOrigin.DOWNLOADED)
    codes.forget()
    assert regions.version() != before
    assert names("110108", 1) == [("北京市", "市辖区", "海淀新名区")]


# --- the address ----------------------------------------------------------------------------------


def ask(user: Any, **query: str) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get("/codes/regions/", query)


def test_it_answers_a_bounded_list_that_may_be_kept_for_its_version() -> None:
    people = factories.people()
    found = ask(people.owner, q="hd", v=regions.version())
    first = found.json()["found"][0]
    assert first == {"codes": [110000, 110100, 110108], "names": list(HAIDIAN)}
    assert "max-age" in found["Cache-Control"]
    assert "private" in found["Cache-Control"]
    assert "no-store" in ask(people.owner, q="hd", v="old")["Cache-Control"]


def test_it_answers_people_who_enter_only() -> None:
    people = factories.people()
    assert ask(people.stranger, q="hd").status_code == 403
    assert ask(None, q="hd").status_code == 302
