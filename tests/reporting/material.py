"""Invented filings for tests of the link: nobody in them exists. They go in as a caller's JSON does."""

from __future__ import annotations

import base64
import copy
import io
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg2
from django.db import connection
from PIL import Image

from filing.models import Request
from filing.services.intake import import_requests
from reporting.choices import Direction
from reporting.models import Link
from reporting.services.links import LinkParameters, set_link
from reporting.services.locks import _SPACES
from reporting.services.numbering import mark_compared

ISP_ID = 110000000001
OTHER_ISP_ID = 310000000002
AES_KEY, AES_IV = "0123456789abcdef", "fedcba9876543210"
UNIT = {"isp_id": ISP_ID, "user_name": "demo", "password": "demo-password", "province": 110000}
OTHER_UNIT = UNIT | {"isp_id": OTHER_ISP_ID, "province": 310000}
ENCRYPTING_UNIT = UNIT | {"aes_key": AES_KEY, "aes_iv": AES_IV, "encrypt": True}


@cache
def picture(colour: str = "white", size: tuple[int, int] = (8, 8), form: str = "JPEG") -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, form)
    return data.getvalue()


def picture_text(colour: str = "white", **more: Any) -> str:
    return base64.b64encode(picture(colour, **more)).decode()


def filing_json(n: int = 1, **changes: Any) -> dict[str, Any]:
    """A new filing as JSON brings it, no two of different `n` alike. Changes by path: `subject__name="甲"`."""
    item: dict[str, Any] = {
        "ref": f"t-{n:04d}",
        "operation": "new_filing",
        "subject": {
            "name": f"示例{n}号有限公司",
            "nature": 4,
            "investor": "王小明",
            "address": {"province": 110000, "city": 110100, "county": 110108, "detail": "示例路1号"},
            "certificate": {"type": 1, "number": f"91110108MA{n:08d}", "address": "北京市海淀区示例路1号"},
            "responsible": {
                "name": "王小明",
                "office_phone": "010-12345678",
                "mobile": "13800138000",
                "email": "filing@example.cn",
            },
            "filed_by": 1,
        },
        "websites": [website_json(n)],
        "attachments": [
            {
                "format": 1,
                "purpose": 1,
                "owner": "website",
                "owner_index": 0,
                "content": picture_text(),
            }
        ],
    }
    for path, value in changes.items():
        place, steps = item, path.split("__")
        for step in steps[:-1]:
            place = place[int(step)] if isinstance(place, list) else place[step]
        place[steps[-1]] = value  # type: ignore[index]
    return item


def website_json(n: int = 1) -> dict[str, Any]:
    return {
        "name": f"示例站{n}",
        "service_contents": [8],
        "languages": [1],
        "domains": [f"shili{n}.cn"],
        "home_url": f"www.shili{n}.cn",
        "responsible": {
            "name": "李小红",
            "office_phone": "010-12345678",
            "mobile": "13900139000",
            "email": "site@example.cn",
        },
        "accesses": [
            {
                "server_locations": [2],
                "methods": [3],
                "ip_ranges": [{"start": "203.0.113.10", "end": "203.0.113.12"}],
            }
        ],
    }


def ready(*items: int | dict[str, Any]) -> list[Request]:
    """Requests that wait for the link, in order: numbers of filings, or filings as JSON."""
    wanted = [filing_json(each) if isinstance(each, int) else copy.deepcopy(each) for each in items]
    rows = import_requests(wanted, ready=True)
    assert all(row.state == "ready" for row in rows), [str(p) for row in rows for p in row.problems]
    return [Request.objects.get(ref=row.ref) for row in rows]


def make_link(url: str, unit: dict[str, Any] = UNIT, *, compared: bool = True, **changes: Any) -> Link:
    """A link as `set_bureau` makes it, for a unit that the simulator knows.

    `compared`: its numbers were compared with the bureau's already, as those of every link are before its first file.
    """
    values: dict[str, Any] = {
        "isp_id": unit["isp_id"],
        "province": unit["province"],
        "user_name": unit["user_name"],
        "password": unit["password"],
        "aes_key": unit.get("aes_key", ""),
        "aes_iv": unit.get("aes_iv", ""),
        "encrypts": unit.get("encrypt", False),
        "base_url": url,
        "timeout_s": 5,
    }
    link = set_link(LinkParameters(**values | changes))[0]
    if compared:
        mark_compared(link)
    return link


def states(*requests: Request) -> list[str]:
    """Where the requests stand in the database now, in the order given."""
    found = dict(Request.objects.filter(pk__in=[each.pk for each in requests]).values_list("pk", "state"))
    return [found[each.pk] for each in requests]


def history(request: Request) -> list[str]:
    """The states that a request went through, from its history."""
    return [event.new_state for event in request.events.all() if event.old_state != event.new_state]


@contextmanager
def held_elsewhere(link: Link, direction: Direction) -> Iterator[None]:
    """Another process works on the link in this direction; at the end it is gone as a killed one is."""
    facts = connection.settings_dict
    other = psycopg2.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"],
        dbname=facts["NAME"],
    )
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s), pg_backend_pid()", [_SPACES[direction], link.pk])
        pid = cursor.fetchone()[1]  # type: ignore[index]
    try:
        yield
    finally:
        other.close()
        deadline = time.monotonic() + 5
        while _is_there(pid):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def _is_there(pid: int) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = %s AND locktype = 'advisory'", [pid])
        return bool(cursor.fetchone()[0])
