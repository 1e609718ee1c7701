"""Writing a typed form into a draft: as far as the document can hold it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from filing.actors import person
from filing.documents.operations import read_content
from filing.documents.shape import Problem
from filing.documents.shape import Reading as Checking
from filing.forms import translation
from filing.forms.translation import LINK, PASSWORD, REMARKS
from filing.forms.typed import Document, Typed
from filing.forms.uploads import known_images
from filing.models import Request
from filing.services import intake
from filing.services.attachments import StoredImages
from filing.services.drafts import create_draft, save_draft
from filing.services.errors import RecordInvalid
from filing.services.revisions import current_revision

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_UNIT = 18
"""Digits of a unit number that the database holds."""


@dataclass
class Reading:
    """A typed form as a draft would hold it. `unheld` is what it cannot hold."""

    content: Document
    unheld: list[Problem]


@dataclass
class Saved:
    """A draft that was written, with the counters of its revision and what it could not hold."""

    request: Request
    revision: int
    edits: int
    unheld: list[Problem]


def read(operation: str, typed: Typed, previous: Document | None = None) -> Reading:
    """Read a typed form into the content of a draft, without saving it."""
    formats = {sha256: row.format for sha256, row in known_images(typed).items()}
    translated = translation.to_document(operation, typed, formats, previous)
    content, _problems = read_content(operation, translated.content, StoredImages(), complete=False)
    return Reading(content, translated.unheld)


def create(operation: str, typed: Typed, *, user: User) -> Saved:
    """Begin a draft with what was typed."""
    reading = read(operation, typed)
    request = create_draft(
        operation,
        reading.content,
        actor=person(user),
        isp_id=_link(typed) or None,
        remarks=typed[REMARKS].strip(),
    )
    return Saved(request, request.revision_number, 0, reading.unheld)


def save(request: Request, typed: Typed, *, edits: int, user: User) -> Saved:
    """Write what was typed into a draft that was opened with the save counter `edits`.

    Raises: StaleForm, MoveRefused; RecordInvalid where the filing password is none.
    """
    previous = current_revision(request).content
    reading = read(request.operation, typed, previous)
    translation.number_new_blocks(request.operation, reading.content, previous)
    revision = save_draft(
        request,
        reading.content,
        actor=person(user),
        edits=edits,
        isp_id=_link(typed),
        remarks=typed[REMARKS].strip(),
    )
    _keep_password(request, typed.get(PASSWORD, ""))
    return Saved(request, revision.number, revision.edits, reading.unheld)


def _link(typed: Typed) -> int | None:
    """The link that was chosen; None where the form did not ask, or what came is no unit number."""
    chosen = typed.get(LINK, "")
    return int(chosen) if chosen.isascii() and chosen.isdecimal() and len(chosen) <= LONGEST_UNIT else None


def _keep_password(request: Request, password: str) -> None:
    """Seal a filing password that was typed; an empty field means the one that is held."""
    if not password:
        return
    check = Checking(images=StoredImages())
    intake.PASSWORD.read(password, PASSWORD, check)
    if check.problems:
        raise RecordInvalid(check.problems)
    request.icp_password = password
    request.save(update_fields=["icp_password", "updated_at"])
