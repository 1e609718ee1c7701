"""Reviewing in the browser: the queue, the papers beside the values, letting go and sending back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request, RequestEvent
from filing.services import drafts, review
from filing.services.codes import load_builtin_codes
from filing.services.intake import import_requests
from tests import factories
from tests.filing.posting import form_on, words_on

pytestmark = pytest.mark.django_db
QUEUE = "/review/"


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    """Images go to a folder of the test's own."""


@pytest.fixture
def people() -> factories.People:
    return factories.people()


@pytest.fixture
def client(client: Client, people: factories.People) -> Client:
    """The colleague is signed in: may review what the owner submitted."""
    client.force_login(people.colleague)
    return client


def address(filing: Request) -> str:
    return reverse("request_review", args=[filing.ref])


def page(response: HttpResponse) -> str:
    return response.content.decode()


def state(filing: Request) -> str:
    return Request.objects.get(pk=filing.pk).state


def submitted(people: factories.People, minutes_ago: int = 0, **subject: Any) -> Request:
    filing = factories.request_in(S.IN_REVIEW, people, factories.stored_filing(**subject))
    Request.objects.filter(pk=filing.pk).update(
        state_changed_at=timezone.now() - timedelta(minutes=minutes_ago)
    )
    return Request.objects.get(pk=filing.pk)


def decision(filing: Request, what: str, opinion: str = "") -> dict[str, str]:
    return {"decision": what, "opinion": opinion, "revision": str(filing.revision_number)}


def last_event(filing: Request) -> RequestEvent:
    found = filing.events.order_by("-pk").first()
    assert found is not None
    return found


# --- who ----------------------------------------------------------------------------------------------


def test_it_is_for_reviewers_and_nobody_else(people: factories.People) -> None:
    filing = submitted(people)
    for target in (QUEUE, address(filing)):
        anonymous = Client().get(target)
        assert (anonymous.status_code, anonymous["Location"]) == (302, f"/login/?next={target}")
        for user, status in (
            (people.stranger, 403),
            (factories.user("staff", "enter_request"), 403),
            (factories.user("reviewer", "review_request"), 200),
        ):
            client = Client()
            client.force_login(user)
            assert client.get(target).status_code == status
            if target != QUEUE and status == 403:
                assert client.post(target, decision(filing, "approve")).status_code == 403
    assert state(filing) == S.IN_REVIEW


