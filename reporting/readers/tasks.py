"""Verification tasks. Spec: V.3.0 download schema, ICP/HSRW/Baxx.

The record is a whole filing, and becomes the document that the answer (HSJG) begins from: the filing JSON with the
bureau's ids, and images in base64 as JSON brings them. Whatever is missing or wrong in it is left out; a task without
its subject's id is the only one lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lxml import etree

from filing.identifiers import format_ipv4
from reporting.readers import elements
from reporting.readers.elements import address, moment, number, numbers, positive, text
from reporting.readers.filed import read_person
from verification.arriving import TaskData
from xsd.structure import text_of

Document = dict[str, Any]


def read_task(node: etree._Element) -> TaskData:
    """One Baxx. Raises: elements.Unreadable without Zt_xx or its Ztid."""
    subject = elements.required_part(node, "Zt_xx")
    content = {
        "subject": _subject(subject),
        "websites": [_website(each) for each in elements.children(node, "Wz_xx")],
        "remarks": text(node, "Bz"),
    }
    return TaskData(
        subject_bureau_id=elements.required_number(subject, "Ztid"),
        subject_name=text(subject, "Dwmc"),
        content=_filled(content),
    )


def _filled(values: Mapping[str, Any]) -> Document:
    """Only what was sent: empty texts, lists and parts are left out."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _subject(node: etree._Element) -> Document:
    return _filled(
        {
            "bureau_id": positive(node, "Ztid"),
            "name": text(node, "Dwmc"),
            "nature": positive(node, "Dwxz"),
            "investor": text(node, "Tzr"),
            "address": _filled(
                {
                    "province": positive(node, "Txdz/Shengid"),
                    "city": positive(node, "Txdz/Shiid"),
                    "county": positive(node, "Txdz/Xianid"),
                    "detail": text(node, "Txdz/Xxdz"),
                }
            ),
            "certificate": _filled(
                {
                    "type": positive(node, "Zj/Zjlx"),
                    "number": text(node, "Zj/Zjhm"),
                    "address": text(node, "Zj/Zjzs"),
                }
            ),
            "responsible": _person(node.find("Fzr")),
            "filed_by": number(node, "Bbyhlx"),
            "first_filed_at": _time(moment(node, "Scbbsj")),
            "last_modified_at": _time(moment(node, "Zjxgsj")),
            "remarks": text(node, "Bz"),
        }
    )


def _website(node: etree._Element) -> Document:
    return _filled(
        {
            "bureau_id": positive(node, "Wzid"),
            "name": text(node, "Wzmc"),
            "pre_approvals": [
                _filled(
                    {
                        "type": positive(each, "Nrlx_id"),
                        "number": text(each, "Qzsph"),
                        "scans": [text_of(scan).strip() for scan in each.findall("Spwj")],
                    }
                )
                for each in node.findall("Nrlx/Nrlx_xx")
            ],
            "service_contents": list(numbers(node, "Fwnr/Fwnr_id")),
            "languages": list(numbers(node, "Yylb/Yylb_id")),
            "domains": [
                _filled({"name": text(each, "Ym"), "bureau_id": positive(each, "Ymid")})
                for each in elements.children(node, "Ym_xx")
            ],
            "accesses": [_access(each) for each in elements.children(node, "Jr_xx")],
            "responsible": _person(node.find("Wz_Fzr")),
            "home_url": text(node, "Syurl"),
            "first_filed_at": _time(moment(node, "Scbbsj")),
            "last_modified_at": _time(moment(node, "Zjxgsj")),
            "remarks": text(node, "Wz_Bz"),
        }
    )


def _access(node: etree._Element) -> Document:
    return _filled(
        {
            "bureau_id": positive(node, "Jrid"),
            "server_locations": list(numbers(node, "Wzfb/Fbdd")),
            "methods": list(numbers(node, "Wzjrfs/Jrfs")),
            "ip_ranges": [
                _filled(
                    {
                        "start": _quad(address(each, "Qsip")),
                        "end": _quad(address(each, "Zzip")),
                        "bureau_id": positive(each, "Ipid"),
                    }
                )
                for each in elements.children(node, "Ip_xx")
            ],
            "filed_by": number(node, "Bbyhlx"),
            "filed_by_id": positive(node, "Bbyhid"),
        }
    )


def _person(node: etree._Element | None) -> Document:
    person = read_person(node)
    names = ("name", "office_phone", "mobile", "email", "msn", "qq", "certificate_type", "certificate_number")
    return _filled({name: getattr(person, name) for name in names})


def _time(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _quad(number: int | None) -> str | None:
    return format_ipv4(number) if number is not None else None
