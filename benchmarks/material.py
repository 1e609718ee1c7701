"""Invented filings in any number, no two alike: as JSON that is imported, and as filed data of a bureau."""

from __future__ import annotations

import base64
import io
import random
from typing import Any

from PIL import Image

from reporting.demo import papers
from reporting.services.links import LinkParameters

ISP_ID = 110000000001
PROVINCE, CITY, COUNTY = 110000, 110100, 110108
LINK = LinkParameters(
    isp_id=ISP_ID,
    province=PROVINCE,
    base_url="http://127.0.0.1:9",
    user_name="demo",
    password="demo-password",
)
"""Nothing is sent: the address answers nobody."""

_NAMES = "林赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"


def picture(number: int, size_bytes: int) -> bytes:
    """A JPEG of just this size. What fills it up cannot be compressed, as little as a photograph can."""
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (number % 256, 200, 180)).save(out, "JPEG")
    start = out.getvalue()
    return start + random.Random(number).randbytes(size_bytes - len(start))


def filing(number: int, image_bytes: int = 0) -> dict[str, Any]:
    """A new filing of a unit with one website, domain, access and range, as `import_requests` takes it.

    With `image_bytes` it carries one picture of that size.
    """
    item: dict[str, Any] = {
        "ref": f"bench-{number:06d}",
        "operation": "new_filing",
        "subject": {
            "name": _name(number),
            "nature": 4,
            "investor": f"{_NAMES[number % len(_NAMES)]}思远",
            "address": {
                "province": PROVINCE,
                "city": CITY,
                "county": COUNTY,
                "detail": f"虚构路 {number} 号",
            },
            "certificate": {
                "type": 1,
                "number": papers.credit_code(COUNTY, number),
                "address": f"北京市海淀区虚构路 {number} 号",
            },
            "responsible": _person(number),
            "filed_by": 1,
        },
        "websites": [_website(number)],
    }
    if image_bytes:
        content = base64.b64encode(picture(number, image_bytes)).decode()
        owner = {"owner": "website", "owner_index": 0}
        item["attachments"] = [{"format": 1, "purpose": 1, "content": content} | owner]
    return item


def _name(number: int) -> str:
    return f"北京虚构{number:06d}号科技有限公司"


def _person(number: int) -> dict[str, Any]:
    return {
        "name": f"{_NAMES[number % len(_NAMES)]}一诺",
        "office_phone": f"010-6{number % 10_000_000:07d}",
        "mobile": f"138{number % 100_000_000:08d}",
        "email": f"filing{number}@example.cn",
        "certificate_type": 2,
        "certificate_number": papers.id_card(COUNTY, "19800115", number % 1000),
    }


def _website(number: int) -> dict[str, Any]:
    address = f"203.0.{number // 250 % 250}.{number % 250 + 1}"
    return {
        "name": f"虚构{number}号站",
        "service_contents": [8],
        "languages": [1],
        "domains": [f"xugou{number}.cn"],
        "home_url": f"www.xugou{number}.cn",
        "responsible": _person(number + 1),
        "accesses": [
            {"server_locations": [2], "methods": [3], "ip_ranges": [{"start": address, "end": address}]}
        ],
    }
