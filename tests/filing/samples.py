"""Invented filings for tests of the screens: nobody in them exists. The services move them, as they do for users."""

from __future__ import annotations

import copy
import io
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group, User
from django.utils import timezone
from PIL import Image

from filing.actors import person
from filing.choices import Operation, RequestState
from filing.models import Request
from filing.services import attachments, drafts, outcomes, review

ISP_ID = 110000000001
SUBJECT_CARD = "11010519491231002X"
SITE_CARD = "11010819900307456X"
MOBILE = "13900139000"


def a_person(name: str, *groups: str, **more: Any) -> User:
    """A user of these groups (填报, 审核, 链路, 管理员) whose password is the name."""
    user = User.objects.create_user(name, password=name, **more)
    user.groups.set(Group.objects.filter(name__in=groups))
    return user


def an_image(colour: str = "white", size: tuple[int, int] = (800, 600)) -> str:
    """Store a small JPEG. Shape: its reference, "sha256:…"."""
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "JPEG", quality=40)
    return attachments.REFERENCE + attachments.store(data.getvalue()).sha256


def a_website(name: str, *domains: str) -> dict[str, Any]:
    return {
        "name": name,
        "service_contents": [8],
        "languages": [1],
        "domains": [{"name": each} for each in domains],
        "home_url": f"www.{domains[0]}",
        "responsible": {
            "name": "李小红",
            "office_phone": "010-12345678",
            "mobile": MOBILE,
            "email": "site@example.cn",
            "certificate_type": 2,
            "certificate_number": SITE_CARD,
        },
        "accesses": [
            {
                "server_locations": [2],
                "methods": [3],
                "ip_ranges": [{"start": "203.0.113.10", "end": "203.0.113.12"}],
            }
        ],
    }


def a_filing(name: str = "海淀示例科技有限公司", *websites: dict[str, Any]) -> dict[str, Any]:
    """A whole new filing that no rule stops."""
    return {
        "subject": {
            "name": name,
            "nature": 4,
            "investor": "王小明",
            "address": {"province": 110000, "city": 110100, "county": 110108, "detail": "中关村大街1号"},
            "certificate": {
                "type": 1,
                "number": "91110108MA01ABCD1E",
                "address": "北京市海淀区中关村大街1号",
            },
            "responsible": {
                "name": "王小明",
                "office_phone": "010-12345678",
                "mobile": "13800138000",
                "email": "filing@example.cn",
                "certificate_type": 2,
                "certificate_number": SUBJECT_CARD,
            },
            "filed_by": 1,
        },
        "websites": list(websites) or [a_website("示例站", "example.cn")],
        "attachments": [
            {"format": 1, "purpose": 1, "owner": "website", "owner_index": 0, "content": an_image()},
        ],
    }


def a_draft(user: User, content: dict[str, Any] | None = None, **more: Any) -> Request:
    return drafts.create_draft(
        Operation.NEW_FILING, copy.deepcopy(content or a_filing()), actor=person(user), **more
    )


def proof(sequence: int = 1271, position: int = 1) -> dict[str, Any]:
    return {"file": 1, "sequence": sequence, "name": f"B{ISP_ID}N{sequence}.xml", "position": position}


WAY: dict[str, tuple[str, ...]] = {
    RequestState.DRAFT: (),
    RequestState.IN_REVIEW: ("submit",),
    RequestState.REVIEW_RETURNED: ("submit", "send_back"),
    RequestState.READY: ("submit", "approve"),
    RequestState.PACKED: ("submit", "approve", "pack"),
    RequestState.UPLOADING: ("submit", "approve", "pack", "send"),
    RequestState.UNCERTAIN: ("submit", "approve", "pack", "send", "lose"),
    RequestState.AWAITING_BUREAU: ("submit", "approve", "pack", "send", "accept"),
    RequestState.FORWARDED: ("submit", "approve", "pack", "send", "forward"),
    RequestState.APPROVED: ("submit", "approve", "pack", "send", "accept", "grant"),
    RequestState.REJECTED: ("submit", "approve", "pack", "send", "accept", "reject"),
    RequestState.RETURNED: ("submit", "approve", "pack", "send", "accept", "return"),
    RequestState.WITHDRAWN: ("withdraw",),
}
"""The steps from a draft to each state."""


def bring_to(request: Request, state: str, *, staff: User, reviewer: User, sequence: int = 1271) -> Request:
    """Move a draft to a state by the steps that lead there, each through its service."""
    one = {"proofs": [proof(sequence)]}
    words = {"words": "无效身份证号码，请核实后再次报备", "reason": "", "proof": proof(sequence)}
    now = timezone.now()
    steps = {
        "submit": lambda: review.submit_for_review(request, user=staff),
        "send_back": lambda: review.return_for_changes(
            request, user=reviewer, reason="首页网址不在所填域名之下"
        ),
        "approve": lambda: review.approve(request, user=reviewer, opinion="材料与填报一致"),
        "pack": lambda: outcomes.mark_packed([request], isp_id=ISP_ID, **one),
        "send": lambda: outcomes.mark_uploading([request], **one),
        "lose": lambda: outcomes.mark_uncertain([request], reason="管局没有应答，正在查询", **one),
        "accept": lambda: outcomes.mark_accepted(
            [request], forwarded=False, at=now, reason="操作成功", **one
        ),
        "forward": lambda: outcomes.mark_accepted(
            [request], forwarded=True, at=now, reason="操作成功", **one
        ),
        "grant": lambda: outcomes.mark_approved(request, codes=[1001], **words),
        "reject": lambda: outcomes.mark_rejected(request, codes=[1002], **words),
        "return": lambda: outcomes.mark_returned(request, codes=[1015], **words),
        "withdraw": lambda: drafts.withdraw(request, actor=person(staff), reason="主办者不办了"),
    }
    for step in WAY[state]:
        steps[step]()
    request.refresh_from_db()
    return request


def backdate(request: Request, span: timedelta) -> None:
    """Let the request and its history have happened earlier."""
    for event in request.events.all():
        request.events.filter(pk=event.pk).update(at=event.at - span)
    columns = ("state_changed_at", "updated_at", "created_at", "accepted_at", "decided_at")
    values = {name: getattr(request, name) - span for name in columns if getattr(request, name)}
    Request.objects.filter(pk=request.pk).update(**values)
    request.refresh_from_db()
