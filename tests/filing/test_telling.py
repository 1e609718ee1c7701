from __future__ import annotations

import json
from typing import Any

import pytest

from filing.choices import Operation
from filing.documents.operations import read_content
from filing.result_codes import all_codes
from filing.services import faults
from filing.services.codes import load_builtin_codes
from filing.services.faults import explain_all
from filing.services.telling import Group, tell, tell_changes
from tests import factories
from tests.filing.documents import AnyImages

pytestmark = pytest.mark.django_db

OP = Operation.NEW_FILING
PICTURE = {"format": 1, "purpose": 1, "owner": "website", "content": "x"}


def others() -> dict[str, dict[str, Any]]:
    """A document of every operation but the new filing."""
    filing = factories.new_filing(content="x")
    subject = {name: value for name, value in filing["subject"].items() if name != "filed_by"}
    verified = factories.website() | {"bureau_id": 2}
    del verified["languages"]
    verified["domains"] = [{"bureau_id": 3, "name": "example.cn"}]
    verified["accesses"][0] |= {"bureau_id": 4, "filed_by": 1}
    verified["accesses"][0]["ip_ranges"][0]["bureau_id"] = 5
    cancellation = {"number": "京ICP备00000001号", "reason": 1, "reason_remarks": "虚构"}
    return {
        Operation.NEW_WEBSITE: {"subject_number": "京ICP备00000001号", "websites": [factories.website()]},
        Operation.NEW_ACCESS: {"website_bureau_id": 7, "access": factories.access()},
        Operation.CHANGE: {
            "subject": subject | {"number": "京ICP备00000001号"},
            "websites": [factories.website() | {"number": "京ICP备00000001号-1"}],
        },
        Operation.CANCEL_SUBJECT: cancellation,
        Operation.CANCEL_WEBSITE: cancellation,
        Operation.CANCEL_ACCESS: {"bureau_id": 4, "reason": 1},
        Operation.SUBMIT_MATERIALS: {"attachments": [PICTURE | {"owner_number": "京ICP备00000001号-1"}]},
        Operation.VERIFICATION_RESULT: {
            "result": 1,
            "verifier": "虚构丙",
            "date": "2026-11-24",
            "opinion": "属实",
            "subject": subject | {"bureau_id": 1},
            "websites": [verified],
        },
        Operation.UNFILED_RESULT: {
            "domain": "example.cn",
            "ip": "203.0.113.10",
            "carrier_id": 1,
            "provider_id": 2,
            "province": 110000,
            "result": 1,
            "opinion": "已关停",
            "listed_on": "2026-11-01",
            "due_on": "2026-11-30",
            "reporter_phone": "13800000000",
        },
    }


OTHERS = others()


@pytest.fixture
def code_names() -> None:
    load_builtin_codes()


def clean(operation: str, document: dict[str, Any]) -> dict[str, Any]:
    found, problems = read_content(operation, document, AnyImages())
    assert problems == []
    return found


def rows(groups: list[Group]) -> dict[str, tuple[str, ...]]:
    return {f"{group.title}/{row.label}": row.values for group in groups for row in group.rows}


def test_it_tells_a_new_filing_in_groups(code_names: None) -> None:
    site = factories.website("甲站", "a.cn", "b.cn")
    site["accesses"].append(factories.access(("203.0.113.7", "203.0.113.7")))
    site["pre_approvals"] = [{"type": 1, "number": "虚构字1号", "scans": ["x", "y"]}]
    told = tell(OP, clean(OP, factories.new_filing(site, content="x")))
    assert [(group.title, group.level) for group in told] == [
        ("主体", 1),
        ("主体负责人", 2),
        ("网站 1", 1),
        ("网站 1 · 接入 1", 2),
        ("网站 1 · 接入 2", 2),
        ("网站 1 · 网站负责人", 2),
    ]
    found = rows(told)
    assert found["主体/通信地址"] == ("北京市海淀区虚构路1号",)
    assert found["主体/报备方式"]
    assert found["网站 1/域名"] == ("a.cn", "b.cn")
    assert found["网站 1/服务内容"] == ("单位门户网站",)
    assert found["网站 1 · 接入 1/IP 段"] == ("203.0.113.10 至 203.0.113.12",)
    assert found["网站 1 · 接入 2/IP 段"] == ("203.0.113.7",)
    assert found["网站 1/前置审批"][0].endswith(" · 虚构字1号 · 扫描件 2 张")
    assert found["主体负责人/证件号码"] == ("110105********002X",)


def test_it_tells_every_operation() -> None:
    assert {OP, *OTHERS} == set(Operation.values)


@pytest.mark.parametrize("operation", OTHERS)
def test_it_tells_each_operation_without_its_secrets(operation: str, code_names: None) -> None:
    content = clean(operation, OTHERS[operation])
    told = tell(operation, content)
    # Materials are nothing but pictures.
    assert bool(told) == (operation != Operation.SUBMIT_MATERIALS)
    text = json.dumps([row.values for group in told for row in group.rows], ensure_ascii=False)
    assert "{" not in text
    for secret in ("13800000000", factories.SUBJECT_CARD, factories.SITE_CARD):
        assert secret not in text
    assert {row.kind for row in tell_changes(operation, content, content)} == {"same"}


def test_it_tells_a_change_in_the_hidden_part_of_a_number() -> None:
    old, new = clean(OP, factories.new_filing(content="x")), clean(OP, factories.new_filing(content="x"))
    new["websites"][0]["responsible"]["mobile"] = "13800110000"
    (row,) = [each for each in tell_changes(OP, old, new) if each.kind != "same"]
    assert row.old == ("138****0000",)
    assert row.new == ("138****0000",)
    assert row.hidden
    (full,) = [each for each in tell_changes(OP, old, new, reveal=True) if each.kind != "same"]
    assert (full.old, full.new, full.hidden) == (("13800000000",), ("13800110000",), False)


def test_it_knows_every_place_by_a_field_that_some_code_names() -> None:
    named = {name for code in all_codes().values() for name in code.fields}
    assert set(faults._patterns()) <= named


def test_it_finds_the_places_of_each_code_in_a_whole_filing(code_names: None) -> None:
    content = clean(OP, factories.full_filing())
    explained = explain_all([1005, 1007, 1006, 1021, 1008], "", OP, content)
    assert [[place.path for place in each.places] for each in explained] == [
        ["websites[0].domains[0].name"],
        [
            f"{owner}.responsible.{name}"
            for owner in ("subject", "websites[0]")
            for name in ("office_phone", "mobile", "email")
        ],
        [f"websites[0].accesses[0].ip_ranges[0].{end}" for end in ("start", "end")],
        ["websites[0].home_url"],
        ["subject.nature", "subject.certificate.type", "subject.certificate.number"],
    ]
    assert not any(each.sure for each in explained)


def test_it_lists_no_credit_code_where_an_identity_card_is_meant() -> None:
    (explained,) = explain_all([1015], "", OP, clean(OP, factories.full_filing()))
    assert {place.label.split(" · ")[-1] for place in explained.places} == {"证件号码"}
    assert "subject.certificate.number" not in {place.path for place in explained.places}


def test_it_does_not_list_forty_domains() -> None:
    site = factories.website("甲站", *(f"d{number}.cn" for number in range(40)))
    (explained,) = explain_all([1005], "", OP, clean(OP, factories.new_filing(site, content="x")))
    assert (len(explained.places), explained.more) == (6, 34)
    (named,) = explain_all([1005], "域名 d31.cn 冲突", OP, clean(OP, factories.new_filing(site, content="x")))
    assert named.sure
    assert [place.values for place in named.places] == [("d31.cn",)]
