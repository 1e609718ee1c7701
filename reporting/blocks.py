"""One builder for each shared block of an upload: part of a document → lxml element.

Elements are written in the order of the outline, which satisfies sequences and alls alike. Own ids (Isp…) stand in the
document under "own_id". Spec: V.3.0 upload schema, ICP.
"""

from __future__ import annotations

import base64
import hashlib
import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from lxml import etree

from filing.choices import AttachmentOwner

Record = dict[str, Any]
Images = Callable[[str], bytes]
"""Gives the bytes behind an image reference of a document."""

Owner = tuple[str, object]
"""Child of Ssdxbs and its value; an XZBA has the plain number in Ssdxbs itself, under the tag ""."""

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
    leaf(node, mobile_tag, record.get("mobile"))
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
    """Ym_xx 域名. Our number where the operation carries one; the bureau's where it is filed."""
    node = etree.SubElement(parent, "Ym_xx")
    leaf(node, "IspYmid", record.get("own_id"))
    leaf(node, "Ymid", record.get("bureau_id"))
    leaf(node, "Ym", record["name"])


def address_range(parent: etree._Element, record: Record) -> None:
    """Ip_xx IP 段: dotted quads in the document, unsigned 32-bit numbers in XML."""
    node = etree.SubElement(parent, "Ip_xx")
    leaf(node, "IspIpid", record.get("own_id"))
    leaf(node, "Ipid", record.get("bureau_id"))
    leaf(node, "Qsip", address_number(record["start"]))
    leaf(node, "Zzip", address_number(record["end"]))


@lru_cache(maxsize=4096)
def address_number(text: str) -> int:
    """A dotted quad as unsigned 32-bit number."""
    return int(ipaddress.IPv4Address(text))


def connection(node: etree._Element, record: Record) -> None:
    """What a Jr_xx and an XZJR share: where the servers stand, how they are connected, which addresses."""
    codes(node, "Wzfb", "Fbdd", record["server_locations"])
    codes(node, "Wzjrfs", "Jrfs", record["methods"])
    for each in record["ip_ranges"]:
        address_range(node, each)


def access(parent: etree._Element, record: Record) -> None:
    """Jr_xx 接入: a new one goes by our number, a filed one by the bureau's; HSJG adds who reported it."""
    node = etree.SubElement(parent, "Jr_xx")
    leaf(node, "IspJrid", record.get("own_id"))
    leaf(node, "Jrid", record.get("bureau_id"))
    connection(node, record)
    leaf(node, "Bbfs", record.get("filed_by"))


def website(parent: etree._Element, record: Record, images: Images, *, mobile_tag: str = "Fzr_sjhm") -> None:
    """Wz_xx 网站. Shared by XZBA and XZWZ (our number), BGBA and HSJG (the bureau's id; HSJG without languages)."""
    node = etree.SubElement(parent, "Wz_xx")
    leaf(node, "IspWzid", record.get("own_id"))
    leaf(node, "Wzid", record.get("bureau_id"))
    leaf(node, "Wzmc", record["name"])
    pre_approvals(node, record.get("pre_approvals", []), images)
    codes(node, "Fwnr", "Fwnr_id", record["service_contents"])
    if "languages" in record:
        codes(node, "Yylb", "Yylb_id", record["languages"])
    for each in record["domains"]:
        domain(node, each)
    for each in record["accesses"]:
        access(node, each)
    responsible(node, "Wz_Fzr", record["responsible"], mobile_tag=mobile_tag)
    leaf(node, "Baxh", record.get("number"))
    leaf(node, "Syurl", record.get("home_url"))
    leaf(node, "Wz_Bz", record.get("remarks"))


def attachment(parent: etree._Element, record: Record, owner: Owner, images: Images) -> None:
    """Fjxx 附件."""
    node = etree.SubElement(parent, "Fjxx")
    leaf(node, "Fjwjgs", record["format"])
    leaf(node, "Fjyt", record["purpose"])
    leaf(node, "Fjnr", base64_of(images(record["content"])))
    belongs = etree.SubElement(node, "Fjssdx")
    leaf(belongs, "Ssdxlx", OWNER_KINDS[AttachmentOwner(record["owner"])])
    tag, value = owner
    leaf(etree.SubElement(belongs, "Ssdxbs") if tag else belongs, tag or "Ssdxbs", value)
    leaf(node, "Bz", record.get("remarks"))


def attachments(parent: etree._Element, content: Record, images: Images, own: Owner | None = None) -> None:
    """Fj for each attachment of a document. `own` is the owner of one that names none."""
    for record in content.get("attachments", []):
        attachment(etree.SubElement(parent, "Fj"), record, owner_of(record, content, own), images)


def owner_of(record: Record, content: Record, own: Owner | None = None) -> Owner:
    """Who owns an attachment, as Ssdxbs names it.

    Spec: protocol "Owner of an attachment": the bureau's id, the number, or (XZWZ) our number of a new website.
    """
    if "owner_bureau_id" in record:
        return "Jlid", record["owner_bureau_id"]
    if "owner_number" in record:
        return "Baxh", record["owner_number"]
    if "owner_index" in record:
        website = content["websites"][record["owner_index"]]
        return "Jlid", website.get("bureau_id") or website["own_id"]
    if own is None:
        raise KeyError("owner")
    return own


def password_hash(password: str) -> str:
    """ICPmm: MD5 of the filing password in lower-case hex, GBK. Spec: protocol "Filing password"."""
    return hashlib.md5(password.encode("gbk", "xmlcharrefreplace"), usedforsecurity=False).hexdigest()
