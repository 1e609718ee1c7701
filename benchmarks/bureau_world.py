"""A bureau with a past, and the same past on our side: filings, one cancelled, some listed, some requests still open.

Everything goes the real way: reported over a socket, decided, downloaded and applied.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

from PIL import Image

from benchmarks import material
from filing.choices import Operation
from filing.models import Request, Subject, Website
from filing.services import attachments, codes
from filing.services.intake import import_requests
from reporting.demo import papers
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.links import LinkParameters, set_link
from reporting.services.numbering import mark_compared
from reporting.services.upload import send_link
from simulator import Running
from simulator.sending import send as send_message

ISP_ID, OTHER_ISP_ID = material.ISP_ID, 110000000007
FILED = 9
SHARED_MOBILE = "13900000077"
PASSWORD = "Demo-12345"
OPTIONS = {
    "check_reasons": True,
    "unique_site_names": True,
    "mobile_limit": 5,
    "address_ranges": ["8.0.0.0/8"],
}
"""What bureaus differ in is switched on where the papers have a code for it."""

CONFIG: dict[str, Any] = {
    "units": [
        {"isp_id": each, "user_name": "demo", "password": "demo-password", "province": 110000}
        for each in (ISP_ID, OTHER_ISP_ID)
    ],
    "options": OPTIONS,
}


@dataclass(frozen=True)
class World:
    """What the cases begin from. Subjects are filed under this link; `image` is a stored picture's reference."""

    running: Running
    link: Link
    image: str
    png: str
    heavy: str
    subjects: tuple[Subject, ...]
    cancelled: Subject
    cancelled_site: Website
    neighbours: tuple[str, ...]
    connected: Website
    """A neighbour's website to which we have an access of our own."""


def build(running: Running) -> World:
    """Live the past."""
    codes.load_builtin_codes()
    link = _link(running, ISP_ID)
    bureau = running.bureau
    send_message(bureau, {"kind": "codes", "unit": ISP_ID})
    neighbours = [each.websites[0].number for each in bureau.add_neighbours(3)]
    items = [filing(number) for number in range(1, FILED + 1)]
    items[2]["websites"].append(site(500))
    for item in items[3:8]:
        item["subject"]["responsible"]["mobile"] = SHARED_MOBILE
    _take(*items)
    _take(access("w-access", neighbours[0]))
    _round(link)
    subjects = tuple(Subject.objects.exclude(own_id=None).order_by("pk"))
    send_message(bureau, {"kind": "cancelled", "unit": ISP_ID, "id": subjects[0].bureau_id})
    twin = Website.objects.filter(subject=subjects[2]).order_by("pk").last()
    assert twin is not None
    send_message(bureau, {"kind": "cancelled", "unit": ISP_ID, "id": twin.bureau_id})
    listed = {"name": "虚构名单", "type": 1, "number": certificate(901)["number"], "nature": 4}
    send_message(bureau, {"kind": "blacklist", "unit": ISP_ID, "subject": listed})
    send_message(bureau, {"kind": "blacklist", "unit": ISP_ID, "domain": "listed-domain.cn"})
    send_message(bureau, {"kind": "unfiled", "unit": ISP_ID, "domains": ["answered.cn", "unanswered.cn"]})
    _round(link)
    _take(unfiled("w-unfiled", "answered.cn"))
    _round(link)
    _leave_open(running, link, subjects)
    connected = Website.objects.get(number=neighbours[0])
    picture = _picture("JPEG")
    return World(
        running, link, _store(picture), _store(_picture("PNG")), _store(picture + b"\0" * 160_000), subjects,
        Subject.objects.get(pk=subjects[0].pk), Website.objects.get(pk=twin.pk), tuple(neighbours[1:]), connected,
    )  # fmt: skip


def _leave_open(running: Running, link: Link, subjects: tuple[Subject, ...]) -> None:
    """Some requests wait for their decision: a change, cancellations, a new filing."""
    running.bureau.set_mode("manual")
    third = Website.objects.filter(subject=subjects[6]).get()
    _take(
        filing(77),
        {"ref": "w-cancel", "operation": Operation.CANCEL_SUBJECT, "number": subjects[5].number, "reason": 1,
         "icp_password": PASSWORD},
        {"ref": "w-site", "operation": Operation.CANCEL_WEBSITE, "bureau_id": third.bureau_id, "reason": 1},
    )  # fmt: skip
    send_link(link)
    running.bureau.set_options({"old_system": [subjects[7].number]}, ISP_ID)


def _link(running: Running, isp_id: int) -> Link:
    parameters = LinkParameters(isp_id, 110000, running.url, "demo", "demo-password", timeout_s=20)
    link = set_link(parameters)[0]
    mark_compared(link)
    return link


def _take(*items: dict[str, Any]) -> None:
    rows = import_requests(list(items), ready=True)
    if refused := [str(problem) for row in rows for problem in row.problems]:
        raise SystemExit(f"the past does not begin: {refused[:3]}")


def _round(link: Link) -> None:
    send_link(link)
    link.refresh_from_db()
    poll_link(link)
    left = Request.objects.exclude(state="approved").values_list("ref", "state", "bureau_words")
    if left:
        raise SystemExit(f"the past does not end well: {list(left)[:3]}")


def certificate(number: int) -> dict[str, Any]:
    return {
        "type": 1,
        "number": papers.credit_code(material.COUNTY, number),
        "address": "北京市海淀区虚构路 1 号",
    }


def filing(number: int) -> dict[str, Any]:
    """A new filing that nothing is wrong with: addresses of the unit's own."""
    item = material.filing(number)
    item["subject"]["address"]["detail"] = f"虚构路 {number} 号"
    item["websites"] = [site(number)]
    return item


def site(number: int) -> dict[str, Any]:
    found = material.filing(number)["websites"][0]
    found["name"] = f"虚构小站{number}号"
    found["domains"] = [{"name": each} for each in found["domains"]]
    found["accesses"] = [connection(number)]
    return dict(found)


def connection(number: int) -> dict[str, Any]:
    address = f"8.{number // 65536 % 256}.{number // 256 % 256}.{number % 256}"
    return {"server_locations": [2], "methods": [3], "ip_ranges": [{"start": address, "end": address}]}


def access(ref: str, website_number: str) -> dict[str, Any]:
    return {
        "ref": ref, "operation": Operation.NEW_ACCESS, "website_number": website_number, "access": connection(7000),
        "icp_password": PASSWORD,
    }  # fmt: skip


def unfiled(ref: str, domain: str) -> dict[str, Any]:
    return {
        "ref": ref, "operation": Operation.UNFILED_RESULT, "domain": domain, "ip": "8.0.0.99", "carrier_id": 1,
        "provider_id": ISP_ID, "province": 110000, "result": 1, "opinion": "已停止接入",
        "listed_on": "2026-11-01", "due_on": "2026-11-30",
    }  # fmt: skip


def _picture(kind: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (200, 220, 240)).save(out, kind)
    return out.getvalue()


def _store(data: bytes) -> str:
    return attachments.REFERENCE + attachments.store(data).sha256
