"""XZJR 新增接入: one Xzxx for each request. Spec: V.3.0 upload schema, ICP/XZJR/Xzxx (ICPmm is required)."""

from __future__ import annotations

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Owner, Record
from reporting.builders.report import Builder, Extras


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Xzxx. An attachment that names nobody belongs to the website that gets the access."""
    node = etree.Element("Xzxx")
    website = etree.SubElement(node, "Wz_xx")
    blocks.leaf(website, "Wzbah", content.get("website_number"))
    blocks.leaf(website, "Wzid", content.get("website_bureau_id"))
    blocks.leaf(node, "IspJrid", content["access"]["own_id"])
    blocks.connection(node, content["access"])
    number = content.get("website_number")
    own: Owner = ("Baxh", number) if number else ("Jlid", content["website_bureau_id"])
    blocks.attachments(node, content, extras.images, own)
    blocks.leaf(node, "ICPmm", blocks.password_hash(extras.password))
    return [node]


BUILDER = Builder(Operation.NEW_ACCESS, "XZJR", build)
