"""What the frame of every page shows: who is signed in, as what, how much waits behind each menu entry."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from filing.home import menu_counts
from filing.roles import ADMINISTER, AUDIT, ENTER, OPERATE, REVIEW, has_role, role_words


def frame(request: HttpRequest) -> dict[str, Any]:
    """Shape: `frame` with may_enter, may_review, may_operate, may_audit, may_administer, has_role, role and counts.

    The counts are read when they are shown.
    """
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {"frame": {"has_role": False}}
    return {
        "frame": {
            "has_role": has_role(user),
            "role": role_words(user),
            "may_enter": user.has_perm(ENTER),
            "may_review": user.has_perm(REVIEW),
            "may_operate": user.has_perm(OPERATE),
            "may_audit": user.has_perm(AUDIT),
            "may_administer": user.has_perm(ADMINISTER),
            # A fragment has no menu: it must not pay for the counts.
            "counts": SimpleLazyObject(menu_counts),
        }
    }
