from __future__ import annotations

import copy
from typing import Any

import pytest

from filing.choices import Operation
from filing.documents.difference import Line, changes, compare

OP = Operation.NEW_FILING
OLD: dict[str, Any] = {
    "subject": {"own_id": 1, "name": "甲公司", "filed_by": 1, "remarks": "旧"},
    "websites": [
        {
            "own_id": 11,
            "name": "甲站",
            "service_contents": [8],
            "domains": [{"own_id": 101, "name": "a.cn"}, {"own_id": 102, "name": "b.cn"}],
        },
        {"own_id": 12, "name": "乙站", "domains": [{"own_id": 103, "name": "c.cn"}]},
    ],
    "attachments": [
        {"format": 1, "purpose": 1, "owner": "subject", "content": "sha256:a"},
        {"format": 1, "purpose": 2, "owner": "subject", "content": "sha256:b"},
    ],
}


def told(lines: list[Line]) -> list[tuple[str, str, Any, Any]]:
    return [(line.kind, line.path, line.old, line.new) for line in lines]


@pytest.fixture
def new() -> dict[str, Any]:
    return copy.deepcopy(OLD)


def test_it_finds_nothing_between_equal_documents(new: dict[str, Any]) -> None:
    assert changes(OP, OLD, new) == []
    assert {line.kind for line in compare(OP, OLD, new)} == {"same"}


def test_it_tells_what_changed_came_and_went(new: dict[str, Any]) -> None:
    new["subject"]["name"] = "乙公司"
    del new["subject"]["remarks"]
    new["websites"][0]["home_url"] = "www.a.cn"
    assert told(changes(OP, OLD, new)) == [
        ("changed", "subject.name", "甲公司", "乙公司"),
        ("removed", "subject.remarks", "旧", None),
        ("added", "websites[0].home_url", None, "www.a.cn"),
    ]


def test_it_pairs_records_by_their_number_when_one_before_them_is_taken_out(new: dict[str, Any]) -> None:
    del new["websites"][0]["domains"][0]
    assert told(changes(OP, OLD, new)) == [("removed", "websites[0].domains[0].name", "a.cn", None)]


def test_it_shows_a_website_taken_out_with_all_its_fields(new: dict[str, Any]) -> None:
    del new["websites"][0]
    lines = changes(OP, OLD, new)
    assert {line.kind for line in lines} == {"removed"}
    assert [line.path for line in lines] == [
        "websites[0].name",
        "websites[0].service_contents",
        "websites[0].domains[0].name",
        "websites[0].domains[1].name",
    ]


def test_it_takes_another_number_in_the_same_place_for_another_thing(new: dict[str, Any]) -> None:
    new["websites"][1]["domains"][0] = {"own_id": 104, "name": "d.cn"}
    assert {(line.kind, line.old, line.new) for line in changes(OP, OLD, new)} == {
        ("removed", "c.cn", None),
        ("added", None, "d.cn"),
    }


def test_it_pairs_records_without_numbers_by_content_then_by_place(new: dict[str, Any]) -> None:
    new["attachments"] = [OLD["attachments"][1]]
    assert {line.path for line in changes(OP, OLD, new)} == {
        f"attachments[0].{name}" for name in ("format", "purpose", "content", "owner")
    }
    new["attachments"] = [OLD["attachments"][0], OLD["attachments"][1] | {"content": "sha256:c"}]
    assert told(changes(OP, OLD, new)) == [("changed", "attachments[1].content", "sha256:b", "sha256:c")]


def test_it_compares_a_list_of_codes_as_one_field(new: dict[str, Any]) -> None:
    new["websites"][0]["service_contents"] = [8, 9]
    assert told(changes(OP, OLD, new)) == [("changed", "websites[0].service_contents", [8], [8, 9])]


def test_it_names_each_place_in_the_words_of_the_form(new: dict[str, Any]) -> None:
    new["websites"][0]["domains"][1]["name"] = "x.cn"
    assert [line.label for line in changes(OP, OLD, new)] == ["网站 1 · 域名 2"]


def test_it_compares_with_nothing(new: dict[str, Any]) -> None:
    assert {line.kind for line in compare(OP, {}, new)} == {"added"}
    assert {line.kind for line in compare(OP, new, {})} == {"removed"}
