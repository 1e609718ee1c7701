from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from itertools import permutations
from typing import Any, NamedTuple

import pytest
from django.db import transaction

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.models import Request
from filing.services import outcomes
from filing.states import MoveRefused
from tests import factories

S = RequestState
PASSWORD = "Invented-1"
FINAL = {S.APPROVED, S.REJECTED, S.RETURNED}

pytestmark = pytest.mark.django_db


def waiting(state: str = S.AWAITING_BUREAU) -> Request:
    """A request in a state, with a filing password that waits for the decision."""
    request = factories.request_in(state)
    Request.objects.filter(pk=request.pk).update(icp_password=PASSWORD)
    return reloaded(request)


def reloaded(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


def moves(request: Request, since: int = 0) -> list[tuple[str, str]]:
    events = request.events.filter(pk__gt=since)
    return [(each.old_state, each.new_state) for each in events if each.old_state != each.new_state]


# --- every order of what the bureau says ----------------------------------------------------------


class Word(NamedTuple):
    """One thing that the bureau says. `name` keeps failures readable."""

    name: str
    mark: Callable[..., bool]
    to: str
    codes: list[int]
    words: str


WORDS = [
    Word("1001", outcomes.mark_approved, S.APPROVED, [1001], ""),
    Word("approving decision", outcomes.mark_approved, S.APPROVED, [], "同意"),
    Word("filed data", outcomes.mark_approved, S.APPROVED, [], ""),
    Word("1002", outcomes.mark_rejected, S.REJECTED, [1002], ""),
    Word("refusing decision", outcomes.mark_rejected, S.REJECTED, [], "材料不清"),
    Word("1015", outcomes.mark_returned, S.RETURNED, [1015], "无效身份证号码"),
    Word("1008 1010", outcomes.mark_returned, S.RETURNED, [1008, 1010], "无效证件"),
]


def expected(said: tuple[Word, ...]) -> tuple[str, list[int], str, list[str]]:
    """State, codes, words and the moves that lead there, as the contract has it: the first word moves, a later
    positive one approves what was refused, what belongs to the state reached is added to it."""
    state, codes, words, way = "", [], [], []
    for each in said:
        good = each.to == S.APPROVED
        if not state or (good and state != S.APPROVED):
            state, codes, words = each.to, list(each.codes), [each.words]
            way.append(state)
        elif good or state != S.APPROVED:
            codes += [code for code in each.codes if code not in codes]
            words += [each.words] if each.words not in words else []
    return state, codes, "\n".join(filter(None, words)), way


def test_it_ends_right_in_whatever_order_the_bureau_speaks() -> None:
    request = waiting()
    last = request.events.last().pk
    orders = [order for count in (1, 2, 3) for order in permutations(WORDS, count)]
    assert len(orders) == 7 + 42 + 210
    for order in orders:
        names = [each.name for each in order]
        point = transaction.savepoint()
        told = [
            each.mark(
                reloaded(request),
                **factories.word(codes=each.codes, words=each.words, reason=each.name, proof={"n": n}),
            )
            for n, each in enumerate(order)
        ]
        state, codes, words, way = expected(order)
        found = reloaded(request)
        assert (found.state, found.result_codes, found.bureau_words) == (state, codes, words), names
        assert [new for _, new in moves(request, last)] == way, names
        assert sum(told) == len(way), names
        # What came back by format goes out again with the password; a reviewer's word ends its use.
        assert found.icp_password == ("Invented-1" if state == S.RETURNED else "")
        assert found.decided_at is not None
        # Everything that was said stands in the history, with its proof, whether it moved or not.
        events = request.events.filter(pk__gt=last).order_by("pk")
        assert [(e.reason, e.codes, e.words, e.proof) for e in events] == [
            (each.name, each.codes, each.words, {"n": n}) for n, each in enumerate(order)
        ]
        assert {e.actor_kind for e in events} == {"bureau"}
        transaction.savepoint_rollback(point)


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.name)
def test_it_says_the_same_thing_twice_without_a_second_move(word: Word) -> None:
    request = waiting(S.FORWARDED)
    said = factories.word(codes=word.codes, words=word.words)
    assert word.mark(request, **said) is True
    once = reloaded(request)
    assert word.mark(request, **said) is False
    twice = reloaded(request)
    assert (twice.result_codes, twice.bureau_words) == (word.codes, word.words)
    assert (twice.state, twice.state_changed_at, twice.decided_at) == (
        once.state,
        once.state_changed_at,
        once.decided_at,
    )
    assert moves(request).count((S.FORWARDED, word.to)) == 1


@pytest.mark.parametrize("word", WORDS, ids=lambda word: word.name)
@pytest.mark.parametrize("state", sorted(set(S.values) - AT_BUREAU_STATES - FINAL - {S.WITHDRAWN}))
def test_it_concludes_nothing_that_the_bureau_does_not_have(state: str, word: Word) -> None:
    request = waiting(state)
    events = request.events.count()
    with pytest.raises(MoveRefused, match="人工核对"):
        word.mark(request, **factories.word(codes=word.codes, words=word.words))
    stored = reloaded(request)
    assert (stored.state, stored.result_codes, stored.icp_password) == (state, [], PASSWORD)
    assert request.events.count() == events


def test_it_only_notes_what_is_said_of_a_withdrawn_request() -> None:
    request = factories.request_in(S.WITHDRAWN)
    assert outcomes.mark_approved(request, **factories.word(codes=[1001])) is False
    assert (reloaded(request).state, reloaded(request).result_codes) == (S.WITHDRAWN, [])
    assert request.events.last().codes == [1001]


