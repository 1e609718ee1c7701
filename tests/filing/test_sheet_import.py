"""New filings out of a spreadsheet: good lines become drafts, bad ones come back marked in the same file."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from filing.choices import BatchAim, BatchRowState, BatchStage, RequestState
from filing.code_tables import CodeTable
from filing.importing.answer import FILLS
from filing.importing.cells import BadCell, code_of, region_of, text_of
from filing.importing.sheet_making import GAP, HEED, WRONG
from filing.importing.template import write_template
from filing.importing.workbook import SHEET, Cell, Unusable, read_lines, take_upload
from filing.models import Batch, BatchImage, Request
from filing.services import codes
from filing.services.batch_running import carry_on
from filing.services.batches import KEPT, erase_sources
from filing.services.drafts import create_draft, save_draft, withdraw
from filing.services.erasing import ERASED, erase, owned_by
from filing.services.errors import NotAllowed
from filing.services.revisions import current_revision
from tests import factories
from tests.filing.sheets import answer, begun, cell, imported, line, pictures, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _codes(db: None) -> None:
    codes.load_builtin_codes()


def rows(batch: Batch) -> list[Any]:
    return list(batch.rows.order_by("number"))


def test_it_makes_a_complete_draft_of_a_line() -> None:
    owner = factories.user("owner", "enter_request")
    batch = imported(workbook(line()), owner)
    (row,) = rows(batch)
    assert (batch.stage, row.state) == (BatchStage.FINISHED, BatchRowState.DONE)
    # The addresses are those of documentation: heeded, and nothing stands against the draft.
    assert {each["kind"] for each in row.problems} == {HEED}
    request = Request.objects.get(ref="表-1")
    content = current_revision(request).content
    assert (request.state, request.created_by) == (RequestState.DRAFT, owner)
    assert content["subject"]["address"] == {
        "province": 110000,
        "city": 110100,
        "county": 110108,
        "detail": "虚构路1号",
    }
    assert content["subject"]["filed_by"] == 1
    (site,) = content["websites"]
    assert site["accesses"][0]["ip_ranges"][0]["end"] == "203.0.113.12"
    assert (site["service_contents"], site["accesses"][0]["methods"]) == ([8], [3])
    assert content["attachments"][0]["owner_index"] == 0


def test_it_takes_lines_of_one_subject_as_its_websites() -> None:
    second = {
        name: value
        for name, value in line(网站名称="虚构第二站", 域名="example.com", 首页网址="www.example.com").items()
        if not name.startswith("主")
        and name not in ("单号", "单位性质", "通信地址所在地", "通信地址详细", "报备方式")
    }
    batch = imported(workbook(line(), second, line("表-2", 主体证件号码="91110108MA000001X2")))
    assert [(row.key, row.first_line, row.last_line) for row in rows(batch)] == [
        ("表-1", 2, 3),
        ("表-2", 4, 4),
    ]
    names = [each["name"] for each in current_revision(Request.objects.get(ref="表-1")).content["websites"]]
    assert names == ["虚构示例站", "虚构第二站"]


def test_it_answers_in_the_same_workbook_where_what_must_change() -> None:
    wrong = line("表-2", 主体负责人手机="12", 服务内容="没有这种", 主体证件号码="91110108MA000001X2")
    batch = imported(workbook(line(), wrong))
    assert [row.state for row in rows(batch)] == [BatchRowState.DONE, BatchRowState.REFUSED]
    assert not Request.objects.filter(ref="表-2").exists()
    sheet = answer(batch)
    assert "已建草稿" in cell(sheet, 2, "结果").value
    assert "没有收下" in cell(sheet, 3, "结果").value
    marked = cell(sheet, 3, "服务内容")
    assert marked.fill.fgColor.rgb == FILLS[WRONG]
    assert "不认识“没有这种”" in marked.comment.text
    assert cell(sheet, 2, "服务内容").comment is None


def test_it_takes_a_line_with_gaps_as_a_draft_and_says_what_is_missing() -> None:
    batch = imported(workbook(line(主体负责人邮箱="", 核验单图片="")))
    (row,) = rows(batch)
    assert row.state == BatchRowState.DONE
    assert "还差" in row.words
    missing = cell(answer(batch), 2, "主体负责人邮箱")
    assert missing.fill.fgColor.rgb == FILLS[GAP]
    # It is missing still when the same comes again.
    again = imported(workbook(line(主体负责人邮箱="", 核验单图片="")))
    assert (rows(again)[0].state, "还差" in rows(again)[0].words) == (BatchRowState.UNCHANGED, True)
    assert cell(answer(again), 2, "主体负责人邮箱").fill.fgColor.rgb == FILLS[GAP]


def test_it_changes_nothing_when_the_answer_comes_again() -> None:
    first = imported(workbook(line(单号="")))
    sheet = answer(first)
    ref = cell(sheet, 2, "单号").value
    assert ref.startswith("T-")
    target = io.BytesIO()
    sheet.parent.save(target)
    before = current_revision(Request.objects.get(ref=ref))
    again = imported(target.getvalue())
    (row,) = rows(again)
    assert (row.state, Request.objects.count()) == (BatchRowState.UNCHANGED, 1)
    assert current_revision(Request.objects.get(ref=ref)).saved_at == before.saved_at


def test_it_writes_a_corrected_line_over_its_own_draft_but_not_over_a_persons_work() -> None:
    owner = factories.user("owner", "enter_request")
    imported(workbook(line(网站名称="旧名")), owner)
    imported(workbook(line(网站名称="新名")), owner)
    request = Request.objects.get(ref="表-1")
    content = current_revision(request).content
    assert content["websites"][0]["name"] == "新名"
    save_draft(request, content, actor=factories.person(owner))
    (row,) = rows(imported(workbook(line(网站名称="再改")), owner))
    assert row.state == BatchRowState.REFUSED
    assert "有人在页面里改过" in row.words
    assert current_revision(request).content["websites"][0]["name"] == "新名"


def test_it_hands_in_what_is_complete_where_that_is_asked() -> None:
    owner = factories.user("owner", "enter_request")
    batch = imported(workbook(line()), owner, aim=BatchAim.REVIEW)
    (row,) = rows(batch)
    # The papers are there, but nobody has verified the responsible person yet: said, and kept as a draft.
    assert row.request.state == RequestState.DRAFT
    assert "核验" in row.words
    ready = imported(workbook(line()), aim=BatchAim.READY)
    assert rows(ready)[0].request.state == RequestState.READY


def test_it_ends_as_if_it_had_not_been_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times in the middle of a line, wherever that happens to be: the rest is done once and nothing twice."""
    lines = [
        line(
            f"表-{n}",
            主体证件号码=factories.papers.credit_code(110108, 7000 + n),
            域名=f"a{n}.cn",
            首页网址="",
        )
        for n in range(24)
    ]
    batch = begun(workbook(*lines))
    left = 0

    def dies(*args: Any, **more: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise KeyboardInterrupt
        return create_draft(*args, **more)

    monkeypatch.setattr("filing.importing.sheet_making.create_draft", dies)
    for kill_at in (3, 7, 1, 12, 9, 2, 11, 4, 3, 1):
        left = kill_at
        with pytest.raises(KeyboardInterrupt):
            carry_on(batch.pk)
        batch.refresh_from_db()
        # What was not finished was not written; where it stands says so.
        assert (batch.stage, Request.objects.count()) == (BatchStage.RUNNING, batch.position)
    left = 0
    carry_on(batch.pk)
    batch.refresh_from_db()
    assert (batch.stage, Request.objects.count()) == (BatchStage.FINISHED, 24)
    assert {row.state for row in rows(batch)} == {BatchRowState.DONE}
    assert {row.request.ref for row in rows(batch)} == {f"表-{n}" for n in range(24)}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (110105194912310000, "第 16 位起"),
        ("1.23E+17", "科学计数"),
        (datetime(2026, 11, 24), "日期"),
        (True, "TRUE"),
    ],
)
def test_it_notices_what_a_spreadsheet_made_of_a_number(value: Any, words: str) -> None:
    with pytest.raises(BadCell, match=words):
        text_of(Cell(value))


