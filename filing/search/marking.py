"""Where in a text stands what was typed, so that it can be marked: as it is, or by the pinyin initials of a name."""

from __future__ import annotations

from filing.identifiers import initials_of
from filing.search.asked import Asked, fold

Piece = tuple[str, bool]


def pieces(text: str, asked: Asked) -> list[Piece]:
    """The text in pieces, each with whether it is what was typed."""
    found = _plain(text, asked.words) or _initials(text, asked.words)
    if found is None:
        return [(text, False)]
    start, end = found
    parts = [(text[:start], False), (text[start:end], True), (text[end:], False)]
    return [part for part in parts if part[0]]


def _plain(text: str, words: str) -> tuple[int, int] | None:
    folded = fold(text)
    # Folding may make one sign two: then the places are not those of the text.
    if not words or len(folded) != len(text) or (place := folded.find(words)) < 0:
        return None
    return place, place + len(words)


def _initials(text: str, words: str) -> tuple[int, int] | None:
    """Only where each initial stands for one sign of the text."""
    if len(words) < 2 or not words.isascii() or text.isascii():
        return None
    signs = [place for place, sign in enumerate(text) if initials_of(sign)]
    initials = initials_of(text)
    if len(signs) != len(initials) or (place := initials.find(words)) < 0:
        return None
    return signs[place], signs[place + len(words) - 1] + 1
