"""Ready-made download messages: what a bureau says of its own accord. One function a kind, found by name.

Each takes the bureau, the unit and the asked-for values, changes the bureau's own books where the message
means that, and answers the children of <ICP> (or another group by name).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree

from simulator import base_codes, messages
from simulator.list_messages import blacklist, illegal_access, unfiled_websites
from simulator.message_parts import EXAMPLE_ADDRESS, Parts, SendRefused, fill, find_filing, put, remove
from simulator.messages import Decision, Result, local_time
from simulator.model import CANCELLED, Subject, Website

if TYPE_CHECKING:
    from simulator.bureau import Bureau

__all__ = ["KINDS", "SendRefused"]


def notice(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """XGTZ. number or id of a subject or a website, words."""
    subject, site = find_filing(bureau, doc)
    part = etree.Element("XGTZ")
    line = etree.SubElement(part, "Tzxx")
    put(line, "Tzlb", 0 if site is None else 1)
    put(line, "Baxh", subject.number if site is None else site.number)
    put(line, "Jlid", subject.ztid if site is None else site.wzid)
    put(line, "Tznr", doc.get("words") or "备案信息与实际情况不符，请在十个工作日内整改。")
    return "ICP", [part]


def verification_task(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """HSRW for one subject with all its websites."""
    subject, _ = find_filing(bureau, doc)
    part = etree.Element("HSRW")
    line = etree.SubElement(part, "Baxx")
    line.append(_task_subject(subject))
    for site in subject.active_websites():
        line.append(_task_website(site, subject))
    return "ICP", [part]


def check_result(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """HCJG. what: subject, over_reported, under_reported, empty, alive; number or id of the filing."""
    subject, site = find_filing(bureau, doc)
    site = site or subject.websites[0]
    now, what = local_time(bureau.clock()), doc.get("what", "subject")
    part = etree.Element("HCJG")
    group = etree.SubElement(part, "Jgxx")
    if what == "subject":
        kind, number = subject.certificate.split(":", 1)
        line = etree.SubElement(group, "Zthc")
        fill(line, Ztid=subject.ztid, Dwmc=subject.name, Zjlx=kind, Zjhm=number)
        put(line, "Cwyy", doc.get("words") or "证件号码与发证机关的登记不一致")
        return "ICP", [part]
    tag = {"over_reported": "Jrhc", "under_reported": "Jrhc", "empty": "Kkwzhc", "alive": "Wzch"}.get(what)
    if tag is None:
        raise SendRefused(f"check: what {what} is unknown")
    line = etree.SubElement(group, tag)
    fill(line, Wzid=site.wzid, Wz_Baxh=site.number, Hcsj=now)
    if tag == "Jrhc":
        put(line, "Hcjg", 1 if what == "over_reported" else 2)
        put(line, "Bbisp", isp_id)
        if what == "under_reported":
            fill(line, Ym=site.domains[0].name, Jxip=doc.get("ip", EXAMPLE_ADDRESS))
        else:
            put(line, "Jrid", site.accesses[0].jrid)
    elif tag == "Kkwzhc":
        put(line, "Hcjg", 1)
    return "ICP", [part]


def filed_data(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """BASJ of one subject again, or changed elsewhere: set {tag path: text} in the subject or the website named.

    own_ids false leaves the enterprise ids out; foreign_ids true sends another provider's.
    """
    subject, site = find_filing(bureau, doc)
    if doc.get("set"):
        _change_elsewhere(bureau, subject, site, doc["set"])
    part = messages.filed([subject], bureau.conduct.policy(isp_id).reviewer)
    for element in list(part.iter("IspZtid", "IspWzid", "IspYmid", "IspJrid", "IspIpid")):
        if doc.get("foreign_ids"):
            element.text = str(900_000_000 + int(element.text or 0))
        elif not doc.get("own_ids", True):
            remove(element)
    return "ICP", [part]


def cancelled(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """ZXSJ: a subject or a website was cancelled elsewhere; the bureau's books follow."""
    subject, site = find_filing(bureau, doc)
    for item in subject.websites if site is None else [site]:
        item.state = CANCELLED
    if site is None:
        subject.state = CANCELLED
    bureau.registry.save(subject)
    row = (0, subject.ztid) if site is None else (1, site.wzid)
    return "ICP", [messages.cancelled([row])]