def test_it_does_not_let_people_decide_what_they_submitted(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    client.force_login(people.owner)
    response = client.get(address(filing))
    assert "要由另一位审核员决定" in words_on(page(response))
    assert not html.fromstring(page(response)).xpath("//form[@id='decide']")
    refused = client.post(address(filing), decision(filing, "approve"))
    assert refused.status_code == 422
    assert state(filing) == S.IN_REVIEW


def test_it_lets_them_where_the_setting_of_a_small_team_allows_it(
    client: Client, people: factories.People, settings: Any
) -> None:
    settings.ICP_REVIEW_OWN = True
    filing = submitted(people)
    client.force_login(people.owner)
    assert "要由另一位审核员决定" not in words_on(page(client.get(address(filing))))
    client.post(address(filing), decision(filing, "approve"))
    assert state(filing) == S.READY


# --- the queue ----------------------------------------------------------------------------------------


def rows(response: HttpResponse) -> list[str]:
    return [
        " ".join(" ".join(row.itertext()).split())
        for row in html.fromstring(page(response)).xpath("//tbody/tr")
    ]


def test_it_shows_the_longest_waiting_first_with_what_there_is_to_know(
    client: Client, people: factories.People
) -> None:
    load_builtin_codes()
    submitted(people, 5, name="后到的公司")
    submitted(
        people,
        125,
        name="先到的公司",
        certificate={"type": 1, "number": "91110108MA0000000X", "address": "虚构"},
    )
    found = rows(client.get(QUEUE))
    assert [row.split()[0] for row in found] == ["先到的公司", "后到的公司"]
    assert "新增备案" in found[0]
    assert people.owner.username in found[0]
    assert "2 小时" in found[0]
    assert "5 分钟" in found[1]
    # The first has a wrong certificate number besides what the second is warned of.
    first, second = (int(re.findall(r"(\d+) 处", row)[0]) for row in found)
    assert first > second


def test_it_marks_ones_own_in_the_queue(client: Client, people: factories.People) -> None:
    submitted(people)
    client.force_login(people.owner)
    response = client.get(QUEUE)
    assert "请别人审" in rows(response)[0]
    assert "从第一件开始" not in page(response)


def test_it_tells_an_empty_queue(client: Client) -> None:
    assert "没有等着审核的" in words_on(page(client.get(QUEUE)))


def test_it_costs_the_same_queries_for_one_and_for_ten(
    client: Client, people: factories.People, django_assert_max_num_queries: Any
) -> None:
    """Session, person, counts, requests, revisions, what rules look up, who edited and who reads."""
    submitted(people)
    client.get(QUEUE)
    with django_assert_max_num_queries(MOST_QUERIES) as one:
        client.get(QUEUE)
    for _ in range(9):
        submitted(people)
    with django_assert_max_num_queries(len(one)):
        client.get(QUEUE)


MOST_QUERIES = 25


# --- one request --------------------------------------------------------------------------------------


def test_it_shows_everything_in_words_with_full_numbers(client: Client, people: factories.People) -> None:
    load_builtin_codes()
    filing = submitted(people)
    text = words_on(page(client.get(address(filing))))
    for wanted in (
        factories.NAME,
        factories.CREDIT_CODE,
        factories.SITE_CARD,
        "营业执照（个人或企业）",
        "北京市海淀区虚构路1号",
        "203.0.113.10 至 203.0.113.12",
        "虚拟主机",
        "example.cn",
    ):
        assert wanted in text


def test_it_shows_each_image_beside_the_values_to_compare(client: Client, people: factories.People) -> None:
    load_builtin_codes()
    content = factories.stored_filing()
    card = {
        "format": 1,
        "purpose": 4,
        "owner": "website",
        "owner_index": 0,
        "content": factories.stored_image(colour="blue"),
    }
    content["attachments"].append(card)
    filing = factories.request_in(S.IN_REVIEW, people, content)
    tree = html.fromstring(page(client.get(address(filing))))
    form, photo = tree.xpath("//div[contains(@class, 'material')][@role='group']")
    assert "网站备案信息真实性核验单" in form.get("aria-label")
    assert photo.xpath(".//img/@src") == [
        reverse("attachment_view", args=[card["content"].removeprefix("sha256:")])
    ]
    beside = " ".join(photo.text_content().split())
    assert factories.SITE_CARD in beside
    assert factories.SUBJECT_CARD not in beside


def test_it_shows_the_warnings_of_the_rules(client: Client, people: factories.People) -> None:
    filing = submitted(people, certificate={"type": 1, "number": "91110108MA0000000X", "address": "虚构"})
    text = words_on(page(client.get(address(filing))))
    assert "请留意" in text
    assert "代码 1008" in text


def test_it_shows_what_changed_since_the_previous_revision_and_why_it_came_back(
    client: Client, people: factories.People
) -> None:
    filing = submitted(people, name="海淀虚构书店")
    review.return_for_changes(filing, user=people.colleague, reason="名称与执照不符")
    drafts.start_correction(filing, actor=person(people.owner))
    drafts.save_draft(filing, factories.stored_filing(name="海淀虚构书局"))
    factories.submit(filing, user=people.owner)
    tree = html.fromstring(page(client.get(address(filing))))
    changes = tree.xpath("//section[@aria-labelledby='t-changes']")[0]
    assert "改了 1 处" in changes.text_content()
    assert changes.xpath(".//del")[0].text_content() == "海淀虚构书店"
    assert changes.xpath(".//ins/mark")[0].text_content() == "局"
    assert "名称与执照不符" in tree.text_content()


def test_it_says_so_where_nothing_changed(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    review.return_for_changes(filing, user=people.colleague, reason="再看看")
    drafts.start_correction(filing, actor=person(people.owner))
    factories.submit(filing, user=people.owner)
    assert "没有改动" in words_on(page(client.get(address(filing))))


def test_it_leads_to_the_one_before_and_the_one_behind(client: Client, people: factories.People) -> None:
    first, second, third = (submitted(people, minutes) for minutes in (30, 20, 10))
    tree = html.fromstring(page(client.get(address(second))))
    assert "第 2 件，共 3 件" in tree.text_content()
    assert tree.xpath("//a[@data-before]/@href") == [address(first)]
    assert tree.xpath("//a[@data-after]/@href") == [address(third)]


# --- deciding -----------------------------------------------------------------------------------------


def test_it_lets_a_request_go_and_leads_to_the_next(client: Client, people: factories.People) -> None:
    first, second = submitted(people, 30), submitted(people, 10)
    response = client.post(address(first), decision(first, "approve", "材料齐"))
    assert response["Location"] == address(second)
    assert state(first) == S.READY
    event = last_event(first)
    assert (event.actor_user, event.reason, event.new_state) == (people.colleague, "材料齐", S.READY)
    assert "已通过，待上报" in words_on(page(client.get(address(second))))


def test_it_returns_to_the_queue_after_the_last(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    response = client.post(address(filing), decision(filing, "return", "执照看不清"), follow=True)
    assert response.redirect_chain == [(QUEUE, 302)]
    assert state(filing) == S.REVIEW_RETURNED
    assert last_event(filing).reason == "执照看不清"
    assert "没有等着审核的了" in words_on(page(response))


def test_it_wants_a_reason_for_sending_back(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    response = client.post(address(filing), decision(filing, "return", "  "))
    assert response.status_code == 422
    assert "写明退改的原因" in words_on(page(response))
    assert state(filing) == S.IN_REVIEW


def test_it_keeps_what_was_written_when_no_decision_came_of_it(
    client: Client, people: factories.People
) -> None:
    filing = submitted(people)
    response = client.post(address(filing), decision(filing, "", "写到一半"))
    assert form_on(page(response), "decide")["opinion"] == ["写到一半"]


def test_it_offers_the_words_again_after_the_session_ended(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    client.logout()
    response = client.post(address(filing), decision(filing, "return", "写了很久的理由"))
    assert response["Location"] == f"/login/?next={address(filing)}"
    assert state(filing) == S.IN_REVIEW
    client.post(response["Location"], {"username": people.colleague.username, "password": "colleague"})
    assert form_on(page(client.get(address(filing))), "decide")["opinion"] == ["写了很久的理由"]


def test_it_decides_no_revision_that_the_reviewer_did_not_see(
    client: Client, people: factories.People
) -> None:
    filing = submitted(people)
    seen = decision(filing, "approve")
    review.return_for_changes(filing, user=people.colleague, reason="改")
    drafts.start_correction(filing, actor=person(people.owner))
    drafts.save_draft(filing, factories.stored_filing(name="换了名字的公司"))
    factories.submit(filing, user=people.owner)
    response = client.post(address(filing), seen)
    assert response.status_code == 409
    assert "请重新看过再决定" in words_on(page(response))
    assert state(filing) == S.IN_REVIEW


def test_it_tells_who_comes_second(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    review.approve(filing, user=people.colleague)
    response = client.post(address(filing), decision(filing, "return", "晚了"), follow=True)
    assert "现在是“待上报”" in words_on(page(response))
    assert state(filing) == S.READY


def test_it_lets_nothing_go_that_a_rule_stops_by_now(
    client: Client, people: factories.People, monkeypatch: Any
) -> None:
    filing = submitted(people)
    content = filing.revisions.get().content
    sha256 = content["attachments"][0]["content"].removeprefix("sha256:")
    # An image that is lost to the store stops the request, whatever was right when it was submitted.
    monkeypatch.setattr("filing.rules.materials.MOST_CHARACTERS_OF_FORM", 4)
    response = client.get(address(filing))
    assert "现在不能通过" in words_on(page(response))
    assert client.post(address(filing), decision(filing, "approve")).status_code == 422
    assert state(filing) == S.IN_REVIEW
    assert sha256


def test_it_shows_words_of_people_as_words(client: Client, people: factories.People) -> None:
    filing = submitted(people, name="<b>粗</b>公司")
    text = page(client.get(address(filing)))
    assert "<b>粗</b>" not in text
    assert "&lt;b&gt;粗&lt;/b&gt;公司" in text


def test_it_reviews_requests_of_operations_that_have_no_form(
    client: Client, people: factories.People
) -> None:
    ref = factories.new_ref()
    rows = import_requests(
        [
            {
                "ref": ref,
                "operation": "cancel_website",
                "bureau_id": 2001,
                "reason": 1,
                "reason_remarks": "停办",
            }
        ]
    )
    assert rows[0].problems == []
    filing = Request.objects.get(ref=ref)
    client.post(reverse("request_submit", args=[ref]))
    assert state(filing) == S.IN_REVIEW
    client.force_login(people.owner)
    assert "注销网站" in rows_text(client)
    text = words_on(page(client.get(address(filing))))
    assert "停办" in text
    assert "没有附材料" in text
    client.post(address(filing), decision(filing, "approve"))
    assert state(filing) == S.READY


def test_it_says_in_words_what_keeps_such_a_request_from_its_review(client: Client) -> None:
    ref = factories.new_ref()
    item = {"ref": ref, "operation": "cancel_website", "number": "京ICP备12345678号-9", "reason": 1}
    assert import_requests([item])[0].problems == []
    response = client.post(reverse("request_submit", args=[ref]), follow=True)
    assert "有 1 处要改" in words_on(page(response))
    assert state(Request.objects.get(ref=ref)) == S.DRAFT


def rows_text(client: Client) -> str:
    return " ".join(rows(client.get(QUEUE)))
