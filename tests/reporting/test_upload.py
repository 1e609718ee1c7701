from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from django.utils import timezone

from reporting import envelope
from reporting.choices import CallOutcome, Circuit, EntryOutcome, FileState, Method
from reporting.models import Call, DataFile, Link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.material import ISP_ID, history, make_link, ready, states
from tests.reporting.raw_server import bureau_wsdl, raw_server


def uploads(bureau: Bureau) -> list[tuple[int | None, int | None]]:
    """Number and code of every upload that the bureau answered."""
    return [(entry.sequence, entry.code) for entry in bureau.journal if entry.method == "isp_upload"]


def fields(link: Link) -> Link:
    return Link.objects.get(pk=link.pk)


def test_it_uploads_what_is_ready_and_writes_down_what_proves_it(link: Link, bureau: Bureau) -> None:
    requests = ready(1, 2)
    rows = send_link(link)
    assert [(row.sequence, row.code, row.outcome, row.refs) for row in rows] == [
        (1, 0, FileState.ACCEPTED, ["t-0001", "t-0002"])
    ]
    file = DataFile.objects.get()
    assert bureau.accepted(ISP_ID) == [(1, file.name, 2)]
    assert bureau.uploaded_bytes(bureau.accepted_file(ISP_ID, 1)) == file.zip_bytes
    assert hashlib.sha256(file.zip_bytes or b"").hexdigest() == file.sha256
    assert envelope.unzip_one(file.zip_bytes or b"")[0] == file.name
    assert (file.state, file.attempts, file.code, file.proof) == (FileState.ACCEPTED, 1, 0, {"code": 0})
    assert fields(link).next_sequence == 2
    assert states(*requests) == ["awaiting_bureau"] * 2
    for position, request in enumerate(requests, 1):
        request.refresh_from_db()
        assert history(request) == ["draft", "ready", "packed", "uploading", "awaiting_bureau"]
        event = request.events.last()
        assert event is not None
        assert (event.proof["file"], event.proof["sequence"], event.proof["position"]) == (
            file.pk,
            1,
            position,
        )
        assert request.accepted_at is not None
        assert request.file_entries.get().outcome == EntryOutcome.WAITING
    call = Call.objects.get(method=Method.UPLOAD)
    assert (call.outcome, call.code, call.file, call.sequence) == (CallOutcome.ANSWERED, 0, file, 1)
    assert fields(link).answered_at == call.ended_at


def test_it_has_nothing_to_do_where_nothing_is_ready(link: Link, bureau: Bureau) -> None:
    assert send_link(link) == []
    assert len(bureau.journal) == 0


def test_it_numbers_files_without_a_gap_and_stops_where_it_is_told_to(link: Link, bureau: Bureau) -> None:
    first, second, third = ready(1, 2, 3)
    for request in (first, second, third):
        type(request).objects.filter(pk=request.pk).update(batch_limit=1)
    assert [row.sequence for row in send_link(link, max_files=2)] == [1, 2]
    assert states(first, second, third) == ["awaiting_bureau", "awaiting_bureau", "ready"]
    assert [row.sequence for row in send_link(link)] == [3]
    assert uploads(bureau) == [(1, 0), (2, 0), (3, 0)]


# --- surely not accepted: the same bytes go again -------------------------------------------------


@pytest.mark.parametrize("code", [4, 5, 9, 10, 11, 12, 13, 19])
def test_it_stops_for_a_person_and_goes_on_with_the_same_bytes(code: int, link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=code)
    (row,) = send_link(link)
    assert (row.code, row.outcome) == (code, FileState.PACKED)
    assert states(request) == ["packed"]
    file = DataFile.objects.get()
    assert (file.state, file.sequence, fields(link).next_sequence) == (FileState.PACKED, 1, 1)
    assert (fields(link).circuit, fields(link).circuit_code) == (Circuit.OPEN, code)
    request.refresh_from_db()
    assert f"代码 {code}" in request.stalled_reason
    assert send_link(link) == [], "by itself it waits for the probe"
    assert len(uploads(bureau)) == 1
    sent = bytes(file.zip_bytes or b"")
    (row,) = send_link(link, asked=True)
    assert (row.sequence, row.outcome) == (1, FileState.ACCEPTED)
    assert bureau.uploaded_bytes(bureau.accepted_file(ISP_ID, 1)) == sent
    assert DataFile.objects.get().attempts == 2
    assert fields(link).circuit == Circuit.CLOSED
    request.refresh_from_db()
    assert (request.state, request.stalled_reason) == ("awaiting_bureau", "")


