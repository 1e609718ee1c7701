"""Drafts of operations on what is filed, posted as the browser posts them: password, confirmation, differences."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.urls import reverse
from lxml import html

from filing.actors import person
from filing.choices import Operation, RequestState
from filing.models import Request
from filing.services.codes import load_builtin_codes
from filing.services.holdings import Record
from filing.services.starting import begin
from tests import factories
from tests.filing.filings import NUMBER, access_of, connected_elsewhere, filed, site_of
from tests.filing.posting import content, edit, errors, fields, page, words_on

S = RequestState
PASSWORD = "Invented-秘密-1"
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client) -> User:
    load_builtin_codes()
    user = factories.user("owner", "enter_request")
    client.force_login(user)
    return user


def begun(staff: User, operation: str, record: Record) -> Request:
    return begin(operation, record, actor=person(staff))


def now(filing: Request) -> Request:
    return Request.objects.get(pk=filing.pk)


def send(client: Client, filing: Request, do: str = "submit", **typed: Any) -> Any:
    posted = fields(client, edit(filing)) | {name.replace("__", "-"): value for name, value in typed.items()}
    return client.post(edit(filing), posted | {"do": do})


# --- the filing password --------------------------------------------------------------------------


def test_it_keeps_a_filing_password_sealed_and_never_shows_it_again(client: Client, staff: User) -> None:
    made = begun(staff, Operation.NEW_ACCESS, connected_elsewhere(filed()))
    shown = client.get(edit(made) + "?check=1")
    assert "f-icp_password" in errors(shown)
    send(client, made, do="save", icp_password=PASSWORD)
    assert now(made).icp_password == PASSWORD
    again = page(client.get(edit(made) + "?check=1"))
    assert PASSWORD not in again and "已保存，不再显示" in again
    assert "f-icp_password" not in errors(client.get(edit(made) + "?check=1"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT icp_password::text, content::text FROM filing_request JOIN filing_revision ON true"
        )
        assert PASSWORD not in str(cursor.fetchall())


def test_it_keeps_the_password_that_is_held_where_none_is_typed(client: Client, staff: User) -> None:
    made = begun(staff, Operation.NEW_ACCESS, connected_elsewhere(filed()))
    send(client, made, do="save", icp_password=PASSWORD)
    send(client, made, do="save", remarks="虚构")
    assert (now(made).icp_password, now(made).remarks) == (PASSWORD, "虚构")
    send(client, made, do="save", icp_password="Another-1")
    assert now(made).icp_password == "Another-1"


def test_it_puts_no_password_into_a_session(client: Client, staff: User) -> None:
    """A form that waits in the session (here: opened before a colleague saved) waits without it."""
    made = begun(staff, Operation.NEW_ACCESS, connected_elsewhere(filed()))
    posted = fields(client, edit(made)) | {"icp_password": PASSWORD, "do": "save"}
    send(client, made, do="save", remarks="别人先存了")
    assert client.post(edit(made), posted | {"once": "other"}).status_code == 409
    assert "unsaved_forms" in client.session
    assert PASSWORD not in str(dict(client.session))
    assert now(made).icp_password == ""


def test_it_refuses_a_password_that_is_none(client: Client, staff: User) -> None:
    made = begun(staff, Operation.NEW_ACCESS, connected_elsewhere(filed()))
    response = send(client, made, do="save", icp_password="x" * 256, remarks="没有保存")
    assert response.status_code == 409 and "缩短到 255 字以内" in page(response)
    assert (now(made).icp_password, now(made).remarks) == ("", "")


@pytest.mark.parametrize("operation", [Operation.CHANGE, Operation.NEW_WEBSITE])
def test_it_asks_for_no_password_where_none_counts(client: Client, staff: User, operation: str) -> None:
    made = begun(staff, operation, filed())
    assert "icp_password" not in fields(client, edit(made))
    send(client, made, do="save", icp_password=PASSWORD)
    assert now(made).icp_password == ""


# --- each operation to its end --------------------------------------------------------------------


def test_it_submits_a_new_access(client: Client, staff: User) -> None:
    made = begun(staff, Operation.NEW_ACCESS, connected_elsewhere(filed()))
    factories.verify(made, staff)
    response = send(
        client,
        made,
        icp_password=PASSWORD,
        access__methods=["3"],
        access__server_locations=["2"],
        access__ip_ranges="203.0.113.80/30",
    )
    assert response.url == reverse("request_detail", args=[made.ref])
    assert now(made).state == S.IN_REVIEW
    found = content(made)
    assert found["website_number"] == f"{NUMBER}-1"
    assert found["access"]["ip_ranges"][0]["end"] == "203.0.113.83"
    assert found["access"]["own_id"] and now(made).decision_keys == [str(found["access"]["own_id"])]


def test_it_asks_for_the_name_before_a_subject_is_cancelled(client: Client, staff: User) -> None:
    made = begun(staff, Operation.CANCEL_SUBJECT, filed())
    facts = {"reason": "1", "icp_password": PASSWORD}
    response = send(client, made, **facts, confirm_name="虚构示例")
    assert response.url == f"{edit(made)}?check=1#submit"
    assert "先在下面输入主体名称" in words_on(page(client.get(response.url)))
    assert now(made).state == S.DRAFT
    client.post(reverse("request_submit", args=[made.ref]))
    assert now(made).state == S.DRAFT
    assert send(client, made, confirm_name=factories.NAME).url == reverse("request_detail", args=[made.ref])
    assert now(made).state == S.IN_REVIEW
    assert content(made) == {"number": NUMBER, "bureau_id": 1001, "reason": 1}


@pytest.mark.parametrize(
    ("operation", "bureau_id"), [(Operation.CANCEL_WEBSITE, 2001), (Operation.CANCEL_ACCESS, 4001)]
)
def test_it_cancels_what_can_be_filed_again_without_a_question(
    client: Client, staff: User, operation: str, bureau_id: int
) -> None:
    subject = filed()
    record = site_of(subject) if operation == Operation.CANCEL_WEBSITE else access_of(subject)
    made = begun(staff, operation, record)
    assert "confirm_name" not in fields(client, edit(made))
    send(client, made, reason="1", reason_remarks="虚构的备注\n第二行")
    assert now(made).state == S.IN_REVIEW
    assert content(made)["bureau_id"] == bureau_id
    assert content(made)["reason_remarks"] == "虚构的备注\n第二行"


def test_it_submits_materials_of_the_owner_that_they_began_with(client: Client, staff: User) -> None:
    """Even where the block that they began with is taken out."""
    made = begun(staff, Operation.SUBMIT_MATERIALS, site_of(filed()))
    posted = {name: value for name, value in fields(client, edit(made)).items() if "attachments" not in name}
    client.post(edit(made), posted | {"do": "save"})
    assert content(made) == {"attachments": [{"owner": "website", "owner_number": f"{NUMBER}-1"}]}
    image = factories.stored_image()
    posted = {name: value for name, value in fields(client, edit(made)).items() if "attachments" not in name}
    client.post(
        edit(made), posted | {"attachments-n1-content": image, "attachments-n1-purpose": "4", "do": "submit"}
    )
    assert now(made).state == S.IN_REVIEW
    owners = [(each["owner"], each["owner_number"]) for each in content(made)["attachments"]]
    assert owners == [("website", f"{NUMBER}-1")]


def test_it_submits_a_new_website(client: Client, staff: User) -> None:
    made = begun(staff, Operation.NEW_WEBSITE, filed())
    site = factories.website("虚构新站", "example.net")
    person_typed = site["responsible"]
    typed = {
        "websites-0-name": site["name"],
        "websites-0-domains": "http://www.example.net",
        "websites-0-service_contents": ["8"],
        "websites-0-accesses-0-methods": ["3"],
        "websites-0-accesses-0-server_locations": ["2"],
        "websites-0-accesses-0-ip_ranges": "203.0.113.90",
        **{f"websites-0-responsible-{name}": str(value) for name, value in person_typed.items()},
    }
    client.post(edit(made), fields(client, edit(made)) | typed | {"do": "save"})
    factories.verify(now(made), staff)
    client.post(edit(made), fields(client, edit(made)) | {"do": "submit"})
    assert now(made).state == S.IN_REVIEW
    assert content(made)["subject_number"] == NUMBER
    assert content(made)["websites"][0]["languages"] == [1]


# --- a change -------------------------------------------------------------------------------------


def was(shown: str) -> dict[str, str]:
    """What is told as filed beside the fields of a change that say something else."""
    found = html.fromstring(shown).xpath("//p[@data-filed and not(@hidden)]")
    return {each.get("data-filed"): " ".join(each.text_content().split()) for each in found}


def test_it_tells_what_differs_from_what_is_filed(client: Client, staff: User) -> None:
    made = begun(staff, Operation.CHANGE, filed())
    assert was(page(client.get(edit(made)))) == {}
    facts: dict[str, Any] = {
        "websites__0__name": "虚构新名站",
        "websites__0__domains": "example.com\nexample.net",
        "websites__0__service_contents": ["7", "8", "9"],
        "websites__0__accesses__0__ip_ranges": "203.0.113.10-203.0.113.14",
        "subject__responsible__mobile": "13800000001",
    }
    send(client, made, do="save", **facts)
    told = was(page(client.get(edit(made))))
    assert told["websites-0-name"] == "已备案：虚构示例站"
    assert told["websites-0-domains"] == "已备案：example.cn、example.com"
    assert told["websites-0-accesses-0-ip_ranges"] == "已备案：203.0.113.10-203.0.113.12"
    assert told["subject-responsible-mobile"] == "已备案：13800000000"
    assert set(told) == {name.replace("__", "-") for name in facts}
    checked = html.fromstring(page(client.get(edit(made) + "?check=1")))
    answers = checked.xpath("//section[contains(@class, 'changes')]")[0].text_content()
    assert "虚构示例站" in answers and "虚构新名站" in answers and "example.net" in answers


def test_it_takes_the_same_in_another_order_for_the_same(client: Client, staff: User) -> None:
    made = begun(staff, Operation.CHANGE, filed())
    send(client, made, do="save", websites__0__domains="example.com\nexample.cn")
    assert was(page(client.get(edit(made)))) == {}
    response = send(client, made)
    assert "与已备案的内容一样" in page(client.get(response.url))
    assert now(made).state == S.DRAFT


def test_it_submits_a_change_with_the_ids_of_what_stayed(client: Client, staff: User) -> None:
    made = begun(staff, Operation.CHANGE, filed())
    facts = {"websites__0__domains": "example.com\nexample.net", "websites__0__name": "虚构新名站"}
    assert send(client, made, **facts).url == reverse("request_verification", args=[made.ref])
    factories.verify(made, staff)
    send(client, made, **facts)
    assert now(made).state == S.IN_REVIEW
    site = content(made)["websites"][0]
    assert [(each["name"], each.get("bureau_id")) for each in site["domains"]] == [
        ("example.com", 3002),
        ("example.net", None),
    ]
    assert (site["bureau_id"], site["accesses"][0]["bureau_id"]) == (2001, 4001)


def test_it_lets_no_website_come_or_go_with_a_change(client: Client, staff: User) -> None:
    made = begun(staff, Operation.CHANGE, filed())
    shown = page(client.get(edit(made)))
    assert "再加一个网站" not in shown and "删去这个网站" not in shown and "再加一个接入" not in shown
    for command in ("add:websites", "remove:websites-0", "add:websites-0-accesses"):
        response = client.post(edit(made), fields(client, edit(made)) | {"do": command})
        blocks = html.fromstring(page(response)).xpath(
            "//section[@data-block='websites' or @data-block='accesses']"
        )
        assert len(blocks) == 2
    address = reverse("draft_block")
    assert client.get(address, {"operation": "change", "add": "websites"}).status_code == 404
    assert client.get(address, {"operation": "new_website", "add": "websites"}).status_code == 200
