from __future__ import annotations

import pytest

from filing.choices import RequestState
from filing.models import Request
from filing.services.errors import RecordInvalid
from filing.services.review import vouch
from filing.states import MoveRefused
from tests import factories

S = RequestState

pytestmark = pytest.mark.django_db


def reloaded(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


def test_it_records_who_vouched_instead_of_reviewing() -> None:
    request = factories.draft()
    vouch(request)
    stored = reloaded(request)
    assert (stored.state, stored.vouched, stored.submitted_by) == (S.READY, True, None)
    assert stored.revisions.get().frozen_at is not None and stored.ready_at is not None
    event = stored.events.last()
    assert event.actor_kind == "command" and "担保" in event.reason


def test_it_vouches_for_nothing_that_a_rule_blocks() -> None:
    request = factories.draft(content=factories.stored_filing(nature=None))
    with pytest.raises(RecordInvalid, match="1014"):
        vouch(request)
    assert (reloaded(request).state, reloaded(request).vouched) == (S.DRAFT, False)


@pytest.mark.parametrize("state", sorted(set(S.values) - {S.DRAFT}))
def test_it_vouches_only_for_drafts(state: str) -> None:
    request = factories.request_in(state)
    with pytest.raises(MoveRefused):
        vouch(request)
    assert reloaded(request).state == state
