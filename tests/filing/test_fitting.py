"""Images are made to fit what the bureau takes; the original stays beside the copy."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from filing.documents.shape import BadImage
from filing.models import Attachment
from filing.rules.materials import MOST_CHARACTERS, MOST_CHARACTERS_OF_FORM
from filing.services import fitting
from filing.services.attachments import examine, read_bytes
from tests import factories


def noise(size: tuple[int, int] = (1600, 1200), kind: str = "JPEG", **options: object) -> bytes:
    """A picture that shrinks badly: every pixel differs."""
    data = io.BytesIO()
    Image.effect_noise(size, 60).convert("RGB").save(data, kind, **options)
    return data.getvalue()


def test_it_leaves_an_image_that_fits_as_it_is() -> None:
    data = factories.image()
    assert fitting.fit(data, MOST_CHARACTERS) is data


@pytest.mark.parametrize("limit", [MOST_CHARACTERS, MOST_CHARACTERS_OF_FORM])
def test_it_makes_a_large_image_fit_and_no_smaller_than_needed(limit: int) -> None:
    fitted = fitting.fit(noise(quality=92), limit)
    facts = examine(fitted)
    assert len(base64.b64encode(fitted)) == facts.base64_length <= limit
    assert facts.base64_length > limit // 2
    assert (facts.format, facts.width * 3) == (1, facts.height * 4)


def test_it_gives_a_verification_form_the_larger_limit() -> None:
    assert fitting.limit_for(1) == MOST_CHARACTERS_OF_FORM
    assert fitting.limit_for(2) == fitting.limit_for(None) == MOST_CHARACTERS
    assert fitting.most_kb(MOST_CHARACTERS) == 75


def test_it_turns_a_png_into_a_jpeg_where_only_those_are_taken() -> None:
    data = factories.image("PNG")
    assert fitting.fit(data, MOST_CHARACTERS) is data
    assert examine(fitting.fit(data, MOST_CHARACTERS, jpeg_only=True)).format == 1


def test_it_lays_a_transparent_image_on_white() -> None:
    data = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(data, "PNG")
    with Image.open(io.BytesIO(fitting.fit(data.getvalue(), MOST_CHARACTERS, jpeg_only=True))) as image:
        assert image.getpixel((4, 4)) == (255, 255, 255)


def test_it_turns_a_photo_upright_and_drops_what_the_camera_wrote() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter
    exif[0x010F] = "camera"
    fitted = fitting.fit(noise((1600, 1000), quality=92, exif=exif, comment=b"at home"), MOST_CHARACTERS)
    with Image.open(io.BytesIO(fitted)) as image:
        assert image.height > image.width
        assert not image.getexif()
    assert b"at home" not in fitted


def located(**options: object) -> bytes:
    """A small JPEG that tells where it was taken, and by whom."""
    exif = Image.Exif()
    exif[0x010F] = "camera"
    exif.get_ifd(0x8825)[2] = (39.0, 54.0, 20.0)
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(data, "JPEG", exif=exif, comment=b"taken at home", **options)
    return data.getvalue()


@pytest.mark.parametrize("data", [located(), located(xmp=b"<x:xmpmeta>at home</x:xmpmeta>")])
def test_it_takes_out_where_a_photo_was_taken_also_where_it_fits(data: bytes) -> None:
    assert b"camera" in data
    clean = fitting.fit(data, MOST_CHARACTERS)
    for told in (b"Exif", b"camera", b"home"):
        assert told not in clean
    with Image.open(io.BytesIO(clean)) as after, Image.open(io.BytesIO(data)) as before:
        assert after.size == before.size
        assert not after.getexif()
        assert after.getpixel((5, 5)) == before.getpixel((5, 5))
    assert fitting.fit(clean, MOST_CHARACTERS) is clean


def test_it_takes_texts_out_of_a_png_and_keeps_it_one() -> None:
    told, data = PngInfo(), io.BytesIO()
    told.add_text("Comment", "taken at home")
    Image.new("RGB", (40, 30), "navy").save(data, "PNG", pnginfo=told)
    clean = fitting.fit(data.getvalue(), MOST_CHARACTERS)
    assert b"home" not in clean
    assert examine(clean).format == 2


def test_it_turns_a_sheet_clockwise() -> None:
    sheet = Image.new("RGB", (60, 40), "white")
    sheet.paste("black", (0, 0, 30, 20))  # the upper left quarter
    data = io.BytesIO()
    sheet.save(data, "PNG")
    corners = {90: (39, 1), 180: (58, 38), 270: (1, 58)}
    for degrees, corner in corners.items():
        with Image.open(io.BytesIO(fitting.fit(data.getvalue(), MOST_CHARACTERS, turned=degrees))) as image:
            assert image.size == ((60, 40) if degrees == 180 else (40, 60))
            assert max(image.getpixel(corner)) < 60


def test_it_doubts_what_is_too_small_to_be_read() -> None:
    small = Attachment(width=320, height=200)
    assert "只有 320 × 200 像素" in fitting.doubt_of(small, MOST_CHARACTERS)
    large = Attachment(width=4000, height=3000)
    shrunk = Attachment(width=480, height=360, original=large)
    assert "缩到 480 像素才放得下" in fitting.doubt_of(shrunk, MOST_CHARACTERS)
    card = Attachment(width=640, height=400, original=large)
    assert fitting.doubt_of(card, MOST_CHARACTERS) == ""
    assert fitting.doubt_of(card, MOST_CHARACTERS_OF_FORM) != ""


def test_it_says_so_where_nothing_readable_would_be_left() -> None:
    with pytest.raises(BadImage, match="裁去多余的部分"):
        fitting.fit(noise(quality=92), 400)


@pytest.mark.parametrize("data", [b"", b"no image", noise()[:5000]])
def test_it_refuses_what_is_no_image(data: bytes) -> None:
    with pytest.raises(BadImage):
        fitting.fit(data, MOST_CHARACTERS)


@pytest.mark.django_db
def test_it_keeps_the_original_beside_the_copy(attachment_root: object) -> None:
    data = noise(quality=92)
    row = fitting.store_fitted(data, MOST_CHARACTERS)
    assert row.original is not None
    assert read_bytes(row.original.sha256) == data
    assert read_bytes(row.sha256) != data
    small = fitting.store_fitted(factories.image(), MOST_CHARACTERS)
    assert small.original is None


@pytest.mark.django_db
def test_it_makes_the_copy_anew_from_the_original_for_another_purpose(attachment_root: object) -> None:
    form = fitting.store_fitted(noise(quality=92), MOST_CHARACTERS_OF_FORM)
    card = fitting.refit(form, MOST_CHARACTERS)
    assert card.original_id == form.original_id
    assert card.size_bytes < form.size_bytes
    assert fitting.refit(card, MOST_CHARACTERS_OF_FORM).sha256 == form.sha256
    small = fitting.store_fitted(factories.image(), MOST_CHARACTERS)
    before = Attachment.objects.count()
    assert fitting.refit(small, MOST_CHARACTERS) == small
    assert Attachment.objects.count() == before


@pytest.mark.django_db
def test_it_keeps_how_an_image_was_turned_for_another_purpose(attachment_root: object) -> None:
    data = noise((1600, 1000), quality=92)
    lying = fitting.store_fitted(data, MOST_CHARACTERS_OF_FORM)
    upright = fitting.turn(lying, 90, MOST_CHARACTERS_OF_FORM)
    assert (upright.turned, upright.original_id) == (90, lying.original_id)
    assert upright.height > upright.width
    card = fitting.refit(upright, MOST_CHARACTERS)
    assert (card.turned, card.height > card.width) == (90, True)
    assert fitting.turn(upright, 270, MOST_CHARACTERS_OF_FORM).sha256 == lying.sha256


@pytest.mark.django_db
def test_it_gives_the_image_itself_back_when_turned_all_around(attachment_root: object) -> None:
    small = fitting.store_fitted(factories.image(size=(8, 6)), MOST_CHARACTERS)
    turned = fitting.turn(small, 90, MOST_CHARACTERS)
    assert (turned.original, turned.width, turned.height) == (small, 6, 8)
    assert fitting.turn(turned, 270, MOST_CHARACTERS) == small


@pytest.mark.django_db
def test_it_says_so_where_the_original_was_lost(attachment_root: Path) -> None:
    row = fitting.store_fitted(noise(quality=92), MOST_CHARACTERS_OF_FORM)
    assert row.original is not None
    (attachment_root / row.original.sha256[:2] / row.original.sha256).write_bytes(b"other")
    with pytest.raises(BadImage, match="已损坏，请重新上传"):
        fitting.turn(row, 90, MOST_CHARACTERS)
