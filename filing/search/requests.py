"""Finding requests: by ref, subject, initials, domain; by the number or the certificate of the owner."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from filing.code_tables import CodeTable
from filing.models import Request
from filing.models.words import RequestWords
from filing.search.asked import Asked
from filing.search.filed import numbered
from filing.search.finding import MOST, Hits, bounded, find
from filing.services import codes
from filing.services.owners import owner_key
from filing.services.starting import targets_of

MOST_OWNERS = 20


def find_requests(rows: QuerySet[Request], asked: Asked) -> Hits:
    """Requests of these rows that what was typed leads to. At most five queries."""
    found = find(rows, RequestWords(), asked)
    owners = Q()
    if subjects := numbered(asked, most=MOST_OWNERS):
        owners |= Q(target__in={target for subject in subjects for target in targets_of(subject)})
        owners |= Q(subject_own_id__in=[each.own_id for each in subjects if each.own_id is not None])
    if asked.website_number:
        owners |= Q(
            target__in=[f"{kind}:{asked.website_number}" for kind in ("website", "website-number", "access")]
        )
    if asked.certificate:
        types = [code for code, _name in codes.choices_for(CodeTable.CERTIFICATE_TYPE)]
        owners |= Q(owner_key__in=[owner_key(each, asked.certificate) for each in types])
    if owners:
        found |= bounded(rows.filter(owners).order_by().values_list("pk", flat=True)[: MOST + 1])
    return found
