"""Several new websites in one request, each with a decision of its own."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from django.db import transaction

from filing.actors import COMMAND
from filing.choices import Operation, RequestState
from filing.models import Request
from filing.services.drafts import start_correction
from filing.services.outcomes import mark_part_decided
from tests import factories

S = RequestState

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_(request: pytest.FixtureRequest) -> Request:
    """New websites that the bureau has: three of them, with an attachment each."""
    content = factories.document(Operation.NEW_WEBSITE, factories.stored_image())
    content["websites"] = [factories.website(f"虚构{n}站", f"{n}.example.com") for n in "abc"]
    for site, domain in zip(content["websites"], ("a.com", "b.com", "c.com"), strict=True):
        site |= {"domains": [{"name": domain}], "home_url": domain}
    [attachment] = content["attachments"]
    content["attachments"] = [attachment | {"owner_index": n, "remarks": f"第{n}个"} for n in range(3)]
    made = factories.draft(content=content, operation=Operation.NEW_WEBSITE)
    return factories.bring_to(made, S.AWAITING_BUREAU)


def decide(request: Request, place: int, approved: bool, words: str = "") -> bool:
    key = request.decision_keys[place]
    return mark_part_decided(reloaded(request), key, approved=approved, words=words, proof={"item": place})


def reloaded(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


def test_it_waits_for_the_decision_on_each_website(request_: Request) -> None:
    sites = request_.revisions.get().content["websites"]
    assert request_.decision_keys == [str(site["own_id"]) for site in sites]
    assert decide(request_, 0, True) is False
    assert decide(request_, 2, True, "同意") is False
    found = reloaded(request_)
    assert (found.state, found.decided_at) == (S.AWAITING_BUREAU, None)
    assert "还有 1 个未决" in found.events.last().reason
    assert decide(request_, 1, True) is True
    assert reloaded(request_).state == S.APPROVED


def test_it_ends_right_in_whatever_order_the_decisions_come(request_: Request) -> None:
    last = request_.events.last().pk
    for refused in ((), (0,), (1, 2), (0, 1, 2)):
        for order in permutations(range(3)):
            point = transaction.savepoint()
            told = [
                decide(request_, n, n not in refused, f"第{n}个：理由" if n in refused else "") for n in order
            ]
            found = reloaded(request_)
            assert told == [False, False, True]
            assert found.state == (S.REJECTED if refused else S.APPROVED)
            assert sorted(filter(None, found.bureau_words.split("\n"))) == [f"第{n}个：理由" for n in refused]
            events = found.events.filter(pk__gt=last)
            assert events.count() == 3
            assert sum(event.old_state != event.new_state for event in events) == 1
            transaction.savepoint_rollback(point)


def test_it_changes_nothing_when_the_same_decision_comes_again(request_: Request) -> None:
    for _ in range(2):
        decide(request_, 0, True)
    assert reloaded(request_).state == S.AWAITING_BUREAU
    for n in (1, 2):
        decide(request_, n, False, f"第{n}个：理由")
    before = reloaded(request_)
    assert before.bureau_words == "第1个：理由\n第2个：理由"
    for n in (2, 1, 0):
        assert decide(request_, n, n == 0, f"第{n}个：理由" if n else "") is False
    after = reloaded(request_)
    assert (after.state, after.decided_at) == (S.REJECTED, before.decided_at)
    assert after.bureau_words == before.bureau_words


def test_it_approves_once_a_later_proof_comes_for_the_one_that_was_refused(request_: Request) -> None:
    for n in range(3):
        decide(request_, n, n != 1, "缺核验单")
    assert reloaded(request_).state == S.REJECTED
    assert decide(request_, 1, True) is True
    assert reloaded(request_).state == S.APPROVED
    assert decide(request_, 1, False, "再看") is False
    assert reloaded(request_).state == S.APPROVED


@pytest.mark.parametrize("refused", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_it_asks_again_only_for_the_websites_that_were_refused(
    request_: Request, refused: tuple[int, ...]
) -> None:
    sent = request_.revisions.get().content
    for n in range(3):
        decide(request_, n, n not in refused)
    revision = start_correction(reloaded(request_), actor=COMMAND)
    assert revision.content["websites"] == [sent["websites"][n] for n in refused]
    attachments: list[dict[str, Any]] = revision.content["attachments"]
    assert [(each["owner_index"], each["remarks"]) for each in attachments] == [
        (place, f"第{n}个") for place, n in enumerate(refused)
    ]
    found = reloaded(request_)
    assert found.decision_keys == [str(sent["websites"][n]["own_id"]) for n in refused]
    assert found.decisions == {}
    assert found.domains == [("a.com", "b.com", "c.com")[n] for n in refused]
