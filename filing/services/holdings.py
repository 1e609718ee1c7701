"""Finding what is filed here by what a request says of it, and filling in the bureau's ids that it left out.

A request may name a filed record by its number, its domain or its addresses; the report needs the bureau's id.
Spec: contract "bureau ids may be left out where the filing is held here"; protocol "A change".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, TypeVar

from django.db.models import F, Q, QuerySet

from filing.choices import AttachmentOwner, FiledState, Operation
from filing.documents.shape import Problem
from filing.identifiers import parse_ipv4, tidy_filing_number
from filing.models import Access, Subject, Website
from filing.models.people import FiledRecord

Document = dict[str, Any]
M = TypeVar("M", bound=FiledRecord)
TWO_RECORDS = "与备案号指的不是同一条备案，只留其中一项"
NOT_HELD = "库中没有这条备案，补填管局标识（bureau_id）"


def find_subject(isp_id: int | None, *, number: str = "", bureau_id: int | None = None) -> Subject | None:
    """The filed subject with this number or bureau id; None where it is not held, or held twice."""
    return _only(_named(Subject.objects.all(), isp_id, number, bureau_id))


def find_website(isp_id: int | None, *, number: str = "", bureau_id: int | None = None) -> Website | None:
    """The filed website with this number or bureau id; None where it is not held, or held twice."""
    return _only(_named(Website.objects.select_related("subject"), isp_id, number, bureau_id))


def find_access(isp_id: int | None, *, number: str = "", bureau_id: int | None = None) -> Access | None:
    """The filed access with this bureau id, or our access of the website with this number."""
    rows = Access.objects.select_related("website__subject")
    if isp_id is not None:
        rows = rows.filter(isp_id=isp_id)
    if bureau_id is not None:
        return _only(rows.filter(bureau_id=bureau_id))
    rows = rows.filter(website__number=tidy_filing_number(number), state=FiledState.FILED)
    return _only(rows.filter(provider_id=F("isp_id"))) or _only(rows) if number else None


def _named(rows: QuerySet[M], isp_id: int | None, number: str, bureau_id: int | None) -> QuerySet[M]:
    if isp_id is not None:
        rows = rows.filter(isp_id=isp_id)
    if bureau_id is not None:
        return rows.filter(bureau_id=bureau_id)
    return rows.filter(number=tidy_filing_number(number)) if number else rows.none()


def _only(rows: QuerySet[M]) -> M | None:
    found = list(rows[:2])
    return found[0] if len(found) == 1 else None


Record = Subject | Website | Access
Kind = type[Subject] | type[Website] | type[Access]
Name = tuple[Kind, str, Any]
"""How a document names something filed: its kind, "number" or "bureau_id", and the value."""

_NAMED_BY = ("bureau_id", "number")
_KINDS: dict[Kind, QuerySet[Any]] = {
    Subject: Subject.objects.all(),
    Website: Website.objects.select_related("subject"),
    Access: Access.objects.select_related("website__subject"),
}
_CANCELLED: dict[str, tuple[Kind, Kind]] = {
    Operation.CANCEL_SUBJECT: (Subject, Subject),
    Operation.CANCEL_WEBSITE: (Website, Website),
    Operation.CANCEL_ACCESS: (Access, Website),
}
"""What the bureau's id and the number of a cancellation name: an access has no number but its website's."""


def subject_held(operation: str, isp_id: int | None, content: Document) -> Subject | None:
    """The filed subject that a document is about, whichever way it names it; None where it is not held here."""
    return subjects_held([(operation, isp_id, content)])[0]


def subjects_held(asked: Sequence[tuple[str, int | None, Document]]) -> list[Subject | None]:
    """`subject_held` of many documents, each with its operation and link. Three queries at most."""
    return [subject_of(row) if row else None for row in records_held(asked)]


def record_held(operation: str, isp_id: int | None, content: Document) -> Record | None:
    """The filed record that a document names itself: a subject, a website or an access; None where it is not held."""
    return records_held([(operation, isp_id, content)])[0]


def records_held(asked: Sequence[tuple[str, int | None, Document]]) -> list[Record | None]:
    """`record_held` of many documents, each with its operation and link. Three queries at most."""
    return [rows[0] if rows is not None and len(rows) == 1 else None for rows in records_named(asked)]


def records_named(asked: Sequence[tuple[str, int | None, Document]]) -> list[list[Record] | None]:
    """All filed records that each document's name stands for; None where it names none. Three queries at most."""
    names = [_record_named(operation, content) for operation, _isp_id, content in asked]
    rows = _rows_named({name for name in names if name}, {isp_id for _operation, isp_id, _content in asked})
    return [
        [row for row in rows.get(name, []) if isp_id in (None, row.isp_id)] if name else None
        for (_operation, isp_id, _content), name in zip(asked, names, strict=True)
    ]


def subject_of(row: Record) -> Subject:
    """Whose a filed record is."""
    website = row.website if isinstance(row, Access) else row
    return website.subject if isinstance(website, Website) else website


def _record_named(operation: str, content: Document) -> Name | None:
    if operation == Operation.SUBMIT_MATERIALS:
        return _owner_named((content.get("attachments") or [{}])[0])
    if operation in _CANCELLED:
        by_id, by_number = _CANCELLED[operation]
        if "bureau_id" in content:
            return by_id, "bureau_id", content["bureau_id"]
        number = content.get("number", "")
        return (by_number, "number", tidy_filing_number(number)) if number else None
    part = content.get("subject") or {}
    if bureau_id := part.get("bureau_id") or content.get("subject_bureau_id"):
        return Subject, "bureau_id", bureau_id
    if number := part.get("number") or content.get("subject_number"):
        return Subject, "number", tidy_filing_number(number)
    if bureau_id := content.get("website_bureau_id"):
        return Website, "bureau_id", bureau_id
    if number := content.get("website_number"):
        return Website, "number", tidy_filing_number(number)
    return None


