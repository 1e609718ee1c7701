"""What the bureau holds, kept up from what it sent. Nothing else writes filed records."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol, TypeVar

from django.db import transaction
from django.db.models import Model

from filing.choices import FiledState
from filing.filed_data import AccessData, SubjectData, WebsiteData
from filing.identifiers import initials_of, subject_number_of
from filing.models import Access, AddressRange, Domain, Request, Revision, Subject, Website
from filing.models.people import FiledRecord
from filing.services.behind import requests_behind
from filing.services.revisions import Document, current_contents

Proof = dict[str, Any]
M = TypeVar("M", bound=FiledRecord)
FILED: dict[str, Any] = {"state": FiledState.FILED, "cancelled_at": None}


class Rows(Protocol):
    """Where filed rows are found and written: in the database one by one, or many together (`filed_bulk`)."""

    def by_bureau_id(self, model: type[M], isp_id: int, bureau_id: int) -> M | None: ...
    def by_own_id(self, model: type[M], own_id: int) -> M | None: ...
    def domain(self, website: Website, name: str) -> Domain | None: ...
    def address_range(self, access: Access, start: int, end: int) -> AddressRange | None: ...
    def subject_like(self, data: SubjectData, isp_id: int) -> Subject | None:
        """The subject that data without the bureau's id is about, by its number, else its certificate."""

    def website_like(self, subject: Subject, data: WebsiteData) -> Website | None:
        """The same for a website of a subject, by its number, else one of its domains, else its name."""

    def access_like(self, website: Website, data: AccessData) -> Access | None:
        """The same for an access of a website, by its provider."""

    def save(self, row: FiledRecord) -> None: ...
    def delete(self, row: FiledRecord) -> None: ...
    def keep_only(self, owner: Website | Access, kept: Collection[int]) -> None:
        """Delete the domains of a website, or the ranges of an access, that are none of these."""


class StoredRows:
    """The rows in the database, each looked up and written where it is needed."""

    def by_bureau_id(self, model: type[M], isp_id: int, bureau_id: int) -> M | None:
        rows = model._default_manager.select_for_update()
        return rows.filter(isp_id=isp_id, bureau_id=bureau_id).first()

    def by_own_id(self, model: type[M], own_id: int) -> M | None:
        return model._default_manager.select_for_update().filter(own_id=own_id).first()

    def domain(self, website: Website, name: str) -> Domain | None:
        return website.domains.filter(name=name).first()

    def address_range(self, access: Access, start: int, end: int) -> AddressRange | None:
        return access.ranges.filter(start=start, end=end).first()

    def subject_like(self, data: SubjectData, isp_id: int) -> Subject | None:
        rows = Subject.objects.select_for_update().filter(isp_id=isp_id).order_by("pk")
        if data.number:
            return rows.filter(number=data.number).first()
        if data.certificate_number:
            paper = {"certificate_type": data.certificate_type, "certificate_number": data.certificate_number}
            return rows.filter(**paper).first()
        return rows.filter(bureau_id=None, number="", name=data.name).first()

    def website_like(self, subject: Subject, data: WebsiteData) -> Website | None:
        rows = subject.websites.order_by("pk")
        if data.number:
            return rows.filter(number=data.number).first()
        names = [domain.name for domain in data.domains]
        return rows.filter(domains__name__in=names).first() or rows.filter(name=data.name).first()

    def access_like(self, website: Website, data: AccessData) -> Access | None:
        return website.accesses.filter(provider_id=data.provider_id).order_by("pk").first()

    def save(self, row: FiledRecord) -> None:
        row.save()

    def delete(self, row: FiledRecord) -> None:
        row.delete()

    def keep_only(self, owner: Website | Access, kept: Collection[int]) -> None:
        parts = owner.domains if isinstance(owner, Website) else owner.ranges
        parts.exclude(pk__in=kept).delete()


@transaction.atomic
def record_filed(
    data: SubjectData, *, isp_id: int, proof: Proof, quiet: bool = False
) -> tuple[Subject, list[Request]]:
    """Store one Baxx: subject, websites, domains, accesses, ranges.

    Records are found by the bureau's ids first. The enterprise ids in the data may be another provider's: they count
    only where a request of our own carries them and its certificate, one of its domains or its website agrees. Applying
    the same data twice changes nothing. A website or access that is not in the data is not gone; within a website the
    domains are the list, within an access the ranges are.
    Returns the subject and the requests of ours whose records are in the data. `quiet`: see `write_filed`.
    Spec: protocol "What comes back, and to what it belongs", BASJ.
    """
    requests = requests_behind(data, isp_id)
    ours = own_ids_in(current_contents(requests).values())
    rows = StoredRows()
    return write_filed(rows, data, isp_id=isp_id, ours=ours, proof=proof, quiet=quiet), requests


