"""Sessions: how long they last, which a person has, how they are ended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from accounts.models import SignInSession
from accounts.sessions import SIGNED_IN, SessionStore
from filing.origin import client_address

OWES = "owes"
TOUCH_EVERY = timedelta(minutes=1)
_SYSTEMS = (
    ("HarmonyOS", "鸿蒙"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "安卓"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
# Order matters: most browsers claim to be the ones below them too.
_BROWSERS = (
    ("MicroMessenger/", "微信"),
    ("QQBrowser/", "QQ 浏览器"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)


@dataclass(frozen=True)
class OwnSession:
    """One session of a person, as shown to them. `name` tells it apart and lets nobody in."""

    name: str
    device: str
    address: str | None
    began_at: datetime | None
    active_at: datetime
    is_this: bool


def begin(http: HttpRequest) -> None:
    """Write into a session that has just been signed in: since when, from where, with what."""
    now = timezone.now()
    http.session[SIGNED_IN] = {
        "at": now.isoformat(),
        "address": client_address(http),
        "device": device_words(http.headers.get("User-Agent", "")),
    }
    if isinstance(http.session, SessionStore):
        http.session.active_at = now


def why_over(session: SessionBase) -> str | None:
    """Why a signed-in session lasts no longer, in words; None while it does."""
    now = timezone.now()
    began = (session.get(SIGNED_IN) or {}).get("at")
    if began is None or now - datetime.fromisoformat(began) >= timedelta(seconds=settings.SESSION_COOKIE_AGE):
        return f"登录已满 {settings.SESSION_COOKIE_AGE // 3600} 小时，请重新登录。"
    active_at = cast(SessionStore, session).active_at
    if active_at and now - active_at >= timedelta(minutes=settings.ICP_SESSION_IDLE_MINUTES):
        return f"已有 {settings.ICP_SESSION_IDLE_MINUTES} 分钟没有操作，请重新登录。"
    return None


def touch(session: SessionBase) -> None:
    """Somebody works here: once a minute it is written down, beside the session's content."""
    now, store = timezone.now(), cast(SessionStore, session)
    if store.active_at is None or now - store.active_at >= TOUCH_EVERY:
        SignInSession.objects.filter(session_key=session.session_key).update(active_at=now)
        store.active_at = now


def sessions_of(user: User, this: SessionBase) -> list[OwnSession]:
    """The sessions of a person that still last, this one first, then the latest used."""
    now = timezone.now()
    rows = SignInSession.objects.filter(
        user=user,
        expire_date__gt=now,
        began_at__gt=now - timedelta(seconds=settings.SESSION_COOKIE_AGE),
        active_at__gt=now - timedelta(minutes=settings.ICP_SESSION_IDLE_MINUTES),
    ).order_by("-active_at")
    found = [
        OwnSession(
            name=_name(row),
            device=row.device or "未知设备",
            address=row.address,
            began_at=row.began_at,
            active_at=row.active_at,
            is_this=row.session_key == this.session_key,
        )
        for row in rows
    ]
    return sorted(found, key=lambda each: not each.is_this)


def end_session(user: User, name: str) -> int:
    """End one session of a person by its name. Shape: how many there were, one or none."""
    found = [row.pk for row in SignInSession.objects.filter(user=user) if _name(row) == name]
    return SignInSession.objects.filter(pk__in=found).delete()[0]


def end_sessions(user: User, *, but: SessionBase | None = None) -> int:
    """End all sessions of a person, except perhaps the one that asks. Shape: how many."""
    rows = SignInSession.objects.filter(user=user)
    if but is not None and but.session_key:
        rows = rows.exclude(session_key=but.session_key)
    return rows.delete()[0]


def forget_ended() -> int:
    """Take away the rows of sessions that lasted too long or lay idle; nobody comes in by them any more.

    Shape: how many.
    """
    now = timezone.now()
    idle = now - timedelta(minutes=settings.ICP_SESSION_IDLE_MINUTES)
    oldest = now - timedelta(seconds=settings.SESSION_COOKIE_AGE)
    over = Q(expire_date__lt=now) | Q(user__isnull=False) & (Q(active_at__lt=idle) | Q(began_at__lt=oldest))
    return SignInSession.objects.filter(over).delete()[0]


def device_words(agent: str) -> str:
    """Browser and system in short words, e.g. "Chrome · Windows"; empty where nothing is known."""
    browser = next((words for mark, words in _BROWSERS if mark in agent), "")
    system = next((words for mark, words in _SYSTEMS if mark in agent), "")
    if browser or system:
        return " · ".join(filter(None, (browser, system)))
    return re.sub(r"[^\w./ -]", "", agent, flags=re.ASCII)[:60].strip()


def _name(row: SignInSession) -> str:
    # Made from what the row says, not from its key: the key never leaves the server but in its own cookie.
    return f"{row.began_at.timestamp():.6f}" if row.began_at else "0"
