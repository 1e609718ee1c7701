"""Ready-made download messages: what a bureau says of its own accord. One function a kind, found by name.

Each takes the bureau, the unit and the asked-for values, changes the bureau's own books where the message
means that, and answers the children of <ICP> (or another group by name).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lxml import etree

from simulator import base_codes, messages
from simulator.messages import Decision, Result, local_time
from simulator.model import CANCELLED, Subject, Website
from simulator.registry import domain_key

if TYPE_CHECKING:
    from simulator.bureau import Bureau

Parts = tuple[str, list[etree._Element]]


class SendRefused(ValueError):
    """The message cannot be built or is not asked for rightly."""


def notice(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """XGTZ. number or id of a subject or a website, words."""
    subject, site = _find(bureau, doc)
    part = etree.Element("XGTZ")
    line = etree.SubElement(part, "Tzxx")
    _put(line, "Tzlb", 0 if site is None else 1)
    _put(line, "Baxh", subject.number if site is None else site.number)
    _put(line, "Jlid", subject.ztid if site is None else site.wzid)
    _put(line, "Tznr", doc.get("words") or "备案信息与实际情况不符，请在十个工作日内整改。")
    return "ICP", [part]


def verification_task(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """HSRW for one subject with all its websites."""
    subject, _ = _find(bureau, doc)
    part = etree.Element("HSRW")
    line = etree.SubElement(part, "Baxx")
    line.append(_task_subject(subject))
    for site in subject.active_websites():
        line.append(_task_website(site, subject))
    return "ICP", [part]


def blacklist(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """HMDLB. subject {name, nature?, type, number} or website {name, domains, url?}; action 0 add, 1, 2 delete.

    From then on the bureau's own checks know it (1064, 1065).
    """
    part, action = etree.Element("HMDLB"), int(doc.get("action", 0))
    if "subject" in doc:
        values = doc["subject"]
        line = etree.SubElement(part, "Zthmdxxs")
        inner = etree.SubElement(line, "Zt_xx")
        _put(inner, "Dwmc", values["name"])
        _put(inner, "Dwxz", values.get("nature"))
        certificate = etree.SubElement(inner, "Zj")
        _put(certificate, "Zjlx", values["type"])
        _put(certificate, "Zjhm", values["number"])
        _listed(bureau.lists.subjects, f"{values['type']}:{str(values['number']).upper()}", action)
    elif "website" in doc:
        values = doc["website"]
        line = etree.SubElement(part, "Wzhmdxxs")
        inner = etree.SubElement(line, "Wz_xx")
        _put(inner, "Wzmc", values["name"])
        for name in values["domains"]:
            _put(etree.SubElement(inner, "Ym_xx"), "Ym", name)
            _listed(bureau.lists.domains, domain_key(name), action)
        _put(inner, "Syurl", values.get("url"))
    else:
        raise SendRefused("blacklist: give subject or website")
    _put(line, "Czlx", action)
    _put(line, "Bz", doc.get("words"))
    bureau.save_lists()
    return "ICP", [part]


def unfiled_websites(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """WBAWZLB. domains, ip (a number); from then on a result for them is expected."""
    part = etree.Element("WBAWZLB")
    now = local_time(bureau.clock())
    asked = bureau.lists.unfiled.setdefault(isp_id, {})
    for name in _names(doc):
        line = etree.SubElement(part, "Wbawz_xx")
        _put(line, "Id", bureau.registry.next_id("unfiled"))
        _put(line, "Wzym_mc", name)
        _put(line, "IP", doc.get("ip", 0xCB007101))
        _put(line, "Dqjcsj", now)
        _put(line, "Jccs", 3)
        _put(line, "Sssh", bureau.units[isp_id].province)
        _put(line, "Scjcsj", now)
        _put(line, "Jrs", isp_id)
        _put(line, "Yys", doc.get("carrier", 1))
        asked[domain_key(name)] = False
    bureau.save_lists()
    return "ICP", [part]


def illegal_access(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """FFJRHMD. domains, ip."""
    part = etree.Element("FFJRHMD")
    for name in _names(doc):
        line = etree.SubElement(part, "Ffjrxx")
        _put(line, "Id", bureau.registry.next_id("illegal"))
        _put(line, "Ym", name)
        _put(line, "Ip", doc.get("ip", 0xCB007101))
        _put(line, "Zjjrz", isp_id)
        _put(line, "Szs", bureau.units[isp_id].province)
        _put(line, "Dqjcsj", local_time(bureau.clock()))
    return "ICP", [part]


def check_result(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """HCJG. what: subject, over_reported, under_reported, empty, alive; number or id of the filing."""
    subject, site = _find(bureau, doc)
    site = site or subject.websites[0]
    now, what = local_time(bureau.clock()), doc.get("what", "subject")
    part = etree.Element("HCJG")
    group = etree.SubElement(part, "Jgxx")
    if what == "subject":
        kind, number = subject.certificate.split(":", 1)
        line = etree.SubElement(group, "Zthc")
        _fill(line, Ztid=subject.ztid, Dwmc=subject.name, Zjlx=kind, Zjhm=number)
        _put(line, "Cwyy", doc.get("words") or "证件号码与发证机关的登记不一致")
        return "ICP", [part]
    tag = {"over_reported": "Jrhc", "under_reported": "Jrhc", "empty": "Kkwzhc", "alive": "Wzch"}.get(what)
    if tag is None:
        raise SendRefused(f"check: what {what} is unknown")
    line = etree.SubElement(group, tag)
    _fill(line, Wzid=site.wzid, Wz_Baxh=site.number, Hcsj=now)
    if tag == "Jrhc":
        _put(line, "Hcjg", 1 if what == "over_reported" else 2)
        _put(line, "Bbisp", isp_id)
        if what == "under_reported":
            _fill(line, Ym=site.domains[0].name, Jxip=doc.get("ip", 0xCB007101))
        else:
            _put(line, "Jrid", site.accesses[0].jrid)
    elif tag == "Kkwzhc":
        _put(line, "Hcjg", 1)
    return "ICP", [part]


def filed_data(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """BASJ of one subject again, or changed elsewhere: set {tag path: text} in the subject or the website named.

    own_ids false leaves the enterprise ids out; foreign_ids true sends another provider's.
    """
    subject, site = _find(bureau, doc)
    if doc.get("set"):
        _change_elsewhere(bureau, subject, site, doc["set"])
    part = messages.filed([subject], bureau.policy.reviewer)
    for element in list(part.iter("IspZtid", "IspWzid", "IspYmid", "IspJrid", "IspIpid")):
        if doc.get("foreign_ids"):
            element.text = str(900_000_000 + int(element.text or 0))
        elif not doc.get("own_ids", True):
            _remove(element)
    return "ICP", [part]


def cancelled(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """ZXSJ: a subject or a website was cancelled elsewhere; the bureau's books follow."""
    subject, site = _find(bureau, doc)
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
        reviewer=bureau.policy.reviewer,
        at=local_time(bureau.clock()),
    )
    return "ICP", [messages.results([], [row])]


