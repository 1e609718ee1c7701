"""What differs between two documents, in one line."""

from __future__ import annotations

import copy

from filing.choices import Operation
from filing.documents.tally import sizes, tally
from tests import factories

NEW = Operation.NEW_FILING


def test_it_counts_records_that_came_and_went_and_names_fields_that_changed() -> None:
    old = factories.new_filing(factories.website("站", "a.cn", "b.cn"))
    new = copy.deepcopy(old)
    site = new["websites"][0]
    site["domains"] = [{"name": "a.cn"}, {"name": "c.cn"}, {"name": "d.cn"}]
    site["responsible"]["mobile"] = "13900000000"
    new["subject"]["address"]["detail"] = "另一条路"
    for number, domain in enumerate(old["websites"][0]["domains"]):
        old["websites"][0]["domains"][number] = {
            "name": domain if isinstance(domain, str) else domain["name"],
            "own_id": number + 1,
        }
    new["websites"][0]["domains"][0]["own_id"] = 1
    new["websites"][0]["domains"][1]["own_id"] = 7
    new["websites"][0]["domains"][2]["own_id"] = 8
    assert tally(NEW, old, new).words() == ["域名 +2 −1", "通信地址 改", "网站负责人手机号码 改"]


def test_it_counts_a_new_website_once_and_not_what_lies_in_it() -> None:
    old = factories.new_filing(factories.website("站", "a.cn"))
    new = copy.deepcopy(old)
    new["websites"].append(factories.website("二", "b.cn", "c.cn"))
    assert tally(NEW, old, new).words() == ["网站 +1"]


def test_it_calls_an_exchanged_image_a_changed_material() -> None:
    old = factories.new_filing()
    new = copy.deepcopy(old)
    new["attachments"][0]["content"] = "sha256:" + "1" * 64
    assert tally(NEW, old, new).words() == ["材料 改"]


def test_it_says_nothing_where_nothing_differs() -> None:
    assert tally(NEW, factories.new_filing(), factories.new_filing()).words() == []


def test_it_measures_a_document_by_its_records() -> None:
    content = factories.new_filing(factories.website("站", "a.cn", "b.cn"))
    found = sizes(NEW, content)
    assert (found["网站"], found["域名"], found["IP 段"], found["材料"]) == (1, 2, 1, 1)
