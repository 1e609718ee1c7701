"""Checks that are the same for every record, whatever it asks: the unit's standing, odd characters, old system."""

from __future__ import annotations

import unicodedata

from lxml import etree

from simulator.rules.blocks import text
from simulator.rules.desk import Desk, Request

# Base64 of images: long, and checked as images.
HEAVY = ("Fjnr", "Spwj")
PLAIN_CONTROLS = "\t\n\r"
# Controls, invisible format marks (zero width, direction), private use.
ODD_CATEGORIES = ("Cc", "Cf", "Co")
NUMBER_PATHS = (
    "Zt_xx/Baxh",
    "Zt_xx/Ztbah",
    "Zt_xx/Zj/Zjhm",
    "Wz_xx/Baxh",
    "Wz_xx/Wzbah",
    "Fjssdx/Ssdxbs/Baxh",
)


def check_every_record(record: etree._Element, request: Request, desk: Desk) -> None:
    if desk.options.standing == "deleted":
        request.find(1053)
    allowed = desk.options.operations
    if allowed is not None and request.operation not in allowed:
        request.find(5009)
    odd = odd_character(record)
    if odd is not None:
        request.find(5008, f"上报信息中存在非法字符（{odd}），请核实后再次报备")
    if desk.options.old_system and _numbers(record, request, desk) & set(desk.options.old_system):
        request.find(1052)


def odd_character(record: etree._Element) -> str | None:
    """The first character that no text of a filing should hold, as U+…, with its element's tag."""
    for element in record.iter(etree.Element):
        if element.tag in HEAVY or not element.text:
            continue
        for character in element.text:
            if unicodedata.category(character) in ODD_CATEGORIES and character not in PLAIN_CONTROLS:
                return f"{element.tag} U+{ord(character):04X}"
    return None


def _numbers(record: etree._Element, request: Request, desk: Desk) -> set[str]:
    """Every number by which this record can be known: filing numbers, its certificate, those behind its ids."""
    found = {text(record, path) for path in NUMBER_PATHS}
    subject = desk.registry.subject(request.ztid or 0)
    if subject is not None:
        found.add(subject.number)
        found |= {site.number for site in subject.websites if site.wzid == request.wzid}
    return found - {""}
