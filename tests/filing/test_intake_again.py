from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from filing.choices import CORRECTABLE_STATES, RequestState
from filing.models import Request
from filing.services.drafts import save_draft
from filing.services.intake import import_requests
from tests import factories
from tests.filing.incoming import changed, rows, said, take
from tests.threads import at_once

S = RequestState

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_store(attachment_root: Path) -> None:
    """Each test begins without images."""


def name_of(ref: str) -> str:
    request = Request.objects.get(ref=ref)
    content = request.revisions.get(number=request.revision_number).content
    return str(content["subject"]["name"])


def reordered(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    return [reordered(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("correct", [False, True])
def test_it_changes_nothing_when_the_same_comes_again(correct: bool) -> None:
    item = factories.item("r1", factories.full_filing(), remarks="备", icp_password="Invented-1")
    [first] = take(item)
    before = rows()
    again = reordered(item)
    again["subject"]["name"] = f" {again['subject']['name']}　"
    again["websites"][0]["domains"] = ["example.cn"]
    again["subject"]["responsible"]["msn"] = item["subject"]["responsible"]["msn"]
    assert take(item, again, correct=correct) == [first, first]
    assert rows() == before
    assert Request.objects.get().revisions.get().edits == 0


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("subject.name", "另一个"),
        ("remarks", "另一条"),
        ("isp_id", 9),
        ("icp_password", "Invented-2"),
        ("icp_password", ""),
        ("websites.0.domains", ["other.cn", "example.cn"]),
        ("attachments.0.content", factories.base64_image(colour="red")),
    ],
)
def test_it_refuses_other_content_under_the_same_ref(path: str, value: Any) -> None:
    take(factories.item("x", factories.full_filing(), icp_password="Invented-1"))
    before = rows()
    [row] = take({"icp_password": "Invented-1"} | changed(path, value))
    assert "--correct" in said(row)["requests[0].ref"]
    assert (row.id, row.state) == (Request.objects.get().pk, S.DRAFT)
    assert rows() == before and name_of("x") == factories.NAME
    assert Request.objects.get().icp_password == "Invented-1"


def test_it_notices_a_password_that_was_not_there_before() -> None:
    item = factories.item("r1")
    take(item)
    [row] = take(item | {"icp_password": "Invented-1"})
    assert "--correct" in said(row)["requests[0].ref"]
    [row] = take(item | {"icp_password": "Invented-1"}, correct=True)
    assert row.problems == [] and Request.objects.get().icp_password == "Invented-1"


@pytest.mark.django_db(transaction=True)
def test_it_takes_the_same_ref_in_once_when_two_import_it_together() -> None:
    items = [factories.item("once"), factories.item("once", factories.new_filing(name="另一个"))]
    found = at_once(*[lambda item=each: import_requests([item])[0] for each in items])
    assert sorted(len(row.problems) for row in found) == [0, 1], found
    assert Request.objects.get(ref="once").revisions.count() == 1


# --- corrections ----------------------------------------------------------------------------------


def corrected(request: Request) -> dict[str, Any]:
    return factories.item(request.ref, factories.new_filing(name="改正后的虚构公司"))


@pytest.mark.parametrize("state", sorted(CORRECTABLE_STATES))
def test_it_makes_a_correction_the_next_revision(state: str) -> None:
    request = factories.request_in(state)
    sent = request.revisions.get().content
    [row] = take(corrected(request), correct=True)
    assert (row.state, row.problems) == (S.DRAFT, [])
    new = request.revisions.get(number=2)
    assert new.content["subject"]["name"] == "改正后的虚构公司"
    assert new.content["subject"]["own_id"] == sent["subject"]["own_id"]
    assert request.revisions.get(number=1).content == sent
    assert Request.objects.get(pk=request.pk).events.last().old_state == state
    assert take(corrected(request), correct=True) == [row], "once more changes nothing"


def test_it_corrects_a_draft_where_it_stands() -> None:
    take(factories.item("r1"))
    request = Request.objects.get()
    [row] = take(corrected(request), correct=True)
    assert (row.state, row.problems, name_of("r1")) == (S.DRAFT, [], "改正后的虚构公司")


@pytest.mark.parametrize("state", sorted(set(S.values) - CORRECTABLE_STATES - {S.DRAFT}))
def test_it_corrects_nothing_else(state: str) -> None:
    request = factories.request_in(state)
    before = rows()
    [row] = take(corrected(request), correct=True, ready=True)
    assert S(state).label in said(row)["requests[0].ref"]
    assert (row.id, row.state) == (request.pk, state)
    assert rows() == before


def test_it_does_not_turn_a_request_into_another_operation() -> None:
    take(factories.item("r1"))
    other = {"ref": "r1", "operation": "cancel_website", "bureau_id": 1, "reason": 1}
    assert set(said(take(other, correct=True)[0])) == {"requests[0].operation"}


def test_it_takes_a_new_password_alone_as_a_correction_of_what_came_back() -> None:
    item = factories.item("r1", icp_password="Invented-1")
    take(item)
    factories.bring_to(Request.objects.get(), S.REJECTED)
    assert Request.objects.get().icp_password == ""
    assert take(item)[0].problems == [], "the same, told again"
    [row] = take(item | {"icp_password": "Invented-2"}, correct=True, ready=True)
    assert (row.state, row.problems) == (S.READY, [])
    assert Request.objects.get().icp_password == "Invented-2"


def test_it_knows_the_same_again_after_staff_went_on_with_it() -> None:
    item = factories.item("r1")
    take(item)
    request = Request.objects.get()
    content = copy.deepcopy(request.revisions.get().content)
    content["subject"]["name"] = "员工改的"
    save_draft(request, content)
    assert take(item)[0].problems == []
    assert name_of("r1") == "员工改的"


# --- ready ----------------------------------------------------------------------------------------


def test_it_skips_the_review_and_records_who_vouched() -> None:
    [row] = take(factories.item("r1"), ready=True)
    request = Request.objects.get()
    assert (row.state, request.state, request.vouched) == (S.READY, S.READY, True)
    assert request.revisions.get().frozen_at is not None
    last = request.events.last()
    assert (last.actor_kind, last.new_state) == ("command", S.READY) and "担保" in last.reason
    before = rows()
    assert take(factories.item("r1"), ready=True) == [row]
    assert rows() == before


def test_it_makes_a_draft_ready_when_the_same_comes_again_so() -> None:
    take(factories.item("r1"))
    assert take(factories.item("r1"), ready=True)[0].state == S.READY


def test_it_refuses_what_a_rule_blocks_and_keeps_none_of_it() -> None:
    bad = factories.item("r1", factories.new_filing(address={"province": 110000, "city": 310100}))
    before = rows()
    [row] = take(bad, ready=True)
    assert "1019" in said(row)["requests[0].subject.address.city"]
    assert (row.id, row.state) == (None, "") and rows() == before
    assert take(bad)[0].state == S.DRAFT, "a draft may still be wrong"
    [row] = take(bad, ready=True)
    assert row.problems and row.state == S.DRAFT


def test_it_does_not_move_what_others_have_in_hand() -> None:
    take(factories.item("r1"))
    factories.bring_to(Request.objects.get(), S.IN_REVIEW)
    assert take(factories.item("r1"), ready=True)[0].state == S.IN_REVIEW
