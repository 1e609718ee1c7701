from __future__ import annotations

import copy
from typing import Any

import pytest
from django.db import connection, transaction

from filing.choices import RequestState
from filing.models import Request, Revision
from filing.services.drafts import save_draft, start_correction
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.review import approve, may_review, return_for_changes, submit_for_review
from filing.states import MoveRefused
from tests import factories
from tests.factories import People
from tests.threads import at_once

S = RequestState

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> People:
    return factories.people()


def reloaded(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


def with_faults(**subject: Any) -> dict[str, Any]:
    return factories.stored_filing(**subject)


# --- submitting -----------------------------------------------------------------------------------


def test_it_freezes_what_is_submitted(group: People) -> None:
    request = factories.draft(group.owner)
    factories.submit(request, user=group.owner)
    stored = reloaded(request)
    assert (stored.state, stored.submitted_by, stored.ready_at) == (S.IN_REVIEW, group.owner, None)
    assert stored.revisions.get().frozen_at is not None
    event = stored.events.last()
    assert (event.old_state, event.new_state, event.actor_user) == (S.DRAFT, S.IN_REVIEW, group.owner)


@pytest.mark.parametrize(
    ("faults", "path"),
    [
        ({"name": ""}, "subject.name"),
        ({"name": "名" * 256}, "subject.name"),
        ({"nature": None}, "subject.nature"),
        ({"address": {"province": 110000, "city": 310100}}, "subject.address.city"),
    ],
)
def test_it_submits_nothing_that_has_gaps_or_breaks_a_blocking_rule(
    group: People, faults: dict[str, Any], path: str
) -> None:
    request = factories.draft(group.owner, with_faults(**faults))
    with pytest.raises(RecordInvalid) as refused:
        factories.submit(request, user=group.owner)
    assert path in [each.path for each in refused.value.problems]
    stored = reloaded(request)
    assert (stored.state, stored.submitted_by) == (S.DRAFT, None)
    assert stored.revisions.get().frozen_at is None
    assert stored.events.count() == 1


def test_it_submits_nothing_whose_image_is_not_stored(group: People) -> None:
    content = factories.stored_filing()
    content["attachments"][0]["content"] = "sha256:" + "0" * 64
    request = factories.draft(group.owner, content)
    with pytest.raises(RecordInvalid, match="找不到这张图片"):
        factories.submit(request, user=group.owner)


def test_it_lets_what_is_only_a_warning_pass(group: People) -> None:
    certificate = {"type": 1, "number": "91110108MA000000X5", "address": "北京市海淀区虚构路1号"}
    request = factories.draft(group.owner, with_faults(certificate=certificate))
    factories.submit(request, user=group.owner)
    assert request.state == S.IN_REVIEW


def test_it_takes_a_second_click_for_what_it_is(group: People) -> None:
    request = factories.draft(group.owner)
    second = reloaded(request)
    factories.submit(request, user=group.owner)
    frozen_at = request.revisions.get().frozen_at
    for late in (second, reloaded(request)):
        with pytest.raises(MoveRefused):
            factories.submit(late, user=group.owner)
    assert request.revisions.get().frozen_at == frozen_at
    assert request.events.count() == 2


@pytest.mark.django_db(transaction=True)
def test_it_reviews_what_it_checked_and_not_what_was_saved_meanwhile() -> None:
    owner = factories.user("owner")
    for _ in range(8):
        request = factories.draft(owner)
        factories.verify(request, owner)
        mine, gaps = reloaded(request), copy.deepcopy(request.revisions.get().content)
        del gaps["subject"]["name"]
        submitted, saved = at_once(
            lambda: submit_for_review(mine, user=owner),  # noqa: B023
            lambda: save_draft(request, gaps),  # noqa: B023
        )
        revision = Revision.objects.get(request=request)
        whole = "name" in revision.content["subject"]
        assert (revision.frozen_at is not None) == whole
        assert isinstance(saved, MoveRefused) if whole else isinstance(submitted, RecordInvalid)


def test_it_holds_the_request_while_it_checks_it(group: People) -> None:
    request = factories.draft(group.owner)
    factories.verify(request, group.owner)
    seen: list[str] = []

    def spy(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        seen.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(spy), transaction.atomic():
        submit_for_review(request, user=group.owner)
    lock = next(place for place, sql in enumerate(seen) if "FOR UPDATE" in sql)
    look = next(place for place, sql in enumerate(seen) if 'FROM "filing_revision"' in sql)
    assert lock < look


# --- who reviews ----------------------------------------------------------------------------------


def test_it_lets_nobody_review_what_they_entered_or_submitted(group: People) -> None:
    third = factories.user("third", "review_request")
    request = factories.draft(group.owner)
    factories.submit(request, user=group.colleague)
    assert [may_review(request, each) for each in (*group, third)] == [False, False, False, True]
    for own in (group.owner, group.colleague, group.stranger):
        with pytest.raises(NotAllowed):
            approve(request, user=own)
        with pytest.raises(NotAllowed):
            return_for_changes(request, user=own, reason="改")
    assert reloaded(request).state == S.IN_REVIEW
    approve(request, user=third)
    assert reloaded(request).state == S.READY


def test_it_lets_a_small_team_review_its_own_by_setting(group: People, settings: Any) -> None:
    settings.ICP_REVIEW_OWN = True
    request = factories.request_in(S.IN_REVIEW, group)
    assert [may_review(request, each) for each in group] == [True, True, False]
    approve(request, user=group.owner)
    assert request.state == S.READY


def test_it_lets_a_superuser_not_review_his_own_either(group: People) -> None:
    group.owner.is_superuser = True
    request = factories.request_in(S.IN_REVIEW, group)
    assert not may_review(request, group.owner)


# --- approving ------------------------------------------------------------------------------------


def test_it_lets_a_reviewed_revision_go(group: People) -> None:
    request = factories.request_in(S.IN_REVIEW, group)
    approve(request, user=group.colleague, opinion="材料齐")
    stored = reloaded(request)
    assert (stored.state, stored.vouched) == (S.READY, False)
    event = stored.events.last()
    assert (event.actor_user, event.reason, event.new_state) == (group.colleague, "材料齐", S.READY)
    assert stored.ready_at is not None and abs((stored.ready_at - event.at).total_seconds()) < 5


def test_it_asks_the_rules_again_before_it_lets_go(group: People, monkeypatch: pytest.MonkeyPatch) -> None:
    request = factories.request_in(S.IN_REVIEW, group)
    monkeypatch.setattr("filing.rules.subject.check_mobile", lambda text: "号段停用了")
    with pytest.raises(RecordInvalid, match="号段停用了"):
        approve(request, user=group.colleague)
    assert reloaded(request).state == S.IN_REVIEW


@pytest.mark.parametrize("act", ["approve", "return"])
@pytest.mark.parametrize("state", sorted(set(S.values) - {S.IN_REVIEW}))
def test_it_decides_only_on_what_is_in_review(group: People, act: str, state: str) -> None:
    request = factories.request_in(state, group)
    events = request.events.count()
    with pytest.raises(MoveRefused):
        if act == "approve":
            approve(request, user=group.colleague)
        else:
            return_for_changes(request, user=group.colleague, reason="改")
    assert (reloaded(request).state, request.events.count()) == (state, events)


def test_it_lets_one_of_two_reviewers_decide(group: People) -> None:
    third = factories.user("third", "review_request")
    request = factories.request_in(S.IN_REVIEW, group)
    mine, theirs = reloaded(request), reloaded(request)
    return_for_changes(theirs, user=third, reason="缺核验单")
    with pytest.raises(MoveRefused, match="审核退改"):
        approve(mine, user=group.colleague)
    assert [each.new_state for each in request.events.all()] == [S.DRAFT, S.IN_REVIEW, S.REVIEW_RETURNED]


# --- returning ------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
def test_it_returns_nothing_without_a_reason(group: People, reason: str) -> None:
    request = factories.request_in(S.IN_REVIEW, group)
    with pytest.raises(NotAllowed, match="原因"):
        return_for_changes(request, user=group.colleague, reason=reason)
    assert reloaded(request).state == S.IN_REVIEW


def test_it_returns_with_a_reason_and_goes_on_as_the_next_revision(group: People) -> None:
    request = factories.request_in(S.IN_REVIEW, group)
    return_for_changes(request, user=group.colleague, reason=" 首页不对 ")
    event = reloaded(request).events.last()
    assert (event.new_state, event.reason, event.actor_user) == (
        S.REVIEW_RETURNED,
        "首页不对",
        group.colleague,
    )
    start_correction(request, actor=factories.person(group.owner))
    factories.submit(request, user=group.owner)
    approve(request, user=group.colleague)
    assert [(each.number, each.frozen_at is None) for each in request.revisions.all()] == [
        (1, False),
        (2, False),
    ]
    assert request.events.last().revision_number == request.revision_number == 2
