"""WBACLJG 未备案处理结果: one Clxx for each request. Spec: V.3.0 upload schema, ICP/WBACLJG/Clxx."""

from __future__ import annotations

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Record
from reporting.builders.report import Builder, Extras


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Clxx."""
    node = etree.Element("Clxx")
    blocks.leaf(node, "Ym", content["domain"])
    blocks.leaf(node, "IP", blocks.address_number(content["ip"]))
    blocks.leaf(node, "Yys", content["carrier_id"])
    blocks.leaf(node, "Jrs", content["provider_id"])
    blocks.leaf(node, "Shengid", content["province"])
    blocks.leaf(node, "Cljg", content["result"])
    blocks.leaf(node, "Clyj", content["opinion"])
    blocks.leaf(node, "Rbsj", content["listed_on"])
    blocks.leaf(node, "Clsx", content["due_on"])
    blocks.leaf(node, "Sbrxm", content.get("reporter_name"))
    blocks.leaf(node, "Sbrdh", content.get("reporter_phone"))
    blocks.leaf(node, "Sbrdzyj", content.get("reporter_email"))
    return [node]


BUILDER = Builder(Operation.UNFILED_RESULT, "WBACLJG", build)
