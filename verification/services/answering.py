"""The answer that the bureau waits for: a draft that begins with what it asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import timezone

from filing.actors import person
from filing.choices import UNDECIDED_STATES, Operation
from filing.documents.operations import read_content
from filing.identifiers import format_ipv4
from filing.models import Request
from filing.services.attachments import StoredImages
from filing.services.drafts import create_draft
from filing.services.errors import NotAllowed
from filing.services.targets import identify
from filing.working_days import local_day
from verification.models import Arrival, UnfiledWebsite, VerificationTask

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Document = dict[str, Any]

OPERATIONS: dict[type[Arrival], Operation] = {
    VerificationTask: Operation.VERIFICATION_RESULT,
    UnfiledWebsite: Operation.UNFILED_RESULT,
}
"""Which request answers which kind of work."""


def answer_to(row: Arrival) -> Operation | None:
    """The operation that answers a piece of work; None where nothing is sent back."""
    return OPERATIONS.get(type(row))


def answers_under_way(row: Arrival) -> Request | None:
    """The undecided request that answers a piece of work already."""
    operation = answer_to(row)
    if operation is None:
        return None
    target = identify(operation, _asked(row), row.isp_id).key
    rows = Request.objects.filter(operation=operation, target=target, state__in=UNDECIDED_STATES)
    return rows.exclude(target="").first()


def begin_answer(row: Arrival, *, user: User) -> Request:
    """Begin a draft of the answer: what was asked, by whom it is answered, today. The verdict is for people.

    Raises: NotAllowed where nothing is sent back; RecordInvalid where an answer is under way already.
    """
    operation = answer_to(row)
    if operation is None:
        raise NotAllowed("这类任务没有要上报的结果")
    name = user.get_full_name() or user.get_username()
    content = _asked(row) | _answered_by(operation, name, row.isp_id)
    if operation == Operation.UNFILED_RESULT and user.email:
        content["reporter_email"] = user.email
    clean, _gaps = read_content(operation, content, StoredImages(), complete=False)
    return create_draft(operation, clean, actor=person(user), isp_id=row.isp_id)


def _answered_by(operation: Operation, name: str, isp_id: int) -> Document:
    if operation == Operation.UNFILED_RESULT:
        return {"reporter_name": name}
    return {"verifier": name, "date": timezone.localdate().isoformat(), "unit_id": isp_id}


def _asked(row: Arrival) -> Document:
    """What the bureau said of it, as a document of the answer would repeat it; what it left out is left out."""
    if isinstance(row, VerificationTask):
        return {name: row.content[name] for name in ("subject", "websites") if name in row.content}
    if isinstance(row, UnfiledWebsite):
        found = {
            "domain": row.domain,
            "ip": format_ipv4(row.address) if row.address else None,
            "carrier_id": row.carrier_id,
            "provider_id": row.provider_id or row.isp_id,
            "province": row.province,
            "listed_on": local_day(row.received_at).isoformat(),
            "due_on": row.due_on.isoformat() if row.due_on else None,
        }
        return {name: value for name, value in found.items() if value}
    return {}
