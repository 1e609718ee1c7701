"""The queue of what came back: words, meaning, fields at fault, whose; what is narrowed; corrections under way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from lxml import html

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import drafts, outcomes
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.filing import samples
from tests.filing.posting import words_on

pytestmark = pytest.mark.django_db
QUEUE = "/returned/"


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


def refused(people: factories.People, name: str, domain: str, *, codes: list[int], words: str) -> Request:
    content = samples.a_filing(name, factories.website("站", domain))
    request = factories.request_in(S.AWAITING_BUREAU, people, content)
    outcomes.mark_returned(request, codes=codes, words=words, reason="管局退回", proof=factories.proof())
    return Request.objects.get(pk=request.pk)


def cases(client: Client, **query: str) -> list[str]:
    response = client.get(QUEUE, query)
    assert response.status_code == 200
    found = html.fromstring(response.content.decode()).xpath("//article")
    return [" ".join(" ".join(each.itertext()).split()) for each in found]


def aged(request: Request, **span: int) -> None:
    Request.objects.filter(pk=request.pk).update(state_changed_at=timezone.now() - timedelta(**span))


def test_it_shows_the_words_the_code_the_remedy_and_the_place_at_fault(
    client: Client, people: factories.People
) -> None:
    load_builtin_codes()
    refused(
        people,
        "甲公司",
        "yi.cn",
        codes=[1005],
        words="域名冲突，该域名在备案信息库中已存在，请核实后再次报备：yi.cn",
    )
    (case,) = cases(client)
    for wanted in (
        "管局退回",
        "1005",
        "甲公司",
        "新增备案",
        "yi.cn",
        "怎么改",
        "出错的一处",
        "网站 1 · 域名 1",
    ):
        assert wanted in case
    assert f"{people.owner.username} 填报" in case
    assert "第 7 号第 1 条" in case
    tree = html.fromstring(client.get(QUEUE).content.decode())
    (quote,) = tree.xpath("//blockquote[@class='words']")
    assert quote.text_content() == "域名冲突，该域名在备案信息库中已存在，请核实后再次报备：yi.cn"


def test_it_hides_identity_numbers(client: Client, people: factories.People) -> None:
    refused(people, "甲公司", "yi.cn", codes=[1015], words="无效身份证号码")
    page = client.get(QUEUE).content.decode()
    assert factories.SITE_CARD not in page
    assert "很可能是" in words_on(page)


def test_it_tells_a_code_that_nobody_knows_and_silence(client: Client, people: factories.People) -> None:
    refused(people, "甲公司", "yi.cn", codes=[4711], words="")
    (case,) = cases(client)
    assert "代码表中没有这个代码" in case
    assert "管局没有附上文字" in case


def test_it_shows_the_reviewers_reason_and_name(client: Client, people: factories.People) -> None:
    factories.request_in(S.REVIEW_RETURNED, people)
    (case,) = cases(client)
    assert "审核退改" in case
    assert f"{people.colleague.username} 退改" in case


def test_it_puts_the_longest_waiting_first(client: Client, people: factories.People) -> None:
    aged(refused(people, "后来的公司", "a.cn", codes=[1015], words="甲"), hours=1)
    aged(refused(people, "先来的公司", "b.cn", codes=[1015], words="乙"), hours=5)
    first, second = cases(client)
    assert "先来的公司" in first
    assert "后来的公司" in second
    assert "后来的公司" in cases(client, sort="newest")[0]


def test_it_is_narrowed_by_state_code_and_person(client: Client, people: factories.People) -> None:
    refused(people, "甲公司", "a.cn", codes=[1015, 1005], words="甲")
    refused(people, "乙公司", "b.cn", codes=[1005], words="乙")
    factories.request_in(S.REJECTED, people, samples.a_filing("丙公司", factories.website("站", "c.cn")))
    factories.request_in(S.APPROVED, people, samples.a_filing("丁公司", factories.website("站", "d.cn")))
    assert len(cases(client)) == 3
    assert len(cases(client, tab="returned")) == 2
    assert len(cases(client, tab="rejected")) == 1
    assert len(cases(client, code="1015")) == 1
    assert len(cases(client, code="1015", tab="rejected")) == 0
    assert len(cases(client, who=str(people.owner.pk))) == 3
    assert len(cases(client, who=str(people.colleague.pk))) == 0
    assert len(cases(client, operation="change")) == 0
    assert len(cases(client, tab="nonsense", code="x" * 20, who="-1", sort="?")) == 3
    options = html.fromstring(client.get(QUEUE).content.decode()).xpath(
        "//select[@name='code']/option/@value"
    )
    assert options == ["", "1002", "1005", "1015"]


def test_it_opens_the_correction_by_its_button_and_shows_it_apart(
    client: Client, people: factories.People
) -> None:
    request = refused(people, "甲公司", "a.cn", codes=[1015], words="无效身份证号码")
    page = html.fromstring(client.get(QUEUE).content.decode())
    (form,) = page.xpath("//article//form[@method='post']")
    assert form.get("action") == reverse("request_correct", args=[request.ref])
    response = client.post(form.get("action"))
    assert response["Location"] == reverse("draft_edit", args=[request.ref])
    assert cases(client) == []
    text = words_on(client.get(QUEUE).content.decode())
    assert "正在改正 1 件已开始" in text
    assert f"{people.owner.username}" in text
    assert "无效身份证号码" in text
    assert reverse("draft_edit", args=[request.ref]) in client.get(QUEUE).content.decode()


def test_it_lets_those_who_do_not_enter_only_look(client: Client, people: factories.People) -> None:
    request = refused(people, "甲公司", "a.cn", codes=[1015], words="甲")
    for group in ("审核", "链路"):
        client.force_login(samples.a_person(f"only-{group}", group))
        page = html.fromstring(client.get(QUEUE).content.decode())
        assert page.xpath("//article//form") == []
        assert page.xpath("//article//a[@data-row]/@href") == [reverse("request_detail", args=[request.ref])]


def test_it_is_for_people_with_a_role(people: factories.People) -> None:
    client = Client()
    assert client.get(QUEUE)["Location"] == f"/login/?next={QUEUE}"
    client.force_login(people.stranger)
    assert client.get(QUEUE).status_code == 403
    client.force_login(people.owner)
    assert client.post(QUEUE).status_code == 405


def test_it_is_where_the_menu_leads_and_counts(client: Client, people: factories.People) -> None:
    factories.request_in(S.REVIEW_RETURNED, people)
    tree = html.fromstring(client.get("/").content.decode())
    (link,) = tree.xpath(f"//nav[@aria-label='主导航']/a[@href='{QUEUE}']")
    assert " ".join(link.text_content().split()) == "退回 1"


def test_it_tells_an_empty_queue(client: Client) -> None:
    assert "没有等着改正的" in words_on(client.get(QUEUE).content.decode())
    assert "按现在的条件没有退回的" in words_on(client.get(QUEUE, {"code": "1015"}).content.decode())


def test_it_costs_the_same_queries_for_one_and_for_five(
    client: Client, people: factories.People, django_assert_max_num_queries: Any
) -> None:
    refused(people, "甲公司", "a0.cn", codes=[1015], words="甲")
    client.get(QUEUE)
    with django_assert_max_num_queries(15):
        client.get(QUEUE)
    for number in range(1, 5):
        refused(people, f"公司{number}", f"a{number}.cn", codes=[1015], words="甲")
    with django_assert_max_num_queries(15):
        client.get(QUEUE)


# --- two revisions beside each other ------------------------------------------------------------------


def three_revisions(people: factories.People, user: User) -> Request:
    request = factories.request_in(S.RETURNED, people, samples.a_filing("第一个名字的公司"))
    for name in ("第二个名字的公司", "第三个名字的公司"):
        drafts.start_correction(request, actor=person(user))
        content = request.revisions.get(number=request.revision_number).content
        content["subject"]["name"] = name
        drafts.save_draft(request, content, actor=person(user))
        request = factories.bring_to(request, S.RETURNED, people)
    return request


def test_it_compares_any_two_revisions(client: Client, people: factories.People) -> None:
    request = three_revisions(people, people.owner)
    address = reverse("request_detail", args=[request.ref])
    for pair in (("1", "3"), ("3", "1")):
        page = client.get(address, {"tab": "versions", "old": pair[0], "new": pair[1]}).content.decode()
        tree = html.fromstring(page)
        assert [each.text_content() for each in tree.xpath("//del")] == ["第一个名字的公司"]
        assert [each.text_content() for each in tree.xpath("//ins")] == ["第三个名字的公司"]
        assert "与第 1 版不同，1 处" in words_on(page)
    for wrong in ({"old": "2", "new": "2"}, {"old": "1", "new": "9"}, {"old": "x"}):
        page = client.get(address, {"tab": "versions", **wrong}).content.decode()
        assert len(html.fromstring(page).xpath("//del")) == 2
