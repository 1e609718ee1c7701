"""One builder for each shared block of an upload: part of a document → lxml element.

Elements are written in the order of the outline, which satisfies sequences and alls alike. Own ids (Isp…) stand in the
document under "own_id". Spec: V.3.0 upload schema, ICP.
"""

from __future__ import annotations

import base64
import ipaddress
from collections.abc import Callable
from typing import Any

from lxml import etree

from filing.choices import AttachmentOwner

Record = dict[str, Any]
Images = Callable[[str], bytes]
"""Gives the bytes behind an image reference of a document."""

OWNER_KINDS = {AttachmentOwner.SUBJECT: 1, AttachmentOwner.WEBSITE: 2}


def leaf(parent: etree._Element, tag: str, value: object) -> None:
    """Append an element with text; None and "" (left out in the document) append nothing."""
    if value is not None and value != "":
        etree.SubElement(parent, tag).text = str(value)


def address(parent: etree._Element, record: Record) -> None:
    """Txdz 通信地址."""
    node = etree.SubElement(parent, "Txdz")
    leaf(node, "Shengid", record["province"])
    leaf(node, "Shiid", record["city"])
    leaf(node, "Xianid", record.get("county"))
    leaf(node, "Xxdz", record.get("detail"))


def certificate(parent: etree._Element, record: Record) -> None:
    """Zj 证件."""
    node = etree.SubElement(parent, "Zj")
    leaf(node, "Zjlx", record["type"])
    leaf(node, "Zjhm", record["number"])
    leaf(node, "Zjzs", record["address"])


def responsible(parent: etree._Element, tag: str, record: Record, *, mobile_tag: str = "Fzr_sjhm") -> None:
    """Fzr, Wz_Fzr 负责人. HSJG spells the mobile number `sjhm`."""
    node = etree.SubElement(parent, tag)
    leaf(node, "Fzr_xm", record.get("name"))
    leaf(node, "Fzr_dhhm", record.get("office_phone"))
    leaf(node, mobile_tag, record["mobile"])
    leaf(node, "Fzr_dzyj", record["email"])
    leaf(node, "Msn", record.get("msn"))
    leaf(node, "Qq", record.get("qq"))
    leaf(node, "Fzr_zjlx", record.get("certificate_type"))
    leaf(node, "Fzr_zjhm", record.get("certificate_number"))


def codes(parent: etree._Element, tag: str, item_tag: str, values: list[int]) -> None:
    """A list of codes: Fwnr, Yylb, Wzfb, Wzjrfs."""
    node = etree.SubElement(parent, tag)
    for value in values:
        leaf(node, item_tag, value)


def base64_of(data: bytes) -> str:
    """Binary content as it stands in XML."""
    return base64.b64encode(data).decode()


def pre_approvals(parent: etree._Element, records: list[Record], images: Images) -> None:
    """Nrlx 前置审批; left out where there are none."""
    if not records:
        return
    node = etree.SubElement(parent, "Nrlx")
    for record in records:
        item = etree.SubElement(node, "Nrlx_xx")
        leaf(item, "Nrlx_id", record["type"])
        leaf(item, "Qzsph", record["number"])
        for scan in record["scans"]:
            leaf(item, "Spwj", base64_of(images(scan)))


def domain(parent: etree._Element, record: Record) -> None:
    """Ym_xx 域名."""
    node = etree.SubElement(parent, "Ym_xx")
    leaf(node, "IspYmid", record["own_id"])
    leaf(node, "Ym", record["name"])


def address_range(parent: etree._Element, record: Record) -> None:
    """Ip_xx IP 段: dotted quads in the document, unsigned 32-bit numbers in XML."""
    node = etree.SubElement(parent, "Ip_xx")
    leaf(node, "IspIpid", record["own_id"])
    leaf(node, "Qsip", int(ipaddress.IPv4Address(record["start"])))
    leaf(node, "Zzip", int(ipaddress.IPv4Address(record["end"])))


def connection(node: etree._Element, record: Record) -> None:
    """What a Jr_xx and an XZJR share: where the servers stand, how they are connected, which addresses."""
    codes(node, "Wzfb", "Fbdd", record["server_locations"])
    codes(node, "Wzjrfs", "Jrfs", record["methods"])
    for each in record["ip_ranges"]:
        address_range(node, each)


def access(parent: etree._Element, record: Record) -> None:
    """Jr_xx 接入."""
    node = etree.SubElement(parent, "Jr_xx")
    leaf(node, "IspJrid", record["own_id"])
    connection(node, record)


def website(parent: etree._Element, record: Record, images: Images) -> None:
    """Wz_xx 网站, as XZBA and XZWZ have it."""
    node = etree.SubElement(parent, "Wz_xx")
    leaf(node, "IspWzid", record["own_id"])
    leaf(node, "Wzmc", record["name"])
    pre_approvals(node, record.get("pre_approvals", []), images)
    codes(node, "Fwnr", "Fwnr_id", record["service_contents"])
    codes(node, "Yylb", "Yylb_id", record["languages"])
    for each in record["domains"]:
        domain(node, each)
    for each in record["accesses"]:
        access(node, each)
    responsible(node, "Wz_Fzr", record["responsible"])
    leaf(node, "Syurl", record.get("home_url"))
    leaf(node, "Wz_Bz", record.get("remarks"))


def attachment(parent: etree._Element, record: Record, owner_ids: dict[str, str], images: Images) -> None:
    """Fj/Fjxx 附件.

    `owner_ids` are the children of Ssdxbs by tag; an XZBA has the plain number there, given as {"": number}.
    """
    node = etree.SubElement(etree.SubElement(parent, "Fj"), "Fjxx")
    leaf(node, "Fjwjgs", record["format"])
    leaf(node, "Fjyt", record["purpose"])
    leaf(node, "Fjnr", base64_of(images(record["content"])))
    owner = etree.SubElement(node, "Fjssdx")
    leaf(owner, "Ssdxlx", OWNER_KINDS[AttachmentOwner(record["owner"])])
    if "" in owner_ids:
        leaf(owner, "Ssdxbs", owner_ids[""])
    else:
        ids = etree.SubElement(owner, "Ssdxbs")
        for tag, value in owner_ids.items():
            leaf(ids, tag, value)
    leaf(node, "Bz", record.get("remarks"))
