"""Checks of changes (BGBA) and cancellations (ZXBA)."""

from __future__ import annotations

from lxml import etree

from simulator import codes
from simulator.model import (
    CANCEL_ACCESS,
    CANCEL_SUBJECT,
    CANCEL_WEBSITE,
    CANCELLED,
    CHANGE,
    CaseItem,
    Subject,
    Website,
)
from simulator.rules.blocks import (
    certificate_key,
    check_attachments,
    check_subject,
    check_website,
    number,
    text,
)
from simulator.rules.desk import Desk, Request

ALL_CANCELS = (CANCEL_ACCESS, CANCEL_SUBJECT, CANCEL_WEBSITE)


def change(record: etree._Element, desk: Desk) -> Request:
    """<Bgxx>: results and the decision name Ztid."""
    part = record.find("Zt_xx")
    assert part is not None
    ztid = number(part, "Ztid")
    sites = record.findall("Wz_xx")
    request = Request(CHANGE, bs=str(ztid), name=text(part, "Dwmc"), ztid=ztid)
    request.items = [CaseItem(ztid, request.name)]
    subject = desk.registry.subject(ztid)
    if subject is None or subject.number != text(part, "Baxh"):
        request.find(1016)
        return request
    request.province = subject.province
    if subject.state == CANCELLED:
        request.find(1049)
        return request
    if desk.unit.isp_id not in subject.providers():
        request.find(1048)
        return request
    _check_what_is_open(ztid, request, desk)
    if desk.optional_password_is_wrong(record.findtext("ICPmm"), subject.password):
        request.find(1018)
    if number(part, "Txdz/Shengid") != subject.province:
        request.find(1046)
    holder = desk.registry.certificate_holder(certificate_key(part))
    if holder not in (None, ztid) or desk.cases.certificate_in_process(certificate_key(part)):
        request.find(1003)
    check_subject(part, request, desk)
    for site in sites:
        _check_changed_site(site, subject, request, desk, nature=text(part, "Dwxz"))
    if desk.options.change_unnamed == "return" and _unnamed(sites, subject, desk):
        request.find(1016, "变更备案须列出主体下由本单位接入的全部网站，请核实后再次报备")
    request.domains = _new_domains(sites, desk)
    owners = {("1", str(ztid)), ("1", subject.number)}
    owners |= {("2", value) for site in sites for value in (text(site, "Wzid"), text(site, "Baxh"))}
    check_attachments(record.findall("Fj/Fjxx"), request, desk, owners)
    return request


def cancellation(record: etree._Element, desk: Desk) -> Request:
    """<Zx_xx>: results and the decision name the id that the record carries."""
    kind, record_id = number(record, "Zxlb"), number(record, "Jlid")
    operation = (CANCEL_SUBJECT, CANCEL_WEBSITE, CANCEL_ACCESS)[kind]
    request = Request(operation, bs=str(record_id), name=str(record_id), items=[CaseItem(record_id, "")])
    if desk.options.check_reasons and text(record, "Zxly") not in codes.table("Zxly"):
        request.find(1026)
    if kind == 0:
        _cancel_subject(record_id, record.findtext("ICPmm"), request, desk)
    elif kind == 1:
        _cancel_website(record_id, request, desk)
    else:
        _cancel_access(record_id, request, desk)
    subject = desk.registry.subject(request.ztid or 0) if kind > 0 else None
    if subject is not None and desk.optional_password_is_wrong(record.findtext("ICPmm"), subject.password):
        request.find(1018)
    return request


def _check_what_is_open(ztid: int, request: Request, desk: Desk) -> None:
    """One change at a time (1017), or as many as the option allows to one unit (1051)."""
    most = desk.options.max_changes
    own = [
        case
        for case in desk.cases.open()
        if (case.operation, case.ztid, case.isp_id) == (CHANGE, ztid, desk.unit.isp_id)
    ]
    if most is not None and len(own) >= most:
        request.find(1051)
    if desk.cases.open_about(ALL_CANCELS if most is not None else [CHANGE, *ALL_CANCELS], ztid=ztid):
        request.find(1017)


