"""Checks of the blocks that several operations share: subject, persons, website, access, attachments."""

from __future__ import annotations

import base64
import binascii
import re
from html import escape
from itertools import pairwise

from lxml import etree

from simulator import codes
from simulator.model import FILED
from simulator.options import parse_ranges
from simulator.registry import domain_key
from simulator.rules.desk import Desk, Request

INDIVIDUAL = "5"
ID_CARD = "2"
DOMAIN = re.compile(r"(?!www\.)(?:[\w-]{1,63}\.)+[^\W\d_][\w-]{0,62}", re.IGNORECASE)
HOME_PAGE = re.compile(r"[\w.-]+(?::\d+)?", re.IGNORECASE)
MAIL = re.compile(r"[^@\s;]+@[^@\s;]+\.[^@\s;]+")
MOBILE = re.compile(r"1\d{10}")
OFFICE_PHONE = re.compile(r"\d[\d-]{9,}\d")
QQ = re.compile(r"\d{5,}")
# First and last address of the blocks that cannot be a public web server's.
PRIVATE_RANGES = (
    (0, 0x00FFFFFF),
    (0x0A000000, 0x0AFFFFFF),
    (0x7F000000, 0x7FFFFFFF),
    (0xA9FE0000, 0xA9FEFFFF),
    (0xAC100000, 0xAC1FFFFF),
    (0xC0A80000, 0xC0A8FFFF),
    (0xE0000000, 0xFFFFFFFF),
)
ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
JPEG, VERIFICATION_FORM = "1", "1"
IMAGE_HEADS = {JPEG: b"\xff\xd8\xff", "2": b"\x89PNG\r\n\x1a\n"}
# The papers say 100 K and, for the verification form, 150 K, but not of what: an option.
IMAGE_LIMITS = {"bytes": (102_400, 153_600), "characters": (100_000, 150_000)}


