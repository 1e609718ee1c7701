"""Verifications: recorded against what is stated, outdated by a change of it, let go by a reviewer in words."""

from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from filing.choices import Operation
from filing.choices import RequestState as S
from filing.models import Request
from filing.services import drafts, review
from filing.services.codes import load_builtin_codes
from filing.services.errors import NotAllowed
from filing.services.revisions import current_revision
from filing.services.starting import begin
from filing.services.submission import NotYetSubmittable
from tests import factories
from tests.factories import People
from tests.filing.filings import filed
from tests.verification.proofs import marks, now, visit
from verification.choices import Outcome, Way
from verification.models import Verification
from verification.services import proving

pytestmark = pytest.mark.django_db


@pytest.fixture
def group(attachment_root: object) -> People:
    load_builtin_codes()
    return factories.people()


@pytest.fixture
def request_(group: People) -> Request:
    return factories.draft(group.owner)


def content_of(request: Request) -> dict[str, Any]:
    return copy.deepcopy(current_revision(request).content)


def missing(request: Request) -> list[tuple[str, str]]:
    found = proving.missing(request, content_of(request))
    return [(each.need.key.split(":")[0], each.need.way.value) for each in found]


EVERYTHING = [("subject", "in_person"), ("subject", "other"), ("website", "in_person"), ("website", "other")]


def test_it_counts_a_visit_for_everything_that_it_covered(request_: Request, group: People) -> None:
    assert missing(request_) == EVERYTHING
    row = visit(request_, group.colleague, "website", ticks=["看过证件"])
    assert missing(request_) == EVERYTHING[:2]
    visit(request_, group.colleague)
    assert missing(request_) == []
    assert (row.by_name, row.outcome, row.ticks) == (group.colleague.username, Outcome.PASSED, ["看过证件"])


@pytest.mark.parametrize(
    ("path", "undone"),
    [
        (("subject", "certificate", "number"), [("subject", "in_person")]),
        (("subject", "responsible", "mobile"), [("subject", "other")]),
        (("websites", 0, "responsible", "name"), [("website", "in_person")]),
        (("websites", 0, "home_url"), [("website", "other")]),
        (("websites", 0, "accesses", 0, "methods"), []),
        (("websites", 0, "remarks"), []),
    ],
)
def test_it_undoes_only_what_a_later_change_touches(
    request_: Request, group: People, path: tuple[Any, ...], undone: list[tuple[str, str]]
) -> None:
    visit(request_, group.colleague)
    content = content_of(request_)
    target: Any = content
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = [9] if path[-1] == "methods" else "虚构改过"
    drafts.save_draft(request_, content)
    assert missing(request_) == undone
    outdated = [each for each in proving.standings(request_, content) if each.outdated is not None]
    assert [(each.need.key.split(":")[0], each.need.way.value) for each in outdated] == undone


def test_it_takes_the_last_word_where_a_verification_failed(request_: Request, group: People) -> None:
    visit(request_, group.colleague, passed=False, words="号码与证件不符", photo=None)
    assert missing(request_) == EVERYTHING
    visit(request_, group.colleague)
    assert missing(request_) == []


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"marks": []}, "选上核验了哪些"),
        ({"marks": ["subject|in_person|0"]}, "刚才改过"),
        ({"way": Way.OTHER}, "必须当面核验"),
        ({"place": " "}, "在哪里核验"),
        ({"photo": None}, "照片"),
        ({"passed": False}, "哪里不一致"),
        ({"at": now() + timedelta(days=1)}, "还没有到"),
    ],
)
def test_it_refuses_a_record_with_a_gap(
    request_: Request, group: People, facts: dict[str, Any], words: str
) -> None:
    with pytest.raises(NotAllowed, match=words):
        visit(request_, group.colleague, **facts)
    assert not Verification.objects.exists()


def test_it_records_contacts_by_other_means(request_: Request, group: People) -> None:
    others = [each for each in marks(request_) if "|other|" in each]
    visit(request_, group.colleague, marks=others, way=Way.OTHER, photo=None, place="")
    assert missing(request_) == [("subject", "in_person"), ("website", "in_person")]


