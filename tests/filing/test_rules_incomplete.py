"""Rules are asked while a form is still being typed: they are silent about what is missing or unreadable."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from filing.choices import Operation
from filing.documents.operations import read_content
from filing.documents.paths import value_at
from filing.rules import Context, check
from tests import factories
from tests.filing.documents import AnyImages
from tests.filing.rule_faults import IMAGE, SMALL

pytestmark = pytest.mark.django_db
O = Operation  # noqa: E741

pytestmark = pytest.mark.usefixtures("builtin_tables")


def places(value: Any, *way: Any) -> Iterator[tuple[Any, ...]]:
    """The way to everything in a document."""
    if way:
        yield way
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if isinstance(each, dict | list):
            yield from places(each, *way, key)
        else:
            yield (*way, key)


def without(document: Any, way: tuple[Any, ...]) -> Any:
    found = copy.deepcopy(document)
    parent = found
    for step in way[:-1]:
        parent = parent[step]
    del parent[way[-1]]
    return found


@pytest.mark.parametrize("operation", Operation.values)
def test_it_finds_nothing_wrong_in_what_is_there_when_something_else_is_missing(operation: str) -> None:
    whole = factories.document(operation, IMAGE)
    known = {each.path for each in check(operation, _read(operation, whole), SMALL)}
    for way in places(whole):
        # Whose an attachment is depends on how many websites there are: the place would point at none.
        if way[0] == "websites" and len(way) <= 2:
            continue
        content = _read(operation, without(whole, way))
        told = [each for each in check(operation, content, SMALL) if each.path not in known]
        assert [each for each in told if value_at(content, each.path)] == [], way


@pytest.mark.parametrize("operation", Operation.values)
def test_it_speaks_of_an_empty_document(operation: str) -> None:
    for each in check(operation, {}, Context()):
        assert each.message


def test_it_judges_the_second_phone_while_the_first_is_missing() -> None:
    filing = factories.document(O.NEW_FILING, IMAGE)
    del filing["subject"]["responsible"]["mobile"]
    filing["websites"][0]["responsible"]["mobile"] = "23800000000"
    assert "websites[0].responsible.mobile" in {each.path for each in check(O.NEW_FILING, filing, Context())}


def test_it_leaves_an_unreadable_address_to_its_shape() -> None:
    filing = factories.document(O.NEW_FILING, IMAGE)
    filing["websites"][0]["accesses"][0]["ip_ranges"] = [
        {"start": "203.0.113", "end": "203.0.113"},
        {"start": "203.0.113.9", "end": "203.0.113.8"},
    ]
    found = {each.path: each.message for each in check(O.NEW_FILING, filing, Context())}
    assert "终止 IP 不能小于" in found["websites[0].accesses[0].ip_ranges[1].end"]
    assert "websites[0].accesses[0].ip_ranges[0].end" not in found


def _read(operation: str, document: dict[str, Any]) -> dict[str, Any]:
    return read_content(operation, document, AnyImages(), complete=False)[0]
