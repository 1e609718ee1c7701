"""Lists that are typed as lines: domains and address ranges. Texts to records and back."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import Any

from filing.identifiers import BadAddress, BadDomain, format_ipv4, half_width, normalise_domain, parse_ipv4

Record = dict[str, Any]

_SEPARATORS = re.compile(r"[\s;,；，、]+")
_RANGE_SIGNS = re.compile(r"\s*[-–—－~～〜至到]+\s*")
MOST_TOLD = 3
LONGEST_ADDRESS = 64
"""So much of a text that is no address does a document keep (documents/shape.py)."""


def entries(text: str) -> list[str]:
    """The entries of a text, one a line or separated by ; , 、 or blanks."""
    return [each for each in _SEPARATORS.split(text) if each]


@dataclass
class DomainsRead:
    """Domains read from a text.

    Shape: `records` for the document; `tidied` maps what was typed to what became of it; `repeated` counts the
    ones that were merged.
    """

    records: list[Record] = field(default_factory=list)
    tidied: dict[str, str] = field(default_factory=dict)
    repeated: int = 0


def read_domains(text: str) -> DomainsRead:
    """Read domains. Scheme, www. and paths fall away; what is no domain stays as typed, for the rules to name."""
    found = DomainsRead()
    seen: set[str] = set()
    for typed in entries(text):
        name = _domain(typed)
        if name != typed:
            found.tidied[typed] = name
        if name.lower() in seen:
            found.repeated += 1
            continue
        seen.add(name.lower())
        found.records.append({"name": name})
    return found


def _domain(typed: str) -> str:
    try:
        wanted = normalise_domain(typed)
    except BadDomain:
        return typed
    return typed if wanted == typed.lower() else wanted


def tidy_words(texts: list[str]) -> str:
    """What reading domains changed in what was typed, in words; "" where nothing was."""
    read = [read_domains(each) for each in texts]
    tidied = [f"{typed} 改为 {name}" for each in read for typed, name in each.tidied.items()]
    repeated = sum(each.repeated for each in read)
    parts = ["、".join(tidied[:MOST_TOLD]) + (f" 等 {len(tidied)} 个" if len(tidied) > MOST_TOLD else "")]
    parts += [f"重复的 {repeated} 个已合并"] if repeated else []
    return "；".join(filter(None, parts))


def write_domains(records: list[Record]) -> str:
    """One domain a line."""
    return "\n".join(str(each.get("name", "")) for each in records)


def read_ranges(text: str) -> tuple[list[Record], list[str]]:
    """Read address ranges: first-last, a single address, or a network such as 203.0.113.0/28.

    Shape: the records, and the entries that no document can hold (they are too long to be addresses).
    """
    records: list[Record] = []
    too_long: list[str] = []
    for typed in entries(_RANGE_SIGNS.sub("-", text)):
        first, sign, last = typed.partition("-")
        if "/" in typed:
            start, end = _network(typed)
        else:
            start, end = _address(first), _address(last if sign and last else first)
        if max(len(start), len(end)) > LONGEST_ADDRESS:
            too_long.append(typed)
        elif start or end:
            records.append({"start": start, "end": end})
    return records, too_long


def _address(text: str) -> str:
    try:
        return format_ipv4(parse_ipv4(text))
    except BadAddress:
        return text


def _network(text: str) -> tuple[str, str]:
    try:
        network = ipaddress.IPv4Network(half_width(text), strict=False)
    except ValueError:
        return text, text
    return str(network[0]), str(network[-1])


def write_ranges(records: list[Record]) -> str:
    """One range a line; a range of one address is written as that address."""
    return "\n".join(_range_words(each.get("start", ""), each.get("end", "")) for each in records)


def _range_words(start: str, end: str) -> str:
    return start if start == end else f"{start}-{end}"
