from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filing.choices import Operation
from filing.documents.operations import read_content
from filing.documents.shape import Problem
from tests import factories
from tests.filing.documents import AnyImages, with_value

NAME = "subject.name"
REMARKS = "subject.remarks"


def read(document: Any, *, complete: bool = True) -> tuple[Any, list[Problem]]:
    return read_content(Operation.NEW_FILING, document, AnyImages(), complete=complete)


def messages(path: str, value: Any) -> dict[str, str]:
    return {each.path: each.message for each in read(with_value(path, value))[1]}


def subject(path: str, value: Any) -> dict[str, Any]:
    """The clean subject with another value at one place, which has no fault."""
    clean, problems = read(with_value(path, value))
    assert problems == []
    found: dict[str, Any] = clean["subject"]
    return found


# --- characters -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("甲\x00乙", "第 2 个字符 U+0000"),
        ("\x07甲", "第 1 个字符 U+0007"),
        ("甲\U000e0041", "第 2 个字符 U+E0041"),
        ("甲\t乙", "第 2 个字符 U+0009"),
        ("甲乙\x7f丙", "第 3 个字符 U+007F"),
        ("甲\x85乙", "第 2 个字符 U+0085"),
        ("甲\n乙", "第 2 个字符 U+000A"),
        ("甲\r\n乙", "第 2 个字符 U+000A"),
        ("甲\ud800乙", "第 2 个字符 U+D800"),
        ("甲\ufffe", "第 2 个字符 U+FFFE"),
        ("甲\uffff乙", "第 2 个字符 U+FFFF"),
    ],
)
def test_it_refuses_a_character_that_no_report_may_hold_and_says_where(value: str, place: str) -> None:
    assert messages(NAME, value) == {NAME: f"去掉不可用的控制字符（{place}）"}


@pytest.mark.parametrize(
    "value",
    [
        "㐀㛃",  # GBK has the one and lacks the other
        "\U00020021\U0002a700",  # extension B and C
        "\U00031350\U000323af",  # extension H: newer than Unicode 14, which Python 3.11 knows
        "\U0002ebf0",  # extension I: newer than Unicode 15
        "\U00033479",  # extension J: newer still
        "\ue000",  # private use, as old systems wrote rare names
        "·（）－甲",
    ],
)
def test_it_takes_rare_characters_also_those_newer_than_its_tables(value: str) -> None:
    assert subject(NAME, value)["name"] == value


def test_it_counts_characters_not_code_units() -> None:
    assert subject(NAME, "\U00020021" * 255)["name"] == "\U00020021" * 255
    assert "现在 256 字" in messages(NAME, "\U00020021" * 256)[NAME]


def test_it_keeps_lines_where_a_field_has_several_with_one_spelling_of_their_ends() -> None:
    assert subject(REMARKS, " 一\r\n二\r三\n ")["remarks"] == "一\n二\n三"
    assert "U+0009" in messages(REMARKS, "一\t二")[REMARKS]


def test_it_drops_surrounding_blanks_before_it_counts() -> None:
    assert subject(NAME, "　 甲 " + " " * 300)["name"] == "甲"
    assert messages(NAME, " \u3000 ") == {NAME: "补填此项"}


# --- types and addresses --------------------------------------------------------------------------


@pytest.mark.parametrize("value", [1, 1.5, True, [], ["a"], {}, {"a": 1}])
def test_it_asks_for_text_where_text_belongs(value: Any) -> None:
    assert messages(NAME, value) == {NAME: "应为文字"}


@pytest.mark.parametrize("value", ["4", 4.0, True, False, [4], {"code": 4}])
def test_it_asks_for_a_whole_number_where_one_belongs(value: Any) -> None:
    assert messages("subject.nature", value) == {"subject.nature": "应为整数"}


@pytest.mark.parametrize("value", [{}, "a", 3, True, {"0": "a"}])
def test_it_asks_for_a_list_where_one_belongs(value: Any) -> None:
    assert messages("websites[0].languages", value) == {"websites[0].languages": "应为列表"}


@pytest.mark.parametrize("value", [[], "a", 3, False])
def test_it_asks_for_a_block_where_one_belongs(value: Any) -> None:
    assert messages("subject.address", value) == {"subject.address": "应为一组字段"}


def test_it_says_what_is_wrong_with_an_image() -> None:
    path = "websites[0].pre_approvals[0].scans[0]"
    assert messages(path, "none") == {path: "不是图片"}
    assert messages(path, 5) == {path: "应为 base64 文字"}


