"""Carries approved cases out: what changes in the filings of this bureau."""

from __future__ import annotations

from dataclasses import dataclass, field

from lxml import etree

from simulator import codes
from simulator.messages import local_time
from simulator.model import (
    CANCEL_ACCESS,
    CANCEL_SUBJECT,
    CANCEL_WEBSITE,
    CANCELLED,
    CHANGE,
    NEW_ACCESS,
    NEW_FILING,
    NEW_WEBSITE,
    Access,
    Case,
    Domain,
    IpRange,
    Subject,
    Website,
)
from simulator.options import Options
from simulator.registry import Registry, domain_key
from simulator.rules.blocks import certificate_key, number, text

SUBJECT_IDS = ("IspZtid", "Ztid", "Bbfs", "Baxh")
WEBSITE_IDS = ("IspWzid", "Wzid", "Ym_xx", "Jr_xx", "Baxh")


@dataclass
class Outcome:
    """What approval changed: the subject, its websites that are new or other than before, and those that are gone."""

    subject: Subject
    changed: set[int] = field(default_factory=set)
    gone: set[int] = field(default_factory=set)


def carry_out(case: Case, registry: Registry, now: float, options: Options) -> Outcome | None:
    """Apply what was approved; None where the subject no longer exists.

    Of a case with several websites only the approved ones are filed.
    """
    record = etree.fromstring(case.record)
    if case.operation == NEW_FILING:
        subject = _file_subject(case, record, registry, now, options.filing_password)
        return Outcome(subject, {site.wzid for site in subject.websites})
    held = registry.subject(case.ztid or 0)
    if held is None:
        return None
    outcome = Outcome(held)
    if case.operation == NEW_WEBSITE:
        approved = {item.jlid for item in case.items if item.approved}
        for part in record.findall("Wz_xx"):
            if number(part, "IspWzid") in approved:
                outcome.changed.add(_file_website(held, part, case.isp_id, registry, now).wzid)
    elif case.operation == NEW_ACCESS:
        for site in held.websites:
            if site.wzid == case.wzid:
                site.accesses.append(_new_access(record, case.isp_id, registry))
                site.changed_at = local_time(now)
        outcome.changed.add(case.wzid or 0)
    elif case.operation == CHANGE:
        _change_subject(outcome, record, case.isp_id, registry, now)
        if options.change_unnamed == "drop":
            _drop_unnamed(outcome)
    else:
        _cancel(held, case)
        outcome.changed.add(case.wzid or 0)
    held.changed_at = local_time(now)
    registry.save(held)
    return outcome


def _file_subject(
    case: Case, record: etree._Element, registry: Registry, now: float, password: str | None
) -> Subject:
    part = record.find("Zt_xx")
    assert part is not None
    province = number(part, "Txdz/Shengid")
    subject = Subject(
        ztid=registry.next_id("ztid"),
        isp_ztid=number(part, "IspZtid"),
        isp_id=case.isp_id,
        number=next_number(province, registry, now),
        province=province,
        name=text(part, "Dwmc"),
        certificate=certificate_key(part),
        content=_without(part, SUBJECT_IDS),
        filed_by=text(part, "Bbfs"),
        password=password,
        first_at=local_time(now),
        changed_at=local_time(now),
    )
    for site in record.findall("Wz_xx"):
        _file_website(subject, site, case.isp_id, registry, now)
    registry.save(subject)
    return subject


def next_number(province: int, registry: Registry, now: float) -> str:
    """The next subject number of a province: abbreviation, year, six digits."""
    year = local_time(now)[:4]
    mark = codes.abbreviation(province)
    serial = registry.next_id(f"number:{mark}:{year}")
    return f"{mark}ICP备{year}{serial:06d}号"


def _file_website(
    subject: Subject, part: etree._Element, isp_id: int, registry: Registry, now: float
) -> Website:
    website = Website(
        wzid=registry.next_id("wzid"),
        isp_wzid=number(part, "IspWzid"),
        number=f"{subject.number}-{subject.next_website}",
        content=_without(part, WEBSITE_IDS),
        first_at=local_time(now),
        changed_at=local_time(now),
        home_url=text(part, "Syurl"),
        domains=[_new_domain(item, registry) for item in part.findall("Ym_xx")],
        accesses=[_new_access(item, isp_id, registry) for item in part.findall("Jr_xx")],
    )
    subject.next_website += 1
    subject.websites.append(website)
    return website


