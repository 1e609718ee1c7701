"""What the bureau holds, kept up from what it sent. Nothing else writes filed records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model

from filing.choices import FiledState, Operation
from filing.filed_data import AccessData, SubjectData, WebsiteData
from filing.models import Access, AddressRange, Domain, Request, Revision, Subject, Website
from filing.services.revisions import current_revision

Proof = dict[str, Any]
M = TypeVar("M", bound=Model)


@transaction.atomic
def record_filed(data: SubjectData, *, isp_id: int, proof: Proof) -> tuple[Subject, Request | None]:
    """Store one Baxx: subject, websites, domains, accesses, ranges.

    Records are found by the bureau's ids first. The enterprise ids in the data may be another provider's: they count
    only where a request of our own carries them and its certificate or one of its domains agrees. Applying the same
    data twice changes nothing. A website or access that is not in the data is not gone; within a website the domains
    are the list, within an access the ranges are.
    Returns the subject and the new filing of ours that the data answers, or None.
    Spec: protocol "What comes back, and to what it belongs", BASJ.
    """
    request = _request_behind(data)
    ours = _own_ids_of(request)
    columns = _subject_columns(data) | {"proof": proof}
    subject = _save(Subject, isp_id, (data.bureau_id, data.own_id), ours, columns)
    for website_data in data.websites:
        _record_website(subject, website_data, isp_id, ours, proof)
    return subject, request


def _request_behind(data: SubjectData) -> Request | None:
    if data.own_id is None:
        return None
    request = (
        Request.objects.filter(subject_own_id=data.own_id, operation=Operation.NEW_FILING)
        .order_by("-id")
        .first()
    )
    if request is None:
        return None
    certificate = current_revision(request).content.get("subject", {}).get("certificate", {})
    same_paper = str(certificate.get("number", "")).upper() == data.certificate_number.upper()
    names = {domain.name.lower() for website in data.websites for domain in website.domains}
    same_domain = bool(names & {name.lower() for name in request.domains})
    return request if same_paper or same_domain else None


OwnIds = dict[type[Model], frozenset[int]]
"""The numbers that our request gave to its records, by kind: no other enterprise id counts as ours."""


def _own_ids_of(request: Request | None) -> OwnIds:
    if request is None:
        return {}
    content = current_revision(request).content
    websites = content.get("websites", [])
    accesses = [access for website in websites for access in website.get("accesses", [])]
    found: dict[type[Model], list[dict[str, Any]]] = {
        Subject: [content.get("subject", {})],
        Website: websites,
        Domain: [domain for website in websites for domain in website.get("domains", [])],
        Access: accesses,
        AddressRange: [each for access in accesses for each in access.get("ip_ranges", [])],
    }
    return {kind: frozenset(r["own_id"] for r in records if "own_id" in r) for kind, records in found.items()}


def _save(
    model: type[M],
    isp_id: int,
    ids: tuple[int | None, int | None],
    ours: OwnIds,
    columns: dict[str, Any],
    found: M | None = None,
) -> M:
    """Find the row by the bureau's id, else by our own, else `found` (by what names it), else make one; store it.

    `ids` are the bureau's and the enterprise's id.
    """
    bureau_id, own_id = ids
    own_id = own_id if own_id in ours.get(model, frozenset()) else None
    rows = model._default_manager.select_for_update()
    row = rows.filter(isp_id=isp_id, bureau_id=bureau_id).first() if bureau_id is not None else None
    if row is None and own_id is not None:
        row = rows.filter(own_id=own_id).first()
    row = row or found or model(isp_id=isp_id)
    values = columns | {"isp_id": isp_id}
    if bureau_id is not None:
        values["bureau_id"] = bureau_id
    if own_id is not None and getattr(row, "own_id", None) is None:
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
    return columns | data.responsible.columns() | {"state": FiledState.FILED}


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
        "state": FiledState.FILED,
        "proof": proof,
    } | data.responsible.columns()
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
        "state": FiledState.FILED,
        "proof": proof,
    }
    access = _save(Access, isp_id, (data.bureau_id, data.own_id), ours, columns)
    kept = []
    for each in data.ranges:
        same = access.ranges.filter(start=each.start, end=each.end).first()
        values = {"access": access, "start": each.start, "end": each.end, "proof": proof}
        kept.append(_save(AddressRange, isp_id, (each.bureau_id, each.own_id), ours, values, same).pk)
    access.ranges.exclude(pk__in=kept).delete()


def filing_numbers(requests: Sequence[Request]) -> dict[int, tuple[str, list[str]]]:
    """Numbers that the bureau gave to what new filings asked for, by key of the request.

    Shape: subject number and website numbers in the order of the document; empty until they came. Three queries for
    any number of requests.
    """
    subjects = {
        subject.own_id: subject
        for subject in Subject.objects.filter(
            own_id__in=[r.subject_own_id for r in requests if r.subject_own_id]
        )
    }
    with_subject = [request for request in requests if request.subject_own_id in subjects]
    documents = {
        (revision.request_id, revision.number): revision.content
        for revision in Revision.objects.filter(request__in=with_subject)
    }
    websites: dict[int, dict[int | None, str]] = {}
    for website in Website.objects.filter(subject__in=subjects.values()).only(
        "subject_id", "own_id", "number"
    ):
        websites.setdefault(website.subject_id, {})[website.own_id] = website.number
    found: dict[int, tuple[str, list[str]]] = {request.pk: ("", []) for request in requests}
    for request in with_subject:
        subject = subjects[request.subject_own_id]
        numbers = websites.get(subject.pk, {})
        wanted = documents[request.pk, request.revision_number].get("websites", [])
        listed = [numbers.get(website.get("own_id"), "") for website in wanted]
        found[request.pk] = (subject.number, [number for number in listed if number])
    return found
