"""What became of a request at its place in the data file that carried it."""

from __future__ import annotations

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
    outcome = _OUTCOME_OF_STATE.get(RequestState(request.state))
    if outcome is None:
        return
    accepted = FileEntry.objects.filter(request=request, file__state=FileState.ACCEPTED)
    entry = accepted.order_by("-file__sequence", "-pk").first()
    if entry is not None:
        entry.outcome, entry.outcome_at = outcome, timezone.now()
        entry.save(update_fields=["outcome", "outcome_at"])
