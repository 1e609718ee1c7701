"""Builds what goes into the download queue: DownloadData documents in GBK.

Spec: the download schema, ICP part. Times are Asia/Shanghai, YYYY-MM-DD hh:mm:ss.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from lxml import etree

from simulator.model import Access, Subject, Website

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
REVIEWER_PHONE = "010-66000000"


@dataclass(frozen=True)
class Result:
    """One Jg_xx: (code, words) pairs, operation kind or None, what it names, a remark."""

    codes: tuple[tuple[int, str], ...]
    operation: int | None
    bs: str | None
    note: str | None = None


@dataclass(frozen=True)
class Decision:
    """One Gjsh."""

    approved: bool
    words: str
    operation: int | None
    jlid: int | None
    reviewer: str
    at: str


def local_time(now: float) -> str:
    return datetime.fromtimestamp(now, SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")


def local_date(now: float) -> str:
    return local_time(now)[:10]


def to_bytes(root: etree._Element, encoding: str = "GBK") -> bytes:
    """What the encoding lacks goes out as numeric references."""
    content = etree.tostring(root, xml_declaration=True, encoding=encoding)
    assert isinstance(content, bytes)
    return content


def document(*parts: etree._Element, group: str = "ICP") -> etree._Element:
    root = etree.Element("DownloadData", version="V.3.0")
    etree.SubElement(root, group).extend(parts)
    return root


def results(rows: Sequence[Result], decisions: Sequence[Decision] = ()) -> etree._Element:
    """<BAJG>: business results, then the reviewers' decisions."""
    part = etree.Element("BAJG")
    for row in rows:
        line = etree.SubElement(part, "Jg_xx")
        for code, words in row.codes:
            info = etree.SubElement(line, "Jgxx")
            _put(info, "Jgdm", code)
            _put(info, "Dmms", words[:255] or None)
        _put(line, "Czlx", row.operation)
        _put(line, "Bs", row.bs)
        _put(line, "Bz", row.note)
    if decisions:
        group = etree.SubElement(part, "GJSHS")
        for decision in decisions:
            line = etree.SubElement(group, "Gjsh")
            _put(line, "Shrxm", decision.reviewer)
            _put(line, "Shr_dhhm", REVIEWER_PHONE)
            _put(line, "Shsj", decision.at)
            _put(line, "Shyj", decision.words[:1024] or None)
            _put(line, "Shjg", 1 if decision.approved else 0)
            _put(line, "Czlx", decision.operation)
            _put(line, "Jlid", decision.jlid)
    return part


def filed(
    subjects: Iterable[Subject], reviewer: str, only: Mapping[int, set[int]] | None = None
) -> etree._Element:
    """<BASJ>: the filed data of these subjects with the ids of both sides.

    only: Ztid -> the websites to be told; a subject that it does not name, or that has none of them, is told whole.
    """
    part = etree.Element("BASJ")
    for subject in subjects:
        line = etree.SubElement(part, "Baxx")
        line.append(_filed_subject(subject, reviewer))
        sites = subject.active_websites()
        wanted = (only or {}).get(subject.ztid, set())
        for site in [item for item in sites if item.wzid in wanted] or sites:
            line.append(filed_website(site))
    return part


def cancelled(rows: Iterable[tuple[int, int]]) -> etree._Element:
    """<ZXSJ>: (kind, id) pairs; kind 0 subject, 1 website, 2 access (which the schema does not foresee)."""
    part = etree.Element("ZXSJ")
    for kind, record_id in rows:
        line = etree.SubElement(part, "Zxxx")
        _put(line, "Zxlb", kind)
        _put(line, "Jlid", record_id)
    return part


def _filed_subject(subject: Subject, reviewer: str) -> etree._Element:
    part = etree.Element("Zt_xx")
    _put(part, "IspZtid", subject.isp_ztid)
    _put(part, "Ztid", subject.ztid)
    content = etree.fromstring(subject.content)
    for tag in ("Dwmc", "Dwxz", "Txdz", "Zj", "Fzr"):
        part.extend(content.findall(tag))
    _put(part, "Baxh", subject.number)
    _put(part, "Bbyhlx", subject.filed_by)
    part.extend(content.findall("Tzr"))
    _put(part, "Scbbsj", subject.first_at)
    _put(part, "Zjxgsj", subject.changed_at)
    _put(part, "Shrxm", reviewer)
    _put(part, "Shsj", subject.changed_at)
    part.extend(content.findall("Bz"))
    return part


def filed_website(site: Website) -> etree._Element:
    """<Wz_xx> as in BASJ."""
    part = etree.Element("Wz_xx")
    _put(part, "IspWzid", site.isp_wzid)
    _put(part, "Wzid", site.wzid)
    content = etree.fromstring(site.content)
    for tag in ("Wzmc", "Nrlx", "Fwnr", "Yylb"):
        part.extend(content.findall(tag))
    for domain in site.domains:
        line = etree.SubElement(part, "Ym_xx")
        _put(line, "IspYmid", domain.isp_ymid)
        _put(line, "Ymid", domain.ymid)
        _put(line, "Ym", domain.name)
    for access in site.accesses:
        part.append(_filed_access(access))
    for tag in ("Wz_Fzr", "Syurl", "Wz_Bz"):
        part.extend(content.findall(tag))
    _put(part, "Scbbsj", site.first_at)
    _put(part, "Zjxgsj", site.changed_at)
    _put(part, "Baxh", site.number)
    return part


def _filed_access(access: Access) -> etree._Element:
    part = etree.Element("Jr_xx")
    _put(part, "IspJrid", access.isp_jrid)
    _put(part, "Jrid", access.jrid)
    _put(part, "Ispid", access.isp_id)
    content = etree.fromstring(access.content)
    for tag in ("Wzfb", "Wzjrfs"):
        part.extend(content.findall(tag))
    for item in access.ranges:
        line = etree.SubElement(part, "Ip_xx")
        _put(line, "IspIpid", item.isp_ipid)
        _put(line, "Ipid", item.ipid)
        _put(line, "Qsip", item.first)
        _put(line, "Zzip", item.last)
    return part


def _put(parent: etree._Element, tag: str, value: object) -> None:
    if value is not None:
        etree.SubElement(parent, tag).text = str(value)
