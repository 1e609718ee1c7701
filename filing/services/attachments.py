"""The attachment store: images live once, by content hash, in a private folder outside the web root."""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import os
import re
import tempfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from PIL import Image, UnidentifiedImageError

from filing.documents.shape import BadImage
from filing.models import Attachment

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REFERENCE = "sha256:"
"""How a document refers to an image: this and 64 hex digits."""
_REFERENCE = re.compile(re.escape(REFERENCE) + r"([0-9a-f]{64})")

MOST_BYTES = 20 * 1024 * 1024
"""Larger originals are refused; what goes to the bureau is far smaller (rules/materials.py). Photos of phones fit."""

MOST_PIXELS = 50_000_000

# MPO: a JPEG with a second picture behind it (depth, preview), as many phones make them.
_FORMATS = {"JPEG": 1, "MPO": 1, "PNG": 2}
_READERS = ("JPEG", "PNG")
MEDIA_TYPES = {1: "image/jpeg", 2: "image/png"}

_OTHER_KINDS = (
    (re.compile(rb"\s*%PDF"), "这是 PDF，管局只收图片：打开它，把要的那一页截图或另存为 JPEG，再传"),
    (
        re.compile(rb".{4}ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)", re.DOTALL),
        "这是 iPhone 的 HEIC 照片：在手机上截图，或另存为 JPEG 再传；以后可在“设置 › 相机 › 格式”选“兼容性最佳”",
    ),
    (re.compile(rb".{4}ftyp", re.DOTALL), "这是视频或 AVIF 图片：截图，或另存为 JPEG 再传"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "这是 WebP 图片：另存为 JPEG 或 PNG 再传"),
    (re.compile(rb"GIF8|BM|II\*\0|MM\0\*"), "这是 GIF、BMP 或 TIFF 图片：另存为 JPEG 或 PNG 再传"),
    (
        re.compile(rb"PK\x03\x04|Rar!|7z\xbc\xaf|\xd0\xcf\x11\xe0"),
        "这是文档或压缩包：把里面的图片取出来，一张一张传",
    ),
)
"""What people bring although it is no JPEG or PNG, told by its first bytes, and what to do with it."""


@dataclass(frozen=True)
class ImageFacts:
    """What the content itself proves. `format` is the official code of Fjwjgs."""

    format: int
    size_bytes: int
    width: int
    height: int

    @property
    def base64_length(self) -> int:
        """Characters in the report: the safe reading of the bureau's size limits."""
        return (self.size_bytes + 2) // 3 * 4


class ImageDamaged(Exception):
    """The store holds other bytes under this hash than were put there: a failing disk, or somebody's hand."""

    def __init__(self, sha256: str) -> None:
        super().__init__(f"附件 {sha256[:12]} 在存储里已损坏")
        self.sha256 = sha256


def other_kind(data: bytes) -> str:
    """What a file that is no JPEG or PNG is, and what to do with it; general words where that is not known."""
    for signature, words in _OTHER_KINDS:
        if signature.match(data[:64]):
            return f"不是 JPEG 或 PNG 图片。{words}"
    return "不是 JPEG 或 PNG 图片：另存为 JPEG 再传"


def examine(data: bytes) -> ImageFacts:
    """Read an image to its last row, so that a cut or disguised file is noticed here and not by the bureau.

    Raises: BadImage with Chinese words.
    """
    if not data:
        raise BadImage("内容为空")
    if len(data) > MOST_BYTES:
        raise BadImage(f"图片不得超过 {MOST_BYTES // 1024 // 1024} MB")
    try:
        with Image.open(io.BytesIO(data), formats=_READERS) as image:
            width, height = image.size
            if width * height > MOST_PIXELS:
                raise BadImage(f"图片尺寸过大（{width}×{height}）")
            kind = image.format or ""
            image.load()
    except UnidentifiedImageError as error:
        raise BadImage(other_kind(data)) from error
    except Image.DecompressionBombError as error:
        raise BadImage("图片尺寸过大") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise BadImage("图片已损坏，打不开") from error
    return ImageFacts(_FORMATS[kind], len(data), width, height)


def _folder_of(sha256: str) -> Path:
    return Path(settings.ATTACHMENT_ROOT) / sha256[:2]


def store(
    data: bytes, *, user: User | None = None, original: Attachment | None = None, turned: int = 0
) -> Attachment:
    """Store an image; the same bytes again give the same row.

    The file is written and synced before the row exists: a row without its file would be a report that cannot be built.
    Raises: BadImage.
    """
    facts = examine(data)
    sha256 = hashlib.sha256(data).hexdigest()
    folder = _folder_of(sha256)
    # Each level by itself: parents=True would make the upper ones with the process's umask.
    for level in (Path(settings.ATTACHMENT_ROOT), folder):
        level.mkdir(mode=0o700, exist_ok=True, parents=False)
    path = folder / sha256
    # What lies there may have been damaged since: bringing the image again must mend that.
    if not path.exists() or path.read_bytes() != data:
        _write(path, data)
    else:
        # Its time says when it was brought last: retention counts from there.
        os.utime(path)
    row, _created = Attachment.objects.get_or_create(
        sha256=sha256,
        defaults={
            "format": facts.format,
            "size_bytes": facts.size_bytes,
            "width": facts.width,
            "height": facts.height,
            "original": original,
            "turned": turned,
            "created_by": user,
        },
    )
    return row


