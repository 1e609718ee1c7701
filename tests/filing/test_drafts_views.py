"""Entering a filing in the browser: saved as far as possible, problems at their field, and why it came back."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html

from filing.actors import person
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import drafts, review
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.filing.posting import (
    NEW,
    content,
    edit,
    errors,
    fields,
    form_on,
    only_request,
    page,
    typed_filing,
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


# --- who ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["draft_new", "draft_edit", "draft_block", "draft_choices"])
def test_it_is_for_people_who_enter_and_nobody_else(name: str, people: factories.People) -> None:
    filing = factories.draft(people.owner)
    address = reverse(name, args=[filing.ref] if name == "draft_edit" else [])
    query = "?add=websites" if name == "draft_block" else ""
    anonymous = Client().get(address + query)
    assert (anonymous.status_code, anonymous["Location"].split("?")[0]) == (302, "/login/")
    for user, status in (
        (people.stranger, 403),
        (factories.user("reviewer", "review_request"), 403),
        (people.colleague, 200),
    ):
        client = Client()
        client.force_login(user)
        assert client.get(address + query).status_code == status


@pytest.mark.parametrize("name", ["request_submit", "request_correct", "request_withdraw"])
def test_it_moves_requests_by_post_of_people_who_enter_only(name: str, people: factories.People) -> None:
    state = S.REVIEW_RETURNED if name == "request_correct" else S.DRAFT
    filing = factories.request_in(state, people)
    factories.verify(filing, people.owner)
    address = reverse(name, args=[filing.ref])
    for user, status in ((people.stranger, 403), (factories.user("reviewer", "review_request"), 403)):
        client = Client()
        client.force_login(user)
        assert client.post(address).status_code == status
        assert Request.objects.get(pk=filing.pk).state == state
    client = Client()
    client.force_login(people.colleague)
    assert client.get(address).status_code == 405
    assert client.post(address).status_code == 302
    assert Request.objects.get(pk=filing.pk).state != state


# --- saving -------------------------------------------------------------------------------------


def test_it_saves_a_new_filing_and_shows_it_again_as_saved(client: Client, people: factories.People) -> None:
    posted = typed_filing(remarks="加急")
    response = client.post(NEW, posted)
    filing = only_request()
    assert response["Location"] == edit(filing)
    assert (filing.state, filing.created_by, filing.remarks) == (S.DRAFT, people.owner, "加急")
    assert content(filing)["websites"][0]["domains"][0]["name"] == "example.cn"
    shown = fields(client, edit(filing))
    assert shown["subject-name"] == [factories.NAME]
    assert shown["remarks"] == ["加急"]
    assert shown["websites-0-accesses-0-ip_ranges"] == ["203.0.113.10-203.0.113.12"]


@pytest.mark.parametrize("nonsense", ["", "x", "-1", "9" * 19, "１２"])
def test_it_keeps_the_link_that_was_chosen_until_another_is(client: Client, nonsense: str) -> None:
    client.post(NEW, typed_filing(isp_id="130000000001"))
    filing = only_request()
    assert filing.isp_id == 130000000001
    assert "chosen=130000000001" in page(client.get(edit(filing)))
    for chosen, kept in ((nonsense, 130000000001), ("0", None)):
        shown = {name: values[0] for name, values in fields(client, edit(filing)).items() if len(values) == 1}
        client.post(edit(filing), typed_filing(**shown | {"isp_id": chosen}))
        filing.refresh_from_db()
        assert filing.isp_id == kept


def test_it_changes_nothing_when_a_draft_is_saved_as_it_was_shown(client: Client) -> None:
    load_builtin_codes()
    document = factories.full_filing()
    scan = factories.stored_image()
    document["attachments"][0]["content"] = scan
    document["websites"][0]["pre_approvals"][0]["scans"] = [scan]
    filing = factories.draft(content=document)
    before = content(filing)
    response = client.post(edit(filing), fields(client, edit(filing)))
    assert response.status_code == 302
    assert content(filing) == before
    assert current_revision(filing).edits == 1


def test_it_saves_an_empty_form_for_it_may_be_filled_in_later(client: Client) -> None:
    response = client.post(NEW, fields(client, NEW))
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    assert only_request().subject_name == ""


def test_it_makes_one_draft_of_a_new_form_that_is_sent_twice(client: Client) -> None:
    posted = fields(client, NEW) | {"subject-name": "第一次"}
    client.post(NEW, posted)
    client.post(NEW, posted | {"subject-name": "第二次"})
    assert only_request().subject_name == "第二次"


def test_it_keeps_numbers_when_websites_change_places(client: Client) -> None:
    sites = [factories.website("甲站", "first.cn"), factories.website("乙站", "second.cn")]
    filing = factories.draft(content=factories.stored_filing(*sites))
    before = {each["name"]: each["own_id"] for each in content(filing)["websites"]}
    shown = fields(client, edit(filing))
    late = {name: value for name, value in shown.items() if name.startswith("websites-0-")}
    first = {name: value for name, value in shown.items() if name not in late}
    client.post(edit(filing), first | late)
    after = content(filing)["websites"]
    assert [each["name"] for each in after] == ["乙站", "甲站"]
    assert {each["name"]: each["own_id"] for each in after} == before
    assert content(filing)["attachments"][0]["owner_index"] == 1


def test_it_gives_no_number_of_another_request(client: Client, people: factories.People) -> None:
    other = factories.draft(people.colleague)
    stolen = content(other)["subject"]["own_id"]
    client.post(NEW, typed_filing(**{"subject-own_id": str(stolen)}))
    made = Request.objects.exclude(pk=other.pk).get()
    assert content(made)["subject"]["own_id"] != stolen


def test_it_warns_after_saving_without_standing_in_the_way(client: Client, people: factories.People) -> None:
    posted = typed_filing(**{"subject-certificate-number": "91110108MA0000000X"})
    client.post(NEW, posted)
    made = only_request()
    factories.verify(made, people.owner)
    response = client.post(edit(made), fields(client, edit(made)) | {"do": "submit"})
    assert only_request().state == S.IN_REVIEW
    filing = factories.draft(
        content=factories.stored_filing(
            certificate={"type": 1, "number": "91110108MA0000000X", "address": "虚构"}
        )
    )
    text = words_on(page(client.get(edit(filing))))
    assert "请留意" in text
    assert "（代码 1008）" in text
    assert response.status_code == 302


# --- what is wrong ------------------------------------------------------------------------------


def test_it_saves_what_it_can_and_shows_the_rest_as_it_was_typed(client: Client) -> None:
    bad = {"subject-nature": "企业", "websites-0-accesses-0-ip_ranges": "203.0.113\n198.51.100.7"}
    response = client.post(NEW, typed_filing(**bad))
    filing = only_request()
    assert filing.subject_name == factories.NAME
    shown = client.get(response["Location"])
    found = errors(shown)
    assert found["f-subject-nature"] == "主体 · 单位性质：“企业”不是代码，填数字"
    assert "“203.0.113”不是 IPv4 地址" in found["f-websites-0-accesses-0-ip_ranges"]
    again = form_on(page(shown))
    assert again["subject-nature"] == ["企业"]
    assert again["websites-0-accesses-0-ip_ranges"] == ["203.0.113\n198.51.100.7"]
    # Mended and saved, nothing of it is left over.
    client.post(
        edit(filing), again | {"subject-nature": "4", "websites-0-accesses-0-ip_ranges": "198.51.100.7"}
    )
    assert errors(client.get(edit(filing))) == {}
    assert content(filing)["subject"]["nature"] == 4


def test_it_does_not_submit_what_the_document_cannot_hold(client: Client) -> None:
    response = client.post(NEW, typed_filing(**{"subject-nature": "企业", "do": "submit"}))
    assert response["Location"] == f"{edit(only_request())}?check=1"
    assert only_request().state == S.DRAFT


def test_it_says_words_at_the_field_and_in_the_summary(client: Client) -> None:
    filing = factories.draft(content=factories.stored_filing())
    posted = fields(client, edit(filing)) | {"subject-responsible-mobile": "1380000", "do": "submit"}
    response = client.post(edit(filing), posted)
    assert response["Location"] == f"{edit(filing)}?check=1"
    tree = html.fromstring(page(client.get(response["Location"])))
    field = tree.get_element_by_id("f-subject-responsible-mobile")
    words = tree.get_element_by_id(field.get("aria-describedby").split()[0])
    assert field.get("aria-invalid") == "true"
    assert words.text_content() == "至少 11 个字符，现在 7 个"
    summary = tree.xpath("//section[contains(@class, 'errors')]")[0]
    assert summary.get("role") == "alert"
    assert "主体负责人 · 手机号码：至少 11 个字符" in summary.text_content()


def test_it_names_each_gap_only_once_it_was_to_be_submitted(client: Client) -> None:
    client.post(NEW, fields(client, NEW) | {"subject-name": "虚构"})
    address = edit(only_request())
    assert errors(client.get(address)) == {}
    found = errors(client.get(f"{address}?check=1"))
    assert found["f-subject-certificate-number"] == "主体 · 证件号码：补填此项"
    assert found["f-websites-0-domains"] == "网站 1 · 域名：补填此项"
    assert "f-websites-0-accesses-0-ip_ranges" in found
    assert "f-subject-name" not in found


def test_it_names_the_line_that_is_meant(client: Client) -> None:
    load_builtin_codes()
    site = factories.website("甲站", "good.cn", "nosuchsuffix.abcxyz")
    filing = factories.draft(content=factories.stored_filing(site))
    found = errors(client.get(edit(filing)))
    assert "“nosuchsuffix.abcxyz”：" in found["f-websites-0-domains"]


def test_it_marks_office_phones_as_optional_for_individuals_only(client: Client) -> None:
    load_builtin_codes()
    filing = factories.draft(content=factories.stored_filing(nature=5))
    form = html.fromstring(page(client.get(edit(filing)))).get_element_by_id("draft")
    assert "individual" in form.get("class", "")
    unit = factories.draft(content=factories.stored_filing(nature=4))
    assert "individual" not in html.fromstring(page(client.get(edit(unit)))).get_element_by_id("draft").get(
        "class", ""
    )


def test_it_asks_for_a_number_where_a_code_table_is_empty(client: Client) -> None:
    tree = html.fromstring(page(client.get(NEW)))
    field = tree.get_element_by_id("f-subject-nature")
    assert (field.tag, field.get("inputmode")) == ("input", "numeric")
    assert "代码表还没有下载" in tree.get_element_by_id("h-subject-nature").text_content()
    load_builtin_codes()
    assert html.fromstring(page(client.get(NEW))).get_element_by_id("f-subject-nature").tag == "select"


def test_it_keeps_a_code_that_the_table_no_longer_has(client: Client) -> None:
    load_builtin_codes()
    site = factories.website() | {"service_contents": [8, 63]}
    filing = factories.draft(content=factories.stored_filing(site, nature=777))
    text = page(client.get(edit(filing)))
    assert "777（代码表中没有）" in text
    assert form_on(text)["websites-0-service_contents"] == ["8", "63"]


# --- images in the form -------------------------------------------------------------------------


def test_it_takes_a_file_that_comes_with_the_form_and_says_which_is_none(client: Client) -> None:
    posted = typed_filing()
    good = SimpleUploadedFile("form.jpg", factories.image(colour="red"))
    response = client.post(NEW, posted | {"attachments-0-content-file": good})
    assert response.status_code == 302
    stored = content(only_request())["attachments"][0]
    assert stored["content"] != posted["attachments-0-content"][0]
    assert stored["format"] == 1
    bad = SimpleUploadedFile("cat.jpg", b"no image")
    shown = fields(client, edit(only_request()))
    text = words_on(
        page(client.post(edit(only_request()), shown | {"attachments-0-content-file": bad}, follow=True))
    )
    assert "图片“cat.jpg”没有收下：不是 JPEG 或 PNG 图片" in text
    assert content(only_request())["attachments"][0] == stored


# --- coming back --------------------------------------------------------------------------------


def test_it_shows_the_reviewers_reason_above_the_next_revision(
    client: Client, people: factories.People
) -> None:
    filing = factories.request_in(S.IN_REVIEW, people)
    review.return_for_changes(filing, user=people.colleague, reason="执照看不清，换一张")
    response = client.post(reverse("request_correct", args=[filing.ref]))
    assert response["Location"] == edit(filing)
    text = words_on(page(client.get(edit(filing))))
    assert "审核退改" in text
    assert "执照看不清，换一张" in text
    assert "第 2 版" in text


def test_it_shows_the_bureaus_words_and_marks_the_fields_that_its_codes_mean(
    client: Client, people: factories.People
) -> None:
    filing = factories.request_in(S.RETURNED, people)
    client.post(reverse("request_correct", args=[filing.ref]))
    tree = html.fromstring(page(client.get(edit(filing))))
    words = tree.xpath("//blockquote[@class='words']")[0]
    assert words.text_content().strip() == "无效身份证号码"
    marked = tree.get_element_by_id("m-websites-0-responsible-certificate_number").text_content()
    assert marked.startswith("管局代码 1015：")
    assert not tree.xpath("//*[@id='m-subject-name']")


def test_it_says_why_a_ready_request_came_back_to_its_draft(client: Client, people: factories.People) -> None:
    filing = factories.request_in(S.READY, people)
    drafts.reopen(filing, actor=person(people.owner), reason="代码表变了：单位性质 4 已停用")
    assert "代码表变了：单位性质 4 已停用" in words_on(page(client.get(edit(filing))))


def test_it_refuses_in_words_what_the_state_does_not_allow(client: Client, people: factories.People) -> None:
    filing = factories.request_in(S.PACKED, people)
    for name in ("request_submit", "request_correct", "request_withdraw"):
        response = client.post(reverse(name, args=[filing.ref]), follow=True)
        assert response.status_code == 200
        assert "没有" in words_on(page(response))
    assert client.get(edit(filing)).status_code == 302
    assert Request.objects.get(pk=filing.pk).state == S.PACKED


def test_it_submits_from_the_list_of_moves_or_shows_what_is_missing(
    client: Client, people: factories.People
) -> None:
    whole = factories.draft(people.owner)
    response = client.post(reverse("request_submit", args=[whole.ref]))
    assert response["Location"] == reverse("request_verification", args=[whole.ref])
    assert "核验还没有做完" in words_on(page(client.get(response["Location"])))
    factories.verify(whole, people.owner)
    client.post(reverse("request_submit", args=[whole.ref]))
    assert Request.objects.get(pk=whole.pk).state == S.IN_REVIEW
    client.post(NEW, fields(client, NEW))
    gappy = Request.objects.exclude(pk=whole.pk).get()
    response = client.post(reverse("request_submit", args=[gappy.ref]))
    assert response["Location"] == f"{edit(gappy)}?check=1"


def test_it_escapes_what_people_typed(client: Client) -> None:
    nasty = '"><script>alert(1)</script>'
    posted = typed_filing(
        **{"subject-name": nasty, "websites-0-remarks": f"</textarea>{nasty}", "subject-nature": nasty}
    )
    response = client.post(NEW, posted)
    text = page(client.get(response["Location"]))
    assert "<script>alert" not in text
    assert form_on(text)["subject-name"] == [nasty]
