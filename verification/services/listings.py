"""What an entry of the bureau's lists means for us: work, where it names what is filed or connected here."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from filing.blacklist_data import (
    BlacklistedSubjectData,
    BlacklistedWebsiteData,
    IllegalAccessData,
    ListAction,
)
from filing.choices import FiledState
from filing.identifiers import tidy_certificate_number
from filing.models import Access, AddressRange, Domain, Subject, Website
from filing.services.blacklist import domain_form
from verification.choices import ListedKind, WorkState
from verification.models import ListedWork
from verification.services.arrivals import close, keep

Proof = dict[str, Any]
TAKEN_OFF = "管局已把它移出名单"


def record_listed_subject(
    data: BlacklistedSubjectData, *, isp_id: int, proof: Proof, at: datetime
) -> list[ListedWork]:
    """A blacklisted subject is work where it is filed here. Taken off the list, the work is done."""
    number = tidy_certificate_number(data.certificate_number)
    about = f"subject:{data.certificate_type}:{number}"
    if data.action == ListAction.REMOVE:
        return _taken_off(isp_id, [about])
    subjects = Subject.objects.filter(
        isp_id=isp_id,
        certificate_type=data.certificate_type,
        certificate_number__iexact=number,
        state=FiledState.FILED,
    )
    subject = subjects.order_by("pk").first()
    if subject is None:
        return []
    columns = {
        "kind": ListedKind.SUBJECT,
        "name": subject.name,
        "subject_bureau_id": subject.bureau_id,
        "remarks": data.remarks,
    }
    return [_kept(about, columns, isp_id, proof, at)]


def record_listed_website(
    data: BlacklistedWebsiteData, *, isp_id: int, proof: Proof, at: datetime
) -> list[ListedWork]:
    """The same for the domains of a blacklisted website; one piece of work for each website filed here."""
    names = [domain_form(name) for name in data.domains]
    if data.action == ListAction.REMOVE:
        return _taken_off(isp_id, [f"website:{name}" for name in names])
    found = []
    for place, (name, website) in enumerate(_sites(names, isp_id).items()):
        columns = {
            "kind": ListedKind.WEBSITE,
            "name": website.name,
            "domain": name,
            "subject_bureau_id": website.subject.bureau_id,
            "website_bureau_id": website.bureau_id,
            "remarks": data.remarks,
        }
        found.append(_kept(f"website:{name}", columns, isp_id, proof, at, f"/{place}"))
    return found


def record_illegal_access(
    data: IllegalAccessData, *, isp_id: int, proof: Proof, at: datetime
) -> list[ListedWork]:
    """An illegal access is work where it names us, an address filed as ours, or a domain filed here, or names nobody."""
    domain = domain_form(data.domain)
    website = _sites([domain], isp_id).get(domain)
    if not (_is_ours(data, isp_id) or website is not None):
        return []
    columns = {
        "kind": ListedKind.ILLEGAL_ACCESS,
        "domain": domain,
        "address": data.address,
        "provider_id": data.provider_id,
        "name": website.name if website else "",
        "subject_bureau_id": website.subject.bureau_id if website else None,
        "website_bureau_id": website.bureau_id if website else None,
        "remarks": data.remarks,
    }
    return [_kept(f"access:{domain}@{data.address or ''}", columns, isp_id, proof, at)]


def _is_ours(data: IllegalAccessData, isp_id: int) -> bool:
    if data.provider_id is not None and data.provider_id != isp_id:
        return False
    if data.provider_id == isp_id or data.address is None:
        return True
    ranges = AddressRange.objects.filter(start__lte=data.address, end__gte=data.address)
    holders: QuerySet[Access] = Access.objects.filter(isp_id=isp_id, state=FiledState.FILED)
    # An address that is filed for others says that it is theirs; one that nobody files may be ours.
    return not ranges.exists() or ranges.filter(access__in=holders).exists()


def _sites(names: list[str], isp_id: int) -> dict[str, Website]:
    rows = Domain.objects.filter(
        name__in=names, website__isp_id=isp_id, website__state=FiledState.FILED
    ).select_related("website__subject")
    return {row.name: row.website for row in rows.order_by("-pk")}


def _kept(
    about: str, columns: dict[str, Any], isp_id: int, proof: Proof, at: datetime, part: str = ""
) -> ListedWork:
    return keep(ListedWork, isp_id=isp_id, about=about, columns=columns, proof=proof, at=at, part=part)[0]


def _taken_off(isp_id: int, abouts: list[str]) -> list[ListedWork]:
    rows = ListedWork.objects.filter(isp_id=isp_id, about__in=abouts, state=WorkState.OPEN)
    closed = list(rows)
    for row in closed:
        close(row, note=TAKEN_OFF)
    return closed
