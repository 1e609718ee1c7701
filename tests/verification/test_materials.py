"""Which papers a new filing needs, and which of them are attached."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from filing.choices import Operation
from filing.forms import translation
from filing.models import Request
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.filing.posting import pairs_of, query, words_on
from verification.materials import Need, missing, needs_of


def attachment(purpose: int, place: int | None = None) -> dict[str, Any]:
    owner = {"owner": "subject"} if place is None else {"owner": "website", "owner_index": place}
    return {"purpose": purpose, "content": "sha256:0", "format": 1, **owner}


def filing(*attached: dict[str, Any], sites: int = 1, **subject: Any) -> dict[str, Any]:
    websites = [factories.website(f"虚构站{place}", f"site{place}.cn") for place in range(sites)]
    return factories.new_filing(*websites, content="sha256:0", **subject) | {"attachments": list(attached)}


def left(content: dict[str, Any]) -> list[tuple[int, int | None]]:
    return [(need.purpose, need.place) for need in missing(needs_of(content))]


def test_it_needs_two_papers_of_the_subject_and_three_of_each_website() -> None:
    assert left(filing(sites=2)) == [(2, None), (3, None), (1, 0), (4, 0), (5, 0), (1, 1), (4, 1), (5, 1)]


def test_it_finds_each_paper_with_its_owner() -> None:
    whole = [attachment(2), attachment(3), *(attachment(purpose, 0) for purpose in (1, 4, 5))]
    assert left(filing(*whole)) == []
    assert needs_of(filing(*whole))[2] == Need(1, 0, (2,))


@pytest.mark.parametrize(
    "wrong",
    [
        attachment(1),
        attachment(1, 1),
        attachment(5, 0),
        {"purpose": 1, "owner": "website", "content": "sha256:0"},
        {"purpose": 1, "owner": "website", "owner_index": 0},
        {},
    ],
)
def test_it_does_not_take_another_paper_for_the_form_of_a_website(wrong: dict[str, Any]) -> None:
    assert (1, 0) in left(filing(wrong))


def test_it_takes_the_certificate_of_an_individual_for_that_of_the_responsible_person() -> None:
    need = needs_of(filing(attachment(2), nature=5))[1]
    assert (need.is_met, need.attached, need.standing_in) == (True, (), (0,))
    assert (3, None) in left(filing(attachment(2), nature=4))
    assert (3, None) in left(filing(nature=5))


def test_it_wants_the_paper_of_one_person_once() -> None:
    content = filing(attachment(3))
    assert (4, 0) in left(content)
    content["websites"][0]["responsible"] = dict(content["subject"]["responsible"])
    assert (4, 0) not in left(content)
    del content["websites"][0]["responsible"]["certificate_number"]
    assert (4, 0) in left(content)


def test_it_says_what_an_empty_draft_needs() -> None:
    assert left({}) == [(2, None), (3, None)]
    assert left({"websites": [{}]}) == [(2, None), (3, None), (1, 0), (4, 0), (5, 0)]


# --- other operations ---------------------------------------------------------------------------------


def test_it_needs_three_papers_of_each_new_website_and_none_of_the_filed_subject() -> None:
    content = {"websites": [factories.website()], "attachments": [attachment(4, 0)]}
    found = [(each.purpose, each.is_met) for each in needs_of(content, Operation.NEW_WEBSITE)]
    assert found == [(1, False), (4, True), (5, False)]


@pytest.mark.parametrize("named", [{}, {"owner_number": "京ICP备2026000001号-1"}, {"owner_bureau_id": 2001}])
def test_it_finds_the_papers_of_a_new_access_however_its_website_is_named(named: dict[str, Any]) -> None:
    paper = {"purpose": 1, "content": "sha256:0", "owner": "website"} | named
    found = [(each.purpose, each.is_met) for each in needs_of({"attachments": [paper]}, Operation.NEW_ACCESS)]
    assert found == [(1, True), (4, False), (5, False)]


def test_it_wants_those_in_person_whose_identity_a_change_changes() -> None:
    before = factories.document(Operation.CHANGE, "sha256:0")
    after = copy.deepcopy(before)
    after["subject"]["responsible"]["mobile"] = "13900000000"
    after["websites"][0]["name"] = "虚构新名"

    def left_of_change() -> list[tuple[int, int | None]]:
        return [(each.purpose, each.place) for each in missing(needs_of(after, Operation.CHANGE, before))]

    assert left_of_change() == []
    after["subject"]["certificate"]["number"] = "91110108MA000000X5"
    assert left_of_change() == [(2, None)]
    after["websites"][0]["responsible"]["certificate_number"] = "11010519491231002X"
    assert left_of_change() == [(2, None), (4, 0), (5, 0)]
    assert needs_of(after, Operation.CHANGE) == [], "unknown what is filed: nothing can be told"
    assert needs_of(after, Operation.CANCEL_SUBJECT) == []


# --- the fragment -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_tells_the_needs_of_a_request_to_people_with_a_role(
    client: Client, attachment_root: object
) -> None:
    load_builtin_codes()
    people = factories.people()
    request = factories.draft(people.owner)
    address = reverse("request_materials", args=[request.ref])
    assert client.get(address).status_code == 302
    client.force_login(people.stranger)
    assert client.get(address).status_code == 403
    client.force_login(people.colleague)
    text = words_on(client.get(address).content.decode())
    assert "应有 5 份，缺 4 份" in text
    assert "已有 网站备案信息真实性核验单 网站 1 · 虚构示例站，材料 1" in text
    assert "缺 当面核验拍摄照片电子件" in text
    brief = words_on(client.get(address, {"brief": "1"}).content.decode())
    assert "真实性核验单" not in brief
    assert "缺 当面核验拍摄照片电子件" in brief


@pytest.mark.django_db
def test_it_says_so_when_all_are_there(client: Client, attachment_root: object) -> None:
    people = factories.people()
    image = factories.stored_image()
    content = factories.stored_filing()
    whole = [attachment(2), attachment(3), *(attachment(purpose, 0) for purpose in (1, 4, 5))]
    content["attachments"] = [each | {"content": image} for each in whole]
    request = factories.draft(people.owner, content)
    client.force_login(people.colleague)
    text = client.get(reverse("request_materials", args=[request.ref])).content.decode()
    assert "核验材料齐了" in text


@pytest.mark.django_db
def test_it_counts_the_papers_of_a_form_that_nobody_saved(client: Client, attachment_root: object) -> None:
    load_builtin_codes()
    people = factories.people()
    typed = translation.from_document(Operation.NEW_FILING, factories.stored_filing())
    # Nobody chose an owner: it follows from the purpose, here as when the form is saved.
    typed["attachments"][0]["owner"] = ""
    form = query([*pairs_of(typed), ("operation", "new_filing")]).dict()
    address = reverse("form_materials")
    assert client.post(address, form).status_code == 302
    client.force_login(people.stranger)
    assert client.post(address, form).status_code == 403
    client.force_login(people.owner)
    text = client.post(address, form).content.decode()
    assert "应有 5 份，缺 4 份" in words_on(text)
    assert text.count("data-begin-paper") == 4
    assert 'data-paper="5" data-place="0"' in text
    assert not Request.objects.exists()
    for operation in ("", "cancel_subject", "no_such"):
        assert client.post(address, {"operation": operation}).content == b""
