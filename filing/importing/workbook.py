"""Opening what was uploaded: a workbook alone, or a zip of a workbook and pictures. Nothing in it is run or trusted.

Formulas are not evaluated and macros not looked at; what would unfold to more than it may is refused before it does.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.etree.ElementTree import ParseError

from lxml.etree import XMLSyntaxError
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from filing.importing.columns import BY_HEADING, RESULT
from filing.services.attachments import MOST_BYTES

SHEET = "主体与网站"
MOST_LINES = 5_000
MOST_WORKBOOK_BYTES = 10 * 1024 * 1024
MOST_ARCHIVE_BYTES = 300 * 1024 * 1024
MOST_UNFOLDED_BYTES = 200 * 1024 * 1024
MOST_PARTS, MOST_PICTURES = 2_000, 5_000
MOST_COLUMNS = 200
_DOCTYPE = re.compile(rb"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_PICTURE = re.compile(r"\.(jpe?g|png)$", re.IGNORECASE)
_UTF8_NAMES = 0x800
_OLD_OFFICE = b"\xd0\xcf\x11\xe0"
_BROKEN = (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError, EOFError, ValueError)
"""What reading an archive raises that is damaged, or locked by a password."""


class Unusable(Exception):
    """What was uploaded cannot be read as a whole: nothing was changed. The text is Chinese."""


@dataclass(frozen=True)
class Cell:
    """A value as the sheet holds it. `is_formula`: what is calculated, which nobody calculates here."""

    value: Any
    is_formula: bool = False


@dataclass
class Lines:
    """The lines of the sheet. `columns` maps headings to columns (from 1), `lines` line numbers to cells by heading."""

    columns: dict[str, int] = field(default_factory=dict)
    lines: dict[int, dict[str, Cell]] = field(default_factory=dict)


@dataclass
class Upload:
    """A workbook with the archives that pictures lie in, still packed."""

    name: str
    workbook: bytes
    archives: list[zipfile.ZipFile] = field(default_factory=list)


def _archive(data: Any, name: str) -> zipfile.ZipFile:
    begin = data.read(len(_OLD_OFFICE))
    data.seek(0)
    if begin == _OLD_OFFICE:
        raise Unusable(f"“{name}”是旧的 XLS，或设了打开密码：另存为不加密码的 XLSX 再传")
    try:
        return zipfile.ZipFile(data)
    except _BROKEN as error:
        raise Unusable(f"“{name}”打不开：不是完整的 XLSX 或 ZIP 文件，重新保存后再传") from error


def take_upload(
    stream: Any, name: str, size: int, pictures: Any = None, pictures_name: str = "", pictures_size: int = 0
) -> Upload:
    """Tell apart what was uploaded: `stream` is a workbook, or a zip that holds one; `pictures` a zip beside it.

    Raises: Unusable.
    """
    if max(size, pictures_size) > MOST_ARCHIVE_BYTES:
        raise Unusable(f"文件超过 {MOST_ARCHIVE_BYTES // 1024 // 1024} MB，分几次导入")
    beside = [_archive(pictures, pictures_name)] if pictures is not None else []
    for each in beside:
        _must_be_modest(each, pictures_name)
    outer = _archive(stream, name)
    if "[Content_Types].xml" in outer.namelist():
        if size > MOST_WORKBOOK_BYTES:
            raise Unusable(
                f"表格超过 {MOST_WORKBOOK_BYTES // 1024 // 1024} MB：图片另放一个 ZIP，或分几次导入"
            )
        stream.seek(0)
        return Upload(name, stream.read(), beside)
    _must_be_modest(outer, name)
    inner = [each for each in outer.infolist() if _is_workbook(plain_name(each))]
    if len(inner) != 1:
        words = "没有" if not inner else f"有 {len(inner)} 个"
        raise Unusable(f"“{name}”里{words} XLSX 表格，应当正好一个")
    if inner[0].file_size > MOST_WORKBOOK_BYTES:
        raise Unusable(f"ZIP 里的表格超过 {MOST_WORKBOOK_BYTES // 1024 // 1024} MB，分几次导入")
    return Upload(plain_name(inner[0]).rpartition("/")[2], read_part(outer, inner[0]), [outer, *beside])


def _is_workbook(name: str) -> bool:
    base = name.rpartition("/")[2]
    return base.lower().endswith((".xlsx", ".xlsm")) and not base.startswith(("~$", "."))


def plain_name(entry: zipfile.ZipInfo) -> str:
    """The name of an entry; archives of Chinese Windows write GBK without saying so."""
    if entry.flag_bits & _UTF8_NAMES:
        return entry.filename
    raw = entry.filename.encode("cp437", "replace")
    for encoding in ("utf-8", "gbk"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename


def _must_be_modest(archive: zipfile.ZipFile, name: str) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_PICTURES:
        raise Unusable(f"“{name}”里超过 {MOST_PICTURES} 个文件，分几次导入")
    if sum(each.file_size for each in entries) > 4 * MOST_ARCHIVE_BYTES:
        raise Unusable(f"“{name}”解开后太大，没有读")


def read_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """One entry, never more of it than its directory says. Raises: Unusable."""
    try:
        with archive.open(entry) as part:
            data = part.read(entry.file_size + 1)
    except _BROKEN as error:
        raise Unusable(f"压缩包里的“{plain_name(entry)}”读不出来：已损坏或加了密码") from error
    if len(data) > entry.file_size:
        raise Unusable(f"压缩包里的“{plain_name(entry)}”与目录说的大小不符，没有读")
    return data


def pictures_of(upload: Upload) -> Iterator[tuple[str, bytes]]:
    """The pictures of an upload one by one, by their names without folders. Raises: Unusable."""
    seen: set[str] = set()
    for archive in upload.archives:
        for entry in archive.infolist():
            name = plain_name(entry).replace("\\", "/").rpartition("/")[2]
            if not _PICTURE.search(name) or name.startswith(".") or name.lower() in seen:
                continue
            seen.add(name.lower())
            if entry.file_size > MOST_BYTES:
                raise Unusable(f"图片“{name}”超过 {MOST_BYTES // 1024 // 1024} MB")
            yield name, read_part(archive, entry)


def must_be_safe(data: bytes) -> None:
    """Refuse a workbook that unfolds to more than it may, or brings declarations of its own. Raises: Unusable."""
    archive = _archive(io.BytesIO(data), "表格")
    entries = archive.infolist()
    if len(entries) > MOST_PARTS or sum(each.file_size for each in entries) > MOST_UNFOLDED_BYTES:
        raise Unusable("表格解开后太大，没有读：删去多余的工作表和格式再传")
    for entry in entries:
        if entry.filename.endswith((".xml", ".rels")):
            try:
                with archive.open(entry) as part:
                    begin = part.read(4096)
            except _BROKEN as error:
                raise Unusable(
                    "表格已损坏，或加了密码：用 Excel 或 WPS 另存为不加密码的 XLSX 再传"
                ) from error
            if _DOCTYPE.search(begin):
                raise Unusable("表格里有不该有的声明（DOCTYPE），没有读：用 Excel 或 WPS 另存一次再传")


_OPENING = (
    *_BROKEN,
    InvalidFileException,
    KeyError,
    TypeError,
    AttributeError,
    IndexError,
    OverflowError,
    ParseError,
    XMLSyntaxError,
)
"""What openpyxl raises for a workbook that is none."""


def read_lines(data: bytes) -> Lines:
    """The lines of the sheet below its headings. Raises: Unusable."""
    return _opened(data, _lines)


def read_head(data: bytes) -> None:
    """Look at the headings alone: whether the sheet can be one of ours. Raises: Unusable."""
    _opened(data, _head)


def _opened(data: bytes, read: Callable[[Any], Lines]) -> Lines:
    must_be_safe(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        found = read(book[SHEET] if SHEET in book.sheetnames else book.worksheets[0])
    except _OPENING as error:
        raise Unusable("打不开：不是 XLSX 表格，或已损坏。用 Excel 或 WPS 另存为 XLSX 再传") from error
    book.close()
    return found


def _head(sheet: Any) -> Lines:
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
        if cells := _filled(row):
            return Lines(_headings(cells))
    raise Unusable("表格是空的：先下载模板，填好再传")


def _filled(row: Any) -> list[Any]:
    return [each for each in row if each.value is not None and str(each.value).strip()]


def _lines(sheet: Any) -> Lines:
    found = Lines()
    for row in sheet.iter_rows(max_col=MOST_COLUMNS):
        cells = _filled(row)
        if not cells:
            continue
        if not found.columns:
            found.columns = _headings(cells)
            continue
        number = cells[0].row
        names = {column: heading for heading, column in found.columns.items()}
        line = {
            names[each.column]: Cell(each.value, each.data_type == "f")
            for each in cells
            if each.column in names and names[each.column] != RESULT
        }
        if line:
            found.lines[number] = line
        if len(found.lines) > MOST_LINES:
            raise Unusable(f"超过 {MOST_LINES} 行，分几次导入")
    if not found.columns:
        raise Unusable("表格是空的：先下载模板，填好再传")
    if not found.lines:
        raise Unusable("表头下面没有内容：从第 2 行起填")
    return found


def _headings(cells: list[Any]) -> dict[str, int]:
    found: dict[str, int] = {}
    strange = []
    for each in cells:
        heading = tidy_heading(each.value)
        if heading in found:
            raise Unusable(f"“{heading}”这一列有两个，留一个")
        if heading in BY_HEADING or heading == RESULT:
            found[heading] = each.column
        else:
            strange.append(heading)
    missing = [name for name in ("主办单位名称", "主体证件号码", "网站名称", "域名") if name not in found]
    if missing:
        raise Unusable(f"第一行应是模板的表头，缺“{missing[0]}”：下载模板，把内容贴进去再传")
    if strange:
        raise Unusable(f"不认识“{strange[0][:30]}”这一列：改回模板的表头，或删去这一列")
    return found


def tidy_heading(value: Any) -> str:
    """A heading without the mark of what must be filled in, blanks and line breaks."""
    return re.sub(r"\s*[*＊]\s*$", "", " ".join(str(value).split()))
