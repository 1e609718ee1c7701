"""Settings of signing in: sessions, second factor, single sign-on. What they mean: docs/sign-in.md."""

from __future__ import annotations

from urllib.parse import urlsplit

from settings.env import SettingRefused, env_bool, env_int, env_list, env_secret, env_str

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def read_issuer(url: str) -> str:
    """Check the provider's address: by https; by http on this machine only, for rehearsals. Raises: SettingRefused."""
    if not url:
        return ""
    parts = urlsplit(url)
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not is_safe or not parts.hostname or parts.query or parts.fragment:
        raise SettingRefused("ICP_OIDC_ISSUER", f"必须是 https 地址，不能是 {url!r}")
    return url


def read_mapping(name: str) -> dict[str, str]:
    """Read "theirs=ours" divided by commas. Raises: SettingRefused for a pair that is none."""
    found = {}
    for pair in env_list(name, []):
        theirs, _, ours = (part.strip() for part in pair.partition("="))
        if not (theirs and ours):
            raise SettingRefused(name, f"写成 对方的组=角色，用逗号隔开，不能是 {pair!r}")
        found[theirs] = ours
    return found


# Somebody must do something so often; what pages ask for by themselves does not count.
ICP_SESSION_IDLE_MINUTES = env_int("ICP_SESSION_IDLE_MINUTES", 120, minimum=5, maximum=720)
# The names of roles, e.g. 管理员,链路,审计; accounts/checks.py refuses unknown ones.
ICP_REQUIRE_TOTP_FOR = env_list("ICP_REQUIRE_TOTP_FOR", [])
# Off: passwords let in those only who are named here, for the day when the provider is away.
ICP_LOCAL_SIGN_IN = env_bool("ICP_LOCAL_SIGN_IN", True)
ICP_LOCAL_SIGN_IN_FOR = env_list("ICP_LOCAL_SIGN_IN_FOR", [])
# Single sign-on is off unless this is set.
ICP_OIDC_ISSUER = read_issuer(env_str("ICP_OIDC_ISSUER", ""))
ICP_OIDC_CLIENT_ID = env_str("ICP_OIDC_CLIENT_ID", None if ICP_OIDC_ISSUER else "")
ICP_OIDC_CLIENT_SECRET = env_secret("ICP_OIDC_CLIENT_SECRET", None if ICP_OIDC_ISSUER else "")
ICP_OIDC_NAME = env_str("ICP_OIDC_NAME", "统一身份认证")
ICP_OIDC_SCOPES = env_str("ICP_OIDC_SCOPES", "openid profile email")
ICP_OIDC_CREATE = env_bool("ICP_OIDC_CREATE", False)
# On: the provider asks for a second factor itself, ours is not asked for besides.
ICP_OIDC_SECOND_FACTOR = env_bool("ICP_OIDC_SECOND_FACTOR", False)
ICP_OIDC_ROLES_CLAIM = env_str("ICP_OIDC_ROLES_CLAIM", "groups")
ICP_OIDC_ROLES = read_mapping("ICP_OIDC_ROLES")

if not ICP_LOCAL_SIGN_IN and not ICP_OIDC_ISSUER:
    raise SettingRefused(
        "ICP_LOCAL_SIGN_IN", "没有设置统一身份认证（ICP_OIDC_ISSUER），关掉密码登录就没人能登录了"
    )
