from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from filing.choices import Operation, RequestState
from filing.documents.own_ids import SEQUENCES, assign, take
from filing.models import Request
from filing.services.drafts import save_draft, start_correction
from tests import factories

pytestmark = pytest.mark.django_db

Document = dict[str, Any]


def filing(*websites: Document) -> Document:
    return {"subject": {"name": "虚构"}, "websites": copy.deepcopy(list(websites))}


def website(name: str, *domains: str, accesses: tuple[Document, ...] = ()) -> Document:
    found = factories.website(name, *domains)
    return found | {"accesses": list(accesses) or found["accesses"]}


def without_ids(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_ids(each) for key, each in value.items() if key != "own_id"}
    return [without_ids(each) for each in value] if isinstance(value, list) else value


def numbered(document: Document) -> Iterator[tuple[str, Document]]:
    """Every record that must have a number, with its kind."""
    yield "subject", document["subject"]
    for each in document["websites"]:
        yield "website", each
        yield from (("domain", domain) for domain in each["domains"])
        for access in each["accesses"]:
            yield "access", access
            yield from (("range", one) for one in access["ip_ranges"])


def ids(document: Document) -> list[tuple[str, int]]:
    return [(kind, record["own_id"]) for kind, record in numbered(document)]


def domain_ids(document: Document) -> dict[str, int]:
    return {domain["name"]: domain["own_id"] for each in document["websites"] for domain in each["domains"]}


def website_ids(document: Document) -> dict[str, int]:
    return {each["name"]: each["own_id"] for each in document["websites"]}


@pytest.fixture
def first() -> Document:
    """Two websites with two domains each, numbered."""
    return assign(filing(website("甲站", "a1.cn", "a2.cn"), website("乙站", "b1.cn", "b2.cn")))


# --- once -----------------------------------------------------------------------------------------


def test_it_numbers_every_record_once(first: Document) -> None:
    found = ids(first)
    assert len(found) == len(set(found)) == 11
    assert all(number >= 1 for _, number in found)
    before = copy.deepcopy(first)
    assert assign(first) == before, "numbers once given stay"


def test_it_never_gives_a_number_twice(first: Document) -> None:
    second = assign(filing(website("甲站", "a1.cn")))
    assert not set(ids(first)) & set(ids(second))
    for kind in SEQUENCES:
        drawn = take(kind, 5) + take(kind)
        assert len(set(drawn)) == 6
        assert min(drawn) > max(number for each, number in ids(first) + ids(second) if each == kind)


def test_it_numbers_a_draft_that_has_gaps() -> None:
    assert assign({}) == {}
    content = assign({"websites": [{}, {"domains": [{}], "accesses": [{}]}]})
    assert len({each["own_id"] for each in content["websites"]}) == 2
    assert content["websites"][1]["domains"][0]["own_id"] >= 1


# --- kept through corrections ---------------------------------------------------------------------


def test_it_keeps_the_numbers_of_the_same_content(first: Document) -> None:
    assert assign(without_ids(first), first) == first


def test_it_keeps_numbers_when_websites_and_domains_change_places(first: Document) -> None:
    new = without_ids(first)
    new["websites"].reverse()
    for each in new["websites"]:
        each["domains"].reverse()
    assign(new, first)
    assert website_ids(new) == website_ids(first)
    assert domain_ids(new) == domain_ids(first)
    assert sorted(ids(new)) == sorted(ids(first))


def test_it_keeps_numbers_when_names_change(first: Document) -> None:
    new = without_ids(first)
    new["subject"]["name"] = "另一个虚构的名称"
    new["websites"][0]["name"] = "丙站"
    new["websites"][1]["domains"][0]["name"] = "c1.cn"
    assign(new, first)
    assert new["subject"]["own_id"] == first["subject"]["own_id"]
    assert [each["own_id"] for each in new["websites"]] == list(website_ids(first).values())
    # Another domain is another thing, in the same place or not.
    assert domain_ids(new)["c1.cn"] not in domain_ids(first).values()
    assert domain_ids(new)["b2.cn"] == domain_ids(first)["b2.cn"]


def test_it_keeps_the_number_of_a_website_that_changed_altogether_in_its_place(first: Document) -> None:
    new = without_ids(first)
    new["websites"][1] = website("丙站", "c1.cn")
    assign(new, first)
    assert new["websites"][1]["own_id"] == first["websites"][1]["own_id"]


def test_it_lets_a_domain_tell_more_than_a_name(first: Document) -> None:
    new = filing(website("乙站", "a1.cn", "a2.cn"), website("甲站", "b1.cn", "b2.cn"))
    new["websites"].reverse()
    assign(new, first)
    assert domain_ids(new) == domain_ids(first)
    assert website_ids(new) == {"乙站": website_ids(first)["甲站"], "甲站": website_ids(first)["乙站"]}


def test_it_numbers_added_records_and_lets_the_rest_be(first: Document) -> None:
    new = without_ids(first)
    new["websites"].insert(0, website("丙站", "c1.cn"))
    new["websites"][1]["domains"].insert(0, {"name": "a0.cn"})
    new["websites"][2]["accesses"][0]["ip_ranges"].insert(0, {"start": "203.0.113.1", "end": "203.0.113.1"})
    assign(new, first)
    assert set(ids(first)) < set(ids(new))
    assert len(ids(new)) == len(set(ids(new))) == len(ids(first)) + 6
    assert website_ids(new)["甲站"] == website_ids(first)["甲站"]


