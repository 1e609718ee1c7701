"""Where operations start: what is offered at a filed record, with what a draft begins, what a change must change."""

from __future__ import annotations

from typing import Any

import pytest

from filing.actors import person
from filing.choices import AttachmentOwner, FiledState, Operation, RequestState
from filing.models import Access, Request, Subject, Website
from filing.services.codes import load_builtin_codes
from filing.services.drafts import save_draft, start_correction
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.holdings import Record
from filing.services.numbered import find_by_number
from filing.services.starting import begin, begin_unheld, offers_for, why_not
from tests import factories
from tests.filing.filings import NUMBER, access_of, connected_elsewhere, filed, site_of

O, S = Operation, RequestState  # noqa: E741
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def tables() -> None:
    load_builtin_codes()


def begun(operation: str, record: Record) -> Request:
    return begin(operation, record, actor=person(factories.user("owner", "enter_request")))


def content_of(request: Request) -> dict[str, Any]:
    found: dict[str, Any] = request.revisions.latest("number").content
    return found


def records(subject: Subject) -> tuple[Subject, Website, Access]:
    return subject, site_of(subject), access_of(subject)


def record_for(operation: str, subject: Subject, place: int) -> Record:
    """The record that an operation acts on; a new access needs a website that we do not connect."""
    if operation == O.NEW_ACCESS:
        connected_elsewhere(subject)
    return records(subject)[place]


# --- what is offered ------------------------------------------------------------------------------


def test_it_offers_what_applies_to_each_record() -> None:
    subject, site, access = records(filed())
    offers = offers_for(subject, [site], [access])
    assert [each.operation for each in offers.subject] == [
        O.CHANGE,
        O.NEW_WEBSITE,
        O.SUBMIT_MATERIALS,
        O.CANCEL_SUBJECT,
    ]
    # We connect it already: what differs about that is a change.
    assert [each.operation for each in offers.websites[site.pk]] == [O.SUBMIT_MATERIALS, O.CANCEL_WEBSITE]
    open_site = connected_elsewhere(subject)
    assert offers_for(subject, [open_site], []).websites[site.pk][0].operation == O.NEW_ACCESS
    assert [each.operation for each in offers.accesses[access.pk]] == [O.CANCEL_ACCESS]


def test_it_offers_only_an_end_where_there_is_no_number_yet() -> None:
    """A change, a new website, a new access need an approved filing with its number."""
    subject, site, access = records(filed(number=""))
    offers = offers_for(subject, [site], [access])
    assert [each.operation for each in offers.subject] == [O.SUBMIT_MATERIALS, O.CANCEL_SUBJECT]
    assert [each.operation for each in offers.websites[site.pk]] == [O.SUBMIT_MATERIALS, O.CANCEL_WEBSITE]
    with pytest.raises(NotAllowed, match="备案号"):
        begun(O.CHANGE, subject)


def test_it_offers_nothing_of_what_is_cancelled() -> None:
    subject = filed()
    Subject.objects.update(state=FiledState.CANCELLED)
    subject.refresh_from_db()
    offers = offers_for(subject, [site_of(subject)], [access_of(subject)])
    assert not offers.subject and not offers.websites and not offers.accesses
    for operation, record in ((O.NEW_ACCESS, site_of(subject)), (O.CANCEL_ACCESS, access_of(subject))):
        assert "已注销" in why_not(operation, record)


def test_it_leaves_another_providers_access_to_that_provider() -> None:
    filed()
    assert "其他接入商" in why_not(O.CANCEL_ACCESS, Access.objects.get(bureau_id=4009))


def test_it_cancels_no_only_access() -> None:
    subject = filed()
    Access.objects.filter(bureau_id=4009).delete()
    assert "改走注销网站" in why_not(O.CANCEL_ACCESS, access_of(subject))


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        (O.CHANGE, 0),
        (O.NEW_WEBSITE, 0),
        (O.SUBMIT_MATERIALS, 0),
        (O.CANCEL_SUBJECT, 0),
        (O.NEW_ACCESS, 1),
        (O.SUBMIT_MATERIALS, 1),
        (O.CANCEL_WEBSITE, 1),
        (O.CANCEL_ACCESS, 2),
    ],
)
def test_it_shows_the_undecided_request_in_place_of_a_second_one(operation: str, place: int) -> None:
    subject = filed()
    record = record_for(operation, subject, place)
    made = begun(operation, record)
    offers = offers_for(subject, [site_of(subject)], [access_of(subject)])
    group = [offers.subject, offers.websites[site_of(subject).pk], offers.accesses[access_of(subject).pk]][
        place
    ]
    standing = {each.operation: each.open_request for each in group}
    assert standing.pop(operation) == made
    assert set(standing.values()) <= {None}
    with pytest.raises(RecordInvalid, match=made.ref):
        begun(operation, record)


# --- with what it begins --------------------------------------------------------------------------


def test_it_begins_a_change_with_all_that_is_filed() -> None:
    made = begun(O.CHANGE, filed())
    content = content_of(made)
    assert (made.isp_id, made.subject_name, made.target) == (factories.ISP_ID, factories.NAME, "subject:1001")
    assert content["subject"]["number"] == NUMBER and content["subject"]["bureau_id"] == 1001
    site = content["websites"][0]
    assert (site["number"], site["bureau_id"], site["service_contents"]) == (f"{NUMBER}-1", 2001, [8, 7])
    assert [each["bureau_id"] for each in site["domains"]] == [3001, 3002]
    whole = {"start": "203.0.113.10", "end": "203.0.113.12", "bureau_id": 5001}
    assert whole.items() <= site["accesses"][0]["ip_ranges"][0].items()


