"""ZXBA 注销主体、注销网站、取消接入: one Zx_xx for each request. Spec: V.3.0 upload schema, ICP/ZXBA/Zx_xx."""

from __future__ import annotations

from collections.abc import Callable

from lxml import etree

from filing.choices import Operation
from reporting import blocks
from reporting.blocks import Record
from reporting.builders.report import Builder, Extras

KINDS = {Operation.CANCEL_SUBJECT: 0, Operation.CANCEL_WEBSITE: 1, Operation.CANCEL_ACCESS: 2}
"""Zxlb."""


def _builder(kind: int) -> Callable[[Record, Extras], list[etree._Element]]:
    def build(content: Record, extras: Extras) -> list[etree._Element]:
        node = etree.Element("Zx_xx")
        blocks.leaf(node, "Zxlb", kind)
        blocks.leaf(node, "Jlid", content["bureau_id"])
        blocks.leaf(node, "Zxly", content["reason"])
        blocks.leaf(node, "Zxlybz", content.get("reason_remarks"))
        if extras.password:
            blocks.leaf(node, "ICPmm", blocks.password_hash(extras.password))
        return [node]

    return build


BUILDERS = tuple(Builder(operation, "ZXBA", _builder(kind)) for operation, kind in KINDS.items())
