"""The parameters of a link, set in the browser: secrets go in and never come out, another link is confirmed."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.choices import AuditAction
from filing.services.codes import load_builtin_codes
from reporting.choices import Circuit, Direction
from reporting.models import Link
from reporting.services import patience
from tests.filing import samples
from tests.record import noted
from tests.reporting.material import AES_IV, AES_KEY, make_link

pytestmark = pytest.mark.django_db
URL = "http://127.0.0.1:9"


@pytest.fixture
def client() -> Client:
    load_builtin_codes()
    client = Client()
    client.force_login(samples.a_person(f"u{User.objects.count()}", "链路"))
    return client


@pytest.fixture
def link(client: Client) -> Link:
    return make_link(URL)


def form_of(link: Link, **changes: Any) -> dict[str, Any]:
    """What the browser would send with nothing changed."""
    names = ("province", "base_url", "user_name", "timeout_s", "password_form", "password_number")
    return (
        {name: getattr(link, name) for name in names}
        | {
            "most_password_tries": link.most_password_tries,
            "registered_address": link.registered_address or "",
        }
        | changes
    )


def save(client: Client, link: Link, status: int = 302, **changes: Any) -> str:
    answer = client.post(reverse("link_parameters", args=[link.isp_id]), form_of(link, **changes))
    assert answer.status_code == status, answer.content.decode()
    link.refresh_from_db()
    return answer.content.decode()


def test_it_never_gives_a_secret_back(client: Client, link: Link) -> None:
    Link.objects.filter(pk=link.pk).update(password="not-to-be-seen", aes_key=AES_KEY, aes_iv=AES_IV)
    for name in ("link_parameters", "link_detail"):
        page = client.get(reverse(name, args=[link.isp_id])).content.decode()
        assert "已设置" in page and "not-to-be-seen" not in page and AES_KEY not in page
    page = save(client, link, 422, password="typed-wrong", timeout_s="0")
    assert "typed-wrong" not in page


def test_it_keeps_secrets_that_are_left_empty_and_writes_down_what_changed(
    client: Client, link: Link
) -> None:
    before = link.password
    save(client, link, timeout_s="30", registered_address="203.0.113.8")
    assert (link.password, link.timeout_s, link.registered_address) == (before, 30, "203.0.113.8")
    (row,) = noted(AuditAction.LINK)
    assert row.facts == {"act": "changed", "超时": "5 → 30", "登记的上报地址": "None → 203.0.113.8"}


def test_it_changes_a_secret_and_says_only_that(client: Client, link: Link) -> None:
    save(client, link, password="新口令123", aes_key=AES_KEY, aes_iv=AES_IV, encrypts="on")
    assert (link.password, link.aes_key, link.encrypts) == ("新口令123", AES_KEY, True)
    facts = str(noted(AuditAction.LINK)[0].facts)
    assert "口令" in facts and "新口令123" not in facts and AES_KEY not in facts


def test_it_tries_again_at_once_with_new_parameters(client: Client, link: Link) -> None:
    patience.call_a_person(link, Direction.SENDING, "密码错误", 5)
    save(client, link, password="right-now")
    assert link.circuit == Circuit.CLOSED and link.upload_not_before is None


@pytest.mark.parametrize(
    "change", [{"base_url": "http://127.0.0.1:10"}, {"user_name": "another"}, {"province": "310000"}]
)
def test_it_wants_the_unit_number_typed_where_it_would_be_another_link(
    client: Client, link: Link, change: dict[str, str]
) -> None:
    page = save(client, link, 422, **change)
    assert f"键入 {link.isp_id} 确认" in page and link.base_url == URL and link.user_name != "another"
    assert noted(AuditAction.LINK) == []
    save(client, link, confirmed=str(link.isp_id), **change)
    assert str(getattr(link, next(iter(change)))) == next(iter(change.values()))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"base_url": f"{URL}/ISPWebService/upDownLoad?wsdl", "confirmed": "x"}, "只写到主机和端口"),
        ({"aes_key": "short", "aes_iv": AES_IV}, "密钥"),
        ({"encrypts": "on"}, "加密上报须同时给出"),
        ({"password": "口令😀"}, "GBK"),
        ({"registered_address": "203.0.113"}, "登记"),
        ({"province": "999999"}, "省"),
    ],
)
def test_it_refuses_what_the_command_refuses_and_keeps_what_was_typed(
    client: Client, link: Link, change: dict[str, str], said: str
) -> None:
    if "confirmed" in change:
        change = change | {"confirmed": str(link.isp_id)}
    page = save(client, link, 422, timeout_s="77", **change)
    assert said in page and "还没有保存，先改这些" in page and 'value="77"' in page
    assert link.timeout_s == 5


def test_it_makes_a_new_link_but_no_second_of_a_number(client: Client, link: Link) -> None:
    new = form_of(link, isp_id="310000000009", province="310000", password="word")
    answer = client.post(reverse("link_new"), new)
    made = Link.objects.get(isp_id=310000000009)
    assert answer["Location"] == reverse("link_detail", args=[made.isp_id])
    assert (made.name, made.is_default, made.password) == ("上海市", False, "word")
    answer = client.post(reverse("link_new"), new | {"user_name": "second"})
    assert answer.status_code == 422 and "已经有链路了" in answer.content.decode()
    made.refresh_from_db()
    assert made.user_name == link.user_name


def test_it_wants_a_password_for_a_new_link(client: Client, link: Link) -> None:
    answer = client.post(reverse("link_new"), form_of(link, isp_id="310000000009"))
    assert answer.status_code == 422 and "用户名和口令都要填" in answer.content.decode()
    assert Link.objects.count() == 1


def test_it_shows_the_page_anew_for_one_that_stands_open(client: Client, link: Link) -> None:
    patience.call_a_person(link, Direction.SENDING, "密码错误（代码 5）", 5)
    page = client.get(reverse("link_live", args=[link.isp_id])).content.decode()
    assert "密码错误（代码 5）" in page and 'id="link-now"' in page and page.count("hx-swap-oob") == 2