def write_filed(
    rows: Rows, data: SubjectData, *, isp_id: int, ours: OwnIds, proof: Proof, quiet: bool = False
) -> Subject:
    """What `record_filed` does to the filed rows. `ours`: see `own_ids_in`.

    `quiet`, for what was handed over and not told by the link: a row that holds the same already stays untouched, with
    its proof and time, and one that is cancelled here stays cancelled.
    """
    return _Writing(rows, isp_id, ours, proof, quiet).subject(data)


OwnIds = dict[type[Model], set[int]]
"""The numbers that our requests gave to their records, by kind: no other enterprise id counts as ours."""


def own_ids_in(contents: Iterable[Document]) -> OwnIds:
    """The numbers in documents of our requests."""
    found: OwnIds = {Subject: set(), Website: set(), Domain: set(), Access: set(), AddressRange: set()}
    for content in contents:
        websites = content.get("websites", [])
        accesses = [access for website in websites for access in website.get("accesses", [])]
        accesses += [content["access"]] if "access" in content else []
        parts: dict[type[Model], list[dict[str, Any]]] = {
            Subject: [content.get("subject", {})],
            Website: websites,
            Domain: [domain for website in websites for domain in website.get("domains", [])],
            Access: accesses,
            AddressRange: [each for access in accesses for each in access.get("ip_ranges", [])],
        }
        for kind, records in parts.items():
            found[kind] |= {record["own_id"] for record in records if "own_id" in record}
    return found


class _Writing:
    """One Baxx on its way into the rows."""

    def __init__(self, rows: Rows, isp_id: int, ours: OwnIds, proof: Proof, quiet: bool = False) -> None:
        self.rows, self.isp_id, self.ours, self.proof, self.quiet = rows, isp_id, ours, proof, quiet

    def subject(self, data: SubjectData) -> Subject:
        named = self.rows.subject_like(data, self.isp_id) if data.bureau_id is None else None
        subject = self._save(Subject, (data.bureau_id, data.own_id), subject_columns(data), named)
        for website in data.websites:
            self._website(subject, website)
        return subject

    def _website(self, subject: Subject, data: WebsiteData) -> None:
        columns = {"subject_id": subject.pk} | website_columns(data)
        named = self.rows.website_like(subject, data) if data.bureau_id is None else None
        website = self._save(Website, (data.bureau_id, data.own_id), columns, named)
        kept = set()
        for domain in data.domains:
            same = self.rows.domain(website, domain.name)
            values = {"website_id": website.pk, "name": domain.name}
            kept.add(self._save(Domain, (domain.bureau_id, domain.own_id), values, same).pk)
        self.rows.keep_only(website, kept)
        for access in data.accesses:
            self._access(website, access)

    def _access(self, website: Website, data: AccessData) -> None:
        columns = {"website_id": website.pk} | access_columns(data)
        named = self.rows.access_like(website, data) if data.bureau_id is None else None
        access = self._save(Access, (data.bureau_id, data.own_id), columns, named)
        kept = set()
        for each in data.ranges:
            same = self.rows.address_range(access, each.start, each.end)
            values = {"access_id": access.pk, "start": each.start, "end": each.end}
            kept.add(self._save(AddressRange, (each.bureau_id, each.own_id), values, same).pk)
        self.rows.keep_only(access, kept)

    def _save(
        self,
        model: type[M],
        ids: tuple[int | None, int | None],
        columns: dict[str, Any],
        named: M | None = None,
    ) -> M:
        """Find the row by the bureau's id, else by our own, else `named` (by what names it), else make one; store it.

        `ids` are the bureau's and the enterprise's id. Where the bureau calls two records by one number of ours, its
        ids tell them apart and the number stays with the first.
        """
        bureau_id, own_id = ids
        own_id = own_id if own_id in self.ours[model] else None
        row = self.rows.by_bureau_id(model, self.isp_id, bureau_id) if bureau_id is not None else None
        if row is not None and named is not None and row.pk != named.pk:
            # The bureau gave this name to another record of its own: the row that had it comes again under its id, or
            # is gone.
            self.rows.delete(named)
            named = None
        mine = self.rows.by_own_id(model, own_id) if own_id is not None else None
        if row is None and mine is not None and (bureau_id is None or mine.bureau_id is None):
            row = mine
        row = row or named or model()
        values = columns | {"isp_id": self.isp_id, "proof": self.proof}
        if bureau_id is not None:
            values["bureau_id"] = bureau_id
        if mine is None and own_id is not None and row.own_id is None:
            values["own_id"] = own_id
        if self.quiet and row.pk is not None:
            if getattr(row, "state", None) == FiledState.CANCELLED:
                values = {name: value for name, value in values.items() if name not in FILED}
            if all(getattr(row, name) == value for name, value in values.items() if name != "proof"):
                return row
        for name, value in values.items():
            setattr(row, name, value)
        self.rows.save(row)
        return row


