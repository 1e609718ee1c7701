"""Filed data of which nothing is held here yet, many filings at once: straight into the tables by COPY.

The same end as `record_filed` one by one, by the same functions for what each row holds; tests compare both. What is
held already, in part or as a whole, or has no id of the bureau's, is not for this (`is_plain`, `held_ids`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from filing.bulk import copy_rows, new_keys
from filing.filed_data import SubjectData
from filing.models import Access, AddressRange, Domain, Subject, Website
from filing.services.filed import access_columns, subject_columns, website_columns
from filing.services.filed_bulk import OWNERS, Filing, Kind, bureau_ids_in

Row = dict[str, Any]


def is_plain(data: SubjectData) -> bool:
    """Whether subject, websites and accesses have ids of the bureau's."""
    if data.bureau_id is None:
        return False
    for website in data.websites:
        if website.bureau_id is None or any(access.bureau_id is None for access in website.accesses):
            return False
    return True


def held_ids(ids: Mapping[Kind, Iterable[int]], isp_id: int) -> dict[Kind, set[int]]:
    """Which of the bureau's ids are held here, by kind. One query a kind."""
    found: dict[Kind, set[int]] = {}
    with connection.cursor() as cursor:
        for kind, wanted in ids.items():
            table = connection.ops.quote_name(kind._meta.db_table)
            cursor.execute(
                f"SELECT bureau_id FROM {table} WHERE isp_id = %s AND bureau_id = ANY(%s)",
                [isp_id, list(wanted)],
            )
            found[kind] = {key for (key,) in cursor.fetchall()}
    return found


def ids_by_kind(filings: Iterable[SubjectData]) -> dict[Kind, set[int]]:
    """The bureau's ids in filings."""
    found: dict[Kind, set[int]] = {kind: set() for kind in OWNERS}
    for data in filings:
        for kind, key in bureau_ids_in(data):
            found[kind].add(key)
    return found


@transaction.atomic
def record_new(filings: Sequence[Filing], *, isp_id: int) -> list[int]:
    """Store filings of which nothing is held. Returns the keys of their subjects, in order.

    Raises: DatabaseError where something is held all the same, or two of them name the same record; then none is stored.
    """
    rows = _rows(filings, isp_id)
    keys: dict[Kind, list[int]] = {}
    for kind, owner in OWNERS.items():
        mine = rows[kind]
        keys[kind] = new_keys(kind, len(mine))
        for row, key in zip(mine, keys[kind], strict=True):
            row["id"] = key
            if owner is not None:
                row[owner[1]] = keys[owner[0]][row[owner[1]]]
        copy_rows(kind, mine)
    return keys[Subject]


def _rows(filings: Sequence[Filing], isp_id: int) -> dict[Kind, list[Row]]:
    """All rows; what a row hangs on is its owner's place in the list of its kind."""
    subjects: list[Row] = []
    websites: list[Row] = []
    domains: list[Row] = []
    accesses: list[Row] = []
    ranges: list[Row] = []
    for each in filings:
        alike = {"isp_id": isp_id, "proof": each.proof, "updated_at": timezone.now()}
        for site in each.data.websites:
            above = alike | {"website_id": len(websites)}
            domains += [above | {"name": one.name, "bureau_id": one.bureau_id} for one in site.domains]
            for access in site.accesses:
                below = alike | {"access_id": len(accesses)}
                ranges += [
                    below | {"start": one.start, "end": one.end, "bureau_id": one.bureau_id}
                    for one in access.ranges
                ]
                accesses.append(above | {"bureau_id": access.bureau_id} | access_columns(access))
            own = {"bureau_id": site.bureau_id, "subject_id": len(subjects)}
            websites.append(alike | own | website_columns(site))
        subjects.append(alike | {"bureau_id": each.data.bureau_id} | subject_columns(each.data))
    return {Subject: subjects, Website: websites, Domain: domains, Access: accesses, AddressRange: ranges}
