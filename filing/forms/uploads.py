"""Images of a form: those that come with the posted form itself, and those that must shrink for their purpose."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.utils.datastructures import MultiValueDict

from filing.documents.shape import BadImage, Problem
from filing.forms.typed import Posted, Typed, tree_of
from filing.models import Attachment
from filing.rules.materials import MOST_CHARACTERS
from filing.services.attachments import MOST_BYTES, REFERENCE, references
from filing.services.fitting import limit_for, refit, store_fitted

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FILE = "-file"
"""What the name of a file field adds to the name of the field that holds the reference."""


def read_upload(file: UploadedFile[Any]) -> bytes:
    """The bytes of an uploaded file. Raises: BadImage before reading one that is far too large."""
    if (file.size or 0) > MOST_BYTES:
        raise BadImage(
            f"图片不得超过 {MOST_BYTES // 1024 // 1024} MB，这张有 {(file.size or 0) / 1024 / 1024:.0f} MB"
        )
    data = file.read()
    return bytes(data)


def purpose_of(text: str) -> int | None:
    """A typed purpose as its code; None where none is chosen."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def take_files(
    typed: Typed, posted: Posted, files: MultiValueDict[str, UploadedFile[Any]], user: User
) -> list[Problem]:
    """Store the files that came with the form and write their references into what was typed.

    Shape: a problem for each that is no usable image; the path is that of its field.
    """
    problems: list[Problem] = []
    for name, path, block in _image_blocks(typed, posted):
        several = name.endswith("-scans")
        for file in files.getlist(name + FILE):
            try:
                limit = MOST_CHARACTERS if several else limit_for(purpose_of(block["purpose"]))
                row = store_fitted(read_upload(file), limit, user=user, jpeg_only=several)
            except BadImage as error:
                problems.append(Problem(path, file.name or "图片", str(error)))
                continue
            if several:
                block["scans"] = [*block["scans"], REFERENCE + row.sha256]
            else:
                block["content"] = REFERENCE + row.sha256
    return problems


def _image_blocks(typed: Typed, posted: Posted) -> Iterator[tuple[str, str, Typed]]:
    """Each field that holds images: its posted name, its path, the block that it stands in."""
    tree = tree_of(posted)
    # Not every operation has attachments and websites: zip ends with what its form holds.
    keys = tree.at("attachments").item_keys()
    for place, (key, block) in enumerate(zip(keys, typed.get("attachments", []), strict=False)):
        yield f"attachments-{key}-content", f"attachments[{place}].content", block
    keys = tree.at("websites").item_keys()
    for place, (key, website) in enumerate(zip(keys, typed.get("websites", []), strict=False)):
        stem = f"websites-{key}-pre_approvals"
        for each, inner in enumerate(tree.at("websites", key, "pre_approvals").item_keys()):
            block = website["pre_approvals"][each]
            yield f"{stem}-{inner}-scans", f"websites[{place}].pre_approvals[{each}].scans", block


def fit_all(typed: Typed, user: User) -> None:
    """Make attachments fit the purpose that they have now: one chosen after the upload may allow less."""
    rows = known_images(typed)
    for attachment in typed.get("attachments", []):
        row = rows.get(attachment["content"].removeprefix(REFERENCE))
        if row is not None:
            fitted = refit(row, limit_for(purpose_of(attachment["purpose"])), user=user)
            attachment["content"] = REFERENCE + fitted.sha256


def known_images(typed: Typed) -> dict[str, Attachment]:
    """The stored images that a form refers to, by hash."""
    rows = Attachment.objects.select_related("original").filter(sha256__in=references(typed))
    return {row.sha256: row for row in rows}
