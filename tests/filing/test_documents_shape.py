from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from filing.choices import Operation
from filing.documents.operations import read_content, shape_of
from filing.documents.shape import Block, ListOf, Number, Problem, Shape, Text
from tests import factories
from tests.filing.documents import AnyImages, steps_of, with_value

OP = Operation.NEW_FILING
SMALL_LISTS = 1000


def read(document: Any, *, complete: bool = True) -> tuple[Any, list[Problem]]:
    return read_content(OP, document, AnyImages(), complete=complete)


def problems_at(path: str, value: Any, *, complete: bool = True) -> list[Problem]:
    """What is said of a value in its place; of a list also what is said of its items."""
    found = read(with_value(path, value), complete=complete)[1]
    assert all(each.path == path or each.path.startswith((f"{path}[", f"{path}.")) for each in found), found
    return found


def walk(shape: Shape, path: str = "") -> Iterator[tuple[str, Shape]]:
    if path:
        yield path, shape
    if isinstance(shape, Block):
        for name, field in shape.fields.items():
            if name != "own_id":
                yield from walk(field, f"{path}.{name}" if path else name)
    elif isinstance(shape, ListOf):
        yield from walk(shape.item, f"{path}[0]")


PLACES = dict(walk(shape_of(OP)))
TEXTS = {path: shape for path, shape in PLACES.items() if isinstance(shape, Text) and not shape.options}
NUMBERS = {path: shape for path, shape in PLACES.items() if isinstance(shape, Number)}
LISTS = {path: shape for path, shape in PLACES.items() if isinstance(shape, ListOf)}


CONTRACT_FIELDS = {
    "subject": "name nature investor address certificate responsible filed_by remarks",
    "subject.address": "province city county detail",
    "subject.certificate": "type number address",
    "subject.responsible": "name office_phone mobile email msn qq certificate_type certificate_number",
    "websites[0]": "name pre_approvals service_contents languages domains accesses responsible home_url remarks",
    "websites[0].pre_approvals[0]": "type number scans",
    "websites[0].domains[0]": "name",
    "websites[0].responsible": "name office_phone mobile email msn qq certificate_type certificate_number",
    "websites[0].accesses[0]": "server_locations methods ip_ranges",
    "websites[0].accesses[0].ip_ranges[0]": "start end",
    "attachments[0]": "format purpose content owner owner_index remarks",
}


def test_it_has_the_fields_of_the_contract_and_no_other() -> None:
    found = {
        path: set(shape.fields) - {"own_id"} for path, shape in PLACES.items() if isinstance(shape, Block)
    }
    assert found == {path: set(names.split()) for path, names in CONTRACT_FIELDS.items()}


def test_it_takes_a_whole_filing_and_a_minimal_one() -> None:
    for document in (factories.full_filing(), factories.new_filing()):
        clean, problems = read(copy.deepcopy(document))
        assert problems == []
        assert clean == document


# --- bounds: both sides of each, as the definitions say, and as the interface says ----------------


@pytest.mark.parametrize("path", TEXTS)
def test_it_bounds_each_text_on_both_sides(path: str) -> None:
    shape = TEXTS[path]
    assert problems_at(path, "a" * shape.least) == problems_at(path, "永" * shape.most) == []
    [too_long] = problems_at(path, "永" * (shape.most + 1))
    assert str(shape.most) in too_long.message and str(shape.most + 1) in too_long.message
    if shape.least > 1:
        [too_short] = problems_at(path, "a" * (shape.least - 1))
        assert str(shape.least) in too_short.message


@pytest.mark.parametrize("path", NUMBERS)
def test_it_bounds_each_number_on_both_sides(path: str) -> None:
    shape = NUMBERS[path]
    assert problems_at(path, shape.least) == problems_at(path, shape.most) == []
    assert len(problems_at(path, shape.least - 1)) == len(problems_at(path, shape.most + 1)) == 1


