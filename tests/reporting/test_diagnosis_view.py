"""The diagnosis on a request's page: drawn at this moment, with one button."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.models import Request
from reporting.choices import Cause, Direction
from reporting.models import Diagnosis, Link
from reporting.services import patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau
from tests.filing import samples
from tests.reporting.downloads import apply
from tests.reporting.material import ready
from tests.reporting.results import bajg, result

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


@pytest.fixture
def staff(client: Client) -> User:
    user = samples.a_person("staff", "填报")
    client.force_login(user)
    return user


def address(request: Request) -> str:
    return reverse("request_diagnosis", args=[request.ref])


def shown(client: Client, request: Request) -> str:
    response = client.get(address(request), headers=HTMX)
    assert response.status_code == 200
    return response.content.decode()


def test_it_is_for_roles_only(client: Client, waiting: Request) -> None:
    assert client.get(address(waiting)).status_code == 302
    assert client.post(address(waiting), headers=HTMX).status_code == 401
    client.force_login(samples.a_person("stranger"))
    assert client.get(address(waiting)).status_code == 403
    assert client.post(address(waiting)).status_code == 403


def test_it_is_one_calm_line_within_the_term(
    client: Client, staff: User, waiting: Request, link: Link
) -> None:
    poll_link(link)
    html = shown(client, waiting)
    assert "calm" in html
    assert "可能在等主办者回复核验短信" in html
    assert "<details" in html
    assert html.count("<button") == 1
    page = client.get(reverse("request_detail", args=[waiting.ref])).content.decode()
    assert f'hx-get="{address(waiting)}"' in page


def test_it_never_shows_what_was_found_before(
    client: Client, staff: User, waiting: Request, link: Link
) -> None:
    poll_link(link)
    Diagnosis.objects.create(
        request=waiting,
        cause=Cause.LINK_STOPPED,
        evidence=[{"words": "旧的", "at": None}],
        found_at=timezone.now(),
        next_look_at=timezone.now(),
    )
    html = shown(client, waiting)
    assert "可能在等主办者回复核验短信" in html
    assert "旧的" not in html


def test_it_leads_to_the_record_that_was_not_applied(
    client: Client, staff: User, waiting: Request, link: Link
) -> None:
    (item,) = apply(link, bajg(result(None, 1015)), at=timezone.now())
    html = shown(client, waiting)
    assert "需要人工" in html
    assert "打开来件" in html
    assert html.count(reverse("download_item", args=[item.download_id, item.position])) == 2


def test_it_leads_to_the_link_that_is_stopped(
    client: Client, staff: User, waiting: Request, link: Link
) -> None:
    patience.call_a_person(link, Direction.SENDING, "密码错误（代码 5）", 5)
    html = shown(client, waiting)
    assert 'data-state="bad"' in html
    assert "密码错误" in html


def test_it_leads_to_the_requests_that_are_held_back(client: Client, staff: User, link: Link) -> None:
    (request,) = ready(1)
    Request.objects.update(held_reason="管局可能已有")
    html = shown(client, request)
    assert "确认后放行" in html
    assert reverse("link_numbers", args=[link.isp_id]) in html


def test_it_asks_the_bureau_and_shows_what_it_said(
    client: Client, staff: User, waiting: Request, link: Link
) -> None:
    Request.objects.update(accepted_at=timezone.now() - timedelta(minutes=5))
    response = client.post(address(waiting), headers=HTMX)
    html = response.content.decode()
    assert 'role="status"' in html
    assert "还没有这一件的结论" in html
    assert "还没有备案" in html
    assert "查过" in html
    assert "HX-Refresh" not in response
    again = client.post(address(waiting), headers=HTMX).content.decode()
    assert "一分钟内不再重复查询" in again


def test_it_loads_the_page_anew_where_the_request_moved(
    client: Client, staff: User, link: Link, bureau: Bureau
) -> None:
    bureau.set_options({"silent": True})
    (request,) = ready(1)
    send_link(link)
    response = client.post(address(request), headers=HTMX)
    assert response["HX-Refresh"] == "true"
    page = client.get(reverse("request_detail", args=[request.ref])).content.decode()
    assert "管局已有结论" in page
    assert 'hx-get="' + address(request) not in page
    assert shown(client, request).strip() == ""


def test_it_works_without_htmx(client: Client, staff: User, waiting: Request, link: Link) -> None:
    response = client.post(address(waiting))
    assert response.status_code == 302
    assert response["Location"] == reverse("request_detail", args=[waiting.ref])


def test_it_draws_every_cause_of_what_is_not_sent_yet(client: Client, staff: User, link: Link) -> None:
    (request,) = ready(1)
    assert "排队待上报" in shown(client, request)
    Link.objects.all().delete()
    html = shown(client, request)
    assert "没有对应的链路" in html
    assert "<button" not in html
