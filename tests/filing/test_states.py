from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import transaction

from filing.actors import COMMAND, LINK, person
from filing.choices import (
    AT_BUREAU_STATES,
    CORRECTABLE_STATES,
    UNDECIDED_STATES,
    WITHDRAWABLE_STATES,
    RequestState,
)
from filing.models import Request, RequestEvent
from filing.states import MOVES, MoveRefused, may_move, move, move_all, note
from tests import factories
from tests.threads import at_once

S = RequestState

# As other systems read it in the contract, word for word.
CONTRACT = {
    "draft": {"in_review", "ready", "withdrawn"},
    "in_review": {"review_returned", "ready", "withdrawn"},
    "review_returned": {"draft", "withdrawn"},
    "ready": {"packed", "draft", "withdrawn"},
    "packed": {"uploading", "ready"},
    "uploading": {"awaiting_bureau", "forwarded", "uncertain", "packed", "ready"},
    "uncertain": {"awaiting_bureau", "forwarded", "packed"},
    "awaiting_bureau": {"approved", "rejected", "returned", "ready", "forwarded"},
    "forwarded": {"approved", "rejected", "returned", "ready", "awaiting_bureau"},
    "rejected": {"draft", "withdrawn", "approved"},
    "returned": {"draft", "withdrawn", "approved"},
    "approved": set(),
    "withdrawn": set(),
}


# --- the table ------------------------------------------------------------------------------------


def test_it_knows_the_moves_of_the_contract_and_no_other() -> None:
    assert {str(old): {str(new) for new in moves} for old, moves in MOVES.items()} == CONTRACT


def test_it_has_every_state_as_a_key() -> None:
    assert set(MOVES) == set(S)


def test_it_reaches_every_state_from_draft() -> None:
    reached, edge = {S.DRAFT}, [S.DRAFT]
    while edge:
        new = MOVES[edge.pop()] - reached
        reached |= new
        edge += new
    assert reached == set(S)


def test_it_names_groups_of_states_that_agree_with_the_table() -> None:
    assert {old for old, moves in MOVES.items() if S.WITHDRAWN in moves} == WITHDRAWABLE_STATES
    # From ready a draft is reopened by the system, not corrected by staff.
    assert {old for old, moves in MOVES.items() if S.DRAFT in moves} - {S.READY} == CORRECTABLE_STATES
    assert {old for old, moves in MOVES.items() if S.REJECTED in moves} == AT_BUREAU_STATES
    assert set(S) - UNDECIDED_STATES == {S.APPROVED, S.REJECTED, S.RETURNED, S.WITHDRAWN}


# --- one request ----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_moves_and_writes_the_history_of_it() -> None:
    group = factories.people()
    request = factories.request_in(S.IN_REVIEW, group)
    before = request.state_changed_at
    event = move(
        request,
        S.REVIEW_RETURNED,
        actor=person(group.colleague),
        reason="缺核验单",
        codes=[1055],
        words="原话",
        proof={"file": 3},
        stalled_reason="等补充",
    )
    stored = Request.objects.get(pk=request.pk)
    assert (stored.state, stored.stalled_reason) == (S.REVIEW_RETURNED, "等补充")
    assert (request.state, request.stalled_reason) == (S.REVIEW_RETURNED, "等补充")
    assert stored.state_changed_at == stored.updated_at == event.at > before
    row = stored.events.last()
    assert (row.old_state, row.new_state, row.revision_number) == (S.IN_REVIEW, S.REVIEW_RETURNED, 1)
    assert (row.actor_kind, row.actor_user) == ("person", group.colleague)
    assert row.actor_name == group.colleague.username
    assert (row.reason, row.codes, row.words, row.proof) == ("缺核验单", [1055], "原话", {"file": 3})


@pytest.mark.django_db
@pytest.mark.parametrize("old", S.values)
def test_it_refuses_every_move_that_is_not_in_the_table(old: str) -> None:
    request = factories.request_in(old)
    events = list(request.events.values())
    before = Request.objects.filter(pk=request.pk).values().get()
    assert {new for new in S if may_move(request, new)} == MOVES[S(old)]
    for new in sorted(set(S) - MOVES[S(old)]):
        with pytest.raises(MoveRefused) as refused:
            move(request, new, actor=COMMAND, stalled_reason="not to be seen")
        assert (refused.value.old, refused.value.new, refused.value.ref) == (old, new, request.ref)
        assert request.state == old
    assert Request.objects.filter(pk=request.pk).values().get() == before
    assert list(request.events.values()) == events


@pytest.mark.django_db
def test_it_writes_state_and_history_together_or_neither() -> None:
    request = factories.draft()
    with pytest.raises(TypeError):
        # The row's proof cannot be written: the state was, a moment before.
        move(request, S.WITHDRAWN, actor=COMMAND, proof={"no": object()}, stalled_reason="not to be seen")
    stored = Request.objects.get(pk=request.pk)
    assert request.state == stored.state == S.DRAFT
    assert stored.stalled_reason == "" and request.events.count() == 1


