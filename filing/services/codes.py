"""Base codes: read them, search them, seed them, replace them by the bureau's own.

Readers keep each table in memory for `MAX_AGE_S`: a web process learns that the worker stored a download no
later than that. Writers here forget at once in their own process; whoever writes `CodeEntry` otherwise calls
`forget()`.
"""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.db import transaction
from pypinyin import Style, lazy_pinyin

from filing.code_tables import CodeOrigin, CodeTable
from filing.models.codes import CodeEntry

DATA_DIR = Path(__file__).parent.parent / "data"
MAX_AGE_S = 30.0
_BATCH = 1000
# A list of regions shorter than this is an amendment, not the country: it must not empty the address form.
_COMPLETE_REGIONS = 1000
# Nodes that exist only so that every county has a city above it; nobody writes them in an address.
_UNSPOKEN_CITIES = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
_CONTENT = ("name", "parent", "is_valid", "confidence", "note")


@dataclass(frozen=True)
class CodeRow:
    """One row to store, as a download or an import brings it."""

    code: int
    name: str
    parent: int | None = None
    is_valid: bool = True
    note: str = ""


@dataclass
class TableLoad:
    """What happened to one table. `skipped`: seed rows left out because the table is the bureau's now."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    retired: int = 0
    skipped: int = 0


# --- reading --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Held:
    code: int
    name: str
    parent: int | None
    is_valid: bool
    initials: str


@dataclass
class _Table:
    rows: list[_Held]
    downloaded: bool
    loaded_at: float
    by_code: dict[int, _Held] = field(init=False)
    by_parent: dict[int | None, list[_Held]] = field(init=False)
    version: str = field(init=False)

    def __post_init__(self) -> None:
        self.version = hashlib.sha256(repr(self.rows).encode()).hexdigest()[:12]
        self.by_code, self.by_parent = {}, {}
        for row in self.rows:
            # Of two rows with one code the valid one names it.
            if row.code not in self.by_code or row.is_valid:
                self.by_code[row.code] = row
            self.by_parent.setdefault(row.parent, []).append(row)


_tables: dict[str, _Table] = {}


def forget() -> None:
    """Drop what this process remembers. Call it after any write to CodeEntry that is not made here."""
    _tables.clear()


def _table(table: str) -> _Table:
    held = _tables.get(table)
    if held is not None and time.monotonic() - held.loaded_at < MAX_AGE_S:
        return held
    rows: list[_Held] = []
    downloaded = False
    stored = CodeEntry.objects.filter(table=table).order_by("code", "parent")
    for code, name, parent, is_valid, initials, origin in stored.values_list(
        "code", "name", "parent", "is_valid", "initials", "origin"
    ):
        rows.append(_Held(code, name, parent, is_valid, initials))
        downloaded = downloaded or origin != CodeOrigin.BUILTIN
    if table == CodeTable.REGION:
        rows = _hang_orphans(rows)
    held = _tables[table] = _Table(rows, downloaded, time.monotonic())
    return held


def _hang_orphans(rows: list[_Held]) -> list[_Held]:
    """Hang regions without a valid city under their province: a bureau's table may lack the 省直辖 nodes."""
    valid = {row.code for row in rows if row.is_valid}

    def parent_of(row: _Held) -> int | None:
        if row.parent is None or row.parent in valid or row.code % 10000 == 0:
            return row.parent
        return province_of(row.code)

    return [_Held(row.code, row.name, parent_of(row), row.is_valid, row.initials) for row in rows]


def choices_for(table: str, parent: int | None = None) -> list[tuple[int, str]]:
    """List what a form offers: the valid codes of a table, by code; with `parent` only those of that parent.

    Shape: [(code, name)]; empty if the table is: then the form takes a number and warns.
    """
    held = _table(table)
    rows = held.rows if parent is None else held.by_parent.get(parent, [])
    return list({row.code: row.name for row in rows if row.is_valid}.items())


def certificate_types_for(nature: int) -> list[tuple[int, str]]:
    """List the certificate types that an owner of this nature may show; empty if none are known."""
    return choices_for(CodeTable.CERTIFICATE_OF_NATURE, nature)


def name_of(table: str, code: int | None) -> str:
    """Name a code, also one that is no longer valid; "" if it is unknown."""
    row = None if code is None else _table(table).by_code.get(code)
    return row.name if row else ""


def is_known(table: str, code: int, parent: int | None = None) -> bool:
    """Whether the table holds this code as valid (with `parent`: for that parent)."""
    held = _table(table)
    if parent is None:
        row = held.by_code.get(code)
        return row is not None and row.is_valid
    return any(row.code == code and row.is_valid for row in held.by_parent.get(parent, []))


