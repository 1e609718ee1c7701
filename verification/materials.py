"""What a request should have attached, and what of it is there. Pure: documents in, needs out.

Spec: result codes 1055–1061 and the V.3.0 upload schema (Fjyt, Ssdxlx); which papers are shown at a verification is
the ministry's, bureaus may ask for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, AttachmentOwner, Operation

Document = dict[str, Any]

VERIFICATION_FORM = 1
OWNER_CERTIFICATE = 2
SUBJECT_RESPONSIBLE_ID = 3
WEBSITE_RESPONSIBLE_ID = 4
ON_SITE_PHOTO = 5
"""Purposes of attachments (Fjyt) that a verification needs."""

ASKED_OF = (Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.NEW_ACCESS, Operation.CHANGE)
"""Operations for which somebody is verified; the others come with no papers, or are papers."""


@dataclass(frozen=True)
class Need:
    """One paper that should be there. `place` is that of the website from 0, None for the subject.

    `attached` are the places of the attachments that meet it; `standing_in` those of another purpose that do.
    """

    purpose: int
    place: int | None
    attached: tuple[int, ...]
    standing_in: tuple[int, ...] = ()

    @property
    def is_met(self) -> bool:
        return bool(self.attached or self.standing_in)


def needs_of(
    content: Document, operation: str = Operation.NEW_FILING, before: Document | None = None
) -> list[Need]:
    """The papers that a request needs: those of the subject, then those of each website.

    `before`: for a change, what is filed now, as a change would tell it; without it nothing can be told.
    """
    if operation == Operation.NEW_FILING:
        found = _of_subject(content)
        for place in range(len(content.get("websites", []))):
            found += _of_website(content, place)
        return found
    if operation == Operation.NEW_WEBSITE:
        return [
            need for place in range(len(content.get("websites", []))) for need in _of_website(content, place)
        ]
    if operation == Operation.NEW_ACCESS:
        # The website is filed already and is the only one that can be meant.
        papers = (VERIFICATION_FORM, WEBSITE_RESPONSIBLE_ID, ON_SITE_PHOTO)
        return [Need(purpose, 0, _attached(content, purpose, 0, alone=True)) for purpose in papers]
    if operation == Operation.CHANGE and before is not None:
        return _of_change(content, before)
    return []


def missing(needs: list[Need]) -> list[Need]:
    """Those that nothing meets."""
    return [need for need in needs if not need.is_met]


def _of_subject(content: Document) -> list[Need]:
    """An individual is their own responsible person: their certificate is also that person's."""
    certificate = _attached(content, OWNER_CERTIFICATE, None)
    own_paper = _attached(content, SUBJECT_RESPONSIBLE_ID, None)
    stands_in = certificate if content.get("subject", {}).get("nature") == INDIVIDUAL_NATURE else ()
    return [
        Need(OWNER_CERTIFICATE, None, certificate),
        Need(SUBJECT_RESPONSIBLE_ID, None, own_paper, stands_in),
    ]


def _of_website(content: Document, place: int) -> list[Need]:
    """Where a website has the subject's responsible person (the same certificate), that paper need not come twice."""
    website = content["websites"][place]
    subject = content.get("subject", {})
    stands_in: tuple[int, ...] = ()
    if _is_same_person(subject.get("responsible", {}), website.get("responsible", {})):
        stands_in = _attached(content, SUBJECT_RESPONSIBLE_ID, None)
        if not stands_in and subject.get("nature") == INDIVIDUAL_NATURE:
            stands_in = _attached(content, OWNER_CERTIFICATE, None)
    return [
        Need(VERIFICATION_FORM, place, _attached(content, VERIFICATION_FORM, place)),
        Need(WEBSITE_RESPONSIBLE_ID, place, _attached(content, WEBSITE_RESPONSIBLE_ID, place), stands_in),
        Need(ON_SITE_PHOTO, place, _attached(content, ON_SITE_PHOTO, place)),
    ]


def _of_change(content: Document, before: Document) -> list[Need]:
    """Who must be seen in person: where the owner's certificate or a website's responsible person is another one now."""
    subject, old = content.get("subject", {}), before.get("subject", {})
    found = []
    if _identity(subject.get("certificate"), "number") != _identity(old.get("certificate"), "number"):
        found.append(Need(OWNER_CERTIFICATE, None, _attached(content, OWNER_CERTIFICATE, None)))
    if _person(subject) != _person(old):
        found.append(Need(SUBJECT_RESPONSIBLE_ID, None, _attached(content, SUBJECT_RESPONSIBLE_ID, None)))
    filed = {name: each for each in before.get("websites", []) for name in _names(each)}
    for place, website in enumerate(content.get("websites", [])):
        known = next((filed[name] for name in _names(website) if name in filed), None)
        if known is not None and _person(website) != _person(known):
            found += _of_website(content, place)
    return found


def _names(website: Document) -> list[tuple[str, Any]]:
    return [(key, website[key]) for key in ("bureau_id", "number") if website.get(key)]


def _person(record: Document) -> str:
    return _identity(record.get("responsible"), "certificate_number")


def _identity(block: Document | None, field: str) -> str:
    return str((block or {}).get(field, "")).strip().upper()


def _attached(content: Document, purpose: int, place: int | None, *, alone: bool = False) -> tuple[int, ...]:
    """Places of the attachments with this purpose that belong to the subject (None) or the website.

    `alone`: the one website that the request is about, however it is named.
    """
    owner = AttachmentOwner.SUBJECT if place is None else AttachmentOwner.WEBSITE
    return tuple(
        index
        for index, each in enumerate(content.get("attachments", []))
        if each.get("content")
        and (each.get("purpose"), each.get("owner")) == (purpose, owner)
        and (alone or place is None or _names_website(each, content, place))
    )


def _names_website(attachment: Document, content: Document, place: int) -> bool:
    """By its place in the request or, where it is filed, by the bureau's id or its number."""
    if "owner_index" in attachment:
        return bool(attachment["owner_index"] == place)
    website = content["websites"][place]
    return any(
        attachment.get(f"owner_{key}") is not None and attachment[f"owner_{key}"] == website.get(key)
        for key in ("bureau_id", "number")
    )


def _is_same_person(one: Document, other: Document) -> bool:
    number = one.get("certificate_number")
    return bool(number) and number == other.get("certificate_number")