@pytest.mark.parametrize("path", LISTS)
def test_it_bounds_each_list_on_both_sides(path: str) -> None:
    shape = LISTS[path]
    one = factories.full_filing()
    for step in steps_of(path):
        one = one[step]
    record = one[0]
    assert problems_at(path, [record]) == []
    assert len(problems_at(path, [])) == (1 if shape.required else 0)
    if shape.most is not None:
        assert problems_at(path, [record] * shape.most) == []
        assert f"{shape.most + 1} 项" in problems_at(path, [record] * (shape.most + 1))[0].message
    else:
        assert problems_at(path, [record] * SMALL_LISTS) == []


INTERFACE_TEXTS = [
    ("subject.name", 1, 255),
    ("subject.investor", 1, 255),
    ("subject.address.detail", 1, 1024),
    ("subject.certificate.number", 1, 255),
    ("subject.certificate.address", 1, 1024),
    ("subject.responsible.name", 1, 128),
    ("subject.responsible.office_phone", 11, 128),
    ("subject.responsible.mobile", 11, 128),
    ("subject.responsible.email", 6, 128),
    ("subject.responsible.msn", 6, 128),
    ("subject.responsible.qq", 5, 128),
    ("subject.responsible.certificate_number", 1, 128),
    ("subject.remarks", 1, 1024),
    ("websites[0].name", 1, 512),
    ("websites[0].pre_approvals[0].number", 1, 512),
    ("websites[0].domains[0].name", 4, 128),
    ("websites[0].responsible.mobile", 11, 128),
    ("websites[0].home_url", 4, 255),
    ("websites[0].remarks", 1, 1024),
    ("attachments[0].remarks", 1, 256),
]
INTERFACE_NUMBERS = [
    ("subject.nature", 1, 999),
    ("subject.address.province", 100000, 2**63 - 1),
    ("subject.certificate.type", 1, 999),
    ("subject.responsible.certificate_type", 1, 999),
    ("subject.filed_by", 0, 1),
    ("websites[0].pre_approvals[0].type", 1, 64),
    ("websites[0].service_contents[0]", 1, 64),
    ("websites[0].languages[0]", 1, 64),
    ("websites[0].accesses[0].server_locations[0]", 1, 64),
    ("websites[0].accesses[0].methods[0]", 1, 64),
    ("attachments[0].format", 1, 2**63 - 1),
    ("attachments[0].purpose", 1, 2**63 - 1),
]
INTERFACE_LISTS = [
    ("websites", None),
    ("websites[0].pre_approvals", 64),
    ("websites[0].pre_approvals[0].scans", 10),
    ("websites[0].service_contents", 64),
    ("websites[0].languages", 256),
    ("websites[0].domains", None),
    ("websites[0].accesses", None),
    ("websites[0].accesses[0].server_locations", 64),
    ("websites[0].accesses[0].methods", 64),
    ("websites[0].accesses[0].ip_ranges", None),
]


def test_it_has_the_bounds_of_the_interface() -> None:
    # Spec: V.3.0 upload schema, ICP/XZBA/Baxx: string m..n, long m..n, [m..n] of each element.
    assert [(path, TEXTS[path].least, TEXTS[path].most) for path, _, _ in INTERFACE_TEXTS] == INTERFACE_TEXTS
    assert [(p, NUMBERS[p].least, NUMBERS[p].most) for p, _, _ in INTERFACE_NUMBERS] == INTERFACE_NUMBERS
    assert [(path, LISTS[path].most) for path, _ in INTERFACE_LISTS] == INTERFACE_LISTS


OPTIONAL = {
    *("subject.nature", "subject.investor", "subject.remarks", "subject.responsible.name"),
    *("subject.address.county", "subject.address.detail"),
    *("websites[0].pre_approvals", "websites[0].home_url", "websites[0].remarks"),
    *("attachments", "attachments[0].owner_index", "attachments[0].remarks"),
    *(
        f"{who}.responsible.{name}"
        for who in ("subject", "websites[0]")
        for name in ("office_phone", "msn", "qq", "certificate_type", "certificate_number")
    ),
}


@pytest.mark.parametrize("path", [path for path in PLACES if not path.endswith("]")])
def test_it_asks_for_what_the_interface_asks_for(path: str) -> None:
    found = problems_at(path, "absent")
    assert [each.message for each in found] == ([] if path in OPTIONAL else ["补填此项"])
    assert problems_at(path, None) == problems_at(path, "") == found
    assert problems_at(path, "absent", complete=False) == []
