from __future__ import annotations

import base64
import os
import struct
import zlib
from typing import Any

import pytest

from filing.documents.shape import BadImage
from filing.services.attachments import MOST_BYTES, ImageFacts, examine
from tests import factories

JPEG = factories.image("JPEG", (40, 30))
PNG = factories.image("PNG", (40, 30))
NOISE = os.urandom(3000)


def chunk(name: bytes, data: bytes) -> bytes:
    body = name + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_of(width: int, height: int, *more: bytes) -> bytes:
    """A PNG that claims a size and holds next to nothing."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return (
        b"\x89PNG\r\n\x1a\n"
        + head
        + b"".join(more)
        + chunk(b"IDAT", zlib.compress(b"\0" * 9))
        + chunk(b"IEND", b"")
    )


def photo_of_a_phone() -> bytes:
    """A JPEG with a second picture in it (MPO), as many phones make: the first one is an ordinary JPEG."""
    first = factories.image("JPEG", (40, 30))
    second = factories.image("JPEG", (8, 8))
    entry = 8 + 4 + 3 * 12 + 4
    index = struct.pack("<4sL", b"II*\0", 8) + struct.pack("<H", 3)
    index += struct.pack("<HHL4s", 0xB000, 7, 4, b"0100") + struct.pack("<HHLL", 0xB001, 4, 1, 2)
    index += struct.pack("<HHLL", 0xB002, 7, 32, entry - 2) + struct.pack("<L", 0)
    size = len(first) + len(index) + 32 + 8
    index += struct.pack("<LLLHH", 0x030000, size, 0, 0, 0)
    index += struct.pack("<LLLHH", 0, len(second), size - 8, 0, 0)
    segment = b"MPF\0" + index
    return first[:2] + b"\xff\xe2" + struct.pack(">H", len(segment) + 2) + segment + first[2:] + second


def test_it_tells_the_format_and_size_from_the_content() -> None:
    assert examine(JPEG) == ImageFacts(format=1, size_bytes=len(JPEG), width=40, height=30)
    assert examine(PNG) == ImageFacts(format=2, size_bytes=len(PNG), width=40, height=30)


def test_it_takes_the_photo_of_a_phone_that_holds_a_second_picture() -> None:
    assert examine(photo_of_a_phone()).format == 1


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 74_999, 75_000, 75_001])
def test_it_counts_the_characters_that_the_report_will_have(size: int) -> None:
    assert ImageFacts(1, size, 1, 1).base64_length == len(base64.b64encode(b"x" * size))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "内容为空"),
        (b"\xff\xd8\xff", "不是 JPEG 或 PNG 图片"),
        (NOISE, "不是 JPEG 或 PNG 图片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "不是 JPEG 或 PNG 图片"),
        (b"%PDF-1.4 " + NOISE, "这是 PDF，管局只收图片：打开它"),
        (b"\0\0\0\x18ftypheic" + NOISE, "这是 iPhone 的 HEIC 照片：在手机上截图"),
        (b"\0\0\0\x18ftypavif" + NOISE, "这是视频或 AVIF 图片：截图"),
        (factories.image("WEBP"), "这是 WebP 图片：另存为 JPEG"),
        (factories.image("GIF"), "这是 GIF、BMP 或 TIFF 图片：另存为 JPEG"),
        (factories.image("BMP"), "这是 GIF、BMP 或 TIFF 图片：另存为 JPEG"),
        (factories.image("TIFF"), "这是 GIF、BMP 或 TIFF 图片：另存为 JPEG"),
        (b"PK\x03\x04" + NOISE, "这是文档或压缩包：把里面的图片取出来"),
        (JPEG[: len(JPEG) // 2], "不是 JPEG 或 PNG 图片|图片已损坏，打不开"),
        (factories.image("JPEG", (900, 900), "red")[:-900], "图片已损坏，打不开"),
        (PNG[:60], "图片已损坏，打不开"),
        (PNG[:50] + b"\0\0\0\0" + PNG[54:], "图片已损坏，打不开"),
        (png_of(30, 30), "图片已损坏，打不开"),
        (png_of(30, 30, chunk(b"zTXt", b"a\0\0" + zlib.compress(b"x" * 70_000_000))), "图片已损坏"),
    ],
)
def test_it_says_why_something_is_no_image(data: bytes, words: str) -> None:
    with pytest.raises(BadImage, match=words):
        examine(data)


@pytest.mark.parametrize(("width", "height"), [(8000, 7000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)])
def test_it_does_not_unfold_a_bomb(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def unfolded(*args: Any) -> None:
        raise AssertionError("it began to decode")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", unfolded)
    with pytest.raises(BadImage, match="图片尺寸过大"):
        examine(png_of(width, height))


def test_it_refuses_what_is_larger_than_twenty_megabytes() -> None:
    padded = JPEG + b"\0" * (MOST_BYTES - len(JPEG))
    assert examine(padded).size_bytes == MOST_BYTES
    with pytest.raises(BadImage, match="不得超过 20 MB"):
        examine(padded + b"\0")


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
@pytest.mark.parametrize("whole", [JPEG, PNG, photo_of_a_phone()])
def test_it_never_fails_on_damage_in_another_way(whole: bytes) -> None:
    for place in range(0, len(whole), 3):
        for damaged in (whole[:place], whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]):
            try:
                assert examine(damaged).format in (1, 2)
            except BadImage as refused:
                assert str(refused)
