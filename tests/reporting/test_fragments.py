"""What pages of filing take in from the link: its state, freshness, the record as sent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import RequestState
from filing.models import Request
from reporting.choices import Circuit
from reporting.models import DataFile, Link
from reporting.services.pack import pack
from tests import factories
from tests.filing import samples
from tests.reporting import material
from tests.reporting.material import make_link

pytestmark = pytest.mark.django_db

BASE_URL = "http://127.0.0.1:9"


@pytest.fixture
def link() -> Link:
    """A link whose bureau is asked for nothing here."""
    made = make_link(BASE_URL)
    Link.objects.filter(pk=made.pk).update(answered_at=timezone.now(), emptied_at=timezone.now())
    made.refresh_from_db()
    return made


@pytest.fixture
def staff(client: Client) -> User:
    user = samples.a_person("staff", "填报")
    client.force_login(user)
    return user


def shown(client: Client, name: str, *args: Any, **query: Any) -> str:
    response = client.get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def waiting(link: Link, *, checked: timedelta | None) -> Request:
    """A request that the bureau has since two hours, and a link that asked this long ago."""
    request = factories.request_in(RequestState.AWAITING_BUREAU)
    now = timezone.now()
    Request.objects.filter(pk=request.pk).update(isp_id=link.isp_id, accepted_at=now - timedelta(hours=2))
    Link.objects.filter(pk=link.pk).update(emptied_at=now - checked if checked is not None else None)
    request.refresh_from_db()
    return request


@pytest.mark.parametrize("name", ["link_status", "link_panel", "requests_freshness"])
def test_it_shows_the_link_to_roles_only(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 302
    assert client.get(reverse(name), headers={"HX-Request": "true"}).status_code == 401
    client.force_login(samples.a_person("stranger"))
    assert client.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", ["request_freshness", "request_xml"])
def test_it_shows_a_requests_fragments_to_roles_only(client: Client, name: str) -> None:
    address = reverse(name, args=[factories.draft().ref])
    assert client.get(address).status_code == 302
    client.force_login(samples.a_person("stranger"))
    assert client.get(address).status_code == 403
    client.force_login(samples.a_person("operator", "链路"))
    assert client.get(address).status_code == 200
    assert client.get(reverse(name, args=["nothing"])).status_code == 404


def test_it_says_that_no_link_is_set_up(client: Client, staff: User) -> None:
    assert "还没有设置链路" in shown(client, "link_status")
    assert "set_bureau" in shown(client, "link_panel")


def test_it_says_how_the_link_fares(client: Client, staff: User, link: Link) -> None:
    well = shown(client, "link_status")
    assert 'data-state="good"' in well
    assert "链路正常" in well
    assert "秒前" in well


@pytest.mark.parametrize(
    ("columns", "state", "words"),
    [
        (
            {"circuit": Circuit.OPEN, "circuit_reason": "密码错误（代码 5）", "circuit_code": 5},
            "bad",
            "已停止",
        ),
        ({"upload_waiting_reason": "系统正在维护中（代码 901）"}, "attention", "在等待"),
        ({"answered_at": None}, "waiting", "还没有联系过"),
        ({"answered_at": timezone.now() - timedelta(hours=2)}, "attention", "没有应答"),
    ],
)
def test_it_says_in_words_why_a_link_does_not_go_on(
    client: Client, staff: User, link: Link, columns: dict[str, Any], state: str, words: str
) -> None:
    Link.objects.filter(pk=link.pk).update(**columns)
    for name in ("link_status", "link_panel"):
        html = shown(client, name)
        assert f'data-state="{state}"' in html
        assert words in html
    reason = columns.get("circuit_reason") or columns.get("upload_waiting_reason") or ""
    assert reason in shown(client, "link_panel")


def test_it_shows_the_worst_of_several_links(client: Client, staff: User, link: Link) -> None:
    other = make_link(BASE_URL, material.OTHER_UNIT)
    Link.objects.filter(pk=other.pk).update(name="上海市", circuit=Circuit.OPEN, answered_at=timezone.now())
    assert "上海链路已停止" in shown(client, "link_status")
    Link.objects.filter(pk=other.pk).update(circuit=Circuit.CLOSED)
    assert "2 条链路正常" in shown(client, "link_status")


@pytest.mark.parametrize(
    ("checked", "bars", "stale"),
    [
        (timedelta(seconds=20), 4, False),
        (timedelta(minutes=6), 3, False),
        (timedelta(minutes=14), 2, False),
        (timedelta(minutes=16), 1, True),
        (timedelta(hours=1), 0, True),
    ],
)
def test_it_shows_how_fresh_a_waiting_request_is(
    client: Client, staff: User, link: Link, checked: timedelta, bars: int, stale: bool
) -> None:
    request = waiting(link, checked=checked)
    html = shown(client, "request_freshness", request.ref)
    assert f'class="fresh{" stale" if stale else ""}" data-n="{bars}"' in html
    assert "前核对" in html
    assert "已等" in html
    row = shown(client, "requests_freshness", keys=f"{request.pk},x,{2**70},,-1")
    assert f'id="fresh-{request.pk}"' in row
    assert f'data-n="{bars}"' in row


def test_it_takes_the_acceptance_for_proof_where_nothing_was_asked_since(
    client: Client, staff: User, link: Link
) -> None:
    request = waiting(link, checked=timedelta(hours=3))
    assert 'class="fresh stale" data-n="0">2 小时前受理' in shown(client, "request_freshness", request.ref)
    Link.objects.filter(pk=link.pk).update(emptied_at=None)
    assert "2 小时前受理" in shown(client, "request_freshness", request.ref)
    Request.objects.filter(pk=request.pk).update(accepted_at=timezone.now() - timedelta(seconds=12))
    assert 'class="fresh" data-n="4">12 秒前受理' in shown(client, "request_freshness", request.ref)


def test_it_says_when_the_state_on_the_screen_is_not_the_state_any_more(
    client: Client, staff: User, link: Link
) -> None:
    request = waiting(link, checked=timedelta(seconds=1))
    assert "点此刷新" not in shown(client, "request_freshness", request.ref, seen="awaiting_bureau")
    assert "刚变为“等待管局审核”，点此刷新" in shown(
        client, "request_freshness", request.ref, seen="uploading"
    )


def test_it_leaves_out_clocks_of_requests_that_do_not_wait(client: Client, staff: User, link: Link) -> None:
    draft = factories.draft()
    assert shown(client, "requests_freshness", keys=str(draft.pk)).strip() == ""
    assert "核对" not in shown(client, "request_freshness", draft.ref)


def test_it_costs_the_same_queries_for_one_clock_and_for_many(
    client: Client, staff: User, link: Link, django_assert_num_queries: Any
) -> None:
    keys = []
    for number in range(4):
        content = factories.stored_filing(factories.website("站", f"d{number}.cn"), name=f"公司{number}")
        keys.append(factories.request_in(RequestState.AWAITING_BUREAU, content=content).pk)
    address = reverse("requests_freshness")
    client.get(address, {"keys": str(keys[0])})
    with django_assert_num_queries(6):
        client.get(address, {"keys": str(keys[0])})
    with django_assert_num_queries(6):
        client.get(address, {"keys": ",".join(map(str, keys))})


@pytest.fixture
def packed(link: Link) -> list[Request]:
    """Two filings in one file."""
    requests = []
    for number in range(2):
        content = factories.stored_filing(
            factories.website(f"站{number}", f"d{number}.cn"), name=f"公司{number}㴻"
        )
        requests.append(factories.request_in(RequestState.READY, content=content))
    assert pack(link) is not None
    return [Request.objects.get(pk=request.pk) for request in requests]


def test_it_names_file_and_number_of_a_packed_request(
    client: Client, staff: User, packed: list[Request]
) -> None:
    file = DataFile.objects.get()
    html = shown(client, "request_freshness", packed[1].ref)
    assert file.name in html
    assert "第 2 条，共 2 条" in html
    assert str(file.link.isp_id) in html


def test_it_offers_the_links_to_a_new_filing_where_there_is_a_choice(
    client: Client, staff: User, link: Link
) -> None:
    assert client.get(reverse("link_choice")).content.strip() == b""
    other = make_link(BASE_URL, isp_id=130000000001, province=130000)
    text = client.get(reverse("link_choice"), {"chosen": str(other.isp_id)}).content.decode()
    assert f'value="{other.isp_id}" selected' in text
    assert 'value="0"' in text and f'value="{link.isp_id}"' in text
    assert text.count("selected") == 1
