"""Where what happens now comes from: the visitor's address, session and request, for the record and the logs.

The middleware sets it for the length of one request; commands and tasks have none.
"""

from __future__ import annotations

import hashlib
import ipaddress
import re
import uuid
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest

SESSION_LETTERS = 16
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}", re.ASCII)


@dataclass(frozen=True)
class Origin:
    """`address` is None where the server was told none (a Unix socket); `request_id` is empty outside of a request."""

    address: str | None = None
    session: str = ""
    request_id: str = ""


current_request: ContextVar[HttpRequest | None] = ContextVar("current_request", default=None)
request_id: ContextVar[str] = ContextVar("request_id", default="")
notes_made: ContextVar[list[str] | None] = ContextVar("notes_made", default=None)
"""What the record was told while this request is answered, by action; None outside of a request."""


def origin_of(http: HttpRequest | None = None) -> Origin:
    """Where a request comes from; without one, where the request that is being answered does."""
    http = http or current_request.get()
    if http is None:
        return Origin(request_id=request_id.get())
    return Origin(client_address(http), session_hash(http), request_id.get())


def client_address(http: HttpRequest) -> str | None:
    """The visitor's address. A proxy's word counts only with ICP_BEHIND_PROXY, and of its list only what it added itself."""
    said = http.META.get("REMOTE_ADDR", "")
    if settings.ICP_BEHIND_PROXY:
        said = http.META.get("HTTP_X_FORWARDED_FOR", "").rpartition(",")[2] or said
    try:
        return str(ipaddress.ip_address(said.strip()))
    except ValueError:
        return None


def session_hash(http: HttpRequest) -> str:
    """Enough of a hash of the session's key to tell sessions apart; the key itself would let its reader in."""
    key = http.session.session_key if hasattr(http, "session") else None
    return hashlib.sha256(key.encode()).hexdigest()[:SESSION_LETTERS] if key else ""


def new_request_id(http: HttpRequest) -> str:
    """The number that the proxy gave this request, where there is one; else a new one."""
    said = http.headers.get("X-Request-ID", "") if settings.ICP_BEHIND_PROXY else ""
    return said if _REQUEST_ID.fullmatch(said) else uuid.uuid4().hex
