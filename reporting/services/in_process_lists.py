"""Lists of what is in process in the old system: CSV or xlsx, with filing numbers or the bureau's ids in any column.

Shape: what looks like a filing number names a subject (that of a website: its subject); where no cell of a row does, a
whole number in a column whose heading speaks of an id. Other cells are kept as a note.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from filing.identifiers import parse_filing_number
from filing.services.in_process import Named

MOST_ROWS = 200_000
MOST_BYTES = 64 * 1024 * 1024
_ID_WORDS = ("标识", "ztid", "id", "编号")


class Unlisted(Exception):
    """A file that is no such list; in Chinese why."""


def read_list(path: Path) -> list[Named]:
    """The subjects that a list names. Raises: Unlisted."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Unlisted(f"清单超过 {MOST_BYTES // 2**20} MB，请拆开")
        content = path.read_bytes()
    except OSError as error:
        raise Unlisted(f"清单读不出来：{error.strerror}") from error
    return read_list_bytes(content)


def read_list_bytes(content: bytes) -> list[Named]:
    """The same of the bytes. Raises: Unlisted."""
    found = list(_named(_rows_of(content)))
    if not found:
        raise Unlisted("清单里没有找到备案号，也没有标题含“标识”的列")
    return found


def _rows_of(content: bytes) -> Iterator[list[str]]:
    if content.startswith(b"PK"):
        yield from _sheet(content)
        return
    for codec in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(codec)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise Unlisted("清单的编码读不出来，请另存为 UTF-8 或 GBK 的 CSV")
    try:
        yield from csv.reader(io.StringIO(text, newline=""))
    except csv.Error as error:
        raise Unlisted(f"不是可读的 CSV：{error}") from error


def _sheet(content: bytes) -> Iterator[list[str]]:
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, ValueError, OSError) as error:
        raise Unlisted("不是可读的 xlsx 文件") from error
    for sheet in book.worksheets:
        for row in sheet.iter_rows(max_row=MOST_ROWS, values_only=True):
            yield ["" if cell is None else str(cell).strip() for cell in row]


def _named(rows: Iterator[list[str]]) -> Iterator[Named]:
    ids: list[int] = []
    for place, row in enumerate(rows):
        if place >= MOST_ROWS:
            raise Unlisted(f"清单超过 {MOST_ROWS} 行，请拆开")
        cells = [cell.strip() for cell in row]
        numbers = [number for cell in cells if cell and (number := parse_filing_number(cell))]
        if numbers:
            first = numbers[0]
            rest = "；".join(cell for cell in cells if cell and parse_filing_number(cell) is None)
            yield Named(number=first.subject, bureau_id=_id(cells, ids), note=rest[:500])
        elif (bureau_id := _id(cells, ids)) is not None:
            yield Named(bureau_id=bureau_id, note="；".join(filter(None, cells))[:500])
        elif not ids:
            ids = [at for at, cell in enumerate(cells) if any(word in cell.lower() for word in _ID_WORDS)]


def _id(cells: list[str], columns: list[int]) -> int | None:
    for at in columns:
        value = cells[at] if at < len(cells) else ""
        if value.isascii() and value.isdecimal() and len(value) < 19 and int(value):
            return int(value)
    return None
