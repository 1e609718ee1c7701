"""Checks of what no reviewer decides: materials (XZHYD), verification (HSJG), unfiled websites (WBACLJG)."""

from __future__ import annotations

from lxml import etree

from simulator import codes
from simulator.model import MATERIALS, UNFILED, VERIFICATION, CaseItem
from simulator.registry import domain_key
from simulator.rules.blocks import attachment_owner, check_attachments, check_subject, number, text
from simulator.rules.desk import Desk, Request

# Uses of attachments that belong to a website; the others belong to the subject.
WEBSITE_USES = {"1", "4", "5"}
SUBJECT_USES = {"1", "2", "3", "5"}


def materials(record: etree._Element, desk: Desk) -> Request:
    """<Fjxx> of XZHYD: results name what the record named."""
    kind, owner = attachment_owner(record)
    request = Request(
        MATERIALS, bs=owner, name=owner, items=[CaseItem(int(owner) if owner.isdigit() else 0, "")]
    )
    if kind == "1":
        subject = (
            desk.registry.subject(int(owner)) if owner.isdigit() else desk.registry.subject_by_number(owner)
        )
        if subject is None:
            request.find(1058)
        elif desk.unit.isp_id not in subject.providers():
            request.find(1048)
    else:
        found = (
            desk.registry.website(int(owner)) if owner.isdigit() else desk.registry.website_by_number(owner)
        )
        if found is None:
            request.find(1059)
        elif desk.unit.isp_id not in {access.isp_id for access in found[1].accesses}:
            request.find(1048)
    check_attachments([record], request, desk, None)
    use = text(record, "Fjyt")
    if use in codes.table("Fjyt") and use not in (SUBJECT_USES if kind == "1" else WEBSITE_USES):
        request.find(1061)
    return request


def verification_result(record: etree._Element, desk: Desk) -> Request:
    """<Hsjgxx>: results name Ztid."""
    part = record.find("Baxx/Zt_xx")
    assert part is not None
    ztid = number(part, "Ztid")
    request = Request(
        VERIFICATION, bs=str(ztid), name=text(part, "Dwmc"), ztid=ztid, items=[CaseItem(ztid, "")]
    )
    subject = desk.registry.subject(ztid)
    if subject is None:
        request.find(1016)
        return request
    held = {site.wzid: site for site in subject.websites}
    for site in record.findall("Baxx/Wz_xx"):
        own = held.get(number(site, "Wzid"))
        if own is None:
            request.find(1059)
            continue
        if {number(item, "Ymid") for item in site.findall("Ym_xx")} - {item.ymid for item in own.domains}:
            request.find(1016)
        if {number(item, "Jrid") for item in site.findall("Jr_xx")} - {item.jrid for item in own.accesses}:
            request.find(1016)
    check_subject(part, request, desk)
    return request


def unfiled_result(record: etree._Element, desk: Desk) -> Request:
    """<Clxx>: results name the domain."""
    domain = text(record, "Ym")
    request = Request(UNFILED, bs=domain, name=domain, items=[CaseItem(0, domain)])
    asked = desk.lists.unfiled.get(desk.unit.isp_id, {})
    answered = asked.get(domain_key(domain))
    if answered is None:
        request.find(5005)
    elif answered:
        request.find(5006)
    if desk.options.check_reasons and text(record, "Cljg") not in codes.table("Cljg"):
        request.find(5007)
    return request
