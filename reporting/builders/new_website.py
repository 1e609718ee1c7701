"""XZWZ 新增网站: one Xzxx for each request, with one or several websites. Spec: V.3.0 upload schema, ICP/XZWZ/Xzxx."""

from __future__ import annotations

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Owner, Record
from reporting.builders.report import Builder, Extras


def build(content: Record, extras: Extras) -> list[etree._Element]:
    """Build one Xzxx. An attachment of the subject that names nobody belongs to the subject that the request names."""
    node = etree.Element("Xzxx")
    subject = etree.SubElement(node, "Zt_xx")
    blocks.leaf(subject, "Ztbah", content.get("subject_number"))
    blocks.leaf(subject, "Ztid", content.get("subject_bureau_id"))
    for website in content["websites"]:
        blocks.website(node, website, extras.images)
    number = content.get("subject_number")
    own: Owner = ("Baxh", number) if number else ("Jlid", content["subject_bureau_id"])
    blocks.attachments(node, content, extras.images, own)
    if extras.password:
        blocks.leaf(node, "ICPmm", blocks.password_hash(extras.password))
    return [node]


BUILDER = Builder(Operation.NEW_WEBSITE, "XZWZ", build)
