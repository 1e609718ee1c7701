"""One record of a download as it came: read again from the kept bytes, never written again from data."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from filing.secrets import CannotOpen
from reporting.envelope import unzip_one
from reporting.errors import EnvelopeBroken
from reporting.models import Download, DownloadItem
from reporting.readers.document import MOST_XML_BYTES, records_of
from reporting.sent import SECRET_TAGS, RecordGone, tidy
from xsd import NotWellFormed, declared_encoding, parse_leniently

PHONES_BESIDES = frozenset({"Shr_dhhm", "Sjhm", "Zcr_dhhm", "Gly_dh", "Jfr_dh"})
"""Phones that only downloads hold: reviewers, bureaus, people behind domains."""

MOST_SHOWN = 200_000
"""Characters of one record: a code table of the whole country would choke the page."""


@dataclass(frozen=True)
class ReceivedRecord:
    """`xml` is indented, images are shortened; `encoding` is the one that the document declares."""

    xml: str
    encoding: str
    cut: bool = False


def received_record(item: DownloadItem, *, reveal: bool = False) -> ReceivedRecord:
    """Cut the record of an item out of its download. Identity numbers and phones are masked unless revealed.

    Raises: RecordGone where the bytes are gone, damaged, or hold no such record.
    """
    element, encoding = received_element(item)
    tidy(element, reveal=reveal, secret=SECRET_TAGS | PHONES_BESIDES)
    etree.indent(element, "  ")
    text = etree.tostring(element, encoding="unicode", with_tail=False)
    return ReceivedRecord(text[:MOST_SHOWN], encoding, len(text) > MOST_SHOWN)


def received_element(item: DownloadItem) -> tuple[etree._Element, str]:
    """The record of an item as it stands in its download, and the encoding that the document declares.

    Raises: RecordGone.
    """
    xml = received_xml(item.download)
    try:
        tree, _overlooked = parse_leniently(xml, max_bytes=MOST_XML_BYTES)
    except NotWellFormed as error:
        raise RecordGone(f"文件内容读不出来：{error}") from error
    found = next((each for each in records_of(tree.getroot()) if each.position == item.position), None)
    if found is None:
        raise RecordGone(f"文件里没有第 {item.position} 条")
    return found.element, declared_encoding(xml)


def received_xml(download: Download) -> bytes:
    """The document as it came. Raises: RecordGone."""
    try:
        zip_bytes = download.zip_bytes
        if zip_bytes is None:
            raise RecordGone("这份来件的内容已过保存期，只留下了校验值和各条的处理结果。")
        return unzip_one(bytes(zip_bytes))[1]
    except (CannotOpen, EnvelopeBroken) as error:
        raise RecordGone(f"来件内容打不开：{error}") from error
