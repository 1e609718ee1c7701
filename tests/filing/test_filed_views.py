"""The pages of what is filed: found, shown, masked, and the buttons from which operations start."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from lxml import html

from filing.actors import person
from filing.choices import Operation
from filing.models import Request, Subject
from filing.services.codes import load_builtin_codes
from filing.services.starting import begin
from tests import factories
from tests.filing.filings import NUMBER, connected_elsewhere, filed
from tests.filing.posting import edit, page, words_on

pytestmark = pytest.mark.django_db
LIST = "/filed/"


@pytest.fixture
def staff(client: Client) -> User:
    load_builtin_codes()
    user = factories.user("owner", "enter_request")
    client.force_login(user)
    return user


def detail(subject: Subject) -> str:
    return reverse("filed_detail", args=[subject.pk])


def names(client: Client, query: str) -> list[str]:
    shown = html.fromstring(page(client.get(f"{LIST}?q={query}")))
    return [each.text_content() for each in shown.xpath("//a[contains(@class, 'row-link')]")]


@pytest.mark.parametrize(
    "query",
    [
        "虚构示例",
        NUMBER,
        "2026000001",
        "京icp备2026000001号-1",
        "example.com",
        "EXAMPLE.C",
        factories.CREDIT_CODE.lower(),
        "示例站",
    ],
)
def test_it_finds_a_subject_by(client: Client, staff: User, query: str) -> None:
    filed()
    assert names(client, query) == [factories.NAME]


@pytest.mark.parametrize("query", ["别家公司", factories.CREDIT_CODE[:12], "example.org"])
def test_it_finds_nothing_by(client: Client, staff: User, query: str) -> None:
    filed()
    assert names(client, query) == []
    assert "没有找到" in page(client.get(f"{LIST}?q={query}"))


def test_it_lists_a_certificate_masked(client: Client, staff: User) -> None:
    filed()
    shown = page(client.get(LIST))
    assert factories.CREDIT_CODE not in shown
    assert "911101********00X4" in shown


def test_it_says_how_to_begin_where_nothing_is_filed(client: Client, staff: User) -> None:
    assert "管局下发的备案会列在这里" in page(client.get(LIST))


def test_it_shows_all_of_a_subject_with_what_identifies_people_masked(client: Client, staff: User) -> None:
    subject = filed()
    shown = words_on(page(client.get(detail(subject))))
    for told in (NUMBER, f"{NUMBER}-1", "example.cn、example.com", "203.0.113.10-203.0.113.12", "本单位"):
        assert told in shown
    assert "13800000000" not in shown and factories.SUBJECT_CARD not in shown
    assert "13800000000" in words_on(page(client.get(detail(subject) + "?reveal=1")))


def test_it_lists_the_requests_about_it(client: Client, staff: User) -> None:
    subject = filed()
    made = begin(Operation.NEW_ACCESS, connected_elsewhere(subject), actor=person(staff))
    shown = page(client.get(detail(subject)))
    assert made.ref in shown
    assert f"新增接入：{made.get_state_display()}" in words_on(shown)


def test_it_costs_the_same_queries_for_one_and_for_ten(client: Client, staff: User) -> None:
    filed()
    client.get(LIST)
    from_one = _queries(client)
    for number in range(2, 11):
        Subject.objects.create(
            isp_id=factories.ISP_ID,
            bureau_id=1000 + number,
            name=f"虚构公司{number}",
            province=110000,
            certificate_type=1,
            certificate_number="x",
        )
    assert _queries(client) == from_one


def _queries(client: Client) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(LIST).status_code == 200
    return len(caught)


# --- starting -------------------------------------------------------------------------------------


def start(client: Client, operation: str, kind: str, key: int) -> HttpResponse:
    return client.post(reverse("operation_start", args=[operation]), {"kind": kind, "key": key})


def test_it_starts_an_operation_from_the_page(client: Client, staff: User) -> None:
    subject = filed()
    shown = html.fromstring(page(client.get(detail(subject))))
    form = shown.xpath(f"//form[@action='{reverse('operation_start', args=['change'])}']")[0]
    response = client.post(form.get("action"), dict(form.form_values()))
    made = Request.objects.get()
    assert response.url == edit(made)
    assert (made.operation, made.created_by) == ("change", staff)


def test_it_leads_to_the_undecided_request_instead_of_a_second(client: Client, staff: User) -> None:
    subject = filed()
    start(client, "cancel_subject", "subject", subject.pk)
    response = start(client, "cancel_subject", "subject", subject.pk)
    made = Request.objects.get()
    assert response.url == reverse("request_detail", args=[made.ref])


def test_it_says_why_an_operation_does_not_start(client: Client, staff: User) -> None:
    subject = filed(number="")
    response = start(client, "change", "subject", subject.pk)
    assert response.url == detail(subject)
    assert "还没有备案号" in page(client.get(detail(subject)))
    assert not Request.objects.exists()


@pytest.mark.parametrize(
    ("operation", "kind", "key"),
    [
        ("change", "subject", "x"),
        ("change", "person", "1"),
        ("nothing", "subject", "1"),
        ("change", "subject", "0"),
    ],
)
def test_it_knows_no_other_records(client: Client, staff: User, operation: str, kind: str, key: str) -> None:
    filed()
    assert client.post(f"/operations/{operation}/start/", {"kind": kind, "key": key}).status_code == 404


def test_it_starts_by_number(client: Client, staff: User) -> None:
    connected_elsewhere(filed())
    address = reverse("operation_by_number", args=["new_access"])
    refused = client.post(address, {"number": NUMBER})
    assert refused.status_code == 422
    assert "这是主体备案号" in page(refused) and f"{NUMBER}-1" in page(refused)
    response = client.post(address, {"number": f"{NUMBER}-1"})
    assert response.url == edit(Request.objects.get())


def test_it_checks_a_number_while_it_is_typed(client: Client, staff: User) -> None:
    filed()
    address = reverse("operation_check", args=["change"])
    assert factories.NAME in page(client.get(address, {"number": NUMBER}))
    assert "存量备案先导入" in page(client.get(address, {"number": "京ICP备1号"}))
    held_elsewhere = client.get(
        reverse("operation_check", args=["new_website"]), {"number": "京ICP备2026000008号"}
    )
    assert "库中没有这个备案号" in page(held_elsewhere)


def test_it_lets_every_operation_be_chosen(client: Client, staff: User) -> None:
    shown = page(client.get(reverse("operation_choose")))
    labels = {each.label for each in Operation} - {"核实结果", "未备案处理结果"}
    assert {label for label in labels if label in shown} == labels
    assert shown.index("新增备案") < shown.index("注销主体")
    for operation in Operation:
        status = client.get(f"/operations/{operation}/").status_code
        by_number = operation not in ("new_filing", "verification_result", "unfiled_result")
        assert status == (200 if by_number else 404)


# --- who may --------------------------------------------------------------------------------------


def test_it_is_read_by_every_role_and_begun_by_those_who_enter(client: Client) -> None:
    subject = filed()
    client.force_login(factories.user("reviewer", "review_request"))
    shown = page(client.get(detail(subject)))
    assert client.get(LIST).status_code == 200
    assert "operations/" not in shown.split("<main")[1]
    for address in ("/operations/", "/operations/change/", "/operations/change/check/"):
        assert client.get(address).status_code == 403
    assert start(client, "change", "subject", subject.pk).status_code == 403
    assert not Request.objects.exists()


@pytest.mark.parametrize("address", [LIST, "/filed/1/", "/operations/", "/operations/change/"])
def test_it_is_closed_to_strangers(client: Client, address: str) -> None:
    assert client.get(address).status_code == 302
    client.force_login(factories.people().stranger)
    assert client.get(address).status_code == 403
