"""Saving a form that stands open: as often as it is sent, into one draft, and never over a colleague's save."""

from __future__ import annotations

from django.db import transaction

from filing.choices import RequestState
from filing.forms import saving
from filing.forms.saving import Saved
from filing.forms.typed import Typed
from filing.models import Request
from filing.services import open_forms
from filing.services.errors import StaleForm
from filing.services.open_forms import Sending


@transaction.atomic
def keep(
    operation: str, filing: Request | None, typed: Typed, sending: Sending, *, revision: int, edits: int
) -> Saved:
    """Write what was typed into its draft, which begins here where there is none.

    `revision` and `edits` are those that the form was opened with or was told last. Where the last save of the draft was
    this form's own (its answer got lost), the form knows less than it may.
    Raises: RecordInvalid, StaleForm, MoveRefused.
    """
    known = open_forms.find(sending)
    filing = filing or (known.request if known else None)
    if filing is None:
        saved = saving.create(operation, typed, user=sending.user)
    elif open_forms.is_late(sending, known):
        return _as_it_stands(filing, typed)
    else:
        if known is not None and known.request_id == filing.pk:
            edits = max(edits, known.edits)
        if filing.state == RequestState.DRAFT and revision != filing.revision_number:
            raise StaleForm
        saved = saving.save(filing, typed, edits=edits, user=sending.user)
    open_forms.write_down(sending, saved.request, saved.edits)
    return saved


def _as_it_stands(filing: Request, typed: Typed) -> Saved:
    revision = filing.revisions.get(number=filing.revision_number)
    unheld = saving.read(filing.operation, typed, revision.content).unheld
    return Saved(filing, revision.number, revision.edits, unheld)