def _unnamed(sites: list[etree._Element], subject: Subject, desk: Desk) -> bool:
    named = {number(site, "Wzid") for site in sites}
    return any(
        site.wzid not in named
        for site in subject.active_websites()
        if any(access.isp_id == desk.unit.isp_id for access in site.accesses)
    )


def _check_changed_site(
    site: etree._Element, subject: Subject, request: Request, desk: Desk, *, nature: str
) -> None:
    held = next((item for item in subject.websites if item.wzid == number(site, "Wzid")), None)
    if held is None or held.number != text(site, "Baxh"):
        request.find(1016)
        return
    if held.state == CANCELLED:
        request.find(1050)
        return
    own_domains = {item.ymid for item in held.domains}
    if any(number(item, "Ymid") not in own_domains for item in site.findall("Ym_xx") if text(item, "Ymid")):
        request.find(1016)
    for access in site.findall("Jr_xx"):
        _check_changed_access(access, held, request)
    check_website(site, request, desk, nature=nature, held_by=held.wzid)


def _check_changed_access(access: etree._Element, held: Website, request: Request) -> None:
    own = next((item for item in held.accesses if item.jrid == number(access, "Jrid")), None)
    if own is None:
        request.find(1016)
        return
    ranges = {item.ipid for item in own.ranges}
    if any(number(item, "Ipid") not in ranges for item in access.findall("Ip_xx") if text(item, "Ipid")):
        request.find(1023)


def _new_domains(sites: list[etree._Element], desk: Desk) -> list[str]:
    """Only what is new is held back for others while the change is in process."""
    names = [text(item, "Ym") for site in sites for item in site.findall("Ym_xx")]
    return [name for name in names if desk.registry.domain_holder(name) is None]


def _cancel_subject(ztid: int, password: str | None, request: Request, desk: Desk) -> None:
    subject = desk.registry.subject(ztid)
    if subject is None:
        request.find(1016)
        return
    _name_it(request, subject)
    if subject.state == CANCELLED:
        request.find(1049)
        return
    if desk.unit.isp_id not in subject.providers():
        request.find(1048)
    if not desk.password_is_right(password, subject.password):
        request.find(1018)
    if desk.cases.open_about([CANCEL_SUBJECT], ztid=ztid):
        request.find(1027)
    if desk.cases.open_about([CANCEL_WEBSITE], ztid=ztid):
        request.find(1043)
    if desk.cases.open_about([CHANGE], ztid=ztid):
        request.find(1017)


def _cancel_website(wzid: int, request: Request, desk: Desk) -> None:
    found = desk.registry.website(wzid)
    if found is None:
        request.find(1016)
        return
    subject, site = found
    _name_it(request, subject, site)
    if site.state == CANCELLED or subject.state == CANCELLED:
        request.find(1050 if subject.state != CANCELLED else 1049)
        return
    if desk.unit.isp_id not in {access.isp_id for access in site.accesses}:
        request.find(1048)
    if desk.cases.open_about([CANCEL_WEBSITE], wzid=wzid):
        request.find(1030)
    if desk.cases.open_about([CANCEL_SUBJECT], ztid=subject.ztid):
        request.find(1042)


def _cancel_access(jrid: int, request: Request, desk: Desk) -> None:
    found = desk.registry.access(jrid)
    if found is None:
        request.find(1016)
        return
    subject, site, access = found
    _name_it(request, subject, site)
    if site.state == CANCELLED or subject.state == CANCELLED:
        request.find(1050 if subject.state != CANCELLED else 1049)
        return
    if access.isp_id != desk.unit.isp_id:
        request.find(1047)
    if len(site.accesses) == 1:
        request.find(1025)
    if any(case.operation == CANCEL_ACCESS and case.bs == str(jrid) for case in desk.cases.open()):
        request.find(1032)


def _name_it(request: Request, subject: Subject, site: Website | None = None) -> None:
    request.ztid, request.name, request.province = subject.ztid, subject.name, subject.province
    request.wzid = site.wzid if site is not None else None
    request.items[0].label = site.number if site is not None else subject.number