_SUBJECT_COLUMNS = (
    "name",
    "province",
    "certificate_type",
    "certificate_number",
    "nature",
    "investor",
    "city",
    "county",
    "address_detail",
    "certificate_address",
    "filed_by",
    "remarks",
    "first_filed_at",
    "last_modified_at",
)


def subject_columns(data: SubjectData) -> dict[str, Any]:
    """The columns of a subject that its data says; a number that is not told stays as it was."""
    columns = {name: getattr(data, name) for name in _SUBJECT_COLUMNS} | {"initials": initials_of(data.name)}
    if data.number:
        columns["number"] = data.number
    return columns | data.responsible.columns() | FILED


def website_columns(data: WebsiteData) -> dict[str, Any]:
    """The same of a website."""
    columns: dict[str, Any] = {
        "name": data.name,
        "home_url": data.home_url,
        "remarks": data.remarks,
        "service_contents": list(data.service_contents),
        "languages": list(data.languages),
        "pre_approvals": list(data.pre_approvals),
        "first_filed_at": data.first_filed_at,
        "last_modified_at": data.last_modified_at,
    }
    if data.number:
        columns["number"] = data.number
    return columns | data.responsible.columns() | FILED


def access_columns(data: AccessData) -> dict[str, Any]:
    """The same of an access."""
    return {
        "provider_id": data.provider_id,
        "server_locations": list(data.server_locations),
        "methods": list(data.methods),
    } | FILED


def filing_numbers(requests: Sequence[Request]) -> dict[int, tuple[str, list[str]]]:
    """Subject number and website numbers that a request has to do with, by its key; empty until they came.

    What a new filing or a new website asked for is found by our own numbers; what acts on something filed names it.
    Three queries for any number of requests.
    """
    wanted = {(request.pk, request.revision_number) for request in requests}
    documents = {
        revision.request_id: revision.content
        for revision in Revision.objects.filter(request__in=requests)
        if (revision.request_id, revision.number) in wanted
    }
    own_ids = {
        pk: [website["own_id"] for website in content.get("websites", []) if "own_id" in website]
        for pk, content in documents.items()
    }
    websites = dict(
        Website.objects.filter(own_id__in=[each for ids in own_ids.values() for each in ids]).values_list(
            "own_id", "number"
        )
    )
    subjects = dict(
        Subject.objects.filter(
            own_id__in=[r.subject_own_id for r in requests if r.subject_own_id]
        ).values_list("own_id", "number")
    )
    found = {}
    for request in requests:
        content = documents.get(request.pk, {})
        numbers = [websites[each] for each in own_ids.get(request.pk, []) if websites.get(each)]
        subject_number, named = _numbers_named(content)
        found[request.pk] = (subjects.get(request.subject_own_id, "") or subject_number, numbers or named)
    return found


def _numbers_named(content: dict[str, Any]) -> tuple[str, list[str]]:
    """Numbers that the document itself gives."""
    websites = [website["number"] for website in content.get("websites", []) if website.get("number")]
    if content.get("website_number"):
        websites.append(content["website_number"])
    subject = content.get("subject_number") or content.get("subject", {}).get("number", "")
    number = content.get("number", "")
    if number and not subject:
        is_website = subject_number_of(number) not in ("", number)
        websites += [number] if is_website else []
        subject = number
    return (subject_number_of(subject or (websites[0] if websites else "")) or subject), websites