@pytest.mark.parametrize(
    ("operation", "place", "content"),
    [
        (O.NEW_WEBSITE, 0, {"subject_number": NUMBER}),
        (O.CANCEL_SUBJECT, 0, {"number": NUMBER}),
        (O.NEW_ACCESS, 1, {"website_number": f"{NUMBER}-1"}),
        (O.CANCEL_WEBSITE, 1, {"number": f"{NUMBER}-1"}),
        (O.CANCEL_ACCESS, 2, {"bureau_id": 4001}),
        (O.SUBMIT_MATERIALS, 0, {"attachments": [{"owner": "subject", "owner_number": NUMBER}]}),
        (O.SUBMIT_MATERIALS, 1, {"attachments": [{"owner": "website", "owner_number": f"{NUMBER}-1"}]}),
    ],
)
def test_it_begins_with_what_names_the_record(operation: str, place: int, content: dict[str, Any]) -> None:
    made = begun(operation, record_for(operation, filed(), place))
    assert content_of(made) == content
    assert (made.subject_name, made.isp_id) == (factories.NAME, factories.ISP_ID)
    assert made.target


def test_it_begins_with_a_number_that_is_not_held_here_where_that_is_enough() -> None:
    actor = person(factories.user("owner", "enter_request"))
    made = begin_unheld(O.NEW_ACCESS, " 京icp备2026000009号－2 ", actor=actor)
    assert content_of(made) == {"website_number": "京ICP备2026000009号-2"}
    with pytest.raises(NotAllowed):
        begin_unheld(O.CHANGE, NUMBER, actor=actor)


# --- numbers that are typed -----------------------------------------------------------------------


@pytest.mark.parametrize("operation", [O.NEW_ACCESS, O.CANCEL_WEBSITE, O.CANCEL_ACCESS])
def test_it_tells_a_subjects_number_from_a_websites(operation: Operation) -> None:
    subject = filed()
    found = find_by_number(operation, NUMBER)
    assert "这是主体备案号" in found.wrong and not found.may_begin
    assert found.others == [site_of(subject)]
    record_for(operation, subject, 1)
    assert find_by_number(operation, f"{NUMBER}-1").may_begin


def test_it_tells_a_websites_number_from_a_subjects() -> None:
    filed()
    found = find_by_number(O.NEW_WEBSITE, f"{NUMBER}-1")
    assert found.wrong == f"这是网站备案号，要填主体备案号：{NUMBER}" and not found.may_begin


def test_it_finds_what_materials_are_handed_in_for_by_either_number() -> None:
    subject = filed()
    assert find_by_number(O.SUBMIT_MATERIALS, NUMBER).record == subject
    assert find_by_number(O.SUBMIT_MATERIALS, f"{NUMBER}-1").record == site_of(subject)


@pytest.mark.parametrize("operation", [O.CHANGE, O.CANCEL_SUBJECT, O.CANCEL_WEBSITE, O.SUBMIT_MATERIALS])
def test_it_says_what_to_do_about_a_number_that_is_not_held(operation: Operation) -> None:
    is_website = operation == O.CANCEL_WEBSITE
    found = find_by_number(operation, "京ICP备2026000009号" + ("-1" if is_website else ""))
    assert "存量备案先导入" in found.wrong and not found.may_begin


# --- a change changes something -------------------------------------------------------------------


def test_it_refuses_a_change_that_changes_nothing() -> None:
    made = begun(O.CHANGE, filed())
    with pytest.raises(RecordInvalid, match="与已备案的内容一样"):
        factories.submit(made, user=factories.user("owner"))
    made.refresh_from_db()
    assert made.state == S.DRAFT and made.revisions.get().frozen_at is None


def test_it_takes_a_change_of_one_word() -> None:
    made = begun(O.CHANGE, filed())
    content = content_of(made)
    content["websites"][0]["name"] = "虚构新名站"
    save_draft(made, content, actor=person(factories.user("owner")))
    factories.submit(made, user=factories.user("owner"))
    made.refresh_from_db()
    assert made.state == S.IN_REVIEW


# --- what the form revealed -----------------------------------------------------------------------


def test_it_lets_a_cancellation_by_number_through_its_review_and_its_correction() -> None:
    """The bureau's id was filled in beside the number when it was frozen: then both were one too many."""
    group = factories.people()
    made = begun(O.CANCEL_WEBSITE, site_of(filed()))
    content = content_of(made) | {"reason": 1}
    save_draft(made, content, actor=person(group.owner))
    made = factories.bring_to(made, S.RETURNED, group)
    assert content_of(made)["bureau_id"] == 2001
    start_correction(made, actor=person(group.owner))
    factories.submit(made, user=group.owner)
    made.refresh_from_db()
    assert made.state == S.IN_REVIEW


def test_it_refuses_a_number_and_an_id_of_two_records() -> None:
    filed()
    made = factories.draft(
        content={"number": f"{NUMBER}-1", "bureau_id": 2999, "reason": 1},
        operation=O.CANCEL_WEBSITE,
        isp_id=factories.ISP_ID,
    )
    with pytest.raises(RecordInvalid, match="不是同一条备案"):
        factories.submit(made, user=factories.user("owner"))


def test_it_names_whose_materials_are_handed_in() -> None:
    filed()
    owner = {"owner": AttachmentOwner.WEBSITE.value, "owner_bureau_id": 2001}
    made = factories.draft(
        content={"attachments": [owner]}, operation=O.SUBMIT_MATERIALS, isp_id=factories.ISP_ID
    )
    assert made.subject_name == factories.NAME
