"""Where e-mail goes out, read from one address: smtp://user:password@host:587?tls=starttls, smtps://host."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from settings.env import SettingRefused

PORTS = {"smtp": 25, "smtps": 465}
TIMEOUT_S = 10
_NAME = "ICP_EMAIL_URL"


def mail_settings(url: str) -> dict[str, Any]:
    """Django's EMAIL_* settings. An empty address: nothing goes out, and the screens say so.

    Raises: SettingRefused; its message never holds the password.
    """
    if not url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.dummy.EmailBackend"}
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise SettingRefused(_NAME, "写得不对，应如 smtp://用户名:密码@主机:587?tls=starttls") from error
    options = dict(parse_qsl(parts.query))
    if parts.scheme not in PORTS or not parts.hostname or parts.path.strip("/"):
        raise SettingRefused(_NAME, "应以 smtp:// 或 smtps:// 开头，后面是主机和端口")
    if set(options) - {"tls"} or options.get("tls", "starttls") != "starttls":
        raise SettingRefused(_NAME, "问号后只能写 tls=starttls")
    if parts.scheme == "smtps" and options:
        raise SettingRefused(_NAME, "smtps:// 已经加密，不用再写 tls=starttls")
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": port or PORTS[parts.scheme],
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": "tls" in options,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": TIMEOUT_S,
    }


def site_url(value: str, *, needed: bool) -> str:
    """The address of this site as people open it, without a path. Raises: SettingRefused."""
    if not value:
        if needed:
            raise SettingRefused(
                "ICP_SITE_URL", "设置了 ICP_EMAIL_URL，就要写明本系统的网址，邮件里的链接才能打开"
            )
        return ""
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise SettingRefused("ICP_SITE_URL", "应如 https://icp.example.cn，只写到主机和端口")
    return value.rstrip("/")
