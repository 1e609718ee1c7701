"""BGBA 变更备案: one Bgxx for each request, with all websites of the subject. Spec: V.3.0 upload schema, ICP/BGBA/Bgxx."""

from __future__ import annotations

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Record
from reporting.builders.report import Builder, Extras


def _subject(parent: etree._Element, record: Record) -> None:
    node = etree.SubElement(parent, "Zt_xx")
    blocks.leaf(node, "Ztid", record["bureau_id"])
    blocks.leaf(node, "Dwmc", record["name"])
    blocks.leaf(node, "Baxh", record["number"])
    blocks.leaf(node, "Dwxz", record.get("nature"))
    blocks.leaf(node, "Tzr", record.get("investor"))
    blocks.address(node, record["address"])
    blocks.certificate(node, record["certificate"])
    blocks.responsible(node, "Fzr", record["responsible"])
    blocks.leaf(node, "Bz", record.get("remarks"))


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Bgxx. What is new in a website (domain, range) has our number and no id of the bureau."""
    node = etree.Element("Bgxx")
    _subject(node, content["subject"])
    for website in content["websites"]:
        blocks.website(node, website, extras.images)
    blocks.attachments(node, content, extras.images, ("Jlid", content["subject"]["bureau_id"]))
    if extras.password:
        blocks.leaf(node, "ICPmm", blocks.password_hash(extras.password))
    return [node]


BUILDER = Builder(Operation.CHANGE, "BGBA", build)
