from __future__ import annotations

import copy
import re
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from filing.actors import COMMAND, LINK, person
from filing.choices import CORRECTABLE_STATES, WITHDRAWABLE_STATES, Operation, RequestState
from filing.models import Request, RequestEvent, Revision
from filing.services.drafts import create_draft, reopen, save_draft, start_correction, withdraw
from filing.services.errors import NotAllowed, StaleForm
from filing.states import MoveRefused
from tests import factories
from tests.threads import at_once

S = RequestState

pytestmark = pytest.mark.django_db


def renamed(request: Request, name: str) -> dict[str, Any]:
    """The content of the latest revision under another name."""
    content = copy.deepcopy(request.revisions.latest("number").content)
    content["subject"]["name"] = name
    return content


def reloaded(request: Request) -> Request:
    return Request.objects.get(pk=request.pk)


# --- beginning ------------------------------------------------------------------------------------


def test_it_begins_a_request_with_a_revision_and_a_history_row() -> None:
    owner = factories.user("owner")
    request = factories.draft(owner, ref="mine", isp_id=5, remarks="我们的", source_digest="d")
    stored = reloaded(request)
    assert (stored.ref, stored.state, stored.isp_id, stored.remarks) == ("mine", S.DRAFT, 5, "我们的")
    assert (stored.revision_number, stored.created_by, stored.submitted_by) == (1, owner, None)
    revision = stored.revisions.get()
    assert (revision.number, revision.frozen_at, revision.source_digest) == (1, None, "d")
    event = stored.events.get()
    assert (event.old_state, event.new_state, event.actor_user, event.at) == (
        "",
        S.DRAFT,
        owner,
        stored.state_changed_at,
    )


def test_it_repeats_the_content_for_lists() -> None:
    request = factories.draft(content=factories.stored_filing(factories.website("甲站", "a.cn", "b.cn")))
    assert (request.subject_name, request.domains) == (factories.NAME, ["a.cn", "b.cn"])
    assert request.subject_own_id == request.revisions.get().content["subject"]["own_id"]
    assert str(request.subject_own_id) in request.target


def test_it_begins_with_gaps_of_every_kind() -> None:
    for content in ({}, {"subject": {}}, {"websites": [{}]}, {"websites": [{"domains": [{}]}]}):
        assert reloaded(factories.draft(content=content)).domains == []


def test_it_keeps_a_draft_whose_texts_are_longer_than_its_columns() -> None:
    content = factories.stored_filing(factories.website("甲站", "a" * 400 + ".cn"), name="名" * 400)
    stored = reloaded(factories.draft(content=content))
    assert stored.revisions.get().content["subject"]["name"] == "名" * 400
    assert stored.subject_name == "名" * 255
    assert [len(each) for each in stored.domains] == [128]


def test_it_gives_refs_that_are_never_used_twice() -> None:
    refs = [factories.draft(content={}).ref for _ in range(3)]
    assert len(set(refs)) == 3
    assert all(re.fullmatch(r"R-\d{8}-\d{4,}", ref) for ref in refs)


def test_it_refuses_a_ref_that_is_taken_and_leaves_nothing_behind() -> None:
    factories.draft(content={}, ref="taken")
    rows = [model.objects.count() for model in (Request, Revision, RequestEvent)]
    with pytest.raises(IntegrityError), transaction.atomic():
        create_draft(Operation.NEW_FILING, {}, actor=COMMAND, ref="taken")
    assert [model.objects.count() for model in (Request, Revision, RequestEvent)] == rows


# --- editing --------------------------------------------------------------------------------------


def test_it_saves_what_the_form_was_opened_with() -> None:
    request = factories.draft()
    revision = save_draft(request, renamed(request, "虚构乙公司"), edits=0, isp_id=5, remarks="备")
    assert (revision.number, revision.edits) == (1, 1)
    stored = reloaded(request)
    assert (stored.subject_name, stored.isp_id, stored.remarks) == ("虚构乙公司", 5, "备")
    assert request.subject_name == "虚构乙公司"
    save_draft(request, renamed(request, "虚构丙公司"), edits=1)
    stored = reloaded(request)
    assert (stored.isp_id, stored.remarks) == (5, "备"), "what was not given stays"
    assert stored.revisions.get().edits == 2
    assert stored.events.count() == 1, "a save is no move"


def test_it_refuses_a_form_that_is_stale_and_keeps_what_the_other_saved() -> None:
    request = factories.draft()
    mine, theirs = renamed(request, "我的"), renamed(request, "别人的")
    save_draft(reloaded(request), theirs, edits=0)
    with pytest.raises(StaleForm):
        save_draft(request, mine, edits=0)
    assert request.revisions.get().content["subject"]["name"] == "别人的"
    assert reloaded(request).subject_name == "别人的"


def test_it_knows_a_form_of_an_earlier_revision_as_stale() -> None:
    request = factories.draft()
    opened_with = request.revisions.get().edits
    old_form = renamed(request, "旧窗口")
    group = factories.people()
    factories.bring_to(request, S.REVIEW_RETURNED, group)
    start_correction(reloaded(request), actor=person(group.owner))
    with pytest.raises(StaleForm):
        save_draft(reloaded(request), old_form, edits=opened_with)


