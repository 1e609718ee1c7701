"""Identity numbers and phones are masked wherever text leaves for a log or a list."""

from __future__ import annotations

import logging
import re

_CODE = "[0-9A-HJ-NP-RTUWXY]"
# Order matters: each takes what the ones before it left. Each has a head and a tail that stay.
_PATTERNS = tuple(
    re.compile(rf"(?<![0-9A-Za-z]){pattern}(?![0-9A-Za-z])", re.ASCII)
    for pattern in (
        r"(\d{6})\d{8}(\d{3}[0-9Xx])",  # identity number
        # Unified credit code. No registrar has B in front, as the names of data files have.
        rf"([1-9ANY]{_CODE}\d{{4}})\d{{2}}{_CODE}{{6}}({_CODE}{{4}})",
        r"((?:(?:\+|00)?86-?)?1[3-9]\d)\d{4}(\d{4})",  # mobile
        r"(\d{6})\d{6}(\d{3})",  # identity number of the old kind
        r"(0(?:10|2\d|[3-9]\d{2})-?)\d{4,5}(\d{3})",  # phone with area code
    )
)


def mask(value: str) -> str:
    """Mask one identity number or phone: a head and a tail stay, the middle becomes asterisks.

    Short values keep their first character only; an empty value stays empty.
    """
    if len(value) <= 4:
        return value[:1] + "*" * max(len(value) - 1, 0)
    head, tail = (6, 4) if len(value) >= 15 else (3, max(len(value) - 7, 1))
    return value[:head] + "*" * (len(value) - head - tail) + value[-tail:]


def mask_text(text: str) -> str:
    """Mask every identity number and phone found in running text."""
    for pattern in _PATTERNS:
        text = pattern.sub(
            lambda m: m.group(1) + "*" * (len(m.group(0)) - len(m.group(1) + m.group(2))) + m.group(2), text
        )
    return text


class MaskFilter(logging.Filter):
    """Masks the finished message of each record, arguments included, and the text of its exception."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = mask_text(record.getMessage()), ()
        if record.exc_info or record.exc_text:
            # Another handler may have written it out already, as it was.
            written = record.exc_text or logging.Formatter().formatException(record.exc_info)  # type: ignore[arg-type]
            record.exc_text = mask_text(written)
        return True
