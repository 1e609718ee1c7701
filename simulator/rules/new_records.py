"""Checks of new filings (XZBA), new websites (XZWZ) and new accesses (XZJR)."""

from __future__ import annotations

from lxml import etree

from simulator.model import (
    CANCEL_SUBJECT,
    CANCEL_WEBSITE,
    CANCELLED,
    NEW_ACCESS,
    NEW_FILING,
    NEW_WEBSITE,
    CaseItem,
    Subject,
)
from simulator.registry import domain_key
from simulator.rules.blocks import (
    certificate_key,
    check_access,
    check_attachments,
    check_new_addresses,
    check_subject,
    check_website,
    number,
    text,
)
from simulator.rules.desk import Desk, Request


def new_filing(record: etree._Element, desk: Desk) -> Request:
    """<Baxx>: results name IspZtid, the decision too."""
    subject = record.find("Zt_xx")
    assert subject is not None
    own_id, name = number(subject, "IspZtid"), text(subject, "Dwmc")
    sites = record.findall("Wz_xx")
    request = Request(
        NEW_FILING,
        bs=str(own_id),
        name=name,
        domains=_domains(sites),
        certificate=certificate_key(subject),
        items=[CaseItem(own_id, name)],
        province=number(subject, "Txdz/Shengid"),
    )
    if desk.options.strict_province and request.province != desk.unit.province:
        request.find(1045)
    if (
        desk.registry.has_own_id("ztid", desk.unit.isp_id, own_id)
        or desk.cases.own_id_in_process(desk.unit.isp_id, NEW_FILING, own_id)
        or desk.registry.certificate_holder(request.certificate) is not None
        or desk.cases.certificate_in_process(request.certificate)
    ):
        request.find(1003)
    check_subject(subject, request, desk)
    _check_sites(sites, request, desk, nature=text(subject, "Dwxz"))
    owners = {("1", str(own_id))} | {("2", text(site, "IspWzid")) for site in sites}
    check_attachments(record.findall("Fj/Fjxx"), request, desk, owners)
    return request


def new_website(record: etree._Element, desk: Desk) -> Request:
    """<Xzxx> of XZWZ: results name what the record gave, decisions one IspWzid each."""
    bs, subject = _find_subject(record, desk)
    sites = record.findall("Wz_xx")
    request = Request(
        NEW_WEBSITE,
        bs=bs,
        name="、".join(text(site, "Wzmc") for site in sites),
        domains=_domains(sites),
        items=[CaseItem(number(site, "IspWzid"), text(site, "Wzmc")) for site in sites],
    )
    if subject is None:
        request.find(1016)
        return request
    request.ztid, request.province = subject.ztid, subject.province
    if subject.state == CANCELLED:
        request.find(1049)
        return request
    if desk.cases.open_about([CANCEL_SUBJECT], ztid=subject.ztid):
        request.find(1042, "主体正在注销中，不允许新增网站")
    if desk.optional_password_is_wrong(record.findtext("ICPmm"), subject.password):
        request.find(1018)
    content = etree.fromstring(subject.content)
    if certificate_key(content) in desk.lists.subjects:
        request.find(1065)
    _check_sites(sites, request, desk, nature=text(content, "Dwxz"))
    owners = {("1", str(subject.ztid)), ("1", subject.number)}
    owners |= {("2", text(site, "IspWzid")) for site in sites}
    check_attachments(record.findall("Fj/Fjxx"), request, desk, owners)
    return request


def new_access(record: etree._Element, desk: Desk) -> Request:
    """<Xzxx> of XZJR: results name IspJrid, the decision too."""
    own_id = number(record, "IspJrid")
    site_number = text(record, "Wz_xx/Wzbah")
    given = site_number or text(record, "Wz_xx/Wzid")
    request = Request(NEW_ACCESS, bs=str(own_id), name=given, items=[CaseItem(own_id, given)])
    registry = desk.registry
    found = registry.website_by_number(given) if site_number else registry.website(int(given))
    if found is None:
        request.find(1016)
        return request
    subject, site = found
    request.ztid, request.wzid, request.province = subject.ztid, site.wzid, subject.province
    request.name, request.items[0].label = subject.name, site.number
    if subject.state == CANCELLED or site.state == CANCELLED:
        request.find(1049 if subject.state == CANCELLED else 1050)
        return request
    if desk.cases.open_about([CANCEL_SUBJECT], ztid=subject.ztid) or desk.cases.open_about(
        [CANCEL_WEBSITE], wzid=site.wzid
    ):
        request.find(1017, "备案正在注销中，不允许新增接入")
    if not desk.password_is_right(record.findtext("ICPmm"), subject.password):
        request.find(1018)
    if desk.registry.has_own_id("jrid", desk.unit.isp_id, own_id) or desk.cases.own_id_in_process(
        desk.unit.isp_id, NEW_ACCESS, own_id
    ):
        request.find(1038)
    if any(access.isp_id == desk.unit.isp_id for access in site.accesses) or _access_in_process(
        site.wzid, desk
    ):
        request.find(1029)
    check_access(record, request, desk)
    check_new_addresses([record], request, desk)
    owners = {("1", str(subject.ztid)), ("1", subject.number), ("2", str(site.wzid)), ("2", site.number)}
    check_attachments(record.findall("Fj/Fjxx"), request, desk, owners)
    return request


def _find_subject(record: etree._Element, desk: Desk) -> tuple[str, Subject | None]:
    number_given = text(record, "Zt_xx/Ztbah")
    if number_given:
        return number_given, desk.registry.subject_by_number(number_given)
    return text(record, "Zt_xx/Ztid"), desk.registry.subject(number(record, "Zt_xx/Ztid"))


def _check_sites(sites: list[etree._Element], request: Request, desk: Desk, *, nature: str) -> None:
    isp_id = desk.unit.isp_id
    keys = [domain_key(name) for name in request.domains]
    if len(set(keys)) != len(keys):
        request.find(1039)
    for site in sites:
        own_id = number(site, "IspWzid")
        if desk.registry.has_own_id("wzid", isp_id, own_id) or desk.cases.own_id_in_process(
            isp_id, NEW_WEBSITE, own_id
        ):
            request.find(1037)
        if any(
            desk.registry.has_own_id("jrid", isp_id, number(item, "IspJrid")) for item in site.iter("Jr_xx")
        ):
            request.find(1038)
        check_website(site, request, desk, nature=nature, held_by=None)
        check_new_addresses(site.findall("Jr_xx"), request, desk)


def _domains(sites: list[etree._Element]) -> list[str]:
    return [text(item, "Ym") for site in sites for item in site.findall("Ym_xx")]


def _access_in_process(wzid: int, desk: Desk) -> bool:
    return any(
        case.operation == NEW_ACCESS and case.wzid == wzid and case.isp_id == desk.unit.isp_id
        for case in desk.cases.open()
    )
