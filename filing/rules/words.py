"""The lists that rules read: words and pairs in `filing/data/*.tsv`, so that a list is changed without touching code."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

_FOLDER = Path(__file__).parent.parent / "data"


@cache
def rows(name: str) -> tuple[dict[str, str], ...]:
    """The rows of a list; lines that begin with # are comments. Shared: do not change them."""
    with (_FOLDER / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        content = (line for line in lines if not line.startswith("#"))
        return tuple(csv.DictReader(content, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def certificate_forms() -> dict[int, str]:
    """The form of a certificate's number, by its type."""
    return {int(row["type"]): row["form"] for row in rows("certificate_forms")}


@cache
def natures_of_endings() -> tuple[tuple[str, frozenset[int]], ...]:
    """What a unit's name ends with, and the natures that such a unit may have; the longest ending first."""
    found = [(row["ending"], _numbers(row["natures"])) for row in rows("name_endings")]
    return tuple(sorted(found, key=lambda each: -len(each[0])))


@cache
def site_words(kind: str) -> tuple[str, ...]:
    """Words in names of websites, by kind: "group", "place", "state"."""
    return tuple(row["word"] for row in rows("site_words") if row["kind"] == kind)


@cache
def approvals_by_word() -> tuple[tuple[str, int], ...]:
    """Words in a website's name that tell of a field that needs pre-approval, and its type."""
    return tuple((row["word"], int(row["type"])) for row in rows("approval_words"))


@cache
def approvals_by_service() -> dict[int, int]:
    """Service contents that need pre-approval, and its type."""
    return {int(row["service"]): int(row["type"]) for row in rows("approval_services")}


def _numbers(text: str) -> frozenset[int]:
    return frozenset(int(each) for each in text.split(","))


@cache
def deciders() -> dict[int, tuple[str, str]]:
    """For each result code who can tell it before the bureau does, and why nobody can."""
    return {int(row["code"]): (row["who"], row["why"]) for row in rows("deciders")}
