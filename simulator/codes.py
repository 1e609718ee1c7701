"""The texts of the codes and the base code tables this bureau uses, read once from its own data files."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

DATA_DIR = Path(__file__).parent / "data"


@cache
def messages() -> dict[int, str]:
    """Every result code with the bureau's own words."""
    with (DATA_DIR / "codes.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows)
        return {int(code): text for code, text in rows}


def message(code: int) -> str:
    """The words of one code; an unknown code gets those of 999."""
    return messages().get(code, messages()[999])


@cache
def table(name: str) -> dict[str, str]:
    """One base code table: code as text -> Chinese name, in the order of the file."""
    with (DATA_DIR / "base_codes.tsv").open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        return {code: text for kind, code, text in rows if kind == name}


def abbreviation(province: int) -> str:
    """The character with which filing numbers of a province begin; '京' where the province is unknown."""
    return table("Shengjc").get(str(province), "京")


def is_province(code: int) -> bool:
    return str(code) in table("Shengjc")
