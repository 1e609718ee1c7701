"""An open form saves itself: once, over nobody, as far as it goes, and tells what is wrong by the names it knows."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import OpenForm, Request, RevisionEditor
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
    typed_filing,
    words_on,
)

pytestmark = pytest.mark.django_db

KEEP = "/drafts/keep/?operation=new_filing"
AS_SCRIPT: dict[str, Any] = {"headers": {"HX-Request": "true"}}


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


def keep(client: Client, form: dict[str, Any], ref: str = "", **more: str) -> dict[str, Any]:
    response: HttpResponse = client.post(KEEP + (f"&ref={ref}" if ref else ""), form | more, **AS_SCRIPT)
    found: dict[str, Any] = response.json()  # type: ignore[attr-defined]
    return found | {"status": response.status_code}


# --- a new form becomes a draft -------------------------------------------------------------------


def test_it_makes_no_draft_of_a_form_in_which_nothing_stands(client: Client) -> None:
    load_builtin_codes()
    answer = keep(client, fields(client, NEW))
    assert (answer["status"], answer["why"]) == (200, "nothing")
    assert Request.objects.count() == 0


def test_it_makes_one_draft_however_often_a_new_form_is_sent(
    client: Client, people: factories.People
) -> None:
    form = fields(client, NEW) | {"subject-name": "第一次", "turn": "1"}
    answer = keep(client, form)
    filing = only_request()
    assert answer["ref"] == filing.ref
    assert answer["edit"] == edit(filing)
    assert (filing.subject_name, filing.created_by) == ("第一次", people.owner)
    # The answer got lost: the page knows of no draft and no saves, and sends what was typed meanwhile.
    for turn, name in enumerate(("第二次", "第三次"), 2):
        answer = keep(client, form, **{"subject-name": name, "turn": str(turn)})
        assert (answer["status"], answer["ref"]) == (200, filing.ref)
    assert only_request().subject_name == "第三次"
    # A page of its own makes a draft of its own.
    keep(client, fields(client, NEW) | {"subject-name": "另一张"})
    assert Request.objects.count() == 2


def test_it_knows_the_form_again_after_signing_in_anew(client: Client, people: factories.People) -> None:
    form = fields(client, NEW) | {"subject-name": "登录过期前"}
    keep(client, form)
    client.logout()
    assert client.post(KEEP, form, **AS_SCRIPT).status_code == 401
    client.force_login(people.owner)
    assert keep(client, form, **{"subject-name": "登录以后"})["status"] == 200
    assert only_request().subject_name == "登录以后"


def test_it_takes_nobody_elses_form_for_ones_own(client: Client, people: factories.People) -> None:
    form = fields(client, NEW) | {"subject-name": "甲的"}
    keep(client, form)
    other = Client()
    other.force_login(people.colleague)
    keep(other, form, **{"subject-name": "乙的"})
    assert set(Request.objects.values_list("subject_name", flat=True)) == {"甲的", "乙的"}


@pytest.mark.django_db(transaction=True)
def test_it_makes_one_draft_of_two_sendings_at_once(people: factories.People) -> None:
    client = Client()
    client.force_login(people.owner)
    form = fields(client, NEW) | {"subject-name": "同时到"}
    start, answers = Barrier(2), []

    def send(turn: str) -> None:
        start.wait(5)
        answers.append(keep(client, form, turn=turn)["status"])
        connection.close()

    threads = [Thread(target=send, args=[turn]) for turn in ("1", "2")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [200, 200]
    assert Request.objects.count() == 1


# --- saved over and over --------------------------------------------------------------------------


def test_it_saves_a_draft_and_hands_on_its_counters_and_numbers(
    client: Client, people: factories.People
) -> None:
    filing = factories.draft(people.owner)
    form = fields(client, edit(filing)) | {"subject-name": "改过的"}
    answer = keep(client, form, filing.ref)
    assert (answer["revision"], answer["edits"]) == (1, 1)
    assert answer["numbers"]["subject-own_id"] == str(content(filing)["subject"]["own_id"])
    again = keep(client, form, filing.ref, edits="1", **{"subject-name": "又改过"})
    assert again["edits"] == 2
    assert content(filing)["subject"]["name"] == "又改过"
    assert RevisionEditor.objects.filter(user=people.owner).exists()


def test_it_gives_an_added_block_one_number_and_keeps_it(client: Client, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    form = fields(client, edit(filing)) | {"websites-nab1-name": "新加的站"}
    answer = keep(client, form, filing.ref)
    number = answer["numbers"]["websites-nab1-own_id"]
    assert str(content(filing)["websites"][1]["own_id"]) == number
    keep(client, form, filing.ref, edits="1", **{"websites-nab1-own_id": number})
    assert str(content(filing)["websites"][1]["own_id"]) == number


def test_it_does_not_let_an_earlier_sending_undo_a_later_one(client: Client) -> None:
    form = fields(client, NEW)
    keep(client, form, turn="2", **{"subject-name": "后发先到"})
    answer = keep(client, form, turn="1", **{"subject-name": "先发后到"})
    assert answer["status"] == 200
    assert only_request().subject_name == "后发先到"


def test_it_notices_a_colleague_and_overwrites_nothing(client: Client, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    form = fields(client, edit(filing))
    assert keep(client, form, filing.ref, **{"subject-name": "我先存的"})["edits"] == 1
    drafts.save_draft(filing, factories.stored_filing(name="同事存的"), edits=1)
    answer = keep(client, form, filing.ref, edits="1", **{"subject-name": "我再存的"})
    assert (answer["status"], answer["why"]) == (409, "stale")
    assert content(filing)["subject"]["name"] == "同事存的"
    # The page behind the link shows both; what was typed is on it.
    text = page(client.get(answer["edit"]))
    assert "别人刚保存过这张草稿" in words_on(text)
    shown = form_on(text)
    assert shown["subject-name"] == ["我再存的"]
    client.post(edit(filing), shown | {"do": "overwrite"})
    assert content(filing)["subject"]["name"] == "我再存的"


def test_it_says_that_a_draft_is_none_any_more(client: Client, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    form = fields(client, edit(filing)) | {"subject-name": "晚了"}
    factories.submit(filing, user=people.colleague)
    answer = keep(client, form, filing.ref)
    assert (answer["status"], answer["why"]) == (409, "refused")
    assert "已不是草稿" in answer["words"]
    assert content(filing)["subject"]["name"] == factories.NAME


def test_it_keeps_for_a_reload_what_a_draft_cannot_hold(client: Client) -> None:
    keep(client, fields(client, NEW) | {"subject-name": "甲", "subject-nature": "企业"})
    shown = fields(client, edit(only_request()))
    assert shown["subject-nature"] == ["企业"]
    keep(client, shown | {"subject-nature": "4"}, only_request().ref)
    assert fields(client, edit(only_request()))["subject-nature"] == ["4"]


def test_it_submits_what_was_saved_by_itself(client: Client, people: factories.People) -> None:
    form = typed_filing(once="a-page", turn="1")
    keep(client, form)
    factories.verify(only_request(), people.owner)
    response = client.post(NEW, form | {"turn": "2", "do": "submit"})
    assert response.status_code == 302
    assert only_request().state == S.IN_REVIEW


def test_it_forgets_forms_that_nobody_has_open(client: Client, people: factories.People) -> None:
    keep(client, fields(client, NEW) | {"subject-name": "很久以前"})
    OpenForm.objects.update(saved_at="2020-01-01T00:00Z")
    keep(client, fields(client, NEW) | {"subject-name": "今天"})
    assert OpenForm.objects.get().request.subject_name == "今天"


# --- checked --------------------------------------------------------------------------------------


def faults(answer: dict[str, Any], *, gaps: bool = False) -> dict[str, str]:
    return {each["anchor"]: each["message"] for each in answer["faults"] if each["is_gap"] == gaps}


def test_it_checks_by_rules_while_much_is_missing(client: Client) -> None:
    answer = keep(
        client,
        fields(client, NEW)
        | {
            "subject-responsible-mobile": "23800000000",
            "subject-responsible-email": "nobody@",
            "websites-0-domains": "good.cn\nnosuchsuffix.abcxyz",
        },
    )
    wrong = faults(answer)
    assert set(wrong) >= {"f-subject-responsible-mobile", "f-subject-responsible-email"}
    assert "f-subject-name" in faults(answer, gaps=True)
    assert "f-subject-name" not in wrong


def test_it_warns_while_much_is_missing_of_what_stops_nothing(client: Client) -> None:
    answer = keep(client, fields(client, NEW) | {"subject-name": "𠮷田虚构有限公司"})
    assert [each["anchor"] for each in answer["heed"]] == ["f-subject-name"]
    assert "罕用字" in answer["heed_sheet"]


def test_it_tells_faults_by_the_names_that_the_page_knows(client: Client, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    form = fields(client, edit(filing)) | {
        "websites-nab1-responsible-mobile": "1380000",
        "websites-nab1-accesses-ncd2-ip_ranges": "203.0.113",
        # An empty block has no place: it must not push the one behind it.
        "attachments-nzz9-purpose": "",
        "attachments-nyy8-remarks": "没有图片",
    }
    answer = keep(client, form, filing.ref)
    wrong = faults(answer)
    assert "f-websites-nab1-responsible-mobile" in wrong
    assert "203.0.113" in wrong["f-websites-nab1-accesses-ncd2-ip_ranges"]
    assert "f-attachments-nyy8-content" in faults(answer, gaps=True)
    assert 'href="#g-websites-nab1"' in answer["tasks"]


def test_it_shows_all_answers_with_a_link_to_each_part(client: Client) -> None:
    load_builtin_codes()
    response = client.post(f"{KEEP}&check=1", typed_filing(), **AS_SCRIPT)
    answers = response.json()["answers"]  # type: ignore[attr-defined]
    for words in (factories.NAME, "example.cn", "203.0.113.10", "真实性核验单"):
        assert words in words_on(answers)
    for anchor in ("g-subject", "g-subject-responsible", "g-websites-0", "part-attachments"):
        assert f'href="#{anchor}"' in answers


@pytest.mark.parametrize("query", ["", "?operation=nothing", "?operation=new_filing&ref=R-none"])
def test_it_knows_no_other_form(client: Client, query: str) -> None:
    assert client.post(f"/drafts/keep/{query}", {"subject-name": "甲"}, **AS_SCRIPT).status_code == 404


def test_it_is_for_people_who_enter(people: factories.People) -> None:
    client = Client()
    client.force_login(people.stranger)
    assert client.post(KEEP, {"subject-name": "甲"}, **AS_SCRIPT).status_code == 403
    assert Request.objects.count() == 0


def test_it_writes_down_who_began_it(client: Client, people: factories.People) -> None:
    keep(client, fields(client, NEW) | {"subject-name": "甲"})
    event = only_request().events.get()
    assert event.actor_user_id == person(people.owner).user_id
