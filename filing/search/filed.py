"""Finding what is filed: subjects, websites by name, number or domain, accesses by address."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet

from filing.models import AddressRange, Domain, Subject, Website
from filing.models.words import FoldedName, Span, SubjectWords
from filing.search.asked import Asked
from filing.search.finding import MOST, Hits, bounded, find


def find_subjects(rows: QuerySet[Subject], asked: Asked) -> Hits:
    """Subjects by name or part of it, pinyin initials, number or part of it, or a whole certificate number."""
    found = find(rows, SubjectWords(), asked)
    if asked.certificate:
        named = rows.filter(certificate_number__in={asked.certificate, asked.text}).order_by()
        found |= bounded(named.values_list("pk", flat=True)[: MOST + 1])
    return found


def find_websites(asked: Asked, *, most: int = MOST) -> Hits:
    """Websites by name or number, or by a domain of theirs or part of it."""
    found = find(Website.objects.all(), FoldedName(), asked, most=most)
    if asked.website_number:
        numbered = Website.objects.filter(number__startswith=asked.website_number).order_by()
        found |= bounded(numbered.values_list("pk", flat=True)[: most + 1], most=most)
    domains = find(Domain.objects.all(), FoldedName(), asked, most=most)
    owners = _owners(Domain.objects.filter(pk__in=domains.keys), "website_id")
    return Hits(bounded({*found.keys, *owners}, most=most).keys, found.more or domains.more)


def find_ranges(asked: Asked, *, most: int = MOST) -> Hits:
    """Address ranges that hold an address, or share one with a range."""
    if asked.addresses is None:
        return Hits()
    first, last = asked.addresses
    held = AddressRange.objects.alias(span=Span()).filter(span__overlap=(first, last + 1)).order_by()
    return bounded(held.values_list("pk", flat=True)[: most + 1], most=most)


def find_subjects_anyhow(rows: QuerySet[Subject], asked: Asked) -> Hits:
    """Subjects by themselves, by their websites and domains, or by an address of an access. At most ten queries."""
    found = find_subjects(rows, asked)
    websites, ranges = find_websites(asked), find_ranges(asked)
    owners = {
        *_owners(Website.objects.filter(pk__in=websites.keys), "subject_id"),
        *_owners(AddressRange.objects.filter(pk__in=ranges.keys), "access__website__subject_id"),
    }
    return found | bounded(owners, more=websites.more or ranges.more)


def numbered(asked: Asked, *, most: int) -> list[Subject]:
    """Subjects whose number holds what was typed, where that may be a number."""
    if not asked.number:
        return []
    keys = find(Subject.objects.all(), SubjectWords(), asked, most=most).keys
    return list(Subject.objects.filter(Q(pk__in=keys), ~Q(number="")))


def _owners(rows: QuerySet[Website] | QuerySet[Domain] | QuerySet[AddressRange], name: str) -> Iterable[int]:
    return rows.order_by().values_list(name, flat=True)
