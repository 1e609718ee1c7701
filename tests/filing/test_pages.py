"""Home, list and frame: who sees what, what is shown, and how many queries it costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from filing.choices import RequestState
from filing.models import Request
from tests import factories
from tests.filing import samples

pytestmark = pytest.mark.django_db

MOBILE = "13800000000"


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    """Images go to a folder of the test's own."""


@pytest.fixture
def owner() -> User:
    return samples.a_person("owner", "填报", first_name="知夏", last_name="林")


@pytest.fixture
def colleague() -> User:
    return samples.a_person("colleague", "填报")


@pytest.fixture
def reviewer() -> User:
    return samples.a_person("reviewer", "审核")


@pytest.fixture
def stranger() -> User:
    return samples.a_person("stranger")


def page(client: Client, user: User, name: str, *args: object, **query: object) -> str:
    client.force_login(user)
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_makes_the_groups_with_their_permissions() -> None:
    found = {
        group.name: {permission.codename for permission in group.permissions.all()}
        for group in Group.objects.all()
    }
    assert found == {
        "填报": {"enter_request"},
        "审核": {"review_request"},
        "链路": {"operate_link"},
        "审计": {"audit_everything"},
        "管理员": {"enter_request", "review_request", "operate_link", "audit_everything", "administer"},
    }


@pytest.mark.parametrize("name", ["home", "request_list"])
def test_it_shows_lists_to_every_role_and_to_no_one_else(client: Client, name: str, stranger: User) -> None:
    response = client.get(reverse(name))
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next={reverse(name)}"
    client.force_login(stranger)
    refused = client.get(reverse(name))
    assert refused.status_code == 403
    assert "还没有分配角色" in refused.content.decode()
    for group in ("填报", "审核", "链路", "审计", "管理员"):
        client.force_login(samples.a_person(f"p-{group}", group))
        assert client.get(reverse(name)).status_code == 200
    client.force_login(User.objects.create_superuser("root"))
    assert client.get(reverse(name)).status_code == 200


def test_it_answers_401_to_a_fragment_when_the_session_ended(client: Client) -> None:
    response = client.get(reverse("request_list"), headers={"HX-Request": "true"})
    assert response.status_code == 401


def test_it_signs_in_and_comes_back_to_where_one_was_going(client: Client, owner: User) -> None:
    answer = client.post("/login/", {"username": "owner", "password": "owner", "next": "/requests/?tab=all"})
    assert (answer.status_code, answer["Location"]) == (302, "/requests/?tab=all")
    outside = Client().post("/login/", {"username": "owner", "password": "owner", "next": "https://evil.cn/"})
    assert outside["Location"] == "/"


def test_it_says_in_words_that_signing_in_failed_and_keeps_the_name(client: Client, owner: User) -> None:
    shown = client.post("/login/", {"username": "owner", "password": "wrong"}).content.decode()
    assert "用户名或密码不对" in shown
    assert 'value="owner"' in shown
    assert "填写密码" in client.post("/login/", {"username": "owner"}).content.decode()


