"""Images in the browser: taken in, made to fit, shown to those who may see them."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from lxml import html
from PIL import Image

from filing.models import Attachment
from filing.services import attachments
from tests import factories
from tests.filing.posting import words_on

pytestmark = pytest.mark.django_db
UPLOAD = "/attachments/"
FIELD = "attachments-0-content"
SCANS = "websites-0-pre_approvals-0-scans"


@pytest.fixture(autouse=True)
def store(attachment_root: object) -> None:
    """Images go to a folder of the test's own."""


@pytest.fixture
def people() -> factories.People:
    return factories.people()


@pytest.fixture
def client(client: Client, people: factories.People) -> Client:
    client.force_login(people.owner)
    return client


def a_file(data: bytes | None = None, name: str = "form.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, factories.image() if data is None else data)


def large() -> bytes:
    data = io.BytesIO()
    Image.effect_noise((1600, 1200), 60).convert("RGB").save(data, "JPEG", quality=92)
    return data.getvalue()


def send(client: Client, field: str = FIELD, **more: Any) -> str:
    response = client.post(UPLOAD, {"field": field} | more)
    assert response.status_code == 200
    return response.content.decode()


def values(text: str) -> list[str]:
    return list(html.fromstring(f"<div>{text}</div>").xpath("//input[@type='checkbox'][@checked]/@value"))


def test_it_takes_an_image_for_a_field_and_names_it_by_its_hash(
    client: Client, people: factories.People
) -> None:
    text = send(client, file=a_file())
    row = Attachment.objects.get()
    assert values(text) == [f"sha256:{row.sha256}"]
    assert html.fromstring(f"<div>{text}</div>").xpath("//input/@name") == [FIELD]
    assert row.created_by == people.owner


def test_it_makes_a_large_image_fit_and_shows_both_sizes(client: Client) -> None:
    text = send(client, file=a_file(large()), **{"attachments-0-purpose": "4"})
    row = Attachment.objects.exclude(original=None).get()
    assert values(text) == [f"sha256:{row.sha256}"]
    words = words_on(f"<div>{text}</div>")
    assert "已缩到" in words
    assert "限 75 KB" in words
    assert reverse("attachment_view", args=[row.original.sha256]) in text
    assert "限 112 KB" in words_on(f"<div>{send(client, file=a_file(), purpose='1')}</div>")


def test_it_fits_the_image_that_is_there_to_another_purpose(client: Client) -> None:
    form = values(send(client, file=a_file(large()), purpose="1"))[0]
    card = values(send(client, purpose="4", **{FIELD: form}))[0]
    sizes = {f"sha256:{row.sha256}": row.size_bytes for row in Attachment.objects.all()}
    assert sizes[card] < sizes[form]
    assert sizes[card] <= 75_000


@pytest.mark.parametrize(
    ("data", "words"),
    [(b"no image", "不是 JPEG 或 PNG 图片"), (b"", "没有收下"), (large()[:3000], "图片已损坏，打不开")],
)
def test_it_says_in_words_what_is_no_image_and_keeps_the_one_before(
    client: Client, data: bytes, words: str
) -> None:
    before = values(send(client, file=a_file()))[0]
    text = send(client, file=a_file(data, "cat.jpg"), content=before)
    assert words in words_on(f"<div>{text}</div>") or "没有收到图片" in text
    assert values(text) == [before]


def test_it_refuses_an_image_beyond_all_measure_before_reading_it(client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr("filing.forms.uploads.MOST_BYTES", 100)
    assert "图片不得超过" in send(client, file=a_file(large()))
    assert not Attachment.objects.exists()


def test_it_takes_several_scans_as_jpeg(client: Client) -> None:
    text = send(
        client, SCANS, file=[a_file(), a_file(factories.image("PNG", colour="red")), a_file(b"x", "x.jpg")]
    )
    assert len(values(text)) == 2
    assert "“x.jpg”没有收下" in words_on(f"<div>{text}</div>")
    formats = dict(Attachment.objects.values_list("sha256", "format"))
    assert {formats[each.removeprefix("sha256:")] for each in values(text)} == {1}


@pytest.mark.parametrize("field", ["", "subject-name", 'attachments-"><b>-content'])
def test_it_takes_nothing_for_another_field(client: Client, field: str) -> None:
    assert client.post(UPLOAD, {"field": field, "file": a_file()}).status_code == 400
    assert not Attachment.objects.exists()


def test_it_answers_in_json_where_that_is_asked_for(client: Client) -> None:
    found = client.post(UPLOAD, {"file": a_file(large())}, headers={"Accept": "application/json"})
    body = found.json()
    row = Attachment.objects.exclude(original=None).get()
    assert body["content"] == f"sha256:{row.sha256}"
    assert body["original"] == f"sha256:{row.original.sha256}"
    bad = client.post(UPLOAD, {"file": a_file(b"x")}, headers={"Accept": "application/json"})
    assert bad.status_code == 422
    assert "不是 JPEG 或 PNG 图片" in bad.json()["problem"]


# --- showing ------------------------------------------------------------------------------------------


def view(user: Any, sha256: str) -> int:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.get(reverse("attachment_view", args=[sha256])).status_code


def test_it_shows_an_image_of_a_request_to_people_with_a_role_only(people: factories.People) -> None:
    filing = factories.draft(people.owner)
    sha256 = filing.revisions.get().content["attachments"][0]["content"].removeprefix("sha256:")
    for user, status in ((people.owner, 200), (people.colleague, 200), (people.stranger, 403), (None, 302)):
        assert view(user, sha256) == status


def test_it_hides_an_image_that_no_request_names_from_all_but_who_brought_it(
    people: factories.People,
) -> None:
    row = attachments.store(factories.image(colour="red"), user=people.owner)
    assert view(people.owner, row.sha256) == 200
    assert view(people.colleague, row.sha256) == 404
    assert view(people.owner, "0" * 64) == 404
    assert view(people.owner, "no-hash") == 404


def test_it_shows_the_same_bytes_to_who_brought_them_second(client: Client, people: factories.People) -> None:
    row = attachments.store(factories.image(), user=people.colleague)
    assert client.get(reverse("attachment_view", args=[row.sha256])).status_code == 404
    send(client, file=a_file())
    assert client.get(reverse("attachment_view", args=[row.sha256])).status_code == 200


def test_it_shows_the_original_of_a_copy_that_a_request_names_and_scans(people: factories.People) -> None:
    original = attachments.store(factories.image(colour="red"))
    copy = attachments.store(factories.image(), original=original)
    content = factories.stored_filing()
    scans = [f"sha256:{copy.sha256}"]
    content["websites"][0]["pre_approvals"] = [{"type": 1, "number": "虚构", "scans": scans}]
    content["attachments"] = []
    factories.draft(people.owner, content)
    assert view(people.colleague, copy.sha256) == 200
    assert view(people.colleague, original.sha256) == 200


def test_it_lets_no_image_act_as_a_page(client: Client, people: factories.People) -> None:
    row = attachments.store(factories.image("PNG"), user=people.owner)
    response = client.get(reverse("attachment_view", args=[row.sha256]))
    assert response["Content-Type"] == "image/png"
    assert "sandbox" in response["Content-Security-Policy"]
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in response["Cache-Control"]
    assert response.content == factories.image("PNG")


def test_it_takes_images_of_people_who_enter_only(people: factories.People) -> None:
    for user, status in ((people.stranger, 403), (factories.user("reviewer", "review_request"), 403)):
        client = Client()
        client.force_login(user)
        assert client.post(UPLOAD, {"field": FIELD, "file": a_file()}).status_code == status
    assert Client(headers={"HX-Request": "true"}).post(UPLOAD, {"field": FIELD}).status_code == 401
    assert not Attachment.objects.exists()
