"""Filed data of many subjects at once: what it touches is loaded in a few queries, written down in memory by the same
rules as one filing in the database (`filed.write_filed`), and stored in a few statements.

All or nothing: where anything does not go, nothing is stored and the caller goes on with fewer at a time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from filing.bulk import insert_rows, update_rows
from filing.filed_data import AccessData, SubjectData, WebsiteData
from filing.models import Access, AddressRange, Domain, Subject, Website
from filing.models.people import FiledRecord
from filing.services.filed import OwnIds, Proof, write_filed

M = TypeVar("M", bound=FiledRecord)
Kind = type[FiledRecord]
Key = tuple[Hashable, ...]

OWNERS: dict[Kind, tuple[Kind, str] | None] = {
    Subject: None,
    Website: (Subject, "subject_id"),
    Domain: (Website, "website_id"),
    Access: (Website, "website_id"),
    AddressRange: (Access, "access_id"),
}
"""What a kind of row hangs on, and by which column. Rows are loaded and stored in this order."""

WHOLE_LISTS = (Domain, AddressRange)
"""Kinds of which the data holds all that an owner has: what it leaves out is gone."""


class Entangled(Exception):
    """Two writings of one row: whether the first could have been stored is not known once the second is written."""


@dataclass(frozen=True)
class Filing:
    """One Baxx, the numbers that our requests gave to records in it (`filed.own_ids_in`), the proof of its rows."""

    data: SubjectData
    ours: OwnIds
    proof: Proof


@transaction.atomic
def record_all_filed(filings: Sequence[Filing], *, isp_id: int, quiet: bool = False) -> list[tuple[str, str]]:
    """What `record_filed` does to filed rows, for many filings in their order. `quiet`: see `filed.write_filed`.

    Returns name and number of each subject, as its filing left them.
    Raises: Entangled, DatabaseError, ValueError where they do not go together; then none is stored.
    """
    rows = RowsInMemory(filings, isp_id)
    named = []
    for each in filings:
        subject = write_filed(rows, each.data, isp_id=isp_id, ours=each.ours, proof=each.proof, quiet=quiet)
        named.append((subject.name, subject.number))
    rows.store()
    return named


class RowsInMemory:
    """`filed.Rows` for some filings. New rows have negative keys until they are stored.

    `_by_name` holds what the database holds to be unique: a name that another row has is refused here as it is there.
    """

    def __init__(self, filings: Sequence[Filing], isp_id: int) -> None:
        self._by_name: dict[Key, FiledRecord] = {}
        self._names: dict[tuple[Kind, int], list[Key]] = {}
        self._parts: dict[Key, dict[int, FiledRecord]] = defaultdict(dict)
        self._saved: dict[Kind, dict[int, FiledRecord]] = {kind: {} for kind in OWNERS}
        self._deleted: dict[Kind, list[int]] = {kind: [] for kind in OWNERS}
        self._next_key = -1
        for kind, ids in _ids_in(filings).items():
            for row in self._stored(kind, isp_id, *ids):
                self._take_up(row)

    def by_bureau_id(self, model: type[M], isp_id: int, bureau_id: int) -> M | None:
        return cast("M | None", self._by_name.get((model, "bureau", isp_id, bureau_id)))

    def by_own_id(self, model: type[M], own_id: int) -> M | None:
        return cast("M | None", self._by_name.get((model, "own", own_id)))

    def domain(self, website: Website, name: str) -> Domain | None:
        return cast("Domain | None", self._by_name.get((Domain, "part", website.pk, name)))

    def address_range(self, access: Access, start: int, end: int) -> AddressRange | None:
        return cast("AddressRange | None", self._by_name.get((AddressRange, "part", access.pk, start, end)))

    def subject_like(self, data: SubjectData, isp_id: int) -> Subject | None:
        raise Entangled(f"a subject without the bureau's id goes alone: {data.number}")

    def website_like(self, subject: Subject, data: WebsiteData) -> Website | None:
        raise Entangled(f"a website without the bureau's id goes alone: {data.number}")

    def access_like(self, website: Website, data: AccessData) -> Access | None:
        raise Entangled(f"an access without the bureau's id goes alone: {website.bureau_id}")

    def save(self, row: FiledRecord) -> None:
        if row.pk is None:
            row.pk, self._next_key = self._next_key, self._next_key - 1
        self._written_once(row)
        self._take_up(row)
        self._saved[type(row)][row.pk] = row

    def delete(self, row: FiledRecord) -> None:
        self._written_once(row)
        self._forget(type(row), row.pk)
        self._deleted[type(row)].append(row.pk)

    def _written_once(self, row: FiledRecord) -> None:
        if row.pk in self._saved[type(row)]:
            raise Entangled(f"{type(row).__name__} {row.bureau_id}")

    def keep_only(self, owner: Website | Access, kept: Collection[int]) -> None:
        kind = Domain if isinstance(owner, Website) else AddressRange
        for row in [row for key, row in self._parts[kind, owner.pk].items() if key not in kept]:
            self.delete(row)

    def store(self) -> None:
        """Write what was saved and deleted: first what frees names, then what takes them."""
        keys: dict[tuple[Kind, int], int] = {}
        for kind, deleted in self._deleted.items():
            if deleted:
                kind._default_manager.filter(pk__in=deleted).delete()
        for kind, rows in self._saved.items():
            changed = [row for row in rows.values() if row.pk > 0]
            new = [row for row in rows.values() if row.pk < 0]
            update_rows(kind, [_columns(row, keys) | {"id": row.pk} for row in changed])
            stored = insert_rows(kind, [_columns(row, keys) for row in new])
            keys |= {(kind, row.pk): key for row, key in zip(new, stored, strict=True)}

    def _stored(self, kind: Kind, isp_id: int, bureau_ids: set[int], own_ids: set[int]) -> list[FiledRecord]:
        wanted = Q(isp_id=isp_id, bureau_id__in=bureau_ids) | Q(own_id__in=own_ids)
        if kind in WHOLE_LISTS and (owner := OWNERS[kind]):
            wanted |= Q(**{f"{owner[1]}__in": [key for held, key in self._names if held is owner[0]]})
        return list(kind._default_manager.select_for_update().filter(wanted).order_by("pk"))

    def _take_up(self, row: FiledRecord) -> None:
        """Let a row be found by what names it now. Raises: IntegrityError where another row is named so."""
        kind = type(row)
        names = _names_of(row)
        known = self._names.get((kind, row.pk))
        if names == known:
            return
        if known is not None:
            self._forget(kind, row.pk)
        for name in names:
            if self._by_name.setdefault(name, row) is not row:
                raise IntegrityError(f"{kind.__name__}: {name[1:]} is taken")
            if name[1] == "part":
                self._parts[name[0], name[2]][row.pk] = row
        self._names[kind, row.pk] = names

    def _forget(self, kind: Kind, key: int) -> None:
        for name in self._names.pop((kind, key)):
            del self._by_name[name]
            if name[1] == "part":
                del self._parts[name[0], name[2]][key]


def bureau_ids_in(data: SubjectData) -> set[tuple[Kind, int]]:
    """The rows that the data names: filings that share one do not go together."""
    return {(kind, part.bureau_id) for kind, part in _parts_of(data) if part.bureau_id is not None}


def _ids_in(filings: Sequence[Filing]) -> dict[Kind, tuple[set[int], set[int]]]:
    """The bureau's ids in the data, and those enterprise ids that are ours, by kind."""
    found: dict[Kind, tuple[set[int], set[int]]] = {kind: (set(), set()) for kind in OWNERS}
    for each in filings:
        for kind, part in _parts_of(each.data):
            bureau_ids, own_ids = found[kind]
            if part.bureau_id is not None:
                bureau_ids.add(part.bureau_id)
            if part.own_id in each.ours[kind]:
                own_ids.add(part.own_id)
    return found


