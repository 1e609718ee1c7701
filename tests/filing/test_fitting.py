"""Images are made to fit what the bureau takes; the original stays beside the copy."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image

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
    fitted = fitting.fit(noise((1600, 1000), quality=92, exif=exif), MOST_CHARACTERS)
    with Image.open(io.BytesIO(fitted)) as image:
        assert image.height > image.width
        assert not image.getexif()


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
