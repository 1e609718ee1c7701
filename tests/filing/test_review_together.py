"""Several people at one queue: who changed what, who else looks, who was quicker; the queue narrowed; words to pick from."""

from __future__ import annotations

import ast
import copy
from datetime import timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from filing.actors import COMMAND, person
from filing.choices import Operation
from filing.choices import RequestState as S
from filing.models import Request, ReviewReader, RevisionEditor
from filing.services import drafts, reading, review
from filing.services.codes import load_builtin_codes
from filing.services.filed_document import filed_document
from filing.services.reading import LEASE
from tests import factories
from tests.filing import samples
from tests.filing.posting import words_on
from tests.filing.test_filed_document import held
from tests.source_code import sources

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
    client.force_login(people.colleague)
    return client


def submitted(people: factories.People, **subject: Any) -> Request:
    return factories.request_in(S.IN_REVIEW, people, factories.stored_filing(**subject))


def address(filing: Request) -> str:
    return reverse("request_review", args=[filing.ref])


def decision(filing: Request, what: str, opinion: str = "") -> dict[str, str]:
    return {"decision": what, "opinion": opinion, "revision": str(filing.revision_number)}


def signed_in(name: str) -> tuple[Client, Any]:
    user = factories.user(name, "review_request")
    client = Client()
    client.force_login(user)
    return client, user


def text_of(response: HttpResponse) -> str:
    return words_on(response.content.decode())


# --- who entered it -----------------------------------------------------------------------------------


def edited(people: factories.People) -> Request:
    """A draft of the owner that the colleague changed and the owner submitted."""
    filing = factories.draft(people.owner)
    content = copy.deepcopy(filing.revisions.get().content)
    content["subject"]["name"] = "同事改过名字的公司"
    drafts.save_draft(filing, content, actor=person(people.colleague))
    factories.submit(filing, user=people.owner)
    return filing


def test_it_writes_down_who_changed_a_draft_once(people: factories.People) -> None:
    filing = factories.draft(people.owner)
    content = filing.revisions.get().content
    drafts.save_draft(filing, copy.deepcopy(content), actor=person(people.colleague))
    assert not RevisionEditor.objects.exists()  # saved, but nothing changed
    for name in ("甲", "乙"):
        content["subject"]["name"] = name
        drafts.save_draft(filing, copy.deepcopy(content), actor=person(people.colleague))
    assert [row.user for row in RevisionEditor.objects.all()] == [people.colleague]
    content["subject"]["name"] = "丙"
    drafts.save_draft(filing, content, actor=COMMAND)
    assert RevisionEditor.objects.count() == 1


def test_it_is_told_by_every_form_who_saves() -> None:
    calls = [
        (source.path, {keyword.arg for keyword in node.keywords})
        for source in sources()
        if source.module.startswith(("filing.views", "filing.forms", "verification.views", "reporting.views"))
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == "save_draft"
    ]
    assert calls
    assert [path for path, told in calls if "actor" not in told] == []


def test_it_lets_nobody_review_what_they_changed(client: Client, people: factories.People) -> None:
    filing = edited(people)
    assert not review.may_review(filing, people.colleague)
    page = client.get(address(filing))
    assert "您填报、改过或提交的" in text_of(page)
    assert f"{people.colleague.username} 改过" in text_of(page)
    assert client.post(address(filing), decision(filing, "approve")).status_code == 422
    assert "从第一件开始" not in text_of(client.get(QUEUE))
    assert "自己的，请别人审" in text_of(client.get(QUEUE))
    third, _user = signed_in("third")
    assert third.post(address(filing), decision(filing, "approve")).status_code == 302
    assert Request.objects.get(pk=filing.pk).state == S.READY


def test_it_keeps_an_editor_of_an_earlier_revision_from_reviewing_a_later_one(
    people: factories.People,
) -> None:
    filing = edited(people)
    _client, third = signed_in("third")
    review.return_for_changes(filing, user=third, reason="改")
    drafts.start_correction(filing, actor=person(people.owner))
    factories.submit(filing, user=people.owner)
    assert not review.may_review(filing, people.colleague)
    assert review.may_review(filing, third)


# --- who else looks -----------------------------------------------------------------------------------