def _new_domain(part: etree._Element, registry: Registry) -> Domain:
    return Domain(registry.next_id("ymid"), number(part, "IspYmid") or None, text(part, "Ym"))


def _new_access(part: etree._Element, isp_id: int, registry: Registry) -> Access:
    return Access(
        jrid=registry.next_id("jrid"),
        isp_jrid=number(part, "IspJrid") or None,
        isp_id=isp_id,
        content=_access_content(part),
        ranges=[_new_range(item, registry) for item in part.findall("Ip_xx")],
    )


def _new_range(part: etree._Element, registry: Registry) -> IpRange:
    ipid = number(part, "Ipid") or registry.next_id("ipid")
    return IpRange(ipid, number(part, "IspIpid") or None, number(part, "Qsip"), number(part, "Zzip"))


def _access_content(part: etree._Element) -> str:
    content = etree.Element("Jr_xx")
    for tag in ("Wzfb", "Wzjrfs"):
        content.extend([etree.fromstring(etree.tostring(item)) for item in part.findall(tag)])
    return etree.tostring(content, encoding="unicode")


def _change_subject(
    outcome: Outcome, record: etree._Element, isp_id: int, registry: Registry, now: float
) -> None:
    """Websites that the change does not name stay; of accesses only the unit's own are changed."""
    part, subject = record.find("Zt_xx"), outcome.subject
    assert part is not None
    subject.name, subject.certificate = text(part, "Dwmc"), certificate_key(part)
    subject.content = _without(part, SUBJECT_IDS)
    held = {site.wzid: site for site in subject.active_websites()}
    for item in record.findall("Wz_xx"):
        site = held.get(number(item, "Wzid"))
        if site is not None:
            _change_website(site, item, isp_id, registry)
            site.changed_at = local_time(now)
            outcome.changed.add(site.wzid)


def _drop_unnamed(outcome: Outcome) -> None:
    """As a bureau does that takes a change for the whole: what it does not name is gone."""
    for site in outcome.subject.active_websites():
        if site.wzid not in outcome.changed:
            site.state = CANCELLED
            outcome.gone.add(site.wzid)


def _change_website(site: Website, part: etree._Element, isp_id: int, registry: Registry) -> None:
    site.content = _without(part, WEBSITE_IDS)
    site.home_url = text(part, "Syurl")
    known = {domain_key(item.name): item for item in site.domains}
    by_id = {item.ymid: item for item in site.domains}
    domains = []
    for item in part.findall("Ym_xx"):
        domain = by_id.get(number(item, "Ymid")) or known.get(domain_key(text(item, "Ym")))
        if domain is None:
            domain = _new_domain(item, registry)
        domain.name, domain.isp_ymid = text(item, "Ym"), number(item, "IspYmid") or domain.isp_ymid
        domains.append(domain)
    site.domains = domains
    for item in part.findall("Jr_xx"):
        access = next((own for own in site.accesses if own.jrid == number(item, "Jrid")), None)
        if access is not None and access.isp_id == isp_id:
            access.content = _access_content(item)
            access.ranges = [_new_range(part, registry) for part in item.findall("Ip_xx")]


def _cancel(subject: Subject, case: Case) -> None:
    if case.operation == CANCEL_SUBJECT:
        subject.state = CANCELLED
        for site in subject.websites:
            site.state = CANCELLED
    elif case.operation == CANCEL_WEBSITE:
        for site in subject.websites:
            if site.wzid == case.wzid:
                site.state = CANCELLED
    elif case.operation == CANCEL_ACCESS:
        for site in subject.websites:
            site.accesses = [item for item in site.accesses if str(item.jrid) != case.bs]


def _without(part: etree._Element, tags: tuple[str, ...]) -> str:
    copy = etree.Element(part.tag)
    for child in part:
        if child.tag not in tags:
            copy.append(etree.fromstring(etree.tostring(child)))
    return etree.tostring(copy, encoding="unicode")