def test_it_signs_out_by_post_only(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/logout/").status_code == 405
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/").status_code == 302


def test_it_changes_the_password_and_keeps_the_person_signed_in(client: Client, owner: User) -> None:
    client.force_login(owner)
    wrong = client.post(
        "/password/", {"old_password": "x", "new_password1": "12345678", "new_password2": "12345678"}
    )
    assert "密码还没有改" in wrong.content.decode()
    new = "shan-yue-du-2026"
    right = client.post(
        "/password/", {"old_password": "owner", "new_password1": new, "new_password2": new}, follow=True
    )
    assert "密码已改" in right.content.decode()
    owner.refresh_from_db()
    assert owner.check_password(new)


def test_it_puts_errors_in_the_frame_with_a_way_back(client: Client, owner: User) -> None:
    client.force_login(owner)
    missing = client.get("/requests/no-such-ref/")
    assert missing.status_code == 404
    assert "没有这一页" in missing.content.decode()
    assert 'class="side"' in missing.content.decode()


def test_it_explains_a_refused_form_token(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/login/", {"username": "owner", "password": "owner"})
    assert response.status_code == 403
    assert "页面已过期" in response.content.decode()


def test_it_tells_each_person_what_waits_for_them(
    client: Client, owner: User, colleague: User, reviewer: User
) -> None:
    for name, state in (
        ("草稿社", "draft"),
        ("待审社", "in_review"),
        ("退回社", "returned"),
        ("退改社", "review_returned"),
    ):
        samples.bring_to(
            factories.draft(owner, samples.a_filing(name)), state, staff=owner, reviewer=reviewer
        )
    mine = page(client, owner, "home")
    assert "有 3 件等您处理" in mine
    assert [name for name in ("退回社", "退改社", "草稿社", "待审社") if f"：{name}" in mine] == [
        "退回社",
        "退改社",
        "草稿社",
    ]
    assert mine.index("：退回社") < mine.index("：退改社") < mine.index("：草稿社")
    theirs = page(client, colleague, "home")
    assert "有 2 件等您处理" in theirs
    assert "：草稿社" not in theirs
    reviewing = page(client, reviewer, "home")
    assert "有 1 件等您处理" in reviewing
    assert "：待审社" in reviewing


def test_it_never_asks_a_reviewer_to_review_their_own(client: Client, owner: User, reviewer: User) -> None:
    both = samples.a_person("both", "填报", "审核")
    samples.bring_to(factories.draft(both), "in_review", staff=both, reviewer=reviewer)
    assert "没有等您处理的事" in page(client, both, "home")
    assert "有 1 件等您处理" in page(client, reviewer, "home")


def test_it_counts_imported_requests_for_reviewers_too(client: Client, owner: User, reviewer: User) -> None:
    request = samples.bring_to(factories.draft(owner), "in_review", staff=owner, reviewer=reviewer)
    Request.objects.filter(pk=request.pk).update(created_by=None, submitted_by=None)
    assert "有 1 件等您处理" in page(client, reviewer, "home")


def test_it_says_what_will_appear_on_an_empty_desk(client: Client, owner: User, reviewer: User) -> None:
    assert "还没有报备单" in page(client, owner, "home")
    assert "新建报备单" in page(client, owner, "request_list")
    assert "新建报备单" not in page(client, reviewer, "request_list")


def test_it_counts_the_states_of_the_strip(client: Client, owner: User, reviewer: User) -> None:
    for state in RequestState.values:
        request = factories.draft(owner, samples.a_filing(f"甲{state}"))
        samples.bring_to(request, state, staff=owner, reviewer=reviewer)
    client.force_login(owner)
    strip = {each.words: each.count for each in client.get("/").context["desk"].strip}
    assert strip == {
        "草稿": 1,
        "待审核": 1,
        "待上报": 3,
        "结果待查": 1,
        "等待管局": 2,
        "管局退回": 1,
        "审核拒绝": 1,
    }
    assert client.get("/").context["desk"].approved_today == 1
    samples.backdate(Request.objects.get(state="approved"), timedelta(days=2))
    assert client.get("/").context["desk"].approved_today == 0


def names(client: Client, user: User, **query: object) -> list[str]:
    client.force_login(user)
    return [each.subject_name for each in client.get(reverse("request_list"), query).context["page"].rows]


@pytest.fixture
def three(owner: User, colleague: User, reviewer: User) -> list[Request]:
    """One draft, one waiting at the bureau since two days, one approved; the draft is the colleague's."""
    draft = factories.draft(colleague, samples.a_filing("云间拾贝", factories.website("站", "yunjian.cn")))
    content = samples.a_filing("半山听雨", factories.website("站", "banshan.cn", "tingyu.com"))
    waiting = samples.bring_to(
        factories.draft(owner, content), "awaiting_bureau", staff=owner, reviewer=reviewer
    )
    samples.backdate(waiting, timedelta(days=2))
    approved = samples.bring_to(
        factories.draft(owner, samples.a_filing("砚屿数据", factories.website("站", "yanyu.cn"))),
        "approved",
        staff=owner,
        reviewer=reviewer,
    )
    return [draft, waiting, approved]


def test_it_lists_what_is_under_way_and_by_tab(client: Client, owner: User, three: list[Request]) -> None:
    assert set(names(client, owner)) == {"云间拾贝", "半山听雨"}
    assert names(client, owner, tab="approved") == ["砚屿数据"]
    assert names(client, owner, tab="bureau") == ["半山听雨"]
    assert len(names(client, owner, tab="all")) == 3
    assert names(client, owner, tab="bureau", state="forwarded") == []
    assert set(names(client, owner, tab="nonsense", state="nonsense", sort="nonsense", page="x")) == {
        "云间拾贝",
        "半山听雨",
    }


def test_it_counts_each_tab_within_the_search(client: Client, owner: User, three: list[Request]) -> None:
    client.force_login(owner)
    counts = {name: count for name, _w, count, _a in client.get("/requests/?q=banshan").context["tabs"]}
    assert [str(counts[name]) for name in ("all", "bureau", "approved")] == ["1", "1", "0"]


def test_it_finds_by_name_domain_and_ref(client: Client, owner: User, three: list[Request]) -> None:
    assert names(client, owner, q="砚屿") == ["砚屿数据"]
    assert names(client, owner, q="tingyu.com") == ["半山听雨"]
    assert names(client, owner, q="TINGYU") == ["半山听雨"]
    assert names(client, owner, q=three[0].ref[:-1] + "%") == []
    assert names(client, owner, q="没有的") == []
    client.force_login(owner)
    found = client.get("/requests/", {"q": three[2].ref})
    assert found["Location"] == reverse("request_detail", args=[three[2].ref])


def test_it_keeps_to_ones_own_and_orders_by_age(client: Client, owner: User, three: list[Request]) -> None:
    assert names(client, owner, mine="1", tab="all", sort="newest") == ["砚屿数据", "半山听雨"]
    assert names(client, owner, sort="oldest") == ["半山听雨", "云间拾贝"]
    assert names(client, owner, sort="newest") == ["半山听雨", "云间拾贝"]
    assert names(client, owner, sort="recent") == ["云间拾贝", "半山听雨"]


def test_it_shows_first_domain_and_how_many(client: Client, owner: User, three: list[Request]) -> None:
    shown = page(client, owner, "request_list")
    assert "banshan.cn" in shown
    assert "共 2 个" in shown


def test_it_shows_no_identity_number_or_phone_in_lists(
    client: Client, owner: User, three: list[Request]
) -> None:
    for shown in (page(client, owner, "request_list", tab="all"), page(client, owner, "home")):
        for secret in (factories.SUBJECT_CARD, factories.SITE_CARD, MOBILE):
            assert secret not in shown


@pytest.mark.parametrize("name", ["home", "request_list"])
def test_it_costs_the_same_queries_for_one_request_and_for_many(
    client: Client, owner: User, reviewer: User, name: str, django_assert_max_num_queries: object
) -> None:
    client.force_login(owner)

    def cost() -> int:
        with django_assert_max_num_queries(26) as counted:  # type: ignore[operator]
            client.get(reverse(name))
        return len(counted.captured_queries)

    for state in ("draft", "awaiting_bureau", "review_returned"):
        samples.bring_to(
            factories.draft(owner, samples.a_filing(state)), state, staff=owner, reviewer=reviewer
        )
    client.get(reverse(name))  # what a process reads once in its life
    few = cost()
    for number in range(6):
        request = factories.draft(owner, samples.a_filing(f"公司{number}"))
        samples.bring_to(
            request, "review_returned" if number % 2 else "returned", staff=owner, reviewer=reviewer
        )
    assert cost() == few


def test_it_turns_the_list_page_by_page(client: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filing.listing.PAGE_SIZE", 2)
    for number in range(5):
        factories.draft(owner, samples.a_filing(f"公司{number}"))

    def turned(way: str, **query: str) -> tuple[list[str], dict[str, str]]:
        found = client.get("/requests/", {"sort": "newest", **query}).context["page"]
        return [each.subject_name for each in found.rows], {way: getattr(found, way)}

    client.force_login(owner)
    first, after = turned("after")
    assert first == ["公司4", "公司3"]
    second, after = turned("after", **after)
    assert second == ["公司2", "公司1"]
    factories.draft(owner, samples.a_filing("公司5"))
    third, before = turned("before", **after)
    assert third == ["公司0"]
    assert turned("before", **before)[0] == second
    assert turned("before", before=turned("before", **before)[1]["before"])[0] == first
    shown = page(client, owner, "request_list", sort="newest", **after)
    assert "?tab=open&amp;sort=newest&amp;before=" in shown
    assert "本页 1 件，共 6 件" in shown


@pytest.mark.parametrize(
    "query", ["after=x", "after=1-2-3", "before=99999999999999999999-1", "after=9223372036854775807-1"]
)
def test_it_shows_the_first_page_where_an_address_names_none(client: Client, owner: User, query: str) -> None:
    factories.draft(owner, samples.a_filing("公司"))
    client.force_login(owner)
    assert len(client.get(f"/requests/?{query}").context["page"].rows) == 1


def test_it_lets_only_administrators_look_after_people(client: Client, owner: User) -> None:
    address = reverse("admin:auth_user_changelist")
    assert client.get(address)["Location"].startswith("/people/login/")
    assert client.get(address, follow=True).redirect_chain[-1][0].startswith("/login/?next=/people/")
    owner.is_staff = True
    owner.save()
    client.force_login(owner)
    assert client.get(address, follow=True).status_code == 403
    assert "人员、角色" not in client.get("/").content.decode()
    client.force_login(User.objects.create_superuser("root"))
    assert "人员、角色" in client.get("/").content.decode()
    shown = client.get(address).content.decode()
    assert "填报" in shown
    changed = client.get(reverse("admin:auth_user_change", args=[owner.pk]))
    assert changed.status_code == 200
