"""Reading what is filed: the list with its search, one subject with all under it, and the requests about it."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from filing.choices import FiledState
from filing.identifiers import BadDomain, normalise_domain, tidy_certificate_number, tidy_filing_number
from filing.models import Access, Domain, Request, Subject, Website
from filing.services.holdings import Record
from filing.services.starting import targets_of
from filing.visibility import seen_by

TABS: dict[str, tuple[str, tuple[str, ...]]] = {
    "filed": ("有效", (FiledState.FILED,)),
    "cancelled": ("已注销", (FiledState.CANCELLED,)),
    "all": ("全部", tuple(FiledState.values)),
}
"""The tabs of the list: name, words, states of the subject."""

MOST_REQUESTS = 20


def search(text: str) -> Q:
    """Condition for subjects by name, number, domain, or the certificate's whole number.

    Part of a certificate's number finds nothing: who asks for one has the paper in hand.
    """
    number = tidy_filing_number(text)
    domains = Domain.objects.filter(website__subject=OuterRef("pk"), name__icontains=_domain_words(text))
    websites = Website.objects.filter(subject=OuterRef("pk")).filter(
        Q(number__icontains=number) | Q(name__icontains=text)
    )
    return (
        Q(name__icontains=text)
        | Q(number__icontains=number)
        | Q(certificate_number__iexact=tidy_certificate_number(text))
        | Exists(websites)
        | Exists(domains)
    )


def _domain_words(text: str) -> str:
    """A whole domain as it is stored (in Unicode), else what was typed."""
    try:
        return normalise_domain(text)
    except BadDomain:
        return text.lower()


def listed(tab: str, text: str) -> tuple[QuerySet[Subject], dict[str, int]]:
    """The subjects of the list, those brought up to date last first, and how many each tab would show."""
    found = Subject.objects.filter(search(text)) if text else Subject.objects.all()
    counts = found.order_by().aggregate(
        **{name: Count("pk", filter=Q(state__in=states)) for name, (_words, states) in TABS.items()}
    )
    sites = Website.objects.order_by("pk").prefetch_related("domains")
    rows = found.filter(state__in=TABS[tab][1]).order_by("-updated_at", "-pk")
    return rows.prefetch_related(Prefetch("websites", sites)), counts


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
