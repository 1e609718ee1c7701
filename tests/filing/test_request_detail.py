"""The page of one request: every state, its words, what each person may do, and what stays hidden."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.actors import person
from filing.choices import AuditAction, RequestState
from filing.models import Request
from filing.services import drafts, outcomes
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.filing import samples
from tests.record import noted

pytestmark = pytest.mark.django_db

MOBILE = "13800000000"


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    """Images go to a folder of the test's own."""


@pytest.fixture
def code_names(db: None) -> None:
    load_builtin_codes()


@pytest.fixture
def owner() -> User:
    return samples.a_person("owner", "填报", first_name="知夏", last_name="林")


@pytest.fixture
def colleague() -> User:
    return samples.a_person("colleague", "填报")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("reviewer", "审核", first_name="青禾", last_name="何")


@pytest.fixture
def operator() -> User:
    return samples.a_person("operator", "链路")


def in_state(state: str, owner: User, reviewer: User, content: dict[str, Any] | None = None) -> Request:
    return samples.bring_to(factories.draft(owner, content), state, staff=owner, reviewer=reviewer)


def shown(client: Client, user: User, request: Request, **query: str) -> str:
    client.force_login(user)
    response = client.get(reverse("request_detail", args=[request.ref]), query)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.parametrize("state", RequestState.values)
def test_it_shows_a_request_in_every_state(client: Client, owner: User, reviewer: User, state: str) -> None:
    request = in_state(state, owner, reviewer)
    html = shown(client, owner, request)
    assert f'data-state="{state}">{RequestState(state).label}' in html
    assert f"{factories.NAME} · 新增备案" in html
    for tab in ("versions", "materials", "xml", "nonsense"):
        assert request.ref in shown(client, owner, request, tab=tab)


@pytest.mark.parametrize(
    ("state", "place"),
    [
        ("draft", "填报"),
        ("in_review", "审核"),
        ("review_returned", "填报"),
        ("ready", "打包"),
        ("uncertain", "管局受理"),
        ("forwarded", "管局审核"),
        ("returned", "管局审核"),
        ("approved", "备案号"),
    ],
)
def test_it_marks_the_step_where_the_request_stands(
    client: Client, owner: User, reviewer: User, state: str, place: str
) -> None:
    request = in_state(state, owner, reviewer)
    client.force_login(owner)
    steps = client.get(reverse("request_detail", args=[request.ref])).context["steps"]
    assert [step.name for step in steps if step.place == "now"] == [place]
    before = steps[: [step.place for step in steps].index("now")]
    assert all(step.place in ("done", "maybe") and step.facts for step in before)
    assert [step.name for step in before if step.place == "maybe"] == (
        ["短信核验"] if place == "管局审核" and state == "forwarded" else []
    )


def test_it_quotes_the_bureau_and_explains_each_code(client: Client, owner: User, reviewer: User) -> None:
    html = shown(client, owner, in_state("returned", owner, reviewer))
    assert "无效身份证号码" in html
    assert "1015" in html
    assert "主体负责人 · 证件号码" in html
    assert "网站 1 · 网站负责人 · 证件号码" in html
    assert "开始改正" in html
    assert factories.SITE_CARD not in html


def test_it_names_the_one_field_that_the_bureau_quotes(client: Client, owner: User, reviewer: User) -> None:
    content = samples.a_filing("甲公司", factories.website("甲站", "jia.cn", "yi.cn"))
    request = in_state("awaiting_bureau", owner, reviewer, content)
    outcomes.mark_returned(
        request, codes=[1005, 4711], words="域名冲突：yi.cn", reason="", proof=factories.proof()
    )
    client.force_login(owner)
    known, unknown = client.get(reverse("request_detail", args=[request.ref])).context["explained"]
    assert known.sure
    assert [place.values for place in known.places] == [("yi.cn",)]
    assert not unknown.code.is_known
    assert not unknown.places


def test_it_shows_markup_in_the_bureaus_words_as_text(client: Client, owner: User, reviewer: User) -> None:
    request = in_state("awaiting_bureau", owner, reviewer)
    outcomes.mark_rejected(
        request, codes=[1002], words="<script>alert(1)</script>", reason="", proof=factories.proof()
    )
    html = shown(client, owner, request)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert" in html


def test_it_gives_the_reviewers_reason(client: Client, owner: User, reviewer: User) -> None:
    html = shown(client, owner, in_state("review_returned", owner, reviewer))
    assert f"{reviewer.get_full_name()} 退改" in html
    assert '<blockquote class="said">改</blockquote>' in html


def test_it_says_why_a_request_does_not_go_on(client: Client, owner: User, reviewer: User) -> None:
    request = in_state("ready", owner, reviewer)
    Request.objects.filter(pk=request.pk).update(stalled_reason="管局要求稍后再报")
    assert "管局要求稍后再报" in shown(client, owner, request)


@pytest.mark.parametrize(
    ("state", "who", "offered"),
    [
        ("draft", "owner", {"接着填", "提交审核", "确定撤回"}),
        ("draft", "colleague", {"接着填", "提交审核", "确定撤回"}),
        ("draft", "reviewer", set()),
        ("draft", "operator", set()),
        ("in_review", "owner", {"确定撤回"}),
        ("in_review", "reviewer", {"审核"}),
        ("returned", "owner", {"开始改正", "确定撤回"}),
        ("returned", "reviewer", set()),
        ("awaiting_bureau", "owner", set()),
        ("approved", "owner", set()),
        ("withdrawn", "owner", set()),
    ],
)
def test_it_offers_what_the_person_may_do_now(
    client: Client,
    owner: User,
    colleague: User,
    reviewer: User,
    operator: User,
    state: str,
    who: str,
    offered: set[str],
) -> None:
    people = {"owner": owner, "colleague": colleague, "reviewer": reviewer, "operator": operator}
    html = shown(client, people[who], in_state(state, owner, reviewer))
    words = ("接着填", "提交审核", "确定撤回", "开始改正", "审核")
    found = {each for each in words if f'type="submit">{each}</button>' in html or f'">{each}</a>' in html}
    assert found == offered


