"""What a request acts on, and by which names the bureau's results and decisions will call it.

Spec: protocol "What comes back, and to what it belongs": Bs names the request of a result, Jlid that of a decision.
Several names may stand for one request: each is tried, and one that fits two requests goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filing.choices import AttachmentOwner, Operation
from filing.identifiers import tidy_filing_number
from filing.services.holdings import find_access, find_subject, find_website

Document = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """`key`: what must have one undecided request only ("" where nothing is known yet). `results`: values of Bs.
    `decisions`: values of Jlid."""

    key: str = ""
    results: tuple[str, ...] = ()
    decisions: tuple[str, ...] = ()


def identify(operation: str, content: Document, isp_id: int | None) -> Target:
    """Name the target of a document. Drafts with gaps give what is known."""
    match operation:
        case Operation.NEW_FILING:
            own = content.get("subject", {}).get("own_id")
            return _target("own-subject", own, [own], [own])
        case Operation.NEW_WEBSITE:
            return _of_subject(
                isp_id,
                content.get("subject_bureau_id"),
                content.get("subject_number", ""),
                decisions=[website.get("own_id") for website in content.get("websites", [])],
            )
        case Operation.NEW_ACCESS:
            return _new_access(content, isp_id)
        case Operation.CHANGE:
            subject = content.get("subject", {})
            return _of_subject(isp_id, subject.get("bureau_id"), subject.get("number", ""))
        case Operation.CANCEL_SUBJECT:
            return _of_subject(isp_id, content.get("bureau_id"), content.get("number", ""))
        case Operation.CANCEL_WEBSITE | Operation.CANCEL_ACCESS:
            return _cancelled(operation, content, isp_id)
        case Operation.SUBMIT_MATERIALS:
            return _materials(content)
        case Operation.VERIFICATION_RESULT:
            ztid = content.get("subject", {}).get("bureau_id")
            return _target("subject", ztid, [ztid], [])
        case Operation.UNFILED_RESULT:
            domain = content.get("domain", "").lower()
            return _target("domain", domain, [domain], [])
    return Target()


def _target(kind: str, key: object, results: list[Any], decisions: list[Any]) -> Target:
    return Target(f"{kind}:{key}" if key else "", _texts(results), _texts(decisions))


def _texts(values: list[Any]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(value) for value in values if value))


def _of_subject(
    isp_id: int | None, bureau_id: int | None, number: str, *, decisions: list[Any] | None = None
) -> Target:
    number = tidy_filing_number(number)
    # Where a document says both there is nothing to look up.
    held = None if number and bureau_id else find_subject(isp_id, number=number, bureau_id=bureau_id)
    ztid = bureau_id or (held.bureau_id if held else None)
    number = number or (held.number if held else "")
    kind, key = ("subject", ztid) if ztid else ("subject-number", number)
    return _target(kind, key, [ztid, number], [ztid] if decisions is None else decisions)


def _new_access(content: Document, isp_id: int | None) -> Target:
    number = tidy_filing_number(content.get("website_number", ""))
    held = find_website(isp_id, number=number, bureau_id=content.get("website_bureau_id"))
    wzid = content.get("website_bureau_id") or (held.bureau_id if held else None)
    number = number or (held.number if held else "")
    own = content.get("access", {}).get("own_id")
    kind, key = ("website", wzid) if wzid else ("website-number", number)
    return _target(kind, key, [own, number, wzid], [own])


def _cancelled(operation: str, content: Document, isp_id: int | None) -> Target:
    bureau_id, number = content.get("bureau_id"), tidy_filing_number(content.get("number", ""))
    if operation == Operation.CANCEL_WEBSITE:
        website = find_website(isp_id, number=number, bureau_id=bureau_id)
        subject, kind = website.subject if website else None, "website"
    else:
        access = find_access(isp_id, number=number, bureau_id=bureau_id)
        subject, kind = access.website.subject if access else None, "access"
    names = [bureau_id, number, subject.bureau_id if subject else None]
    return _target(kind, bureau_id or number, names, [bureau_id])


def _materials(content: Document) -> Target:
    owners = [
        (each.get("owner"), each.get("owner_bureau_id") or tidy_filing_number(each.get("owner_number", "")))
        for each in content.get("attachments", [])
    ]
    if not owners:
        return Target()
    kind, name = owners[0]
    return _target("subject" if kind == AttachmentOwner.SUBJECT else "website", name, [name], [])
