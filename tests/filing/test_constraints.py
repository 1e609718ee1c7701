"""What the database itself refuses, whoever writes: a service that has a fault, a shell, another program."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from django.db.models import Model

from filing.choices import UNDECIDED_STATES, FiledState, Operation, RequestState
from filing.code_tables import CodeTable
from filing.filed_data import DomainData
from filing.models import (
    HIGHEST_ADDRESS,
    Access,
    AddressRange,
    Attachment,
    CodeEntry,
    Domain,
    Request,
    Revision,
    Subject,
    Website,
)
from filing.services.errors import RecordInvalid
from filing.services.filed import record_filed
from tests import factories

S = RequestState

pytestmark = pytest.mark.django_db


def refused(constraint: str, kind: type[Model], pk: int, /, **columns: Any) -> None:
    """Assert that the named constraint keeps a row from having these columns."""
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        kind._default_manager.filter(pk=pk).update(**columns)


def taken(kind: type[Model], pk: int, /, **columns: Any) -> None:
    """Assert that nothing keeps a row from having these columns."""
    assert kind._default_manager.filter(pk=pk).update(**columns) == 1


# --- requests -------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["", "Draft", "sent", "readyy"])
def test_it_refuses_a_state_that_is_none(state: str) -> None:
    refused("request_state_known", Request, factories.draft().pk, state=state)


def test_it_refuses_an_operation_that_is_none() -> None:
    refused("request_operation_known", Request, factories.draft().pk, operation="delete")


def test_it_refuses_a_ready_request_without_its_place_in_the_line() -> None:
    refused("request_ready_has_its_time", Request, factories.draft().pk, state=S.READY)
    refused("request_ready_has_its_time", Request, factories.request_in(S.READY).pk, ready_at=None)


@pytest.mark.parametrize("state", [S.AWAITING_BUREAU, S.FORWARDED])
def test_it_refuses_to_wait_for_a_bureau_that_accepted_nothing(state: str) -> None:
    refused("request_waits_only_once_accepted", Request, factories.request_in(S.UPLOADING).pk, state=state)


def test_it_refuses_two_undecided_requests_for_one_target() -> None:
    first, second = factories.draft(), factories.draft()
    for state in sorted(UNDECIDED_STATES):
        Request.objects.filter(pk=first.pk).update(
            state=state, ready_at=factories.AT, accepted_at=factories.AT
        )
        refused("request_one_undecided_a_target", Request, second.pk, target=first.target)
    for state in sorted(set(S) - UNDECIDED_STATES):
        Request.objects.filter(pk=first.pk).update(state=state)
        with transaction.atomic():
            taken(Request, second.pk, target=first.target)
            transaction.set_rollback(True)
    Request.objects.filter(pk=first.pk).update(state=S.DRAFT)
    taken(Request, second.pk, target=first.target, operation=Operation.CHANGE)


def test_it_does_not_mind_drafts_that_have_no_target_yet() -> None:
    assert {factories.draft(content={}, operation=Operation.CANCEL_SUBJECT).target for _ in range(2)} == {""}


def test_it_says_which_request_is_in_the_way_of_a_second_one() -> None:
    first = factories.draft(operation=Operation.CANCEL_SUBJECT, ref="first")
    with pytest.raises(RecordInvalid, match="first（草稿）") as told:
        factories.draft(operation=Operation.CANCEL_SUBJECT)
    assert "1017" in str(told.value)
    assert list(Request.objects.all()) == [first]
    factories.bring_to(first, S.WITHDRAWN)
    factories.draft(operation=Operation.CANCEL_SUBJECT)


def test_it_says_so_also_when_the_target_is_known_only_at_submission() -> None:
    site = factories.filed_website(2001, number="京ICP备2026000001号-1")
    by_number = {"number": "京ICP备2026000001号-1", "reason": 1}
    draft = factories.draft(content=by_number, operation=Operation.CANCEL_WEBSITE)
    record_filed(factories.filed_subject(site), isp_id=factories.ISP_ID, proof={})
    factories.draft(operation=Operation.CANCEL_WEBSITE, ref="by-id")
    with pytest.raises(RecordInvalid, match="by-id"):
        factories.submit(draft, user=factories.user("owner"))
    stored = Request.objects.get(pk=draft.pk)
    assert stored.state == S.DRAFT and stored.revisions.get().frozen_at is None


def test_it_refuses_a_ref_and_a_revision_number_twice_and_numbers_below_one() -> None:
    first, second = factories.draft(ref="a"), factories.draft(ref="b")
    refused("filing_request_ref", Request, second.pk, ref="a")
    refused("request_revision_from_one", Request, first.pk, revision_number=0)
    revision = Revision.objects.create(request=first, number=2, content={})
    refused("revision_once_a_number", Revision, revision.pk, number=1)
    refused("revision_from_one", Revision, revision.pk, number=0)


@pytest.mark.parametrize("sql", ['\'{"a": "\\u0000"}\'', "'{\"a\": '"])
def test_it_refuses_content_that_is_no_json(sql: str) -> None:
    revision = factories.draft().revisions.get()
    with pytest.raises(DataError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE filing_revision SET content = {sql} WHERE id = {revision.pk}")


# --- what is filed --------------------------------------------------------------------------------


@pytest.fixture
def subject() -> Subject:
    data = factories.filed_subject(
        factories.filed_website(2001, DomainData("a.cn", 1), DomainData("b.cn", 2)),
    )
    return record_filed(data, isp_id=factories.ISP_ID, proof={})[0]


@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 5), (-1, 5), (6, 5), (5, HIGHEST_ADDRESS + 1), (HIGHEST_ADDRESS + 1, HIGHEST_ADDRESS + 1)],
)
def test_it_refuses_a_range_that_is_none(subject: Subject, start: int, end: int) -> None:
    refused("range_in_order", AddressRange, AddressRange.objects.get().pk, start=start, end=end)


@pytest.mark.parametrize(("start", "end"), [(1, 1), (1, HIGHEST_ADDRESS), (HIGHEST_ADDRESS, HIGHEST_ADDRESS)])
def test_it_takes_a_range_up_to_its_ends(subject: Subject, start: int, end: int) -> None:
    taken(AddressRange, AddressRange.objects.get().pk, start=start, end=end)


def test_it_refuses_the_same_domain_or_range_twice_in_one_place(subject: Subject) -> None:
    refused("domain_once_a_website", Domain, Domain.objects.get(name="b.cn").pk, name="a.cn")
    one = AddressRange.objects.get()
    two = AddressRange.objects.create(isp_id=1, access=one.access, start=1, end=2)
    refused("range_once_an_access", AddressRange, two.pk, start=one.start, end=one.end)
    other = Website.objects.create(isp_id=1, subject=subject, name="乙站")
    taken(Domain, Domain.objects.get(name="b.cn").pk, name="a.cn", website=other)


@pytest.mark.parametrize(
    ("kind", "name"),
    [(Subject, "subject"), (Website, "website"), (Domain, "domain"), (Access, "access"), (AddressRange, "range")],
)  # fmt: skip
def test_it_refuses_an_id_of_the_bureau_twice_on_one_link_and_our_number_twice_at_all(
    subject: Subject, kind: type[Model], name: str
) -> None:
    record_filed(factories.filed_subject(), isp_id=factories.OTHER_ISP_ID, proof={})
    mine = kind._default_manager.filter(isp_id=factories.ISP_ID).first()
    theirs = kind._default_manager.filter(isp_id=factories.OTHER_ISP_ID).first()
    assert mine is not None and theirs is not None
    taken(kind, theirs.pk, bureau_id=mine.bureau_id)
    refused(f"{name}_bureau_id_once_a_link", kind, theirs.pk, isp_id=mine.isp_id, bureau_id=mine.bureau_id)
    taken(kind, mine.pk, own_id=77)
    refused("own_id", kind, theirs.pk, own_id=77)


@pytest.mark.parametrize(("kind", "name"), [(Subject, "subject"), (Website, "website"), (Access, "access")])
def test_it_refuses_a_filed_state_that_is_none(subject: Subject, kind: type[Model], name: str) -> None:
    refused(f"{name}_state_known", kind, kind._default_manager.get().pk, state="gone")
    taken(kind, kind._default_manager.get().pk, state=FiledState.CANCELLED)


def test_it_refuses_filed_records_without_a_name_or_a_province(subject: Subject) -> None:
    refused("subject_has_a_name", Subject, subject.pk, name="")
    refused("subject_province_is_a_region", Subject, subject.pk, province=99_999)
    refused("website_has_a_name", Website, Website.objects.get().pk, name="")
    refused("domain_has_a_name", Domain, Domain.objects.get(name="a.cn").pk, name="")


# --- images and codes -----------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["", "0" * 63, "G" * 64, "A" * 64, "0" * 63 + "\n"])
def test_it_refuses_a_hash_that_is_none(value: str) -> None:
    factories.stored_image()
    refused("attachment_hash_is_sha256", Attachment, Attachment.objects.first().pk, sha256=value)


def test_it_refuses_an_image_of_no_bytes() -> None:
    factories.stored_image()
    refused("attachment_is_not_empty", Attachment, Attachment.objects.first().pk, size_bytes=0)


def test_it_refuses_a_code_twice_also_where_it_has_no_parent() -> None:
    one = CodeEntry.objects.create(table=CodeTable.LANGUAGE, code=99_001, name="虚构语")
    two = CodeEntry.objects.create(table=CodeTable.LANGUAGE, code=99_002, name="虚构语二")
    refused("code_entry_once", CodeEntry, two.pk, code=99_001)
    taken(CodeEntry, two.pk, code=99_001, parent=5)
    assert one.parent is None
