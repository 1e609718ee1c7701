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


def answer(code: int, *parts: etree._Element, words: str | None = None) -> Answer:
    root = etree.Element("return", version="V.3.0")
    etree.SubElement(root, "msg_code").text = str(code)
    etree.SubElement(root, "msg").text = codes.message(code) if words is None else words
    root.extend(parts)
    return Answer(code, DECLARATION + etree.tostring(root, encoding="unicode"))


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
