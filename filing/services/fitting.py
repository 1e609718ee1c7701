"""Making an image fit what the bureau takes: smaller, as JPEG, the original kept beside it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from filing.documents.shape import BadImage
from filing.models import Attachment
from filing.rules.materials import MOST_CHARACTERS, MOST_CHARACTERS_OF_FORM, VERIFICATION_FORM
from filing.services.attachments import ImageFacts, examine, read_bytes, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

JPEG = 1
SIDES = (2400, 2000, 1700, 1450, 1250, 1080, 940, 820, 720, 640, 560, 480, 400, 320)
"""Longest sides that are tried, in pixels."""
QUALITIES = (82, 70, 58, 48)
"""Below the last one letters blur sooner than they shrink: a smaller picture is easier to read then."""


def limit_for(purpose: int | None) -> int:
    """The most characters of base64 that an image of this purpose may have. Spec: protocol "Fields"."""
    return MOST_CHARACTERS_OF_FORM if purpose == VERIFICATION_FORM else MOST_CHARACTERS


def most_kb(limit: int) -> int:
    """A limit in base64 characters as kilobytes of the image itself, for people."""
    return limit * 3 // 4 // 1000


def fit(data: bytes, limit: int, *, jpeg_only: bool = False) -> bytes:
    """Return the image as it is where it fits, else the largest readable JPEG of it that does.

    Units: `limit` counts characters of base64. A copy is upright (as its EXIF says) and carries no EXIF, so also
    no place where it was taken.
    Raises: BadImage where it is none, or cannot be made small enough.
    """
    facts = examine(data)
    if facts.base64_length <= limit and not (jpeg_only and facts.format != JPEG):
        return data
    with Image.open(io.BytesIO(data)) as image:
        picture = _on_white(ImageOps.exif_transpose(image))
    for smaller in _smaller(picture):
        for quality in QUALITIES:
            buffer = io.BytesIO()
            smaller.save(buffer, "JPEG", quality=quality, optimize=True)
            if (len(buffer.getbuffer()) + 2) // 3 * 4 <= limit:
                return buffer.getvalue()
    raise BadImage(f"缩到 {SIDES[-1]} 像素仍超过 {most_kb(limit)} KB，请裁去多余的部分再传")


def _on_white(image: Image.Image) -> Image.Image:
    """Without transparency: JPEG has none, and black ground would hide black letters."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        shown = image.convert("RGBA")
        ground = Image.new("RGBA", shown.size, "white")
        return Image.alpha_composite(ground, shown).convert("RGB")
    return image.convert("RGB")


def _smaller(picture: Image.Image) -> Iterator[Image.Image]:
    longest = max(picture.size)
    if longest <= SIDES[0]:
        yield picture
    for side in SIDES:
        if side < longest:
            scale = side / longest
            size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
            yield picture.resize(size, Image.Resampling.LANCZOS)


def store_fitted(data: bytes, limit: int, *, user: User | None = None, jpeg_only: bool = False) -> Attachment:
    """Store an image that fits; where a copy had to be made, the original too, and the copy points to it.

    Raises: BadImage.
    """
    fitted = fit(data, limit, jpeg_only=jpeg_only)
    if fitted is data:
        return store(data, user=user)
    return store(fitted, user=user, original=store(data, user=user))


def refit(row: Attachment, limit: int, *, user: User | None = None, jpeg_only: bool = False) -> Attachment:
    """The same image under another limit, made from its original again. Raises: BadImage."""
    source = row.original or row
    facts = ImageFacts(row.format, row.size_bytes, row.width, row.height)
    if facts.base64_length <= limit and row.original is None and not (jpeg_only and row.format != JPEG):
        return row
    return store_fitted(read_bytes(source.sha256), limit, user=user, jpeg_only=jpeg_only)
