"""Blacklists: kept up from what bureaus hand out, and asked by the rules for 1064 and 1065.

Each function that keeps an entry may be called again with the same download: records count in the order in which they
came, and one that is not later than what an entry already shows changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from django.db import transaction

from filing.blacklist_data import (
    BlacklistedSubjectData,
    BlacklistedWebsiteData,
    IllegalAccessData,
    ListAction,
)
from filing.identifiers import BadDomain, normalise_host, tidy_certificate_number
from filing.models import BlacklistedSubject, BlacklistedWebsite, IllegalAccess

Proof = dict[str, Any]
Entry = BlacklistedSubject | BlacklistedWebsite | IllegalAccess


class Kept(StrEnum):
    """What keeping an entry did."""

    ADDED = "列入"
    CHANGED = "更改"
    REMOVED = "移出"
    UNCHANGED = "此前已是这样"
    NOT_LISTED = "名单里没有，不用移出"


def is_subject_blacklisted(certificate_type: int, certificate_number: str) -> bool:
    """Whether any bureau lists a subject with this certificate now (code 1065)."""
    number = tidy_certificate_number(certificate_number)
    return (
        bool(number)
        and BlacklistedSubject.objects.filter(
            certificate_type=certificate_type, certificate_number=number, removed_at=None
        ).exists()
    )


def blacklisted_domains(names: Iterable[str]) -> set[str]:
    """Those of the names, as given, that any bureau lists now (code 1064). One query for any number of names."""
    forms = {name: domain_form(name) for name in names}
    listed = set(
        BlacklistedWebsite.objects.filter(domain__in=set(forms.values()), removed_at=None).values_list(
            "domain", flat=True
        )
    )
    return {name for name, form in forms.items() if form in listed}


def domain_form(name: str) -> str:
    """One form for comparing: lower-case Unicode; what is no domain only in small letters, for lists hold anything."""
    try:
        return normalise_host(name)
    except BadDomain:
        return name.strip().rstrip(".").lower()


@transaction.atomic
def keep_subject(data: BlacklistedSubjectData, *, isp_id: int, at: datetime, proof: Proof) -> Kept:
    """Add, change or take off a subject. `at`: when it came."""
    number = tidy_certificate_number(data.certificate_number)
    rows = BlacklistedSubject.objects.select_for_update().filter(
        isp_id=isp_id, certificate_type=data.certificate_type, certificate_number=number
    )
    if not _is_news(proof, rows):
        return Kept.UNCHANGED
    now = rows.filter(removed_at=None).first()
    if data.action == ListAction.REMOVE:
        return _take_off(now, at, proof)
    content = {"name": data.name, "nature": data.nature, "remarks": data.remarks}
    if now is not None and _holds(now, content):
        return Kept.UNCHANGED
    if now is not None:
        _take_off(now, at, proof)
    BlacklistedSubject.objects.create(
        isp_id=isp_id,
        certificate_type=data.certificate_type,
        certificate_number=number,
        added_at=at,
        proof=proof,
        **content,
    )
    return Kept.ADDED if now is None else Kept.CHANGED


@transaction.atomic
def keep_website(data: BlacklistedWebsiteData, *, isp_id: int, at: datetime, proof: Proof) -> dict[str, Kept]:
    """Add, change or take off the domains of a website; what was done to each.

    A change says how the domains that it names stand from now on. Domains that an earlier entry of the same website had
    beside them stay: only a removal takes one off.
    """
    done: dict[str, Kept] = {}
    content = {"name": data.name, "home_url": data.home_url, "remarks": data.remarks}
    for domain in dict.fromkeys(domain_form(name) for name in data.domains):
        done[domain] = _keep_domain(domain, data.action, content, isp_id, at, proof)
    return done


def _keep_domain(
    domain: str, action: ListAction, content: dict[str, Any], isp_id: int, at: datetime, proof: Proof
) -> Kept:
    rows = BlacklistedWebsite.objects.select_for_update().filter(isp_id=isp_id, domain=domain)
    if not _is_news(proof, rows):
        return Kept.UNCHANGED
    now = rows.filter(removed_at=None).first()
    if action == ListAction.REMOVE:
        return _take_off(now, at, proof)
    if now is not None and _holds(now, content):
        return Kept.UNCHANGED
    if now is not None:
        _take_off(now, at, proof)
    BlacklistedWebsite.objects.create(isp_id=isp_id, domain=domain, added_at=at, proof=proof, **content)
    return Kept.ADDED if now is None else Kept.CHANGED


@transaction.atomic
def keep_illegal_access(data: IllegalAccessData, *, isp_id: int, at: datetime, proof: Proof) -> Kept:
    """Add an illegal access, or bring what is known of it up to date."""
    content = {
        "domain": domain_form(data.domain),
        "address": data.address,
        "provider_id": data.provider_id,
        "province": data.province,
        "detected_at": data.detected_at,
        "remarks": data.remarks,
    }
    rows = IllegalAccess.objects.select_for_update().filter(isp_id=isp_id, bureau_id=data.bureau_id)
    if data.bureau_id is None:
        rows = rows.filter(domain=content["domain"], address=data.address)
    row = rows.first()
    if row is None:
        IllegalAccess.objects.create(
            isp_id=isp_id, bureau_id=data.bureau_id, added_at=at, proof=proof, **content
        )
        return Kept.ADDED
    if _holds(row, content) or not _is_news(proof, [row]):
        return Kept.UNCHANGED
    for name, value in (content | {"proof": proof}).items():
        setattr(row, name, value)
    row.save()
    return Kept.CHANGED


def _is_news(proof: Proof, rows: Iterable[Entry]) -> bool:
    """Whether a record came after all that these rows show: an old download may be applied again, from its bytes."""
    shown = [_place(each) for row in rows for each in (row.proof, row.removal_proof)]
    return _place(proof) > max(shown, default=(0, 0))


def _place(proof: Proof) -> tuple[int, int]:
    return int(proof.get("download", 0)), int(proof.get("position", 0))


def _holds(row: Entry, content: dict[str, Any]) -> bool:
    return all(getattr(row, name) == value for name, value in content.items())


def _take_off(row: Entry | None, at: datetime, proof: Proof) -> Kept:
    if row is None:
        return Kept.NOT_LISTED
    row.removed_at, row.removal_proof = at, proof
    row.save(update_fields=["removed_at", "removal_proof"])
    return Kept.REMOVED
