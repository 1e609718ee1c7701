"""Opening a downloaded document: its tree, what does not conform, and its records one by one.

Spec: V.3.0 download schema, DownloadData.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from reporting.schema import validate
from xsd import Kind, NotWellFormed, XsdUnusable, parse_leniently

MOST_XML_BYTES = 200 * 1024 * 1024
MOST_ODDITIES = 50
LONGEST_KIND = 64
EMPTY = "empty"
"""The kind of a list that holds nothing, which the schema allows: it is shown, and asks nothing of anybody."""

CODE_LISTS = (
    "Dwfl_dms",
    "Dwxz_dms",
    "Qy_dms",
    "Yjfk_Wtfls",
    "Gj_dms",
    "Hyfl_dms",
    "Xzjb_dms",
    "Zjlx_dms",
    "Wzjylx_dms",
    "Wzfwlx_dms",
    "Wzjrfs_dms",
    "Zxly_dms",
    "Wbacl_dms",
    "Hsyj_dms",
    "Ymlx_dms",
    "Fjwjgs_dms",
    "Fjytlx_dms",
    "Yylb_dms",
)
"""The base-code tables of Jcdm_xx: each is one record, for a table is stored as a whole."""

UNIT_LIST = "Bbdwlb"
_CODE_PATHS = {UNIT_LIST: f"JCDM.{UNIT_LIST}"} | {f"Jcdm_xx/{tag}": f"JCDM.{tag}" for tag in CODE_LISTS}

RECORD_PATHS = {
    "ICP/BASJ/Baxx": "BASJ",
    "ICP/ZXSJ/Zxxx": "ZXSJ",
    "ICP/HMDLB/Zthmdxxs": "HMDLB.subject",
    "ICP/HMDLB/Wzhmdxxs": "HMDLB.website",
    "ICP/FFJRHMD/Ffjrxx": "FFJRHMD",
    "ICP/WBAWZLB/Wbawz_xx": "WBAWZLB",
    "ICP/BAJG/Jg_xx": "BAJG.result",
    "ICP/BAJG/GJSHS/Gjsh": "BAJG.decision",
    "ICP/HSRW/Baxx": "HSRW",
    "ICP/HCJG/Jgxx/Zthc": "HCJG.subject",
    "ICP/HCJG/Jgxx/Jrhc": "HCJG.access",
    "ICP/HCJG/Jgxx/Kkwzhc": "HCJG.website",
    "ICP/HCJG/Jgxx/Wzch": "HCJG.alive",
    "ICP/XGTZ/Tzxx": "XGTZ",
    "IP/BAJG/Lyjg": "IP.BAJG.source",
    "IP/BAJG/Fpjg": "IP.BAJG.allocation",
    "IP/BAJG/Gbjs": "IP.BAJG.announcement",
    "IP/BAJG/Zdip": "IP.BAJG.own",
    "IP/HCJG/Jgxx/Yj": "IP.HCJG.outside",
    "IP/HCJG/Jgxx/Ct": "IP.HCJG.conflict",
    "IP/HCJG/Jgxx/Wb": "IP.HCJG.unreported",
    "YM/BAJG/Jg_xx": "YM.BAJG",
    "SJTB/ICP/Baxx": "SJTB.filing",
    "SJTB/IP/Iply/Lyxx": "SJTB.ip_source",
    "SJTB/IP/Ipfp/Fpxx": "SJTB.ip_allocation",
    "SJTB/IP/Ipgb/Gbxx": "SJTB.ip_announcement",
    "SJTB/IP/Zdip/Zdxx": "SJTB.ip_own",
    "SJTB/YM/Ymxx": "SJTB.domain",
} | {f"{start}/{path}": kind for start in ("JCDM", "SJTB/JCDM") for path, kind in _CODE_PATHS.items()}
"""Where records stand below DownloadData, and the name of their kind. What stands elsewhere is a record too, named by
its own path with dots (`ICP.FOO`): nobody knows it, so it is kept and shown."""

_CONTAINERS = frozenset(
    path.rsplit("/", cut)[0] for path in RECORD_PATHS for cut in range(1, path.count("/") + 1)
)
"""What only holds records: the beginnings of all paths."""


@dataclass(frozen=True)
class Record:
    """One record of a download: its kind, its place (1-based over the document) and its XPath."""

    position: int
    kind: str
    path: str
    element: etree._Element


@dataclass(frozen=True)
class Document:
    """A download, opened."""

    records: tuple[Record, ...]
    oddities: list[str] = field(default_factory=list)


def read_document(xml: bytes) -> Document:
    """Open a downloaded document leniently: what does not conform is told, and stops nothing.

    Raises: NotWellFormed where nothing can be read at all.
    """
    tree, overlooked = parse_leniently(xml, max_bytes=MOST_XML_BYTES)
    oddities = [overlooked] if overlooked else []
    oddities += _nonconformities(tree)
    root = tree.getroot()
    if root.tag != "DownloadData":
        oddities.append(f"根元素是 {root.tag}，不是 DownloadData")
    records = tuple(records_of(root))
    if not records:
        oddities.append("文件里没有任何记录")
    return Document(records, oddities)


def _nonconformities(tree: etree._ElementTree) -> list[str]:
    try:
        problems = validate(tree, Kind.DOWNLOAD)
    except XsdUnusable as error:
        # The bureau's own schema file is damaged: that must not keep what it sent from being applied.
        return [f"没有对照模式文件检查：{error}"]
    told = [f"第 {each.line or '?'} 行 {each.path}：{each.explanation}" for each in problems[:MOST_ODDITIES]]
    if len(problems) > MOST_ODDITIES:
        told.append(f"另有 {len(problems) - MOST_ODDITIES} 处不规范，没有逐一列出")
    return told


def records_of(root: etree._Element) -> Iterator[Record]:
    """The records of an opened document in its order, known and unknown: no element is passed over."""
    found = _below(root, "", f"/{_step(root)}")
    for position, (kind, path, element) in enumerate(found, 1):
        yield Record(position, kind, path, element)


def _below(node: etree._Element, path: str, xpath: str) -> Iterator[tuple[str, str, etree._Element]]:
    children = list(node.iterchildren(etree.Element))
    total, seen = Counter(child.tag for child in children), Counter[str]()
    for child in children:
        tag = str(child.tag)
        seen[tag] += 1
        here = f"{path}/{tag}" if path else tag
        place = f"{xpath}/{_step(child)}" + (f"[{seen[tag]}]" if total[tag] > 1 else "")
        if (kind := RECORD_PATHS.get(here)) is not None:
            yield kind, place, child
        elif here not in _CONTAINERS:
            yield here.replace("/", ".")[:LONGEST_KIND], place, child
        elif len(child):
            yield from _below(child, here, place)
        elif (child.text or "").strip():
            yield here.replace("/", ".")[:LONGEST_KIND], place, child
        else:
            yield EMPTY, place, child


def _step(element: etree._Element) -> str:
    """One step of an XPath; a name with a namespace is told by its local part."""
    name = etree.QName(element)
    return f"*[local-name()='{name.localname}']" if name.namespace else name.localname


__all__ = ["Document", "NotWellFormed", "Record", "read_document", "records_of"]
