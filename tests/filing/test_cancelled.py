"""What a cancellation of the bureau does: to what is filed, and to the open requests that act on it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone

from filing.actors import COMMAND
from filing.cancelled_data import CancelledKind
from filing.choices import FiledState, Operation, RequestState
from filing.filed_data import AccessData, DomainData
from filing.models import Access, Request, Subject, Website
from filing.services import drafts, outcomes
from filing.services.cancelled import Ended, record_cancelled
from filing.services.filed import record_filed
from filing.states import move
from tests.factories import ISP_ID, OTHER_ISP_ID, filed_subject, filed_website, new_filing, proof

pytestmark = pytest.mark.django_db

S = RequestState
NUMBER = "京ICP备2026000001号"
AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
PROOF = {"download": 9, "name": "D9.xml", "position": 1}


@pytest.fixture(autouse=True)
def filed(attachment_root: Any) -> None:
    """One subject (1001) with two websites (2001, 2002) and an access each (4001, 4002)."""
    access = AccessData(bureau_id=4002)
    second = filed_website(
        2002, DomainData("b.example.cn", bureau_id=3002), number=f"{NUMBER}-2", accesses=(access,)
    )
    data = filed_subject(filed_website(2001, number=f"{NUMBER}-1"), second, number=NUMBER)
    record_filed(data, isp_id=ISP_ID, proof={"download": 1, "position": 1})


def request(operation: Operation, content: dict[str, Any], state: str = S.AWAITING_BUREAU) -> Request:
    """A request as it stands after the link brought it there; what the rules ask of it is not this test's matter."""
    made = drafts.create_draft(operation, content, actor=COMMAND, isp_id=ISP_ID)
    if state in (S.DRAFT, S.IN_REVIEW):
        if state == S.IN_REVIEW:
            move(made, S.IN_REVIEW, actor=COMMAND)
        return made
    move(made, S.READY, actor=COMMAND, ready_at=timezone.now())
    steps = {
        S.PACKED: lambda: outcomes.mark_packed([made], isp_id=ISP_ID, proofs=[proof()]),
        S.UPLOADING: lambda: outcomes.mark_uploading([made], proofs=[proof()]),
        S.UNCERTAIN: lambda: outcomes.mark_uncertain([made], reason="", proofs=[proof()]),
        S.AWAITING_BUREAU: lambda: outcomes.mark_accepted(
            [made], forwarded=False, at=AT, reason="", proofs=[proof()]
        ),
    }
    way = {
        S.READY: [],
        S.PACKED: [S.PACKED],
        S.UPLOADING: [S.PACKED, S.UPLOADING],
        S.UNCERTAIN: [S.PACKED, S.UPLOADING, S.UNCERTAIN],
        S.AWAITING_BUREAU: [S.PACKED, S.UPLOADING, S.AWAITING_BUREAU],
    }
    for step in way[RequestState(state)]:
        steps[step]()
    return made


def cancel(kind: CancelledKind, bureau_id: int, **more: Any) -> Ended:
    values: dict[str, Any] = {"isp_id": ISP_ID, "at": AT, "proof": PROOF} | more
    return record_cancelled(kind, bureau_id, **values)


def filed_states() -> dict[int, str]:
    rows = [*Subject.objects.all(), *Website.objects.all(), *Access.objects.all()]
    return {row.bureau_id: row.state for row in rows if row.bureau_id}


CHANGE = {"subject": {"bureau_id": 1001, "number": NUMBER}, "websites": []}
MATERIALS = {"attachments": [{"owner": "website", "owner_number": f"{NUMBER} - 1"}]}
ACTING_ON_SUBJECT = [
    (Operation.NEW_WEBSITE, {"subject_number": NUMBER}),
    (Operation.NEW_WEBSITE, {"subject_bureau_id": 1001}),
    (Operation.NEW_ACCESS, {"website_number": f"{NUMBER}-1", "access": {}}),
    (Operation.CHANGE, CHANGE),
    (Operation.CANCEL_WEBSITE, {"bureau_id": 2001}),
    (Operation.CANCEL_ACCESS, {"bureau_id": 4001}),
    (Operation.SUBMIT_MATERIALS, {"attachments": [{"owner": "subject", "owner_bureau_id": 1001}]}),
    (Operation.SUBMIT_MATERIALS, MATERIALS),
    (Operation.VERIFICATION_RESULT, {"subject": {"bureau_id": 1001}, "websites": []}),
]