def code_tables(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """JCDM: the reporting units and the base code tables; tables names some of them."""
    units = [] if doc.get("tables") else sorted(bureau.units)
    return "JCDM", base_codes.build(units, doc.get("tables"))


def synchronisation(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """SJTB: all filings under which the unit has an access."""
    mine = [
        item
        for item in bureau.registry.subjects.values()
        if isp_id in item.providers() and item.state != CANCELLED
    ]
    if not mine:
        raise SendRefused("sync: this unit has no filings yet")
    part = messages.filed(mine, bureau.policy.reviewer)
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


def _find(bureau: Bureau, doc: dict[str, Any]) -> tuple[Subject, Website | None]:
    """By number or id; without either the first filing there is."""
    registry = bureau.registry
    number, record_id = str(doc.get("number") or ""), int(doc.get("id") or 0)
    subject = registry.subject_by_number(number) or registry.subject(record_id)
    if subject is not None:
        return subject, None
    found = registry.website_by_number(number) or registry.website(record_id)
    if found is not None:
        return found
    first = next((item for item in registry.subjects.values() if item.state != CANCELLED), None)
    if number or record_id or first is None:
        raise SendRefused(f"no filing {number or record_id or 'yet'}")
    return first, None


def _task_subject(subject: Subject) -> etree._Element:
    part, content = etree.Element("Zt_xx"), etree.fromstring(subject.content)
    _put(part, "Ztid", subject.ztid)
    for tag in ("Dwmc", "Dwxz", "Txdz", "Zj", "Fzr", "Tzr", "Bz"):
        part.extend(content.findall(tag))
    _fill(part, Bbyhlx=subject.filed_by, Scbbsj=subject.first_at, Zjxgsj=subject.changed_at)
    return part


def _task_website(site: Website, subject: Subject) -> etree._Element:
    part = messages.filed_website(site)
    for element in list(part.iter("IspWzid", "IspYmid", "IspJrid", "IspIpid", "Ispid", "Baxh")):
        _remove(element)
    for line, access in zip(part.findall("Jr_xx"), site.accesses, strict=True):
        _fill(line, Bbyhid=access.isp_id, Bbyhlx=subject.filed_by)
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


def _names(doc: dict[str, Any]) -> list[str]:
    names = doc.get("domains") or [doc.get("domain")]
    if not all(isinstance(name, str) and name for name in names):
        raise SendRefused("give domain or domains")
    return [str(name) for name in names]


def _listed(held: set[str], key: str, action: int) -> None:
    if action == 2:
        held.discard(key)
    else:
        held.add(key)


def _remove(element: etree._Element) -> None:
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def _fill(parent: etree._Element, **values: object) -> None:
    for tag, value in values.items():
        _put(parent, tag, value)


def _put(parent: etree._Element, tag: str, value: object) -> None:
    if value is not None:
        etree.SubElement(parent, tag).text = str(value)
