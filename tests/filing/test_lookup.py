"""Who was here before: found by name, certificate or domain, masked, bounded, written down; taken over once shown."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from filing.choices import LookupKind, Operation
from filing.choices import RequestState as S
from filing.models import Lookup, Request, Subject
from filing.services import known
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from tests import factories
from tests.filing.posting import words_on

pytestmark = pytest.mark.django_db
NUMBER = "京ICP备2026000001号"


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    load_builtin_codes()


@pytest.fixture
def people() -> factories.People:
    return factories.people()


@pytest.fixture
def client(client: Client, people: factories.People) -> Client:
    client.force_login(people.owner)
    return client


def filed(**more: Any) -> Subject:
    site = factories.filed_website(number=f"{NUMBER}-1")
    record_filed(factories.filed_subject(site, number=NUMBER, **more), isp_id=factories.ISP_ID, proof={})
    return Subject.objects.get()


def ask(client: Client, **typed: str) -> str:
    response = client.post("/lookup/", {"by": "name"} | typed)
    assert response.status_code == 200
    return response.content.decode()


def words(client: Client, **typed: str) -> str:
    return words_on(f"<div>{ask(client, **typed)}</div>")


@pytest.mark.parametrize(
    "typed",
    [
        {"name": f" {factories.NAME} "},
        {"certificate": factories.CREDIT_CODE.lower()},
        {"by": "domain", "domains": "https://www.example.cn/\nb.cn"},
    ],
)
def test_it_finds_who_is_filed_by_name_certificate_or_domain(client: Client, typed: dict[str, str]) -> None:
    subject = filed()
    found = words(client, **typed)
    assert "这个主办者已经备案" in found
    assert NUMBER in found
    assert "请做“新增网站”" in found
    assert f"/filed/{subject.pk}/" in ask(client, **typed)


def test_it_masks_numbers_until_they_are_taken_over(client: Client) -> None:
    subject = filed()
    text = ask(client, name=factories.NAME)
    assert factories.CREDIT_CODE not in text
    assert subject.certificate_number[:6] + "*" in text
    if subject.mobile:
        assert subject.mobile not in text
    taken = client.post("/lookup/take/", {"key": f"subject:{subject.pk}"}).json()["values"]
    assert taken["subject-certificate-number"] == subject.certificate_number


@pytest.mark.parametrize(
    "typed",
    [
        {"name": factories.NAME},
        {"certificate": factories.CREDIT_CODE},
        {"by": "domain", "domains": "example.cn"},
    ],
)
def test_it_finds_who_was_asked_for_earlier(
    client: Client, people: factories.People, typed: dict[str, str]
) -> None:
    earlier = factories.draft(people.colleague)
    found = words(client, **typed)
    assert "这个主办者填报过" in found
    assert earlier.ref in found
    assert words(client, ref=earlier.ref, **typed) == ""


def test_it_takes_over_all_of_the_subject_but_what_belongs_to_the_record(
    client: Client, people: factories.People
) -> None:
    factories.draft(people.colleague, factories.stored_filing(remarks="虚构", investor="虚构丙"))
    text = ask(client, name=factories.NAME)
    key = text.partition('data-take="')[2].partition('"')[0]
    values = client.post("/lookup/take/", {"key": key}).json()["values"]
    assert values["subject-name"] == factories.NAME
    assert values["subject-nature"] == "4"
    assert values["subject-investor"] == "虚构丙"
    assert values["subject-address-county"] == "110108"
    assert values["subject-responsible-certificate_number"] == factories.SUBJECT_CARD
    assert values["subject-responsible-mobile"] == "13800000000"
    assert not {"subject-own_id", "subject-remarks", "subject-filed_by"} & set(values)
    assert all(name.startswith("subject-") for name in values)


def test_it_says_nothing_of_whom_nobody_knows_nor_of_what_was_withdrawn(
    client: Client, people: factories.People
) -> None:
    withdrawn = factories.request_in(S.WITHDRAWN, people)
    assert Request.objects.get().pk == withdrawn.pk
    assert words(client, name=factories.NAME) == ""
    assert words(client, name="没有这样的公司", certificate="91110108MA000000X5") == ""
    assert words(client) == ""


def test_it_does_not_take_another_certificate_for_the_same_owner(client: Client) -> None:
    filed()
    assert words(client, name=factories.NAME, certificate="91110108MA0000000X") == ""


def test_it_warns_of_a_domain_that_is_filed_under_somebody_else(client: Client) -> None:
    subject = filed()
    found = words(client, by="domain", name="另一家虚构公司", domains="example.cn")
    assert f"example.cn 已由“{factories.NAME}”备案（{NUMBER}）" in found.replace("“ ", "“").replace(" ”", "”")
    assert "data-take" not in ask(client, by="domain", name="另一家虚构公司", domains="example.cn")
    # That a name was shown gives nobody the rest of it.
    assert client.post("/lookup/take/", {"key": f"subject:{subject.pk}"}).status_code == 404


def test_it_knows_whose_domain_it_is_where_a_request_names_the_subject(client: Client) -> None:
    filed()
    new_website = {"by": "domain", "operation": Operation.NEW_WEBSITE.value, "domains": "example.cn"}
    assert words(client, number=NUMBER, **new_website) == ""
    assert "已备在别人名下" in words(client, number="京ICP备2026000009号", **new_website)


def test_it_asks_a_bounded_number_of_queries(
    people: factories.People, django_assert_max_num_queries: Any
) -> None:
    filed()
    for _ in range(3):
        factories.draft(people.colleague)
    domains = [f"d{number}.cn" for number in range(500)]
    asked = known.Asked.of(name=factories.NAME, certificate=factories.CREDIT_CODE, domains=domains)
    assert len(asked.domains) == known.MOST_DOMAINS
    with django_assert_max_num_queries(7):
        assert known.look_up(asked, user=people.owner).owners


# --- who may, and how often -----------------------------------------------------------------------


def test_it_answers_people_who_enter_only(people: factories.People) -> None:
    reviewer = factories.user("reviewer", "review_request")
    for address in ("/lookup/", "/lookup/take/"):
        for user, status in ((people.stranger, 403), (reviewer, 403), (None, 302)):
            client = Client()
            if user is not None:
                client.force_login(user)
            assert client.post(address, {"name": factories.NAME}).status_code == status
        assert Client(headers={"HX-Request": "true"}).post(address).status_code == 401
    assert not Lookup.objects.exists()


def test_it_puts_no_personal_data_into_addresses(client: Client) -> None:
    assert client.get("/lookup/", {"name": factories.NAME}).status_code == 405


def test_it_writes_down_who_was_shown_and_who_took_over_without_personal_data(
    client: Client, people: factories.People, caplog: pytest.LogCaptureFixture
) -> None:
    subject = filed()
    with caplog.at_level(logging.INFO):
        ask(client, name=factories.NAME, certificate=factories.CREDIT_CODE)
        client.post("/lookup/take/", {"key": f"subject:{subject.pk}"})
    rows = list(Lookup.objects.order_by("pk").values_list("user", "kind", "found"))
    key = f"subject:{subject.pk}"
    assert rows == [(people.owner.pk, "shown", key), (people.owner.pk, "taken", key)]
    assert factories.NAME not in caplog.text
    assert factories.CREDIT_CODE not in caplog.text


def test_it_gives_only_what_was_shown_to_the_same_person(client: Client, people: factories.People) -> None:
    subject = filed()
    key = f"subject:{subject.pk}"
    assert client.post("/lookup/take/", {"key": key}).status_code == 404
    other = Client()
    other.force_login(people.colleague)
    ask(other, name=factories.NAME)
    assert client.post("/lookup/take/", {"key": key}).status_code == 404
    ask(client, name=factories.NAME)
    assert client.post("/lookup/take/", {"key": key}).status_code == 200
    Lookup.objects.update(at=timezone.now() - known.SHOWN_LASTS - timedelta(minutes=1))
    assert client.post("/lookup/take/", {"key": key}).status_code == 404
    for odd in ("", "subject:", "subject:x", "request:1'", "subject:1" * 90):
        assert client.post("/lookup/take/", {"key": odd}).status_code == 404


@pytest.mark.parametrize(
    ("kind", "address"), [(LookupKind.SHOWN, "/lookup/"), (LookupKind.TAKEN, "/lookup/take/")]
)
def test_it_stops_who_looks_up_more_than_entering_needs(
    client: Client, people: factories.People, kind: LookupKind, address: str
) -> None:
    filed()
    rows = [Lookup(user=people.owner, kind=kind, found="") for _ in range(known.MOST_IN_SPAN[kind])]
    Lookup.objects.bulk_create(rows)
    response = client.post(address, {"name": factories.NAME, "key": "subject:1"})
    assert response.status_code == 429
    text = response.json()["problem"] if kind == LookupKind.TAKEN else response.content.decode()
    assert "太频繁" in text
    assert factories.NAME not in text
    # Others go on, and so does this person after a while.
    other = Client()
    other.force_login(people.colleague)
    assert other.post(address, {"name": factories.NAME}).status_code != 429
    Lookup.objects.update(at=timezone.now() - known.SPAN - timedelta(seconds=1))
    assert client.post(address, {"name": factories.NAME}).status_code != 429
