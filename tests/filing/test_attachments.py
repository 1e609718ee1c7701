from __future__ import annotations

import base64
import hashlib
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from filing.documents.shape import BadImage
from filing.models import Attachment
from filing.services import attachments
from filing.services.attachments import (
    REFERENCE,
    ImageDamaged,
    IncomingImages,
    StoredImages,
    examine,
    facts_of,
    read_bytes,
    references,
    store,
)
from tests import factories
from tests.threads import at_once

JPEG = factories.image("JPEG", (40, 30))
PNG = factories.image("PNG", (40, 30))
NOISE = os.urandom(3000)


# --- the store ------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def files(root: Path) -> list[Path]:
    return [each for each in root.rglob("*") if each.is_file()]


@pytest.mark.django_db
def test_it_keeps_the_same_bytes_once_in_a_private_place(attachment_root: Path) -> None:
    owner = factories.user("owner")
    first, again = store(JPEG, user=owner), store(JPEG)
    assert (first.pk, first.created_by) == (again.pk, owner)
    assert first.sha256 == hashlib.sha256(JPEG).hexdigest()
    assert (first.format, first.size_bytes, first.width, first.height) == (1, len(JPEG), 40, 30)
    [path] = files(attachment_root)
    assert path == attachment_root / first.sha256[:2] / first.sha256
    assert (mode(attachment_root), mode(path.parent), mode(path)) == (0o700, 0o700, 0o600)
    assert read_bytes(first.sha256) == JPEG


@pytest.mark.django_db
def test_it_is_private_whatever_the_process_lets_others_do(tmp_path: Path, settings: Any) -> None:
    settings.ATTACHMENT_ROOT = tmp_path / "new"
    before = os.umask(0)
    try:
        row = store(PNG)
    finally:
        os.umask(before)
    path = settings.ATTACHMENT_ROOT / row.sha256[:2] / row.sha256
    assert (mode(settings.ATTACHMENT_ROOT), mode(path.parent), mode(path)) == (0o700, 0o700, 0o600)


@pytest.mark.django_db
def test_it_stores_nothing_that_is_no_image(attachment_root: Path) -> None:
    with pytest.raises(BadImage):
        store(NOISE)
    assert files(attachment_root) == []
    assert not Attachment.objects.exists()


@pytest.mark.django_db
def test_it_makes_the_row_again_where_only_the_file_was_left(attachment_root: Path) -> None:
    store(JPEG)
    Attachment.objects.all().delete()
    assert read_bytes(store(JPEG).sha256) == JPEG


@pytest.mark.django_db
def test_it_notices_a_damaged_file_and_mends_it_when_the_image_comes_again(attachment_root: Path) -> None:
    sha256 = store(JPEG).sha256
    (path,) = [each for each in attachment_root.rglob("*") if each.is_file()]
    path.write_bytes(JPEG[:-1] + b"\0")
    with pytest.raises(ImageDamaged, match="在存储里已损坏") as caught:
        read_bytes(sha256)
    assert caught.value.sha256 == sha256
    store(JPEG)
    assert read_bytes(sha256) == JPEG


@pytest.mark.django_db
def test_it_has_the_file_before_the_row(attachment_root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*args: Any) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(attachments.os, "fsync", full)
    with pytest.raises(OSError, match="disk full"):
        store(JPEG)
    assert not Attachment.objects.exists()
    with pytest.raises(FileNotFoundError):
        read_bytes(hashlib.sha256(JPEG).hexdigest())
    assert files(attachment_root) == []


@pytest.mark.django_db(transaction=True)
def test_it_stores_the_same_bytes_from_several_threads_at_once(attachment_root: Path) -> None:
    data = factories.image("PNG", (700, 700), "blue")
    for _ in range(5):
        found = at_once(*[lambda: store(data)] * 4)
        assert len({each.pk for each in found if isinstance(each, Attachment)}) == 1, found
        assert all(isinstance(each, Attachment) for each in found), found
        [path] = files(attachment_root)
        assert path.read_bytes() == data
        path.unlink()
        Attachment.objects.all().delete()


# --- references -----------------------------------------------------------------------------------


def test_it_finds_every_reference_of_a_document() -> None:
    a, b, c = (f"{n}" * 64 for n in "abc")
    document = {
        "x": [{"y": f"{REFERENCE}{a}"}, [f"{REFERENCE}{b}"]],
        "z": f"{REFERENCE}{c}",
        "n": 1,
        "e": [{}],
    }
    assert references(document) == {a, b, c}
    assert references({}) == references([]) == references(None) == references("sha256") == set()


@pytest.mark.django_db
def test_it_knows_the_facts_of_what_a_document_refers_to(attachment_root: Path) -> None:
    row = store(JPEG)
    store(PNG)
    content = {"attachments": [{"content": REFERENCE + row.sha256}, {"content": REFERENCE + "0" * 64}]}
    assert facts_of(content) == {row.sha256: examine(JPEG)}


def test_it_takes_images_as_json_brings_them_and_stores_none_yet() -> None:
    images = IncomingImages()
    text = base64.encodebytes(JPEG).decode()
    assert images.take(text, jpeg_only=True) == REFERENCE + hashlib.sha256(JPEG).hexdigest()
    assert list(images.waiting.values()) == [JPEG]
    for bad, words in [("?", "base64"), ("AAA", "base64"), ("永", "base64"), ("AAAA", "不是 JPEG")]:
        with pytest.raises(BadImage, match=words):
            images.take(bad, jpeg_only=False)
    with pytest.raises(BadImage, match="只收 JPEG 图片"):
        images.take(base64.b64encode(PNG).decode(), jpeg_only=True)
    assert list(images.waiting.values()) == [JPEG]


@pytest.mark.django_db
def test_it_takes_references_only_to_what_is_stored(attachment_root: Path) -> None:
    jpeg, png = (REFERENCE + store(data).sha256 for data in (JPEG, PNG))
    assert StoredImages().take(jpeg, jpeg_only=True) == jpeg
    assert StoredImages().take(png, jpeg_only=False) == png
    with pytest.raises(BadImage, match="只收 JPEG 图片"):
        StoredImages().take(png, jpeg_only=True)
    for bad in (
        REFERENCE + "0" * 64,
        jpeg.removeprefix(REFERENCE),
        "sha256:",
        "sha256:\x00",
        base64.b64encode(JPEG).decode(),
    ):
        with pytest.raises(BadImage, match="找不到这张图片"):
            StoredImages().take(bad, jpeg_only=False)
