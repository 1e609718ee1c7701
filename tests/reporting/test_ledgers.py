"""The judge of both ledgers finds what is wrong: one that never finds anything would prove nothing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from filing.models import Request, RequestEvent
from reporting.choices import FileState
from reporting.models import DataFile, DownloadItem, Link
from reporting.services.download import poll_link
from reporting.services.pack import pack
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.ledgers import compare, compare_at_rest, history_is_whole
from tests.reporting.material import ISP_ID, ready

pytestmark = pytest.mark.django_db


@pytest.fixture
def done(link: Link) -> Request:
    """A filing that went all the way."""
    (request,) = ready(1)
    send_link(link)
    poll_link(link, asked=True)
    request.refresh_from_db()
    assert request.state == "approved"
    return request


def test_it_finds_nothing_where_all_is_well(done: Request, bureau: Bureau) -> None:
    assert compare(bureau, ISP_ID).all() == compare_at_rest(bureau, ISP_ID).all() == []
    assert history_is_whole([done]) == []


def test_it_finds_a_claim_that_the_bureau_does_not_know_of(link: Link, bureau: Bureau) -> None:
    ready(1)
    assert pack(link) is not None
    DataFile.objects.update(state=FileState.ACCEPTED)
    Request.objects.update(state="awaiting_bureau", accepted_at=timezone.now())
    assert len(compare(bureau, ISP_ID).ahead) == 2


def test_it_finds_a_record_that_was_accepted_twice(done: Request, link: Link, bureau: Bureau) -> None:
    (request,) = ready(2)
    send_link(link)
    again = request.file_entries.get()
    again.request, again.revision_number = done, done.revision_number
    again.save()
    for file in bureau.files[ISP_ID]:
        file.records = [f"1:{done.subject_own_id}"]
    assert any("accepted 2 times" in each for each in compare(bureau, ISP_ID).duplicates)


def test_it_finds_a_gap(done: Request, link: Link, bureau: Bureau) -> None:
    bureau.files[ISP_ID][0].sequence = 2
    assert compare(bureau, ISP_ID).gaps != []


def test_it_finds_a_result_that_was_applied_twice(done: Request, bureau: Bureau) -> None:
    moved = RequestEvent.objects.filter(request=done, new_state="approved").exclude(old_state="approved")
    event = moved.get()
    event.pk = None
    event.save()
    assert len(compare(bureau, ISP_ID).duplicates) == 2
    assert history_is_whole([done]) != []


@pytest.mark.parametrize("state", ["returned", "rejected", "awaiting_bureau"])
def test_it_finds_a_state_that_differs(state: str, done: Request, bureau: Bureau) -> None:
    Request.objects.update(state=state)
    assert len(compare_at_rest(bureau, ISP_ID).unequal) == 1


def test_it_finds_what_was_lost(done: Request, bureau: Bureau) -> None:
    bureau.send(ISP_ID, b"<DownloadData/>")
    DownloadItem.objects.filter(outcome="applied").update(outcome="failed")
    lost = compare_at_rest(bureau, ISP_ID).lost
    assert any("was not fetched" in each for each in lost) and any("failed" in each for each in lost)


def test_it_finds_a_filing_that_never_arrived(done: Request, bureau: Bureau) -> None:
    ready(2)
    assert any("never arrived" in each for each in compare_at_rest(bureau, ISP_ID).lost)
