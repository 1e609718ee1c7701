"""A result code of the bureau leads to the field of the form that it means."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from filing.forms import hints
from filing.forms.hints import Hint, fields_of, hints_for
from tests import factories


def two_sites() -> dict[str, Any]:
    return factories.new_filing(
        factories.website("甲站", "first.cn"), factories.website("乙站", "second.cn"), content="sha256:0"
    )


@pytest.mark.parametrize(
    ("code", "paths"),
    [
        (1003, ["subject.name", "subject.certificate.type", "subject.certificate.number"]),
        (1014, ["subject.nature"]),
        (1019, ["subject.address.province", "subject.address.city", "subject.address.county"]),
        (1022, ["websites[0].home_url"]),
        (1031, ["websites[0].responsible.office_phone"]),
        (1036, ["websites[0].accesses[0].server_locations"]),
        (1006, ["websites[0].accesses[0].ip_ranges"]),
        (1056, ["attachments[0].content"]),
        (
            1015,
            [
                "subject.responsible.certificate_number",
                "websites[0].responsible.certificate_number",
            ],
        ),
        (1017, []),
        (1060, []),
        (4711, []),
    ],
)
def test_it_points_at_the_fields_of_a_code(code: int, paths: list[str]) -> None:
    filing = factories.new_filing(content="sha256:0")
    assert [hint.path for hint in hints_for([code], filing)] == paths


def test_it_means_every_website_unless_the_bureau_quotes_one() -> None:
    paths = ["websites[0].domains", "websites[1].domains"]
    assert [hint.path for hint in hints_for([1005], two_sites())] == paths
    assert [hint.path for hint in hints_for([1005], two_sites(), "域名冲突")] == paths
    words = "域名second.cn在备案信息库中已存在"
    assert hints_for([1005], two_sites(), words) == [Hint(1005, "websites[1].domains")]


def test_it_does_not_take_a_part_of_a_longer_name_for_a_quotation() -> None:
    filing = factories.new_filing(
        factories.website("甲站", "a.cn"), factories.website("乙站", "xa.cn"), content="sha256:0"
    )
    assert [hint.path for hint in hints_for([1005], filing, "域名 xa.cn 已存在")] == ["websites[1].domains"]


def test_it_means_identity_cards_only_where_the_code_does() -> None:
    filing = factories.new_filing(content="sha256:0", certificate={"type": 2, "number": "x", "address": "y"})
    assert "subject.certificate.number" in [hint.path for hint in hints_for([1015], filing)]


def test_it_knows_a_field_for_each_element_that_the_table_of_places_names() -> None:
    path = Path(hints.__file__).parent.parent / "data" / "fault_places.tsv"
    rows = [line.split("\t") for line in path.read_text("utf-8").splitlines() if not line.startswith("#")]
    unknown = [element for element, _path in rows[1:] if not fields_of(element)]
    assert unknown == []
    assert fields_of("Ip_xx/Zzip") == ("websites.accesses.ip_ranges", "access.ip_ranges")
    assert fields_of("Wz_Fzr/Fzr_dhhm") == ("websites.responsible.office_phone",)