def test_it_refuses_a_stranger_and_sends_an_anonymous_visitor_to_sign_in(
    client: Client, owner: User, reviewer: User
) -> None:
    address = reverse("request_detail", args=[factories.draft(owner).ref])
    assert client.get(address)["Location"].startswith("/login/?next=")
    client.force_login(samples.a_person("stranger"))
    assert client.get(address).status_code == 403


def test_it_hides_identity_numbers_and_phones_until_asked(
    client: Client, owner: User, reviewer: User
) -> None:
    request = factories.draft(owner)
    hidden = shown(client, owner, request)
    for secret in (factories.SUBJECT_CARD, factories.SITE_CARD, MOBILE):
        assert secret not in hidden
    assert "110105********002X" in hidden
    assert factories.CREDIT_CODE in hidden  # the credit code of a unit is public
    revealed = shown(client, owner, request, reveal="1")
    assert factories.SUBJECT_CARD in revealed
    assert MOBILE in revealed
    assert [each.key for each in noted(AuditAction.VIEW_IDENTITY)] == [request.ref]


def test_it_hides_the_certificate_number_of_an_individual(client: Client, owner: User) -> None:
    content = samples.a_filing("周禾木")
    content["subject"] |= {"nature": 5}
    content["subject"]["certificate"] |= {"type": 2, "number": factories.SUBJECT_CARD}
    request = factories.draft(owner, content)
    assert factories.SUBJECT_CARD not in shown(client, owner, request)


def test_it_tells_codes_and_regions_by_name(client: Client, owner: User, code_names: None) -> None:
    html = shown(client, owner, factories.draft(owner))
    for words in ("北京市海淀区虚构路1号", "单位门户网站", "代为报备", "203.0.113.10 至 203.0.113.12"):
        assert words in html


def test_it_copes_with_an_empty_draft_and_with_codes_that_no_table_holds(client: Client, owner: User) -> None:
    assert "（主体未填）" in shown(client, owner, factories.draft(owner, {"websites": [{}]}))
    content = samples.a_filing()
    content["websites"][0]["service_contents"] = [61]
    content["attachments"][0]["content"] = "sha256:" + "0" * 64
    request = factories.draft(owner, content)
    assert "代码 61（代码表中没有）" in shown(client, owner, request)
    assert "图片找不到了" in shown(client, owner, request, tab="materials")


def test_it_shows_the_difference_between_revisions(client: Client, owner: User, reviewer: User) -> None:
    request = in_state("returned", owner, reviewer)
    drafts.start_correction(request, actor=person(owner))
    content = request.revisions.get(number=2).content
    content["websites"][0]["name"] = "新站名"
    content["websites"][0]["responsible"]["mobile"] = "13800200000"
    drafts.save_draft(request, content)
    html = shown(client, owner, request, tab="versions")
    assert "<del>虚构示例站</del>" in html
    assert "<ins>新站名</ins>" in html
    assert "与第 1 版不同，2 处" in html
    assert "改在隐去的部分" in html
    assert "13800200000" not in html
    assert "13800200000" in shown(client, owner, request, tab="versions", reveal="1")


def test_it_gives_only_the_part_that_a_fragment_asks_for(client: Client, owner: User) -> None:
    client.force_login(owner)
    response = client.get(
        reverse("request_detail", args=[factories.draft(owner).ref]),
        {"tab": "versions"},
        headers={"HX-Request": "true", "HX-Target": "record"},
    )
    html = response.content.decode()
    assert html.strip().startswith('<section class="sheet" id="record"')
    assert "<html" not in html


def test_it_lists_pictures_with_their_purpose_and_owner(client: Client, owner: User) -> None:
    html = shown(client, owner, factories.draft(owner), tab="materials")
    assert "网站 1" in html
    assert "8×8" in html


def test_it_tells_the_history_with_the_bureau_apart(client: Client, owner: User, reviewer: User) -> None:
    html = shown(client, owner, in_state("returned", owner, reviewer))
    assert '<li class="bureau">' in html
    assert "提交审核" in html
    assert "第 7 号文件第 1 条" in html


def test_it_tells_a_second_submission_apart(client: Client, owner: User, reviewer: User) -> None:
    request = in_state("review_returned", owner, reviewer)
    drafts.start_correction(request, actor=person(owner))
    factories.submit(request, user=owner)
    assert "改正后再次提交" in shown(client, owner, request)


def test_it_costs_a_bounded_number_of_queries(
    client: Client, owner: User, reviewer: User, django_assert_max_num_queries: Any
) -> None:
    sites = [factories.website(f"站{i}", *(f"d{i}-{j}.cn" for j in range(20))) for i in range(2)]
    request = in_state("approved", owner, reviewer, samples.a_filing("甲公司", *sites))
    shown(client, owner, request)
    with django_assert_max_num_queries(18):
        client.get(reverse("request_detail", args=[request.ref]))
