"""Invented papers: numbers with a right check digit, and pictures that say that they are samples."""

from __future__ import annotations

import io
import random

from PIL import Image, ImageDraw

_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_CREDIT_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
SAMPLE_TITLES = {1: "VERIFICATION FORM", 2: "CERTIFICATE", 3: "ID CARD", 4: "ID CARD", 5: "ON-SITE PHOTO"}


def id_card(region: int, birthday: str, serial: int) -> str:
    """An invented identity number of a region, with its check digit (GB 11643)."""
    body = f"{region}{birthday}{serial:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(body, _WEIGHTS, strict=True))
    return body + _CHECK[total % 11]


def credit_code(region: int, serial: int) -> str:
    """An invented unified social credit code of an enterprise, with its check letter (GB 32100)."""
    body = f"91{region}MA{serial:07d}"
    total = sum(_CREDIT_LETTERS.index(c) * w for c, w in zip(body, _CREDIT_WEIGHTS, strict=True))
    return body + _CREDIT_LETTERS[(31 - total % 31) % 31]


def picture(purpose: int, seed: int) -> bytes:
    """A JPEG of a sheet of paper (or a card, or a person before a backdrop) marked SAMPLE, below 75,000 bytes."""
    tall = purpose in (1, 2)
    size = (620, 877) if tall else (800, 520)
    image = Image.new("RGB", size, (250, 248, 242))
    draw = ImageDraw.Draw(image)
    lot = random.Random(seed * 10 + purpose)
    tint = (lot.randint(40, 110), lot.randint(60, 120), lot.randint(100, 160))
    if purpose == 5:
        _person(draw, size, tint)
    else:
        _sheet(draw, size, tint, lot, card=not tall)
    draw.text((30, 24), f"SAMPLE - {SAMPLE_TITLES.get(purpose, 'DOCUMENT')}", fill=tint, font_size=26)
    draw.text((30, size[1] - 44), "invented for demonstration", fill=(140, 140, 140), font_size=18)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return out.getvalue()


def _sheet(
    draw: ImageDraw.ImageDraw,
    size: tuple[int, int],
    tint: tuple[int, int, int],
    lot: random.Random,
    *,
    card: bool,
) -> None:
    draw.rectangle((12, 12, size[0] - 12, size[1] - 12), outline=tint, width=3)
    bottom = size[1] - (90 if card else 220)
    right = size[0] - (280 if card else 40)
    for y in range(90, bottom, 38):
        draw.line((40, y, 40 + lot.randint(90, 130), y), fill=(120, 120, 120), width=7)
        draw.line((200, y, min(right, 200 + lot.randint(140, 360)), y), fill=(70, 70, 70), width=7)
    if card:
        draw.rectangle((size[0] - 240, 110, size[0] - 60, 350), fill=(226, 228, 232), outline=tint, width=2)
        draw.ellipse((size[0] - 190, 150, size[0] - 110, 240), fill=(190, 194, 202))
        draw.pieslice((size[0] - 220, 250, size[0] - 80, 430), 180, 360, fill=(190, 194, 202))
    else:
        seal = (size[0] - 210, size[1] - 230, size[0] - 60, size[1] - 80)
        draw.ellipse(seal, outline=(196, 52, 48), width=6)
        draw.regular_polygon((size[0] - 135, size[1] - 155, 34), 5, fill=(196, 52, 48))


def _person(draw: ImageDraw.ImageDraw, size: tuple[int, int], tint: tuple[int, int, int]) -> None:
    draw.rectangle((0, 0, *size), fill=(214, 224, 234))
    for x in range(0, size[0], 160):
        draw.line((x, 0, x, size[1]), fill=(200, 212, 224), width=2)
    middle = size[0] // 2
    draw.ellipse((middle - 70, 130, middle + 70, 290), fill=(232, 200, 176))
    draw.pieslice((middle - 80, 110, middle + 80, 250), 180, 360, fill=(60, 52, 48))
    draw.pieslice((middle - 170, 290, middle + 170, 760), 180, 360, fill=tint)
