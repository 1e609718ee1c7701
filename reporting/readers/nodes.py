"""A record out of its bytes, whatever its bytes: decoded, parsed and mended as far as it goes.

Shape: a record becomes a `Node`, the children of each element by tag in their order; a leaf is its text.
"""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias, Union

from lxml import etree

import xsd
from reporting.choices import Oddity, Remedy
from xsd import Kind

Node: TypeAlias = dict[str, list[Union[str, "Node"]]]


class Deviation(NamedTuple):
    """One thing that is not as it should be. `place` counts from the record down: Wz_xx[1]/Ym_xx[2]/Ym."""

    kind: str
    place: str
    value: str
    words: str
    remedy: str


@dataclass
class Opened:
    """A record, opened. `conforms`: the schema has nothing against it. `node` None: it cannot be read at all.

    `root`: what does not conform, alone in a document of its own, to ask the schema what is wrong.
    """

    node: Node | None
    conforms: bool
    deviations: list[Deviation] = field(default_factory=list)
    root: etree._Element | None = None


_HUGE = 9_000_000
_WRAPPERS = {
    "BASJ": ('<DownloadData version="V.3.0"><ICP><BASJ>', "</BASJ></ICP></DownloadData>"),
    "SJTB.filing": ('<DownloadData version="V.3.0"><SJTB><ICP>', "</ICP></SJTB></DownloadData>"),
}
"""What stands around a record, so that the schema can be asked about it alone."""

_TOKEN = re.compile(r"<(/?)([^\s/>]+)[^>]*>([^<]*)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_REFERENCE = re.compile(r"&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{0,31})?(;?)")
_XML_ENTITIES = frozenset({"amp", "lt", "gt", "quot", "apos"})
_BARE_LESS = re.compile(r"<(?![/A-Za-z_!?])")


_PREFIX = re.compile(r"<(/?)[A-Za-z_][\w.-]*:(?=[A-Za-z_])")
_NOT_PLAIN = ("&", "<!", "<?", "/>")


def parser(size: int, *, recover: bool = False) -> etree.XMLParser:
    """A parser of our own for each record: without entities, network and comments."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
        huge_tree=size > _HUGE,
        recover=recover,
    )


_PLAIN = parser(0)


def decode(data: bytes, encoding: str) -> tuple[str, Deviation | None]:
    """The text of a record. What the encoding of its file lacks is read as another, else replaced by U+FFFD."""
    try:
        return data.decode(encoding), None
    except UnicodeDecodeError:
        pass
    other = "gb18030" if encoding == "utf-8" else "utf-8"
    try:
        text, words = data.decode(other), f"这一条的编码与文件其余部分不同，按 {other.upper()} 读取"
    except UnicodeDecodeError:
        text, words = data.decode("gb18030", "icp-lenient"), "含有读不出来的字节，已替换为 \ufffd"
    return text, Deviation(Oddity.ENCODING, "", "", words, Remedy.MENDED)


def open_record(text: str, kind: str, names: dict[str, str]) -> Opened:
    """Open the text of a filing. `names` are the tags of the interface by their small letters."""
    before, after = _WRAPPERS.get(kind, _WRAPPERS["BASJ"])
    try:
        root = etree.fromstring(f"{before}{text}{after}", _PLAIN if len(text) < _HUGE else parser(len(text)))
    except etree.XMLSyntaxError as error:
        return _mended(text, before, after, names, str(error))
    if xsd.schema(Kind.DOWNLOAD).validate(root):
        plain = not any(mark in text for mark in _NOT_PLAIN)
        return Opened(_of_tokens(text) if plain else _of_element(_record_of(root)), conforms=True)
    return _with_names(root, names, [])


def _record_of(root: etree._Element) -> etree._Element:
    return root[0][0][0]


def _mended(text: str, before: str, after: str, names: dict[str, str], error: str) -> Opened:
    """What is no XML as it stands: known slips are put right, the rest is libxml2's to recover."""
    found: list[Deviation] = []
    cleaned = _FORBIDDEN.sub("\ufffd", text)
    if cleaned != text:
        found.append(Deviation(Oddity.ENCODING, "", "", "含有控制字符，已替换为 \ufffd", Remedy.MENDED))
    mended = _BARE_LESS.sub("&lt;", _REFERENCE.sub(_reference, cleaned))
    if mended != cleaned:
        words = "“&”“<”没有转义，或用了 XML 没有的实体，已改正"
        found.append(Deviation(Oddity.MARKUP, "", "", words, Remedy.MENDED))
    bare = _PREFIX.sub(r"<\1", mended)
    if bare != mended:
        words, mended = "标签带有名称前缀，已去掉", bare
        found.append(Deviation(Oddity.MARKUP, "", "", words, Remedy.MENDED))
    whole = f"{before}{mended}{after}"
    try:
        root = etree.fromstring(whole, parser(len(whole)))
    except etree.XMLSyntaxError:
        first = error.split(", line")[0][:100]
        words = f"标签不配对或不完整，能读的部分已读出（{first}）"
        found.append(Deviation(Oddity.MARKUP, "", "", words, Remedy.IN_PART))
        recovered = etree.fromstring(mended, parser(len(mended), recover=True))
        if recovered is None:
            return Opened(None, False, found)
        root = etree.fromstring(f"{before}{after}", _PLAIN)
        root[0][0].append(recovered)
    return _with_names(root, names, found)