def was_downloaded(table: str) -> bool:
    """Whether the table was downloaded or imported. Only then may a code that it lacks be refused."""
    return _table(table).downloaded


def is_empty(table: str) -> bool:
    """Whether nothing is held of the table: there is no built-in one, and none was downloaded."""
    return not _table(table).rows


def version_of(table: str) -> str:
    """Names the table as it is now: the same rows have the same version, in every process."""
    return _table(table).version


def search(table: str, text: str, limit: int = 20) -> list[tuple[int, str]]:
    """Find valid codes by number, name or pinyin initials; the best matches come first.

    Shape: [(code, name)], at most `limit`; regions are named by their whole path, for many names occur twice.
    """
    wanted = text.strip().lower()
    if not wanted or limit < 1:
        return []
    found: dict[int, tuple[int, int, str]] = {}
    for row in _table(table).rows:
        rank = _rank(row, wanted) if row.is_valid else None
        if rank is not None:
            found.setdefault(row.code, (rank, row.code, row.name))
    best = sorted(found.values())[:limit]
    if table == CodeTable.REGION:
        return [(code, region_path(code)) for _, code, _ in best]
    return [(code, name) for _, code, name in best]


def _rank(row: _Held, wanted: str) -> int | None:
    code, name = str(row.code), row.name.lower()
    tests = (
        wanted in (code, name),
        name.startswith(wanted),
        row.initials.startswith(wanted),
        code.startswith(wanted),
        wanted in name,
        wanted in row.initials,
    )
    return tests.index(True) if True in tests else None


def purpose_owner(code: int) -> str:
    """Tell what an attachment of this purpose belongs to: "subject", "website", or "" if that is not known.

    Spec: V.3.0 JCDM/Fjytlx_dms: Ssdxlx is 0 subject, 1 website by its annotation, but the schema allows no 0.
    A table that holds a 2 therefore counts as uploads do (1 subject, 2 website).
    """
    held = _table(CodeTable.ATTACHMENT_PURPOSE)
    row = held.by_code.get(code)
    if row is None or row.parent is None:
        return ""
    first = 1 if 2 in held.by_parent else 0
    return {first: "subject", first + 1: "website"}.get(row.parent, "")


# --- regions --------------------------------------------------------------------------------------


def provinces() -> list[tuple[int, str]]:
    """List the provinces, [(code, name)]."""
    return [(row.code, row.name) for row in _table(CodeTable.REGION).by_parent.get(None, []) if row.is_valid]


def children(code: int) -> list[tuple[int, str]]:
    """List the cities of a province or the counties of a city; empty where there is no level below (东莞)."""
    return choices_for(CodeTable.REGION, code)


def province_of(code: int) -> int:
    """Derive the province, as 110000, from a region code of any level; needs no table."""
    return code // 10000 * 10000


def region_parent(code: int) -> int | None:
    """Derive the region above from a six-digit code; None for a province."""
    if code % 10000 == 0:
        return None
    return province_of(code) if code % 100 == 0 else code // 100 * 100


def is_unspoken(code: int, name: str) -> bool:
    """Whether a region stands only between province and county, and nobody says it: 市辖区."""
    return code % 100 == 0 and name in _UNSPOKEN_CITIES


def region_path(code: int | None) -> str:
    """Write a region as in an address, 北京市海淀区; "" if the code is unknown.

    Filler cities (市辖区) are left out.
    """
    if code is None or not name_of(CodeTable.REGION, code):
        return ""
    chain = [code]
    while (above := region_parent(chain[0])) is not None:
        chain.insert(0, above)
    names: list[str] = []
    for step in chain:
        name = name_of(CodeTable.REGION, step)
        if not is_unspoken(step, name) and name not in names:
            names.append(name)
    return "".join(names)


# --- writing --------------------------------------------------------------------------------------


def pinyin_initials(name: str) -> str:
    """Take the first letters of a name's pinyin, 海淀区 -> hdq; letters and digits stay, signs fall away."""
    letters = "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
    return "".join(sign for sign in letters if sign.isalnum())[:255]


def _builtin_entries() -> Iterator[CodeEntry]:
    for row in _tsv("codes.tsv"):
        yield _builtin(row["table"], row, confidence=row["confidence"], note=row["note"])
    for row in _tsv("regions.tsv"):
        yield _builtin(CodeTable.REGION, row, confidence="certain")


def _builtin(table: str, row: dict[str, str], *, confidence: str, note: str = "") -> CodeEntry:
    return CodeEntry(
        table=table,
        code=int(row["code"]),
        name=row["name"],
        parent=int(row["parent"]) if row["parent"] else None,
        is_valid=row["valid"] == "1",
        confidence=confidence,
        note=note,
    )