def test_it_evaluates_no_formula() -> None:
    (row,) = rows(imported(workbook(line(主办单位名称='="虚构"&"公司"'))))
    assert row.state == BatchRowState.REFUSED
    assert "公式" in row.problems[0]["message"]


@pytest.mark.parametrize("text", ["13800000000", 13800000000, 13800000000.0])
def test_it_reads_a_short_number_as_it_was_typed(text: Any) -> None:
    assert text_of(Cell(text)) == "13800000000"


@pytest.mark.parametrize(
    "text", ["北京市/海淀区", "北京市海淀区", "海淀区", "北京/海淀", "110108", "北京市 市辖区 海淀区"]
)
def test_it_reads_a_region_by_its_path_or_code(text: str) -> None:
    assert region_of(text) == {"province": 110000, "city": 110100, "county": 110108}


def test_it_asks_which_region_is_meant() -> None:
    with pytest.raises(BadCell, match="有几处"):
        region_of("朝阳区")


def test_it_reads_codes_by_word_and_number_and_suggests() -> None:
    table = CodeTable.SERVICE_CONTENT
    assert [code_of(table, text) for text in ("8", "单位门户网站", "8 单位门户网站", "博客/个人空间")] == [
        8,
        8,
        8,
        6,
    ]
    with pytest.raises(BadCell, match="是不是“网上"):
        code_of(table, "网上")


