"""Each kind of work that the bureau sends is answered and closes: over a real socket, from download to the last word."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User

from filing.actors import COMMAND
from filing.choices import Operation, RequestState
from filing.models import Request, Subject, Website
from filing.services import review
from filing.services.drafts import save_draft
from filing.services.revisions import current_revision
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau
from simulator.sending import send
from tests import factories
from tests.reporting.material import ISP_ID, ready
from verification.models import (
    Arrival,
    CheckResult,
    ListedWork,
    Notice,
    UnfiledWebsite,
    VerificationTask,
)
from verification.services.leading import begin_way, ways_of

pytestmark = pytest.mark.django_db(transaction=True)


def round_trip(link: Link) -> None:
    send_link(link, asked=True)
    poll_link(link, asked=True)


@pytest.fixture
def staff(db: None) -> User:
    return factories.people().owner


@pytest.fixture
def filed(link: Link) -> Subject:
    """A subject whose website this bureau has filed for us; another provider is connected too."""
    ready(1)
    round_trip(link)
    return Subject.objects.get()


def sent(link: Link, bureau: Bureau, model: type[Arrival], **message: Any) -> Arrival:
    """The bureau sends a message, and we collect it."""
    before = set(model._default_manager.values_list("pk", flat=True))
    send(bureau, {"unit": ISP_ID} | message)
    poll_link(link, asked=True)
    return model._default_manager.exclude(pk__in=before).get()


def finished(request: Request, link: Link, **filled: Any) -> None:
    """Staff fill the rest in; a colleague lets it go; the bureau answers."""
    save_draft(request, current_revision(request).content | filled, actor=COMMAND)
    review.vouch(request)
    round_trip(link)
    request.refresh_from_db()


def test_it_answers_a_verification_task_until_the_bureau_has_taken_it(
    link: Link, bureau: Bureau, filed: Subject, staff: User
) -> None:
    row = sent(link, bureau, VerificationTask, kind="verification_task")
    assert row.due_on is not None and row.is_open

    made = begin_way(row, Operation.VERIFICATION_RESULT, user=staff)
    finished(made, link, result=1, opinion="负责人电话无人接听")

    row.refresh_from_db()
    assert (made.state, made.result_codes) == (RequestState.APPROVED, [1001])
    assert (row.state, row.done_by) == ("done", None) and made.ref in row.done_note


def test_it_opens_a_task_again_whose_answer_comes_back(
    link: Link, bureau: Bureau, filed: Subject, staff: User
) -> None:
    row = sent(link, bureau, VerificationTask, kind="verification_task")
    made = begin_way(row, Operation.VERIFICATION_RESULT, user=staff)
    bureau.set_options({"old_system": []})
    content = current_revision(made).content
    content["subject"]["bureau_id"] = 404
    finished(made, link, result=0, opinion="属实", subject=content["subject"])

    row.refresh_from_db()
    assert made.state == RequestState.RETURNED and row.is_open


def test_it_answers_for_an_unfiled_website(link: Link, bureau: Bureau, filed: Subject, staff: User) -> None:
    row = sent(link, bureau, UnfiledWebsite, kind="unfiled", domain="meibeian.cn")
    made = begin_way(row, Operation.UNFILED_RESULT, user=staff)
    finished(
        made,
        link,
        result=1,
        opinion="已停止接入",
        reporter_phone="010-12345678",
        reporter_email="ops@example.cn",
        carrier_id=1,
        province=110000,
    )
    row.refresh_from_db()
    assert (made.state, row.state) == (RequestState.APPROVED, "done")


@pytest.mark.parametrize("message", [{"kind": "notice"}, {"kind": "check", "what": "subject"}])
def test_it_corrects_what_the_bureau_finds_wrong(
    link: Link, bureau: Bureau, filed: Subject, staff: User, message: dict[str, str]
) -> None:
    model = Notice if message["kind"] == "notice" else CheckResult
    row = sent(link, bureau, model, number=filed.number, **message)
    made = begin_way(row, Operation.CHANGE, user=staff)
    subject = current_revision(made).content["subject"]
    finished(made, link, subject=subject | {"investor": "李虚构"})
    row.refresh_from_db()
    assert (made.state, row.state) == (RequestState.APPROVED, "done")
    assert Subject.objects.get().investor == "李虚构"


@pytest.mark.parametrize("what", ["empty", "alive", "over_reported"])
def test_it_cancels_the_website_that_is_not_there(
    link: Link, bureau: Bureau, filed: Subject, staff: User, what: str
) -> None:
    row = sent(link, bureau, CheckResult, kind="check", what=what)
    made = begin_way(row, Operation.CANCEL_WEBSITE, user=staff)
    finished(made, link, reason=1)
    row.refresh_from_db()
    assert (made.state, row.state) == (RequestState.APPROVED, "done")
    assert Website.objects.get().state == "cancelled"


def test_it_reports_the_access_that_was_not_reported(
    link: Link, bureau: Bureau, filed: Subject, staff: User
) -> None:
    (neighbour,) = bureau.add_neighbours(1)
    number = neighbour.websites[0].number
    row = sent(link, bureau, CheckResult, kind="check", what="under_reported", number=number)
    made = begin_way(row, Operation.NEW_ACCESS, user=staff)
    access = current_revision(made).content["access"]
    assert access["ip_ranges"][0]["start"]
    Request.objects.filter(pk=made.pk).update(icp_password="Demo-12345")
    made.refresh_from_db()
    finished(made, link, access=access | {"server_locations": [2], "methods": [3]})
    row.refresh_from_db()
    assert (made.state, row.state) == (RequestState.APPROVED, "done")


def test_it_makes_work_of_lists_that_name_what_is_here(
    link: Link, bureau: Bureau, filed: Subject, staff: User
) -> None:
    domain = Website.objects.get().domains.get().name
    row = sent(link, bureau, ListedWork, kind="illegal_access", domain=domain)
    assert row.kind == "illegal_access"  # type: ignore[attr-defined]
    number = Website.objects.get().number
    listed = sent(link, bureau, ListedWork, kind="blacklist", number=number)
    assert ways_of(listed)[0].operation == Operation.CANCEL_WEBSITE
    finished(begin_way(listed, Operation.CANCEL_WEBSITE, user=staff), link, reason=1)
    listed.refresh_from_db()
    assert listed.state == "done"