RANGE = "websites[0].accesses[0].ip_ranges[0]"


@pytest.mark.parametrize(
    "value", ["256.0.0.1", "1.2.3", "1.2.3.04", "::1", "203.0.113.0/24", "１.2.3.4", 3405803786]
)
def test_it_refuses_what_is_no_dotted_quad(value: Any) -> None:
    assert "不是 IPv4 地址" in messages(f"{RANGE}.start", value)[f"{RANGE}.start"]


def test_it_never_takes_the_address_zero() -> None:
    assert messages(f"{RANGE}.end", "0.0.0.0") == {f"{RANGE}.end": "0.0.0.0 不能报备"}
    clean, problems = read(with_value(f"{RANGE}.end", " 255.255.255.255 "))
    assert problems == []
    assert clean["websites"][0]["accesses"][0]["ip_ranges"][0]["end"] == "255.255.255.255"


def test_it_names_each_field_that_it_does_not_know() -> None:
    document = factories.new_filing() | {"subjekt": 1}
    document["websites"][0]["accesses"][0]["bureau_id"] = 4001
    assert {each.path for each in read(document)[1]} == {"subjekt", "websites[0].accesses[0].bureau_id"}


def test_it_reports_everything_at_once() -> None:
    document = factories.new_filing(name="", nature="x")
    document["websites"][0]["domains"] = []
    document["attachments"][0]["owner"] = "nobody"
    assert {each.path: each.label for each in read(document)[1]} == {
        "subject.name": "主办单位名称",
        "subject.nature": "单位性质",
        "websites[0].domains": "域名",
        "attachments[0].owner": "所属对象",
    }


# --- one spelling ---------------------------------------------------------------------------------


@pytest.mark.parametrize("empty", [None, "", "  "])
def test_it_drops_empty_optional_values(empty: Any) -> None:
    assert "remarks" not in subject(REMARKS, empty)


@pytest.mark.parametrize("empty", [None, [], ""])
def test_it_drops_empty_optional_lists(empty: Any) -> None:
    clean, problems = read(with_value("websites[0].pre_approvals", empty))
    assert problems == []
    assert "pre_approvals" not in clean["websites"][0]


def test_it_lifts_a_domain_that_is_written_as_text() -> None:
    clean, problems = read(with_value("websites[0].domains", ["a.cn", {"name": "例子.中国"}]))
    assert problems == []
    assert clean["websites"][0]["domains"] == [{"name": "a.cn"}, {"name": "例子.中国"}]


def test_it_lets_a_draft_have_gaps_but_no_faults() -> None:
    assert read({}, complete=False) == ({}, [])
    assert read({"websites": [{"domains": ["a.cn"]}]}, complete=False)[1] == []
    wrong = {"subject": {"responsible": {"mobile": "1" * 129}}, "extra": 1}
    assert {each.path for each in read(wrong, complete=False)[1]} == {"subject.responsible.mobile", "extra"}


ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.sampled_from(["", " ", "a\r\nb", "\x1f", "a.cn", " 1.2.3.4", "x" * 63 + " y", "none"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "own_id", "start", "z"]), inner)
    ),
    max_leaves=5,
)


def _places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    found = [place for key, each in pairs for place in _places(each, (*path, key))]
    return [*found, path] if path else found


def _put(target: Any, path: tuple[Any, ...], value: Any) -> None:
    """Put a value in its place, if an earlier change has left that place there."""
    for step in path[:-1]:
        known = range(len(target)) if isinstance(target, list) else target if isinstance(target, dict) else ()
        if step not in known:
            return
        target = target[step]
    if isinstance(target, dict) or (isinstance(target, list) and path[-1] in range(len(target))):
        target[path[-1]] = copy.deepcopy(value)


FULL = factories.full_filing()
PLACES = sorted(_places(FULL), key=str)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(changes=st.lists(st.tuples(st.sampled_from(PLACES), ODD), max_size=4), complete=st.booleans())
def test_it_reads_what_it_read_to_the_same_again(
    changes: list[tuple[tuple[Any, ...], Any]], complete: bool
) -> None:
    document = copy.deepcopy(FULL)
    for path, value in changes:
        _put(document, path, value)
    clean, problems = read(document, complete=complete)
    again, second = read(clean, complete=complete)
    assert again == clean
    assert problems or second == []
    assert json.loads(json.dumps(clean)) == clean
