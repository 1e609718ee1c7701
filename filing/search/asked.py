"""What somebody typed into a search, and what it may be."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass

from filing.identifiers import (
    BadDomain,
    normalise_host,
    parse_filing_number,
    tidy_certificate_number,
    tidy_filing_number,
)

MOST_TEXT = 100
LEAST_CERTIFICATE = 6
_RANGE = re.compile(r"([0-9.]{7,15})\s*[-–—~至]\s*([0-9.]{7,15})")
_URL = re.compile(r"[a-z]+://|/")
_DIGITS = re.compile(r"[0-9]{6,12}")


@dataclass(frozen=True)
class Asked:
    """What was typed (`text`) and what it may be; what it is not is empty or None.

    `words` are compared with the words of rows (`filing/models/words.py`), by way of their `grams`; words too short for
    one are looked for in the latest rows only. `number` is a filing number or part of one, `website_number` that of a
    website, `certificate` a whole number of a certificate, `addresses` the first and last address of a range.
    """

    text: str
    words: str
    grams: tuple[str, ...]
    number: str = ""
    website_number: str = ""
    certificate: str = ""
    addresses: tuple[int, int] | None = None

    def __bool__(self) -> bool:
        return bool(self.text)


def ask(typed: str) -> Asked:
    """Read what was typed. Nothing is wrong with any text: what it cannot be is not looked for."""
    text = " ".join(typed.replace("\x00", "").split())[:MOST_TEXT]
    words = _as_domain(fold(text))
    number = tidy_filing_number(text)
    parsed = parse_filing_number(number)
    if parsed is not None and parsed.is_website:
        # Of the numbers only a subject's stands in its words.
        words = fold(parsed.subject)
    certificate = tidy_certificate_number(text)
    is_paper = len(certificate) >= LEAST_CERTIFICATE and any(each.isdigit() for each in certificate)
    return Asked(
        text=text,
        words=words,
        grams=tuple(grams_of(words)),
        number=number if "备" in number or "ICP" in number or _DIGITS.fullmatch(number) else "",
        website_number=parsed.text if parsed is not None and parsed.is_website else "",
        certificate=certificate if is_paper else "",
        addresses=_addresses(fold(text)),
    )


def fold(text: str) -> str:
    """As the database folds words (`filing_folded`): full-width signs made plain, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def grams_of(words: str) -> list[str]:
    """As the database makes them (`filing_grams`), each once."""
    found = []
    for place in range(len(words) - 1):
        gram = words[place : place + 2]
        if gram.isascii():
            gram = words[place : place + 3]
            if len(gram) < 3 or not gram.isascii():
                continue
        found.append(gram)
    return list(dict.fromkeys(found))


def _as_domain(words: str) -> str:
    """A pasted address of a page, or a domain in punycode, as domains are stored; else the words as they are."""
    if "xn--" not in words and not (_URL.search(words) and "." in words):
        return words
    try:
        return normalise_host(words)
    except BadDomain:
        return words


def _addresses(words: str) -> tuple[int, int] | None:
    """An IPv4 address, a range of them (203.0.113.8-203.0.113.15), or a network (203.0.113.0/24)."""
    try:
        if found := _RANGE.fullmatch(words):
            first, last = (int(ipaddress.IPv4Address(each)) for each in found.groups())
        else:
            network = ipaddress.IPv4Network(words, strict=False)
            first, last = int(network.network_address), int(network.broadcast_address)
    except ValueError:
        return None
    return (first, last) if first <= last else None