def test_it_records_nothing_once_the_request_is_out_of_our_hands(group: People) -> None:
    request = factories.request_in(S.READY, group)
    with pytest.raises(NotAllowed, match="不再记录"):
        visit(request, group.colleague)


def test_it_asks_of_a_change_what_differs_from_what_is_filed(group: People) -> None:
    request = begin(Operation.CHANGE, filed(), actor=factories.person(group.owner))
    assert missing(request) == []
    content = content_of(request)
    content["websites"][0]["responsible"]["mobile"] = "13900000000"
    drafts.save_draft(request, content)
    assert missing(request) == [("website", "other")]
    content["websites"][0]["responsible"]["name"] = "虚构丁"
    drafts.save_draft(request, content)
    assert missing(request) == [("website", "in_person"), ("website", "other")]


# --- a reviewer overrules -----------------------------------------------------------------------------


def test_it_lets_a_reviewer_go_without_in_words_that_are_kept(request_: Request, group: People) -> None:
    proving.overrule(request_, user=group.colleague, marks=marks(request_), words="上月刚当面核验过")
    assert missing(request_) == []
    event = request_.events.order_by("pk").last()
    assert event is not None
    assert event.reason == "免去当面核验：上月刚当面核验过"


def test_it_lets_nobody_overrule_for_themselves_or_without_words(request_: Request, group: People) -> None:
    for user, words in ((group.owner, "免"), (group.stranger, "免"), (group.colleague, " ")):
        with pytest.raises(NotAllowed):
            proving.overrule(request_, user=user, marks=marks(request_), words=words)
    with pytest.raises(NotAllowed, match="变化"):
        proving.overrule(request_, user=group.colleague, marks=["subject|in_person|0"], words="免")
    assert missing(request_) == EVERYTHING


def test_it_shows_a_reviewer_what_was_let_go(request_: Request, group: People) -> None:
    proving.overrule(request_, user=group.colleague, marks=marks(request_), words="免")
    review.submit_for_review(request_, user=group.owner)
    found = proving.standings(request_, content_of(request_))
    assert {each.latest.outcome for each in found if each.latest} == {Outcome.OVERRULED}


# --- before a request is submitted ---------------------------------------------------------------------


def test_it_keeps_a_request_from_being_submitted_before_it_is_verified(
    request_: Request, group: People
) -> None:
    with pytest.raises(NotYetSubmittable, match="还要当面核验、其他方式核实（4 项）") as refused:
        review.submit_for_review(request_, user=group.owner)
    assert refused.value.page == "request_verification"
    request_.refresh_from_db()
    assert (request_.state, current_revision(request_).frozen_at) == (S.DRAFT, None)
    visit(request_, group.owner)
    review.submit_for_review(request_, user=group.owner)
    assert request_.state == S.IN_REVIEW


def test_it_lets_what_needs_no_verification_be_submitted(group: People) -> None:
    request = begin(Operation.CHANGE, filed(), actor=factories.person(group.owner))
    content = content_of(request)
    content["websites"][0]["accesses"][0]["methods"] = [9]
    content["subject"]["address"]["detail"] = content["subject"]["address"]["detail"]
    content["attachments"] = factories.document(Operation.CHANGE, factories.stored_image())["attachments"]
    drafts.save_draft(request, content)
    assert proving.problems_before_submission(request, content) == []


def test_it_knows_a_website_again_once_the_bureaus_id_is_filled_in(group: People) -> None:
    request = begin(Operation.CHANGE, filed(), actor=factories.person(group.owner))
    content = content_of(request)
    del content["websites"][0]["bureau_id"]
    content["websites"][0]["name"] = "虚构改名"
    drafts.save_draft(request, content)
    visit(request, group.owner, way=Way.OTHER, photo=None)
    content["websites"][0]["bureau_id"] = 2001
    assert proving.problems_before_submission(request, content) == []


def test_it_takes_the_word_of_who_imports_a_request_as_ready(group: People) -> None:
    request = factories.draft()
    review.vouch(request)
    assert (request.state, request.vouched) == (S.READY, True)
