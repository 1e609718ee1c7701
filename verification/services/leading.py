"""To which requests a piece of work leads, and their drafts: what is filed, and what the bureau said, is in them already."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from filing.actors import person
from filing.choices import UNDECIDED_STATES, FiledState, Operation, RequestState
from filing.documents.operations import read_content
from filing.identifiers import format_ipv4
from filing.models import Access, Request, Website
from filing.services.attachments import StoredImages
from filing.services.drafts import create_draft
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.holdings import Record
from filing.services.starting import begin, standing_in_the_way, starting_content, why_not
from verification.choices import CheckKind, ListedKind, NoticeKind
from verification.models import Arrival, CheckResult, ListedWork, Notice, UnfiledWebsite
from verification.services.answering import answer_to, answers_under_way, begin_answer
from verification.services.arrivals import answer_with
from verification.told import filed_behind

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Document = dict[str, Any]

_CHECKS: dict[str, tuple[Operation, ...]] = {
    CheckKind.SUBJECT: (Operation.CHANGE,),
    CheckKind.OVER_REPORTED: (Operation.CANCEL_ACCESS, Operation.CANCEL_WEBSITE),
    CheckKind.UNDER_REPORTED: (Operation.NEW_ACCESS, Operation.CHANGE, Operation.NEW_FILING),
    CheckKind.ACCESS: (Operation.CHANGE, Operation.CANCEL_ACCESS),
    CheckKind.EMPTY_SHELL: (Operation.CANCEL_WEBSITE, Operation.CANCEL_ACCESS),
    CheckKind.ALIVE: (),
    CheckKind.UNREACHABLE: (Operation.CHANGE, Operation.CANCEL_WEBSITE, Operation.CANCEL_ACCESS),
}
_NOTICES: dict[int | None, tuple[Operation, ...]] = {
    NoticeKind.SUBJECT: (Operation.CHANGE, Operation.CANCEL_SUBJECT),
    NoticeKind.WEBSITE: (Operation.CHANGE, Operation.CANCEL_WEBSITE),
    None: (Operation.CHANGE,),
}
_LISTED: dict[str, tuple[Operation, ...]] = {
    ListedKind.ILLEGAL_ACCESS: (Operation.NEW_ACCESS, Operation.NEW_WEBSITE, Operation.NEW_FILING),
    ListedKind.SUBJECT: (Operation.CANCEL_SUBJECT,),
    ListedKind.WEBSITE: (Operation.CANCEL_WEBSITE, Operation.CHANGE),
}
"""What mends each finding, the likeliest first."""

OF_SUBJECT = frozenset({Operation.CHANGE, Operation.CANCEL_SUBJECT})
OF_WEBSITE = frozenset({Operation.NEW_ACCESS, Operation.CANCEL_WEBSITE})
FROM_NOTHING = frozenset({Operation.NEW_FILING, Operation.NEW_WEBSITE})
"""These begin with the domain and address alone: nothing is filed of it yet."""


@dataclass(frozen=True)
class Way:
    """One request that a piece of work may lead to. `record`: the filed one that it acts on; `number` names one not held.

    `is_answer`: accepted or approved it ends the work; else it helps the owner beside the answer.
    """

    operation: Operation
    record: Record | None = None
    number: str = ""
    is_answer: bool = True

    @property
    def label(self) -> str:
        return str(self.operation.label)


def ways_of(row: Arrival) -> list[Way]:
    """The requests that may begin from a piece of work, the likeliest first."""
    if (answer := answer_to(row)) is not None:
        beside = (Operation.NEW_FILING, Operation.NEW_WEBSITE) if isinstance(row, UnfiledWebsite) else ()
        return [Way(answer), *(Way(each, is_answer=False) for each in beside)]
    return list(_ways(row, _operations(row)))


def _operations(row: Arrival) -> tuple[Operation, ...]:
    match row:
        case CheckResult():
            return _CHECKS[row.kind]
        case Notice():
            return _NOTICES[row.kind]
        case ListedWork():
            return _LISTED[row.kind]
    return ()


def _ways(row: Arrival, operations: tuple[Operation, ...]) -> Iterator[Way]:
    subject, website = filed_behind(row)
    for operation in operations:
        if operation in FROM_NOTHING:
            if website is None and _domain_of(row):
                yield Way(operation)
            continue
        record: Record | None = subject if operation in OF_SUBJECT else website
        if operation == Operation.CANCEL_ACCESS:
            record = _access(row, website)
        if record is not None and not why_not(operation, record):
            yield Way(operation, record)
        elif (
            record is None
            and operation == Operation.NEW_ACCESS
            and (number := getattr(row, "website_number", ""))
        ):
            yield Way(operation, number=number)


def _access(row: Arrival, website: Website | None) -> Access | None:
    """The access that a finding names; else ours of the website, where it has one."""
    rows = Access.objects.filter(isp_id=row.isp_id, state=FiledState.FILED).select_related("website__subject")
    if bureau_id := getattr(row, "access_bureau_id", None):
        return rows.filter(bureau_id=bureau_id).first()
    ours = [each for each in rows.filter(website=website) if each.is_ours] if website else []
    return ours[0] if len(ours) == 1 else None


def current_answer(row: Arrival) -> Request | None:
    """The request that answers a piece of work: that which was written down, else an undecided one for the same thing."""
    if row.answer is not None and row.answer.state != RequestState.WITHDRAWN:
        return row.answer
    if not row.is_open:
        return None
    if (under_way := answers_under_way(row)) is not None:
        return under_way
    for way in ways_of(row):
        if way.record is not None and (found := standing_in_the_way(way.operation, way.record)) is not None:
            return found
    return None


def begin_way(row: Arrival, operation: str, *, user: User) -> Request:
    """Begin a draft, or take up the one that is under way, and write down that it answers the work.

    Raises: NotAllowed where the work does not lead there; RecordInvalid where an undecided request stands in the way
    that cannot be named.
    """
    way = next((each for each in ways_of(row) if each.operation == operation), None)
    if way is None:
        raise NotAllowed("这件任务不从这里办这项业务")
    made = _begun(row, way, user)
    if way.is_answer:
        answer_with(row, made)
    return made


def _begun(row: Arrival, way: Way, user: User) -> Request:
    if way.operation == answer_to(row):
        return answers_under_way(row) or begin_answer(row, user=user)
    if way.record is not None and way.operation != Operation.NEW_ACCESS:
        try:
            return begin(way.operation, way.record, actor=person(user))
        except RecordInvalid:
            if (standing := standing_in_the_way(way.operation, way.record)) is not None:
                return standing
            raise
    content, _gaps = read_content(way.operation, _told(row, way), StoredImages(), complete=False)
    if way.record is not None and (standing := standing_in_the_way(way.operation, way.record)) is not None:
        return standing
    return create_draft(way.operation, content, actor=person(user), isp_id=row.isp_id)


def _told(row: Arrival, way: Way) -> Document:
    """What the bureau said, as a document of something new says it: the domain, and the address it was seen at."""
    address = getattr(row, "address", None)
    seen = {"ip_ranges": [{"start": format_ipv4(address), "end": format_ipv4(address)}]} if address else {}
    if way.operation == Operation.NEW_ACCESS:
        named = starting_content(way.operation, way.record) if way.record else {"website_number": way.number}
        return named | ({"access": seen} if seen else {})
    site = {"domains": [{"name": _domain_of(row)}]} | ({"accesses": [seen]} if seen else {})
    return {"websites": [site]}


def _domain_of(row: Arrival) -> str:
    return str(getattr(row, "domain", ""))


def is_sent(request: Request) -> bool:
    """Whether an answer has left the hands of staff: it waits for the link or for the bureau."""
    return request.state in UNDECIDED_STATES - {
        RequestState.DRAFT,
        RequestState.IN_REVIEW,
        RequestState.REVIEW_RETURNED,
    }
