"""Spreadsheets that people take away: written row by row to a file, whatever their length.

A cell that begins like a formula is text: names are other people's, and a spreadsheet would carry them out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.utils import get_column_letter
from openpyxl.worksheet._write_only import WriteOnlyWorksheet

Value = str | int | date | datetime | None

LONGEST_CELL = 32_767
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_sheet(
    target: IO[bytes],
    title: str,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Sequence[Value]],
    notes: Sequence[str] = (),
) -> int:
    """Write rows under a heading into a file as .xlsx. Returns how many.

    Shape: `columns` are headings with their widths in characters; `notes` are lines below the rows, after an empty one.
    Units: times without a zone, as they are to be read.
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for place, (_words, width) in enumerate(columns, 1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.freeze_panes = "A2"
    sheet.append([words for words, _width in columns])
    count = 0
    for row in rows:
        sheet.append([cell_of(sheet, value) for value in row])
        count += 1
    for note in ["", *notes] if notes else []:
        sheet.append([cell_of(sheet, note)])
    book.save(target)
    return count


def cell_of(sheet: WriteOnlyWorksheet, value: Value) -> Any:
    """A value as a cell: no control characters, nothing that is read as a formula."""
    if not isinstance(value, str):
        return value
    text = ILLEGAL_CHARACTERS_RE.sub("", value)[:LONGEST_CELL]
    if not text.startswith(FORMULA_STARTS):
        return text
    cell = WriteOnlyCell(sheet, text)
    # Text for this file, and a quote in front for what copies the cell elsewhere.
    cell.data_type = "s"
    cell.quotePrefix = True
    return cell
