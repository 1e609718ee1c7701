"""What the bureau holds, kept up from what it sent. Nothing else writes filed records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from filing.choices import FiledState
from filing.filed_data import AccessData, SubjectData, WebsiteData
from filing.identifiers import subject_number_of
from filing.models import Access, AddressRange, Domain, Request, Revision, Subject, Website
from filing.models.people import FiledRecord
from filing.services.behind import requests_behind
from filing.services.revisions import current_revision

Proof = dict[str, Any]
M = TypeVar("M", bound=FiledRecord)
FILED: dict[str, Any] = {"state": FiledState.FILED, "cancelled_at": None}


@transaction.atomic
def record_filed(data: SubjectData, *, isp_id: int, proof: Proof) -> tuple[Subject, list[Request]]:
    """Store one Baxx: subject, websites, domains, accesses, ranges.

    Records are found by the bureau's ids first. The enterprise ids in the data may be another provider's: they count
    only where a request of our own carries them and its certificate, one of its domains or its website agrees. Applying
    the same data twice changes nothing. A website or access that is not in the data is not gone; within a website the
    domains are the list, within an access the ranges are.
    Returns the subject and the requests of ours whose records are in the data.
    Spec: protocol "What comes back, and to what it belongs", BASJ.
    """
    requests = requests_behind(data, isp_id)
    ours = _own_ids_of(requests)
    columns = _subject_columns(data) | {"proof": proof}
    subject = _save(Subject, isp_id, (data.bureau_id, data.own_id), ours, columns)
    for website_data in data.websites:
        _record_website(subject, website_data, isp_id, ours, proof)
    return subject, requests


OwnIds = dict[type[Model], set[int]]
"""The numbers that our requests gave to their records, by kind: no other enterprise id counts as ours."""


def _own_ids_of(requests: Sequence[Request]) -> OwnIds:
    found: OwnIds = {Subject: set(), Website: set(), Domain: set(), Access: set(), AddressRange: set()}
    for request in requests:
        content = current_revision(request).content
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


def _save(
    model: type[M],
    isp_id: int,
    ids: tuple[int | None, int | None],
    ours: OwnIds,
    columns: dict[str, Any],
    named: M | None = None,
) -> M:
    """Find the row by the bureau's id, else by our own, else `named` (by what names it), else make one; store it.

    `ids` are the bureau's and the enterprise's id. Where the bureau calls two records by one number of ours, its ids
    tell them apart and the number stays with the first.
    """
    bureau_id, own_id = ids
    own_id = own_id if own_id in ours.get(model, set()) else None
    rows = model._default_manager.select_for_update()
    row = rows.filter(isp_id=isp_id, bureau_id=bureau_id).first() if bureau_id is not None else None
    if row is not None and named is not None and row.pk != named.pk:
        # The bureau gave this name to another record of its own: the row that had it comes again under its id, or is gone.
        named.delete()
        named = None
    mine = rows.filter(own_id=own_id).first() if own_id is not None else None
    if row is None and mine is not None and (bureau_id is None or mine.bureau_id is None):
        row = mine
    row = row or named or model(isp_id=isp_id)
    values = columns | {"isp_id": isp_id}
    if bureau_id is not None:
        values["bureau_id"] = bureau_id
    if mine is None and own_id is not None and row.own_id is None:
        values["own_id"] = own_id
    for name, value in values.items():
        setattr(row, name, value)
    row.save()
    return row


def _subject_columns(data: SubjectData) -> dict[str, Any]:
    columns = {
        name: getattr(data, name)
        for name in [
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
        ]
    }
    if data.number:
        columns["number"] = data.number
    return columns | data.responsible.columns() | FILED


def _record_website(subject: Subject, data: WebsiteData, isp_id: int, ours: OwnIds, proof: Proof) -> None:
    columns: dict[str, Any] = {
        "subject": subject,
        "name": data.name,
        "home_url": data.home_url,
        "remarks": data.remarks,
        "service_contents": list(data.service_contents),
        "languages": list(data.languages),
        "pre_approvals": list(data.pre_approvals),
        "first_filed_at": data.first_filed_at,
        "last_modified_at": data.last_modified_at,
        "proof": proof,
    }
    columns |= data.responsible.columns() | FILED
    if data.number:
        columns["number"] = data.number
    website = _save(Website, isp_id, (data.bureau_id, data.own_id), ours, columns)
    kept = []
    for domain in data.domains:
        named = website.domains.filter(name=domain.name).first()
        values = {"website": website, "name": domain.name, "proof": proof}
        kept.append(_save(Domain, isp_id, (domain.bureau_id, domain.own_id), ours, values, named).pk)
    website.domains.exclude(pk__in=kept).delete()
    for access in data.accesses:
        _record_access(website, access, isp_id, ours, proof)


def _record_access(website: Website, data: AccessData, isp_id: int, ours: OwnIds, proof: Proof) -> None:
    columns = {
        "website": website,
        "provider_id": data.provider_id,
        "server_locations": list(data.server_locations),
        "methods": list(data.methods),
        "proof": proof,
    } | FILED
    access = _save(Access, isp_id, (data.bureau_id, data.own_id), ours, columns)
    kept = []
    for each in data.ranges:
        same = access.ranges.filter(start=each.start, end=each.end).first()
        values = {"access": access, "start": each.start, "end": each.end, "proof": proof}
        kept.append(_save(AddressRange, isp_id, (each.bureau_id, each.own_id), ours, values, same).pk)
    access.ranges.exclude(pk__in=kept).delete()


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
