"""What a result code of the bureau speaks of in a filing: the fields, by their place in the form and their value."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from filing.result_codes import ResultCode, explain
from filing.services.telling import Document, tell_changes

_FILE = Path(__file__).parent.parent / "data" / "fault_places.tsv"
_IDENTITY = re.compile(r"\d{15}|\d{17}[\dXx]")
MOST_PLACES = 6


@dataclass(frozen=True)
class Place:
    """One field that may be at fault, with what stands in it (masked)."""

    label: str
    values: tuple[str, ...]
    path: str


@dataclass(frozen=True)
class Explained:
    """A code with what is known of it. `sure`: the bureau's words name the value; `more` places are not listed."""

    code: ResultCode
    places: tuple[Place, ...] = ()
    sure: bool = False
    more: int = 0


@cache
def _patterns() -> dict[str, re.Pattern[str]]:
    with _FILE.open(encoding="utf-8", newline="") as lines:
        content = (line for line in lines if not line.startswith("#"))
        rows = list(csv.DictReader(content, delimiter="\t", quoting=csv.QUOTE_NONE))
    return {row["field"]: re.compile(re.escape(row["path"]).replace(r"\*", ".*")) for row in rows}


def explain_all(code_numbers: list[int], words: str, operation: str, content: Document) -> list[Explained]:
    """Explain the codes of one conclusion over the filing that they were given for.

    Where the bureau's words quote a value (a domain, a name), the fields that hold it are meant and no others.
    Raises: UnknownOperation.
    """
    fields = [
        (Place(row.label, row.new, row.path), full.new)
        for row, full in zip(
            tell_changes(operation, {}, content),
            tell_changes(operation, {}, content, reveal=True),
            strict=True,
        )
    ]
    return [_explain(explain(number), words, fields) for number in code_numbers]


def _explain(code: ResultCode, words: str, fields: list[tuple[Place, tuple[str, ...]]]) -> Explained:
    patterns = [_patterns()[name] for name in code.fields if name in _patterns()]
    possible = [
        (place, full) for place, full in fields if any(pattern.fullmatch(place.path) for pattern in patterns)
    ]
    if "身份证" in code.message:
        possible = [each for each in possible if any(_IDENTITY.fullmatch(value) for value in each[1])]
    quoted = [place for place, full in possible if any(len(value) > 2 and value in words for value in full)]
    places = quoted or [place for place, _full in possible]
    return Explained(code, tuple(places[:MOST_PLACES]), bool(quoted), max(0, len(places) - MOST_PLACES))