# --- what is filed --------------------------------------------------------------------------------


def test_it_cancels_a_subject_with_its_websites_and_accesses() -> None:
    ended = cancel(CancelledKind.SUBJECT, 1001)

    assert set(filed_states().values()) == {FiledState.CANCELLED}
    subject = Subject.objects.get()
    assert (subject.cancelled_at, subject.proof) == (AT, PROOF)
    assert ended.newly and ended.record == subject


def test_it_cancels_a_website_with_its_accesses_and_nothing_else() -> None:
    cancel(CancelledKind.WEBSITE, 2001)

    assert filed_states() == {
        1001: "filed",
        2001: "cancelled",
        2002: "filed",
        4001: "cancelled",
        4002: "filed",
    }


def test_it_cancels_an_access_alone() -> None:
    cancel(CancelledKind.ACCESS, 4001)

    assert [each for each, state in filed_states().items() if state == FiledState.CANCELLED] == [4001]


def test_it_keeps_the_first_time_and_proof_where_it_is_told_twice() -> None:
    cancel(CancelledKind.WEBSITE, 2001)

    again = cancel(CancelledKind.WEBSITE, 2001, at=datetime(2027, 1, 1, tzinfo=UTC), proof=proof())

    website = Website.objects.get(bureau_id=2001)
    assert (website.cancelled_at, website.proof, again.newly) == (AT, PROOF, False)


def test_it_does_not_take_another_links_ids_for_its_own() -> None:
    ended = cancel(CancelledKind.SUBJECT, 1001, isp_id=OTHER_ISP_ID)

    assert set(filed_states().values()) == {FiledState.FILED}
    assert ended.record is None and not ended.newly


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("operation", "content"), ACTING_ON_SUBJECT)
def test_it_returns_what_acts_on_a_subject_that_is_gone(operation: Operation, content: Any) -> None:
    asked = request(operation, content)

    ended = cancel(CancelledKind.SUBJECT, 1001, words="主办者申请")

    asked.refresh_from_db()
    assert (asked.state, asked.result_codes, asked.bureau_words) == ("returned", [1049], "主办者申请")
    event = asked.events.last()
    assert event is not None and event.proof == PROOF
    assert ended.returned == [asked]


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        (Operation.NEW_ACCESS, {"website_bureau_id": 2001, "access": {}}),
        (Operation.NEW_ACCESS, {"website_number": f"{NUMBER}-1", "access": {}}),
        (Operation.CANCEL_ACCESS, {"bureau_id": 4001}),
        (Operation.CANCEL_ACCESS, {"number": f"{NUMBER}-1"}),
        (Operation.SUBMIT_MATERIALS, MATERIALS),
        (Operation.CHANGE, {"subject": {"bureau_id": 1001}, "websites": [{"bureau_id": 2001}]}),
    ],
)
def test_it_returns_what_acts_on_a_website_that_is_gone(operation: Operation, content: Any) -> None:
    asked = request(operation, content)

    cancel(CancelledKind.WEBSITE, 2001)

    asked.refresh_from_db()
    assert (asked.state, asked.result_codes) == ("returned", [1050])


@pytest.mark.parametrize(
    ("kind", "bureau_id", "operation", "content"),
    [
        (CancelledKind.SUBJECT, 1001, Operation.CANCEL_SUBJECT, {"bureau_id": 1001}),
        (CancelledKind.SUBJECT, 1001, Operation.CANCEL_SUBJECT, {"number": NUMBER}),
        (CancelledKind.WEBSITE, 2001, Operation.CANCEL_WEBSITE, {"bureau_id": 2001}),
        (CancelledKind.ACCESS, 4001, Operation.CANCEL_ACCESS, {"bureau_id": 4001}),
        # Filed data never came for this one: the request alone names it.
        (CancelledKind.SUBJECT, 7777, Operation.CANCEL_SUBJECT, {"bureau_id": 7777}),
    ],
)
def test_it_approves_the_request_that_asked_for_it(
    kind: CancelledKind, bureau_id: int, operation: Operation, content: Any
) -> None:
    asked = request(operation, content)

    ended = cancel(kind, bureau_id)

    asked.refresh_from_db()
    assert (asked.state, ended.approved) == ("approved", [asked])


