"""What became of a request at its place in the data file that carried it."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from filing.choices import RequestState
from filing.models import Request
from reporting.choices import EntryOutcome, FileState
from reporting.models import FileEntry

_OUTCOME_OF_STATE = {
    RequestState.APPROVED: EntryOutcome.APPROVED,
    RequestState.REJECTED: EntryOutcome.REJECTED,
    RequestState.RETURNED: EntryOutcome.RETURNED,
    RequestState.READY: EntryOutcome.UNPACKED,
}


def settle_entry(request: Request) -> None:
    """Write the outcome at the request's place in its latest accepted file; nothing while it still waits."""
    settle_entries([request])


def settle_entries(requests: Sequence[Request]) -> None:
    """`settle_entry` of many: one query, and one more for each outcome."""
    outcomes = {request.pk: _OUTCOME_OF_STATE.get(RequestState(request.state)) for request in requests}
    accepted = FileEntry.objects.filter(request__in=outcomes, file__state=FileState.ACCEPTED)
    in_order = accepted.order_by("file__sequence", "pk").values_list("request_id", "pk")
    latest = dict(in_order)  # of several places of a request the last one stays
    for outcome in set(outcomes.values()) - {None}:
        places = [place for request, place in latest.items() if outcomes[request] == outcome]
        FileEntry.objects.filter(pk__in=places).update(outcome=outcome, outcome_at=timezone.now())
