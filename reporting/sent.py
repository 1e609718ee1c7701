"""The record of a request as it was sent: cut out of the frozen bytes of its file, never written again from data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath

from lxml import etree

from filing.choices import INDIVIDUAL_NATURE
from filing.masking import mask
from filing.secrets import CannotOpen
from reporting.builders.report import SECTIONS
from reporting.envelope import MOST_XML_BYTES, unzip_one
from reporting.models import FileEntry
from xsd.parsing import NotWellFormed, parse

IMAGE_TAGS = frozenset({"Fjnr", "Spwj"})
SECRET_TAGS = frozenset({"Zjhm", "Fzr_zjhm", "Fzr_dhhm", "Fzr_sjhm", "sjhm", "Lxrdh"})
PASSWORD_TAGS = frozenset({"ICPmm"})


class RecordGone(Exception):
    """The bytes cannot be shown: cleared after the time they are kept, or the record is not where it should be."""


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


def sent_record(entry: FileEntry, *, reveal: bool = False) -> SentRecord:
    """Cut the record of an entry out of its file.

    Identity numbers and phones are masked unless revealed; the digest of a filing password never shows.
    Raises: RecordGone; EnvelopeBroken where the kept bytes are damaged.
    """
    try:
        zip_bytes = entry.file.zip_bytes
    except CannotOpen as error:
        raise RecordGone(f"文件内容解不开：{error}") from error
    if zip_bytes is None:
        raise RecordGone("这份文件的内容已过保存期，只留下了编号与校验值。")
    entry_name, data = unzip_one(zip_bytes, most_bytes=MOST_XML_BYTES)
    try:
        tree = parse(data)
    except NotWellFormed as error:
        raise RecordGone(f"文件内容读不出来：{error.message}") from error
    records = [record for section in SECTIONS for record in tree.iterfind(f"ICP/{section}/*")]
    mine = records[entry.position - 1 : _next_position(entry, len(records) + 1) - 1]
    if not mine:
        raise RecordGone(f"文件里只有 {len(records)} 条，没有第 {entry.position} 条。")
    for record in mine:
        tidy(record, reveal=reveal)
        etree.indent(record, "  ")
    xml = "\n".join(etree.tostring(record, encoding="unicode", with_tail=False) for record in mine)
    return SentRecord(
        xml, PurePath(entry_name).name, tree.docinfo.encoding or "", entry.position, len(records)
    )


def _next_position(entry: FileEntry, end: int) -> int:
    """Where the records of the next request begin: most requests are one record, materials are several."""
    later = FileEntry.objects.filter(file=entry.file_id, position__gt=entry.position)
    return later.order_by("position").values_list("position", flat=True).first() or end


def tidy(record: etree._Element, *, reveal: bool, secret: frozenset[str] = SECRET_TAGS) -> None:
    """Shorten images, hide the digest of a filing password; mask `secret` tags unless they are asked for. In place."""
    for element in record.iter(etree.Element):
        text = element.text or ""
        if element.tag in IMAGE_TAGS:
            element.text = f"（图片，base64 共 {len(''.join(text.split())):,} 字符）"
        elif element.tag in PASSWORD_TAGS:
            element.text = "（密码的散列值，不显示）"
        elif element.tag in secret and not reveal and not _is_public(element):
            element.text = ";".join(mask(part) for part in text.split(";"))


def _is_public(element: etree._Element) -> bool:
    """The credit code of a unit is public: Zj of a Zt_xx whose Dwxz says that it is no individual."""
    if element.tag != "Zjhm":
        return False
    nature = element.findtext("../../Dwxz")
    return nature is not None and nature != str(INDIVIDUAL_NATURE)
