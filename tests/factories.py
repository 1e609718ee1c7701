"""Invented filings, people and requests for every test. Nobody and nothing in them exists (虚构).

Requests are moved by the services alone, as users and the link move them. A test changes only what it is about.
"""

from __future__ import annotations

import base64
import copy
import io
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from django.contrib.auth.models import Permission, User
from PIL import Image

from filing.actors import COMMAND, Actor, person
from filing.choices import Operation, RequestState
from filing.filed_data import AccessData, DomainData, RangeData, SubjectData, WebsiteData
from filing.models import Request
from filing.services import attachments, drafts, outcomes, review

S = RequestState
ISP_ID = 110000000001
OTHER_ISP_ID = 310000000002
SUBJECT_CARD = "11010519491231002X"
SITE_CARD = "110105194912310038"
CREDIT_CODE = "91110108MA000000X4"
NAME = "虚构示例科技有限公司"
AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
"""When the bureau of these tests says something."""

_numbers = count(1)


# --- images ---------------------------------------------------------------------------------------


def image(kind: str = "JPEG", size: tuple[int, int] = (8, 8), colour: str = "white") -> bytes:
    """The bytes of a small picture."""
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, kind)
    return data.getvalue()


def base64_image(**look: Any) -> str:
    return base64.b64encode(image(**look)).decode()


def stored_image(**look: Any) -> str:
    """Store a picture. Shape: the reference that a document holds."""
    return attachments.REFERENCE + attachments.store(image(**look)).sha256


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


def stored_filing(*websites: dict[str, Any], **subject: Any) -> dict[str, Any]:
    """The same with its image in the store, as a draft holds it."""
    return new_filing(*websites, content=stored_image(), **subject)


def new_ref() -> str:
    return f"test-{next(_numbers):04d}"


def item(ref: str | None = None, filing: dict[str, Any] | None = None, **envelope: Any) -> dict[str, Any]:
    """One request of a file of `import_filings`."""
    return {"ref": ref or new_ref(), "operation": "new_filing"} | (filing or new_filing()) | envelope


# --- people ---------------------------------------------------------------------------------------


def user(name: str, *permissions: str) -> User:
    """A person whose password is the name. Permissions: "enter_request", "review_request"."""
    made = User.objects.create_user(f"{name}-{next(_numbers)}", password=name)
    made.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return made


class People(NamedTuple):
    """Owner and colleague may enter and review: only whose request it is tells them apart. The stranger may nothing."""

    owner: User
    colleague: User
    stranger: User


def people() -> People:
    both = ("enter_request", "review_request")
    return People(user("owner", *both), user("colleague", *both), user("stranger"))


# --- requests -------------------------------------------------------------------------------------


def proof(sequence: int = 7, position: int = 1) -> dict[str, Any]:
    return {"file": sequence, "sequence": sequence, "position": position}


def word(**more: Any) -> dict[str, Any]:
    """What a conclusion of the bureau comes with."""
    return {"codes": [], "words": "", "reason": "管局下发", "proof": {"download": 1, "position": 1}} | more


def draft(owner: User | None = None, content: dict[str, Any] | None = None, **more: Any) -> Request:
    actor: Actor = person(owner) if owner else COMMAND
    content = copy.deepcopy(content) if content is not None else stored_filing()
    return drafts.create_draft(Operation.NEW_FILING, content, actor=actor, **more)


_BEFORE: dict[str, str] = {
    S.IN_REVIEW: S.DRAFT,
    S.REVIEW_RETURNED: S.IN_REVIEW,
    S.READY: S.IN_REVIEW,
    S.PACKED: S.READY,
    S.UPLOADING: S.PACKED,
    S.UNCERTAIN: S.UPLOADING,
    S.AWAITING_BUREAU: S.UPLOADING,
    S.FORWARDED: S.UPLOADING,
    S.APPROVED: S.AWAITING_BUREAU,
    S.REJECTED: S.AWAITING_BUREAU,
    S.RETURNED: S.AWAITING_BUREAU,
    S.WITHDRAWN: S.DRAFT,
}


def _steps(request: Request, group: People) -> dict[str, Callable[[], Any]]:
    one: dict[str, Any] = {"proofs": [proof()]}
    accepted: dict[str, Any] = {"at": AT, "reason": "操作成功", **one}
    return {
        S.IN_REVIEW: lambda: review.submit_for_review(request, user=group.owner),
        S.REVIEW_RETURNED: lambda: review.return_for_changes(request, user=group.colleague, reason="改"),
        S.READY: lambda: review.approve(request, user=group.colleague),
        S.PACKED: lambda: outcomes.mark_packed([request], isp_id=ISP_ID, **one),
        S.UPLOADING: lambda: outcomes.mark_uploading([request], **one),
        S.UNCERTAIN: lambda: outcomes.mark_uncertain([request], reason="没有应答", **one),
        S.AWAITING_BUREAU: lambda: outcomes.mark_accepted([request], forwarded=False, **accepted),
        S.FORWARDED: lambda: outcomes.mark_accepted([request], forwarded=True, **accepted),
        S.APPROVED: lambda: outcomes.mark_approved(request, **word(codes=[1001])),
        S.REJECTED: lambda: outcomes.mark_rejected(request, **word(codes=[1002], words="虚构的拒绝理由")),
        S.RETURNED: lambda: outcomes.mark_returned(request, **word(codes=[1015], words="无效身份证号码")),
        S.WITHDRAWN: lambda: drafts.withdraw(request, actor=person(group.owner)),
    }


def bring_to(request: Request, state: str, group: People | None = None) -> Request:
    """Take a request on to a state, step by step, as its owner, the owner's colleague and the link do."""
    steps, way = _steps(request, group or people()), [state]
    while way[0] not in (S.DRAFT, request.state):
        way.insert(0, _BEFORE[way[0]])
    for each in way[1:]:
        steps[each]()
    return Request.objects.get(pk=request.pk)


def request_in(
    state: str, group: People | None = None, content: dict[str, Any] | None = None, **more: Any
) -> Request:
    """A request in any state of the contract."""
    group = group or people()
    return bring_to(draft(group.owner, content, **more), state, group)


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
