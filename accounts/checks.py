"""What can only be checked once the roles are known: settings of sign-in that name them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register

from filing.groups import GROUPS


@register()
def roles_are_known(**_: Any) -> list[CheckMessage]:
    """A role that does not exist would leave the second factor off without a word."""
    named = {
        "ICP_REQUIRE_TOTP_FOR": settings.ICP_REQUIRE_TOTP_FOR,
        "ICP_OIDC_ROLES": list(settings.ICP_OIDC_ROLES.values()),
    }
    return [
        Error(f"{name}：没有角色 {role!r}，可用的有 {'、'.join(GROUPS)}", id="accounts.E001")
        for name, roles in named.items()
        for role in roles
        if role not in GROUPS
    ]
