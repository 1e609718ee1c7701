"""Single sign-on by OpenID Connect: the client (Authlib), and who a provider's subject is here.

Off unless ICP_OIDC_ISSUER is set. The library does state, nonce, PKCE and the signature by the provider's keys; what it
takes from the provider's own description is narrowed here: the issuer is ours to name, and only public-key algorithms count.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any, cast

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.django_client import DjangoIntegration, DjangoOAuth2App
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from joserfc.errors import JoseError

from accounts.models import ProviderIdentity
from filing.choices import AuditAction
from filing.groups import AUDITORS
from filing.services.audit import note

NAME = "provider"
TIMEOUT_S = 10
ALGORITHMS = frozenset(
    {"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"}
)
Claims = dict[str, Any]


class NotLetIn(Exception):
    """The provider's word does not lead to an account; `words` tell the person, `why` the record."""

    def __init__(self, words: str, why: str) -> None:
        super().__init__(why)
        self.words = words
        self.why = why


class ProviderApp(DjangoOAuth2App):
    """Authlib's client, strict about what the provider says of itself."""

    def load_server_metadata(self) -> dict[str, Any]:
        """Raises: NotLetIn where the description is another issuer's."""
        facts = cast(dict[str, Any], super().load_server_metadata())
        if facts.get("issuer") != settings.ICP_OIDC_ISSUER:
            raise NotLetIn("统一身份认证的设置不对，请告诉管理员。", "issuer of the description differs")
        said = set(facts.get("id_token_signing_alg_values_supported") or ["RS256"])
        facts["id_token_signing_alg_values_supported"] = sorted(said & ALGORITHMS)
        return facts


def is_on() -> bool:
    """Whether single sign-on is configured."""
    return bool(settings.ICP_OIDC_ISSUER)


def ask(http: HttpRequest, back: str) -> HttpResponse:
    """Send the browser to the provider; it comes back to the absolute address `back`.

    Raises: NotLetIn where the provider cannot be reached or read.
    """
    try:
        return cast(HttpResponse, _client().authorize_redirect(http, back))  # type: ignore[no-untyped-call]
    except (requests.RequestException, AuthlibBaseError, ValueError, RuntimeError) as error:
        raise _unreachable(error) from error


def answer(http: HttpRequest) -> Claims:
    """Read what the browser brought back: exchanged, its signature and claims checked. Shape: the claims of the ID token.

    Raises: NotLetIn for everything that is not proved.
    """
    claims_options = {
        "iss": {"essential": True, "value": settings.ICP_OIDC_ISSUER},
        "aud": {"essential": True, "value": settings.ICP_OIDC_CLIENT_ID},
        "sub": {"essential": True},
    }
    try:
        token = _client().authorize_access_token(http, claims_options=claims_options)  # type: ignore[no-untyped-call]
    except requests.RequestException as error:
        raise _unreachable(error) from error
    except (AuthlibBaseError, JoseError, ValueError, RuntimeError) as error:
        # Our words, not those that came in the address: anybody may write those.
        raise NotLetIn("没有登录成功，请从头再试一次。", f"{type(error).__name__}") from error
    claims = token.get("userinfo")
    if not claims or not isinstance(claims.get("sub"), str):
        raise NotLetIn("没有登录成功，请从头再试一次。", "no ID token")
    return dict(claims)


def person_of(claims: Claims) -> User:
    """Whose identity it is; a new account where that is allowed. Roles follow the provider's word.

    Raises: NotLetIn for an unknown subject, an account that is switched off, roles that exclude each other.
    """
    known = ProviderIdentity.objects.filter(
        issuer=settings.ICP_OIDC_ISSUER, subject=claims["sub"]
    ).select_related("user")
    identity = known.first()
    user = identity.user if identity else _made(claims)
    if not user.is_active:
        raise NotLetIn("账户已停用，请找管理员。", "inactive")
    _follow_roles(user, claims)
    return user


def link(user: User, claims: Claims, http: HttpRequest) -> None:
    """From now on this subject is this person.

    Raises: NotLetIn where it is somebody else already.
    """
    identity, made = ProviderIdentity.objects.get_or_create(
        issuer=settings.ICP_OIDC_ISSUER, subject=claims["sub"], defaults={"user": user}
    )
    if identity.user_id != user.pk:
        raise NotLetIn("这个统一身份已绑定在别的账户上，请找管理员。", "linked to another account")
    if made:
        note(AuditAction.ACCOUNT, user=user, about=user, facts={"what": "绑定统一身份"}, http=http)


def _made(claims: Claims) -> User:
    """A new account. Never one that is there: whoever may choose a name at the provider would choose the administrator's."""
    if not settings.ICP_OIDC_CREATE:
        raise NotLetIn("这里还没有您的账户，请找管理员开通。", "unknown subject")
    wanted = str(claims.get("preferred_username") or claims.get("email") or claims["sub"])
    name = unicodedata.normalize("NFKC", wanted)[:150]
    if User.objects.filter(username__iexact=name).exists():
        raise NotLetIn("这里已有同名的账户，请先用密码登录，再在“登录与安全”里绑定。", "name is taken")
    user = User(
        username=name,
        first_name=str(claims.get("name") or "")[:150],
        email=str(claims.get("email") or "")[:254],
    )
    user.set_unusable_password()
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as error:
        raise NotLetIn("统一身份认证给的用户名不能用，请找管理员。", "unusable name") from error
    with transaction.atomic():
        user.save()
        ProviderIdentity.objects.create(user=user, issuer=settings.ICP_OIDC_ISSUER, subject=claims["sub"])
    return user


def _follow_roles(user: User, claims: Claims) -> None:
    """Give and take the roles that the mapping names; other roles are given here and stay."""
    mapping: dict[str, str] = settings.ICP_OIDC_ROLES
    if not mapping:
        return
    said = claims.get(settings.ICP_OIDC_ROLES_CLAIM) or []
    values = [said] if isinstance(said, str) else [each for each in said if isinstance(each, str)]
    wanted = {mapping[each] for each in values if each in mapping}
    has_all = set(user.groups.values_list("name", flat=True))
    has = has_all & set(mapping.values())
    will_have = has_all - has | wanted
    if AUDITORS in will_have and len(will_have) > 1:
        raise NotLetIn(
            "统一身份给的角色互相冲突：审计不能兼任别的角色，请找管理员。", "auditor with other roles"
        )
    with transaction.atomic():
        user.groups.remove(*Group.objects.filter(name__in=has - wanted))
        user.groups.add(*Group.objects.filter(name__in=wanted - has))


def _unreachable(error: Exception) -> NotLetIn:
    return NotLetIn("连不上统一身份认证，请稍后再试；一再出现请告诉管理员。", type(error).__name__)


def _client() -> ProviderApp:
    return _client_of(settings.ICP_OIDC_ISSUER, settings.ICP_OIDC_CLIENT_ID, settings.ICP_OIDC_CLIENT_SECRET)


@lru_cache(maxsize=4)
def _client_of(issuer: str, client_id: str, client_secret: str) -> ProviderApp:
    """One for the life of the process: the provider's description is read once, its keys again for an unknown key."""
    return ProviderApp(
        DjangoIntegration(NAME),
        name=NAME,
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": settings.ICP_OIDC_SCOPES,
            "code_challenge_method": "S256",
            "default_timeout": TIMEOUT_S,
        },
    )
