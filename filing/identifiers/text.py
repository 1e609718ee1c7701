"""What every typed text may be: not what its field asks for, or in full-width signs."""

from __future__ import annotations

import unicodedata

IDEOGRAPHIC_STOPS = str.maketrans("。｡．", "...")
"""Full stops of Chinese keyboards, as people type them into domains and addresses."""


class UnreadableText(Exception):
    """A typed text is not what its field asks for; `reason_zh` tells the person what to correct."""

    def __init__(self, text: str, reason_zh: str) -> None:
        super().__init__(f"{text!r}: {reason_zh}")
        self.text = text
        self.reason_zh = reason_zh


class BadDomain(UnreadableText):
    """Not a domain that can be filed."""


class BadAddress(UnreadableText):
    """Not an IPv4 address that can be reported."""


def half_width(text: str) -> str:
    """Turn full-width letters, digits and signs into plain ones and trim; Chinese keyboards produce both."""
    return (text if text.isascii() else unicodedata.normalize("NFKC", text)).strip()
