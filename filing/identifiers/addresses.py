"""IPv4 addresses: read, written, told apart by what they are for."""

from __future__ import annotations

import csv
import ipaddress
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

from filing.identifiers.text import IDEOGRAPHIC_STOPS, BadAddress, half_width

_SPECIAL = Path(__file__).parent.parent / "data" / "special_ranges.tsv"


@dataclass(frozen=True)
class AddressUse:
    """A range that no public web server has. `use`: "private", "reserved" or "documentation"."""

    first: int
    last: int
    use: str
    name: str


def parse_ipv4(text: str) -> int:
    """Read a dotted quad as an unsigned 32-bit number.

    Raises: BadAddress, also for 0.0.0.0, which the interface does not take.
    """
    plain = half_width(text.translate(IDEOGRAPHIC_STOPS))
    try:
        number = int(ipaddress.IPv4Address(plain))
    except ipaddress.AddressValueError:
        raise BadAddress(text, "IP 地址应为四段 0 至 255 的数字（不带前导零），例如 203.0.113.8") from None
    if number == 0:
        raise BadAddress(text, "IP 地址不能是 0.0.0.0")
    return number


def format_ipv4(number: int) -> str:
    """Write an unsigned 32-bit number as a dotted quad. Raises: BadAddress outside 0 … 4294967295."""
    try:
        return str(ipaddress.IPv4Address(number))
    except ipaddress.AddressValueError:
        raise BadAddress(str(number), "超出 IPv4 地址的范围") from None


def is_public_ipv4(number: int) -> bool:
    """Whether the address is of the public internet: not private, reserved or multicast (code 1006)."""
    return not uses_of_range(number, number)


@lru_cache(maxsize=4096)
def uses_of_range(first: int, last: int) -> tuple[AddressUse, ...]:
    """What stands against a range as that of a web server, anywhere between its first and last address."""
    return tuple(each for each in _special_ranges() if first <= each.last and last >= each.first)


@cache
def _special_ranges() -> tuple[AddressUse, ...]:
    with _SPECIAL.open(encoding="utf-8", newline="") as lines:
        content = (line for line in lines if not line.startswith("#"))
        rows = list(csv.DictReader(content, delimiter="\t", quoting=csv.QUOTE_NONE))
    networks = [(ipaddress.IPv4Network(row["range"]), row) for row in rows]
    return tuple(
        AddressUse(int(each.network_address), int(each.broadcast_address), row["use"], row["name"])
        for each, row in networks
    )