@pytest.mark.django_db
def test_it_refuses_a_request_that_moved_since_it_was_loaded() -> None:
    request = factories.draft()
    stale = Request.objects.get(pk=request.pk)
    move(request, S.WITHDRAWN, actor=COMMAND)
    with pytest.raises(MoveRefused, match="已撤回"):
        move(stale, S.IN_REVIEW, actor=COMMAND)
    assert Request.objects.get(pk=request.pk).state == S.WITHDRAWN
    assert request.events.count() == 2


@pytest.mark.django_db
def test_it_notes_what_moves_nothing() -> None:
    request = factories.request_in(S.AWAITING_BUREAU)
    since = request.state_changed_at
    note(request, actor=LINK, reason="查询", codes=[1062], words="原话", proof={"download": 1})
    row = request.events.last()
    assert (row.old_state, row.new_state, row.codes, row.proof) == (
        S.AWAITING_BUREAU,
        S.AWAITING_BUREAU,
        [1062],
        {"download": 1},
    )
    assert Request.objects.get(pk=request.pk).state_changed_at == since


# --- several --------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_it_moves_many_with_the_proof_of_each() -> None:
    content = factories.stored_filing()
    requests = [factories.request_in(S.READY, content=content) for _ in range(3)]
    move_all(requests, S.PACKED, actor=LINK, proof=[{"position": n} for n in (1, 2, 3)], isp_id=5)
    assert [Request.objects.get(pk=each.pk).isp_id for each in requests] == [5, 5, 5]
    assert [each.events.last().proof["position"] for each in requests] == [1, 2, 3]


@pytest.mark.django_db
def test_it_moves_nothing_when_nothing_is_given() -> None:
    assert move_all([], S.PACKED, actor=LINK) == []


@pytest.mark.django_db
@pytest.mark.parametrize("fault", ["forbidden", "stale", "too few proofs"])
def test_it_moves_all_of_them_or_none(fault: str) -> None:
    requests = [factories.draft() for _ in range(3)]
    proof: list[dict[str, Any]] = [{}, {}, {}]
    if fault == "forbidden":
        move(requests[1], S.WITHDRAWN, actor=COMMAND)
    elif fault == "stale":
        move(Request.objects.get(pk=requests[2].pk), S.IN_REVIEW, actor=COMMAND)
    else:
        proof = proof[:2]
    wanted = [Request.objects.get(pk=each.pk).state for each in requests]
    events = RequestEvent.objects.count()
    with pytest.raises((MoveRefused, ValueError)):
        move_all(requests, S.IN_REVIEW, actor=COMMAND, proof=proof, stalled_reason="not to be seen")
    assert [Request.objects.get(pk=each.pk).state for each in requests] == wanted
    assert not Request.objects.filter(stalled_reason="not to be seen").exists()
    assert RequestEvent.objects.count() == events


# --- two at once ----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_it_lets_exactly_one_of_two_workers_move_a_request() -> None:
    for _ in range(8):
        request = factories.draft()
        mine, theirs = (Request.objects.get(pk=request.pk) for _ in range(2))
        found = at_once(
            lambda: move(mine, S.IN_REVIEW, actor=COMMAND),  # noqa: B023
            lambda: move(theirs, S.WITHDRAWN, actor=LINK),  # noqa: B023
        )
        winners = [each for each in found if isinstance(each, RequestEvent)]
        assert len(winners) == 1
        assert sum(isinstance(each, MoveRefused) for each in found) == 1
        assert Request.objects.get(pk=request.pk).state == winners[0].new_state
        assert [each.new_state for each in request.events.all()] == [S.DRAFT, winners[0].new_state]


@pytest.mark.django_db(transaction=True)
def test_it_lets_two_workers_with_the_same_requests_in_another_order_not_wait_for_each_other() -> None:
    requests = [factories.draft() for _ in range(6)]
    loaded = [[Request.objects.get(pk=each.pk) for each in requests] for _ in range(2)]
    loaded[1].reverse()
    found = at_once(
        lambda: move_all(loaded[0], S.IN_REVIEW, actor=COMMAND),
        lambda: move_all(loaded[1], S.WITHDRAWN, actor=COMMAND),
    )
    assert sum(isinstance(each, MoveRefused) for each in found) == 1
    assert len({Request.objects.get(pk=each.pk).state for each in requests}) == 1


@pytest.mark.django_db(transaction=True)
def test_it_waits_for_a_move_that_is_not_committed_yet() -> None:
    request = factories.draft()
    theirs = Request.objects.get(pk=request.pk)
    found: list[Any] = []
    second = threading.Thread(
        target=lambda: found.extend(at_once(lambda: move(theirs, S.WITHDRAWN, actor=COMMAND)))
    )
    with transaction.atomic():
        move(request, S.IN_REVIEW, actor=COMMAND)
        second.start()
        second.join(0.3)
        assert second.is_alive(), "it decided on what another process had not finished"
    second.join(10)
    assert isinstance(found[0], MoveRefused)
    assert Request.objects.get(pk=request.pk).state == S.IN_REVIEW
