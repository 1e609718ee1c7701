"""Numbers of our own for the records of a document (IspZtid, IspWzid, IspYmid, IspJrid, IspIpid).

They come from database sequences when a draft gets the record, are never reused, and stay with the record through
its corrections: a bureau that knows a number must find the same thing behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.db import connection

from filing.choices import Operation
from filing.documents.operations import OWN_ID_KEY, shape_of
from filing.documents.shape import Block, ListOf, Shape

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


def assign(
    content: Record, previous: Record | None = None, *, operation: str = Operation.NEW_FILING
) -> Record:
    """Give every record of a document its number; records known from `previous` keep theirs.

    Records are paired by what names them (a domain's name, a range's addresses, a website's domains or name), then by
    their place. Only records whose block has a number of ours get one: what is filed goes by the bureau's ids.
    Changes `content` in place and returns it.
    """
    before, fields = previous or {}, shape_of(operation).fields
    subject, access = content.get("subject"), content.get("access")
    if subject is not None and _has_number(fields["subject"]):
        _carry([subject], [before["subject"]] if before.get("subject") else [], _nothing)
        _fill([subject], "subject")
    if access is not None:
        _accesses([access], [before["access"]] if before.get("access") else [], fields["access"])
    websites = content.get("websites", [])
    if websites and isinstance(fields["websites"], ListOf) and isinstance(fields["websites"].item, Block):
        block = fields["websites"].item
        pairs = _carry(websites, before.get("websites", []), _website_names)
        if _has_number(block):
            _fill(websites, "website")
        for website, old in pairs:
            _assign_below(website, old or {}, block)
    return content


def _has_number(shape: Shape) -> bool:
    block = shape.item if isinstance(shape, ListOf) else shape
    return isinstance(block, Block) and OWN_ID_KEY in block.fields


def _assign_below(website: Record, old: Record, block: Block) -> None:
    domains = website.get("domains", [])
    _carry(domains, old.get("domains", []), lambda record: {record.get("name")}, by_place=False)
    if _has_number(block.fields["domains"]):
        _fill(domains, "domain")
    _accesses(website.get("accesses", []), old.get("accesses", []), block.fields["accesses"])


def _accesses(accesses: list[Record], old: list[Record], shape: Shape) -> None:
    block = shape.item if isinstance(shape, ListOf) else shape
    pairs = _carry(accesses, old, _nothing)
    if _has_number(shape):
        _fill(accesses, "access")
    for access, old_access in pairs:
        ranges = access.get("ip_ranges", [])
        _carry(
            ranges,
            (old_access or {}).get("ip_ranges", []),
            lambda record: {(record.get("start"), record.get("end"))},
            by_place=False,
        )
        if isinstance(block, Block) and _has_number(block.fields["ip_ranges"]):
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
