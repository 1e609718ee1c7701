"""Invented people and requests for every test, over the documents of tests/invented.py. Nobody in them exists (虚构).

Requests are moved by the services alone, as users and the link move them. A test changes only what it is about.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any, NamedTuple

from django.contrib.auth.models import Permission, User
from django.utils import timezone

from filing.actors import COMMAND, Actor, person
from filing.choices import Operation, RequestState
from filing.filed_data import AccessData, DomainData, RangeData, SubjectData, WebsiteData
from filing.models import Request
from filing.services import attachments, drafts, outcomes, review
from filing.services.owners import owner_key
from reporting.demo import papers
from tests.invented import (
    CREDIT_CODE,
    ISP_ID,
    NAME,
    SITE_CARD,
    SUBJECT_CARD,
    access,
    base64_image,
    document,
    filed_subject,
    filed_website,
    full_filing,
    image,
    new_filing,
    responsible,
    website,
)
from verification.choices import Way
from verification.services import proving

__all__ = [
    "COMMAND",
    "CREDIT_CODE",
    "ISP_ID",
    "NAME",
    "SITE_CARD",
    "SUBJECT_CARD",
    "access",
    "base64_image",
    "document",
    "filed_subject",
    "filed_website",
    "full_filing",
    "image",
    "new_filing",
    "person",
    "responsible",
    "website",
]

S = RequestState
OTHER_ISP_ID = 310000000002
AT = datetime(2026, 11, 23, 2, 30, tzinfo=UTC)
"""When the bureau of these tests says something."""

_numbers = count(1)


def stored_image(**look: Any) -> str:
    """Store a picture. Shape: the reference that a document holds."""
    return attachments.REFERENCE + attachments.store(image(**look)).sha256


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


def _another(content: dict[str, Any]) -> dict[str, Any]:
    """The new filing of another owner, with other domains, where the usual ones were asked for already: a bureau would
    refuse the second (1003, 1005). The first keeps the names that tests know."""
    if "filed_by" not in content.get("subject", {}):
        return content
    number = next(_numbers)
    certificate = content["subject"].get("certificate", {})
    same_owner = Request.objects.filter(owner_key=owner_key(1, CREDIT_CODE))
    if certificate.get("number") == CREDIT_CODE and same_owner.exists():
        certificate["number"] = papers.credit_code(110108, 5000 + number)
    taken = Request.objects.filter(domains__contains=["example.cn"]).exists()
    for site in content.get("websites", []) if taken else ():
        if [each.get("name") for each in site.get("domains", [])] == ["example.cn"]:
            site["domains"] = [{"name": f"example{number}.cn"}]
            site["home_url"] = f"www.example{number}.cn"
    return content


def draft(
    owner: User | None = None,
    content: dict[str, Any] | None = None,
    *,
    operation: str = Operation.NEW_FILING,
    **more: Any,
) -> Request:
    actor: Actor = person(owner) if owner else COMMAND
    content = _another(copy.deepcopy(content) if content is not None else document(operation, stored_image()))
    return drafts.create_draft(operation, content, actor=actor, **more)


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


def verify(request: Request, by: User) -> None:
    """The responsible person came, and all that a draft needs is verified, as `by` records it. Nothing where nothing is."""
    wanted = proving.missing(request, request.revisions.get(number=request.revision_number).content)
    if wanted and request.state == S.DRAFT:
        proving.record(
            request,
            user=by,
            way=Way.IN_PERSON,
            marks=[each.mark for each in wanted],
            passed=True,
            at=timezone.now(),
            place="虚构核验点",
            photo=attachments.store(image(colour="navy")),
        )


def submit(request: Request, *, user: User) -> None:
    """Verify what must be, then submit."""
    verify(request, user)
    review.submit_for_review(request, user=user)


def _steps(request: Request, group: People) -> dict[str, Callable[[], Any]]:
    one: dict[str, Any] = {"proofs": [proof()]}
    accepted: dict[str, Any] = {"at": AT, "reason": "操作成功", **one}
    return {
        S.IN_REVIEW: lambda: submit(request, user=group.owner),
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


def answer(request: Request, **more: Any) -> SubjectData:
    """What the bureau sends when it approved a new filing: our numbers beside its own ids."""
    content = request.revisions.latest("number").content
    websites = []
    for n, site in enumerate(content["websites"]):
        ranges = tuple(
            RangeData(3405803786 + i, 3405803788 + i, bureau_id=5001 + 10 * n + i, own_id=each["own_id"])
            for i, each in enumerate(site["accesses"][0]["ip_ranges"])
        )
        access = AccessData(4001 + n, own_id=site["accesses"][0]["own_id"], ranges=ranges)
        domains = tuple(
            DomainData(each["name"], bureau_id=3001 + 10 * n + i, own_id=each["own_id"])
            for i, each in enumerate(site["domains"])
        )
        websites.append(
            WebsiteData(2001 + n, site["name"], own_id=site["own_id"], domains=domains, accesses=(access,))
        )
    own_id = content["subject"]["own_id"]
    return filed_subject(*websites, **{"own_id": own_id, **more})