def text(element: etree._Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def number(element: etree._Element, path: str) -> int:
    """The schema has checked the form; what is absent counts as 0."""
    return int(text(element, path) or 0)


def is_unit(nature: str) -> bool:
    """Individuals may leave their nature out, so nothing said counts as an individual."""
    return nature not in ("", INDIVIDUAL)


def certificate_key(subject: etree._Element) -> str:
    return f"{text(subject, 'Zj/Zjlx')}:{text(subject, 'Zj/Zjhm').upper()}"


def is_id_card(value: str) -> bool:
    if not re.fullmatch(r"\d{17}[\dXx]", value):
        return False
    total = sum(int(digit) * weight for digit, weight in zip(value[:17], ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == value[-1].upper()


def check_subject(subject: etree._Element, request: Request, desk: Desk) -> None:
    nature = text(subject, "Dwxz")
    if nature and nature not in codes.table("Dwxz"):
        request.find(1014)
    check_region(subject, request)
    check_certificate(subject, nature, request)
    person = subject.find("Fzr")
    if person is not None:
        if is_unit(nature) and not text(person, "Fzr_xm"):
            request.find(1044)
        check_person(person, request, needs_office_phone=is_unit(nature), missing_code=1010)
        _check_mobile_of_many(person, request, desk)
    if certificate_key(subject) in desk.lists.subjects:
        request.find(1065)


def check_region(subject: etree._Element, request: Request) -> None:
    province, city = number(subject, "Txdz/Shengid"), number(subject, "Txdz/Shiid")
    county = number(subject, "Txdz/Xianid")
    right = codes.is_province(province) and city // 10000 == province // 10000
    if county:
        right = right and county // 10000 == province // 10000
    if not right:
        request.find(1019)


def check_certificate(subject: etree._Element, nature: str, request: Request) -> None:
    kind, value = text(subject, "Zj/Zjlx"), text(subject, "Zj/Zjhm")
    known = codes.table("Zjlx_of_Dwxz")
    fitting = {pair.partition(":")[2] for pair in known if pair.partition(":")[0] == nature}
    if kind not in codes.table("Zjlx") or (fitting and kind not in fitting and nature in codes.table("Dwxz")):
        request.find(1008)
    if kind == ID_CARD and not is_id_card(value):
        request.find(1015)
    if kind == "1" and not re.fullmatch(r"[0-9A-Za-z]{15}|[0-9A-Za-z]{18}", value):
        request.find(1008)


def check_person(
    person: etree._Element, request: Request, *, needs_office_phone: bool, missing_code: int
) -> None:
    """A responsible person; missing_code is reported where a unit gives no office phone."""
    phones = text(person, "Fzr_dhhm")
    if not phones and needs_office_phone:
        request.find(missing_code)
    if phones and not all(OFFICE_PHONE.fullmatch(item) for item in phones.split(";")):
        request.find(1010)
    mobiles = text(person, "Fzr_sjhm") or text(person, "sjhm")
    if mobiles and not all(MOBILE.fullmatch(item) for item in mobiles.split(";")):
        request.find(1011)
    if not all(MAIL.fullmatch(item) for item in text(person, "Fzr_dzyj").split(";")):
        request.find(1009)
    msn, qq = text(person, "Msn"), text(person, "Qq")
    if msn and not MAIL.fullmatch(msn):
        request.find(1012)
    if qq and not all(QQ.fullmatch(item) for item in qq.split(";")):
        request.find(1013)
    if text(person, "Fzr_zjlx") == ID_CARD and not is_id_card(text(person, "Fzr_zjhm")):
        request.find(1015)


def _check_mobile_of_many(person: etree._Element, request: Request, desk: Desk) -> None:
    """One mobile number for many subjects is nobody's own."""
    limit = desk.options.mobile_limit
    mobiles = (text(person, "Fzr_sjhm") or text(person, "sjhm")).split(";")
    if limit is None:
        return
    others = [item for item in desk.registry.subjects.values() if item.ztid != request.ztid]
    for mobile in filter(None, mobiles):
        if sum(item.state == FILED and mobile in item.content for item in others) >= limit:
            request.find(1007, f"无效联系方式，手机号码已用于 {limit} 个以上主体，请核实后再次报备")


def check_website(
    site: etree._Element, request: Request, desk: Desk, *, nature: str, held_by: int | None
) -> None:
    """One website. held_by: its Wzid where it is filed already, so that its own domains are no conflict."""
    for path, name, code in (
        ("Nrlx/Nrlx_xx/Nrlx_id", "Nrlx", 1033),
        ("Fwnr/Fwnr_id", "Fwnr", 1034),
        ("Yylb/Yylb_id", "Yylb", 1066),
    ):
        if any(item.text not in codes.table(name) for item in site.findall(path)):
            request.find(code)
    for scan in site.findall("Nrlx/Nrlx_xx/Spwj"):
        check_image(scan.text or "", JPEG, request, desk, is_form=False)
    if desk.options.unique_site_names and _is_taken(text(site, "Wzmc"), desk, held_by=held_by):
        request.find(1020)
    names = [text(item, "Ym") for item in site.findall("Ym_xx")]
    check_domains(names, text(site, "Wzmc"), request, desk, held_by=held_by)
    check_home_page(text(site, "Syurl"), names, request, desk, held_by=held_by)
    person = site.find("Wz_Fzr")
    if person is not None:
        check_person(person, request, needs_office_phone=is_unit(nature), missing_code=1031)
    check_accesses(site.findall("Jr_xx"), request, desk)


def _is_taken(name: str, desk: Desk, *, held_by: int | None) -> bool:
    """Whether another website is filed under this name; the website itself may be refiled under its own."""
    mark = f"<Wzmc>{escape(name)}</Wzmc>"
    return any(
        mark in site.content
        for subject in desk.registry.subjects.values()
        for site in subject.active_websites()
        if site.wzid != held_by
    )


def check_domains(
    names: list[str], site_name: str, request: Request, desk: Desk, *, held_by: int | None
) -> None:
    keys = [domain_key(name) for name in names]
    if len(set(keys)) != len(keys):
        request.find(1039)
    for name in names:
        if not DOMAIN.fullmatch(name):
            request.find(1004, f"无效域名：{name}")
        if desk.lists.blocks_domain(name):
            request.find(1064, f"“{site_name}”网站的“{name}”在黑名单中，请核实后再次报备")
        holder = desk.registry.domain_holder(name)
        if holder not in (None, held_by) or desk.cases.domain_in_process(name):
            request.find(1005, f"域名冲突，{name} 在备案信息库中已存在，请核实后再次报备")


def check_home_page(url: str, names: list[str], request: Request, desk: Desk, *, held_by: int | None) -> None:
    if not url:
        return
    if not HOME_PAGE.fullmatch(url):
        request.find(1022)
        return
    host = domain_key(url.partition(":")[0])
    if not any(host == domain_key(name) or host.endswith("." + domain_key(name)) for name in names):
        request.find(1041)
    if desk.registry.home_page_holder(url) not in (None, held_by):
        request.find(1021)


def check_accesses(accesses: list[etree._Element], request: Request, desk: Desk) -> None:
    seen = set()
    for access in accesses:
        check_access(access, request, desk)
        shape = tuple(sorted(item.text or "" for item in access.iter("Fbdd", "Jrfs", "Qsip", "Zzip")))
        if shape in seen:
            request.find(1029)
        seen.add(shape)


def check_access(access: etree._Element, request: Request, desk: Desk) -> None:
    for path, name, code in (("Wzjrfs/Jrfs", "Jrfs", 1035), ("Wzfb/Fbdd", "Fbdd", 1036)):
        if any(item.text not in codes.table(name) for item in access.findall(path)):
            request.find(code)
    ranges = sorted((number(item, "Qsip"), number(item, "Zzip")) for item in access.findall("Ip_xx"))
    own = desk.options.address_ranges
    for first, last in ranges:
        if first > last or any(first <= high and last >= low for low, high in PRIVATE_RANGES):
            request.find(1006)
        if own is not None and not any(low <= first and last <= high for low, high in parse_ranges(own)):
            request.find(1063)
    for before, after in pairwise(ranges):
        if after == before:
            request.find(1040)
        elif after[0] <= before[1]:
            request.find(1024)


def check_new_addresses(accesses: list[etree._Element], request: Request, desk: Desk) -> None:
    """The unit's own number of an address range stands for one range for ever, as that of an access does."""
    for access in accesses:
        numbers = [number(item, "IspIpid") for item in access.findall("Ip_xx")]
        if any(desk.registry.has_own_id("ipid", desk.unit.isp_id, own_id) for own_id in numbers):
            request.find(1040)


def check_attachments(
    parts: list[etree._Element], request: Request, desk: Desk, owners: set[tuple[str, str]] | None
) -> None:
    """parts: <Fjxx>. owners: (Ssdxlx, id or number) pairs a record may name; None leaves it unchecked."""
    for part in parts:
        form, use = text(part, "Fjwjgs"), text(part, "Fjyt")
        if form not in codes.table("Fjwjgs"):
            request.find(1056)
        if use not in codes.table("Fjyt"):
            request.find(1057)
        check_image(part.findtext("Fjnr") or "", form, request, desk, is_form=use == VERIFICATION_FORM)
        if owners is not None and attachment_owner(part) not in owners:
            request.find(1055)


def attachment_owner(part: etree._Element) -> tuple[str, str]:
    """(Ssdxlx, what it names): the id or the number, whichever the record gives."""
    mark = part.find("Fjssdx/Ssdxbs")
    if mark is None:
        return "", ""
    child = next(iter(mark), mark)
    return text(part, "Fjssdx/Ssdxlx"), (child.text or "").strip()


def check_image(content: str, form: str, request: Request, desk: Desk, *, is_form: bool) -> None:
    """form: code of Fjwjgs. is_form: the verification form may be larger."""
    limits = IMAGE_LIMITS.get(desk.options.image_limit)
    packed = "".join(content.split())
    size = (
        len(packed) * 3 // 4 - packed[-2:].count("=") if desk.options.image_limit == "bytes" else len(packed)
    )
    if limits is not None and size > limits[is_form]:
        request.find(5010, f"您提交的附件格式不符合规范（超过 {limits[is_form] // 1000} K）")
    try:
        data = base64.b64decode(packed[: min(len(packed), 64) // 4 * 4], validate=True)
    except (binascii.Error, ValueError):
        request.find(5010)
        return
    if form in IMAGE_HEADS and not data.startswith(IMAGE_HEADS[form]):
        request.find(5010)