def _reference(found: re.Match[str]) -> str:
    name, end = found[1], found[2]
    if name and name.startswith("#"):
        code = int(name[2:], 16) if name[1] in "xX" else int(name[1:])
        allowed = code in (9, 10, 13) or 32 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD
        is_one = allowed or 0x10000 <= code <= 0x10FFFF
        return f"&{name};" if is_one and end else "\ufffd" if end else f"&amp;{name}"
    if name in _XML_ENTITIES and end:
        return found[0]
    character = html.entities.html5.get(f"{name};") if name and end else None
    return character if character is not None else f"&amp;{name or ''}{end}"


def _with_names(root: etree._Element, names: dict[str, str], found: list[Deviation]) -> Opened:
    """Give every tag the spelling of the interface; namespaces and odd letters are told once."""
    record, renamed = _record_of(root), ""
    for element in record.iter(etree.Element):
        tag = str(element.tag)
        local = tag.rpartition("}")[2].rpartition(":")[2]
        known = names.get(local.lower(), local)
        if known != tag:
            renamed = renamed or tag.rpartition("}")[2]
            element.tag = known
    if renamed:
        words = f"标签写法与接口不同（如 {renamed[:40]}），按同名标签读取"
        found.append(Deviation(Oddity.MARKUP, "", "", words, Remedy.MENDED))
    return Opened(_of_element(record), False, found, root)


def node_of(element: etree._Element) -> Node:
    """An element that was parsed already, as a node."""
    return _of_element(element)


def _of_element(element: etree._Element) -> Node:
    node: Node = {}
    for child in element:
        value = _of_element(child) if len(child) else (child.text or "")
        node.setdefault(str(child.tag), []).append(value)
    return node


def _of_tokens(text: str) -> Node:
    """The same of a text without entities and comments that the schema approved: several times as fast."""
    top: Node = {}
    node = top
    above: list[Node] = []
    last = leaf = ""
    opened = False
    for closes, tag, after in _TOKEN.findall(text):
        if not closes:
            if opened:
                below: Node = {}
                node.setdefault(last, []).append(below)
                above.append(node)
                node = below
            opened, last, leaf = True, tag, after
        elif opened:
            node.setdefault(tag, []).append(leaf)
            opened = False
        elif above:
            node = above.pop()
    record = top.get(text[1 : text.index(">")].split()[0].rstrip("/"), [{}])[0]
    return record if isinstance(record, dict) else {}
