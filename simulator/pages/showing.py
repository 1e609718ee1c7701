"""Documents as a person may see them: identity numbers masked, passwords gone, images as their size."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address

from lxml import etree

import xsd
from simulator import codes
from simulator.masking import masked
from simulator.model import (
    CANCEL_ACCESS,
    CANCEL_SUBJECT,
    CANCEL_WEBSITE,
    CHANGE,
    MATERIALS,
    NEW_ACCESS,
    NEW_FILING,
    NEW_WEBSITE,
    UNFILED,
    VERIFICATION,
)

RECORD_PATHS = {
    NEW_FILING: "XZBA/Baxx",
    NEW_WEBSITE: "XZWZ/Xzxx",
    NEW_ACCESS: "XZJR/Xzxx",
    CHANGE: "BGBA/Bgxx",
    CANCEL_ACCESS: "ZXBA/Zx_xx",
    CANCEL_SUBJECT: "ZXBA/Zx_xx",
    CANCEL_WEBSITE: "ZXBA/Zx_xx",
    MATERIALS: "XZHYD/Fjxx",
    VERIFICATION: "HSJG/Hsjgxx",
    UNFILED: "WBACLJG/Clxx",
}
ADDRESSES = ("Qsip", "Zzip", "IP", "Ip", "Jxip")
# Tag -> the base code table that names its values.
TABLES = {
    "Dwxz": "Dwxz",
    "Zjlx": "Zjlx",
    "Fzr_zjlx": "Zjlx",
    "Nrlx_id": "Nrlx",
    "Fwnr_id": "Fwnr",
    "Yylb_id": "Yylb",
    "Fbdd": "Fbdd",
    "Jrfs": "Jrfs",
    "Zxly": "Zxly",
    "Cljg": "Cljg",
    "Fjyt": "Fjyt",
    "Fjwjgs": "Fjwjgs",
}
# Tag -> its few values.
VALUES = {
    "Bbfs": ("自行报备", "代为报备"),
    "Zxlb": ("主体", "网站", "接入"),
    "Ssdxlx": ("", "主体", "网站"),
    "Hsjg": ("通过", "不通过"),
}
# Of these there may be many: their values stand in one line.
JOINED = ("Ym_xx", "Ip_xx")
LONGEST = 300_000


def shown_xml(content: bytes | str) -> str:
    """A document with line breaks, masked; what is no XML says so. Cut where it is very long."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True, remove_blank_text=True)
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        return f"不是可以解析的 XML：{error}\n共 {len(content):,} 字节"
    for element in root.iter(etree.Element):
        if element.text and not len(element):
            element.text = masked(str(element.tag), element.text)
    text = etree.tostring(root, encoding="unicode", pretty_print=True)
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]}\n…… 其余 {len(text) - LONGEST:,} 个字符未显示"
    return text


@dataclass
class Block:
    """A part of a record under its Chinese name: names and values, in order."""

    title: str
    rows: list[tuple[str, str]] = field(default_factory=list)


def blocks_of(record: str, operation: int) -> list[Block]:
    """A record for reading: its own values, then one block for each of its parts."""
    root = etree.fromstring(record, etree.XMLParser(huge_tree=True))
    path = f"/UploadData/ICP/{RECORD_PATHS[operation]}"
    own, parts = Block(""), []
    for child in root.iterchildren(etree.Element):
        if len(child):
            block = Block(xsd.label_for(f"{path}/{child.tag}"))
            _collect(child, f"{path}/{child.tag}", block)
            parts.append(block)
        else:
            own.rows.append(_row(child, path))
    return [block for block in (own, *parts) if block.rows]


def _collect(element: etree._Element, path: str, block: Block, *, again: bool = False) -> None:
    """again: another one of its kind came before it, so that its values join those."""
    for child in element.iterchildren(etree.Element):
        before = child.getprevious()
        repeated = before is not None and before.tag == child.tag
        if len(child):
            joins = again or (repeated and child.tag in JOINED)
            _collect(child, f"{path}/{child.tag}", block, again=joins)
            continue
        name, value = _row(child, path)
        at = next((at for at in reversed(range(len(block.rows))) if block.rows[at][0] == name), None)
        if at is not None and (again or repeated):
            block.rows[at] = (name, f"{block.rows[at][1]}、{value}")
        else:
            block.rows.append((name, value))


def _row(element: etree._Element, path: str) -> tuple[str, str]:
    tag, value = str(element.tag), (element.text or "").strip()
    label = xsd.label_for(f"{path}/{tag}")
    if tag in ADDRESSES and value.isdigit() and int(value) < 2**32:
        return label, str(IPv4Address(int(value)))
    if tag in TABLES:
        name = codes.table(TABLES[tag]).get(value)
        return label, f"{name}（{value}）" if name else f"{value}（代码表中没有）"
    if tag in VALUES and value.isdigit() and int(value) < len(VALUES[tag]):
        return label, f"{VALUES[tag][int(value)]}（{value}）"
    return label, masked(tag, value)
