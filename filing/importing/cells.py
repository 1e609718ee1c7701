"""Reading one cell: a text that a spreadsheet may have mangled, a code by its name, a region by its path."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from filing.choices import FiledBy
from filing.code_tables import CodeTable
from filing.identifiers import half_width
from filing.importing.workbook import Cell
from filing.services import codes, regions

MOST_SURE = 10**15
"""A spreadsheet keeps 15 digits of a number; the rest it turns to zeros."""
_EXPONENT = re.compile(r"[-+]?\d+(\.\d+)?[eE]\+?\d+")
_BETWEEN = re.compile(r"[;；\n]+")
_BETWEEN_WORDS = re.compile(r"[;；,，、\s]+")
_LOOSE = re.compile(r"[\s/／、,，>›·-]+")
_SIGNS = str.maketrans("（）［］／", "()[]/")


class BadCell(Exception):
    """What stands in a cell cannot be taken. The text says in Chinese what to do."""


def text_of(cell: Cell | None) -> str:
    """What a person meant to write. Raises: BadCell where the spreadsheet made something else of it."""
    if cell is None or cell.value is None:
        return ""
    value = cell.value
    if cell.is_formula:
        raise BadCell("这里是公式，不计算公式：复制，再“选择性粘贴”为数值")
    if isinstance(value, bool):
        raise BadCell("Excel 把它变成了 TRUE/FALSE：把格子设为“文本”再填")
    if isinstance(value, datetime | date | time | timedelta):
        raise BadCell("Excel 把它变成了日期：把格子设为“文本”再填")
    if isinstance(value, int | float):
        if abs(value) >= MOST_SURE:
            raise BadCell("Excel 把它当成了数字，第 16 位起已经变成 0：把格子设为“文本”，重新填号码")
        return str(int(value)) if float(value).is_integer() else str(value)
    text = str(value).replace("_x000D_", "").replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ")
    text = text.strip().removeprefix("'")
    if _EXPONENT.fullmatch(text):
        raise BadCell(f"“{text}”是 Excel 把号码变成了科学计数：把格子设为“文本”，重新填号码")
    return text


def pieces(text: str) -> list[str]:
    """The entries of a cell that holds several: by semicolons and line breaks."""
    return [each.strip() for each in _BETWEEN.split(text) if each.strip()]


def code_of(table: CodeTable, text: str) -> int:
    """A code by its number or name. Raises: BadCell with what may have been meant."""
    plain = half_width(text).strip()
    if re.fullmatch(r"[0-9]{1,9}", plain):
        return int(plain)
    # "8 单位门户网站": the number in front of its name.
    if (both := re.fullmatch(r"([0-9]{1,9})[\s.:：-]+(.+)", plain)) and _fold(
        codes.name_of(table, int(both[1]))
    ) == _fold(both[2]):
        return int(both[1])
    found = _named(table, codes.version_of(table), _fold(plain))
    if len(found) == 1:
        return found[0]
    names = [codes.name_of(table, each) for each in found[:3]]
    names = names or [name for _code, name in codes.search(table, plain, 3)]
    meant = f"是不是“{'”“'.join(names)}”？" if names else ""
    raise BadCell(f"不认识“{text[:30]}”，{meant}从“代码”表里选，或填代码")


@lru_cache(maxsize=2048)
def _named(table: str, version: str, wanted: str) -> tuple[int, ...]:
    """The codes that a name stands for: exactly, else those that begin with it, else those that hold it."""
    rows = [(code, _fold(name)) for code, name in codes.choices_for(table)]
    for fits in (str.__eq__, str.startswith, str.__contains__):
        if found := tuple(code for code, name in rows if wanted and fits(name, wanted)):
            return found
    return ()


def _fold(text: str) -> str:
    return re.sub(r"\s+", "", text.translate(_SIGNS)).lower()


def codes_of(table: CodeTable, text: str) -> list[int]:
    """Codes by numbers or names, several in one cell; each once. Raises: BadCell."""
    found: list[int] = []
    for entry in pieces(text):
        try:
            found.append(code_of(table, entry))
        except BadCell:
            # Names may hold commas of their own, so those are tried last.
            parts = [each for each in _BETWEEN_WORDS.split(entry) if each]
            if len(parts) < 2:
                raise
            found += [code_of(table, each) for each in parts]
    return list(dict.fromkeys(found))


def region_of(text: str) -> dict[str, int]:
    """Province, city and county of a path such as 北京市/海淀区, or of a code. Raises: BadCell."""
    wanted = _LOOSE.sub("", half_width(text)).lower()
    # 市辖区 stands in the codes, and nobody says it.
    found = regions.search(text) or regions.search(text.replace("市辖区", ""))
    exact = [each for each in found if wanted in _spellings(each)]
    if len(exact or found) > 1:
        some = "、".join(codes.region_path(each.codes[-1]) for each in (exact or found)[:3])
        raise BadCell(f"“{text[:30]}”有几处，写全是哪一处：{some}")
    if not found:
        raise BadCell(f"不认识“{text[:30]}”，写成 北京市/海淀区 这样，或填六位区划代码")
    return dict(zip(("province", "city", "county"), (exact or found)[0].codes, strict=False))


def _spellings(region: regions.Region) -> set[str]:
    said = [
        name
        for code, name in zip(region.codes, region.names, strict=True)
        if not codes.is_unspoken(code, name)
    ]
    return {each.lower() for each in ("".join(region.names), "".join(said), said[-1], str(region.codes[-1]))}


_FILED_BY = {
    "自行报备": FiledBy.OWNER,
    "0": FiledBy.OWNER,
    "代为报备": FiledBy.PROVIDER,
    "1": FiledBy.PROVIDER,
}


def filed_by_of(text: str) -> int:
    """Who reports; nothing typed is us, as in the form. Raises: BadCell."""
    found = _FILED_BY.get(half_width(text).strip() or "1")
    if found is None:
        raise BadCell("写“自行报备”或“代为报备”")
    return int(found)