def _tsv(name: str) -> Iterator[dict[str, str]]:
    with (DATA_DIR / name).open(encoding="utf-8", newline="") as lines:
        content = (line for line in lines if not line.startswith("#"))
        yield from csv.DictReader(content, delimiter="\t", quoting=csv.QUOTE_NONE)


def load_builtin_codes() -> dict[str, TableLoad]:
    """Bring the seed into the database. Safe to repeat.

    Tables that were downloaded or imported are left as they are. A row that an earlier seed had and this one
    lacks is retired, not deleted.
    Shape: for each table of the seed what was done.
    """
    counts: dict[str, TableLoad] = {}
    wanted: dict[str, list[CodeEntry]] = {}
    for entry in _builtin_entries():
        wanted.setdefault(entry.table, []).append(entry)
    with transaction.atomic():
        foreign = set(
            CodeEntry.objects.exclude(origin=CodeOrigin.BUILTIN).values_list("table", flat=True).distinct()
        )
        for table, entries in wanted.items():
            if table in foreign:
                counts[table] = TableLoad(skipped=len(entries))
            else:
                counts[table] = _merge(table, entries, retire=True)
        _forget_now_and_after_commit()
    return counts


def store_table(
    table: str, rows: Iterable[CodeRow], *, origin: CodeOrigin, complete: bool | None = None
) -> TableLoad:
    """Store a table that was downloaded or imported over what is there; seed rows that it lacks are retired.

    Rows of an earlier download that this one lacks stay valid: only Sfyx 0 takes a code away. Whether a
    download is the whole table is not said; `complete` None takes it as whole, except a list of few regions.
    """
    entries: list[CodeEntry] = []
    for row in rows:
        parent = region_parent(row.code) if table == CodeTable.REGION else row.parent
        entries.append(
            CodeEntry(
                table=table, code=row.code, name=row.name[:255], parent=parent,
                is_valid=row.is_valid, origin=origin, note=row.note[:255],
            )
        )  # fmt: skip
    if complete is None:
        complete = table != CodeTable.REGION or len(entries) >= _COMPLETE_REGIONS
    with transaction.atomic():
        counts = _merge(table, entries, retire=complete and bool(entries))
        _forget_now_and_after_commit()
    return counts


def _forget_now_and_after_commit() -> None:
    # Now, so that the rest of this transaction reads what it wrote; after the commit, because another thread
    # may have remembered the old rows meanwhile.
    forget()
    transaction.on_commit(forget)


def _identity(entry: CodeEntry) -> tuple[int, int | None]:
    # Only here does one code occur under several parents. Elsewhere a download that names another parent, or
    # none, must meet the row that is there and not stand beside it.
    is_pair = entry.table == CodeTable.CERTIFICATE_OF_NATURE
    return entry.code, entry.parent if is_pair else None


def _merge(table: str, entries: list[CodeEntry], *, retire: bool) -> TableLoad:
    counts = TableLoad()
    there = {_identity(entry): entry for entry in CodeEntry.objects.filter(table=table)}
    new: dict[tuple[int, int | None], CodeEntry] = {}
    changed: dict[int, CodeEntry] = {}
    met: set[tuple[int, int | None]] = set()
    for entry in entries:
        key = _identity(entry)
        met.add(key)
        old = there.get(key)
        if old is None:
            entry.initials = pinyin_initials(entry.name)
            new[key] = entry
        elif _take_over(old, entry):
            changed[old.pk] = old
        else:
            counts.unchanged += 1
    counts.created, counts.updated = len(new), len(changed)
    if retire:
        left = [old.pk for key, old in there.items() if key not in met and old.origin == CodeOrigin.BUILTIN]
        counts.retired = CodeEntry.objects.filter(pk__in=left, is_valid=True).update(is_valid=False)
    # Two processes that seed at the same time meet here; the rows are the same, so the second may lose.
    CodeEntry.objects.bulk_create(new.values(), batch_size=_BATCH, ignore_conflicts=True)
    CodeEntry.objects.bulk_update(changed.values(), (*_CONTENT, "origin", "initials"), batch_size=_BATCH)
    return counts


def _take_over(old: CodeEntry, entry: CodeEntry) -> bool:
    """Copy what differs into the row that is there; tell whether anything did."""
    differs = old.name != entry.name
    if differs:
        old.initials = pinyin_initials(entry.name)
    for name in (*_CONTENT, "origin"):
        if getattr(old, name) != getattr(entry, name):
            setattr(old, name, getattr(entry, name))
            differs = True
    return differs
