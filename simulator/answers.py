"""The documents in `return`: text that declares GBK although it travels inside UTF-8, as the real ones do."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from simulator import codes
from simulator.envelope import Packed

DECLARATION = '<?xml version="1.0" encoding="GBK"?>\n'


@dataclass(frozen=True)
class Answer:
    """One answer: its code and the document."""

    code: int
    text: str
    file_name: str | None = None


def answer(code: int, *parts: etree._Element, words: str | None = None) -> Answer:
    root = etree.Element("return", version="V.3.0")
    etree.SubElement(root, "msg_code").text = str(code)
    etree.SubElement(root, "msg").text = codes.message(code) if words is None else words
    root.extend(parts)
    named = root.findtext("fileInfos/return_FileName") or None
    return Answer(code, DECLARATION + etree.tostring(root, encoding="unicode"), named)


def outside_hours(hours: str) -> str:
    """The words of code 20: its text ends where the hours belong."""
    return codes.message(20) + hours


def styled(text: str, style: str) -> str:
    """The same document as other deployments write it.

    exact: msg filled up to 256, as the schema of answers has it; padded: that, without version, with one more
    element and white space.
    """
    if style == "plain":
        return text
    root = etree.fromstring(text.removeprefix(DECLARATION), etree.XMLParser(huge_tree=True))
    words = root.find("msg")
    if words is not None:
        words.text = (words.text or "").ljust(256)
    if style == "exact":
        return DECLARATION + etree.tostring(root, encoding="unicode")
    del root.attrib["version"]
    etree.SubElement(root, "serverTime").text = "0"
    etree.indent(root)
    return "\n" + DECLARATION + etree.tostring(root, encoding="unicode") + "\n"


def missing(numbers: list[int]) -> Answer:
    """Code 14 with the numbers that must come first; an empty list is sent as no list."""
    if not numbers:
        return answer(14)
    part = etree.Element("dataSequences")
    for number in numbers:
        etree.SubElement(part, "dataSequence").text = str(number)
    return answer(14, part)


def file_infos(packed: Packed | None, file_name: str, sequence: int | None = None) -> etree._Element:
    """The one file of a download, or of the query for the previous upload, which adds the sequence number."""
    part = etree.Element("fileInfos")
    values = {
        "hashAlgorithm": "0",
        "compressionFormat": "0",
        "encryptAlgorithm": "1" if packed and packed.encrypted else "0",
    }
    if sequence is not None:
        values["dataSequence"] = str(sequence)
    values["return_FileName"] = file_name
    values["beianInfo"] = packed.info if packed else ""
    values["beianInfoHash"] = packed.info_hash if packed else ""
    for tag, text in values.items():
        etree.SubElement(part, tag).text = text
    return part
