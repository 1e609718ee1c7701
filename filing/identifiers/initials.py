"""Pinyin initials of Chinese names, by which people search: 北京虚构科技有限公司 -> bjxgkjyxgs."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

MOST_INITIALS = 64
"""As many as the columns hold; nobody types more of a name."""

_READ_BY_WORD = frozenset("重长厦行乐朝会调都宿石单曾解仇盖区华覃翟")
"""Letters whose reading depends on the word (重庆, 银行). Only names with one of these are looked up as a whole, which
costs twenty times as much as letter by letter: a million names are imported at a time."""


def initials_of(name: str) -> str:
    """The first letter of each syllable in small letters; plain letters and digits stay, all else is left out."""
    if _READ_BY_WORD.isdisjoint(name):
        return "".join(map(_initial, name))[:MOST_INITIALS]
    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER, errors=_plain))[:MOST_INITIALS]


@lru_cache(maxsize=32_768)
def _initial(letter: str) -> str:
    """The first letter of the usual reading of one Chinese letter."""
    return "".join(lazy_pinyin(letter, style=Style.FIRST_LETTER, errors=_plain))


def _plain(signs: str) -> str:
    """What is left of signs that have no reading."""
    return "".join(each for each in signs.lower() if each.isascii() and each.isalnum())
