"""Code tables in memory, for tests of rules that need no database."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import cache

from filing.code_tables import CodeTable
from filing.services import codes


@cache
def _builtin() -> dict[str, list[codes._Held]]:
    found: dict[str, list[codes._Held]] = {table: [] for table in CodeTable.values}
    for each in codes._builtin_entries():
        row = codes._Held(each.code, each.name, each.parent, each.is_valid, "")
        found[each.table].append(row)
    return found


def remember(*, downloaded: Iterable[str] = ()) -> None:
    """The built-in tables, those of these names as if a bureau had sent them. `codes.forget()` ends it."""
    wanted = set(downloaded)
    for table, rows in _builtin().items():
        codes._tables[table] = codes._Table(list(rows), table in wanted, math.inf)


def remember_row(table: str, code: int, *, valid: bool, downloaded: bool = True) -> None:
    """One more row in a table that is remembered, as if the bureau had sent it."""
    rows = [*codes._tables[table].rows, codes._Held(code, f"虚构代码{code}", None, valid, "")]
    codes._tables[table] = codes._Table(rows, downloaded, math.inf)