def test_it_looks_at_the_request_as_it_is_now() -> None:
    request = waiting()
    stale = reloaded(request)
    outcomes.mark_approved(request, **factories.word(codes=[1001]))
    assert outcomes.mark_rejected(stale, **factories.word(codes=[1002])) is False
    assert stale.state == S.APPROVED


# --- good news and later --------------------------------------------------------------------------


def test_it_notes_good_news_that_decides_nothing() -> None:
    request = waiting()
    outcomes.note_good_news(request, codes=[1062], words="短信核验通过", proof={"download": 3})
    stored = reloaded(request)
    assert (stored.state, stored.result_codes, stored.icp_password) == (request.state, [], PASSWORD)
    event = request.events.last()
    assert (event.codes, event.words, event.proof) == ([1062], "短信核验通过", {"download": 3})


@pytest.mark.parametrize("state", sorted(AT_BUREAU_STATES))
def test_it_comes_again_later_when_the_bureau_asks_for_that(state: str) -> None:
    request = waiting(state)
    until = factories.AT + timedelta(hours=1)
    said: dict[str, Any] = {"codes": [1051], "words": "稍后再报", "until": until, "proof": {"download": 4}}
    assert outcomes.postpone(request, **said) is True
    stored = reloaded(request)
    assert (stored.state, stored.not_before, stored.result_codes) == (S.READY, until, [1051])
    assert (stored.accepted_at, stored.bureau_words) == (None, "稍后再报")
    assert stored.ready_at == request.ready_at, "it keeps its place in the line"
    assert stored.icp_password == PASSWORD, "it goes again with it"
    assert moves(request)[-1] == (state, S.READY)
    assert outcomes.postpone(request, **said) is False
    assert moves(request)[-1] == (state, S.READY) and request.events.last().codes == [1051]


def test_it_forgets_a_postponement_once_the_bureau_has_it_again() -> None:
    request = waiting()
    outcomes.postpone(request, codes=[1052], words="旧系统在办", until=factories.AT, proof={})
    factories.bring_to(reloaded(request), S.AWAITING_BUREAU)
    stored = reloaded(request)
    assert (stored.result_codes, stored.bureau_words, stored.stalled_reason) == ([], "", "")


# --- the link -------------------------------------------------------------------------------------


def two(state: str) -> list[Request]:
    return [waiting(state), waiting(state)]


PROOFS = [{"file": 7, "position": 1}, {"file": 7, "position": 2}]


def test_it_follows_a_file_from_packing_to_acceptance() -> None:
    requests = two(S.READY)
    outcomes.mark_packed(requests, isp_id=factories.ISP_ID, proofs=PROOFS)
    assert {reloaded(each).isp_id for each in requests} == {factories.ISP_ID}
    outcomes.mark_uploading(requests, proofs=PROOFS)
    outcomes.mark_uncertain(requests, reason="没有应答", proofs=PROOFS)
    outcomes.mark_to_be_sent_again(requests, reason="管局没有这个文件", proofs=PROOFS)
    assert {reloaded(each).stalled_reason for each in requests} == {"管局没有这个文件"}
    outcomes.mark_uploading(requests, proofs=PROOFS)
    outcomes.mark_accepted(requests, forwarded=False, at=factories.AT, reason="受理", proofs=PROOFS)
    for request, proof in zip(requests, PROOFS, strict=True):
        stored = reloaded(request)
        assert (stored.state, stored.accepted_at) == (S.AWAITING_BUREAU, factories.AT)
        assert (stored.stalled_reason, stored.icp_password) == ("", PASSWORD)
        sent = list(request.events.order_by("pk"))[-6:]
        way = "packed uploading uncertain packed uploading awaiting_bureau"
        assert " ".join(each.new_state for each in sent) == way
        assert all(each.proof == proof for each in sent)


def test_it_waits_for_another_file_when_its_own_is_gone() -> None:
    requests = two(S.UPLOADING)
    line = [each.ready_at for each in requests]
    outcomes.mark_unpacked(requests, reason="文件过大", codes=[18], proofs=PROOFS, batch_limit=1)
    for request, ready_at in zip(requests, line, strict=True):
        stored = reloaded(request)
        assert (stored.state, stored.ready_at, stored.batch_limit) == (S.READY, ready_at, 1)
        assert (stored.accepted_at, stored.stalled_reason) == (None, "文件过大")


@pytest.mark.parametrize(
    ("mark", "state"),
    [
        (lambda r: outcomes.mark_packed(r, isp_id=1, proofs=PROOFS), S.READY),
        (lambda r: outcomes.mark_uploading(r, proofs=PROOFS), S.PACKED),
        (lambda r: outcomes.mark_uncertain(r, reason="x", proofs=PROOFS), S.UPLOADING),
        (lambda r: outcomes.mark_unpacked(r, reason="x", proofs=PROOFS), S.AWAITING_BUREAU),
        (
            lambda r: outcomes.mark_accepted(r, forwarded=True, at=factories.AT, reason="x", proofs=PROOFS),
            S.UPLOADING,
        ),
    ],
)
def test_it_moves_a_whole_file_or_nothing(mark: Callable[[list[Request]], None], state: str) -> None:
    requests = [waiting(state), waiting(S.WITHDRAWN)]
    with pytest.raises(MoveRefused):
        mark(requests)
    assert [reloaded(each).state for each in requests] == [state, S.WITHDRAWN]
