"""XZHYD 单独提交真实性核验材料: each attachment is a record of its own. Spec: V.3.0 upload schema, ICP/XZHYD/Fjxx."""

from __future__ import annotations

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Record
from reporting.builders.report import Builder, Extras


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Fjxx for each attachment."""
    holder = etree.Element("XZHYD")
    for each in content["attachments"]:
        blocks.attachment(holder, each, blocks.owner_of(each, content), extras.images)
    return list(holder)


BUILDER = Builder(Operation.SUBMIT_MATERIALS, "XZHYD", build)