def _parts_of(data: SubjectData) -> Iterator[tuple[Kind, Any]]:
    yield Subject, data
    for website in data.websites:
        yield Website, website
        yield from ((Domain, domain) for domain in website.domains)
        for access in website.accesses:
            yield Access, access
            yield from ((AddressRange, each) for each in access.ranges)


def _names_of(row: FiledRecord) -> list[Key]:
    kind = type(row)
    names: list[Key] = []
    if row.bureau_id is not None:
        names.append((kind, "bureau", row.isp_id, row.bureau_id))
    if row.own_id is not None:
        names.append((kind, "own", row.own_id))
    if isinstance(row, Domain):
        names.append((kind, "part", row.website_id, row.name))
    elif isinstance(row, AddressRange):
        names.append((kind, "part", row.access_id, row.start, row.end))
    return names


_COLUMNS = {
    kind: [each.attname for each in kind._meta.concrete_fields if not each.primary_key] for kind in OWNERS
}


def _columns(row: FiledRecord, keys: dict[tuple[Kind, int], int]) -> dict[str, Any]:
    """A row as it is stored. `keys` are those that new rows above it got."""
    kind = type(row)
    columns = {name: getattr(row, name) for name in _COLUMNS[kind]}
    if owner := OWNERS[kind]:
        above, name = owner
        columns[name] = keys.get((above, columns[name]), columns[name])
    return columns | {"updated_at": timezone.now()}
