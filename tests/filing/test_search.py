"""Search: what a text may be, what it finds, what it never costs, and what the page shows."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from filing.filed_data import AccessData, DomainData, RangeData, SubjectData, WebsiteData
from filing.identifiers import initials_of
from filing.models import Request, Subject, Team
from filing.models.words import Grams, SubjectWords
from filing.search import finding
from filing.search.asked import ask, fold, grams_of
from filing.search.filed import find_subjects, find_subjects_anyhow
from filing.search.marking import pieces
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from tests import factories
from tests.filing import samples

pytestmark = pytest.mark.django_db
ISP_ID = factories.ISP_ID
ADDRESS = 3405803776  # 203.0.113.0


@pytest.fixture
def staff(client: Client, attachment_root: object) -> User:
    load_builtin_codes()
    user = factories.user("owner", "enter_request")
    client.force_login(user)
    return user


def held(number: int, name: str, *domains: str, site: str = "网站") -> Subject:
    """A subject with one website; its access holds the sixteen addresses from 203.0.113.0 on, times `number`."""
    first = ADDRESS + 16 * number
    access = AccessData(4000 + number, ranges=(RangeData(first, first + 15, bureau_id=5000 + number),))
    website = WebsiteData(
        2000 + number,
        site,
        number=f"京ICP备{10000000 + number}号-1",
        domains=tuple(DomainData(each, bureau_id=30000 + 100 * number + n) for n, each in enumerate(domains)),
        accesses=(access,),
    )
    data: SubjectData = factories.filed_subject(
        website, name=name, bureau_id=1000 + number, number=f"京ICP备{10000000 + number}号", own_id=None
    )
    return record_filed(data, isp_id=ISP_ID, proof={})[0]


def shown(client: Client, query: str) -> dict[str, list[str]]:
    """The names under each heading of the page, fragments included."""
    page = client.get("/search/", {"q": query})
    assert page.status_code == 200, page
    parts = [html.fromstring(page.content.decode())]
    for name in ("search_files", "search_work"):
        text = client.get(reverse(name), {"q": query}).content.decode().strip()
        parts += html.fragments_fromstring(text) if text else []
    return {
        section.get("aria-label"): [
            each.text_content() for each in section.xpath(".//a[contains(@class, 'row-link')]")
        ]
        for part in parts
        for section in part.xpath("descendant-or-self::section[.//table]")
    }


@pytest.mark.parametrize(
    "text",
    [
        "虚构科技",
        "ＡＢＣ科技12号",
        "it公司",
        "a",
        "",
        "京ICP备12345678号",
        "Ａ１ b2-c3 号",
        "测试example.com",
        "ÉCOLE über",
    ],
)
def test_it_makes_the_same_grams_as_the_database(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT filing_folded(%s), filing_grams(filing_folded(%s))", [text, text])
        folded, grams = cursor.fetchone()
    assert fold(text) == folded
    assert grams_of(folded) == list(dict.fromkeys(grams))


def test_it_makes_grams_of_two_where_one_sign_is_not_ascii_and_of_three_else() -> None:
    assert grams_of("北京it站abc") == ["北京", "京i", "t站", "站a", "abc"]
    assert grams_of("it") == []


@pytest.mark.parametrize(
    ("name", "initials"),
    [
        ("北京虚构科技有限公司", "bjxgkjyxgs"),
        ("重庆银行", "cqyh"),
        ("长沙ABC-1号（虚构）店", "csabc1hxgd"),
        ("", ""),
        ("！？", ""),
        ("字" * 100, "z" * 64),
    ],
)
def test_it_knows_the_initials_of_a_name(name: str, initials: str) -> None:
    assert initials_of(name) == initials


def test_it_reads_what_a_text_may_be() -> None:
    assert ask(" 京icp备2026000001号－1 ").website_number == "京ICP备2026000001号-1"
    assert ask("京ICP备2026000001号-1").words == "京icp备2026000001号"
    assert ask("12345678").number == "12345678"
    assert ask("xn--fsqu00a.xn--fiqs8s").words == "例子.中国"
    assert ask("https://www.Example.com/a").words == "www.example.com"
    assert ask("203.0.113.8").addresses == (ADDRESS + 8, ADDRESS + 8)
    assert ask("203.0.113.8 - 203.0.113.9").addresses == (ADDRESS + 8, ADDRESS + 9)
    assert ask("203.0.113.0/24").addresses == (ADDRESS, ADDRESS + 255)
    assert ask("203.0.113.9-203.0.113.8").addresses is None
    assert ask("203.0.113.999").addresses is None
    assert not ask(" \x00 ")


@pytest.mark.parametrize(
    "query",
    [
        "云帆",
        "云帆启明",
        "云帆启明科技（北京）",
        "ＹＦＱＭ",
        "yfqmkj",
        "10000001",
        "0000001",
        "京icp备10000001号-1",
        "yunfan",
        "例子",
        "xn--fsqu00a",
        "203.0.113.17",
        "203.0.113.0/26",
        "官方站",
    ],
)
def test_it_finds_what_is_filed_by_part_of_it(staff: User, query: str) -> None:
    wanted = held(1, "云帆启明科技（北京）有限公司", "yunfan.cn", "例子.cn", site="官方站点")
    held(8, "别的公司", "other.cn")
    found = find_subjects_anyhow(Subject.objects.all(), ask(query))
    assert (found.keys, found.more) == ((wanted.pk,), False)


@pytest.mark.parametrize("query", ["云明", "启帆", "100%", "_____", "203.0.112.255", "138000", "9111"])
def test_it_finds_nothing_that_is_not_there(staff: User, query: str) -> None:
    held(1, "云帆启明科技", "yunfan.cn")
    assert find_subjects_anyhow(Subject.objects.all(), ask(query)).keys == ()


def test_it_finds_a_certificate_by_its_whole_number_and_shows_it_masked(client: Client, staff: User) -> None:
    held(1, "云帆启明", "yunfan.cn")
    assert shown(client, factories.CREDIT_CODE[:-1]) == {}
    assert shown(client, factories.CREDIT_CODE.lower()) == {"主体": ["云帆启明"]}
    page = client.get("/search/", {"q": factories.CREDIT_CODE}).content.decode()
    _title, _, body = page.partition("</h1>")
    assert factories.CREDIT_CODE not in body.replace(f"q={factories.CREDIT_CODE}", "")
    assert "证件 911101" in body


def test_it_looks_in_the_index_beyond_the_latest_rows(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    old = held(1, "云帆启明", "yunfan.cn")
    latest = [held(number, f"虚构公司{number}", f"x{number}.cn") for number in range(2, 6)]
    monkeypatch.setattr(finding, "RECENT", 2)
    assert find_subjects(Subject.objects.all(), ask("云帆")).keys == (old.pk,)
    assert find_subjects(Subject.objects.all(), ask("虚构")).keys == tuple(
        each.pk for each in reversed(latest)
    )
    too_short = find_subjects(Subject.objects.all(), ask("虚"))
    assert (too_short.keys, too_short.more) == (tuple(each.pk for each in reversed(latest[-2:])), True)


def test_it_says_that_there_may_be_more(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    subjects = [held(number, f"虚构公司{number}", f"x{number}.cn") for number in range(4)]
    found = find_subjects(
        Subject.objects.all(),
        ask("虚构"),
    )
    assert (len(found.keys), found.more) == (4, False)
    found = finding.find(Subject.objects.all(), SubjectWords(), ask("虚构"), most=3)
    assert (found.keys, found.more) == (tuple(each.pk for each in reversed(subjects[1:])), True)
    monkeypatch.setattr(finding, "ENOUGH", 2)
    assert not find_subjects(Subject.objects.all(), ask("虚构")).more
    monkeypatch.setattr(finding, "RECENT", 3)
    found = find_subjects(Subject.objects.all(), ask("虚构"))
    assert (found.keys, found.more) == (tuple(each.pk for each in reversed(subjects[1:])), True)
    monkeypatch.setattr(finding, "ENOUGH", 100)
    monkeypatch.setattr(finding, "MOST_CANDIDATES", 2)
    assert find_subjects(Subject.objects.all(), ask("虚构")).more


def test_it_asks_the_index_and_never_row_by_row(staff: User) -> None:
    """The planner must not make the grams of each row, however few rows it believes in."""
    rows = Subject.objects.alias(grams=Grams(SubjectWords())).filter(grams__contains=["云帆"])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        assert "subject_grams" in rows.explain()


def test_it_keeps_the_initials_of_requests(staff: User) -> None:
    request = factories.draft(staff, samples.a_filing("半山听雨"))
    assert request.subject_initials == "bsty"
    assert Request.objects.get(pk=request.pk).subject_initials == "bsty"


def test_it_shows_what_it_found_kind_by_kind(client: Client, staff: User) -> None:
    held(1, "云帆启明", "yunfan.cn", site="云帆站")
    factories.draft(staff, samples.a_filing("云帆远山", factories.website("站", "yuanshan.cn")))
    assert shown(client, "云帆") == {"报备单": ["云帆远山"], "主体": ["云帆启明"], "网站与域名": ["云帆站"]}
    assert shown(client, "203.0.113.20") == {"接入的 IP 段": ["203.0.113.16 – 203.0.113.31"]}
    assert "<mark>云帆</mark>启明" in client.get("/search/?q=云帆").content.decode()
    nothing = client.get("/search/?q=没有这样的").content.decode()
    assert "报备单和已备案里没有“没有这样的”" in nothing
    assert "拼音首字母" in nothing


def test_it_shows_eight_of_a_kind_and_leads_to_all(client: Client, staff: User) -> None:
    for number in range(10):
        held(number, f"虚构公司{number}", f"x{number}.cn")
    page = client.get("/search/?q=虚构公司").content.decode()
    assert len(shown(client, "虚构公司")["主体"]) == 8
    address = html.fromstring(page).xpath("//a[text()='全部主体']/@href")[0]
    assert len(client.get(address).context["page"].rows) == 10


def test_it_opens_what_is_called_exactly_so(client: Client, staff: User) -> None:
    subject = held(1, "云帆启明", "yunfan.cn")
    request = factories.draft(staff, samples.a_filing("半山听雨", factories.website("站", "banshan.cn")))
    detail = reverse("filed_detail", args=[subject.pk])
    for query in ("yunfan.cn", "https://yunfan.cn/", "京ICP备10000001号", "京ICP备10000001号-1"):
        assert client.get("/search/", {"q": query}).headers.get("Location") == detail, query
    for query in (request.ref, "banshan.cn"):
        found = client.get("/search/", {"q": query})
        assert found.headers.get("Location") == reverse("request_detail", args=[request.ref])
    factories.draft(staff, samples.a_filing("别人", factories.website("站", "yunfan.cn")))
    assert client.get("/search/?q=yunfan.cn").status_code == 200


def test_it_finds_requests_by_number_and_certificate_of_the_owner(client: Client, staff: User) -> None:
    request = factories.request_in("approved")
    record_filed(factories.answer(request, number="京ICP备10000009号"), isp_id=ISP_ID, proof={})
    for query in ("京ICP备10000009号-1", "京icp备10000009号", "0000009", factories.CREDIT_CODE):
        assert client.get("/requests/", {"q": query}).context["page"].rows == [request], query
    assert "报备单" in shown(client, "0000009")


def test_it_marks_by_initials() -> None:
    assert pieces("北京虚构科技", ask("xgkj")) == [("北京", False), ("虚构科技", True)]
    assert pieces("北京（虚构）科技", ask("xgk")) == [("北京（", False), ("虚构）科", True), ("技", False)]
    assert pieces("<b>虚构", ask("构")) == [("<b>虚", False), ("构", True)]
    assert pieces("虚构", ask("abc")) == [("虚构", False)]


@pytest.mark.parametrize(
    "address",
    ["/search/?q=虚构", "/search/?q=yxgs", "/search/?q=10000", "/filed/?q=虚构", "/filed/",
     "/filed/?tab=all&province=110000&provider=ours", "/requests/?q=公司",
     "/requests/?tab=all&operation=new_filing&mine=1", "/requests/?tab=all"],
)  # fmt: skip
def test_it_costs_the_same_queries_with_few_and_many(client: Client, staff: User, address: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(address).status_code == 200
        return len(counted.captured_queries)

    for number in range(2):
        held(number, f"虚构公司{number}", f"x{number}.cn")
        factories.draft(staff, samples.a_filing(f"公司{number}"))
    client.get(address)
    few = cost()
    for number in range(2, 14):
        held(number, f"虚构公司{number}", f"x{number}.cn")
        factories.draft(staff, samples.a_filing(f"公司{number}"))
    assert cost() == few
    assert few <= 30


def test_it_never_shows_drafts_of_another_team(client: Client, staff: User) -> None:
    other, mine = Team.objects.create(name="别的组"), Team.objects.create(name="我的组")
    colleague = factories.user("colleague", "enter_request")
    other.members.add(colleague)
    mine.members.add(staff)
    draft = factories.draft(colleague, samples.a_filing("半山听雨"))
    assert shown(client, "半山听雨") == {}
    assert shown(client, draft.ref) == {}
    assert client.get("/requests/", {"q": draft.ref, "tab": "all"}).context["page"].rows == []
    assert str(client.get("/requests/").context["count"]) == "0"