def test_it_tells_who_else_has_it_open_and_since_when(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    other, zhang = signed_in("zhangsan")
    assert "正在看" not in text_of(other.get(address(filing)))
    ReviewReader.objects.update(opened_at=timezone.now() - timedelta(minutes=2))
    assert "zhangsan" in text_of(client.get(address(filing)))
    assert "正在看（2 分钟前打开）" in text_of(client.get(address(filing)))
    assert f"{zhang.username} 正在看（2 分钟前打开）" in text_of(client.get(QUEUE))
    fragment = other.post(reverse("request_readers", args=[filing.ref]), {"revision": "1"})
    assert people.colleague.username in text_of(fragment)


def test_it_forgets_who_went_away(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    other, _zhang = signed_in("zhangsan")
    other.get(address(filing))
    ReviewReader.objects.update(seen_at=timezone.now() - LEASE - timedelta(seconds=1))
    assert "正在看" not in text_of(client.get(address(filing)))
    assert ReviewReader.objects.count() == 1  # the lease that ended was swept away


def test_it_keeps_the_lease_while_the_page_tells_that_it_is_open(people: factories.People) -> None:
    filing = submitted(people)
    other, _zhang = signed_in("zhangsan")
    other.get(address(filing))
    opened = ReviewReader.objects.get().opened_at
    ReviewReader.objects.update(seen_at=timezone.now() - timedelta(seconds=60))
    other.post(reverse("request_readers", args=[filing.ref]), {"revision": "1"})
    row = ReviewReader.objects.get()
    assert row.opened_at == opened
    assert timezone.now() - row.seen_at < timedelta(seconds=10)


def test_it_leads_past_what_others_have_open(client: Client, people: factories.People) -> None:
    first, second = submitted(people, name="先到的公司"), submitted(people, name="后到的公司")
    Request.objects.filter(pk=first.pk).update(state_changed_at=timezone.now() - timedelta(hours=1))
    other, _zhang = signed_in("zhangsan")
    other.get(address(first))
    tree = html.fromstring(client.get(QUEUE).content.decode())
    assert tree.xpath("//a[text()='从第一件开始']/@href") == [address(second)]
    third = submitted(people, name="再后到的公司")
    assert client.post(address(third), decision(third, "approve"))["Location"] == address(second)
    assert client.post(address(second), decision(second, "approve"))["Location"] == address(first)


def test_it_tells_an_open_page_that_it_was_decided_and_by_whom(
    client: Client, people: factories.People
) -> None:
    filing = submitted(people)
    client.get(address(filing))
    _other, zhang = signed_in("zhangsan")
    review.approve(filing, user=zhang)
    assert not ReviewReader.objects.exists()
    fragment = text_of(client.post(reverse("request_readers", args=[filing.ref]), {"revision": "1"}))
    assert "zhangsan" in fragment
    assert "前通过了，现在是“待上报”" in fragment
    assert not ReviewReader.objects.exists()


def test_it_refuses_a_decision_on_a_page_that_is_too_old_in_words(
    client: Client, people: factories.People
) -> None:
    filing = submitted(people)
    _other, zhang = signed_in("zhangsan")
    review.return_for_changes(filing, user=zhang, reason="缺核验单")
    response = client.post(address(filing), decision(filing, "approve"), follow=True)
    assert "您的决定没有生效：zhangsan" in text_of(response)
    assert "退改了，现在是“审核退改”" in text_of(response)
    assert Request.objects.get(pk=filing.pk).state == S.REVIEW_RETURNED


def test_it_tells_an_open_page_of_a_new_revision(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    review.return_for_changes(filing, user=people.colleague, reason="改")
    drafts.start_correction(filing, actor=person(people.owner))
    factories.submit(filing, user=people.owner)
    fragment = text_of(client.post(reverse("request_readers", args=[filing.ref]), {"revision": "1"}))
    assert "内容已改成第 2 版" in fragment


def test_it_says_nothing_to_those_who_may_not_review(people: factories.People) -> None:
    filing = submitted(people)
    where = reverse("request_readers", args=[filing.ref])
    assert Client().post(where).status_code == 302
    client = Client()
    client.force_login(factories.user("staff", "enter_request"))
    assert client.post(where).status_code == 403
    client.force_login(people.owner)  # may review, but not this one: is no reader that others should know of
    assert client.post(where, {"revision": "1"}).status_code == 200
    assert reading.readers_of([filing.pk], but=people.colleague) == {}


# --- what is asked, and for whom ----------------------------------------------------------------------


def queue_rows(client: Client, **query: str) -> list[str]:
    tree = html.fromstring(client.get(QUEUE, query).content.decode())
    return [" ".join(" ".join(row.itertext()).split()) for row in tree.xpath("//tbody/tr")]


def test_it_says_in_the_queue_what_a_new_filing_brings(client: Client, people: factories.People) -> None:
    submitted(people)
    assert "1 个网站、1 个域名、1 个接入、1 段 IP" in queue_rows(client)[0]


def test_it_says_in_the_queue_what_a_correction_changed(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    review.return_for_changes(filing, user=people.colleague, reason="改")
    drafts.start_correction(filing, actor=person(people.owner))
    content = filing.revisions.get(number=2).content
    content["websites"][0]["domains"].append({"name": "second.cn"})
    content["websites"][0]["responsible"]["mobile"] = "13800110000"
    drafts.save_draft(filing, content, actor=person(people.owner))
    factories.submit(filing, user=people.owner)
    (row,) = queue_rows(client)
    assert "改正，第 2 版" in row
    assert "域名 +1、网站负责人手机号码 改" in row


def a_change(people: factories.People) -> Request:
    load_builtin_codes()
    content = filed_document(held())
    content["websites"][0]["domains"].append({"name": "new.cn"})
    content["websites"][0]["responsible"]["mobile"] = "13800110000"
    for person_told in (content["subject"]["responsible"], content["websites"][0]["responsible"]):
        person_told |= {"office_phone": "010-12345678"}
    content["attachments"] = []
    draft = factories.draft(people.owner, content, operation=Operation.CHANGE, isp_id=factories.ISP_ID)
    factories.submit(draft, user=people.owner)
    return draft


def test_it_shows_a_change_beside_what_is_filed(client: Client, people: factories.People) -> None:
    filing = a_change(people)
    (row,) = queue_rows(client)
    assert "变更备案" in row
    assert "域名 +1" in row
    tree = html.fromstring(client.get(address(filing)).content.decode())
    (section,) = tree.xpath("//section[starts-with(@aria-labelledby, 't-changes')]")
    text = " ".join(section.text_content().split())
    assert "变更了 4 处" in text
    assert "管局现有" in text
    assert [each.text_content() for each in section.xpath(".//ins[contains(., 'new.cn')]")] == ["new.cn"]
    assert [each.text_content() for each in section.xpath(".//del")] == ["13800000000"]
    (folded,) = section.xpath(".//details")
    assert folded.get("open") is None
    assert "虚构示例站" in folded.text_content()
    assert "管局记录标识" not in text


def test_it_narrows_the_queue_and_keeps_it_narrow(client: Client, people: factories.People) -> None:
    load_builtin_codes()
    here = submitted(people, name="北京的公司")
    there = submitted(
        people,
        name="上海的公司",
        address={"province": 310000, "city": 310100, "county": 310101, "detail": "虚构"},
    )
    third = factories.user("writer", "enter_request")
    theirs = factories.draft(third, samples.a_filing("别人的公司", factories.website("站", "e.cn")))
    factories.submit(theirs, user=third)
    assert len(queue_rows(client)) == 3
    assert ["上海的公司" in row for row in queue_rows(client, region="310000")] == [True]
    assert ["别人的公司" in row for row in queue_rows(client, who=str(third.pk))] == [True]
    assert queue_rows(client, operation="change") == []
    assert len(queue_rows(client, operation="nonsense", region="x", who="-")) == 3
    tree = html.fromstring(client.get(QUEUE, {"region": "310000"}).content.decode())
    assert tree.xpath("//tbody//a/@href") == [f"{address(there)}?region=310000"]
    assert tree.xpath("//select[@name='region']/option[@selected]/@value") == ["310000"]
    page = client.get(f"{address(there)}?region=310000")
    assert "第 1 件，共 1 件" in text_of(page)
    done = client.post(f"{address(there)}?region=310000", decision(there, "approve"))
    assert done["Location"] == f"{QUEUE}?region=310000"
    assert "按现在的条件没有等着审核的" in text_of(client.get(done["Location"]))
    assert Request.objects.get(pk=here.pk).state == S.IN_REVIEW


def test_it_offers_words_to_pick_from_and_those_used_lately(client: Client, people: factories.People) -> None:
    for reason in ("首页网址不在域名之下", "首页网址不在域名之下", "证件照片不清楚，请重拍"):
        filing = submitted(people)
        client.post(address(filing), decision(filing, "return", reason))
    tree = html.fromstring(client.get(address(submitted(people))).content.decode())
    lately = tree.xpath("//ul[@aria-labelledby='p-lately']//button/@data-phrase")
    ready = tree.xpath("//ul[@aria-labelledby='p-ready']//button/@data-phrase")
    assert lately == ["首页网址不在域名之下"]
    assert "证件照片不清楚，请重拍" in ready
    other, _user = signed_in("other")
    assert "您最近写的" not in text_of(other.get(address(submitted(people))))


def test_it_says_which_papers_are_there(client: Client, people: factories.People) -> None:
    filing = submitted(people)
    address_of_rows = reverse("requests_materials")
    assert f'{address_of_rows}?keys={filing.pk},"' in client.get(QUEUE).content.decode()
    rows = client.get(address_of_rows, {"keys": f"{filing.pk},x,{2**70},,-1"}).content.decode()
    assert f'id="materials-{filing.pk}"' in rows
    assert "缺 " in rows