@pytest.mark.parametrize(("operation", "content"), ACTING_ON_SUBJECT)
def test_it_sends_ready_requests_back_to_draft(operation: Operation, content: Any) -> None:
    asked = request(operation, content, S.READY)

    cancel(CancelledKind.SUBJECT, 1001)

    asked.refresh_from_db()
    assert (asked.state, asked.revision_number) == ("draft", 2)
    assert asked.stalled_reason.startswith("主体已注销")


def test_it_sends_a_ready_cancellation_back_for_there_is_nothing_left_to_ask() -> None:
    asked = request(Operation.CANCEL_SUBJECT, {"bureau_id": 1001}, S.READY)

    cancel(CancelledKind.SUBJECT, 1001)

    asked.refresh_from_db()
    assert (asked.state, "可撤回" in asked.stalled_reason) == ("draft", True)


@pytest.mark.parametrize("state", [S.DRAFT, S.IN_REVIEW, S.PACKED, S.UPLOADING, S.UNCERTAIN])
def test_it_only_tells_what_it_cannot_end(state: str) -> None:
    asked = request(Operation.CHANGE, CHANGE, state)

    ended = cancel(CancelledKind.SUBJECT, 1001)
    cancel(CancelledKind.SUBJECT, 1001)

    asked.refresh_from_db()
    assert (asked.state, ended.told) == (state, [asked])
    assert asked.events.filter(proof=PROOF).count() == 1
    assert bool(asked.stalled_reason) == (state in (S.DRAFT, S.IN_REVIEW))
    assert bool(ended.in_a_call) == (state == S.UPLOADING)


@pytest.mark.parametrize("state", [S.AWAITING_BUREAU, S.READY])
def test_it_leaves_a_change_of_other_websites_to_the_bureau(state: str) -> None:
    both = [{"bureau_id": 2001}, {"bureau_id": 2002}]
    asked = request(Operation.CHANGE, {"subject": {"bureau_id": 1001}, "websites": both}, state)

    cancel(CancelledKind.WEBSITE, 2001)

    asked.refresh_from_db()
    assert asked.state == ("draft" if state == S.READY else state)
    assert asked.events.filter(reason__startswith="网站已注销").exists()


def test_it_tells_a_change_that_one_of_its_accesses_is_gone() -> None:
    website = {"bureau_id": 2001, "accesses": [{"bureau_id": 4001}]}
    asked = request(Operation.CHANGE, {"subject": {"bureau_id": 1001}, "websites": [website]})

    ended = cancel(CancelledKind.ACCESS, 4001)

    asked.refresh_from_db()
    assert (asked.state, ended.told) == ("awaiting_bureau", [asked])


@pytest.mark.parametrize(
    ("operation", "content"),
    [
        (Operation.NEW_FILING, new_filing()),
        (Operation.NEW_WEBSITE, {"subject_number": "京ICP备2026000009号"}),
        (Operation.CANCEL_WEBSITE, {"bureau_id": 1001}),
        (Operation.CHANGE, {"subject": {"bureau_id": 1009}, "websites": [{"bureau_id": 2009}]}),
        (Operation.UNFILED_RESULT, {"domain": "example.cn"}),
    ],
)
def test_it_touches_nothing_else(operation: Operation, content: Any) -> None:
    asked = request(operation, content)

    ended = cancel(CancelledKind.SUBJECT, 1001)

    asked.refresh_from_db()
    assert (asked.state, ended.requests) == ("awaiting_bureau", [])


def test_it_touches_requests_of_its_link_and_unassigned_ones_only_where_told() -> None:
    other = request(Operation.NEW_WEBSITE, {"subject_number": NUMBER}, S.READY)
    Request.objects.filter(pk=other.pk).update(isp_id=OTHER_ISP_ID)
    assert not cancel(CancelledKind.SUBJECT, 1001).requests
    Request.objects.filter(pk=other.pk).update(isp_id=None)
    assert not cancel(CancelledKind.SUBJECT, 1001).requests

    assert cancel(CancelledKind.SUBJECT, 1001, unassigned=True).reopened == [other]


def test_it_leaves_what_has_ended_alone() -> None:
    asked = request(Operation.CHANGE, CHANGE)
    outcomes.mark_approved(asked, codes=[1001], words="", reason="", proof=proof())

    assert not cancel(CancelledKind.SUBJECT, 1001).requests
