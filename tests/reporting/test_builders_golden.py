"""A golden file for each operation on what is filed: examples/operations.json as XML that a reviewer can read."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from filing.choices import PASSWORD_OPERATIONS, Operation
from filing.documents.operations import OWN_ID_KEY, read_content, shape_of
from filing.documents.shape import Block, ListOf, Shape
from filing.services.intake import ENVELOPE_KEYS
from reporting.builders import BUILDERS, Extras, assemble, build_record, serialise
from reporting.schema import Kind, validate

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "samples" / "operations"
REQUESTS = {
    request["operation"]: request
    for request in json.loads((ROOT / "examples" / "operations.json").read_text(encoding="utf-8"))["requests"]
}
EXTRAS = Extras(images=lambda reference: b"image", password="Demo-12345", isp_id=110000000001)


class AnyImages:
    """Takes every text for an image: the golden files hold five bytes for each."""

    def take(self, value: str, *, jpeg_only: bool) -> str:
        return "sha256:image"


def numbered(value: Any, shape: Shape, numbers: Any) -> Any:
    """The document with numbers of our own, 1, 2, 3 … in the order of its records."""
    if isinstance(shape, ListOf):
        return [numbered(each, shape.item, numbers) for each in value]
    if not isinstance(shape, Block):
        return value
    own = {OWN_ID_KEY: next(numbers)} if OWN_ID_KEY in shape.fields else {}
    return own | {name: numbered(each, shape.fields[name], numbers) for name, each in value.items()}


def document(operation: str) -> dict[str, Any]:
    body = {key: value for key, value in REQUESTS[operation].items() if key not in ENVELOPE_KEYS}
    if operation == Operation.CANCEL_SUBJECT:
        # by its number in the example: the bureau's id is filled in where the filing is held
        body = {"bureau_id": 1003} | {key: value for key, value in body.items() if key != "number"}
    content, problems = read_content(operation, body, AnyImages())
    assert problems == []
    found: dict[str, Any] = numbered(content, shape_of(operation), count(1))
    return found


def report(operation: str) -> bytes:
    password = EXTRAS.password if "icp_password" in REQUESTS[operation] else ""
    extras = Extras(EXTRAS.images, password, EXTRAS.isp_id)
    return serialise(
        assemble([build_record(BUILDERS[operation], document(operation), extras)], isp_id=EXTRAS.isp_id)
    )


def readable(xml: bytes) -> str:
    root = etree.fromstring(xml)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode") + "\n"


@pytest.mark.parametrize("operation", sorted(REQUESTS))
def test_it_builds_what_the_golden_file_shows(operation: str) -> None:
    golden = GOLDEN / f"{operation}.xml"

    xml = report(operation)

    assert readable(xml) == golden.read_text(encoding="utf-8")
    assert validate(xml, Kind.UPLOAD) == []


def test_it_has_a_golden_file_for_every_operation_but_the_new_filing() -> None:
    assert set(REQUESTS) | {Operation.NEW_FILING} == set(Operation.values) == set(BUILDERS)


@pytest.mark.parametrize("operation", sorted(PASSWORD_OPERATIONS))
def test_it_sends_the_hash_of_the_password_and_never_the_password(operation: str) -> None:
    xml = report(operation)

    assert b"<ICPmm>eaea54869374b246822ccc66f61fc4a6</ICPmm>" in xml
    assert b"Demo-12345" not in xml


def test_it_carries_all_of_them_in_one_file() -> None:
    records = [build_record(BUILDERS[each], document(each), EXTRAS) for each in sorted(REQUESTS)]

    xml = serialise(assemble(records, isp_id=EXTRAS.isp_id))

    assert validate(xml, Kind.UPLOAD) == []
    sections = [child.tag for child in etree.fromstring(xml)[0]]
    assert sections == ["XZWZ", "XZJR", "BGBA", "HSJG", "WBACLJG", "ZXBA", "XZHYD", "Qqdwid"]
