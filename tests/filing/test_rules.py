from __future__ import annotations

import copy
from typing import Any

import pytest

from filing.choices import INDIVIDUAL_NATURE, Operation, Severity
from filing.code_tables import CodeTable
from filing.documents.operations import read_content
from filing.rules import Context, blocking, check
from filing.rules.registry import RULES
from tests import factories
from tests.filing import rule_faults, rule_faults_content, rule_faults_held, tables
from tests.filing.documents import AnyImages
from tests.filing.rule_faults import IMAGE, RANGES, SITE, SMALL, images, put, ranges
from tests.filing.rule_faults_held import OF_DOWNLOADED_TABLES

O = Operation  # noqa: E741
NAMES = {each.name: each for each in RULES}
FAULTS = rule_faults.FAULTS | rule_faults_content.FAULTS | rule_faults_held.FAULTS

pytestmark = pytest.mark.usefixtures("builtin_tables")


def found(name: str, operation: str, document: dict[str, Any], context: Context) -> list[str]:
    """The places where one rule finds a fault, in a document that has passed its shape."""
    clean, problems = read_content(operation, document, AnyImages())
    assert problems == []
    return [path for path, message in NAMES[name].find(_with_numbers(document, clean), context) if message]


def _with_numbers(document: Any, clean: Any) -> Any:
    """The clean document with the numbers of ours that a draft gets: JSON from outside brings none."""
    if isinstance(clean, dict):
        numbers = {"own_id": document["own_id"]} if "own_id" in document else {}
        return numbers | {key: _with_numbers(document[key], value) for key, value in clean.items()}
    if isinstance(clean, list) and all(isinstance(each, dict) for each in clean):
        return [_with_numbers(before, each) for before, each in zip(document, clean, strict=True)]
    return clean


def test_it_has_a_pass_and_a_fail_for_each_rule() -> None:
    assert set(FAULTS) == set(NAMES)
    assert len(NAMES) == len(RULES), "two rules of one name"
    assert all(each.title and each.explained.is_known for each in RULES)


@pytest.mark.parametrize(
    ("name", "place"), [(name, i) for name, each in FAULTS.items() for i in range(len(each))]
)
def test_it_finds_the_fault_and_passes_a_good_document(name: str, place: int) -> None:
    fault, rule = FAULTS[name][place], NAMES[name]
    assert fault.operation in rule.operations
    if name in OF_DOWNLOADED_TABLES:
        tables.remember(downloaded=CodeTable.values)
    for table in (CodeTable.CANCEL_REASON, CodeTable.UNFILED_HANDLING):
        if name == f"{table}_codes_are_valid":
            tables.remember_row(table, 1, valid=True)
        elif name.startswith(table):
            tables.remember_row(table, 1, valid=True, downloaded=False)
    good = factories.document(fault.operation, IMAGE)
    if name in ("addresses_are_public", "addresses_are_not_examples"):
        ranges(("1.2.4.8", "1.2.4.8"))(good)
    assert found(name, fault.operation, good, SMALL) == []
    bad = copy.deepcopy(good)
    fault.change(bad)
    assert found(name, fault.operation, bad, fault.context) == [fault.path]
    clean = _with_numbers(bad, read_content(fault.operation, bad, AnyImages())[0])
    wanted = rule.severity or Severity.BLOCK
    told = [
        each
        for each in check(fault.operation, clean, fault.context)
        if (each.code, each.path, each.severity) == (rule.code, fault.path, wanted)
    ]
    assert told
    assert all(each.label and each.message for each in told)


@pytest.mark.parametrize("operation", Operation.values)
def test_it_blocks_no_good_document_of_any_operation(operation: str) -> None:
    clean, problems = read_content(operation, factories.document(operation, IMAGE), AnyImages())
    assert problems == []
    assert blocking(check(operation, clean, SMALL)) == []


def test_it_passes_what_is_just_right() -> None:
    for name, operation, change, context in [
        ("home_pages_are_under_a_domain", O.NEW_FILING, put(f"{SITE}.home_url", "Example.CN:8080/a"), SMALL),
        ("images_are_small_enough", O.NEW_FILING, lambda document: None, images(size_bytes=112_500)),
        (
            "ranges_do_not_overlap",
            O.NEW_FILING,
            ranges(("1.1.1.1", "1.1.1.9"), ("1.1.1.10", "1.1.1.12")),
            SMALL,
        ),
        ("domains_are_registrable", O.NEW_FILING, put(f"{SITE}.domains[0].name", "例子.中国"), SMALL),
        (
            "mobiles_can_be_called",
            O.NEW_FILING,
            put("subject.responsible.mobile", "13800000000;19900000000"),
            SMALL,
        ),
    ]:
        document = factories.document(operation, IMAGE)
        change(document)
        assert found(name, operation, document, context) == [], name


def test_it_sees_that_a_wide_range_covers_several() -> None:
    filing = factories.document(O.NEW_FILING, IMAGE)
    ranges(("1.1.1.1", "1.1.2.9"), ("1.1.1.2", "1.1.1.3"), ("1.1.2.0", "1.1.2.0"))(filing)
    places = [f"{RANGES}[1].start", f"{RANGES}[2].start"]
    assert found("ranges_do_not_overlap", O.NEW_FILING, filing, SMALL) == places


def test_it_lets_an_individual_leave_out_what_units_must_give() -> None:
    filing = factories.new_filing(content=IMAGE, nature=INDIVIDUAL_NATURE)
    for person in (filing["subject"]["responsible"], filing["websites"][0]["responsible"]):
        del person["office_phone"]
    del filing["subject"]["responsible"]["name"]
    assert blocking(check(O.NEW_FILING, filing, SMALL)) == []
    site = factories.document(O.NEW_WEBSITE, IMAGE)
    del site["websites"][0]["responsible"]["office_phone"]
    assert blocking(check(O.NEW_WEBSITE, site, Context(held_nature=INDIVIDUAL_NATURE))) == []


def test_it_tells_blocking_faults_first_then_by_place() -> None:
    filing = factories.new_filing(content=IMAGE)
    filing["subject"]["certificate"]["number"] = "91110108MA000000X5"
    put(f"{SITE}.domains[0].name", "www.example.cn")(filing)
    put("subject.responsible.email", "x@y")(filing)
    told = check(O.NEW_FILING, filing, SMALL)
    assert [each.severity for each in told] == sorted(each.severity for each in told)
    assert [each.path for each in blocking(told)] == ["subject.responsible.email", f"{SITE}.domains[0].name"]
    assert told[-1].severity == Severity.WARN
