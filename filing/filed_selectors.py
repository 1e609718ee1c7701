"""Reading what is filed of one subject: all that stands under it, and the requests about it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Prefetch, Q

from filing.models import Access, Request, Subject, Website
from filing.services.holdings import Record
from filing.services.starting import targets_of
from filing.visibility import seen_by

MOST_REQUESTS = 20


def websites_of(subject: Subject) -> list[Website]:
    """The websites of a subject with domains, accesses and ranges; those in force first. Four queries."""
    accesses = Access.objects.order_by("-state", "pk").prefetch_related("ranges")
    rows = subject.websites.order_by("-state", "pk")
    found = list(rows.prefetch_related("domains", Prefetch("accesses", accesses)))
    for website in found:
        website.subject = subject
        for access in website.accesses.all():
            access.website = website
    return found


def requests_about(subject: Subject, websites: list[Website], user: User) -> list[Request]:
    """The latest requests about a subject and what stands under it that this person may see, the newest first."""
    records: list[Record] = [
        subject,
        *websites,
        *(access for site in websites for access in site.accesses.all()),
    ]
    condition = Q(target__in={target for record in records for target in targets_of(record)})
    if subject.own_id is not None:
        condition |= Q(subject_own_id=subject.own_id)
    links = Q(isp_id=subject.isp_id) | Q(isp_id=None)
    rows = Request.objects.filter(condition, links).filter(seen_by(user)).select_related("created_by")
    return list(rows.defer("icp_password", "remarks").order_by("-pk")[:MOST_REQUESTS])
