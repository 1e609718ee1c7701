"""The steps of coming in: first password or provider, then perhaps a code, then what the account owes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.crypto import constant_time_compare

from accounts.services import passwords, second_factor
from accounts.services.sessions import OWES

BACKEND = "django.contrib.auth.backends.ModelBackend"
PENDING = "second_factor_pending"
PENDING_S = 300
OWES_PASSWORD, OWES_FACTOR = "password", "factor"


@dataclass(frozen=True)
class Pending:
    """Somebody whose password was right and who owes the code still."""

    user: User
    next: str
    by_provider: bool


def owed(user: User, *, by_provider: bool = False) -> list[str]:
    """What a person must do before anything else: choose a password of their own, set up the second factor."""
    found = []
    if passwords.must_change(user) and not by_provider:
        found.append(OWES_PASSWORD)
    if _needs_factor(by_provider) and second_factor.is_required(user) and not second_factor.is_on(user):
        found.append(OWES_FACTOR)
    return found


def enter(http: HttpRequest, user: User, next_url: str, *, by_provider: bool = False) -> bool:
    """Sign in who proved who they are; where a second factor is on, only remember that.

    Shape: whether the person is in; if not, the code is asked for next.
    """
    if _needs_factor(by_provider) and second_factor.is_on(user):
        # Another key for another standing, as at the sign-in itself.
        http.session.cycle_key()
        http.session[PENDING] = {
            "user": user.pk,
            "hash": user.get_session_auth_hash(),
            "until": time.time() + PENDING_S,
            "next": next_url,
            "by_provider": by_provider,
        }
        return False
    sign_in(http, user, by_provider=by_provider)
    return True


def sign_in(http: HttpRequest, user: User, *, by_provider: bool = False) -> None:
    """The sign-in itself: a session with a new key."""
    http.session.pop(PENDING, None)
    login(http, user, backend=BACKEND)
    if by_provider:
        http.session[OWES] = owed(user, by_provider=True)


def pending_of(http: HttpRequest) -> Pending | None:
    """Who owes a code in this session; None where nobody does, it took too long, or the account changed meanwhile."""
    facts = http.session.get(PENDING)
    if not facts or facts["until"] < time.time():
        return None
    user = User.objects.filter(pk=facts["user"], is_active=True).first()
    if user is None or not constant_time_compare(user.get_session_auth_hash(), facts["hash"]):
        return None
    return Pending(user, facts["next"], facts["by_provider"])


def paid(http: HttpRequest, what: str) -> None:
    """One thing less is owed."""
    http.session[OWES] = [each for each in http.session.get(OWES, []) if each != what]


def _needs_factor(by_provider: bool) -> bool:
    return not (by_provider and settings.ICP_OIDC_SECOND_FACTOR)
