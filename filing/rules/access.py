"""Rules about accesses and address ranges. Spec: result codes 1006, 1024, 1029, 1040."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from filing.choices import Severity
from filing.identifiers import uses_of_range
from filing.rules.registry import ACCESSES, WEBSITES, Context, Document, Fault, accesses, rule, websites

DOCUMENTATION = "documentation"


# Several rules look at each address, and the accesses of a provider share theirs.
@lru_cache(maxsize=4096)
def _number(text: str) -> int:
    return int(ipaddress.IPv4Address(text))


def _read(access: Document) -> list[tuple[int, Document]]:
    """The address ranges of an access that can be read, each with its place."""
    ranges = enumerate(access.get("ip_ranges", []))
    return [
        (place, each) for place, each in ranges if _is_address(each, "start") and _is_address(each, "end")
    ]


def _is_address(record: Document, key: str) -> bool:
    try:
        _number(record.get(key, ""))
    except ipaddress.AddressValueError:
        return False
    return True


def _ranges(content: Document) -> Iterator[tuple[str, Document]]:
    for path, access in accesses(content):
        for index, each in _read(access):
            yield f"{path}.ip_ranges[{index}]", each


@rule(1006, "IP 段的起止顺序", *ACCESSES)
def addresses_are_in_order(content: Document, context: Context) -> Iterator[Fault]:
    for path, each in _ranges(content):
        if _number(each["start"]) > _number(each["end"]):
            yield f"{path}.end", f"终止 IP 不能小于起始 IP {each['start']}"


@rule(1006, "IP 是公网地址", *ACCESSES)
def addresses_are_public(content: Document, context: Context) -> Iterator[Fault]:
    for path, each in _ranges(content):
        for use in uses_of_range(_number(each["start"]), _number(each["end"])):
            if use.use != DOCUMENTATION:
                yield f"{path}.start", f"这是{use.name}，改填服务器的公网地址"
                break


@rule(1006, "IP 不是文档示例地址", *ACCESSES, severity=Severity.WARN)
def addresses_are_not_examples(content: Document, context: Context) -> Iterator[Fault]:
    for path, each in _ranges(content):
        uses = uses_of_range(_number(each["start"]), _number(each["end"]))
        if any(use.use == DOCUMENTATION for use in uses):
            yield f"{path}.start", "这是写文档用的示例地址，核对是否为服务器的公网地址"


@rule(1024, "同一接入的 IP 段不重叠", *ACCESSES)
def ranges_do_not_overlap(content: Document, context: Context) -> Iterator[Fault]:
    for path, access in accesses(content):
        before: tuple[int, int] | None = None
        for index, each in sorted(_read(access), key=lambda read: _number(read[1]["start"])):
            start, end = _number(each["start"]), _number(each["end"])
            if before is not None and start <= before[1]:
                yield f"{path}.ip_ranges[{index}].start", "与同一接入的另一 IP 段重叠"
            before = (start, max(end, before[1] if before else end))


@rule(1040, "同一接入的 IP 段只填一次", *ACCESSES)
def ranges_are_named_once(content: Document, context: Context) -> Iterator[Fault]:
    for path, access in accesses(content):
        seen: set[tuple[int, int]] = set()
        for index, each in _read(access):
            same = (_number(each["start"]), _number(each["end"]))
            if same in seen:
                yield f"{path}.ip_ranges[{index}].start", "这个 IP 段重复了，删去一个"
            seen.add(same)


@rule(1029, "一个网站的接入不重复", *WEBSITES)
def a_website_has_each_access_once(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        seen: set[tuple[frozenset[Any], ...]] = set()
        for index, access in enumerate(website.get("accesses", [])):
            same = (
                frozenset(access.get("server_locations", [])),
                frozenset(access.get("methods", [])),
                frozenset((each["start"], each["end"]) for _place, each in _read(access)),
            )
            if same in seen and all(same):
                yield f"{path}.accesses[{index}]", "与前面的接入相同，删去一个"
            seen.add(same)
