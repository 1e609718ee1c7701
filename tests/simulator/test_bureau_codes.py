"""Codes that only some bureaus give, and that no code is given which no test asks for."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

import simulator
from simulator import codes
from tests.simulator.bureau_provider import (
    OTHER_ID,
    cancel,
    change,
    changed_site,
    codes_of,
    manual,
    new_access,
    new_website,
)
from tests.simulator.bureau_samples import (
    ISP_ID,
    PASSWORD_MD5,
    edited,
    new_filing,
    upload_data,
    website,
)

PACKAGE = Path(simulator.__file__).parent
# Answered by these functions, found by these: a whole number among their arguments is a code.
GIVING = {"find", "Refused", "answer", "missing", "_refuse"}
# What only a real bureau can know, or what needs data that V.3.0 does not carry; a refuse rule gives any of them.
NOT_DECIDED_HERE = {1028, 1067, 1068, 1999, 5002, 5999}


def options(provider, **values):
    provider.running.bureau.set_options(values)


def test_it_returns_a_mobile_number_of_too_many_subjects(provider):
    options(provider, mobile_limit=2)
    assert codes_of(provider.send("XZBA", new_filing(5))) == [1001]
    [document] = provider.send("XZBA", new_filing(6))
    assert codes_of([document]) == [1007]
    assert "手机号码" in document.findtext(".//Dmms")
    assert codes_of(provider.send("XZBA", new_filing(6, Fzr__Fzr_sjhm="13900000000"))) == [1001]
    assert codes_of(provider.send("BGBA", change(provider.subject))) == [1001], "its own does not count"


def test_it_returns_the_name_of_another_website_where_names_are_unique(provider):
    site = website(7, Wzmc="示例网站1")
    assert codes_of(provider.send("XZBA", new_filing(7, sites=site))) == [1001]
    options(provider, unique_site_names=True)
    assert codes_of(provider.send("XZBA", new_filing(8, sites=website(8, Wzmc="示例网站1")))) == [1020]
    own = changed_site(provider.subject.websites[1], Wzmc="示例网站2")
    assert codes_of(provider.send("BGBA", change(provider.subject, sites=own))) == [1001]


def test_it_returns_an_address_range_that_was_reported_before(provider):
    again = edited(website(9), {"Jr_xx/Ip_xx/IspIpid": 1})
    assert codes_of(provider.send("XZBA", new_filing(9, sites=again))) == [1040]
    assert codes_of(provider.send("XZWZ", new_website("<Ztid>1000001</Ztid>", again))) == [1040]
    same = website(9).replace("</Jr_xx>", range_of(9) + "</Jr_xx>")
    assert codes_of(provider.send("XZBA", new_filing(9, sites=same))) == [1040]
    record = edited(new_access("<Wzid>2000001</Wzid>"), {"Ip_xx/IspIpid": 1})
    provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID))
    assert codes_of(provider.other.fetch_all()) == [1001], "another unit counts for itself"


def range_of(n):
    address = 0xCB007100 + n
    return f"<Ip_xx><IspIpid>99</IspIpid><Qsip>{address}</Qsip><Zzip>{address}</Zzip></Ip_xx>"


def test_it_takes_so_many_changes_at_once(provider):
    options(provider, max_changes=2)
    manual(provider)
    record = change(provider.subject)
    assert [codes_of(provider.send("BGBA", record)) for _ in range(3)] == [[], [], [1051]]
    provider.running.bureau.decide(approve=False)
    provider.client.fetch_all()
    assert provider.send("ZXBA", cancel(1, provider.subject.websites[0].wzid)) == []
    assert codes_of(provider.send("BGBA", record)) == [1017], "a cancellation still stops a change"


def test_it_returns_what_its_old_system_still_works_on(provider):
    subject, site = provider.subject, provider.subject.websites[0]
    options(provider, old_system=[subject.number, site.number, "91110108MA00000005"])
    access = new_access(f"<Wzbah>{site.number}</Wzbah>", n=60)
    provider.other.upload(1, upload_data("XZJR", access, isp_id=OTHER_ID))
    assert 1052 in codes_of(provider.other.fetch_all())
    assert codes_of(provider.send("BGBA", change(subject))) == [1052]
    assert codes_of(provider.send("ZXBA", cancel(1, site.wzid))) == [1052]
    assert codes_of(provider.send("XZBA", new_filing(5))) == [1052]
    options(provider, old_system=[])
    assert codes_of(provider.send("XZBA", new_filing(5))) == [1001]


def test_it_returns_each_request_of_a_unit_that_was_deleted(provider):
    options(provider, standing="deleted")
    [document] = provider.send("XZBA", new_filing(5), new_filing(6))
    assert codes_of([document]) == [1053, 1053]
    assert [item.text for item in document.iter("Bs")] == ["5", "6"]


def test_it_refuses_the_file_of_a_unit_that_is_not_valid(provider):
    options(provider, standing="invalid")
    [document] = provider.send("XZBA", new_filing(5))
    assert codes_of([document]) == [1054]
    assert document.findtext(".//Jg_xx/Bz") == "data2.xml"
    assert document.find(".//Bs") is None


def test_it_returns_what_a_unit_may_not_ask(provider):
    options(provider, operations=[1, 4])
    assert codes_of(provider.send("XZBA", new_filing(5))) == [1001]
    [document] = provider.send("ZXBA", cancel(1, provider.subject.websites[0].wzid))
    assert codes_of([document]) == [5009]
    assert document.findtext(".//Czlx") == "7"


def test_it_returns_addresses_that_the_unit_did_not_report(provider):
    options(provider, address_ranges=["203.0.113.0/28", "203.0.113.200-203.0.113.210"])
    at = {n: new_filing(n) for n in (15, 16, 199, 200, 210, 211)}
    documents = provider.send("XZBA", *at.values())
    found = {int(row.findtext("Bs")): int(row.findtext("Jgxx/Jgdm")) for row in documents[0].iter("Jg_xx")}
    assert found == {15: 1001, 16: 1063, 199: 1063, 200: 1001, 210: 1001, 211: 1063}


@pytest.mark.parametrize(
    ("character", "code"),
    [("\u200b", 5008), ("\u0085", 5008), ("\ufeff", 5008), ("\u202e", 5008), ("\ue000", 5008), ("\n", 1001)],
)
def test_it_returns_odd_characters(provider, character, code):
    [document, *_] = provider.send("XZBA", new_filing(5, Txdz__Xxdz=f"示例路{character}1号"))
    assert codes_of([document]) == [code]
    if code == 5008:
        assert f"Xxdz U+{ord(character):04X}" in document.findtext(".//Dmms")


def test_it_gives_any_code_by_a_rule_about_a_number(start, provider):
    number = provider.subject.websites[0].number
    rules = [
        {"when": {"number": number, "operation": ["变更备案", 2]}, "code": code} for code in NOT_DECIDED_HERE
    ]
    for rule in rules:
        provider.running.bureau.conduct.change("decide", {"refuse": [rule]})
        [document] = provider.send("BGBA", change(provider.subject))
        assert codes_of([document]) == [rule["code"]]
        assert document.findtext(".//Dmms") == codes.message(rule["code"])
    assert codes_of(provider.send("ZXBA", cancel(1, provider.subject.websites[1].wzid))) == [1001]


# Every code that can be given ------------------------------------------------------------------------


@cache
def given_codes() -> set[int]:
    """Read from the source: the codes that it answers, finds, or names as constants."""
    found: set[int] = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) in GIVING:
                parts = [*node.args, *(item.value for item in node.keywords)]
            elif isinstance(node, ast.keyword) and node.arg == "missing_code":
                parts = [node.value]
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name | ast.Tuple):
                parts = [node.value] if ast.unparse(node.targets[0]).isupper() else []
            elif isinstance(node, ast.For) and isinstance(node.iter, ast.Tuple):
                parts = [node.iter]
            else:
                continue
            numbers = {
                item.value for part in parts for item in ast.walk(part) if isinstance(item, ast.Constant)
            }
            found |= {value for value in numbers if type(value) is int and (value > 999 or value < 23)}
            found |= numbers & {999}
    return found & set(codes.messages())


def _name(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def asked_codes() -> set[int]:
    """Whole numbers that stand in these tests."""
    return {
        node.value
        for path in Path(__file__).parent.glob("test_*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and type(node.value) is int
    }


def test_it_gives_no_code_that_no_test_asks_for():
    assert len(given_codes()) > 90
    assert given_codes() - asked_codes() == set()


def test_it_gives_every_code_of_filings_but_those_it_says_it_cannot():
    filings = {code for code in codes.messages() if code < 2000 or 5000 < code < 6000}
    assert filings - given_codes() - {901, 902} == NOT_DECIDED_HERE


def test_it_tells_of_every_code_in_its_docs():
    page = (PACKAGE.parent / "docs" / "simulator.md").read_text(encoding="utf-8")
    told = {int(number) for number in re.findall(r"\b\d{1,4}\b", page)}
    assert given_codes() | NOT_DECIDED_HERE <= told


def test_it_takes_part_in_no_other_business(bureau):
    """Codes of addresses (2…) and domains (3…) belong to uploads that this bureau does not practise."""
    _, client = bureau
    xml = f"<UploadData version='V.3.0'><YM><SCBA><Scxx><Id>1</Id></Scxx></SCBA><Qqdwid>{ISP_ID}</Qqdwid></YM></UploadData>"
    assert client.upload(1, xml.encode()).code == 0
    assert codes_of(client.fetch_all()) == [5011]
    assert not [code for code in given_codes() if 2000 < code < 4000]


def test_it_needs_the_right_password_for_what_the_schema_asks_it(provider):
    record = new_access("<Wzid>2000001</Wzid>", password=PASSWORD_MD5[:-1])
    provider.other.upload(1, upload_data("XZJR", record, isp_id=OTHER_ID))
    assert codes_of(provider.other.fetch_all()) == [1018]
