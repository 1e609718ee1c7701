"""Which requests of our own stand behind filed data: found by enterprise ids, believed only where the content agrees.

Spec: protocol "What comes back, and to what it belongs", BASJ: the enterprise ids may be another provider's.
"""

from __future__ import annotations

from filing.choices import Operation
from filing.filed_data import SubjectData, WebsiteData
from filing.models import Request
from filing.services.revisions import current_revision

ANSWERED_BY_DATA = frozenset({Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.NEW_ACCESS})
"""Filed data that holds what these asked for proves that it was approved. Of a change it proves nothing by itself."""


def requests_behind(data: SubjectData, isp_id: int) -> list[Request]:
    """Requests of this link whose records are in the data: new filing, new websites, new accesses, changes."""
    keys = {str(data.bureau_id)} | ({str(data.own_id)} if data.own_id else set())
    keys |= {str(website.own_id) for website in data.websites if website.own_id}
    keys |= {str(access.own_id) for website in data.websites for access in website.accesses if access.own_id}
    operations = [*ANSWERED_BY_DATA, Operation.CHANGE]
    rows = Request.objects.filter(
        isp_id=isp_id, operation__in=operations, decision_keys__overlap=sorted(keys)
    )
    return [request for request in rows.order_by("pk") if _agrees(request, data)]


def _agrees(request: Request, data: SubjectData) -> bool:
    if request.operation == Operation.NEW_FILING:
        return str(data.own_id) in request.decision_keys and _same_subject(request, data)
    if request.operation == Operation.CHANGE:
        return str(data.bureau_id) in request.decision_keys
    return bool(filed_keys(request, data))


def _same_subject(request: Request, data: SubjectData) -> bool:
    certificate = current_revision(request).content.get("subject", {}).get("certificate", {})
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
