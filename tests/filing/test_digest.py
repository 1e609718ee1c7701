from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

import pytest

from filing.documents.digest import digest, without_own_ids

DOCUMENT: dict[str, Any] = {
    "subject": {"name": "虚构", "own_id": 7, "address": {"province": 110000, "city": 110100}},
    "websites": [
        {"name": "甲站", "own_id": 11, "domains": [{"name": "a.cn", "own_id": 1}, {"name": "b.cn"}]},
        {"name": "乙站", "domains": []},
    ],
}


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(each) for each in value] if isinstance(value, list) else value


def test_it_does_not_mind_the_order_of_keys_nor_our_numbers() -> None:
    other = reordered(without_own_ids(DOCUMENT))
    assert list(other) != list(DOCUMENT)
    assert digest(other) == digest(DOCUMENT)


def test_it_leaves_the_document_as_it_is() -> None:
    before = copy.deepcopy(DOCUMENT)
    digest(DOCUMENT)
    assert before == DOCUMENT
    assert without_own_ids(DOCUMENT)["websites"][0] == {
        "name": "甲站",
        "domains": [{"name": "a.cn"}, {"name": "b.cn"}],
    }


@pytest.mark.parametrize(
    "other",
    [
        {"a": [1, 2], "b": "1"},
        {"a": [2, 1], "b": 1},
        {"a": [1, 2], "b": 1, "c": None},
        {"a": [1], "b": 1},
        {"a": ["1", 2], "b": 1},
        [{"a": [1, 2], "b": 1}],
    ],
)
def test_it_tells_other_content_apart(other: Any) -> None:
    assert digest(other) != digest({"a": [1, 2], "b": 1})


def test_it_does_not_take_a_value_for_a_key() -> None:
    assert digest({"name": "own_id"}) != digest({"name": ""})
    assert digest({"a": "b"}) != digest({"b": "a"})


def test_it_is_a_sha256_that_others_can_compute() -> None:
    text = json.dumps({"b": 1, "a": "永"}, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert digest({"b": 1, "a": "永"}) == hashlib.sha256(text.encode()).hexdigest()


def test_it_has_a_name_also_for_text_that_no_encoding_takes() -> None:
    assert digest({"a": "\ud800"}) != digest({"a": "\ud801"})
