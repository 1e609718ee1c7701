"""Forms in tests: what a browser would send for something typed, or for a page as it was shown."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.test import Client
from django.urls import reverse
from lxml import html

from filing.choices import Operation
from filing.documents.operations import read_content
from filing.forms import translation
from filing.forms.typed import Typed
from filing.models import Request
from filing.services.revisions import current_revision
from tests import factories
from tests.filing.documents import AnyImages

Pairs = list[tuple[str, str]]
NEW = "/requests/new/"


def pairs_of(value: Any, name: str = "") -> Pairs:
    """Name and value of each field of a form that holds what was typed."""
    if isinstance(value, dict):
        return [
            pair for key, each in value.items() for pair in pairs_of(each, f"{name}-{key}" if name else key)
        ]
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):
        return [pair for place, each in enumerate(value) for pair in pairs_of(each, f"{name}-{place}")]
    if isinstance(value, list):
        return [(name, each) for each in value]
    return [(name, value)]


def query(pairs: Pairs) -> QueryDict:
    found = QueryDict(mutable=True)
    for name, value in pairs:
        found.appendlist(name, value)
    return found


def typed_again(typed: Typed, operation: str = Operation.NEW_FILING) -> Typed:
    """What arrives when a form that shows this is sent."""
    return translation.from_post(operation, query(pairs_of(typed)))


def content_of(
    typed: Typed, previous: dict[str, Any] | None = None, operation: str = Operation.NEW_FILING
) -> dict[str, Any]:
    """The clean draft that something typed becomes, its images taken for JPEG."""
    formats = {
        each["content"].removeprefix("sha256:"): 1 for each in typed.get("attachments", []) if each["content"]
    }
    raw = translation.to_document(operation, typed, formats, previous).content
    return read_content(operation, raw, AnyImages(), complete=False)[0]


def form_on(page: str, form_id: str = "draft") -> dict[str, list[str]]:
    """The fields of a form on a page as a browser would send them, untouched."""
    form = html.fromstring(page).get_element_by_id(form_id)
    found: dict[str, list[str]] = {}
    for name, value in form.form_values():
        found.setdefault(name, []).append(value.removeprefix("\n"))
    found.pop("do", None)
    return found


def words_on(page: str) -> str:
    """The text of a page, its blanks pressed together."""
    return " ".join(" ".join(html.fromstring(page).itertext()).split())


# --- pages of drafts -----------------------------------------------------------------------------


def edit(filing: Request) -> str:
    return reverse("draft_edit", args=[filing.ref])


def page(response: HttpResponse) -> str:
    return response.content.decode()


def fields(client: Client, address: str) -> dict[str, Any]:
    """The form of a page as the browser would send it, untouched."""
    response = client.get(address)
    assert response.status_code == 200
    return form_on(page(response))


def typed_filing(**more: str) -> dict[str, Any]:
    """A complete new filing as it is posted."""
    found: dict[str, list[str]] = {}
    for name, value in pairs_of(translation.from_document(Operation.NEW_FILING, factories.stored_filing())):
        found.setdefault(name, []).append(value)
    return found | more


def only_request() -> Request:
    return Request.objects.get()


def content(filing: Request) -> dict[str, Any]:
    found: dict[str, Any] = current_revision(Request.objects.get(pk=filing.pk)).content
    return found


def errors(response: HttpResponse) -> dict[str, str]:
    """The lines of the summary: which field each leads to."""
    links = html.fromstring(page(response)).xpath("//section[contains(@class, 'errors')]//ol//a")
    return {link.get("href").removeprefix("#"): link.text_content() for link in links}
