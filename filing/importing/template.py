"""The template of the import: columns typed as text, lists to choose from, and what to write where."""

from __future__ import annotations

from typing import IO, Any

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from filing.choices import FiledBy
from filing.code_tables import CodeTable
from filing.importing.columns import COLUMNS, RESULT, Column, Kind, Scope
from filing.importing.workbook import MOST_LINES, SHEET
from filing.services import codes

GUIDE, CODES = "说明", "代码"
AUTHOR = "备案报备"
AS_TEXT = "@"
_HEADS = {Scope.REQUEST: "ECEBF8", Scope.SUBJECT: "E4EFF6", Scope.WEBSITE: "E5F2E7"}
_SCOPES = {Scope.REQUEST: "每张报备单", Scope.SUBJECT: "主体", Scope.WEBSITE: "网站（一行一个）"}
_THIN = Side(style="thin", color="E2DFD7")
RESULT_WIDTH = 40
_INTRO = (
    "一行是一个网站。同一主体有几个网站就写几行：主体各列重复写，或从第二行起留空；按证件号码或单号归到一起。",
    "灰色的示例行（单号以“示例”开头）不会导入，可以删。",
    "所有格子都是文本：从别处粘贴时选“只粘贴文本/数值”，号码才不会变成 1.23E+17。",
    f"一次最多 {MOST_LINES} 行，表格不超过 10 MB；图片放进一个 ZIP，在导入页面和表格一起选，或把表格也放进这个 ZIP。",
    "导入之后下载结果：还是这张表，“结果”列写明每一行怎么样，要改的格子标红，还没填的标黄，留意的标蓝，批注里写着怎么改。改好再传这张表，已收下的不会重复。",
    "带 * 的列必填；其他列按主体的情况填。",
)


def write_template(target: IO[bytes]) -> None:
    """Write the template as .xlsx."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = SHEET
    _guide(book.create_sheet(GUIDE))
    lists = _code_lists(book.create_sheet(CODES))
    _headings(sheet, lists)
    _examples(sheet)
    book.save(target)


def _headings(sheet: Any, lists: dict[CodeTable, str]) -> None:
    result = sheet.cell(1, 1, RESULT)
    result.font = Font(bold=True)
    sheet.column_dimensions["A"].width = RESULT_WIDTH
    for place, column in enumerate(COLUMNS, 2):
        letter = get_column_letter(place)
        cell = sheet.cell(1, place, f"{column.heading} *" if column.required else column.heading)
        cell.font = Font(bold=True)
        cell.fill = PatternFill("solid", fgColor=_HEADS[column.scope])
        if column.hint:
            cell.comment = Comment(column.hint, AUTHOR, width=280, height=100)
        dimension = sheet.column_dimensions[letter]
        dimension.width = max(column.width, 2 * len(column.heading) + 3)
        # The whole column, so that what is pasted below the last line is a text too.
        dimension.number_format = AS_TEXT
        _validate(sheet, letter, column, lists)
    for place in range(1, len(COLUMNS) + 2):
        cell = sheet.cell(1, place)
        cell.alignment = Alignment(vertical="center", wrap_text=False)
        cell.border = Border(bottom=_THIN)
    sheet.row_dimensions[1].height = 24
    sheet.freeze_panes = "D2"


def _validate(sheet: Any, letter: str, column: Column, lists: dict[CodeTable, str]) -> None:
    """A list to choose from. It refuses nothing: several entries, or a code, are typed as well."""
    if column.kind == Kind.FILED_BY:
        formula = f'"{",".join(label for _value, label in FiledBy.choices)}"'
    elif column.table in lists:
        formula = lists[column.table]
    else:
        return
    validation = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=False)
    validation.add(f"{letter}2:{letter}{MOST_LINES + 1}")
    sheet.add_data_validation(validation)


def _examples(sheet: Any) -> None:
    for line, values in ((2, [each.example for each in COLUMNS]), (3, [each.second for each in COLUMNS])):
        for place, value in enumerate(values, 2):
            cell = sheet.cell(line, place, value or None)
            cell.number_format = AS_TEXT
            cell.font = Font(color="8B8679", italic=True)
        sheet.cell(line, 1, "示例，不会导入").font = Font(color="8B8679", italic=True)
    for line in range(4, 54):
        for place in range(2, len(COLUMNS) + 2):
            sheet.cell(line, place).number_format = AS_TEXT


def _guide(sheet: Any) -> None:
    sheet.column_dimensions["A"].width = 22
    sheet.column_dimensions["B"].width = 18
    sheet.column_dimensions["C"].width = 8
    sheet.column_dimensions["D"].width = 72
    for words in _INTRO:
        sheet.append([words])
        sheet.merge_cells(start_row=sheet.max_row, end_row=sheet.max_row, start_column=1, end_column=4)
        sheet.cell(sheet.max_row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[sheet.max_row].height = 34 if len(words) > 58 else 18
    sheet.append([])
    sheet.append(["列", "属于", "必填", "怎么填"])
    for cell in sheet[sheet.max_row]:
        cell.font = Font(bold=True)
    for column in COLUMNS:
        hint = column.hint or (
            "从列表里选，写名称或代码都行。"
            if column.table
            else ""
            if column.example == ""
            else f"例：{column.example}"
        )
        sheet.append([column.heading, _SCOPES[column.scope], "必填" if column.required else "", hint])
        sheet.cell(sheet.max_row, 4).alignment = Alignment(wrap_text=True, vertical="top")


def _code_lists(sheet: Any) -> dict[CodeTable, str]:
    """A column of names for each table that a column chooses from. Shape: where each list stands, by its table."""
    found: dict[CodeTable, str] = {}
    tables = list(dict.fromkeys(each.table for each in COLUMNS if each.table is not None))
    place = 0
    for table in tables:
        names = _region_names() if table == CodeTable.REGION else [n for _c, n in codes.choices_for(table)]
        if not names:
            continue
        place += 1
        letter = get_column_letter(place)
        sheet.cell(1, place, table.label).font = Font(bold=True)
        sheet.column_dimensions[letter].width = 30
        for line, name in enumerate(names, 2):
            sheet.cell(line, place, name)
        found[table] = f"'{CODES}'!${letter}$2:${letter}${len(names) + 1}"
    sheet.freeze_panes = "A2"
    return found


def _region_names() -> list[str]:
    """Regions by their paths, the lowest level only, in the order of their codes."""
    rows = dict(codes.choices_for(CodeTable.REGION))
    parents = {codes.region_parent(code) for code in rows}
    found = []
    for code in sorted(set(rows) - parents):
        chain = [code]
        while (above := codes.region_parent(chain[0])) is not None:
            chain.insert(0, above)
        said = [rows[each] for each in chain if each in rows and not codes.is_unspoken(each, rows[each])]
        found.append("/".join(said))
    return found
