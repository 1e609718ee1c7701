"""The record of who did and saw what: its only writer. A note stands in the transaction of the act that it tells."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.contrib.auth.models import AnonymousUser, User
from django.db import connection, models
from django.http import HttpRequest
from django.utils import timezone

from filing.actors import Actor
from filing.choices import AuditAction
from filing.masking import mask_text
from filing.models import AuditEntry
from filing.origin import current_request, notes_made, origin_of
from filing.roles import role_words

MOST_NAME, MOST_KEY, MOST_USER_NAME = 255, 160, 310
MOST_TEXT, MOST_ITEMS, MOST_DEPTH = 500, 100, 5

About = models.Model | tuple[str, Any, str]
Who = User | AnonymousUser | Actor | None


def note(
    action: AuditAction,
    *,
    user: Who,
    about: About | None = None,
    facts: dict[str, Any] | None = None,
    http: HttpRequest | None = None,
) -> None:
    """Write one row of the record. In the transaction of the act, so that neither stands without the other.

    Shape: `about` is a model instance, or (kind, key, name). `facts` is a small JSON document: what it was, not what is
    secret; identity numbers and phones in its texts are masked here. `http` tells address and session; without it they
    are those of the request that is being answered.
    """
    origin = origin_of(http)
    user_id, user_name, roles = _who(user)
    kind, key, name = _what(about)
    AuditEntry.objects.create(
        at=timezone.now(),
        action=action,
        user_id=user_id,
        user_name=user_name[:MOST_USER_NAME],
        roles=roles,
        address=origin.address,
        session=origin.session,
        request_id=origin.request_id,
        kind=kind,
        key=key[:MOST_KEY],
        name=mask_text(name)[:MOST_NAME],
        facts=_safe(facts or {}),
    )
    if (made := notes_made.get()) is not None:
        made.append(action)


def erase_before(day: date) -> int:
    """Take away the rows from before a local day: the one way that the database allows. Shape: how many they were.

    The seals of those days stay, marked as erased.
    """
    midnight = timezone.make_aware(datetime.combine(day, time.min))
    with connection.cursor() as cursor:
        cursor.execute("SELECT filing_audit_erase(%s, %s)", [midnight, day])
        return int(cursor.fetchone()[0])


def _who(user: Who) -> tuple[int | None, str, str]:
    if isinstance(user, Actor):
        account = _account(user.user_id)
        if account is None:
            return user.user_id, user.name, ""
        user = account
    if not isinstance(user, User):
        return None, "", ""
    full = user.get_full_name()
    return user.pk, f"{full}（{user.get_username()}）" if full else user.get_username(), role_words(user)


def _account(key: int | None) -> User | None:
    """The account behind an actor: that of the request, where it is the same, has its roles in memory already."""
    user = getattr(current_request.get(), "user", None)
    if key is None or (isinstance(user, User) and user.pk == key):
        return user if key is not None else None
    return User.objects.filter(pk=key).first()


def _what(about: About | None) -> tuple[str, str, str]:
    if about is None:
        return "", "", ""
    if isinstance(about, tuple):
        return about[0], str(about[1]), about[2]
    # A request is known by its number everywhere, other rows by their key.
    key = getattr(about, "ref", None) or about.pk
    return about._meta.model_name or "", str(key), str(about)


def _safe(value: Any, depth: int = 0) -> Any:
    """The same document, masked, and bounded so that no row grows with what somebody sent."""
    if isinstance(value, dict):
        items = list(value.items())[:MOST_ITEMS] if depth < MOST_DEPTH else []
        return {str(name)[:MOST_TEXT]: _safe(each, depth + 1) for name, each in items}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(each, depth + 1) for each in list(value)[:MOST_ITEMS]] if depth < MOST_DEPTH else []
    if value is None or isinstance(value, bool | int | float):
        return value
    # PostgreSQL's JSON holds no NUL.
    return mask_text(str(value).replace("\x00", ""))[:MOST_TEXT]