@pytest.mark.parametrize("code", [15, 20, 901, 902, 999, 16, 21])
def test_it_waits_and_goes_on_with_the_same_bytes(code: int, link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=code)
    (row,) = send_link(link)
    assert (row.code, row.outcome, states(request)) == (code, FileState.PACKED, ["packed"])
    found = fields(link)
    assert (found.circuit, found.upload_failures, found.next_sequence) == (Circuit.CLOSED, 1, 1)
    assert found.upload_not_before > timezone.now()
    assert send_link(link) == []
    name = DataFile.objects.get().name
    Link.objects.update(upload_not_before=timezone.now())
    (row,) = send_link(link)
    assert (row.sequence, row.outcome) == (1, FileState.ACCEPTED)
    assert bureau.accepted(ISP_ID)[0][1] == name
    assert fields(link).upload_failures == 0


def test_it_waits_for_the_hours_in_the_message(link: Link, bureau: Bureau) -> None:
    ready(1)
    now = timezone.localtime()
    start, end = now + timedelta(hours=2), now + timedelta(hours=3)
    bureau.faults.add("code", method="isp_upload", code=20, hours=f"{start:%H:%M}-{end:%H:%M}")
    send_link(link)
    assert abs(fields(link).upload_not_before - start) < timedelta(seconds=61)


def test_it_waits_for_a_bureau_that_is_down(link: Link, running: Running) -> None:
    (request,) = ready(1)
    running.stop()
    (row,) = send_link(link)
    assert (row.sequence, row.code, row.outcome) == (1, None, FileState.PACKED)
    assert row.message
    assert states(request) == ["packed"]
    assert history(request) == ["draft", "ready", "packed", "uploading", "packed"]
    assert fields(link).circuit == Circuit.CLOSED
    running.start()
    assert send_link(link) == [], "the back-off is not over"
    (row,) = send_link(link, asked=True)
    assert (row.sequence, row.outcome) == (1, FileState.ACCEPTED)
    assert DataFile.objects.count() == 1


def test_it_calls_a_person_where_the_interface_is_another_one(db: None) -> None:
    def without_upload(path: str, query: str, base_url: str) -> bytes | None:
        return (bureau_wsdl(path, query, base_url) or b"").replace(b'"isp_upload"', b'"isp_send"')

    with raw_server(describe=without_upload) as server:
        link = make_link(server.url)
        (request,) = ready(1)
        (row,) = send_link(link)
        assert (row.outcome, states(request), server.posts) == (FileState.PACKED, ["packed"], [])
        assert fields(link).circuit == Circuit.OPEN
        assert "isp_upload" in fields(link).circuit_reason


# --- refused in the answer: the number is free again ----------------------------------------------


@pytest.mark.parametrize("code", [6, 7, 8, 17, 18])
def test_it_gives_the_number_to_other_bytes_after_a_refusal(code: int, link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=code)
    (row,) = send_link(link)
    assert (row.code, row.outcome, states(request)) == (code, FileState.REFUSED, ["ready"])
    assert fields(link).next_sequence == 1
    refused = DataFile.objects.get()
    assert refused.entries.get().outcome == EntryOutcome.UNPACKED
    (row,) = send_link(link, asked=True)
    assert (row.sequence, row.outcome) == (1, FileState.ACCEPTED)
    assert DataFile.objects.get(state=FileState.ACCEPTED).name != refused.name
    assert states(request) == ["awaiting_bureau"]
    assert request.file_entries.count() == 2


def test_it_calls_a_person_after_three_refusals_and_loses_nothing(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=7, times=None)
    for _ in range(3):
        send_link(link, asked=True)
    assert (fields(link).circuit, states(request), fields(link).next_sequence) == (Circuit.OPEN, ["ready"], 1)


def test_it_makes_smaller_files_where_one_was_too_large(link: Link, bureau: Bureau) -> None:
    requests = ready(1, 2, 3, 4, 5)
    bureau.faults.add("code", method="isp_upload", code=18)
    assert [row.outcome for row in send_link(link)] == [FileState.REFUSED]
    rows = send_link(link, asked=True)
    assert [len(row.refs) for row in rows] == [2, 2, 1]
    assert states(*requests) == ["awaiting_bureau"] * 5
