"""What a field of codes offers: the codes of its table, findable by typing, and what was chosen although unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from filing.choices import AttachmentOwner, Operation
from filing.code_tables import CodeTable
from filing.services import codes

_WEBSITE = AttachmentOwner.WEBSITE.value


@dataclass(frozen=True)
class Choice:
    """One option. `find` are pinyin initials; `group` is the heading it stands under."""

    value: str
    label: str
    chosen: bool = False
    find: str = ""
    group: str = ""


@lru_cache(maxsize=4096)
def _initials(name: str) -> str:
    return codes.pinyin_initials(name)


def of_rows(rows: Iterable[tuple[int, str]], chosen: Iterable[str], group: str = "") -> list[Choice]:
    """Options for rows of a code table. What was chosen and is not among them stays, and says so."""
    picked = list(chosen)
    found = [Choice(str(code), name, str(code) in picked, _initials(name), group) for code, name in rows]
    known = {each.value for each in found}
    strangers = [
        Choice(each, f"{each}（代码表中没有）", True) for each in picked if each and each not in known
    ]
    return found + strangers


def of_table(table: str, chosen: Iterable[str]) -> list[Choice]:
    """Options of a whole table; empty where the table is: then the form takes numbers."""
    rows = codes.choices_for(table)
    return of_rows(rows, chosen) if rows else []


def of_certificates(nature: str, chosen: str) -> list[Choice]:
    """Certificate types of the subject: those that an owner of this nature has come first."""
    rows = codes.choices_for(CodeTable.CERTIFICATE_TYPE)
    fitting = codes.certificate_types_for(int(nature)) if _is_code(nature) else []
    if not rows or not fitting:
        return of_table(CodeTable.CERTIFICATE_TYPE, [chosen])
    first = {code for code, _name in fitting}
    name = codes.name_of(CodeTable.NATURE, int(nature))
    rest = [row for row in rows if row[0] not in first]
    others = of_rows(rest, [] if chosen in map(str, first) else [chosen], "其他")
    return of_rows(fitting, [chosen] if chosen in map(str, first) else [], f"{name}适用") + others


def of_regions(level: str, above: str, chosen: str) -> list[Choice]:
    """Options of one level of the address. `above` is the code chosen one level up; "" for provinces."""
    if level == "province":
        return of_rows(codes.provinces(), [chosen])
    return of_rows(codes.children(int(above)) if _is_code(above) else [], [chosen])


def of_owners(operation: str, typed: dict[str, Any], value: str) -> list[Choice]:
    """To whom an attachment may belong: what the request is about, and each website of the form."""
    found = [Choice(key, label) for key, label in _named_owners(operation, typed)]
    for place, website in enumerate(typed.get("websites", [])):
        name = website.get("name", "").strip()
        found.append(Choice(f"{_WEBSITE}-{place}", f"网站 {place + 1}" + (f" · {name}" if name else "")))
    if value and value not in {each.value for each in found} | {_WEBSITE}:
        kind, _, filed = value.partition(":")
        label = AttachmentOwner(kind).label if kind in AttachmentOwner.values else kind
        found.append(Choice(value, f"{label} {filed}".strip()))
    return [replace(each, chosen=each.value == value) for each in found]


def _named_owners(operation: str, typed: dict[str, Any]) -> list[tuple[str, str]]:
    """What is filed already, as an attachment names it; the subject of this very request goes without a name."""
    if operation == Operation.NEW_ACCESS:
        return [(_WEBSITE, "这个网站")]
    if operation in (Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.CHANGE):
        return [(AttachmentOwner.SUBJECT.value, "主体")]
    return []


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