def _owner_named(attachment: Document) -> Name | None:
    """Whose materials are handed in: all of a request have one owner."""
    kind: Kind = Subject if attachment.get("owner") == AttachmentOwner.SUBJECT else Website
    if bureau_id := attachment.get("owner_bureau_id"):
        return kind, "bureau_id", bureau_id
    number = attachment.get("owner_number", "")
    return (kind, "number", tidy_filing_number(number)) if number else None


def _rows_named(names: set[Name], isp_ids: set[int | None]) -> dict[Name, list[Record]]:
    found: dict[Name, list[Record]] = defaultdict(list)
    for model in {model for model, _column, _value in names}:
        wanted = Q()
        for column in _NAMED_BY:
            values = [value for kind, named_by, value in names if (kind, named_by) == (model, column)]
            wanted |= Q(**{f"{column}__in": values}) if values else Q()
        links = Q() if None in isp_ids else Q(isp_id__in=isp_ids)
        for row in _KINDS[model].filter(wanted & links):
            for column in _NAMED_BY:
                if (name := (model, column, getattr(row, column, None))) in names:
                    found[name].append(row)
    return found


def fill_bureau_ids(operation: str, content: Document, isp_id: int | None) -> list[Problem]:
    """Write the bureau's ids that a document left out into it, in place. Problems name what is not held here."""
    if operation == Operation.CHANGE:
        return _fill_change(content, isp_id)
    finders = {
        Operation.CANCEL_SUBJECT: find_subject,
        Operation.CANCEL_WEBSITE: find_website,
        Operation.CANCEL_ACCESS: find_access,
    }
    if operation not in finders or "number" not in content:
        return []
    found = finders[Operation(operation)](isp_id, number=content["number"])
    if "bureau_id" in content:
        same = found is None or found.bureau_id in (None, content["bureau_id"])
        return [] if same else [Problem("bureau_id", "管局记录标识", TWO_RECORDS)]
    if found is None or found.bureau_id is None:
        return [Problem("number", "备案号", NOT_HELD)]
    content["bureau_id"] = found.bureau_id
    return []


def _fill_change(content: Document, isp_id: int | None) -> list[Problem]:
    problems = []
    subject_part = content.get("subject", {})
    subject = find_subject(
        isp_id, number=subject_part.get("number", ""), bureau_id=subject_part.get("bureau_id")
    )
    if "bureau_id" not in subject_part:
        if subject is None or subject.bureau_id is None:
            return [Problem("subject.bureau_id", "管局记录标识", NOT_HELD)]
        subject_part["bureau_id"] = subject.bureau_id
    for index, part in enumerate(content.get("websites", [])):
        path = f"websites[{index}]"
        website = find_website(isp_id, number=part.get("number", ""), bureau_id=part.get("bureau_id"))
        if "bureau_id" not in part:
            if website is None or website.bureau_id is None:
                problems.append(Problem(f"{path}.bureau_id", "管局记录标识", NOT_HELD))
                continue
            part["bureau_id"] = website.bureau_id
        problems += _fill_website(part, website, path)
    return problems


def _fill_website(part: Document, website: Website | None, path: str) -> list[Problem]:
    """Domains by name, accesses by their addresses (the only one by its place), ranges by first and last address.

    A domain or range that is not filed is new and has no id yet; an access cannot be new.
    """
    problems = []
    domains = {row.name.lower(): row for row in website.domains.all()} if website else {}
    for domain in part.get("domains", []):
        _take_ids(domain, domains.get(domain.get("name", "").lower()))
    accesses = (
        list(website.accesses.filter(state=FiledState.FILED).prefetch_related("ranges")) if website else []
    )
    for index, access in enumerate(part.get("accesses", [])):
        held = _access_behind(access, accesses, alone=len(part["accesses"]) == 1)
        if "bureau_id" not in access:
            if held is None or held.bureau_id is None:
                words = "变更只能涉及已备案的接入；库中没有对应的，补填管局标识（bureau_id）"
                problems.append(Problem(f"{path}.accesses[{index}].bureau_id", "管局记录标识", words))
                continue
            access["bureau_id"] = held.bureau_id
        ranges = {(row.start, row.end): row for row in held.ranges.all()} if held else {}
        for each in access.get("ip_ranges", []):
            _take_ids(each, ranges.get((parse_ipv4(each["start"]), parse_ipv4(each["end"]))))
    return problems


def _access_behind(access: Document, held: list[Access], *, alone: bool) -> Access | None:
    if "bureau_id" in access:
        return next((row for row in held if row.bureau_id == access["bureau_id"]), None)
    mine = {(parse_ipv4(each["start"]), parse_ipv4(each["end"])) for each in access.get("ip_ranges", [])}
    matching = [row for row in held if mine & {(each.start, each.end) for each in row.ranges.all()}]
    if len(matching) == 1:
        return matching[0]
    return held[0] if alone and len(held) == 1 else None


def _take_ids(record: Document, row: FiledRecord | None) -> None:
    """The bureau's id, and our number where the record began here: the bureau knows it by that."""
    if row is None:
        return
    if row.bureau_id is not None:
        record.setdefault("bureau_id", row.bureau_id)
    if row.own_id is not None:
        record["own_id"] = row.own_id
