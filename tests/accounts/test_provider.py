"""Single sign-on before a real provider over a socket: who comes in, and every lie that is refused."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from django.contrib.auth.models import Group, User
from django.test import Client

from accounts.models import ProviderIdentity, SecondFactor
from accounts.services import provider as services
from accounts.services import second_factor
from accounts.services.second_factor import code_at
from filing.choices import AuditAction
from filing.models import AuditEntry
from tests.accounts.oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, serve

pytestmark = pytest.mark.django_db
PASSWORD = "shan-yue-du-2026"


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    with serve() as running:
        settings.ICP_OIDC_ISSUER = running.issuer
        settings.ICP_OIDC_CLIENT_ID, settings.ICP_OIDC_CLIENT_SECRET = CLIENT_ID, CLIENT_SECRET
        settings.ICP_OIDC_CREATE = True
        yield running
        services._client_of.cache_clear()


def way_back(client: Client, start: str = "/login/provider/") -> str:
    """Go to the provider as a browser does. Shape: the address that it sends the browser back to."""
    there = client.get(start)
    assert there.status_code == 302, there.content.decode()[:300]
    back = requests.get(there["Location"], allow_redirects=False, timeout=5)
    assert back.status_code == 302
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def come_in(client: Client, start: str = "/login/provider/") -> Any:
    return client.get(way_back(client, start))


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def words(client: Client) -> str:
    return client.get("/login/").content.decode()


def test_it_is_off_unless_it_is_set() -> None:
    client = Client()
    assert client.get("/login/provider/").status_code == 404
    assert client.get("/login/provider/back/?code=x&state=y").status_code == 404
    assert "login/provider" not in words(client)


def test_it_lets_in_with_pkce_state_and_nonce(provider: Provider) -> None:
    client = Client()
    before = client.get("/login/") and client.session.session_key
    assert "用统一身份认证登录" in words(client)
    assert come_in(client, "/login/provider/?next=/account/")["Location"] == "/account/"
    [asked] = provider.asked
    assert asked["code_challenge_method"] == "S256" and len(asked["code_challenge"]) == 43
    assert asked["state"] and asked["nonce"] and asked["response_type"] == "code"
    user = User.objects.get(username="linzhixia")
    assert not user.has_usable_password() and not user.groups.exists() and not user.is_superuser
    identity = ProviderIdentity.objects.get(user=user)
    assert (identity.issuer, identity.subject) == (provider.issuer, "u-1001")
    assert is_in(client) and client.session.session_key != before
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN, user_id=user.pk).count() == 1


def test_it_knows_a_person_by_subject_whatever_name_they_have_now(provider: Provider) -> None:
    come_in(Client())
    provider.claims |= {"preferred_username": "lin-married", "email": "new@example.cn"}
    client = Client()
    come_in(client)
    assert is_in(client) and User.objects.count() == 1


def test_it_makes_no_account_unless_that_is_allowed(provider: Provider, settings: Any) -> None:
    settings.ICP_OIDC_CREATE = False
    client = Client()
    assert come_in(client)["Location"] == "/login/"
    assert "还没有您的账户" in words(client) and not User.objects.exists()
    row = AuditEntry.objects.get(action=AuditAction.SIGN_IN_FAILED)
    assert row.facts["why"] == "unknown subject"


def test_it_never_takes_over_a_local_account_by_its_name(provider: Provider) -> None:
    User.objects.create_superuser("Root", password=PASSWORD, email="root@example.cn")
    provider.claims |= {"preferred_username": "root", "email": "root@example.cn", "email_verified": True}
    client = Client()
    come_in(client)
    assert "已有同名的账户" in words(client) and not ProviderIdentity.objects.exists()


def test_it_links_an_account_that_is_signed_in(provider: Provider) -> None:
    local = User.objects.create_user("linzhixia", password=PASSWORD)
    client = Client()
    client.post("/login/", {"username": "linzhixia", "password": PASSWORD})
    page = client.get("/account/").content.decode()
    start = page.split('href="/login/provider/?link=')[1].split('"')[0]
    assert come_in(client, f"/login/provider/?link={start}")["Location"] == "/account/"
    assert ProviderIdentity.objects.get().user == local
    other = Client()
    come_in(other)
    assert other.get("/account/").context["user"] == local
    # Somebody else's browser cannot be made to begin: the token is of one session.
    victim = Client()
    victim.force_login(User.objects.create_user("victim"))
    assert victim.get(f"/login/provider/?link={start}")["Location"] == "/account/"
    assert ProviderIdentity.objects.count() == 1


def test_it_refuses_to_link_one_identity_to_two_people(provider: Provider) -> None:
    come_in(Client())
    client = Client()
    client.force_login(User.objects.create_user("other"))
    start = client.get("/account/").context["link_token"]
    assert (
        "已绑定在别的账户"
        in client.get(way_back(client, f"/login/provider/?link={start}"), follow=True).content.decode()
    )
    assert ProviderIdentity.objects.count() == 1


def test_it_refuses_who_is_switched_off(provider: Provider) -> None:
    come_in(Client())
    User.objects.update(is_active=False)
    client = Client()
    come_in(client)
    assert "账户已停用" in words(client) and not is_in(client)


LIES: dict[str, dict[str, Any]] = {
    "another issuer": {"iss": "https://evil.example"},
    "another audience": {"aud": "another-client"},
    "another audience with our azp": {"aud": "another-client", "azp": CLIENT_ID},
    "expired": {"exp": int(time.time()) - 3600},
    "no expiry": {"exp": None},
    "another nonce": {"nonce": "replayed"},
    "no nonce": {"nonce": None},
    "no subject": {"sub": None},
    "from the future": {"nbf": int(time.time()) + 3600},
}


@pytest.mark.parametrize("lie", LIES.values(), ids=LIES.keys())
def test_it_refuses_a_token_that_says_something_else(provider: Provider, lie: dict[str, Any]) -> None:
    provider.override = lie
    client = Client()
    assert come_in(client)["Location"] == "/login/"
    assert "没有登录成功" in words(client)
    assert not is_in(client) and not User.objects.exists()
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN_FAILED, facts__has_key="why").count() == 1


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_it_refuses_tokens_without_a_public_key_signature(provider: Provider, algorithm: str) -> None:
    provider.algorithm = algorithm
    client = Client()
    come_in(client)
    assert not is_in(client) and not User.objects.exists()


def test_it_refuses_a_signature_by_another_key(provider: Provider) -> None:
    provider.published = generate_private_key(65537, 2048)
    client = Client()
    come_in(client)
    assert not is_in(client) and not User.objects.exists()


def test_it_reads_the_keys_again_when_the_provider_changed_them(provider: Provider) -> None:
    come_in(Client())
    provider.key, provider.kid = generate_private_key(65537, 2048), "k2"
    client = Client()
    come_in(client)
    assert is_in(client)


def test_it_refuses_an_answer_that_this_browser_did_not_ask_for(provider: Provider) -> None:
    attacker, victim = Client(), Client()
    back = way_back(attacker)
    victim.get("/login/provider/")
    victim.get(back)
    assert not is_in(victim)
    attacker.get(back)
    assert is_in(attacker)
    attacker.post("/logout/")
    attacker.get(back)
    assert not is_in(attacker), "an answer counts once"


def test_it_shows_none_of_what_came_in_the_address(provider: Provider) -> None:
    client = Client()
    client.get("/login/provider/")
    client.get("/login/provider/back/", {"error": "<b>x</b>", "error_description": "call 400-000-0000 now"})
    assert "400-000-0000" not in words(client)


def test_it_refuses_a_description_of_another_issuer(provider: Provider) -> None:
    provider.discovery = {"issuer": "https://evil.example"}
    client = Client()
    assert client.get("/login/provider/")["Location"] == "/login/"
    assert "设置不对" in words(client)


def test_it_says_so_when_the_provider_is_away(settings: Any) -> None:
    settings.ICP_OIDC_ISSUER = "http://127.0.0.1:9"
    settings.ICP_OIDC_CLIENT_ID = settings.ICP_OIDC_CLIENT_SECRET = "x"
    client = Client()
    assert client.get("/login/provider/")["Location"] == "/login/"
    assert "连不上统一身份认证" in words(client)


def test_it_leads_nowhere_outside_afterwards(provider: Provider) -> None:
    assert come_in(Client(), "/login/provider/?next=https://evil.example/")["Location"] == "/"


def test_it_follows_the_roles_of_the_mapping_and_leaves_others(provider: Provider, settings: Any) -> None:
    settings.ICP_OIDC_ROLES = {"icp-staff": "填报", "icp-review": "审核"}
    provider.claims["groups"] = ["icp-staff", "icp-review", "管理员", 7]
    client = Client()
    come_in(client)
    user = User.objects.get()
    roles = user.groups.values_list("name", flat=True)
    assert set(roles) == {"填报", "审核"}
    user.groups.add(Group.objects.get(name="链路"))
    provider.claims["groups"] = "icp-review"
    come_in(Client())
    assert set(roles.all()) == {"审核", "链路"}
    assert not is_in(client), "a role less: what stood open is closed"
    assert AuditEntry.objects.filter(action=AuditAction.PEOPLE, facts__what="移除角色").exists()


def test_it_makes_no_auditor_who_does_something_else_too(provider: Provider, settings: Any) -> None:
    settings.ICP_OIDC_ROLES = {"icp-audit": "审计", "icp-staff": "填报"}
    provider.claims["groups"] = ["icp-audit", "icp-staff"]
    client = Client()
    come_in(client)
    assert "互相冲突" in words(client) and not is_in(client)
    assert not User.objects.get().groups.exists()


def test_it_asks_for_our_second_factor_too_unless_the_provider_does_that(
    provider: Provider, settings: Any
) -> None:
    come_in(Client())
    user = User.objects.get()
    secret = second_factor.enrolment(user).secret
    second_factor.confirm(user, code_at(secret, time.time()))
    SecondFactor.objects.update(last_step=0)
    client = Client()
    assert come_in(client)["Location"] == "/login/code/"
    assert not is_in(client)
    client.post("/login/code/", {"code": code_at(secret, time.time())})
    assert is_in(client)
    settings.ICP_OIDC_SECOND_FACTOR = True
    trusting = Client()
    come_in(trusting)
    assert is_in(trusting)


def test_it_can_switch_passwords_off_but_for_emergencies(provider: Provider, settings: Any) -> None:
    settings.ICP_LOCAL_SIGN_IN, settings.ICP_LOCAL_SIGN_IN_FOR = False, ["root"]
    for name in ("root", "lin"):
        User.objects.create_user(name, password=PASSWORD)
    page = words(Client())
    assert 'name="password"' not in page and "应急账户用密码登录" in page
    assert 'name="password"' in Client().get("/login/?emergency").content.decode()
    refused = Client().post("/login/", {"username": "lin", "password": PASSWORD})
    assert "用户名或密码不对" in refused.content.decode(), "in the words of any wrong password"
    assert Client().post("/login/", {"username": "root", "password": PASSWORD}).status_code == 302


def test_it_keeps_the_secrets_of_the_way_out_of_the_address(provider: Provider) -> None:
    there = Client().get("/login/provider/")["Location"]
    query = parse_qs(urlsplit(there).query)
    assert "client_secret" not in query and "code_verifier" not in query
    assert query["redirect_uri"] == ["http://testserver/login/provider/back/"]