def result(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """BAJG with one Jg_xx: codes [[code, words], …], operation?, bs?."""
    codes = tuple((int(code), str(words)) for code, words in doc["codes"])
    return "ICP", [messages.results([Result(codes, doc.get("operation"), doc.get("bs"))])]


def decision(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """BAJG with one Gjsh: approve, words, operation?, id?."""
    row = Decision(
        approved=bool(doc.get("approve", True)),
        words=str(doc.get("words", "")),
        operation=doc.get("operation"),
        jlid=doc.get("id"),
        reviewer=bureau.conduct.policy(isp_id).reviewer,
        at=local_time(bureau.clock()),
    )
    return "ICP", [messages.results([], [row])]


def code_tables(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """JCDM: the reporting units and the base code tables; tables names some of them."""
    units = [] if doc.get("tables") else sorted(bureau.units)
    return "JCDM", base_codes.build(units, doc.get("tables"))


def synchronisation(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """SJTB: all filings under which the unit has an access, or with what "codes" the base code tables."""
    if doc.get("what") == "codes":
        part = etree.Element("JCDM")
        part.extend(base_codes.build(sorted(bureau.units), None))
        return "SJTB", [part]
    mine = bureau.registry.served_by(isp_id)
    if not mine:
        raise SendRefused("sync: this unit has no filings yet")
    part = messages.filed(mine, bureau.conduct.policy(isp_id).reviewer)
    part.tag = "ICP"
    return "SJTB", [part]


KINDS: dict[str, Callable[[Bureau, int, dict[str, Any]], Parts]] = {
    "notice": notice,
    "verification_task": verification_task,
    "blacklist": blacklist,
    "unfiled": unfiled_websites,
    "illegal_access": illegal_access,
    "check": check_result,
    "filed": filed_data,
    "cancelled": cancelled,
    "result": result,
    "decision": decision,
    "codes": code_tables,
    "sync": synchronisation,
}


def _task_subject(subject: Subject) -> etree._Element:
    part, content = etree.Element("Zt_xx"), etree.fromstring(subject.content)
    put(part, "Ztid", subject.ztid)
    for tag in ("Dwmc", "Dwxz", "Txdz", "Zj", "Fzr", "Tzr", "Bz"):
        part.extend(content.findall(tag))
    fill(part, Bbyhlx=subject.filed_by, Scbbsj=subject.first_at, Zjxgsj=subject.changed_at)
    return part


def _task_website(site: Website, subject: Subject) -> etree._Element:
    part = messages.filed_website(site)
    for element in list(part.iter("IspWzid", "IspYmid", "IspJrid", "IspIpid", "Ispid", "Baxh")):
        remove(element)
    for line, access in zip(part.findall("Jr_xx"), site.accesses, strict=True):
        fill(line, Bbyhid=access.isp_id, Bbyhlx=subject.filed_by)
    return part


def _change_elsewhere(bureau: Bureau, subject: Subject, site: Website | None, values: dict[str, str]) -> None:
    owner: Subject | Website = subject if site is None else site
    content = etree.fromstring(owner.content)
    for path, text in values.items():
        element = content.find(path)
        if element is None:
            raise SendRefused(f"filed: {path} is not in the filing")
        element.text = str(text)
    owner.content = etree.tostring(content, encoding="unicode")
    owner.changed_at = local_time(bureau.clock())
    if site is None:
        subject.name = content.findtext("Dwmc") or subject.name
        subject.certificate = f"{content.findtext('Zj/Zjlx')}:{(content.findtext('Zj/Zjhm') or '').upper()}"
    bureau.registry.save(subject)
