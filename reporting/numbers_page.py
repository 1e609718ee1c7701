"""Both sides of a difference of numbers, as a person sees them. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from reporting import envelope
from reporting.builders.report import SECTIONS
from reporting.errors import EnvelopeBroken
from reporting.models import Link, NumberCheck
from xsd.parsing import NotWellFormed, parse

MOST_SHOWN = 30

SECTION_WORDS = {
    "XZBA": "新增备案",
    "XZWZ": "新增网站",
    "XZJR": "新增接入",
    "BGBA": "变更备案",
    "HSJG": "核实结果",
    "WBACLJG": "未备案处理结果",
    "ZXBA": "注销或取消接入",
    "XZHYD": "核验材料",
}


@dataclass(frozen=True)
class SeenRecord:
    """One record of the bureau's file, as far as it is told: its operation and the names in it."""

    position: int
    operation: str
    names: str


def records_in(check: NumberCheck) -> tuple[list[SeenRecord], int, str]:
    """The first records of the bureau's file, how many there are, and why none are shown."""
    if check.bureau_sequence == 0:
        return [], 0, "管局说还没有收到过文件。"
    if check.bureau_zip is None:
        return [], 0, "管局只给了编号，没有给文件内容。"
    try:
        _name, xml = envelope.unzip_one(bytes(check.bureau_zip))
        tree = parse(xml)
    except (EnvelopeBroken, NotWellFormed) as error:
        return [], 0, f"管局给的文件打不开：{error}"
    records = [(section, each) for section in SECTIONS for each in tree.iterfind(f"ICP/{section}/*")]
    shown = [
        SeenRecord(place, SECTION_WORDS[section], _names(record))
        for place, (section, record) in enumerate(records[:MOST_SHOWN], 1)
    ]
    return shown, len(records), "" if records else "文件里没有备案记录。"


def _names(record: etree._Element) -> str:
    texts = [node.text or "" for tag in ("Dwmc", "Wzmc", "Ym", "Baxh", "Ztbah") for node in record.iter(tag)]
    return "、".join(dict.fromkeys(text.strip() for text in texts if text.strip()))[:200]


def last_checks(link: Link) -> list[NumberCheck]:
    """What earlier comparisons came to, the latest first, without the bytes."""
    return list(link.number_checks.defer("bureau_zip").select_related("decided_by")[:10])
