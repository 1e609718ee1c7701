"""Nothing typed is lost: somebody else saved, the session ended, there is no script."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpResponse
from django.test import Client
from lxml import html

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import drafts
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.filing.posting import (
    NEW,
    content,
    edit,
    fields,
    form_on,
    only_request,
    page,
    words_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    """Images go to a folder of the test's own."""


@pytest.fixture
def people() -> factories.People:
    return factories.people()


@pytest.fixture
def client(client: Client, people: factories.People) -> Client:
    client.force_login(people.owner)
    return client


# --- not lost -----------------------------------------------------------------------------------


def test_it_shows_what_was_typed_when_somebody_else_saved_meanwhile(
    client: Client, people: factories.People
) -> None:
    filing = factories.draft(people.owner)
    mine = fields(client, edit(filing)) | {"subject-name": "我改的名字"}
    theirs = factories.stored_filing(name="别人改的名字")
    drafts.save_draft(filing, theirs, edits=0)
    response = client.post(edit(filing), mine)
    assert response.status_code == 409
    assert content(filing)["subject"]["name"] == "别人改的名字"
    text = page(response)
    assert "没有保存：别人刚保存过这张草稿" in words_on(text)
    shown = form_on(text)
    assert shown["subject-name"] == ["我改的名字"]
    # It is there again after looking elsewhere.
    assert fields(client, edit(filing))["subject-name"] == ["我改的名字"]
    # Sending it once more is still not enough: only the button that says so overwrites.
    assert client.post(edit(filing), shown).status_code == 409
    assert client.post(edit(filing), shown | {"do": "overwrite"}).status_code == 302
    assert content(filing)["subject"]["name"] == "我改的名字"


