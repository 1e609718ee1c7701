"""Builds <JCDM>: the base code tables in the layout of the download schema."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from simulator import codes

Row = dict[str, str]


def _plain(code: str, name: str) -> Row:
    return {"Id": code, "Mc": name, "Sfyx": "1"}


def _powered(code: str, name: str) -> Row:
    """Tables with two ids: the second is the bit of the first."""
    return {"Id": code, "Ysid": str(2 ** (int(code) - 1)), "Mc": name[:32], "Sfyx": "1"}


def _certificate(code: str, name: str) -> Row:
    pairs = (pair.partition(":") for pair in codes.table("Zjlx_of_Dwxz"))
    nature = next((nature for nature, _, kind in pairs if kind == code), "4")
    return {"Id": code, "Mc": name, "Dwflid": nature, "Sfyx": "1"}


def _pre_approval(code: str, name: str) -> Row:
    return {**_powered(code, name), "Sfqzsp": "1"}


def _place(code: str, name: str) -> Row:
    return {**_powered(code, name), "Bm": code}


def _reason(code: str, name: str) -> Row:
    return {"Id": code, "Nr": name, "Sfyx": "1"}


def _handling(code: str, name: str) -> Row:
    return {"Id": code, "Ztmc": name}


# table -> (list element, row element, layout)
TABLES: dict[str, tuple[str, str, Callable[[str, str], Row]]] = {
    "Dwxz": ("Dwxz_dms", "Dwxz_xx", _plain),
    "Zjlx": ("Zjlx_dms", "Zjlx_xx", _certificate),
    "Nrlx": ("Wzjylx_dms", "Wzjylx_xx", _pre_approval),
    "Fwnr": ("Wzfwlx_dms", "Wzfwlx_xx", _powered),
    "Jrfs": ("Wzjrfs_dms", "Wzjrfs_xx", _powered),
    "Fbdd": ("Gj_dms", "Gj_dm_xx", _place),
    "Zxly": ("Zxly_dms", "Zxly_xx", _reason),
    "Cljg": ("Wbacl_dms", "Wbacl_xx", _handling),
    "Fjwjgs": ("Fjwjgs_dms", "Fjwjgs", _plain),
    "Yylb": ("Yylb_dms", "Yylb", _plain),
}


def build(units: list[int], tables: list[str] | None) -> list[etree._Element]:
    """The children of <JCDM>. Raises: KeyError for an unknown table."""
    parts = []
    if units:
        part = etree.Element("Bbdwlb")
        for isp_id in units:
            _row(part, "Bbdw", {"Id": str(isp_id), "Dwmc": f"示例报备单位{isp_id}", "Sfyx": "1"})
        parts.append(part)
    group = etree.Element("Jcdm_xx")
    for name in tables or TABLES:
        list_tag, row_tag, layout = TABLES[name]
        part = etree.SubElement(group, list_tag)
        for code, text in codes.table(name).items():
            _row(part, row_tag, layout(code, text))
    parts.append(group)
    return parts


def _row(parent: etree._Element, tag: str, values: Row) -> None:
    line = etree.SubElement(parent, tag)
    for name, value in values.items():
        etree.SubElement(line, name).text = value
