"""What every result code of the interface means, and what staff should do about it.

Loaded once from `data/result_codes.tsv`; no database, so that the link can explain an answer when nothing
else works.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent / "data" / "result_codes.tsv"

# Good news that the interface lists among the errors.
SUCCESS_CODES = frozenset({1001, 1060, 1062, 2998, 3998})
# Nothing is wrong with the request: it goes again later.
LATER_CODES = frozenset({1051, 1052})
# These concern the whole link, not one request: stop and ask a person.
LINK_CODES = frozenset({5003, 5004, 5009, 5011, 1054})

UNKNOWN = "unknown"
_UNKNOWN_REMEDY = "代码表中没有这个代码：请阅读管局返回的原文并按其处理，原文不清楚时联系管局"


@dataclass(frozen=True)
class ResultCode:
    """One code. `fields`: element names of the interface, `cfg:` parameters of the link, `*` for the file."""

    code: int
    category: str
    message: str
    fields: tuple[str, ...]
    remedy: str

    @property
    def is_known(self) -> bool:
        return self.category != UNKNOWN


@cache
def all_codes() -> dict[int, ResultCode]:
    """Every known code, in the order of the file. Shared: do not change the dictionary."""
    with _FILE.open(encoding="utf-8", newline="") as lines:
        return {
            int(row["code"]): ResultCode(
                code=int(row["code"]),
                category=row["category"],
                message=row["message"],
                fields=tuple(filter(None, row["fields"].split(","))),
                remedy=row["remedy"],
            )
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        }


def explain(code: int) -> ResultCode:
    """Explain a code of the bureau. Never fails: bureaus send codes that no table holds.

    Shape: for an unknown code category "unknown", an empty message, a remedy that points at its words.
    Spec: V.3.0, result codes (3-4 for the answers of the methods), as kept in data/result_codes.tsv.
    """
    known = all_codes().get(code)
    return known or ResultCode(code, UNKNOWN, "", (), _UNKNOWN_REMEDY)