def test_it_refuses_what_is_no_modest_workbook() -> None:
    def taken(data: bytes, name: str = "虚构.xlsx") -> None:
        begun_of = take_upload(io.BytesIO(data), name, len(data))
        imported(begun_of.workbook)

    with pytest.raises(Unusable, match="打不开"):
        taken(b"nothing")
    with pytest.raises(Unusable, match="表头"):
        taken(workbook({"列": "值"}, headings=["列"]))
    bomb = io.BytesIO(workbook(line()))
    with zipfile.ZipFile(bomb, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/big.bin", b"\0" * (201 * 1024 * 1024))
    with pytest.raises(Unusable, match="解开后太大"):
        taken(bomb.getvalue())
    declared = io.BytesIO(workbook(line()))
    with zipfile.ZipFile(declared, "a") as archive:
        archive.writestr("xl/extra.xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>")
    with pytest.raises(Unusable, match="DOCTYPE"):
        taken(declared.getvalue())


def test_it_finds_pictures_in_the_upload_itself_whatever_wrote_their_names() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("表.xlsx", workbook(line(核验单图片="核验.jpg")))
        archive.writestr("核验.jpg", factories.image())
    data = target.getvalue()
    upload = take_upload(io.BytesIO(data), "一起.zip", len(data))
    assert (upload.name, len(upload.archives)) == ("表.xlsx", 1)
    missing = imported(workbook(line(核验单图片="没有.jpg")), papers=pictures())
    assert "ZIP 里没有图片“没有.jpg”" in rows(missing)[0].problems[0]["message"]


def test_it_gives_a_template_that_imports_nothing_by_itself() -> None:
    target = io.BytesIO()
    write_template(target)
    book = load_workbook(io.BytesIO(target.getvalue()))
    assert book.sheetnames == [SHEET, "说明", "代码"]
    assert {each.number_format for each in book[SHEET][5][1:]} == {"@"}
    assert book[SHEET].data_validations.dataValidation
    with pytest.raises(Unusable, match="示例"):
        begun(target.getvalue())


def test_it_leaves_the_lines_of_a_large_sheet_to_the_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("filing.importing.sheet_making.AT_ONCE_BYTES", 0)
    batch = begun(workbook(line()))
    assert rows(batch) == []
    carry_on(batch.pk)
    assert [row.state for row in rows(batch)] == [BatchRowState.DONE]
    empty = begun(workbook(line("示例-9")))
    carry_on(empty.pk)
    empty.refresh_from_db()
    assert (empty.stage, "示例" in empty.words) == (BatchStage.FAILED, True)


def test_it_lets_go_of_old_sheets_and_of_what_was_said_of_their_lines() -> None:
    batch = imported(workbook(line(), line("表-2", 服务内容="没有这种")))
    assert (erase_sources(), BatchImage.objects.count()) == (0, 1)
    Batch.objects.update(created_at=timezone.now() - KEPT - timedelta(hours=1))
    assert (erase_sources(), erase_sources()) == (1, 0)
    assert (BatchImage.objects.count(), rows(batch)[1].problems, rows(batch)[0].name) == (
        0,
        [],
        "虚构示例科技有限公司",
    )
    with pytest.raises(NotAllowed, match="已清理"):
        answer(batch)


def test_it_forgets_whom_a_line_named_when_the_owner_is_erased() -> None:
    batch = imported(workbook(line()))
    withdraw(Request.objects.get(ref="表-1"), actor=factories.COMMAND)
    erase(owned_by(factories.CREDIT_CODE), actor=factories.COMMAND, reason="虚构")
    (row,) = rows(batch)
    assert (row.name, row.problems, row.request) == (ERASED, [], None)


def test_it_survives_a_workbook_that_is_damaged_anywhere() -> None:
    """Every bit of damage is either told, or harmless: never a fault of ours."""
    whole, chance = workbook(line()), Random(7)
    refused = 0
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            upload = take_upload(io.BytesIO(data), "虚构.xlsx", len(data))
            read_lines(upload.workbook)
        except Unusable:
            refused += 1
    assert refused > 50
    with pytest.raises(Unusable, match="打开密码"):
        begun(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
