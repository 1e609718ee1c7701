"""Random documents made from the schema go through the reader and every handler; none of them stops anything."""

from __future__ import annotations

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

import xsd
from reporting.choices import ItemOutcome
from reporting.models import Link
from reporting.readers.document import RECORD_PATHS, read_document, records_of
from reporting.services.apply import HANDLERS
from tests.reporting.downloads import apply, apply_again, of_tree
from tests.xsd_documents import random_document
from xsd import Kind

pytestmark = pytest.mark.django_db

WAYS = sorted(RECORD_PATHS)
IN_A_TRANSACTION = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
"""Examples share the test's transaction: each looks at the items of its own download only."""


def made(way: str, seed: int, damage: float = 0.0) -> etree._Element:
    declared = xsd.model(Kind.DOWNLOAD)
    return random_document(declared, random.Random(f"{way}:{seed}"), through=way.split("/"), damage=damage)


@pytest.mark.parametrize("way", WAYS)
def test_it_makes_valid_documents_of_every_kind(way: str) -> None:
    for seed in range(5):
        root = made(way, seed)

        assert not xsd.violations(root.getroottree(), Kind.DOWNLOAD), seed
        assert RECORD_PATHS[way] in {record.kind for record in records_of(root)}


@pytest.mark.parametrize("way", WAYS)
def test_it_applies_a_valid_document_twice(quiet_link: Link, way: str) -> None:
    root = made(way, 1)

    items = apply(quiet_link, of_tree(root))
    again = apply_again(items)

    assert [item.kind for item in items] == [record.kind for record in records_of(root)]
    assert {item.kind for item in items} <= HANDLERS.keys()
    first, second = ({item.outcome for item in each} for each in (items, again))
    assert not (first | second) & {ItemOutcome.UNKNOWN, ItemOutcome.WAITING}
    assert not items[0].download.oddities


@settings(max_examples=40, deadline=None, suppress_health_check=IN_A_TRANSACTION)
@given(way=st.sampled_from(WAYS), seed=st.integers(0, 2**32), damage=st.sampled_from([0.02, 0.2, 0.6]))
def test_it_keeps_every_record_of_a_damaged_document(
    quiet_link: Link, way: str, seed: int, damage: float
) -> None:
    xml = of_tree(made(way, seed, damage))

    items = apply(quiet_link, xml)

    assert len(items) == len(read_document(xml).records) > 0
    assert all(item.outcome != ItemOutcome.WAITING for item in items)
    assert items[0].download.applied_at
    kept = {ItemOutcome.APPLIED, ItemOutcome.NOTED}
    assert all(item.reason for item in items if item.outcome not in kept)
