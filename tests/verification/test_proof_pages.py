"""The page of a verification: what it shows to whom, and what its forms do."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from filing.models import Request
from filing.services import drafts
from filing.services.codes import load_builtin_codes
from filing.services.revisions import current_revision
from tests import factories
from tests.factories import People
from tests.filing.posting import words_on
from tests.verification.proofs import marks, visit
from verification.models import KeptMaterial, PrintedForm, Verification

pytestmark = pytest.mark.django_db
AT = "2020-11-20T10:30"


@pytest.fixture
def group(attachment_root: object) -> People:
    load_builtin_codes()
    return factories.people()


@pytest.fixture
def request_(group: People) -> Request:
    return factories.draft(group.owner)


@pytest.fixture
def desk(client: Client, group: People) -> Client:
    client.force_login(group.owner)
    return client


def address(request: Request, name: str = "request_verification", *more: Any) -> str:
    return reverse(name, args=[request.ref, *more])


def shown(desk: Client, request: Request, name: str = "request_verification") -> str:
    return words_on(desk.get(address(request, name)).content.decode())


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("visit.jpg", factories.image(colour="navy"), "image/jpeg")


def post_visit(desk: Client, request: Request, **more: Any) -> Any:
    form = {"way": "in_person", "mark": marks(request), "passed": "1", "at": AT, "place": "虚构核验点"}
    return desk.post(address(request, "verification_record"), form | more)


@pytest.mark.parametrize(
    "name", ["request_verification", "verification_summary", "verification_form", "verification_record"]
)
def test_it_opens_to_people_with_a_role_alone(
    client: Client, group: People, request_: Request, name: str
) -> None:
    call = client.post if name == "verification_record" else client.get
    assert call(address(request_, name)).status_code == 302
    client.force_login(group.stranger)
    assert call(address(request_, name)).status_code == 403


def test_it_tells_what_is_needed_and_why(desk: Client, request_: Request) -> None:
    text = shown(desk, request_)
    assert "要核验 4 项，缺 4 项" in text
    assert "主体第一次备案，负责人要当面核验" in text
    assert "网站 1 · 虚构示例站" in text
    summary = shown(desk, request_, "verification_summary")
    assert "核验还没有做完" in summary and "去核验" in summary


def test_it_records_a_visit_with_its_photo_which_goes_out_too(desk: Client, request_: Request) -> None:
    answer = post_visit(desk, request_, photo=photo(), tick=["certificate", "nonsense"])
    assert answer.status_code == 302
    row = Verification.objects.get()
    assert row.photo is not None and row.ticks == ["看过主办者证件原件，号码与填报一致"]
    assert KeptMaterial.objects.get().purpose == 5
    attached = current_revision(request_).content["attachments"]
    assert [each["purpose"] for each in attached] == [1, 5]
    text = shown(desk, request_)
    assert "要核验的都做了" in text and "虚构核验点" in text and "随报备单提交" in text
    image = desk.get(address(request_, "verification_image", row.photo.sha256))
    assert image.headers["Content-Type"] == "image/jpeg"


def test_it_attaches_no_second_photo_of_the_same_visit(desk: Client, request_: Request) -> None:
    again = marks(request_)
    for colour in ("navy", "olive"):
        data = SimpleUploadedFile("visit.jpg", factories.image(colour=colour), "image/jpeg")
        assert post_visit(desk, request_, photo=data, mark=again).status_code == 302
    assert KeptMaterial.objects.count() == 2
    assert [each["purpose"] for each in current_revision(request_).content["attachments"]] == [1, 5]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "幕布前的照片"),
        ({"photo": "later", "at": "never"}, "填上日期和时间"),
        ({"photo": "later", "at": "2026-13-40T10:30"}, "填上日期和时间"),
        ({"photo": "later", "place": ""}, "在哪里"),
        ({"photo": "later", "passed": "0", "words": ""}, "哪里不一致"),
    ],
)
def test_it_says_what_a_record_lacks_and_keeps_what_was_typed(
    desk: Client, request_: Request, more: dict[str, Any], words: str
) -> None:
    facts = {**more, "photo": photo()} if "photo" in more else more
    answer = post_visit(desk, request_, **{"words": "说过的话", **facts})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page and ("说过的话" in page) == ("words" not in more)
    assert not Verification.objects.exists()
    assert not KeptMaterial.objects.exists(), "a refused visit leaves no photo behind"
    assert len(current_revision(request_).content["attachments"]) == 1


def test_it_shows_what_must_be_done_again(desk: Client, group: People, request_: Request) -> None:
    visit(request_, group.owner)
    content = current_revision(request_).content
    content["websites"][0]["responsible"]["name"] = "虚构丁"
    drafts.save_draft(request_, content)
    text = shown(desk, request_)
    assert "核验后改过，要重做" in text
    assert "要核验 4 项，缺 1 项" in text


def test_it_prints_a_form_and_knows_it_when_it_comes_back_signed(desk: Client, request_: Request) -> None:
    page = words_on(desk.get(address(request_, "verification_form")).content.decode())
    assert "网站备案信息真实性核验单" in page and factories.CREDIT_CODE in page
    code = re.search(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}", page)
    assert code is not None
    assert PrintedForm.objects.count() == 1
    key = f"website:{current_revision(request_).content['websites'][0]['own_id']}"
    form = {"key": key, "kind": "1", "code": code[0].lower(), "seen_at": AT, "seen_where": "虚构核验点"}
    desk.post(address(request_, "material_keep"), form | {"file": photo(), "attach": "1"})
    assert "编码相符" in shown(desk, request_)
    content = current_revision(request_).content
    assert content["attachments"][-1]["purpose"] == 1
    content["websites"][0]["name"] = "虚构新名"
    drafts.save_draft(request_, content)
    text = shown(desk, request_)
    assert "这是内容改动以前打印的" in text and "虚构示例站 → 虚构新名" in text
    assert "核验单对不上" in shown(desk, request_, "verification_summary")


def test_it_keeps_other_papers_and_says_how_long(desk: Client, request_: Request) -> None:
    form = {"key": "subject", "kind": "contract", "seen_at": AT, "seen_where": "虚构核验点", "file": photo()}
    assert desk.post(address(request_, "material_keep"), form).status_code == 302
    text = shown(desk, request_)
    assert "接入合同" in text and "至少保存到 2025-11-20" in text and "只留存" in text
    wrong = desk.post(address(request_, "material_keep"), form | {"key": "website:0", "file": photo()})
    assert (wrong.status_code, "谁的材料" in wrong.content.decode()) == (422, True)
    other = factories.draft()
    image = KeptMaterial.objects.get().image.sha256
    assert desk.get(address(other, "verification_image", image)).status_code == 404


def test_it_lets_a_reviewer_overrule_in_words(client: Client, group: People, request_: Request) -> None:
    client.force_login(group.owner)
    assert "免去核验" not in shown(client, request_)
    client.force_login(group.colleague)
    assert "免去核验" in shown(client, request_)
    to = address(request_, "verification_overrule")
    assert client.post(to, {"mark": marks(request_), "words": " "}).status_code == 422
    assert client.post(to, {"mark": marks(request_), "words": "上月刚核验过"}).status_code == 302
    assert "上月刚核验过" in shown(client, request_)


def test_it_has_no_form_for_what_nobody_is_verified_for(desk: Client) -> None:
    request = factories.draft(operation="cancel_subject")
    assert desk.get(address(request, "verification_form")).status_code == 404
    assert "不用核验" in shown(desk, request)
    assert desk.get(address(request, "verification_summary")).content.strip() == b""
