"""The session store (SESSION_ENGINE): Django's in the database, with a row that tells whose session it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends import db
from django.utils import timezone

from accounts.models import SignInSession

SIGNED_IN = "signed_in"
"""Under this name a session holds `at` (ISO), `address` and `device` of its sign-in."""


class SessionStore(db.SessionStore):
    active_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[SignInSession]:
        return SignInSession

    def _get_session_from_db(self) -> SignInSession | None:
        row: SignInSession | None = super()._get_session_from_db()  # type: ignore[misc]
        if row is not None:
            self.active_at = row.active_at
        return row

    def create_model_instance(self, data: dict[str, Any]) -> SignInSession:
        row: SignInSession = super().create_model_instance(data)  # type: ignore[assignment]
        facts = data.get(SIGNED_IN) or {}
        row.user_id = int(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.began_at = datetime.fromisoformat(facts["at"]) if "at" in facts else None
        row.active_at = self.active_at or timezone.now()
        row.address = facts.get("address")
        row.device = facts.get("device", "")
        return row
