"""Identity numbers and phones are masked wherever text leaves for a log or a list."""

from __future__ import annotations

import logging
import re

# 18- and 15-digit identity numbers, unified credit codes, mobiles, phones with area code. Order matters: longest first.
_PATTERNS = (
    re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])"),
    re.compile(r"(?<![0-9A-Za-z])(\d{6})\d{6}(\d{3})(?![0-9A-Za-z])"),
    re.compile(r"(?<![0-9A-Za-z])(1[3-9]\d)\d{4}(\d{4})(?![0-9A-Za-z])"),
    re.compile(r"(?<![0-9A-Za-z])(0\d{2,3}-)\d{4,5}(\d{3})(?![0-9A-Za-z])"),
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
        if record.exc_info and not record.exc_text:
            record.exc_text = mask_text(logging.Formatter().formatException(record.exc_info))
        return True
