"""The verification form: its code belongs to exactly what it states, and an older one is known."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from filing.choices import Operation
from filing.models import Request
from filing.services import drafts
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from filing.services.starting import begin
from tests import factories
from tests.factories import People
from tests.filing.filings import connected_elsewhere, filed
from verification.models import PrintedForm
from verification.services.printing import ALPHABET, Form, check_code, forms_of, note_printed, spaced
from verification.views.form_sheet import sheet_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(attachment_root: object) -> People:
    load_builtin_codes()
    return factories.people()


def forms(request: Request) -> list[Form]:
    return forms_of(request, current_revision(request).content)


def saved(request: Request, **website: Any) -> Request:
    content = copy.deepcopy(current_revision(request).content)
    content["websites"][0] |= website
    drafts.save_draft(request, content)
    return request


def test_it_has_a_form_for_each_website_with_a_code_of_its_own(group: People) -> None:
    sites = [factories.website(), factories.website("虚构二站", "two.cn")]
    request = factories.draft(group.owner, factories.stored_filing(*sites))
    one, two = forms(request)
    assert (one.place, two.place, two.website["name"]) == (0, 1, "虚构二站")
    assert one.code != two.code
    assert len(one.code) == 8 and set(one.code + two.code) <= set(ALPHABET)
    assert not set("01IO") & set(ALPHABET) and len(set(ALPHABET)) == 32


def test_it_gives_the_same_code_to_the_same_content_alone(group: People) -> None:
    request = factories.draft(group.owner)
    (first,) = forms(request)
    saved(request, remarks="内部的话")
    (same,) = forms(request)
    assert same.code == first.code, "what the form does not state does not count"
    other = factories.draft(group.owner)
    assert forms(other)[0].code != first.code, "another request's form is another form"
    saved(request, home_url="www.example.cn/new")
    assert forms(request)[0].code != first.code


def test_it_knows_a_form_that_was_printed_before_a_change_and_says_what_changed(group: People) -> None:
    request = factories.draft(group.owner)
    (old,) = forms(request)
    note_printed(old, user=group.owner)
    note_printed(old, user=group.colleague)
    assert PrintedForm.objects.count() == 1
    assert check_code(old, f" {spaced(old.code).lower()} ").state == "good"
    (new,) = forms(saved(request, name="虚构新名", domains=[{"name": "example.com"}]))
    found = check_code(new, old.code)
    assert (found.state, found.words) == ("bad", "这是内容改动以前打印的，请重新打印、签字")
    assert {each.label: (each.old, each.new) for each in found.changes} == {
        "网站 1 · 网站名称": (("虚构示例站",), ("虚构新名",)),
        "网站 1 · 域名 1": (("example.cn",), ("example.com",)),
    }


def test_it_tells_apart_what_else_a_code_may_be(group: People) -> None:
    sites = [factories.website(), factories.website("虚构二站", "two.cn")]
    request = factories.draft(group.owner, factories.stored_filing(*sites))
    one, two = forms(request)
    (elsewhere,) = forms(factories.draft(group.owner))
    for each in (two, elsewhere):
        note_printed(each, user=group.owner)
    assert check_code(one, "").state == "attention"
    assert "另一个网站" in check_code(one, two.code).words
    assert elsewhere.request.ref in check_code(one, elsewhere.code).words
    assert "8 位" in check_code(one, "ABC").words
    assert "没有打印过" in check_code(one, "22222222").words


def test_it_states_the_filed_website_of_a_new_access_and_the_filed_subject_of_a_new_website(
    group: People,
) -> None:
    subject = filed()
    actor = factories.person(group.owner)
    (form,) = forms(begin(Operation.NEW_WEBSITE, subject, actor=actor)) or [None]
    assert form is None, "no website is there yet"
    request = begin(Operation.NEW_ACCESS, connected_elsewhere(subject), actor=actor)
    (form,) = forms(request)
    assert form.website["name"] == "虚构示例站" and "accesses" not in form.website
    assert form.subject["name"] == factories.NAME
    drafts.save_draft(request, current_revision(request).content | {"access": factories.access()})
    (with_access,) = forms(request)
    assert with_access.website["accesses"][0]["methods"] == [3]
    assert with_access.code != form.code


def test_it_has_no_form_where_nobody_is_verified(group: People) -> None:
    assert forms(factories.draft(group.owner, operation=Operation.CANCEL_SUBJECT)) == []


def test_it_fills_the_sheet_of_a_unit_from_the_record(group: People) -> None:
    (form,) = forms(factories.draft(group.owner))
    sheet = sheet_of(form)
    assert dict(sheet.head)["域名"] == "example.cn"
    lines = {line.asked: line for part in sheet.parts for line in part.lines}
    assert lines["证件号码"].declared == factories.CREDIT_CODE
    assert "营业执照" in lines["看过的证件"].boxes
    assert lines["手机号码"].declared == "13800000000"
    assert lines["IP 地址"].declared == "203.0.113.10–203.0.113.12"
    assert "办公电话" in lines
    assert not sheet.is_individual
    assert "<svg" in sheet.qr and "style=" not in sheet.qr


def test_it_fills_the_sheet_of_an_individual_with_papers_of_persons(group: People, settings: Any) -> None:
    settings.ICP_UNDERTAKING_OWNER = "自拟的承诺"
    settings.ICP_PROVIDER_NAME = "虚构接入公司"
    content = factories.stored_filing(nature=5, name="虚构甲")
    content["websites"][0]["responsible"].pop("office_phone")
    (form,) = forms(factories.draft(group.owner, content))
    sheet = sheet_of(form)
    lines = {line.asked: line for part in sheet.parts for line in part.lines}
    assert sheet.is_individual
    assert "身份证" in lines["看过的证件"].boxes
    assert "办公电话" not in lines
    assert (sheet.owner_words, lines["接入服务单位"].declared) == ("自拟的承诺", "虚构接入公司")


def test_it_prints_an_empty_draft(group: People) -> None:
    request = factories.draft(group.owner, {"subject": {}, "websites": [{}]})
    (form,) = forms(request)
    assert sheet_of(form).head == (("性质", "单位"),)
