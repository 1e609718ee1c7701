"""Rules about characters. Spec: result code 5008; protocol "Where the papers and the real world part" (GBK)."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import Any

from filing.choices import Operation, Severity
from filing.rules.registry import Context, Document, Fault, rule
from filing.services.attachments import REFERENCE


@rule(5008, "罕用字", *Operation, severity=Severity.WARN)
def rare_characters_are_told(content: Document, context: Context) -> Iterator[Fault]:
    """What GBK lacks goes out as a numeric reference, which is correct XML; whoever enters it should know."""
    for path, text in _texts(content, ""):
        rare = [char for char in dict.fromkeys(text) if not _in_gbk(char)]
        if rare:
            told = "、".join(f"“{char}”写作 &#{ord(char)};" for char in rare[:5])
            yield path, f"含罕用字，GBK 里没有：{told} 送出。写法合规；若管局显示为空框，请电话说明"


_HIDDEN = frozenset({"Cf", "Co"})
"""Signs that nobody sees (zero width, direction) and signs of one's own: what bureaus call illegal characters."""


@rule(5008, "没有看不见的字符", *Operation)
def no_character_is_hidden(content: Document, context: Context) -> Iterator[Fault]:
    for path, text in _texts(content, ""):
        hidden = [char for char in text if unicodedata.category(char) in _HIDDEN]
        if hidden:
            yield path, f"含看不见或自造的字符（U+{ord(hidden[0]):04X}），删去后重新输入"


def _in_gbk(char: str) -> bool:
    try:
        char.encode("gbk")
    except UnicodeEncodeError:
        return False
    return True


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from _texts(each, f"{path}[{index}]")
    elif isinstance(value, str) and not value.isascii() and not value.startswith(REFERENCE):
        yield path, value
