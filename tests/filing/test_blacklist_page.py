"""The page of the blacklists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from filing.blacklist_data import (
    BlacklistedSubjectData,
    BlacklistedWebsiteData,
    IllegalAccessData,
    ListAction,
)
from filing.services.blacklist import keep_illegal_access, keep_subject, keep_website
from tests.factories import ISP_ID
from tests.filing import samples

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
CARD = "11010519491231002X"


@pytest.fixture(autouse=True)
def listed(client: Client, db: None) -> None:
    """Two subjects (one removed), a website with a name in Chinese letters, an illegal access; staff signed in."""
    facts: dict[str, Any] = {"isp_id": ISP_ID, "at": AT}
    keep_subject(BlacklistedSubjectData(ListAction.ADD, 2, CARD, "虚构甲"), proof=_proof(1), **facts)
    keep_subject(BlacklistedSubjectData(ListAction.ADD, 1, "X1", "虚构乙公司"), proof=_proof(2), **facts)
    keep_subject(BlacklistedSubjectData(ListAction.REMOVE, 1, "X1"), proof=_proof(3), **facts)
    website = BlacklistedWebsiteData(ListAction.ADD, ("例子.cn",), "虚构站")
    keep_website(website, proof=_proof(4), **facts)
    access = IllegalAccessData("illegal.example.cn", bureau_id=8, address=3405803777, provider_id=9)
    keep_illegal_access(access, proof=_proof(5), **facts)
    client.force_login(samples.a_person("staff", "填报"))


def _proof(position: int) -> dict[str, Any]:
    return {"download": 1, "position": position}


def page(client: Client, **query: Any) -> str:
    response = client.get(reverse("blacklist"), query)
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_who_is_listed_with_papers_masked(client: Client) -> None:
    html = page(client)

    assert "虚构甲" in html and "110105********002X" in html and CARD not in html
    assert "虚构乙公司" not in html
    assert "已移出" in page(client, gone="1") and "虚构乙公司" in page(client, gone="1")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": CARD.lower()}, True),
        ({"q": CARD[:10]}, False),
        ({"q": "虚构甲"}, True),
        ({"q": "乙"}, False),
        ({"q": "乙", "gone": "1"}, True),
        ({"tab": "websites", "q": "xn--fsqu00a.cn"}, True),
        ({"tab": "websites", "q": "例子"}, True),
        ({"tab": "websites", "q": "虚构站"}, True),
        ({"tab": "accesses", "q": "illegal"}, True),
        ({"tab": "accesses", "q": "例子"}, False),
    ],
)
def test_it_searches_each_list(client: Client, query: dict[str, str], found: bool) -> None:
    assert ("没有找到" in page(client, **query)) != found


def test_it_shows_the_other_lists(client: Client) -> None:
    assert "例子.cn" in page(client, tab="websites")
    assert "203.0.113.1" in page(client, tab="accesses")
    assert "虚构甲" in page(client, tab="nonsense", q="\x00")


def test_it_is_for_people_with_a_role(client: Client) -> None:
    client.force_login(samples.a_person("stranger"))
    assert client.get(reverse("blacklist")).status_code == 403
    client.force_login(samples.a_person("reviewer", "审核"))
    assert client.get(reverse("blacklist")).status_code == 200
    assert client.post(reverse("blacklist")).status_code == 405
