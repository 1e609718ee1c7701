"""What is kept and shown of values that are nobody else's business, or too large."""

from __future__ import annotations

import re

IDENTITY, PHONES, PASSWORDS, IMAGES = ("Zjhm", "Fzr_zjhm"), ("Fzr_sjhm", "sjhm"), ("ICPmm",), ("Fjnr", "Spwj")


def mask_number(value: str) -> str:
    """Six at the front and four at the end stay of an identity number; of a short one the two ends."""
    if len(value) >= 15:
        return f"{value[:6]}{'*' * (len(value) - 10)}{value[-4:]}"
    return f"{value[:2]}{'*' * max(len(value) - 4, 2)}{value[-2:]}" if len(value) > 4 else "*" * len(value)


def mask_phone(value: str) -> str:
    return re.sub(r"(\d{3})\d{4}(\d{4})", r"\1****\2", value)


def image_size(content: str) -> str:
    packed = "".join(content.split())
    return (
        f"{packed[:12]}…（{len(packed):,} 字符，约 {len(packed) * 3 // 4 // 1024 + 1} KB）" if packed else ""
    )


def masked(tag: str, value: str) -> str:
    """The text of an element as it may be shown."""
    if tag in IDENTITY:
        return mask_number(value)
    if tag in PHONES:
        return mask_phone(value)
    if tag in PASSWORDS:
        return "******"
    if tag in IMAGES and "…" not in value:
        return image_size(value)
    return value