@pytest.mark.parametrize("state", sorted(set(S.values) - {S.DRAFT}))
def test_it_saves_only_drafts(state: str) -> None:
    request = factories.request_in(state)
    before = request.revisions.get().content
    with pytest.raises(MoveRefused, match="已不是草稿"):
        save_draft(request, renamed(request, "改"))
    assert request.revisions.get().content == before
    assert reloaded(request).subject_name == factories.NAME


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_two_forms_win() -> None:
    request = factories.draft()
    contents = [renamed(request, name) for name in ("甲", "乙")]
    acts = [lambda c=each: save_draft(reloaded(request), c, edits=0) for each in contents]
    found = at_once(*acts)
    assert sorted(type(each).__name__ for each in found) == ["Revision", "StaleForm"]
    assert reloaded(request).revisions.get().edits == 1


# --- corrections ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", sorted(CORRECTABLE_STATES))
def test_it_opens_the_next_revision_of_what_came_back(state: str) -> None:
    group = factories.people()
    request = factories.request_in(state, group)
    sent = request.revisions.get()
    revision = start_correction(request, actor=person(group.owner), reason="改证件号")
    assert (revision.number, revision.content, revision.frozen_at) == (2, sent.content, None)
    stored = reloaded(request)
    assert (stored.state, stored.revision_number, request.revision_number) == (S.DRAFT, 2, 2)
    assert (stored.ready_at, stored.accepted_at, stored.decided_at, stored.submitted_by) == (None,) * 4
    assert not stored.vouched
    event = stored.events.last()
    assert (event.old_state, event.new_state, event.revision_number) == (state, S.DRAFT, 2)
    assert (event.actor_user, event.reason) == (group.owner, "改证件号")
    save_draft(request, renamed(request, "改后"))
    assert [each.content["subject"]["name"] for each in stored.revisions.all()] == [factories.NAME, "改后"]


@pytest.mark.parametrize("state", sorted(set(S.values) - CORRECTABLE_STATES))
def test_it_corrects_nothing_else(state: str) -> None:
    request = factories.request_in(state)
    with pytest.raises(NotAllowed, match=S(state).label):
        start_correction(request, actor=COMMAND)
    assert reloaded(request).state == state
    assert request.revisions.count() == 1


def test_it_says_that_somebody_else_began_the_correction_already() -> None:
    request = factories.request_in(S.RETURNED)
    start_correction(reloaded(request), actor=COMMAND)
    with pytest.raises(MoveRefused):
        start_correction(request, actor=COMMAND)
    assert request.revisions.count() == 2
    assert (request.state, request.revision_number) == (S.RETURNED, 1), (
        "what is held in memory is not half moved"
    )


@pytest.mark.django_db(transaction=True)
def test_it_lets_one_of_two_begin_the_correction() -> None:
    request = factories.request_in(S.REJECTED)
    mine, theirs = reloaded(request), reloaded(request)
    found = at_once(
        lambda: start_correction(mine, actor=COMMAND), lambda: start_correction(theirs, actor=COMMAND)
    )
    assert sorted(type(each).__name__ for each in found) == ["MoveRefused", "Revision"]
    assert reloaded(request).revision_number == 2


# --- under a ready request ------------------------------------------------------------------------


def test_it_reopens_what_is_ready_and_says_why_until_staff_act() -> None:
    group = factories.people()
    request = factories.request_in(S.READY, group)
    revision = reopen(request, actor=LINK, reason="域名规则变了")
    stored = reloaded(request)
    assert (stored.state, stored.revision_number, stored.stalled_reason) == (S.DRAFT, 2, "域名规则变了")
    assert revision.content == stored.revisions.get(number=1).content
    factories.bring_to(request, S.IN_REVIEW, group)
    assert reloaded(request).stalled_reason == ""


@pytest.mark.parametrize("state", sorted(set(S.values) - {S.READY}))
def test_it_reopens_nothing_else(state: str) -> None:
    request = factories.request_in(state)
    with pytest.raises(MoveRefused):
        reopen(request, actor=LINK, reason="x")
    assert (reloaded(request).state, request.revisions.count()) == (state, 1)


# --- taking back ----------------------------------------------------------------------------------


@pytest.mark.parametrize("state", S.values)
def test_it_takes_back_what_has_not_been_packed(state: str) -> None:
    request = factories.request_in(state)
    Request.objects.filter(pk=request.pk).update(icp_password="Invented-1", stalled_reason="等")
    request = reloaded(request)
    if state not in WITHDRAWABLE_STATES:
        with pytest.raises(MoveRefused):
            withdraw(request, actor=COMMAND)
        assert (reloaded(request).state, reloaded(request).icp_password) == (state, "Invented-1")
        return
    withdraw(request, actor=COMMAND, reason="不办了")
    stored = reloaded(request)
    assert (stored.state, stored.icp_password, stored.ready_at, stored.stalled_reason) == (
        S.WITHDRAWN,
        "",
        None,
        "",
    )
    assert (stored.events.last().old_state, stored.events.last().reason) == (state, "不办了")
