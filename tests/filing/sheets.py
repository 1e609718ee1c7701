"""Workbooks as people would upload them, made from lines; everything in them is invented (虚构)."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from django.contrib.auth.models import User
from openpyxl import Workbook, load_workbook

from filing.choices import BatchAim
from filing.importing.answer import write_answer
from filing.importing.columns import COLUMNS, RESULT
from filing.importing.sheet_making import begin_sheet
from filing.importing.workbook import SHEET, take_upload
from filing.models import Batch
from filing.services.batch_running import carry_on
from tests.invented import CREDIT_CODE, image

PICTURE = "form.jpg"


def line(ref: str = "表-1", **changes: Any) -> dict[str, Any]:
    """A complete line: what the template gives as its example, under another ref, with its papers."""
    found: dict[str, Any] = {each.heading: each.example for each in COLUMNS if each.example}
    found |= {"单号": ref, "主体证件图片": "", "核验单图片": PICTURE, "主体证件号码": CREDIT_CODE}
    return {key: value for key, value in (found | changes).items() if value not in ("", None)}


def workbook(*lines: dict[str, Any], sheet: str = SHEET, headings: list[str] | None = None) -> bytes:
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    names = headings or [RESULT, *(each.heading for each in COLUMNS)]
    page.append(names)
    for each in lines:
        page.append([each.get(name) for name in names])
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def pictures(**named: bytes) -> bytes:
    """A zip of pictures: `form=…` becomes form.jpg."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in (named or {"form": image()}).items():
            archive.writestr(f"papers/{name}.jpg", data)
    return target.getvalue()


def begun(
    book: bytes, user: User | None = None, *, aim: BatchAim = BatchAim.DRAFT, papers: bytes | None = None
) -> Batch:
    papers = pictures() if papers is None else papers
    upload = take_upload(io.BytesIO(book), "虚构.xlsx", len(book), io.BytesIO(papers), "图.zip", len(papers))
    return begin_sheet(upload, user=user, aim=aim)


def imported(book: bytes, user: User | None = None, **more: Any) -> Batch:
    """Take a workbook in, to its end."""
    batch = begun(book, user, **more)
    while carry_on(batch.pk):
        pass
    return Batch.objects.get(pk=batch.pk)


def answer(batch: Batch) -> Any:
    """The sheet of the answer, opened."""
    target = io.BytesIO()
    write_answer(batch, target)
    return load_workbook(io.BytesIO(target.getvalue()))[SHEET]


def cell(sheet: Any, line_number: int, heading: str) -> Any:
    place = next(each.column for each in sheet[1] if str(each.value).rstrip(" *") == heading)
    return sheet.cell(line_number, place)
