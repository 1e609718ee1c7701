"""HSJG 核实结果: one Hsjgxx for each request. Spec: V.3.0 upload schema, ICP/HSJG/Hsjgxx (mobile is spelled sjhm)."""

from __future__ import annotations

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Record
from reporting.builders.report import Builder, Extras

MOBILE_TAG = "sjhm"


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Hsjgxx. Where the document names no unit, the reporting unit itself verified."""
    node = etree.Element("Hsjgxx")
    blocks.leaf(node, "Hsjg", content["result"])
    blocks.leaf(node, "Hsrxm", content["verifier"])
    blocks.leaf(node, "Hssj", content["date"])
    blocks.leaf(node, "Bbdw", content.get("unit_id") or extras.isp_id)
    blocks.leaf(node, "Hsyj", content["opinion"])
    blocks.leaf(node, "Cwxx", content.get("error"))
    filed = etree.SubElement(node, "Baxx")
    _subject(filed, content["subject"])
    for website in content["websites"]:
        blocks.website(filed, website, extras.images, mobile_tag=MOBILE_TAG)
    return [node]


def _subject(parent: etree._Element, record: Record) -> None:
    node = etree.SubElement(parent, "Zt_xx")
    blocks.leaf(node, "Ztid", record["bureau_id"])
    blocks.leaf(node, "Dwmc", record["name"])
    blocks.leaf(node, "Dwxz", record.get("nature"))
    blocks.address(node, record["address"])
    blocks.leaf(node, "Tzr", record.get("investor"))
    blocks.certificate(node, record["certificate"])
    blocks.responsible(node, "Fzr", record["responsible"], mobile_tag=MOBILE_TAG)
    blocks.leaf(node, "Bz", record.get("remarks"))


BUILDER = Builder(Operation.VERIFICATION_RESULT, "HSJG", build)
