"""Every address, who may open it and who may post to it: the table, and the means to try it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.filing import samples

SIGN_INS = ("/login/?", "/people/login/?")
VISITOR, NOBODY = "未登录", "没有角色"
ROLES = {"E": "填报", "R": "审核", "L": "链路", "A": "审计", "M": "管理员"}
"""Their letters in the table. Superusers may whatever anybody may."""

ALL = "ERLAM"
"""Everybody with a role."""
DO = "ERLM"
"""Everybody with a role who may change anything."""
OPEN = "*"
"""Everybody, signed in or not: what the sign-in needs, and what machines ask."""
SELF = "+"
"""Everybody who is signed in, with a role or without: what concerns one's own account."""
NO = "-"
"""The method is not there for anybody."""

SAMPLES: dict[str, Any] = {
    "isp_id": 110000000001,
    "operation": "change",
    "kind": "tasks",
    "sha256": "0" * 64,
    "object_id": "1",
    "id": 1,
    "app_label": "filing",
    "content_type_id": 1,
}


def addresses() -> dict[str, str]:
    """An address of each name. What it shows may not be there: who may not come in must not learn that."""
    return {
        name: reverse(name, kwargs=_arguments(pattern)) for name, pattern in _patterns(get_resolver(), "")
    }


def _patterns(resolver: URLResolver, space: str) -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, pattern.namespace or space)
        elif pattern.name:
            yield (f"{space}:{pattern.name}" if space else pattern.name), pattern


def _arguments(pattern: URLPattern) -> dict[str, Any]:
    """A value for each part of the address; those of outer patterns are named in SAMPLES."""
    route = pattern.pattern
    found: dict[str, Any] = {}
    for name, converter in route.converters.items():
        usual = 1 if type(converter).__name__ == "IntConverter" else "there-is-none"
        found[name] = SAMPLES.get(name, usual)
    if not route.converters and getattr(route, "regex", None) is not None:
        found |= {name: SAMPLES.get(name, "auth") for name in route.regex.groupindex}
    return found


def people() -> dict[str, User | None]:
    """One of each role, by letter; nobody in particular, and nobody at all."""
    found: dict[str, User | None] = {
        letter: samples.a_person(f"access-{letter}", group) for letter, group in ROLES.items()
    }
    return found | {NOBODY: samples.a_person("access-none"), VISITOR: None}


def may(rule: str, letter: str) -> bool:
    """What the table says of one of ROLES, of nobody in particular, of nobody at all."""
    if rule == OPEN or (rule == SELF and letter != VISITOR):
        return True
    return letter in ROLES and letter in (ALL if rule == SELF else rule)


def lets_in(cookies: Any, method: str, address: str) -> bool | None:
    """Whether the address answers who comes with these cookies: False where it refuses or sends to the sign-in, None
    where it knows no such method (405)."""
    client = Client()
    client.cookies.load(cookies)
    answer = getattr(client, method)(address)
    if answer.status_code == 405:
        return None
    sent_away = answer.status_code == 302 and answer["Location"].startswith(SIGN_INS)
    return not (answer.status_code in (401, 403) or sent_away)
