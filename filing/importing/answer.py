"""The answer to a sheet: the workbook as it was uploaded, with what became of each line and the cells to change."""

from __future__ import annotations

import io
from collections import defaultdict
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from filing.choices import BatchRowState
from filing.importing.columns import BY_HEADING, REF, RESULT
from filing.importing.sheet_making import GAP, HEED, WRONG
from filing.importing.template import AS_TEXT, AUTHOR, RESULT_WIDTH
from filing.importing.workbook import SHEET, must_be_safe, tidy_heading
from filing.models import Batch, BatchRow
from filing.services.errors import NotAllowed

FILLS = {WRONG: "FFF5C6C2", GAP: "FFFBE8BC", HEED: "FFD5E8F5"}
"""Red: must change; yellow: is missing; blue: to be looked at."""
_GOOD, _BAD, _PLAIN = "FF256A37", "FFAB2626", "FF55534D"
_MARKS = frozenset(FILLS.values())
_ORDER = {WRONG: 0, GAP: 1, HEED: 2}
MOST_COMMENT = 1_000
_HEIGHT = 60


def write_answer(batch: Batch, target: IO[bytes]) -> None:
    """Write the answer as .xlsx, without macros. Raises: NotAllowed where the workbook was erased."""
    source = Batch.objects.values_list("source", flat=True).get(pk=batch.pk)
    if source is None:
        raise NotAllowed("原表已清理，不能再下载结果")
    must_be_safe(bytes(source))
    book = load_workbook(io.BytesIO(bytes(source)), keep_links=False)
    sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
    columns = _columns(sheet)
    if _is_answer(sheet, columns):
        _clear(sheet, columns)
    for row in BatchRow.objects.filter(batch=batch).select_related("request").order_by("number"):
        _tell(sheet, columns, row)
    book.active = book.worksheets.index(sheet)
    book.save(target)


def _columns(sheet: Any) -> dict[str, int]:
    """Columns by heading. Where the result has none yet it becomes the first one."""
    head = next(row for row in sheet.iter_rows() if any(cell.value is not None for cell in row))
    line = head[0].row
    found = {tidy_heading(cell.value): cell.column for cell in head if cell.value is not None}
    if RESULT not in found:
        widths = {place: sheet.column_dimensions[get_column_letter(place)].width for place in found.values()}
        sheet.insert_cols(1)
        for place, width in widths.items():
            sheet.column_dimensions[get_column_letter(place + 1)].width = width
        found = {heading: place + 1 for heading, place in found.items()} | {RESULT: 1}
        sheet.cell(line, 1, RESULT).font = Font(bold=True)
        sheet.column_dimensions["A"].width = RESULT_WIDTH
    return found


def _is_answer(sheet: Any, columns: dict[str, int]) -> bool:
    """Whether it was answered before. Looking at every cell makes those that are not there: only where it must be."""
    place = columns[RESULT]
    return any(sheet.cell(line, place).value for line in range(2, sheet.max_row + 1))


def _clear(sheet: Any, columns: dict[str, int]) -> None:
    """Take away what an earlier answer marked."""
    places = [place for heading, place in columns.items() if heading in BY_HEADING]
    for row in sheet.iter_rows(min_row=2):
        for cell in row:
            if cell.column not in places:
                continue
            if cell.fill.fill_type == "solid" and cell.fill.fgColor.rgb in _MARKS:
                cell.fill = PatternFill()
            if cell.comment is not None and cell.comment.author == AUTHOR:
                cell.comment = None


def _tell(sheet: Any, columns: dict[str, int], row: BatchRow) -> None:
    line = row.first_line
    cell = sheet.cell(line, columns[RESULT], _words(row))
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.font = Font(color={BatchRowState.DONE: _GOOD, BatchRowState.REFUSED: _BAD}.get(row.state, _PLAIN))  # type: ignore[call-overload]
    if REF in columns and row.key and sheet.cell(line, columns[REF]).value in (None, ""):
        # The next try goes by the same ref, whatever is changed in the line.
        ref = sheet.cell(line, columns[REF], row.key)
        ref.number_format = AS_TEXT
    by_cell: dict[tuple[int, str], list[dict[str, Any]]] = defaultdict(list)
    for problem in row.problems:
        by_cell[problem["line"], problem["heading"]].append(problem)
    for (at, heading), problems in by_cell.items():
        if heading in columns:
            _mark(sheet.cell(at, columns[heading]), problems)


def _words(row: BatchRow) -> str:
    """What became of a request, with what no cell is marked for."""
    said = [row.words or row.get_state_display()]
    said += [
        f"{each['label']}：{each['message']}" if each["label"] else each["message"]
        for each in row.problems
        if not each["heading"]
    ]
    ref = [f"（{row.request.ref}）"] if row.request is not None and row.request.ref not in said[0] else []
    return "\n".join(["".join([said[0], *ref]), *dict.fromkeys(said[1:])])


def _mark(cell: Any, problems: list[dict[str, Any]]) -> None:
    worst = min((each["kind"] for each in problems), key=lambda kind: _ORDER[kind])
    cell.fill = PatternFill("solid", fgColor=FILLS[worst])
    text = "\n".join(dict.fromkeys(each["message"] for each in problems))[:MOST_COMMENT]
    cell.comment = Comment(text, AUTHOR, width=280, height=_HEIGHT + 20 * text.count("\n"))
