"""Invented filings: nobody and nothing in them exists (虚构). What tests change only where they are about it."""

from __future__ import annotations

import base64
import copy
import io
from typing import Any

from PIL import Image

from filing.choices import Operation
from filing.filed_data import AccessData, DomainData, RangeData, SubjectData, WebsiteData

ISP_ID = 110000000001
SUBJECT_CARD = "11010519491231002X"
SITE_CARD = "110105194912310038"
CREDIT_CODE = "91110108MA000000X4"
NAME = "虚构示例科技有限公司"


# --- images ---------------------------------------------------------------------------------------


def image(kind: str = "JPEG", size: tuple[int, int] = (8, 8), colour: str = "white") -> bytes:
    """The bytes of a small picture."""
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


def base64_image(**look: Any) -> str:
    return base64.b64encode(image(**look)).decode()


# --- documents ------------------------------------------------------------------------------------


def responsible(name: str = "虚构甲", card: str = SUBJECT_CARD) -> dict[str, Any]:
    return {
        "name": name,
        "office_phone": "010-00000000",
        "mobile": "13800000000",
        "email": "nobody@example.cn",
        "certificate_type": 2,
        "certificate_number": card,
    }


def access(*ranges: tuple[str, str]) -> dict[str, Any]:
    return {
        "server_locations": [2],
        "methods": [3],
        "ip_ranges": [
            {"start": start, "end": end} for start, end in ranges or [("203.0.113.10", "203.0.113.12")]
        ],
    }


def website(name: str = "虚构示例站", *domains: str) -> dict[str, Any]:
    names = domains or ("example.cn",)
    return {
        "name": name,
        "service_contents": [8],
        "languages": [1],
        "domains": [{"name": each} for each in names],
        "home_url": f"www.{names[0]}",
        "responsible": responsible("虚构乙", SITE_CARD),
        "accesses": [access()],
    }


def new_filing(*websites: dict[str, Any], content: str | None = None, **subject: Any) -> dict[str, Any]:
    """A minimal new filing as JSON brings it: its one image in base64, or `content` (a stored image's reference).

    No rule stops it; `subject` replaces fields of the subject.
    """
    return copy.deepcopy(
        {
            "subject": {
                "name": NAME,
                "nature": 4,
                "address": {"province": 110000, "city": 110100, "county": 110108, "detail": "虚构路1号"},
                "certificate": {"type": 1, "number": CREDIT_CODE, "address": "北京市海淀区虚构路1号"},
                "responsible": responsible(),
                "filed_by": 1,
            }
            | subject,
            "websites": list(websites) or [website()],
            "attachments": [
                {
                    "format": 1,
                    "purpose": 1,
                    "owner": "website",
                    "owner_index": 0,
                    "content": content or base64_image(),
                }
            ],
        }
    )


def full_filing() -> dict[str, Any]:
    """A new filing as JSON in which no field that may be left out is missing."""
    filing = new_filing(investor="虚构甲", remarks="虚构")
    people = [filing["subject"]["responsible"], filing["websites"][0]["responsible"]]
    for each in people:
        each |= {"msn": "nobody@example.cn", "qq": "10001"}
    approval = {"type": 1, "number": "虚构字1号", "scans": [base64_image()]}
    filing["websites"][0] |= {"pre_approvals": [approval], "remarks": "虚构"}
    filing["attachments"][0]["remarks"] = "虚构的核验单"
    return filing


def document(operation: str, image: str = "") -> dict[str, Any]:
    """A minimal document of any operation; `image` is a reference, or base64 (the default) as JSON brings it.

    Numbers and the bureau's ids are invented; nothing of it need be filed here.
    """
    picture = image or base64_image()
    number, bureau_ids = "京ICP备2026000001号", {"bureau_id": 3001}
    attachment = {"format": 1, "purpose": 1, "content": picture, "owner": "website"}
    filing = new_filing(content=picture)
    subject = {key: value for key, value in filing["subject"].items() if key != "filed_by"}
    filed = website()
    filed["domains"][0] |= bureau_ids
    filed["accesses"][0] |= {"bureau_id": 4001}
    filed["accesses"][0]["ip_ranges"][0] |= {"bureau_id": 5001}
    verified = {key: value for key, value in filed.items() if key != "languages"} | {"bureau_id": 2001}
    verified["accesses"] = [filed["accesses"][0] | {"filed_by": 1}]
    found: dict[str, dict[str, Any]] = {
        Operation.NEW_FILING: filing,
        Operation.NEW_WEBSITE: {
            "subject_number": number,
            "websites": [website("虚构新站", "example.com")],
            "attachments": [attachment | {"owner_index": 0}],
        },
        Operation.NEW_ACCESS: {
            "website_number": f"{number}-1",
            "access": access(),
            "attachments": [attachment | {"owner_number": f"{number}-1"}],
        },
        Operation.CHANGE: {
            "subject": subject | {"number": number, "bureau_id": 1001},
            "websites": [filed | {"number": f"{number}-1", "bureau_id": 2001}],
            "attachments": [attachment | {"owner_bureau_id": 2001}],
        },
        Operation.CANCEL_SUBJECT: {"bureau_id": 1001, "reason": 1},
        Operation.CANCEL_WEBSITE: {"bureau_id": 2001, "reason": 1},
        Operation.CANCEL_ACCESS: {"bureau_id": 4001, "reason": 1},
        Operation.SUBMIT_MATERIALS: {"attachments": [attachment | {"owner_number": f"{number}-1"}]},
        Operation.VERIFICATION_RESULT: {
            "result": 0,
            "verifier": "虚构丙",
            "date": "2026-11-20",
            "opinion": "虚构的意见",
            "subject": subject | {"bureau_id": 1001},
            "websites": [verified],
        },
        Operation.UNFILED_RESULT: {
            "domain": "unfiled.example.cn",
            "ip": "203.0.113.99",
            "carrier_id": 1,
            "provider_id": ISP_ID,
            "province": 110000,
            "result": 1,
            "opinion": "已停止接入",
            "listed_on": "2026-11-01",
            "due_on": "2026-11-30",
        },
    }
    return copy.deepcopy(found[operation])


# --- filed data -----------------------------------------------------------------------------------


def filed_website(bureau_id: int = 2001, *domains: DomainData, **more: Any) -> WebsiteData:
    found = {
        "name": "虚构示例站",
        "domains": domains or (DomainData("example.cn", bureau_id=3001),),
        "accesses": (
            AccessData(
                bureau_id=4001,
                server_locations=(2,),
                methods=(3,),
                ranges=(RangeData(3405803786, 3405803788, bureau_id=5001),),
            ),
        ),
    }
    return WebsiteData(**{"bureau_id": bureau_id, **found, **more})


def filed_subject(*websites: WebsiteData, **more: Any) -> SubjectData:
    """One Baxx as the bureau sends it, without any enterprise id."""
    found = {
        "bureau_id": 1001,
        "name": NAME,
        "province": 110000,
        "certificate_type": 1,
        "certificate_number": CREDIT_CODE,
        "websites": websites or (filed_website(),),
    }
    return SubjectData(**{**found, **more})
