"""Which verification a request needs: each field of the record, changed alone, of every operation."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from filing.choices import Operation
from filing.documents import blocks
from filing.documents.shape import Address, Block, ListOf, Number, Shape, Text
from tests import factories
from tests.filing.documents import steps_of
from verification.choices import Way
from verification.need import FACETS, VERIFIED, needed

NOTHING: set[str] = set()
PERSON, OTHER, CURRENT = {"in_person"}, {"other"}, {"current"}
ANOTHER_SITE = PERSON | OTHER
"""Another id is another website: all of it is new."""

BY_FIELD: dict[str, set[str]] = {
    "subject.name": PERSON,
    "subject.nature": OTHER,
    "subject.investor": OTHER,
    "subject.address.province": OTHER,
    "subject.address.city": OTHER,
    "subject.address.county": OTHER,
    "subject.address.detail": OTHER,
    "subject.certificate.type": PERSON,
    "subject.certificate.number": PERSON,
    "subject.certificate.address": PERSON,
    "subject.responsible.name": OTHER,
    "subject.responsible.office_phone": OTHER,
    "subject.responsible.mobile": OTHER,
    "subject.responsible.email": OTHER,
    "subject.responsible.msn": OTHER,
    "subject.responsible.qq": OTHER,
    "subject.responsible.certificate_type": OTHER,
    "subject.responsible.certificate_number": OTHER,
    "subject.number": NOTHING,
    "subject.bureau_id": NOTHING,
    "subject.filed_by": NOTHING,
    "subject.remarks": NOTHING,
    "subject_number": NOTHING,
    "subject_bureau_id": NOTHING,
    "website_number": PERSON,
    "website_bureau_id": PERSON,
    "websites[].name": OTHER,
    "websites[].service_contents": OTHER,
    "websites[].languages": OTHER,
    "websites[].home_url": OTHER,
    "websites[].domains[].name": OTHER,
    "websites[].domains[].bureau_id": OTHER,
    "websites[].pre_approvals[].type": OTHER,
    "websites[].pre_approvals[].number": OTHER,
    "websites[].pre_approvals[].scans": OTHER,
    "websites[].number": NOTHING,
    "websites[].bureau_id": ANOTHER_SITE,
    "websites[].remarks": NOTHING,
    "websites[].accesses[].server_locations": CURRENT,
    "websites[].accesses[].methods": CURRENT,
    "websites[].accesses[].bureau_id": CURRENT,
    "websites[].accesses[].ip_ranges[].start": CURRENT,
    "websites[].accesses[].ip_ranges[].end": CURRENT,
    "websites[].accesses[].ip_ranges[].bureau_id": CURRENT,
    "websites[].responsible.name": PERSON,
    "websites[].responsible.office_phone": OTHER,
    "websites[].responsible.mobile": OTHER,
    "websites[].responsible.email": OTHER,
    "websites[].responsible.msn": OTHER,
    "websites[].responsible.qq": OTHER,
    "websites[].responsible.certificate_type": PERSON,
    "websites[].responsible.certificate_number": PERSON,
    "access.server_locations": CURRENT,
    "access.methods": CURRENT,
    "access.ip_ranges[].start": CURRENT,
    "access.ip_ranges[].end": CURRENT,
}
OF_AN_INDIVIDUAL = {
    f"subject.responsible.{name}": PERSON for name in ("name", "certificate_type", "certificate_number")
}
"""An individual is their own responsible person."""


def leaves(shape: Shape, path: str = "") -> Iterator[tuple[str, Shape]]:
    """The fields of a record, attachments apart: those are the papers themselves."""
    if isinstance(shape, Block):
        for name, each in shape.fields.items():
            if name not in ("own_id", "attachments"):
                yield from leaves(each, f"{path}.{name}" if path else name)
    elif isinstance(shape, ListOf) and isinstance(shape.item, Block):
        yield from leaves(shape.item, f"{path}[0]")
    else:
        yield path, shape


def value_of(shape: Shape, seed: int) -> Any:
    if isinstance(shape, ListOf):
        return [value_of(shape.item, seed)]
    if isinstance(shape, Number):
        return 4 + seed
    return f"203.0.113.{seed}" if isinstance(shape, Address) else f"{shape.label}{seed}"


def whole(operation: str) -> dict[str, Any]:
    """A document in which no field is missing."""

    def fill(shape: Shape) -> Any:
        if isinstance(shape, Block):
            return {name: fill(each) for name, each in shape.fields.items() if name != "own_id"}
        if isinstance(shape, ListOf) and isinstance(shape.item, Block):
            return [fill(shape.item)]
        return value_of(shape, 2)

    found = fill(blocks.OPERATIONS[operation])
    assert isinstance(found, dict)
    return {name: each for name, each in found.items() if name != "attachments"}


def with_another(document: dict[str, Any], path: str, shape: Shape) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    *way, last = steps_of(path)
    target: Any = changed
    for step in way:
        target = target[step]
    target[last] = value_of(shape, 3)
    return changed


def fields_of(*operations: str) -> list[Any]:
    return [
        pytest.param(each, path, shape, id=f"{each}-{path}")
        for each in operations
        for path, shape in leaves(blocks.OPERATIONS[each])
    ]


def expected(path: str) -> set[str]:
    pattern = re.sub(r"\[\d+\]", "[]", path)
    assert pattern in FACETS, f"{pattern} is new: say in verification/need.py what it says something of"
    assert pattern in BY_FIELD, f"{pattern} is new: say here which verification it needs"
    return BY_FIELD[pattern]


@pytest.mark.parametrize(("operation", "path", "shape"), fields_of(Operation.CHANGE))
def test_it_knows_for_each_field_of_a_change_which_verification_it_needs(
    operation: str, path: str, shape: Shape
) -> None:
    filed = whole(operation)
    needs = needed(operation, with_another(filed, path, shape), filed)
    assert {each.way.value for each in needs} == expected(path)
    assert {each.place for each in needs} <= {0 if path.startswith("websites") else None}
    assert all(each.words for each in needs)


@pytest.mark.parametrize("path", OF_AN_INDIVIDUAL)
def test_it_wants_an_individual_in_person_whose_own_identity_changes(path: str) -> None:
    filed = whole(Operation.CHANGE)
    filed["subject"]["nature"] = 5
    asked = with_another(filed, path, Text(label="虚构", most=9))
    assert {each.way.value for each in needed(Operation.CHANGE, asked, filed)} == OF_AN_INDIVIDUAL[path]


@pytest.mark.parametrize(
    ("operation", "path", "shape"),
    fields_of(Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.NEW_ACCESS),
)
def test_it_wants_what_is_new_in_person_and_each_field_undoes_the_proof_of_it(
    operation: str, path: str, shape: Shape
) -> None:
    asked = whole(operation)
    before = {(each.place, each.way.value): each.stated for each in needed(operation, asked)}
    after = {
        (each.place, each.way.value): each.stated
        for each in needed(operation, with_another(asked, path, shape))
    }
    assert "in_person" in {way for _place, way in before}
    assert set(before) == set(after)
    undone = {way for place, way in before if before[place, way] != after[place, way]}
    assert undone == expected(path) - CURRENT


@pytest.mark.parametrize(
    ("operation", "path", "shape"), fields_of(*(each for each in Operation if each not in VERIFIED))
)
def test_it_verifies_nobody_for_what_is_taken_away_answered_or_handed_in(
    operation: str, path: str, shape: Shape
) -> None:
    asked = whole(operation)
    assert needed(operation, with_another(asked, path, shape), asked) == []


def test_it_knows_every_field_of_the_record() -> None:
    met = {re.sub(r"\[\d+\]", "[]", path) for each in VERIFIED for path, _ in leaves(blocks.OPERATIONS[each])}
    assert met == set(BY_FIELD) == set(FACETS)


def test_it_wants_each_website_by_itself_and_says_why() -> None:
    content = factories.new_filing(factories.website(), factories.website("虚构二站", "two.cn"), content="x")
    needs = needed(Operation.NEW_FILING, content)
    assert [(each.place, each.way) for each in needs] == [
        (place, way) for place in (None, 0, 1) for way in (Way.IN_PERSON, Way.OTHER)
    ]
    assert needs[0].words == ("主体第一次备案，负责人要当面核验",)


def test_it_says_which_fields_changed() -> None:
    filed = factories.document(Operation.CHANGE, "x")
    asked = copy.deepcopy(filed)
    asked["websites"][0]["responsible"] |= {"name": "虚构丁", "mobile": "13900000000"}
    asked["websites"][0]["domains"].append({"name": "example.com"})
    person, other = needed(Operation.CHANGE, asked, filed)
    assert (person.way, person.words) == (Way.IN_PERSON, ("网站负责人的身份变了，要当面核验",))
    assert person.fields == ("网站负责人 · 姓名",)
    assert (other.way, other.fields) == (Way.OTHER, ("域名 2", "网站负责人 · 手机号码"))


def test_it_pairs_a_website_that_is_named_by_its_number() -> None:
    filed = factories.document(Operation.CHANGE, "x")
    asked = copy.deepcopy(filed)
    del asked["websites"][0]["bureau_id"]
    assert needed(Operation.CHANGE, asked, filed) == []
    del asked["websites"][0]["number"]
    asked["websites"][0]["bureau_id"] = 2001
    assert needed(Operation.CHANGE, asked, filed) == []


def test_it_takes_everything_for_new_where_nothing_is_held() -> None:
    asked = factories.document(Operation.CHANGE, "x")
    ways = [each.way for each in needed(Operation.CHANGE, asked)]
    assert ways == [Way.IN_PERSON, Way.OTHER] * 2


@pytest.mark.parametrize("operation", sorted(VERIFIED))
def test_it_can_look_at_an_empty_draft(operation: str) -> None:
    assert {each.place for each in needed(operation, {}, {})} <= {None, 0}
    assert needed(operation, {"subject": {}, "websites": [{}]}, {})
