"""What a field of codes offers: the codes of its table, findable by typing, and what was chosen although unknown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from filing.code_tables import CodeTable
from filing.services import codes


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


def _is_code(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18
