"""Making an image fit what the bureau takes: smaller, upright, as JPEG, the original kept beside it.

What goes out carries nothing but the picture: no place where it was taken, no camera, no remark.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING

from PIL import Image, ImageOps

from filing.documents.shape import BadImage
from filing.models import Attachment
from filing.rules.materials import MOST_CHARACTERS, MOST_CHARACTERS_OF_FORM, VERIFICATION_FORM
from filing.services.attachments import ImageDamaged, ImageFacts, examine, read_bytes, store

if TYPE_CHECKING:
    from django.contrib.auth.models import User

JPEG = 1
ORIENTATION = 0x0112
"""The EXIF tag that says how a photo stands."""
SIDES = (2400, 2000, 1700, 1450, 1250, 1080, 940, 820, 720, 640, 560, 480, 400, 320)
"""Longest sides that are tried, in pixels."""
QUALITIES = (82, 70, 58, 48)
"""Below the last one letters blur sooner than they shrink: a smaller picture is easier to read then."""
TURNS = {
    90: Image.Transpose.ROTATE_270,
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}
"""Degrees clockwise, as people turn a sheet; Pillow counts the other way round."""
LEGIBLE_SIDE, LEGIBLE_SIDE_OF_FORM = 640, 1000
"""Longest sides below which small print of a card, or of a sheet of A4, is hardly ten pixels high."""
_MORE = frozenset({"exif", "xmp", "XML:com.adobe.xmp", "photoshop", "comment", "mp", "mpoffset"})
"""What Pillow finds beside the picture: where and with what it was taken, remarks, a second picture."""


def limit_for(purpose: int | None) -> int:
    """The most characters of base64 that an image of this purpose may have. Spec: protocol "Fields"."""
    return MOST_CHARACTERS_OF_FORM if purpose == VERIFICATION_FORM else MOST_CHARACTERS


def most_kb(limit: int) -> int:
    """A limit in base64 characters as kilobytes of the image itself, for people."""
    return limit * 3 // 4 // 1000


def doubt_of(row: Attachment, limit: int) -> str:
    """Why small print may not be readable in this image, and what to do; empty where nothing speaks for it."""
    side = max(row.width, row.height)
    if side >= (LEGIBLE_SIDE_OF_FORM if limit > MOST_CHARACTERS else LEGIBLE_SIDE):
        return ""
    if row.original is not None and max(row.original.width, row.original.height) > side:
        return f"缩到 {side} 像素才放得下，小字可能看不清：裁去边上多余的部分再传"
    return f"只有 {row.width} × {row.height} 像素，小字可能看不清：有清楚些的就换一张"


def fit(data: bytes, limit: int, *, jpeg_only: bool = False, turned: int = 0) -> bytes:
    """Return the image as it is where it fits and tells nothing else, else the largest readable copy that does.

    Units: `limit` counts characters of base64, `turned` degrees clockwise from how its EXIF says it stands.
    Raises: BadImage where it is none, or cannot be made small enough.
    """
    facts = examine(data)
    if facts.base64_length <= limit and not turned and not (jpeg_only and facts.format != JPEG):
        if not _tells_more(data):
            return data
        clean = _clean(data)
        if clean and base64_length(clean) <= limit:
            return clean
    with Image.open(io.BytesIO(data)) as image:
        picture = _on_white(ImageOps.exif_transpose(image))
    # A remark of the original would be written into every copy that is made of it.
    picture.info = {}
    if turned:
        picture = picture.transpose(TURNS[turned])
    for smaller in _smaller(picture):
        for quality in QUALITIES:
            buffer = io.BytesIO()
            smaller.save(buffer, "JPEG", quality=quality, optimize=True)
            if base64_length(buffer.getbuffer()) <= limit:
                return buffer.getvalue()
    raise BadImage(
        f"缩到 {SIDES[-1]} 像素仍超过 {most_kb(limit)} KB，再小就看不清了：裁去多余的部分，或分几张再传"
    )


def base64_length(data: bytes | memoryview) -> int:
    """How many characters of base64 these bytes become."""
    return (len(data) + 2) // 3 * 4


def _tells_more(data: bytes) -> bool:
    with Image.open(io.BytesIO(data)) as image:
        image.load()
        texts = getattr(image, "text", None)
        return bool(_MORE & set(image.info) or texts or image.getexif())


def _clean(data: bytes) -> bytes:
    """The same picture without anything beside it; empty where it stands askew, or is no plain JPEG or PNG."""
    with Image.open(io.BytesIO(data)) as image:
        kind = image.format
        if image.getexif().get(ORIENTATION, 1) != 1 or kind not in ("JPEG", "PNG"):
            return b""
        buffer = io.BytesIO()
        if kind == "JPEG":
            # The tables of the original are kept: nothing is lost that the eye could see.
            image.save(buffer, "JPEG", quality="keep", comment=b"")
        else:
            image.load()
            image.info = {key: image.info[key] for key in ("transparency",) if key in image.info}
            image.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


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


def store_fitted(
    data: bytes, limit: int, *, user: User | None = None, jpeg_only: bool = False, turned: int = 0
) -> Attachment:
    """Store an image that fits; where a copy had to be made, the original too, and the copy points to it.

    Raises: BadImage.
    """
    fitted = fit(data, limit, jpeg_only=jpeg_only, turned=turned)
    if fitted is data:
        return store(data, user=user)
    return store(fitted, user=user, original=store(data, user=user), turned=turned)


def refit(row: Attachment, limit: int, *, user: User | None = None, jpeg_only: bool = False) -> Attachment:
    """The same image under another limit, made from its original again.

    Raises: BadImage, also where the store lost the original.
    """
    facts = ImageFacts(row.format, row.size_bytes, row.width, row.height)
    if facts.base64_length <= limit and row.original is None and not (jpeg_only and row.format != JPEG):
        return row
    return _again(row, limit, row.turned, user=user, jpeg_only=jpeg_only)


def turn(
    row: Attachment, degrees: int, limit: int, *, user: User | None = None, jpeg_only: bool = False
) -> Attachment:
    """The image turned clockwise by 90, 180 or 270 degrees: a copy made from the original again, so nothing wears off.

    Raises: BadImage, also where the store lost the original.
    """
    return _again(row, limit, (row.turned + degrees) % 360, user=user, jpeg_only=jpeg_only)


def _again(row: Attachment, limit: int, turned: int, *, user: User | None, jpeg_only: bool) -> Attachment:
    source = row.original or row
    try:
        data = read_bytes(source.sha256)
    except (FileNotFoundError, ImageDamaged) as error:
        raise BadImage("原图在存储里找不到或已损坏，请重新上传") from error
    return store_fitted(data, limit, user=user, jpeg_only=jpeg_only, turned=turned)