def test_it_does_not_overwrite_a_save_that_nobody_was_shown(client: Client, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    mine = fields(client, edit(filing))
    drafts.save_draft(filing, factories.stored_filing(name="第一次"), edits=0)
    shown = form_on(page(client.post(edit(filing), mine)))
    drafts.save_draft(filing, factories.stored_filing(name="又一次"), edits=1)
    assert client.post(edit(filing), shown | {"do": "overwrite"}).status_code == 409
    assert content(filing)["subject"]["name"] == "又一次"


def test_it_does_not_take_a_form_of_an_older_revision_for_the_new_one(
    client: Client, people: factories.People
) -> None:
    filing = factories.draft(people.owner)
    old = fields(client, edit(filing)) | {"subject-name": "旧的表单"}
    filing = factories.bring_to(filing, S.REVIEW_RETURNED, people)
    drafts.start_correction(filing, actor=person(people.owner))
    assert client.post(edit(filing), old).status_code == 409
    assert content(filing)["subject"]["name"] == factories.NAME


def test_it_keeps_what_was_typed_on_the_page_when_the_draft_was_submitted_meanwhile(
    client: Client, people: factories.People
) -> None:
    filing = factories.draft(people.owner)
    mine = fields(client, edit(filing)) | {"subject-name": "晚了一步"}
    factories.submit(filing, user=people.colleague)
    response = client.post(edit(filing), mine)
    assert response.status_code == 409
    assert "已不是草稿" in words_on(page(response))
    assert form_on(page(response))["subject-name"] == ["晚了一步"]


def sign_in(client: Client, user: User, address: str) -> HttpResponse:
    name = user.username.rpartition("-")[0]
    return client.post(address, {"username": user.username, "password": name})


def test_it_offers_a_new_filing_again_that_was_sent_after_the_session_ended(
    client: Client, people: factories.People
) -> None:
    posted = fields(client, NEW) | {"subject-name": "登录过期时填的", "websites-0-domains": "a.cn\nb.cn"}
    client.logout()
    response = client.post(NEW, posted)
    assert response["Location"] == f"/login/?next={NEW}"
    assert Request.objects.count() == 0
    response = sign_in(client, people.owner, response["Location"])
    assert response["Location"] == NEW
    text = page(client.get(NEW))
    assert "登录过期前填写的内容已放回表单" in words_on(text)
    shown = form_on(text)
    assert shown["subject-name"] == ["登录过期时填的"]
    assert shown["websites-0-domains"] == ["a.cn\nb.cn"]
    client.post(NEW, shown)
    assert only_request().subject_name == "登录过期时填的"
    assert form_on(page(client.get(NEW)))["subject-name"] == [""]


def test_it_offers_a_draft_again_that_was_sent_after_the_session_ended(
    client: Client, people: factories.People
) -> None:
    filing = factories.draft(people.owner)
    posted = fields(client, edit(filing)) | {"subject-name": "登录过期时改的"}
    client.logout()
    response = client.post(edit(filing), posted)
    sign_in(client, people.owner, response["Location"])
    shown = form_on(page(client.get(edit(filing))))
    assert shown["subject-name"] == ["登录过期时改的"]
    assert content(filing)["subject"]["name"] == factories.NAME
    assert client.post(edit(filing), shown).status_code == 302
    assert content(filing)["subject"]["name"] == "登录过期时改的"


def test_it_tells_that_a_draft_was_saved_while_its_writer_was_signed_out(
    client: Client, people: factories.People
) -> None:
    filing = factories.draft(people.owner)
    posted = fields(client, edit(filing)) | {"subject-name": "登录过期时改的"}
    client.logout()
    client.post(edit(filing), posted)
    drafts.save_draft(filing, factories.stored_filing(name="别人改的"), edits=0)
    client.force_login(people.owner)
    text = page(client.get(edit(filing)))
    assert "别人刚保存过这张草稿" in words_on(text)
    assert form_on(text)["subject-name"] == ["登录过期时改的"]


def test_it_throws_away_what_was_kept_when_asked_to(client: Client, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    posted = fields(client, edit(filing)) | {"subject-name": "不要的"}
    client.logout()
    client.post(edit(filing), posted)
    client.force_login(people.owner)
    client.post(edit(filing), posted | {"do": "discard"})
    assert fields(client, edit(filing))["subject-name"] == [factories.NAME]


def test_it_keeps_a_bounded_number_of_forms_for_one_session(client: Client) -> None:
    client.logout()
    for number in range(12):
        client.post(f"/requests/r-{number}/edit/", {"subject-name": str(number)})
    session: SessionBase = client.session
    assert list(session["unsaved_forms"]) == [f"r-{number}" for number in range(4, 12)]


def test_it_answers_401_to_a_piece_of_a_form_whose_session_ended() -> None:
    response = Client(headers={"HX-Request": "true"}).get("/drafts/block/?add=websites")
    assert response.status_code == 401


# --- blocks without a script --------------------------------------------------------------------


def test_it_adds_and_removes_blocks_without_saving_and_keeps_what_was_typed(client: Client) -> None:
    posted = fields(client, NEW) | {"subject-name": "还没有保存", "do": "add:websites"}
    response = client.post(NEW, posted)
    assert Request.objects.count() == 0
    shown = form_on(page(response))
    assert shown["subject-name"] == ["还没有保存"]
    assert "websites-1-name" in shown
    again = form_on(page(client.post(NEW, shown | {"do": "remove:websites-0"})))
    assert "websites-1-name" not in again


def test_it_copies_the_responsible_person_without_a_script(client: Client) -> None:
    posted = fields(client, NEW) | {"subject-responsible-name": "虚构甲", "do": "copy:websites-0"}
    assert form_on(page(client.post(NEW, posted)))["websites-0-responsible-name"] == ["虚构甲"]


@pytest.mark.parametrize(
    "name", ["websites", "websites-0-accesses", "websites-nab1-pre_approvals", "attachments"]
)
def test_it_gives_a_block_with_a_key_of_its_own(client: Client, name: str) -> None:
    text = page(client.get("/drafts/block/", {"add": name}))
    block = html.fromstring(text)
    prefix = block.get("data-prefix")
    assert prefix.startswith(f"{name}-n")
    assert page(client.get("/drafts/block/", {"add": name})) != text
    names = [field.get("name") for field in block.xpath(".//*[@name and not(self::button)]")]
    assert names
    assert all(each.startswith(f"{prefix}-") for each in names)


@pytest.mark.parametrize(
    "name", ["", "subject", "websites-0-domains", "websites-0", 'websites-"><b>-accesses']
)
def test_it_gives_no_block_for_another_name(client: Client, name: str) -> None:
    assert client.get("/drafts/block/", {"add": name}).status_code == 404


def test_it_offers_the_cities_of_a_province_and_the_counties_of_a_city(client: Client) -> None:
    load_builtin_codes()
    chosen = {
        "subject-address-province": "130000",
        "subject-address-city": "130100",
        "subject-address-county": "110108",
    }
    tree = html.fromstring(page(client.get("/drafts/choices/", chosen)))
    city = tree.get_element_by_id("f-subject-address-city")
    county = tree.get_element_by_id("f-subject-address-county")
    assert "石家庄市" in city.text_content()
    assert "北京" not in city.text_content()
    assert county.value == ""
    assert "130102" in county.value_options
    moved = html.fromstring(
        page(client.get("/drafts/choices/", chosen | {"subject-address-province": "110000"}))
    )
    assert moved.get_element_by_id("f-subject-address-city").value == ""


def test_it_puts_the_certificates_of_a_nature_first(client: Client) -> None:
    load_builtin_codes()
    query = {"of": "certificate", "subject-nature": "5", "subject-certificate-type": "1"}
    tree = html.fromstring(page(client.get("/drafts/choices/", query)))
    headings = [group.get("label") for group in tree.xpath("//optgroup")]
    assert headings == ["个人适用", "其他"]
    assert tree.xpath("//optgroup[1]/option/@value")[0] == "2"
    assert tree.xpath("//select")[0].value == "1"
