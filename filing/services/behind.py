"""Which requests of our own stand behind filed data: found by enterprise ids, believed only where the content agrees.

Spec: protocol "What comes back, and to what it belongs", BASJ: the enterprise ids may be another provider's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db import connection

from filing.choices import Operation
from filing.filed_data import SubjectData, WebsiteData
from filing.models import Request
from filing.services.revisions import Document, current_contents

ANSWERED_BY_DATA = frozenset({Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.NEW_ACCESS})
"""Filed data that holds what these asked for proves that it was approved. Of a change it proves nothing by itself."""


def requests_behind(data: SubjectData, isp_id: int) -> list[Request]:
    """Requests of this link whose records are in the data: new filing, new websites, new accesses, changes."""
    return [request for request, _content in requests_behind_each([data], isp_id)[0]]


def requests_behind_each(filings: Sequence[SubjectData], isp_id: int) -> list[list[tuple[Request, Document]]]:
    """`requests_behind` of many, with the document that each request stands at. Three queries for any number."""
    keys = [_keys_of(data) for data in filings]
    operations = [*ANSWERED_BY_DATA, Operation.CHANGE]
    named_so = _decided_by(set().union(*keys))
    rows = list(
        Request.objects.filter(isp_id=isp_id, operation__in=operations, pk__in=named_so).order_by("pk")
    )
    contents = current_contents(rows)
    by_key: dict[str, list[Request]] = defaultdict(list)
    for request in rows:
        for key in request.decision_keys:
            by_key[key].append(request)
    found = []
    for data, mine in zip(filings, keys, strict=True):
        named = {request.pk: request for key in mine for request in by_key.get(key, ())}
        candidates = [(named[key], contents[key]) for key in sorted(named)]
        found.append([(each, content) for each, content in candidates if _agrees(each, content, data)])
    return found


# Each name is looked up in the index by itself: asked for two thousand at once (`&&`) the planner takes half of the table
# to hold one of them, and walks through all of it.
_DECIDED_BY = """
    SELECT DISTINCT found.id FROM unnest(%s::varchar[]) AS one (name) CROSS JOIN LATERAL
        (SELECT id FROM filing_request WHERE decision_keys @> ARRAY[one.name] OFFSET 0) AS found
"""


def _decided_by(names: Iterable[str]) -> list[int]:
    """The keys of the requests that a decision by one of these names would mean."""
    with connection.cursor() as cursor:
        cursor.execute(_DECIDED_BY, [sorted(names)])
        return [key for (key,) in cursor.fetchall()]


def _keys_of(data: SubjectData) -> set[str]:
    keys = {str(data.bureau_id)} | ({str(data.own_id)} if data.own_id else set())
    keys |= {str(website.own_id) for website in data.websites if website.own_id}
    return keys | {str(each.own_id) for website in data.websites for each in website.accesses if each.own_id}


def _agrees(request: Request, content: Document, data: SubjectData) -> bool:
    if request.operation == Operation.NEW_FILING:
        return str(data.own_id) in request.decision_keys and _same_subject(request, content, data)
    if request.operation == Operation.CHANGE:
        return str(data.bureau_id) in request.decision_keys
    return bool(filed_keys(request, data))


def _same_subject(request: Request, content: Document, data: SubjectData) -> bool:
    certificate = content.get("subject", {}).get("certificate", {})
    number = str(certificate.get("number", "")).upper()
    same_paper = bool(number) and number == data.certificate_number.upper()
    names = {domain.name.lower() for website in data.websites for domain in website.domains}
    return same_paper or bool(names & {name.lower() for name in request.domains})


def filed_keys(request: Request, data: SubjectData) -> list[str]:
    """The decision keys of a request that the data shows to be filed."""
    if request.operation == Operation.NEW_FILING:
        return list(request.decision_keys)
    if request.operation == Operation.NEW_WEBSITE:
        asked = {name.lower() for name in request.domains}
        return [
            str(website.own_id)
            for website in data.websites
            if str(website.own_id) in request.decision_keys
            and asked & {each.name.lower() for each in website.domains}
        ]
    if request.operation == Operation.NEW_ACCESS:
        names = set(request.result_keys) - set(request.decision_keys)
        return [
            str(access.own_id)
            for website in data.websites
            if names & _names(website)
            for access in website.accesses
            if str(access.own_id) in request.decision_keys
        ]
    return []


def _names(website: WebsiteData) -> set[str]:
    return {str(website.bureau_id), website.number} - {""}