def test_it_keeps_the_others_when_one_is_removed(first: Document) -> None:
    new = without_ids(first)
    del new["websites"][0]
    del new["websites"][0]["domains"][0]
    assign(new, first)
    assert website_ids(new) == {"乙站": website_ids(first)["乙站"]}
    assert domain_ids(new) == {"b2.cn": domain_ids(first)["b2.cn"]}


def test_it_knows_an_access_by_its_addresses_when_one_before_it_is_removed() -> None:
    accesses = [factories.access((f"203.0.113.{n}", f"203.0.113.{n}")) for n in (1, 2, 3)]
    old = assign(filing(website("甲站", "a.cn", accesses=tuple(accesses))))
    new = without_ids(old)
    del new["websites"][0]["accesses"][0]
    assign(new, old)
    assert new["websites"][0]["accesses"] == old["websites"][0]["accesses"][1:]


def test_it_does_not_bring_back_the_number_of_what_was_removed(first: Document) -> None:
    gone = without_ids(first)
    del gone["websites"][0]["domains"][0]
    assign(gone, first)
    again = assign(without_ids(first), gone)
    assert domain_ids(again)["a1.cn"] not in domain_ids(first).values()


# --- numbers that a form carries ------------------------------------------------------------------


def test_it_follows_a_number_that_the_form_carries_whatever_else_changed(first: Document) -> None:
    new = without_ids(first)
    new["websites"].reverse()
    new["websites"][0] |= {"own_id": first["websites"][0]["own_id"]}
    new["websites"][1] |= {"own_id": first["websites"][1]["own_id"]}
    assign(new, first)
    assert [each["own_id"] for each in new["websites"]] == [each["own_id"] for each in first["websites"]]


def test_it_never_gives_a_number_that_another_record_of_the_document_carries(first: Document) -> None:
    # A copy of the first website without a number stands before the one that carries it.
    new = copy.deepcopy(first)
    new["websites"].insert(0, without_ids(first["websites"][0]))
    assign(new, first)
    assert len(ids(new)) == len(set(ids(new)))
    assert new["websites"][1]["own_id"] == first["websites"][0]["own_id"]


def test_it_lets_only_one_of_two_records_with_the_same_number_keep_it(first: Document) -> None:
    new = copy.deepcopy(first)
    new["websites"].append(copy.deepcopy(first["websites"][0]))
    assign(new, first)
    assert len(ids(new)) == len(set(ids(new)))
    assert new["websites"][:2] == first["websites"]


# --- other operations -----------------------------------------------------------------------------


def test_it_numbers_a_new_access_and_keeps_it() -> None:
    one = ("203.0.113.1", "203.0.113.1")
    first = assign({"access": factories.access(one)}, operation=Operation.NEW_ACCESS)
    [old] = first["access"]["ip_ranges"]
    new = assign(
        {"access": factories.access(("203.0.113.9", "203.0.113.9"), one)},
        first,
        operation=Operation.NEW_ACCESS,
    )
    assert new["access"]["own_id"] == first["access"]["own_id"]
    assert new["access"]["ip_ranges"][1]["own_id"] == old["own_id"] != new["access"]["ip_ranges"][0]["own_id"]


def test_it_numbers_in_a_change_only_what_the_interface_names_by_our_numbers() -> None:
    content = assign(filing(website("甲站", "a.cn")), operation=Operation.CHANGE)
    assert "own_id" not in content["subject"]
    [site] = content["websites"]
    assert "own_id" not in site and "own_id" not in site["accesses"][0]
    assert site["domains"][0]["own_id"] and site["accesses"][0]["ip_ranges"][0]["own_id"]
    kept = without_ids(content)
    kept["websites"][0] |= {"bureau_id": 2001, "name": "改名站"}
    assert assign(kept, content, operation=Operation.CHANGE)["websites"][0]["domains"] == site["domains"]


def test_it_numbers_nothing_where_there_is_nothing_to_number() -> None:
    for operation in (Operation.CANCEL_SUBJECT, Operation.SUBMIT_MATERIALS, Operation.UNFILED_RESULT):
        content = {"attachments": [{"owner": "subject"}], "number": "京ICP备2026000001号"}
        assert assign(copy.deepcopy(content), operation=operation) == content


# --- through the services -------------------------------------------------------------------------


def test_it_keeps_numbers_from_draft_to_correction() -> None:
    request = factories.request_in(RequestState.RETURNED)
    sent = request.revisions.get().content
    revision = start_correction(request, actor=factories.COMMAND)
    assert ids(revision.content) == ids(sent)
    new = without_ids(sent)
    new["websites"].insert(0, website("丙站", "c1.cn"))
    saved = save_draft(Request.objects.get(pk=request.pk), new).content
    assert set(ids(sent)) < set(ids(saved))
    assert request.subject_own_id == Request.objects.get(pk=request.pk).subject_own_id
