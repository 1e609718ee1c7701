"""Where an operation starts from what is filed: what may be asked of a record, and the draft that it begins with."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from filing.actors import Actor
from filing.choices import UNDECIDED_STATES, AttachmentOwner, FiledState, Operation
from filing.documents.operations import read_content
from filing.identifiers import tidy_filing_number
from filing.models import Access, Request, Subject, Website
from filing.services.attachments import StoredImages
from filing.services.drafts import create_draft
from filing.services.errors import NotAllowed
from filing.services.filed_document import filed_document
from filing.services.holdings import Record, subject_of

Document = dict[str, Any]

KINDS: dict[str, type[Subject] | type[Website] | type[Access]] = {
    "subject": Subject,
    "website": Website,
    "access": Access,
}
OFFERED: dict[str, tuple[Operation, ...]] = {
    "subject": (
        Operation.CHANGE,
        Operation.NEW_WEBSITE,
        Operation.SUBMIT_MATERIALS,
        Operation.CANCEL_SUBJECT,
    ),
    "website": (Operation.NEW_ACCESS, Operation.SUBMIT_MATERIALS, Operation.CANCEL_WEBSITE),
    "access": (Operation.CANCEL_ACCESS,),
}
"""What may be asked of each kind of record, in the order in which it is offered."""

NEEDS_NUMBER = frozenset({Operation.CHANGE, Operation.NEW_WEBSITE, Operation.NEW_ACCESS})
"""These are open to an approved filing with its number only. Spec: R12 of the training materials."""


def kind_of(record: Record) -> str:
    """The name of a kind of record, a key of KINDS."""
    return next(name for name, model in KINDS.items() if isinstance(record, model))


@dataclass(frozen=True)
class Offer:
    """An operation that may start at a record. `open_request`: the undecided one that stands in its way."""

    operation: Operation
    record: Record
    open_request: Request | None = None

    @property
    def kind(self) -> str:
        return kind_of(self.record)


@dataclass
class Offers:
    """What may start at a subject, and at each of its websites and accesses by their keys."""

    subject: list[Offer] = field(default_factory=list)
    websites: dict[int, list[Offer]] = field(default_factory=lambda: defaultdict(list))
    accesses: dict[int, list[Offer]] = field(default_factory=lambda: defaultdict(list))


def offers_for(subject: Subject, websites: Iterable[Website], accesses: Iterable[Access]) -> Offers:
    """What may be asked of a subject and of these records under it. One query."""
    found = Offers()
    records: list[Record] = [subject, *websites, *accesses]
    asked = [
        (record, operation)
        for record in records
        for operation in OFFERED[kind_of(record)]
        if not why_not(operation, record)
    ]
    undecided = _undecided(asked)
    for record, operation in asked:
        keys = targets_of(record)
        standing = next((undecided[operation, key] for key in keys if (operation, key) in undecided), None)
        offer = Offer(operation, record, standing)
        if isinstance(record, Subject):
            found.subject.append(offer)
        else:
            group = found.websites if isinstance(record, Website) else found.accesses
            group[record.pk].append(offer)
    return found


def _undecided(asked: list[tuple[Record, Operation]]) -> dict[tuple[str, str], Request]:
    """The undecided requests for these records and operations, by operation and target."""
    targets = {key for record, operation in asked for key in targets_of(record)}
    rows = Request.objects.filter(target__in=targets, state__in=UNDECIDED_STATES)
    return {(row.operation, row.target): row for row in rows.defer("icp_password")}


def targets_of(record: Record) -> list[str]:
    """How `services/targets.py` may call this record as the target of a request."""
    kind, number = kind_of(record), tidy_filing_number(getattr(record, "number", ""))
    names = [f"{kind}:{record.bureau_id}"] if record.bureau_id else []
    if number:
        names += [f"{kind}-number:{number}", f"{kind}:{number}"]
    if isinstance(record, Access) and (site := tidy_filing_number(record.website.number)):
        names.append(f"access:{site}")
    return names


def why_not(operation: str, record: Record) -> str:
    """Why an operation may not start at a record, in Chinese; "" where it may."""
    if operation not in OFFERED[kind_of(record)]:
        return "这项业务不从这里开始"
    subject = subject_of(record)
    website = record.website if isinstance(record, Access) else record
    if FiledState.CANCELLED in (subject.state, website.state):
        return "已注销，不能再办业务"
    if record.state != FiledState.FILED:
        return "接入已取消，不能再办业务"
    if operation in NEEDS_NUMBER and not getattr(record, "number", ""):
        return "还没有备案号：审核通过、取得备案号后才能办"
    if isinstance(record, Access):
        return _why_not_cancelled(record)
    if operation == Operation.NEW_ACCESS and any(each.is_ours for each in _connected(record)):
        return "本单位已接入这个网站，要改 IP 或接入方式走变更备案"
    if not record.bureau_id and not getattr(record, "number", ""):
        return "库中没有它的备案号和管局标识，等管局下发后再办"
    return ""


def _why_not_cancelled(access: Access) -> str:
    """Spec: result code 1025 for the last access of a website."""
    if not access.is_ours:
        return "这是其他接入商的接入，由它自己取消"
    if len(_connected(access.website)) == 1:
        return "网站只有这一个接入，不能取消：改走注销网站"
    return "" if access.bureau_id else "库中没有它的管局标识，等管局下发后再办"


def _connected(website: Record) -> list[Access]:
    """The accesses of a website that are in force."""
    rows = website.accesses.all() if isinstance(website, Website) else []
    return [each for each in rows if each.state == FiledState.FILED]


def begin(operation: str, record: Record, *, actor: Actor) -> Request:
    """Begin a draft of an operation with what is filed.

    Raises: NotAllowed where it may not start here; RecordInvalid where an undecided request stands in the way.
    """
    if words := why_not(operation, record):
        raise NotAllowed(words)
    content, _gaps = read_content(
        operation, starting_content(operation, record), StoredImages(), complete=False
    )
    return create_draft(operation, content, actor=actor, isp_id=record.isp_id)


UNHELD = {
    Operation.NEW_WEBSITE: "subject_number",
    Operation.NEW_ACCESS: "website_number",
}
"""These need only the number: what is filed elsewhere, and not held here, can be named too."""


def may_begin_unheld(operation: str) -> bool:
    """Whether an operation may begin with a number that is not held here."""
    return operation in UNHELD


def begin_unheld(operation: str, number: str, *, actor: Actor) -> Request:
    """Begin a draft with a number that is not held here. Raises: NotAllowed, RecordInvalid."""
    if operation not in UNHELD:
        raise NotAllowed("库中没有这条备案")
    return create_draft(operation, {UNHELD[Operation(operation)]: tidy_filing_number(number)}, actor=actor)


def standing_in_the_way(operation: str, record: Record) -> Request | None:
    """The undecided request for the same record and operation."""
    rows = Request.objects.filter(
        operation=operation, target__in=targets_of(record), state__in=UNDECIDED_STATES
    )
    return rows.first()


def starting_content(operation: str, record: Record) -> Document:
    """What a document of an operation says of the record that it acts on; gaps are for people to fill.

    Shape: may hold more than the operation knows (numbers of ours); `read_content` takes that out.
    """
    match operation:
        case Operation.CHANGE:
            return filed_document(subject_of(record))
        case Operation.SUBMIT_MATERIALS:
            owner = AttachmentOwner.SUBJECT if isinstance(record, Subject) else AttachmentOwner.WEBSITE
            return {"attachments": [{"owner": owner.value} | _named(record, "owner_")]}
        case Operation.NEW_WEBSITE:
            return _named(record, "subject_")
        case Operation.NEW_ACCESS:
            return _named(record, "website_")
        case _:
            return _named(record, "")


def _named(record: Record, prefix: str) -> Document:
    """A record by its number, which people know it by; without one by the bureau's id."""
    if number := getattr(record, "number", ""):
        return {f"{prefix}number": number}
    return {f"{prefix}bureau_id": record.bureau_id}
