"""The record of a request as it was sent: cut out of the frozen bytes of its file, never written again from data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePath

from lxml import etree

from filing.choices import INDIVIDUAL_NATURE
from filing.masking import mask
from filing.secrets import CannotOpen
from reporting.builders.report import SECTIONS
from reporting.envelope import MOST_XML_BYTES, unzip_one
from reporting.models import DataFile, FileEntry
from xsd.parsing import NotWellFormed, parse

IMAGE_TAGS = frozenset({"Fjnr", "Spwj"})
SECRET_TAGS = frozenset({"Zjhm", "Fzr_zjhm", "Fzr_dhhm", "Fzr_sjhm", "sjhm", "Lxrdh", "Sbrdh"})
PASSWORD_TAGS = frozenset({"ICPmm"})
_REFERENCE = re.compile(rb"&#(\d+);")


class RecordGone(Exception):
    """The bytes cannot be shown: cleared after the time they are kept, or the record is not where it should be."""


@dataclass(frozen=True)
class Cut:
    """The records of one request, cut out of a report as they are in its bytes.

    `position` is the place of the first of them, `count` the number of all records of the report. `references` are the
    code points that the bytes hold as numeric character references, for their encoding lacks them.
    """

    records: list[etree._Element]
    encoding: str
    position: int
    count: int
    references: frozenset[int]
    entry_name: str = ""

    def images(self) -> list[etree._Element]:
        """The elements that hold an image, in the order of the report: the first is number 1."""
        return [each for record in self.records for each in record.iter(*IMAGE_TAGS)]


@dataclass(frozen=True)
class SentRecord:
    """What a request became in a sent file. `xml` is indented, images are shortened.

    `position` is the place of its first record, `count` the number of all records of the file.
    """

    xml: str
    entry_name: str
    encoding: str
    position: int
    count: int


def cut_out(data: bytes, position: int, end: int | None, *, entry_name: str = "") -> Cut:
    """Cut the records from `position` to before `end` (None: to the last) out of the bytes of a report.

    Raises: RecordGone where the bytes do not read, or hold no such record.
    """
    try:
        tree = parse(data)
    except NotWellFormed as error:
        raise RecordGone(f"文件内容读不出来：{error.message}") from error
    records = [record for section in SECTIONS for record in tree.iterfind(f"ICP/{section}/*")]
    mine = records[position - 1 : (end or len(records) + 1) - 1]
    if not mine:
        raise RecordGone(f"文件里只有 {len(records)} 条，没有第 {position} 条。")
    references = frozenset(int(number) for number in set(_REFERENCE.findall(data)))
    return Cut(mine, tree.docinfo.encoding or "", position, len(records), references, entry_name)


def cut_of(entry: FileEntry) -> Cut:
    """Cut the records of an entry out of its file, untouched.

    Raises: RecordGone; EnvelopeBroken where the kept bytes are damaged.
    """
    entry_name, data = file_xml(entry.file)
    return cut_out(data, entry.position, _next_position(entry), entry_name=entry_name)


def file_xml(file: DataFile) -> tuple[str, bytes]:
    """The name and the bytes of the report in a data file. Raises: as `cut_of`."""
    try:
        zip_bytes = file.zip_bytes
    except CannotOpen as error:
        raise RecordGone(f"文件内容解不开：{error}") from error
    if zip_bytes is None:
        raise RecordGone("这份文件的内容已过保存期，只留下了编号与校验值。")
    entry_name, data = unzip_one(zip_bytes, most_bytes=MOST_XML_BYTES)
    return PurePath(entry_name).name, data


def sent_record(entry: FileEntry, *, reveal: bool = False) -> SentRecord:
    """The record of an entry as text.

    Identity numbers and phones are masked unless revealed; the digest of a filing password never shows.
    Raises: as `cut_of`.
    """
    return written(cut_of(entry), reveal=reveal)


def written(cut: Cut, *, reveal: bool = False) -> SentRecord:
    """Records as text, indented. Changes them: what else is read of the cut must be read before."""
    for record in cut.records:
        tidy(record, reveal=reveal)
        etree.indent(record, "  ")
    xml = "\n".join(etree.tostring(record, encoding="unicode", with_tail=False) for record in cut.records)
    return SentRecord(xml, cut.entry_name, cut.encoding, cut.position, cut.count)


def _next_position(entry: FileEntry) -> int | None:
    """Where the records of the next request begin: most requests are one record, materials are several."""
    later = FileEntry.objects.filter(file=entry.file_id, position__gt=entry.position)
    return later.order_by("position").values_list("position", flat=True).first()


def tidy(record: etree._Element, *, reveal: bool, secret: frozenset[str] = SECRET_TAGS) -> None:
    """Shorten images, hide the digest of a filing password; mask `secret` tags unless they are asked for. In place."""
    for element in record.iter(etree.Element):
        text = element.text or ""
        if element.tag in IMAGE_TAGS:
            element.text = f"（图片，base64 共 {len(''.join(text.split())):,} 字符）"
        elif element.tag in PASSWORD_TAGS:
            element.text = "（密码的散列值，不显示）"
        elif not reveal and is_secret(element, secret):
            element.text = masked(text)


def masked(text: str) -> str:
    """Identity numbers or phones, of which one element may hold several."""
    return ";".join(mask(part) for part in text.split(";"))


def is_secret(element: etree._Element, secret: frozenset[str] = SECRET_TAGS) -> bool:
    """Whether an element holds what identifies a person."""
    return element.tag in secret and not _is_public(element)


def _is_public(element: etree._Element) -> bool:
    """The credit code of a unit is public: Zj of a Zt_xx whose Dwxz says that it is no individual."""
    if element.tag != "Zjhm":
        return False
    nature = element.findtext("../../Dwxz")
    return nature is not None and nature != str(INDIVIDUAL_NATURE)
