"""Which open requests act on filed records that are gone: found by the names that their documents give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from filing.choices import UNDECIDED_STATES, AttachmentOwner, Operation
from filing.identifiers import tidy_filing_number
from filing.models import Request
from filing.services.revisions import current_revision

Document = dict[str, Any]

NO_FILING_YET = (Operation.NEW_FILING, Operation.UNFILED_RESULT)
"""These act on nothing that is filed."""


@dataclass(frozen=True)
class Gone:
    """The bureau's ids and the numbers of records that are gone."""

    subject_ids: frozenset[int] = frozenset()
    subject_numbers: frozenset[str] = frozenset()
    website_ids: frozenset[int] = frozenset()
    website_numbers: frozenset[str] = frozenset()
    access_ids: frozenset[int] = frozenset()

    def subject(self, bureau_id: object, number: object = "") -> bool:
        return _names(bureau_id, number, self.subject_ids, self.subject_numbers)

    def website(self, bureau_id: object, number: object = "") -> bool:
        return _names(bureau_id, number, self.website_ids, self.website_numbers)

    @property
    def targets(self) -> list[str]:
        """As `Request.target` names them."""
        named: tuple[tuple[str, frozenset[Any]], ...] = (
            ("subject", self.subject_ids | self.subject_numbers),
            ("subject-number", self.subject_numbers),
            ("website", self.website_ids | self.website_numbers),
            ("website-number", self.website_numbers),
            ("access", self.access_ids),
        )
        return sorted(f"{kind}:{name}" for kind, names in named for name in names)


def _names(bureau_id: object, number: object, ids: frozenset[int], numbers: frozenset[str]) -> bool:
    return bureau_id in ids or (isinstance(number, str) and tidy_filing_number(number) in numbers)


@dataclass(frozen=True)
class Acting:
    """An open request that acts on something gone. `wholly`: nothing that is still filed is left for it to act on."""

    request: Request
    wholly: bool


def open_requests_on(gone: Gone, *, isp_id: int, unassigned: bool) -> list[Acting]:
    """The undecided requests of a link that act on what is gone, by key. `unassigned`: also those without a link yet."""
    links = Q(isp_id=isp_id) | (Q(isp_id=None) if unassigned else Q(pk__in=()))
    rows = (
        Request.objects.filter(links, state__in=UNDECIDED_STATES)
        .exclude(operation__in=NO_FILING_YET)
        .filter(revisions__number=F("revision_number"))
        .filter(Q(target__in=gone.targets) | _mentions(gone))
        .order_by("pk")
        .distinct()
    )
    found = ((request, _touched(request, gone)) for request in rows)
    return [Acting(request, wholly) for request, wholly in found if wholly is not None]


def _mentions(gone: Gone) -> Q:
    """Documents that may name something gone: a first sieve for the database, `_touched` decides."""
    subject_ids, website_ids = sorted(gone.subject_ids), sorted(gone.website_ids)
    numbers = sorted(gone.subject_numbers | gone.website_numbers)
    every_id = sorted(gone.subject_ids | gone.website_ids | gone.access_ids)
    start = "revisions__content__"
    found = (
        Q(**{f"{start}subject_bureau_id__in": subject_ids})
        | Q(**{f"{start}subject__bureau_id__in": subject_ids})
        | Q(**{f"{start}website_bureau_id__in": website_ids})
        | Q(**{f"{start}bureau_id__in": every_id})
    )
    for name in ("subject_number", "subject__number", "website_number", "number"):
        found |= Q(**{f"{start}{name}__in": numbers})
    inside: list[Document] = [{"websites": [{"bureau_id": each}]} for each in website_ids]
    inside += [{"websites": [{"number": each}]} for each in sorted(gone.website_numbers)]
    inside += [{"websites": [{"accesses": [{"bureau_id": each}]}]} for each in sorted(gone.access_ids)]
    inside += [{"attachments": [{"owner_bureau_id": each}]} for each in subject_ids + website_ids]
    inside += [{"attachments": [{"owner_number": each}]} for each in numbers]
    for part in inside:
        found |= Q(revisions__content__contains=part)
    return found


def _touched(request: Request, gone: Gone) -> bool | None:
    """None: it acts on nothing that is gone. Else whether it wholly does."""
    content = current_revision(request).content
    match request.operation:
        case Operation.NEW_WEBSITE:
            named = gone.subject(content.get("subject_bureau_id"), content.get("subject_number"))
        case Operation.NEW_ACCESS:
            named = gone.website(content.get("website_bureau_id"), content.get("website_number"))
        case Operation.CANCEL_SUBJECT:
            named = gone.subject(content.get("bureau_id"), content.get("number"))
        case Operation.CANCEL_WEBSITE:
            named = gone.website(content.get("bureau_id"), content.get("number"))
        case Operation.CANCEL_ACCESS:
            named = content.get("bureau_id") in gone.access_ids or gone.website(None, content.get("number"))
        case Operation.SUBMIT_MATERIALS:
            named = any(_owner_gone(each, gone) for each in content.get("attachments", []))
        case _:
            return _filing_touched(content, gone)
    return True if named else None


def _owner_gone(attachment: Document, gone: Gone) -> bool:
    bureau_id, number = attachment.get("owner_bureau_id"), attachment.get("owner_number")
    if attachment.get("owner") == AttachmentOwner.SUBJECT:
        return gone.subject(bureau_id, number)
    return gone.website(bureau_id, number)


def _filing_touched(content: Document, gone: Gone) -> bool | None:
    """A change or a verification result: of the whole subject, or with some of its websites or accesses gone."""
    subject = content.get("subject", {})
    if gone.subject(subject.get("bureau_id"), subject.get("number")):
        return True
    websites = content.get("websites", [])
    without = [gone.website(each.get("bureau_id"), each.get("number")) for each in websites]
    accesses = [access.get("bureau_id") for each in websites for access in each.get("accesses", [])]
    if any(without):
        return all(without)
    return False if gone.access_ids & set(filter(None, accesses)) else None
