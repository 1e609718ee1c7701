"""XZBA 新增备案: one Baxx for each request. Spec: V.3.0 upload schema, ICP/XZBA/Baxx; protocol "Owner of an attachment"."""

from __future__ import annotations

from lxml import etree

from filing.choices import AttachmentOwner, Operation
from reporting import blocks
from reporting.blocks import Record
from reporting.builders.report import Builder, Extras


def _subject(parent: etree._Element, record: Record) -> None:
    node = etree.SubElement(parent, "Zt_xx")
    blocks.leaf(node, "IspZtid", record["own_id"])
    blocks.leaf(node, "Dwmc", record["name"])
    blocks.leaf(node, "Dwxz", record.get("nature"))
    blocks.leaf(node, "Tzr", record.get("investor"))
    blocks.address(node, record["address"])
    blocks.certificate(node, record["certificate"])
    blocks.responsible(node, "Fzr", record["responsible"])
    blocks.leaf(node, "Bbfs", record["filed_by"])
    blocks.leaf(node, "Bz", record.get("remarks"))


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Baxx. Attachments name their owner by our own number (Ssdxbs holds IspZtid or IspWzid)."""
    node = etree.Element("Baxx")
    _subject(node, content["subject"])
    for website in content["websites"]:
        blocks.website(node, website, extras.images)
    for each in content.get("attachments", []):
        is_subjects = each["owner"] == AttachmentOwner.SUBJECT
        owner = content["subject"] if is_subjects else content["websites"][each["owner_index"]]
        blocks.attachment(etree.SubElement(node, "Fj"), each, ("", owner["own_id"]), extras.images)
    return [node]


BUILDER = Builder(Operation.NEW_FILING, "XZBA", build)
