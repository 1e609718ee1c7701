"""Every code of the interface: a rule tells it first, or it is said why only the bureau can."""

from __future__ import annotations

from pathlib import Path

import pytest

from filing.result_codes import SUCCESS_CODES, all_codes
from filing.returned_codes import WHO
from filing.rules.registry import RULES
from filing.rules.words import deciders
from filing.rules_page import table_of_codes
from tests.filing.test_rules import FAULTS

DOCS = Path(__file__).parents[2] / "docs" / "rules.md"


def test_it_has_a_decider_for_every_code_and_for_no_other() -> None:
    assert set(deciders()) == set(all_codes())
    assert {who for who, _why in deciders().values()} <= set(WHO)


def test_it_has_a_rule_with_examples_where_a_rule_decides_and_only_there() -> None:
    of_rules = {code for code, (who, _why) in deciders().items() if who == "rule"}
    assert of_rules == {each.code for each in RULES}
    assert {each.code for each in RULES if FAULTS[each.name]} == of_rules


def test_it_says_why_where_no_rule_can() -> None:
    for code, (who, why) in deciders().items():
        assert bool(why) or who in ("rule", "good"), code
    assert {code for code, (who, _why) in deciders().items() if who == "good"} >= SUCCESS_CODES


@pytest.mark.parametrize("who", ["bureau", "built"])
def test_it_leaves_nothing_to_the_bureau_that_points_at_a_field_of_the_form(who: str) -> None:
    """What is left to it concerns the link, the bureau's own books, or the owner's password."""
    left = {code for code, (each, _why) in deciders().items() if each == who and 1000 < code < 2000}
    assert left <= {1018, 1028, 1051, 1052, 1053, 1054, 1063, 1068, 1999}


def test_it_is_told_in_the_documents() -> None:
    assert table_of_codes() in DOCS.read_text(encoding="utf-8"), "filing/rules_page.py prints the table anew"
