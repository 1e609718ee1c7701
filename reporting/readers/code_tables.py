"""Base codes. Spec: V.3.0 download schema, JCDM: Bbdwlb, and each table of Jcdm_xx.

Most tables are alike (Id, Mc, Bz, Sfyx); the others call the name otherwise or have a code above theirs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from lxml import etree

from reporting.readers import elements
from reporting.readers.elements import number, positive, text

_NAMES = {
    "Bbdwlb": ("Dwmc",),
    "Yjfk_Wtfls": ("Fl1", "Fl2"),
    "Zxly_dms": ("Nr",),
    "Wbacl_dms": ("Ztmc",),
}
"""Where the name stands that is not Mc."""

_ABOVE = {"Gj_dms": "Shengid", "Zjlx_dms": "Dwflid", "Fjytlx_dms": "Ssdxlx"}
"""Where a row names a code of another table (or, for attachments, whom they belong to)."""

_NOTES = {"Bbdwlb": ("Bz", "Jyxkzbh"), "Hyfl_dms": ("Bm", "Bz"), "Gj_dms": ("Bz", "Shengjc")}
"""What is worth keeping beside the name where it is not Bz alone."""

INVALID = 0
"""Sfyx: only this takes a code away; where it is missing (Wbacl_xx has none) the code holds."""


@dataclass(frozen=True)
class CodeData:
    """One row of a table. `above` is a code of another table, None where the table has none."""

    code: int
    name: str
    is_valid: bool = True
    above: int | None = None
    note: str = ""


@dataclass(frozen=True)
class TableData:
    """One table. `unreadable` counts the rows without a code or a name: they are left out."""

    tag: str
    rows: tuple[CodeData, ...]
    unreadable: int = 0


def read_table(node: etree._Element) -> TableData:
    """Read a table; its tag says which. Rows count whatever their own tags are. Never raises."""
    tag = str(node.tag)
    rows = [_row(tag, each) for each in node.iterchildren(etree.Element)]
    read = tuple(row for row in rows if row is not None)
    return TableData(tag, read, len(rows) - len(read))


def _row(tag: str, node: etree._Element) -> CodeData | None:
    value = partial(text, node)
    code = positive(node, "Id")
    name = " / ".join(filter(None, map(value, _NAMES.get(tag, ("Mc",)))))
    if code is None or not name:
        return None
    return CodeData(
        code=code,
        name=name,
        is_valid=number(node, "Sfyx") != INVALID,
        above=elements.number(node, _ABOVE[tag]) if tag in _ABOVE else None,
        note=" ".join(filter(None, map(value, _NOTES.get(tag, ("Bz",))))),
    )
