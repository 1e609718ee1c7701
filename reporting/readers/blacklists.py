"""Blacklists. Spec: V.3.0 download schema, ICP/HMDLB (two lists) and ICP/FFJRHMD."""

from __future__ import annotations

from lxml import etree

from filing.blacklist_data import (
    BlacklistedSubjectData,
    BlacklistedWebsiteData,
    IllegalAccessData,
    ListAction,
)
from reporting.readers import elements
from reporting.readers.elements import address, moment, number, positive, required_part, required_text, text


def read_blacklisted_subject(node: etree._Element) -> BlacklistedSubjectData:
    """Zthmdxxs. Raises: elements.Unreadable without action or certificate: nothing else names the subject."""
    subject = required_part(node, "Zt_xx")
    certificate = required_part(subject, "Zj")
    return BlacklistedSubjectData(
        action=_action(node),
        certificate_type=elements.required_number(certificate, "Zjlx"),
        certificate_number=required_text(certificate, "Zjhm"),
        name=text(subject, "Dwmc"),
        nature=number(subject, "Dwxz"),
        remarks=text(node, "Bz"),
    )


def read_blacklisted_website(node: etree._Element) -> BlacklistedWebsiteData:
    """Wzhmdxxs. Raises: elements.Unreadable without action or any domain."""
    website = required_part(node, "Wz_xx")
    domains = tuple(filter(None, (text(each, "Ym") for each in elements.children(website, "Ym_xx"))))
    if not domains:
        raise elements.Unreadable("Wz_xx 没有域名 Ym")
    return BlacklistedWebsiteData(
        action=_action(node),
        domains=domains,
        name=text(website, "Wzmc"),
        home_url=text(website, "Syurl"),
        remarks=text(node, "Bz"),
    )


def read_illegal_access(node: etree._Element) -> IllegalAccessData:
    """Ffjrxx. Raises: elements.Unreadable without a domain."""
    return IllegalAccessData(
        domain=required_text(node, "Ym"),
        bureau_id=positive(node, "Id"),
        address=address(node, "Ip"),
        provider_id=positive(node, "Zjjrz"),
        province=positive(node, "Szs"),
        detected_at=moment(node, "Dqjcsj"),
        remarks=text(node, "Bz"),
    )


def _action(node: etree._Element) -> ListAction:
    action = elements.required_number(node, "Czlx")
    try:
        return ListAction(action)
    except ValueError as error:
        words = f"{node.tag} 的 Czlx 是 {action}，不是 0（增加）、1（修改）或 2（删除）"
        raise elements.Unreadable(words) from error
