"""Applying base codes: each table is stored at once, and feeds the forms from then on.

Spec: protocol "What comes back", JCDM; V.3.0 download schema, JCDM.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from filing.code_tables import CodeOrigin, CodeTable
from filing.services import codes
from filing.services.codes import CodeRow, TableLoad
from reporting.choices import ItemOutcome
from reporting.readers.code_tables import CodeData, TableData, read_table
from reporting.readers.document import CODE_LISTS, UNIT_LIST, Record
from reporting.services.applied import Applied, Source

TABLES = {
    "Dwfl_dms": CodeTable.UNIT_CLASS,
    "Dwxz_dms": CodeTable.NATURE,
    "Qy_dms": CodeTable.REGION,
    "Yjfk_Wtfls": CodeTable.FEEDBACK_CLASS,
    "Gj_dms": CodeTable.SERVER_LOCATION,
    "Hyfl_dms": CodeTable.INDUSTRY,
    "Xzjb_dms": CodeTable.ADMIN_LEVEL,
    "Zjlx_dms": CodeTable.CERTIFICATE_TYPE,
    "Wzjylx_dms": CodeTable.PRE_APPROVAL_TYPE,
    "Wzfwlx_dms": CodeTable.SERVICE_CONTENT,
    "Wzjrfs_dms": CodeTable.ACCESS_METHOD,
    "Zxly_dms": CodeTable.CANCEL_REASON,
    "Wbacl_dms": CodeTable.UNFILED_HANDLING,
    "Hsyj_dms": CodeTable.VERIFICATION_OPINION,
    "Ymlx_dms": CodeTable.DOMAIN_TYPE,
    "Fjwjgs_dms": CodeTable.ATTACHMENT_FORMAT,
    "Fjytlx_dms": CodeTable.ATTACHMENT_PURPOSE,
    "Yylb_dms": CodeTable.LANGUAGE,
    UNIT_LIST: CodeTable.REPORTING_UNIT,
}
"""The table that each list of the download is kept as."""

_HAVE_ABOVE = frozenset({CodeTable.SERVER_LOCATION, CodeTable.ATTACHMENT_PURPOSE})
"""Tables whose rows carry a code above them; of a certificate type it makes a pair in a table of its own."""


def apply_table(record: Record, _source: Source) -> Applied:
    """One list of JCDM. Never raises: rows that cannot be read are counted and left out."""
    return store_table_of(record)


def store_table_of(record: Record) -> Applied:
    """The same, wherever the list came from."""
    data = read_table(record.element)
    table = TABLES[data.tag]
    oddities = [f"{data.unreadable} 行没有代码或名称，未存入"] if data.unreadable else []
    if not data.rows:
        outcome = ItemOutcome.FAILED if data.unreadable else ItemOutcome.NOTED
        return Applied(outcome, reason="；".join(oddities), summary=f"{table.label}：没有可用的行")
    load = _store(table, data.rows, complete=data.unreadable == 0)
    told = [_told(table, load)]
    if table == CodeTable.CERTIFICATE_TYPE:
        pairs, oddity = _store_pairs(data)
        told += [_told(CodeTable.CERTIFICATE_OF_NATURE, pairs)] if pairs else []
        oddities += [oddity] if oddity else []
    return Applied(ItemOutcome.APPLIED, reason="；".join(oddities), summary="；".join(told))


def _store(table: CodeTable, rows: Iterable[CodeData], *, complete: bool) -> TableLoad:
    """A table with rows left out is not taken as whole: what it lacks stays offered."""
    return codes.store_table(
        table,
        (
            CodeRow(row.code, row.name, row.above if table in _HAVE_ABOVE else None, row.is_valid, row.note)
            for row in rows
        ),
        origin=CodeOrigin.DOWNLOADED,
        complete=None if complete else False,
    )


def _store_pairs(data: TableData) -> tuple[TableLoad | None, str]:
    """Which certificates an owner of which nature may show (Dwflid).

    By the interface Dwflid is a class of units, in practice it is a nature. Where a value is no nature, the bureau means
    the classes: taken as natures they would take the right papers out of the form, so the pairs are left as they were.
    """
    pairs = [row for row in data.rows if row.above is not None]
    strange = sorted({row.above for row in pairs if row.above and not _is_nature(row.above)})
    if strange:
        listed = "、".join(map(str, strange[:10]))
        return None, f"证件类型所属的 {listed} 不是单位性质，未更改各单位性质可用的证件"
    if not pairs:
        return None, ""
    load = codes.store_table(
        CodeTable.CERTIFICATE_OF_NATURE,
        [CodeRow(row.code, row.name, row.above, row.is_valid, row.note) for row in pairs],
        origin=CodeOrigin.DOWNLOADED,
        complete=None if data.unreadable == 0 and len(pairs) == len(data.rows) else False,
    )
    return load, ""


def _is_nature(code: int) -> bool:
    return bool(codes.name_of(CodeTable.NATURE, code))


def _told(table: CodeTable, load: TableLoad) -> str:
    counts = {
        "新增": load.created,
        "更改": load.updated,
        "不变": load.unchanged,
        "停用": load.retired,
    }
    return f"{table.label}：" + "，".join(f"{words} {count}" for words, count in counts.items() if count)


HANDLERS: dict[str, Callable[[Record, Source], Applied]] = {
    f"JCDM.{tag}": apply_table for tag in (*CODE_LISTS, UNIT_LIST)
}
