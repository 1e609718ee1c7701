"""What the bureau sees: every operation as a form, cut out of the bytes; images, rare characters, what stays hidden."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from lxml import etree, html

from filing.choices import AuditAction, Operation, RequestState
from filing.models import Request
from filing.services import drafts
from filing.services.attachments import read_bytes
from filing.services.codes import load_builtin_codes
from reporting import selectors
from reporting.builders import BUILDERS, Extras, assemble, build_record, serialise
from reporting.models import DataFile, FileEntry, Link
from reporting.seen import Paper, Value, image_of, paper_of
from reporting.sent import IMAGE_TAGS, PASSWORD_TAGS, Cut, RecordGone, cut_of, cut_out, sent_record
from reporting.services.pack import pack
from tests import factories
from tests.filing import samples
from tests.record import noted
from tests.reporting import material
from tests.reporting.material import ISP_ID, make_link
from tests.reporting.random_documents import fullest

pytestmark = pytest.mark.django_db

IMAGE = b"\xff\xd8\xff image"
EXTRAS = Extras(images=lambda reference: IMAGE, password="Demo-12345", isp_id=ISP_ID)
RARE_NAME = "王𠮷㴻"


@pytest.fixture
def link() -> Link:
    return make_link("http://127.0.0.1:9")


@pytest.fixture
def staff(client: Client) -> User:
    user = samples.a_person("staff", "填报")
    client.force_login(user)
    return user


@pytest.fixture
def packed(link: Link) -> list[Request]:
    """Two filings in one file."""
    requests = []
    for number in range(2):
        content = factories.stored_filing(
            factories.website(f"站{number}", f"d{number}.cn"), name=f"公司{number}㴻"
        )
        requests.append(factories.request_in(RequestState.READY, content=content))
    assert pack(link) is not None
    return [Request.objects.get(pk=request.pk) for request in requests]


def built(operation: str, content: dict[str, Any]) -> Cut:
    record = build_record(BUILDERS[operation], content, EXTRAS)
    return cut_out(serialise(assemble([record], isp_id=ISP_ID)), 1, None)


def values_of(paper: Paper) -> list[Value]:
    return [value for part in paper.parts for line in part.lines for value in line.values]


def line_of(paper: Paper, title: str, label: str) -> list[str]:
    return [
        value.text
        for part in paper.parts
        for line in part.lines
        for value in line.values
        if (part.title, line.label) == (title, label)
    ]


def shown(client: Client, request: Request, **query: str) -> str:
    response = client.get(reverse("request_xml", args=[request.ref]), query)
    assert response.status_code == 200
    return response.content.decode()


def words(page: str) -> str:
    return " ".join(" ".join(html.fromstring(page).itertext()).split())


# --- the record as a form -----------------------------------------------------------------------------


@pytest.mark.parametrize("operation", Operation.values)
def test_it_tells_every_element_of_every_operation_in_words(operation: str) -> None:
    load_builtin_codes()
    cut = built(operation, fullest(operation))
    leaves = [
        (str(each.tag), each.text or "")
        for record in cut.records
        for each in record.iter(etree.Element)
        if not len(each) and each.tag not in IMAGE_TAGS | PASSWORD_TAGS
    ]
    paper = paper_of(cut, reveal=True)
    told = "\n".join(f"{value.text} {value.beside}" for value in values_of(paper))
    assert [leaf for leaf in leaves if leaf[1].replace("\r", "") not in told] == []
    lines = [line for part in paper.parts for line in part.lines]
    assert sum(len(line.pictures) for line in lines) == len(cut.images())
    assert [line for line in lines if line.label == line.tag] == []


def test_it_names_codes_and_keeps_the_numbers_beside() -> None:
    load_builtin_codes()
    paper = paper_of(built(Operation.NEW_FILING, _numbered(factories.new_filing(nature=4))))
    (nature,) = [value for value in values_of(paper) if value.text == "企业"]
    assert nature.beside == "代码 4"
    assert line_of(paper, "主体", "通信地址") == ["北京市海淀区虚构路1号"]
    assert line_of(paper, "网站 · 接入", "IP 段") == ["203.0.113.10 至 203.0.113.12"]
    assert any("线上为 3405803786 至 3405803788" in value.beside for value in values_of(paper))
    assert [part.title for part in paper.parts] == [
        "主体",
        "主体负责人",
        "网站",
        "网站 · 接入",
        "网站负责人",
        "附件",
    ]


def _numbered(content: dict[str, Any]) -> dict[str, Any]:
    content["subject"]["own_id"] = 1
    for website in content["websites"]:
        website["own_id"] = 2
        website["domains"] = [{"name": "example.cn", "own_id": 3}]
        for access in website["accesses"]:
            access["own_id"] = 4
    return content


def test_it_marks_what_the_encoding_lacks_and_what_lies_outside_the_basic_plane() -> None:
    content = _numbered(factories.new_filing())
    content["subject"]["responsible"]["name"] = RARE_NAME
    cut = built(Operation.NEW_FILING, content)
    paper = paper_of(cut)
    found = [(each.text, each.reference, each.point, each.outside) for each in paper.rare]
    assert found == [("𠮷", "&#134071;", "U+20BB7", True), ("㴻", "&#15675;", "U+3D3B", False)]
    assert paper.rare[0].fields == ("主体负责人 · 负责人姓名",)
    (name,) = [value for value in values_of(paper) if value.text == RARE_NAME]
    assert [piece.reference for piece in name.pieces] == ["", "&#134071;", "&#15675;"]


def test_it_hides_people_until_asked_and_never_tells_a_password() -> None:
    content = _numbered(factories.new_filing())
    cut = built(Operation.NEW_FILING, content)
    hidden = " ".join(value.text for value in values_of(paper_of(cut)))
    full = " ".join(value.text for value in values_of(paper_of(cut, reveal=True)))
    for secret in (factories.SUBJECT_CARD, factories.SITE_CARD, "13800000000"):
        assert secret not in hidden
        assert secret in full
    assert factories.CREDIT_CODE in hidden
    access = built(Operation.NEW_ACCESS, fullest(Operation.NEW_ACCESS))
    (password,) = [record.findtext("ICPmm") for record in access.records]
    assert password not in " ".join(
        value.text + value.beside for value in values_of(paper_of(access, reveal=True))
    )


def test_it_gives_back_the_image_that_stands_in_the_bytes() -> None:
    cut = built(Operation.NEW_FILING, _numbered(factories.new_filing()))
    assert image_of(cut, 1) == (IMAGE, "image/jpeg")
    assert (image_of(cut, 0), image_of(cut, 2)) == (None, None)
    cut.images()[0].text = base64.b64encode(b"<svg/>").decode()
    assert image_of(cut, 1) is None
    cut.images()[0].text = "no base64!"
    assert image_of(cut, 1) is None


# --- as it was sent -----------------------------------------------------------------------------------


def test_it_shows_the_record_its_place_and_its_hash(
    client: Client, staff: User, packed: list[Request]
) -> None:
    page = shown(client, packed[1])
    file = DataFile.objects.get()
    text = words(page)
    for wanted in (file.name, file.xml_sha256, "第 2 条，共 2 条", "第 1 号", "GBK", "原字节还原"):
        assert wanted in text
    assert "“ 㴻 ”以 &#15675; 上报" in text
    assert "公司1" in text
    assert "公司0" not in text
    assert "预览" not in text


def test_it_shows_the_image_of_the_bytes_and_keeps_it_out_of_caches(
    client: Client, staff: User, packed: list[Request]
) -> None:
    address = reverse("request_xml_image", args=[packed[0].ref, 1])
    assert f'{address}?of={selectors.entries_of(packed[0])[0].pk}"' in shown(client, packed[0])
    response = client.get(address)
    sha256 = packed[0].revisions.get().content["attachments"][0]["content"].removeprefix("sha256:")
    assert response.content == read_bytes(sha256)
    assert (response["Content-Type"], response["Cache-Control"]) == ("image/jpeg", "private, no-store")
    assert "sandbox" in response["Content-Security-Policy"]
    assert client.get(reverse("request_xml_image", args=[packed[0].ref, 2])).status_code == 404


@pytest.mark.parametrize("name", ["request_xml", "request_xml_image"])
def test_it_is_for_people_with_a_role(client: Client, packed: list[Request], name: str) -> None:
    args = [packed[0].ref] + ([1] if name == "request_xml_image" else [])
    address = reverse(name, args=args)
    assert client.get(address).status_code == 302
    client.force_login(samples.a_person("stranger"))
    assert client.get(address).status_code == 403
    client.force_login(samples.a_person("reviewer", "审核"))
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 405


def test_it_hides_numbers_on_the_page_and_records_who_saw_them(
    client: Client, staff: User, packed: list[Request]
) -> None:
    assert factories.SUBJECT_CARD not in shown(client, packed[0])
    assert factories.SUBJECT_CARD in shown(client, packed[0], reveal="1")
    assert [each.key for each in noted(AuditAction.VIEW_IDENTITY)] == [packed[0].ref]


def test_it_shows_the_xml_itself_one_click_away(client: Client, staff: User, packed: list[Request]) -> None:
    assert "raw=1" in shown(client, packed[0])
    raw = shown(client, packed[0], raw="1")
    assert "&lt;Baxx&gt;" in raw
    assert factories.SUBJECT_CARD not in raw
    assert factories.SUBJECT_CARD in shown(client, packed[0], raw="1", reveal="1")


def test_it_answers_a_fragment_alone_to_a_page_that_takes_it_in(
    client: Client, staff: User, packed: list[Request]
) -> None:
    address = reverse("request_xml", args=[packed[0].ref])
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part
    assert part.lstrip().startswith('<div id="seen"')


def test_it_cuts_the_record_out_of_the_bytes_that_were_sent(packed: list[Request]) -> None:
    first, second = (sent_record(selectors.entries_of(request)[0]) for request in packed)
    assert "公司0㴻" in first.xml
    assert "公司1" not in first.xml
    assert "公司1㴻" in second.xml
    assert (second.position, second.count, second.encoding.upper()) == (2, 2, "GBK")
    assert first.xml.startswith("<Baxx>\n  <Zt_xx>")


def test_it_hides_people_and_shortens_images_in_the_xml(packed: list[Request]) -> None:
    entry = selectors.entries_of(packed[0])[0]
    hidden, full = sent_record(entry).xml, sent_record(entry, reveal=True).xml
    for secret in (factories.SUBJECT_CARD, factories.SITE_CARD, "13800000000"):
        assert secret not in hidden
        assert secret in full
    assert f"<Zjhm>{factories.CREDIT_CODE}</Zjhm>" in hidden
    assert "（图片，base64 共 " in full
    assert max(map(len, full.splitlines())) < 200


def test_it_hides_the_certificate_number_of_an_individual(link: Link) -> None:
    content = factories.stored_filing(
        nature=5, certificate={"type": 2, "number": factories.SUBJECT_CARD, "address": "虚构路1号"}
    )
    request = factories.request_in(RequestState.READY, content=content)
    pack(link)
    entry = selectors.entries_of(request)[0]
    assert factories.SUBJECT_CARD not in sent_record(entry).xml
    assert factories.SUBJECT_CARD not in str(paper_of(cut_of(entry)))


def test_it_says_why_there_is_no_record(client: Client, staff: User, packed: list[Request]) -> None:
    entry = selectors.entries_of(packed[0])[0]
    entry.position = 3
    with pytest.raises(RecordGone, match="没有第 3 条"):
        sent_record(entry)
    DataFile.objects.update(zip_bytes=b"broken")
    assert shown(client, packed[0])
    DataFile.objects.update(zip_bytes=None)
    gone = shown(client, packed[0])
    assert "已过保存期" in gone
    assert DataFile.objects.get().xml_sha256 in gone
    assert client.get(reverse("request_xml_image", args=[packed[0].ref, 1])).status_code == 404


def test_it_shows_all_records_of_one_request(client: Client, staff: User, link: Link) -> None:
    picture = {"format": 1, "owner": "website", "owner_bureau_id": 7, "content": material.picture_text()}
    (request,) = material.ready(
        {
            "ref": "materials",
            "operation": "submit_materials",
            "attachments": [picture | {"purpose": purpose} for purpose in (1, 2)],
        }
    )
    pack(link)
    entry = selectors.entries_of(request)[0]
    record = sent_record(entry)
    assert (record.position, record.count) == (1, 2)
    assert record.xml.count("（图片") == 2
    assert [part.title for part in paper_of(cut_of(entry)).parts] == ["附件 1", "附件 2"]
    assert client.get(reverse("request_xml_image", args=[request.ref, 2])).status_code == 200


# --- as it would be sent ------------------------------------------------------------------------------


def test_it_previews_what_would_be_sent_and_stores_nothing(client: Client, staff: User, link: Link) -> None:
    request = factories.request_in(RequestState.IN_REVIEW)
    text = words(shown(client, request))
    assert "预览，尚未上报" in text
    assert factories.NAME in text
    assert "还没有设置链路" not in text
    assert client.get(reverse("request_xml_image", args=[request.ref, 1])).status_code == 200
    assert (FileEntry.objects.count(), DataFile.objects.count()) == (0, 0)
    assert Request.objects.get(pk=request.pk).state == RequestState.IN_REVIEW


def test_it_previews_without_a_link_and_says_so(client: Client, staff: User) -> None:
    text = words(shown(client, factories.draft()))
    assert "还没有设置链路" in text
    assert factories.NAME in text


def test_it_says_what_is_missing_before_there_can_be_a_preview(
    client: Client, staff: User, link: Link
) -> None:
    content = factories.stored_filing()
    del content["subject"]["name"]
    text = words(shown(client, factories.draft(content=content)))
    assert "先补齐这 1 处" in text
    assert "主办单位名称" in text


def test_it_keeps_what_was_sent_beside_what_will_be(
    client: Client, staff: User, link: Link, packed: list[Request]
) -> None:
    Request.objects.filter(pk=packed[0].pk).update(state=RequestState.RETURNED)
    request = Request.objects.get(pk=packed[0].pk)
    drafts.start_correction(request, actor=factories.person(staff))
    content = request.revisions.get(number=2).content
    content["subject"]["name"] = "改正后的公司"
    drafts.save_draft(request, content, actor=factories.person(staff))
    sent, will = shown(client, request), shown(client, request, of="preview")
    assert "公司0" in sent
    assert "改正后的公司" not in words(sent).split("原字节还原")[1]
    assert "预览，尚未上报" in will
    assert "改正后的公司" in words(will)
    assert words(shown(client, request, of="12345678")) == words(sent)
