"""Numbers of our own for the records of a document (IspZtid, IspWzid, IspYmid, IspJrid, IspIpid).

They come from database sequences when a draft gets the record, are never reused, and stay with the record through
its corrections: a bureau that knows a number must find the same thing behind it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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

    Records are paired by what names them (a domain's name, a range's addresses, a website's domains, then its name,
    an access's ranges), then by their place. Only records whose block has a number of ours get one: what is filed goes
    by the bureau's ids. Changes `content` in place and returns it.
    """
    before, fields = previous or {}, shape_of(operation).fields
    subject, access = content.get("subject"), content.get("access")
    if subject is not None and _has_number(fields["subject"]):
        _carry([subject], [before["subject"]] if before.get("subject") else [])
        _fill([subject], "subject")
    if access is not None:
        _accesses([access], [before["access"]] if before.get("access") else [], fields["access"])
    websites = content.get("websites", [])
    if websites and isinstance(fields["websites"], ListOf) and isinstance(fields["websites"].item, Block):
        block = fields["websites"].item
        _drop_repeated_numbers(websites)
        pairs = _carry(websites, before.get("websites", []), _domain_names, _name)
        if _has_number(block):
            _fill(websites, "website")
        for website, old in pairs:
            _assign_below(website, old or {}, block)
    return content


def assign_all(contents: Sequence[Record], *, operation: str) -> list[Record]:
    """`assign` for many documents that had no numbers before: one query for each kind of record. Changes them in place.

    Of what a change may bring anew: domains and ranges; what else lacks a number gets one as `assign` gives it.
    """
    websites = [each for content in contents for each in content.get("websites", [])]
    accesses = [each for website in websites for each in website.get("accesses", [])]
    item = _item_of(shape_of(operation), "websites")
    if item is not None and _has_number(item.fields["domains"]):
        _fill([each for website in websites for each in website.get("domains", [])], "domain")
    access = _item_of(item, "accesses")
    if access is not None and _has_number(access.fields["ip_ranges"]):
        _fill([each for one in accesses for each in one.get("ip_ranges", [])], "range")
    return [assign(content, operation=operation) for content in contents]


def _item_of(block: Block | None, name: str) -> Block | None:
    shape = block.fields.get(name) if block is not None else None
    return shape.item if isinstance(shape, ListOf) and isinstance(shape.item, Block) else None


def _has_number(shape: Shape) -> bool:
    block = shape.item if isinstance(shape, ListOf) else shape
    return isinstance(block, Block) and OWN_ID_KEY in block.fields


def _assign_below(website: Record, old: Record, block: Block) -> None:
    domains = website.get("domains", [])
    _carry(domains, old.get("domains", []), _name, by_place=False)
    if _has_number(block.fields["domains"]):
        _fill(domains, "domain")
    _accesses(website.get("accesses", []), old.get("accesses", []), block.fields["accesses"])


def _accesses(accesses: list[Record], old: list[Record], shape: Shape) -> None:
    block = shape.item if isinstance(shape, ListOf) else shape
    pairs = _carry(accesses, old, _ranges)
    if _has_number(shape):
        _fill(accesses, "access")
    for access, old_access in pairs:
        ranges = access.get("ip_ranges", [])
        _carry(ranges, (old_access or {}).get("ip_ranges", []), _addresses, by_place=False)
        if isinstance(block, Block) and _has_number(block.fields["ip_ranges"]):
            _fill(ranges, "range")


Tie = Callable[[Record], set[Any]]
"""What names a record: two records that share one such name are the same thing."""


def _number(record: Record) -> set[Any]:
    return {record.get(OWN_ID_KEY)} - {None}


def _bureau_id(record: Record) -> set[Any]:
    return {record.get("bureau_id")} - {None}


def _name(record: Record) -> set[Any]:
    return {record.get("name")} - {None}


def _domain_names(record: Record) -> set[Any]:
    return {domain.get("name") for domain in record.get("domains", [])} - {None}


def _addresses(record: Record) -> set[Any]:
    return {(record.get("start"), record.get("end"))} - {(None, None)}


def _ranges(record: Record) -> set[Any]:
    return set().union(*(_addresses(each) for each in record.get("ip_ranges", [])))


def _carry(
    new: list[Record], old: list[Record], *ties: Tie, by_place: bool = True
) -> list[tuple[Record, Record | None]]:
    """Pair new with old records and carry the numbers over: by the number that a record has already, by the bureau's
    id, by each tie in turn, then by place.

    Each step looks at all records before the next one does: a weaker tie never takes what a stronger one claims.
    """
    left = dict(enumerate(old))
    found: dict[int, Record] = {}
    for tie in (_number, _bureau_id, *ties):
        for place, record in enumerate(new):
            if place in found or (OWN_ID_KEY in record and tie is not _number):
                continue
            names = tie(record)
            partner = next((each for each in left if names & tie(left[each])), None)
            if partner is not None:
                found[place] = left.pop(partner)
    for place, record in enumerate(new) if by_place else ():
        if place not in found and place in left and OWN_ID_KEY not in record:
            found[place] = left.pop(place)
    for place, before in found.items():
        if before.get(OWN_ID_KEY):
            new[place].setdefault(OWN_ID_KEY, before[OWN_ID_KEY])
    return [(record, found.get(place)) for place, record in enumerate(new)]


def _drop_repeated_numbers(websites: list[Record]) -> None:
    """A number that came twice (a block copied in the form) stays with the first record that has it."""
    domains = [each for website in websites for each in website.get("domains", [])]
    accesses = [each for website in websites for each in website.get("accesses", [])]
    ranges = [each for access in accesses for each in access.get("ip_ranges", [])]
    for records in (websites, domains, accesses, ranges):
        seen: set[int] = set()
        for record in records:
            if record.get(OWN_ID_KEY) in seen:
                del record[OWN_ID_KEY]
            seen |= _number(record)


def _fill(records: list[Record], kind: str) -> None:
    without = [record for record in records if OWN_ID_KEY not in record]
    if without:
        for record, number in zip(without, take(kind, len(without)), strict=True):
            record[OWN_ID_KEY] = number
