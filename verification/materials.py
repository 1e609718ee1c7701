"""What a new filing should have attached, and what of it is there. Pure: a document in, needs out.

Spec: result codes 1055–1061 and the V.3.0 upload schema (Fjyt, Ssdxlx); which papers are shown at a verification is
the ministry's, bureaus may ask for more.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, AttachmentOwner

Document = dict[str, Any]

VERIFICATION_FORM = 1
OWNER_CERTIFICATE = 2
SUBJECT_RESPONSIBLE_ID = 3
WEBSITE_RESPONSIBLE_ID = 4
ON_SITE_PHOTO = 5
"""Purposes of attachments (Fjyt) that a verification of a new filing needs."""


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


def needs_of(content: Document) -> list[Need]:
    """The papers that a new filing needs: those of the subject, then those of each website.

    An individual is their own responsible person: their certificate is also that person's. Where a website has the
    subject's responsible person (the same certificate), that person's paper need not come twice.
    """
    subject = content.get("subject", {})
    certificate = _attached(content, OWNER_CERTIFICATE, None)
    found = [Need(OWNER_CERTIFICATE, None, certificate)]
    own_paper = _attached(content, SUBJECT_RESPONSIBLE_ID, None)
    stands_in = certificate if subject.get("nature") == INDIVIDUAL_NATURE else ()
    found.append(Need(SUBJECT_RESPONSIBLE_ID, None, own_paper, stands_in))
    for place, website in enumerate(content.get("websites", [])):
        same = _is_same_person(subject.get("responsible", {}), website.get("responsible", {}))
        found += [
            Need(VERIFICATION_FORM, place, _attached(content, VERIFICATION_FORM, place)),
            Need(
                WEBSITE_RESPONSIBLE_ID,
                place,
                _attached(content, WEBSITE_RESPONSIBLE_ID, place),
                (own_paper or stands_in) if same else (),
            ),
            Need(ON_SITE_PHOTO, place, _attached(content, ON_SITE_PHOTO, place)),
        ]
    return found


def missing(needs: list[Need]) -> list[Need]:
    """Those that nothing meets."""
    return [need for need in needs if not need.is_met]


def _attached(content: Document, purpose: int, place: int | None) -> tuple[int, ...]:
    """Places of the attachments with this purpose that belong to the subject (None) or the website."""
    owner = AttachmentOwner.SUBJECT if place is None else AttachmentOwner.WEBSITE
    return tuple(
        index
        for index, each in enumerate(content.get("attachments", []))
        if each.get("content")
        and (each.get("purpose"), each.get("owner"), each.get("owner_index")) == (purpose, owner, place)
    )


def _is_same_person(one: Document, other: Document) -> bool:
    number = one.get("certificate_number")
    return bool(number) and number == other.get("certificate_number")
