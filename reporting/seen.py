"""A report's record as the bureau's form shows it: labels, codes by name, images by number, rare characters marked."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from lxml import etree

from filing.code_tables import CodeTable
from filing.identifiers import format_ipv4
from filing.services import codes
from reporting.sent import IMAGE_TAGS, PASSWORD_TAGS, Cut, is_secret, masked
from xsd import Kind, label_for

TABLES: dict[str, CodeTable] = {
    "Dwxz": CodeTable.NATURE,
    "Zjlx": CodeTable.CERTIFICATE_TYPE,
    "Fzr_zjlx": CodeTable.PERSON_CERTIFICATE_TYPE,
    "Shengid": CodeTable.REGION,
    "Shiid": CodeTable.REGION,
    "Xianid": CodeTable.REGION,
    "Nrlx_id": CodeTable.PRE_APPROVAL_TYPE,
    "Fwnr_id": CodeTable.SERVICE_CONTENT,
    "Yylb_id": CodeTable.LANGUAGE,
    "Fbdd": CodeTable.SERVER_LOCATION,
    "Jrfs": CodeTable.ACCESS_METHOD,
    "Fjwjgs": CodeTable.ATTACHMENT_FORMAT,
    "Fjyt": CodeTable.ATTACHMENT_PURPOSE,
    "Zxly": CodeTable.CANCEL_REASON,
    "Cljg": CodeTable.UNFILED_HANDLING,
    "Yys": CodeTable.REPORTING_UNIT,
    "Jrs": CodeTable.REPORTING_UNIT,
    "Bbdw": CodeTable.REPORTING_UNIT,
}
FIXED: dict[str, dict[str, str]] = {
    "Bbfs": {"0": "自行报备", "1": "代为报备"},
    "Zxlb": {"0": "注销主体", "1": "注销网站", "2": "取消接入"},
    "Hsjg": {"0": "核实通过", "1": "核实不通过"},
    "Ssdxlx": {"1": "主体", "2": "网站"},
}
"""Enumerations of the schema itself. Spec: V.3.0 upload schema."""

GROUPS = frozenset({"Zt_xx", "Wz_xx", "Jr_xx", "Fzr", "Wz_Fzr", "Fj"})
"""Elements that begin a part of the form; everything else is a line in the part around it."""

INNER_GROUPS = frozenset({"Jr_xx", "Fzr", "Wz_Fzr"})

_PLAIN, _BASIC_PLANE = 0x7F, 0xFFFF
_MEDIA = ((b"\xff\xd8\xff", "image/jpeg"), (b"\x89PNG\r\n", "image/png"))


@dataclass(frozen=True)
class Piece:
    """A stretch of a value. `reference` is how a rare character stands in the bytes; `outside`: of the basic plane."""

    text: str
    reference: str = ""
    outside: bool = False


@dataclass(frozen=True)
class Value:
    """One value in words. `beside` is what stands in the XML where that reads otherwise: a code, a number."""

    pieces: tuple[Piece, ...]
    beside: str = ""

    @property
    def text(self) -> str:
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class Picture:
    """An image of the record by its number in it. `characters` of base64, which is what the bureau limits."""

    number: int
    characters: int


@dataclass
class Line:
    """One field: its label, the tags that it stands in, its values, its images."""

    label: str
    tag: str
    values: list[Value] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)


@dataclass
class Part:
    """A part of the form. Level 2 lies in the level 1 before it."""

    title: str
    level: int
    lines: list[Line] = field(default_factory=list)

    def line(self, label: str, tag: str) -> Line:
        """The line of a field: several values of one field share it."""
        found = next((each for each in self.lines if (each.label, each.tag) == (label, tag)), None)
        if found is None:
            found = Line(label, tag)
            self.lines.append(found)
        return found


@dataclass(frozen=True)
class Rare:
    """A character that the encoding lacks, how it was sent, and in which fields."""

    text: str
    reference: str
    point: str
    outside: bool
    fields: tuple[str, ...]


@dataclass
class Paper:
    """A whole record, or several of one request."""

    parts: list[Part] = field(default_factory=list)
    rare: list[Rare] = field(default_factory=list)


def paper_of(cut: Cut, *, reveal: bool = False) -> Paper:
    """Tell the records of a request. Identity numbers and phones are masked unless revealed.

    Shape: parts in the order of the XML. Every element is told, also one that we do not know: by its tag.
    """
    reader = _Reader(cut, reveal)
    for place, record in enumerate(cut.records, 1):
        title = label_for(_path(record), Kind.UPLOAD)
        reader.read(record, reader.begin(f"{title} {place}" if len(cut.records) > 1 else title, 1))
    parts = [part for part in reader.parts if part.lines]
    return Paper(parts, list(reader.rare_characters()))


def image_of(cut: Cut, number: int) -> tuple[bytes, str] | None:
    """Image `number` of a cut as it stands in the bytes, with its media type; None where there is none that is one."""
    images = cut.images()
    if not 1 <= number <= len(images):
        return None
    try:
        data = base64.b64decode("".join((images[number - 1].text or "").split()), validate=True)
    except binascii.Error:
        return None
    return next(((data, media) for head, media in _MEDIA if data.startswith(head)), None)


def _path(element: etree._Element) -> str:
    steps = [element, *element.iterancestors()]
    return "/".join(str(each.tag) for each in reversed(steps))


class _Reader:
    """Goes over a record once, element by element. Each method writes into the part that it is given."""

    def __init__(self, cut: Cut, reveal: bool) -> None:
        self.parts: list[Part] = []
        self._references, self._reveal = cut.references, reveal
        self._numbers = {image: number for number, image in enumerate(cut.images(), 1)}
        self._rare: dict[str, dict[str, None]] = {}
        self._special: dict[str, Callable[[etree._Element, Part], None]] = {
            "Txdz": self._address,
            "Ip_xx": self._range,
            "Ym_xx": self._domain,
            "Nrlx_xx": self._approval,
            "Fjssdx": self._owner,
        }

    def begin(self, title: str, level: int) -> Part:
        self.parts.append(Part(title, level))
        return self.parts[-1]

    def read(self, element: etree._Element, part: Part) -> None:
        """Tell what lies in an element: records within it begin parts of their own."""
        for child in element.iterchildren(etree.Element):
            tag = str(child.tag)
            if tag in GROUPS:
                self.read(child, self.begin(*self._heading(child, element, part)))
            elif tag in self._special:
                self._special[tag](child, part)
            elif len(child):
                self.read(child, part)
            else:
                self._leaf(child, part)

    def _heading(self, element: etree._Element, above: etree._Element, part: Part) -> tuple[str, int]:
        """Title and level of a part; of several alike each has its place."""
        title, alike = label_for(_path(element), Kind.UPLOAD), above.findall(str(element.tag))
        if len(alike) > 1:
            title = f"{title} {alike.index(element) + 1}"
        if element.tag not in INNER_GROUPS:
            return title, 1
        # "主体负责人" names its owner already, "接入 1" does not.
        return (title if title.startswith(part.title) else f"{part.title} · {title}"), 2

    # --- lines

    def _leaf(self, element: etree._Element, part: Part) -> None:
        label, tag, text = label_for(_path(element), Kind.UPLOAD), str(element.tag), element.text or ""
        line = part.line(label, tag)
        if tag in IMAGE_TAGS:
            line.pictures.append(self._picture(element))
        elif tag in PASSWORD_TAGS:
            line.values.append(Value((Piece("已附上"),), "密码的散列值，不显示"))
        elif is_secret(element) and not self._reveal:
            line.values.append(Value((Piece(masked(text)),)))
        elif name := _named(tag, text):
            line.values.append(Value((Piece(name),), f"代码 {text}"))
        elif tag == "IP":
            line.values.append(Value((Piece(_quad(text)),), f"线上为 {text}"))
        else:
            line.values.append(Value(self._pieces(text, label, part)))

    def _picture(self, element: etree._Element) -> Picture:
        return Picture(self._numbers[element], len("".join((element.text or "").split())))

    def _address(self, element: etree._Element, part: Part) -> None:
        told = [element.findtext(tag, "") for tag in ("Shengid", "Shiid", "Xianid")]
        given = [each for each in told if each]
        region = codes.region_path(int(given[-1])) if given and given[-1].isdecimal() else ""
        label = label_for(_path(element), Kind.UPLOAD)
        pieces = (Piece(region or " ".join(given)), *self._pieces(element.findtext("Xxdz", ""), label, part))
        part.line(label, "Txdz").values.append(Value(pieces, f"代码 {' '.join(given)}"))

    def _range(self, element: etree._Element, part: Part) -> None:
        start, end = element.findtext("Qsip", ""), element.findtext("Zzip", "")
        first, last = _quad(start), _quad(end)
        words = first if first == last else f"{first} 至 {last}"
        sent = f"线上为 {start}" if start == end else f"线上为 {start} 至 {end}"
        beside = "，".join([sent, *_ids(element)])
        part.line("IP 段", "Qsip Zzip").values.append(Value((Piece(words),), beside))

    def _domain(self, element: etree._Element, part: Part) -> None:
        pieces = self._pieces(element.findtext("Ym", ""), "域名", part)
        part.line("域名", "Ym").values.append(Value(pieces, "，".join(_ids(element))))

    def _approval(self, element: etree._Element, part: Part) -> None:
        line = part.line("前置或专项审批", "Nrlx_xx")
        kind = element.findtext("Nrlx_id", "")
        number = self._pieces(element.findtext("Qzsph", ""), "审批号", part)
        name = _named("Nrlx_id", kind) or kind
        line.values.append(Value((Piece(f"{name} · "), *number), f"代码 {kind}"))
        line.pictures += [self._picture(scan) for scan in element.iterfind("Spwj")]

    def _owner(self, element: etree._Element, part: Part) -> None:
        kind = element.findtext("Ssdxlx", "")
        holders = element.iter("Ssdxbs", "Jlid", "Baxh")
        named = next((each for each in holders if (each.text or "").strip()), None)
        words = FIXED["Ssdxlx"].get(kind, kind)
        whose = {"Ssdxbs": "企业侧 ID", "Jlid": "记录 ID", "Baxh": "备案号"}
        beside = f"{whose[str(named.tag)]} {(named.text or '').strip()}" if named is not None else ""
        part.line("所属对象", "Fjssdx").values.append(Value((Piece(words),), beside))

    # --- rare characters

    def _pieces(self, text: str, label: str, part: Part) -> tuple[Piece, ...]:
        found: list[Piece] = []
        plain = ""
        for char in text:
            if ord(char) <= _PLAIN or ord(char) not in self._references:
                plain += char
                continue
            found += [Piece(plain)] if plain else []
            found.append(Piece(char, f"&#{ord(char)};", ord(char) > _BASIC_PLANE))
            plain = ""
            self._rare.setdefault(char, {})[f"{part.title} · {label}"] = None
        return (*found, Piece(plain)) if plain or not found else tuple(found)

    def rare_characters(self) -> Iterator[Rare]:
        """Each rare character once, in the order met."""
        for char, fields in self._rare.items():
            point = ord(char)
            yield Rare(char, f"&#{point};", f"U+{point:04X}", point > _BASIC_PLANE, tuple(fields))


def _named(tag: str, text: str) -> str:
    """A code by its name; "" where the tag holds no code or the table lacks it."""
    if tag in FIXED:
        return FIXED[tag].get(text, "")
    table = TABLES.get(tag)
    if table is None or not text.isdecimal():
        return ""
    number = int(text)
    return codes.region_path(number) if table == CodeTable.REGION else codes.name_of(table, number)


def _quad(text: str) -> str:
    return format_ipv4(int(text)) if text.isdecimal() and int(text) < 2**32 else text


def _ids(element: etree._Element) -> list[str]:
    """Numbers of a domain or range beside its value: ours, the bureau's."""
    names = {"IspYmid": "企业侧 ID", "IspIpid": "企业侧 ID", "Ymid": "省局 ID", "Ipid": "省局 ID"}
    found = [(names[str(each.tag)], each.text or "") for each in element if each.tag in names]
    return [f"{name} {text}" for name, text in found]
