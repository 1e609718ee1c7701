"""Check results. Spec: V.3.0 download schema, ICP/HCJG/Jgxx.

Hcjg has two meanings: of an access 1 is reported too much, 2 too little; of an empty website 0 is alive, 1 dead.
"""

from __future__ import annotations

from lxml import etree

from reporting.readers import elements
from reporting.readers.elements import address, moment, number, positive, text
from verification.arriving import CheckData
from verification.choices import CheckKind

_OF_ACCESS = {1: CheckKind.OVER_REPORTED, 2: CheckKind.UNDER_REPORTED}
ALIVE = 0


def read_subject_check(node: etree._Element) -> CheckData:
    """Zthc. Raises: elements.Unreadable where neither id nor certificate names the subject."""
    subject_id, certificate = positive(node, "Ztid"), text(node, "Zjhm")
    if subject_id is None and not certificate:
        raise elements.Unreadable(f"{node.tag} 缺少 Ztid 和 Zjhm，不知道说的是哪个主体")
    return CheckData(
        kind=CheckKind.SUBJECT,
        subject_bureau_id=subject_id,
        name=text(node, "Dwmc"),
        certificate_type=positive(node, "Zjlx"),
        certificate_number=certificate,
        words=text(node, "Cwyy"),
        remarks=text(node, "Bz"),
    )


def read_access_check(node: etree._Element) -> CheckData:
    """Jrhc. Raises: elements.Unreadable where nothing names the website."""
    verdict = number(node, "Hcjg")
    kind = CheckKind.ACCESS if verdict is None else _OF_ACCESS.get(verdict, CheckKind.ACCESS)
    return _of_website(node, kind, verdict)


def read_shell_check(node: etree._Element) -> CheckData:
    """Kkwzhc. Raises: elements.Unreadable where nothing names the website."""
    verdict = number(node, "Hcjg")
    return _of_website(node, CheckKind.ALIVE if verdict == ALIVE else CheckKind.EMPTY_SHELL, verdict)


def read_alive_check(node: etree._Element) -> CheckData:
    """Wzch: it carries no verdict; a website that is listed did not answer. Raises: elements.Unreadable as above."""
    return _of_website(node, CheckKind.UNREACHABLE, None)


def _of_website(node: etree._Element, kind: CheckKind, verdict: int | None) -> CheckData:
    website_id, website_number = positive(node, "Wzid"), text(node, "Wz_Baxh")
    domain = text(node, "Ym")
    if website_id is None and not website_number and not domain:
        raise elements.Unreadable(f"{node.tag} 缺少 Wzid 和 Wz_Baxh，不知道说的是哪个网站")
    return CheckData(
        kind=kind,
        verdict=verdict,
        website_bureau_id=website_id,
        access_bureau_id=positive(node, "Jrid"),
        website_number=website_number,
        domain=domain,
        address=address(node, "Jxip"),
        provider_id=positive(node, "Bbisp"),
        home_url=text(node, "Syurl"),
        checked_at=moment(node, "Hcsj"),
        remarks=text(node, "Bz"),
    )
