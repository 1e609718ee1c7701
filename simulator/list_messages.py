"""Ready-made messages about what is not filed here: blacklists, unfiled websites, illegal accesses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lxml import etree

from simulator.message_parts import EXAMPLE_ADDRESS, Parts, SendRefused, find_filing, put
from simulator.messages import local_time
from simulator.registry import domain_key

if TYPE_CHECKING:
    from simulator.bureau import Bureau


def blacklist(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """HMDLB. subject {name, nature?, type, number}, or website {name, domains, url?}, or domain, or number or id of
    a filing; action 0 add, 1 change, 2 delete.

    From then on the bureau's own checks know it (1064, 1065).
    """
    part, action = etree.Element("HMDLB"), int(doc.get("action", 0))
    doc = {**doc, **_who(bureau, doc)}
    if "subject" in doc:
        line = etree.SubElement(part, "Zthmdxxs")
        _subject(line, doc["subject"])
        key = f"{doc['subject']['type']}:{str(doc['subject']['number']).upper()}"
        _list(bureau.lists.subjects, key, action)
    else:
        line = etree.SubElement(part, "Wzhmdxxs")
        _website(line, doc["website"])
        for name in doc["website"]["domains"]:
            _list(bureau.lists.domains, domain_key(name), action)
    put(line, "Czlx", action)
    put(line, "Bz", doc.get("words"))
    bureau.save_lists()
    return "ICP", [part]


def unfiled_websites(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """WBAWZLB. domains, ip (a number); from then on a result for them is expected."""
    part = etree.Element("WBAWZLB")
    now = local_time(bureau.clock())
    asked = bureau.lists.unfiled.setdefault(isp_id, {})
    for name in _names(doc):
        line = etree.SubElement(part, "Wbawz_xx")
        put(line, "Id", bureau.registry.next_id("unfiled"))
        put(line, "Wzym_mc", name)
        put(line, "IP", doc.get("ip", EXAMPLE_ADDRESS))
        put(line, "Dqjcsj", now)
        put(line, "Jccs", 3)
        put(line, "Sssh", bureau.units[isp_id].province)
        put(line, "Scjcsj", now)
        put(line, "Jrs", isp_id)
        put(line, "Yys", doc.get("carrier", 1))
        asked[domain_key(name)] = False
    bureau.save_lists()
    return "ICP", [part]


def illegal_access(bureau: Bureau, isp_id: int, doc: dict[str, Any]) -> Parts:
    """FFJRHMD. domains, ip."""
    part = etree.Element("FFJRHMD")
    for name in _names(doc):
        line = etree.SubElement(part, "Ffjrxx")
        put(line, "Id", bureau.registry.next_id("illegal"))
        put(line, "Ym", name)
        put(line, "Ip", doc.get("ip", EXAMPLE_ADDRESS))
        put(line, "Zjjrz", isp_id)
        put(line, "Szs", bureau.units[isp_id].province)
        put(line, "Dqjcsj", local_time(bureau.clock()))
    return "ICP", [part]


def _who(bureau: Bureau, doc: dict[str, Any]) -> dict[str, Any]:
    """Whom a blacklist shall name. Raises: SendRefused."""
    if "subject" in doc or "website" in doc:
        return {}
    if doc.get("domain"):
        return {"website": {"name": doc["domain"], "domains": [doc["domain"]]}}
    if not (doc.get("number") or doc.get("id")):
        raise SendRefused("blacklist: give subject, website, domain, number or id")
    subject, site = find_filing(bureau, doc)
    if site is not None:
        name = etree.fromstring(site.content).findtext("Wzmc") or site.number
        return {"website": {"name": name, "domains": [item.name for item in site.domains]}}
    kind, number = subject.certificate.split(":", 1)
    return {"subject": {"name": subject.name, "type": kind, "number": number}}


def _subject(line: etree._Element, values: dict[str, Any]) -> None:
    inner = etree.SubElement(line, "Zt_xx")
    put(inner, "Dwmc", values["name"])
    put(inner, "Dwxz", values.get("nature"))
    certificate = etree.SubElement(inner, "Zj")
    put(certificate, "Zjlx", values["type"])
    put(certificate, "Zjhm", values["number"])


def _website(line: etree._Element, values: dict[str, Any]) -> None:
    inner = etree.SubElement(line, "Wz_xx")
    put(inner, "Wzmc", values["name"])
    for name in values["domains"]:
        put(etree.SubElement(inner, "Ym_xx"), "Ym", name)
    put(inner, "Syurl", values.get("url"))


def _list(held: set[str], key: str, action: int) -> None:
    if action == 2:
        held.discard(key)
    else:
        held.add(key)


def _names(doc: dict[str, Any]) -> list[str]:
    names = doc.get("domains") or [doc.get("domain")]
    if not all(isinstance(name, str) and name for name in names):
        raise SendRefused("give domain or domains")
    return [str(name) for name in names]
