"""Each operation has its form: a document is shown, sent back untouched, and is the same document."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from filing.choices import Operation
from filing.documents.digest import without_own_ids
from filing.documents.operations import read_content
from filing.forms import translation
from filing.models import Request
from filing.services.attachments import IncomingImages
from filing.services.codes import load_builtin_codes
from filing.services.intake import ENVELOPE_KEYS
from tests import factories
from tests.filing.documents import AnyImages
from tests.filing.posting import content, content_of, edit, fields, page, typed_again

EXAMPLES = Path(__file__).parents[2] / "examples" / "operations.json"
OPERATIONS = [each for each in Operation if each != Operation.NEW_FILING]


def examples() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(EXAMPLES.read_text("utf-8"))["requests"]
    return found


def body_of(item: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in item.items() if key not in ENVELOPE_KEYS}


@pytest.mark.django_db
@pytest.mark.parametrize("item", examples(), ids=lambda item: item["ref"])
def test_it_sends_the_example_of_each_operation_back_as_it_was(client: Client, item: dict[str, Any]) -> None:
    load_builtin_codes()
    images = IncomingImages()
    document, problems = read_content(item["operation"], body_of(item), images)
    assert problems == []
    images.save()
    owner = factories.people().owner
    client.force_login(owner)
    filing = factories.draft(owner, document, operation=item["operation"])
    before = copy.deepcopy(content(filing))
    posted = fields(client, edit(filing))
    assert client.post(edit(filing), posted | {"do": "save"}).status_code == 302
    assert content(filing) == before
    assert Request.objects.get(pk=filing.pk).revisions.get().edits == 1


@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_translates_there_and_back(operation: str) -> None:
    load_builtin_codes()
    document, problems = read_content(
        operation, factories.document(operation, "sha256:" + "a" * 64), AnyImages()
    )
    assert problems == []
    typed = typed_again(translation.from_document(operation, document), operation)
    assert without_own_ids(content_of(typed, document, operation)) == document


@pytest.mark.django_db
def test_it_takes_a_line_that_was_changed_for_something_new() -> None:
    """The bureau's id belongs to the domain as it was: another name is another domain."""
    document = factories.document(Operation.CHANGE, "sha256:" + "a" * 64)
    document["websites"][0]["domains"].append({"name": "example.com", "bureau_id": 3002})
    typed = translation.from_document(Operation.CHANGE, document)
    typed["websites"][0]["domains"] = "example.com\nexample.net"
    found = content_of(typed, document, Operation.CHANGE)["websites"][0]["domains"]
    assert found == [{"bureau_id": 3002, "name": "example.com"}, {"name": "example.net"}]


@pytest.mark.django_db
@pytest.mark.parametrize("operation", OPERATIONS)
def test_it_shows_a_form_even_where_nothing_is_filled_in(client: Client, operation: str) -> None:
    load_builtin_codes()
    owner = factories.people().owner
    client.force_login(owner)
    filing = factories.draft(owner, {}, operation=operation)
    response = client.get(edit(filing) + "?check=1")
    assert response.status_code == 200
    assert "处要补" in page(response)
