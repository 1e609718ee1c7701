"""Whatever passes the shapes of the form and the import satisfies the upload schema, without exception."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from filing.choices import Operation
from filing.documents.operations import read_content
from reporting.builders import BUILDERS, Extras, assemble, build_record, serialise
from reporting.schema import Kind, validate
from tests.reporting.material import ISP_ID
from tests.reporting.random_documents import Taken, document, fullest

EXTRAS = Extras(images=lambda reference: b"\xff\xd8\xff image", password="Demo-12345", isp_id=ISP_ID)


def faults(operation: str, *contents: dict[str, Any]) -> list[tuple[str, str]]:
    """Read the documents as the import does, build them into one report, and hold it to the schema."""
    records = []
    for content in contents:
        clean, problems = read_content(operation, content, Taken())
        assert problems == []
        assert clean == content, "what was read is what was given"
        records.append(build_record(BUILDERS[operation], clean, EXTRAS))
    xml = serialise(assemble(records, isp_id=ISP_ID))
    return [(problem.path, problem.explanation) for problem in validate(xml, Kind.UPLOAD)]


@pytest.mark.parametrize("operation", Operation.values)
@given(seeds=st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=3))
# A smaller seed is no simpler document: nothing to shrink.
@settings(max_examples=60, deadline=None, derandomize=True, database=None, phases=[Phase.generate])
def test_it_builds_valid_reports_of_random_documents(operation: str, seeds: list[int]) -> None:
    assert faults(operation, *(document(operation, seed) for seed in seeds)) == []


@pytest.mark.parametrize("operation", Operation.values)
def test_it_builds_valid_reports_at_every_upper_bound(operation: str) -> None:
    assert faults(operation, fullest(operation)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("subject.name", "长" * 256),
        ("subject.responsible.mobile", "1" * 10),
        ("subject.filed_by", 2),
        ("subject.certificate.type", 1000),
        ("websites.0.languages", []),
        ("websites.0.service_contents", [65]),
        ("websites.0.domains.0.name", "a.b"),
        ("websites.0.accesses.0.ip_ranges.0.start", "0.0.0.0"),
    ],
)
def test_it_is_the_shapes_that_hold_the_bounds(path: str, value: Any) -> None:
    """One step beyond, and the same document is refused by the shape and by the schema."""
    content = fullest(Operation.NEW_FILING)
    place: Any = content
    *steps, last = path.split(".")
    for step in steps:
        place = place[int(step)] if isinstance(place, list) else place[step]
    place[last] = value
    _clean, problems = read_content(Operation.NEW_FILING, content, Taken())
    assert problems
    record = build_record(BUILDERS[Operation.NEW_FILING], content, EXTRAS)
    assert validate(serialise(assemble([record], isp_id=ISP_ID)), Kind.UPLOAD)