def _write(path: Path, data: bytes) -> None:
    """Let the whole file appear at once. The scratch file is this call's own: two threads may store the same image."""
    handle, scratch = tempfile.mkstemp(prefix=".", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, path)
    except BaseException:
        os.unlink(scratch)
        raise


def read_bytes(sha256: str) -> bytes:
    """The bytes of a stored image, proved by their hash: a damaged paper must not reach the bureau.

    Raises: FileNotFoundError where the store lost it, ImageDamaged where it holds something else.
    """
    data = (_folder_of(sha256) / sha256).read_bytes()
    if hashlib.sha256(data).hexdigest() != sha256:
        raise ImageDamaged(sha256)
    return data


def brought_at(sha256: str, otherwise: datetime) -> datetime:
    """When somebody brought these bytes last; `otherwise` where the file is not there."""
    try:
        return datetime.fromtimestamp((_folder_of(sha256) / sha256).stat().st_mtime, UTC)
    except FileNotFoundError:
        return otherwise


def remove_file(sha256: str) -> None:
    """Take the bytes away, for whom the row is gone. Nothing where they are not there, or where the row has come again."""
    if not Attachment.objects.filter(sha256=sha256).exists():
        (_folder_of(sha256) / sha256).unlink(missing_ok=True)


_WITHIN = (dict, list)


def references(value: object) -> set[str]:
    """All hashes that a document refers to."""
    found: set[str] = set()
    waiting: list[Any] = [[value]]
    while waiting:
        each = waiting.pop()
        for part in each.values() if isinstance(each, dict) else each:
            # Most parts are numbers and short texts, and a file is made of a thousand documents.
            if isinstance(part, str):
                if part.startswith(REFERENCE):
                    found.add(part.removeprefix(REFERENCE))
            elif isinstance(part, _WITHIN):
                waiting.append(part)
    return found


def facts_of(content: object) -> dict[str, ImageFacts]:
    """Facts of every stored image that a document (or a list of them) refers to, by hash."""
    return facts_of_images(references(content))


def facts_of_images(hashes: set[str]) -> dict[str, ImageFacts]:
    """Facts of these images, as far as they are stored, by hash."""
    rows = Attachment.objects.filter(sha256__in=hashes)
    facts = rows.values_list("sha256", "format", "size_bytes", "width", "height")
    return {sha256: ImageFacts(*numbers) for sha256, *numbers in facts}


@dataclass
class IncomingImages:
    """Images in base64, as JSON brings them: examined while the document is read, stored only by `save`."""

    waiting: dict[str, bytes] = field(default_factory=dict)
    facts: dict[str, ImageFacts] = field(default_factory=dict)

    def take(self, value: str, *, jpeg_only: bool) -> str:
        try:
            data = base64.b64decode("".join(value.split()), validate=True)
        except (binascii.Error, ValueError) as error:
            raise BadImage("不是 base64 编码的内容") from error
        facts = examine(data)
        if jpeg_only and facts.format != _FORMATS["JPEG"]:
            raise BadImage("只收 JPEG 图片")
        sha256 = hashlib.sha256(data).hexdigest()
        self.waiting[sha256], self.facts[sha256] = data, facts
        return REFERENCE + sha256

    def save(self, user: User | None = None) -> None:
        for data in self.waiting.values():
            store(data, user=user)


class StoredImages:
    """References to images that were stored before (by the upload field of a form)."""

    def take(self, value: str, *, jpeg_only: bool) -> str:
        # No other text goes into a query: the database fails on NUL.
        named = _REFERENCE.fullmatch(value)
        row = Attachment.objects.filter(sha256=named[1]).first() if named else None
        if row is None:
            raise BadImage("找不到这张图片，请重新上传")
        if jpeg_only and row.format != _FORMATS["JPEG"]:
            raise BadImage("只收 JPEG 图片")
        return value


@dataclass(frozen=True)
class LoadedImages:
    """As `StoredImages`, for documents whose images were looked up before (`facts_of`): no query for each of them."""

    facts: dict[str, ImageFacts]

    def take(self, value: str, *, jpeg_only: bool) -> str:
        facts = self.facts.get(value.removeprefix(REFERENCE))
        if facts is None:
            raise BadImage("找不到这张图片，请重新上传")
        if jpeg_only and facts.format != _FORMATS["JPEG"]:
            raise BadImage("只收 JPEG 图片")
        return value
