"""A caller's own key may look like a path: its pages are found all the same, and no list breaks over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from filing.services.intake import import_requests
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("ref", ["2026/11/001", "甲 #1?", "100%", "a&b=c", "new/1"])
def test_it_shows_a_request_whatever_its_ref(ref: str, client: Client, attachment_root: Path) -> None:
    assert import_requests([factories.item(ref)])[0].problems == []
    client.force_login(factories.user("colleague", "enter_request", "review_request"))

    page = client.get(reverse("request_detail", args=[ref]))
    listed = client.get(reverse("request_list"))
    edit = client.get(reverse("draft_edit", args=[ref]))
    fragment = client.get(reverse("request_freshness", args=[ref]))
    materials = client.get(reverse("request_materials", args=[ref]))

    assert {each.status_code for each in (page, listed, edit, fragment, materials)} == {200}
    assert reverse("request_detail", args=[ref]) in listed.content.decode().replace("&amp;", "&")


@pytest.mark.parametrize("ref", ["new", ".", "..", "a/../b", "/a", "a/", "a//b"])
def test_it_refuses_a_ref_that_no_page_can_have(ref: str, attachment_root: Path) -> None:
    (row,) = import_requests([factories.item(ref)])

    assert [problem.path for problem in row.problems] == ["requests[0].ref"]
