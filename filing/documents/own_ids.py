"""Numbers of our own for the records of a document (IspZtid, IspWzid, IspYmid, IspJrid, IspIpid).

They come from database sequences when a draft gets the record, are never reused, and stay with the record through
its corrections: a bureau that knows a number must find the same thing behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from filing.documents.operations import OWN_ID_KEY

Record = dict[str, Any]

SEQUENCES = {
    "subject": "own_subject_id",
    "website": "own_website_id",
    "domain": "own_domain_id",
    "access": "own_access_id",
    "range": "own_range_id",
}


def take(kind: str, count: int = 1) -> list[int]:
    """Draw `count` new numbers of a kind (a key of SEQUENCES). A number drawn and not used is lost, never reused."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s::regclass) FROM generate_series(1, %s)", [SEQUENCES[kind], count])
        return [row[0] for row in cursor.fetchall()]


def assign(content: Record, previous: Record | None = None) -> Record:
    """Give every record of a document its number; records known from `previous` keep theirs.

    Records are paired by what names them (a domain's name, a range's addresses, a website's domains or name), then by
    their place. Changes `content` in place and returns it.
    """
    before = previous or {}
    if subject := content.get("subject"):
        _carry([subject], [before["subject"]] if before.get("subject") else [], _nothing)
        _fill([subject], "subject")
    websites = content.get("websites", [])
    pairs = _carry(websites, before.get("websites", []), _website_names)
    _fill(websites, "website")
    for website, old in pairs:
        _assign_below(website, old or {})
    return content


def _assign_below(website: Record, old: Record) -> None:
    domains, accesses = website.get("domains", []), website.get("accesses", [])
    _carry(domains, old.get("domains", []), lambda record: {record.get("name")}, by_place=False)
    _fill(domains, "domain")
    pairs = _carry(accesses, old.get("accesses", []), _nothing)
    _fill(accesses, "access")
    for access, old_access in pairs:
        ranges = access.get("ip_ranges", [])
        _carry(
            ranges,
            (old_access or {}).get("ip_ranges", []),
            lambda record: {(record.get("start"), record.get("end"))},
            by_place=False,
        )
        _fill(ranges, "range")


def _nothing(record: Record) -> set[Any]:
    return set()


def _website_names(record: Record) -> set[Any]:
    return {domain.get("name") for domain in record.get("domains", [])} | {("name", record.get("name"))}


def _carry(
    new: list[Record], old: list[Record], names: Callable[[Record], Iterable[Any]], *, by_place: bool = True
) -> list[tuple[Record, Record | None]]:
    """Pair new with old records and carry the numbers over. A record that has a number already pairs by it."""
    left = list(old)
    pairs: list[tuple[Record, Record | None]] = []
    for record in new:
        found = next((o for o in left if o.get(OWN_ID_KEY) and o[OWN_ID_KEY] == record.get(OWN_ID_KEY)), None)
        if found is None and OWN_ID_KEY not in record:
            mine = set(names(record))
            found = next((o for o in left if mine & set(names(o))), None)
        if found is not None:
            left.remove(found)
        pairs.append((record, found))
    if by_place:
        paired = []
        for place, (record, found) in enumerate(pairs):
            if found is None and OWN_ID_KEY not in record and place < len(old) and old[place] in left:
                found = old[place]
                left.remove(found)
            paired.append((record, found))
        pairs = paired
    for record, found in pairs:
        if found is not None and OWN_ID_KEY not in record and found.get(OWN_ID_KEY):
            record[OWN_ID_KEY] = found[OWN_ID_KEY]
    return pairs


def _fill(records: list[Record], kind: str) -> None:
    without = [record for record in records if OWN_ID_KEY not in record]
    if without:
        for record, number in zip(without, take(kind, len(without)), strict=True):
            record[OWN_ID_KEY] = number
