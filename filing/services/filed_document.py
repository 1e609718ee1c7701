"""What the bureau holds of a subject, as the document of a change would say it: to compare with, and to begin from."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Prefetch

from filing.choices import FiledState
from filing.identifiers import format_ipv4
from filing.models import Access, Subject, Website
from filing.models.people import FiledRecord, ResponsiblePerson

Document = dict[str, Any]


def filed_document(subject: Subject) -> Document:
    """Tell one filed subject. See `filed_documents`."""
    return filed_documents([subject])[subject.pk]


def filed_documents(subjects: Iterable[Subject]) -> dict[int, Document]:
    """Tell filed subjects with all that is filed under them, by the subject's key. Four queries for any number.

    Shape: a document of the operation `change`, with the bureau's ids, without attachments; what is
    not known is left out. Cancelled websites and accesses are not in it, nor are other providers' accesses
    beside ours: those are not ours to change.
    """
    found = {subject.pk: subject for subject in subjects}
    accesses = Access.objects.filter(state=FiledState.FILED).order_by("pk").prefetch_related("ranges")
    websites = (
        Website.objects.filter(subject__in=found, state=FiledState.FILED)
        .order_by("number", "pk")
        .prefetch_related("domains", Prefetch("accesses", accesses))
    )
    documents = {key: _document(subject) for key, subject in found.items()}
    for website in websites:
        documents[website.subject_id]["websites"].append(_website(website))
    return documents


def _document(subject: Subject) -> Document:
    address = _known(
        province=subject.province,
        city=subject.city,
        county=subject.county,
        detail=subject.address_detail,
    )
    certificate = _known(
        type=subject.certificate_type,
        number=subject.certificate_number,
        address=subject.certificate_address,
    )
    told = _known(
        bureau_id=subject.bureau_id,
        number=subject.number,
        name=subject.name,
        nature=subject.nature,
        investor=subject.investor,
        address=address,
        certificate=certificate,
        responsible=_person(subject),
        remarks=subject.remarks,
    )
    return {"subject": told, "websites": []}


def _website(website: Website) -> Document:
    return _known(
        bureau_id=website.bureau_id,
        number=website.number,
        name=website.name,
        pre_approvals=website.pre_approvals,
        service_contents=website.service_contents,
        languages=website.languages,
        domains=[_known(**_ids(domain), name=domain.name) for domain in website.domains.all()],
        accesses=[_access(access) for access in _named(website)],
        responsible=_person(website),
        home_url=website.home_url,
        remarks=website.remarks,
    )


def _named(website: Website) -> list[Access]:
    """Our accesses of a website; where we have none, those of others: a website is told with one at least."""
    accesses = list(website.accesses.all())
    return [access for access in accesses if access.is_ours] or accesses


def _access(access: Access) -> Document:
    ranges = [
        _known(**_ids(each), start=format_ipv4(each.start), end=format_ipv4(each.end))
        for each in access.ranges.all()
    ]
    return _known(
        bureau_id=access.bureau_id,
        server_locations=access.server_locations,
        methods=access.methods,
        ip_ranges=ranges,
    )


def _person(row: ResponsiblePerson) -> Document:
    return _known(
        name=row.responsible_name,
        office_phone=row.office_phone,
        mobile=row.mobile,
        email=row.email,
        msn=row.msn,
        qq=row.qq,
        certificate_type=row.person_certificate_type,
        certificate_number=row.person_certificate_number,
    )


def _ids(row: FiledRecord) -> Document:
    """Of what may be new in a change and then has a number of ours: domains and ranges."""
    return {"own_id": row.own_id, "bureau_id": row.bureau_id}


def _known(**values: Any) -> Document:
    """Without what is empty, as documents of requests are."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}
