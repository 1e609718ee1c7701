"""Single values of handed-over records: read as they should be, else as they are met in old data, else not at all.

Every function returns what it read and, where that took more than reading, what was done in Chinese.
"""

from __future__ import annotations

import ipaddress
import re

from filing.identifiers import BadAddress, BadDomain, half_width, normalise_host, parse_ipv4

HIGHEST_ADDRESS = 4294967295
MOST = 2**31 - 1
"""What a code's column holds."""

_PLAIN_NUMBER = re.compile(r"[0-9]{1,18}")
_DECIMAL = re.compile(r"([0-9]{1,18})\.0*")
_PLAIN_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_BETWEEN = re.compile(r"\s*[;；,，、\s]\s*")
_SPAN = re.compile(r"\s*(?:-|–|—|~|～|至)\s*")


def whole(value: str) -> tuple[int | None, str]:
    """A whole number from 0 on."""
    if value.isascii() and _PLAIN_NUMBER.fullmatch(value):
        return int(value), ""
    plain = "".join(half_width(value).replace(",", "").split()).lstrip("+")
    if match := _DECIMAL.fullmatch(plain):
        plain = match[1]
    if _PLAIN_NUMBER.fullmatch(plain) and plain.isascii():
        return int(plain), f"按 {int(plain)} 读取"
    return None, ""


def address(value: str) -> tuple[int | None, str]:
    """An IPv4 address: an unsigned number; as a dotted quad or a negative 32-bit number it is converted."""
    if value.isascii() and _PLAIN_NUMBER.fullmatch(value):
        number = int(value)
        return (number, "") if 1 <= number <= HIGHEST_ADDRESS else (None, "")
    try:
        return parse_ipv4(value), "点分十进制，已换算"
    except BadAddress:
        pass
    plain = half_width(value)
    if re.fullmatch(r"-[0-9]{1,10}", plain) and -(2**31) <= int(plain) < 0:
        return int(plain) + 2**32, "带符号的整数，已换算"
    quad = re.fullmatch(r"0*([0-9]{1,3})\.0*([0-9]{1,3})\.0*([0-9]{1,3})\.0*([0-9]{1,3})", plain)
    if quad and all(int(part) <= 255 for part in quad.groups()) and any(map(int, quad.groups())):
        return int(
            ipaddress.IPv4Address(".".join(str(int(part)) for part in quad.groups()))
        ), "带前导零，已换算"
    found, words = whole(value)
    return (found, words) if found is not None and 1 <= found <= HIGHEST_ADDRESS else (None, "")


def both_ends(value: str) -> tuple[int, int] | None:
    """Both ends of a range that stands in one value: 192.0.2.1-192.0.2.9, or 192.0.2.0/24."""
    parts = _SPAN.split(half_width(value))
    if len(parts) == 2:
        start, end = address(parts[0])[0], address(parts[1])[0]
        return (start, end) if start is not None and end is not None else None
    if "/" in value:
        try:
            network = ipaddress.IPv4Network(half_width(value), strict=False)
        except ValueError:
            return None
        first, last = int(network[0]), int(network[-1])
        return (first, last) if first else None
    return None


def domains(value: str) -> tuple[list[str], str]:
    """The domains in one value, in lower-case Unicode; what is no domain stays as it is."""
    if _PLAIN_HOST.fullmatch(value):
        return [value], ""
    found, doubtful = [], False
    for part in filter(None, _BETWEEN.split(value)):
        try:
            found.append(normalise_host(part))
        except BadDomain:
            found.append(part.lower())
            doubtful = True
    words = "不是可以备案的域名" if doubtful else f"按 {'、'.join(found)} 读取" if found != [value] else ""
    return list(dict.fromkeys(found)), words


def region(number: int) -> tuple[int | None, str]:
    """A code of a region: six digits; two or four of them are filled up."""
    if 100000 <= number <= 999999:
        return number, ""
    for digits, factor in ((2, 10000), (4, 100)):
        if len(str(number)) == digits:
            return number * factor, f"按 {number * factor} 读取"
    return (number, "") if number >= 100000 and number <= MOST else (None, "")
