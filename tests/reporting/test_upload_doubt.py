"""An upload whose answer was lost is settled by asking, never by guessing, and never sent under a new number."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest

from reporting import client, envelope
from reporting.answers import read_answer
from reporting.choices import CallOutcome, Circuit, FileState, Method
from reporting.models import Call, DataFile, Link
from reporting.services import calls, file_states
from reporting.services.pack import pack
from reporting.services.upload import FOUND_LACKING, send_link
from simulator import Bureau, Running
from tests.reporting.material import ISP_ID, history, make_link, ready, states
from tests.reporting.raw_server import answer, raw_server, soap_answer

pytestmark = pytest.mark.django_db


def journal(bureau: Bureau) -> list[tuple[str, int | None, int | None]]:
    return [(entry.method, entry.sequence, entry.code) for entry in bureau.journal if entry.method != "check"]


def doubtful(link: Link, bureau: Bureau, fault: str = "lost_answer", **more: Any) -> Any:
    """Send one request and lose what became of it."""
    (request,) = ready(1)
    bureau.faults.add(fault, method="isp_upload", **more)
    (row,) = send_link(link)
    assert (row.sequence, row.code, row.outcome) == (1, None, FileState.UNCERTAIN)
    assert states(request) == ["uncertain"]
    assert Link.objects.get().next_sequence == 1
    return request


def test_it_finds_that_the_bureau_has_what_seemed_lost(link: Link, bureau: Bureau) -> None:
    request = doubtful(link, bureau)
    assert send_link(link) == [], "by itself it waits a while before it asks"
    (row,) = send_link(link, asked=True)
    assert (row.sequence, row.code, row.outcome) == (1, 0, FileState.ACCEPTED)
    assert journal(bureau) == [("isp_upload", 1, 0), ("isp_querypreviousupload", None, 0)]
    assert history(request) == ["draft", "ready", "packed", "uploading", "uncertain", "awaiting_bureau"]
    event = request.events.last()
    assert event is not None
    assert (event.proof["query"], event.proof["sequence"]) == (True, 1)
    assert (Link.objects.get().next_sequence, Link.objects.get().upload_failures) == (2, 0)
    assert [call.outcome for call in Call.objects.filter(method=Method.UPLOAD)] == [CallOutcome.UNKNOWN]


def test_it_sends_the_same_bytes_under_the_same_number_where_the_bureau_lacks_them(
    link: Link, bureau: Bureau
) -> None:
    request = doubtful(link, bureau, "dropped")
    file = DataFile.objects.get()
    rows = send_link(link, asked=True)
    assert [(row.sequence, row.outcome) for row in rows] == [(1, FOUND_LACKING), (1, FileState.ACCEPTED)]
    assert bureau.accepted(ISP_ID) == [(1, file.name, 1)]
    assert bureau.uploaded_bytes(bureau.accepted_file(ISP_ID, 1)) == file.zip_bytes
    assert DataFile.objects.get().attempts == 2
    assert history(request)[4:] == ["uncertain", "packed", "uploading", "awaiting_bureau"]


@pytest.mark.parametrize("fault", ["reset", "http_500", "html_200", "html_503", "garbage", "soap_fault"])
def test_it_asks_after_every_answer_that_is_none(fault: str, link: Link, bureau: Bureau) -> None:
    request = doubtful(link, bureau, fault)
    assert [row.outcome for row in send_link(link, asked=True)] == [FOUND_LACKING, FileState.ACCEPTED]
    assert states(request) == ["awaiting_bureau"]


def test_it_asks_after_half_an_answer(link: Link, bureau: Bureau) -> None:
    doubtful(link, bureau, "cut")
    assert [row.outcome for row in send_link(link, asked=True)] == [FileState.ACCEPTED]
    assert len(bureau.accepted(ISP_ID)) == 1


def test_it_asks_after_an_answer_that_comes_too_late(running: Running, bureau: Bureau) -> None:
    link = make_link(running.url, timeout_s=1)
    doubtful(link, bureau, "slow_answer", delay_s=1.3)
    assert [row.outcome for row in send_link(link, asked=True)] == [FileState.ACCEPTED]
    assert len(bureau.accepted(ISP_ID)) == 1


@pytest.mark.parametrize("code", [1, 2, 3, 22, 77, 555])
def test_it_asks_after_a_code_that_says_nothing_of_an_upload(code: int, link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=code)
    (row,) = send_link(link)
    assert (row.code, row.outcome, states(request)) == (code, FileState.UNCERTAIN, ["uncertain"])
    assert [row.outcome for row in send_link(link, asked=True)] == [FOUND_LACKING, FileState.ACCEPTED]


@pytest.mark.parametrize("fault", ["lost_answer", "dropped"])
@pytest.mark.parametrize(
    "options", [{"previous": "rezipped"}, {"previous_none": "absent"}, {"answer_style": "padded"}]
)
def test_it_understands_what_bureaus_answer_to_the_question(
    options: dict[str, str], fault: str, start_bureau: Callable[..., Running]
) -> None:
    running = start_bureau(options=options)
    link = make_link(running.url)
    request = doubtful(link, running.bureau, fault)
    assert send_link(link, asked=True)[-1].outcome == FileState.ACCEPTED
    assert len(running.bureau.accepted(ISP_ID)) == 1
    assert states(request) == ["awaiting_bureau"]


def test_it_sends_nothing_else_while_a_file_is_in_doubt(link: Link, bureau: Bureau) -> None:
    doubtful(link, bureau, "dropped")
    (later,) = ready(2)
    bureau.faults.add("code", method="isp_querypreviousupload", code=901, times=3)
    for _ in range(3):
        (row,) = send_link(link, asked=True)
        assert (row.code, row.outcome) == (901, FileState.UNCERTAIN)
    assert (states(later), DataFile.objects.count()) == (["ready"], 1)
    assert [method for method, _, _ in journal(bureau)].count("isp_upload") == 1, (
        "no second upload, only questions"
    )
    assert [row.sequence for row in send_link(link, asked=True)] == [1, 1, 2]
    assert states(later) == ["awaiting_bureau"]


def test_it_waits_longer_each_time_also_where_the_question_is_answered(link: Link, bureau: Bureau) -> None:
    doubtful(link, bureau, "dropped", times=None)
    for failures in (2, 3, 4):
        assert [row.outcome for row in send_link(link, asked=True)] == [FOUND_LACKING, FileState.UNCERTAIN]
        assert Link.objects.get().upload_failures == failures


# --- conflicts ------------------------------------------------------------------------------------


def upload_from_elsewhere(link: Link, sequence: int) -> None:
    """Another system uses the same unit number."""
    zipped = envelope.zip_one(f"other{sequence}.xml", b"<UploadData/>")
    content = [envelope.to_beian_info(zipped), envelope.md5_base64(zipped), sequence, 0, 0, 0]
    text = client.call(link.base_url, 5, Method.UPLOAD, [*calls.credentials(link), *content])
    assert read_answer(text).code == 0


@pytest.mark.parametrize("numbers", [[1], [1, 2]])
def test_it_calls_a_person_where_the_bureau_has_something_else(
    numbers: list[int], link: Link, bureau: Bureau
) -> None:
    request = doubtful(link, bureau, "dropped")
    (later,) = ready(2)
    for number in numbers:
        upload_from_elsewhere(link, number)
    calls_before = len(journal(bureau))
    (row,) = send_link(link, asked=True)
    assert row.outcome == FileState.CONFLICT
    assert f"第 {numbers[-1]} 号" in row.message
    found = Link.objects.get()
    assert (found.circuit, found.next_sequence) == (Circuit.OPEN, 1)
    assert "冲突" in found.circuit_reason
    assert states(request, later) == ["uncertain", "ready"]
    assert send_link(link) == []
    assert send_link(link, asked=True)[0].outcome == FileState.CONFLICT
    assert {entry[0] for entry in journal(bureau)[calls_before:]} == {"isp_querypreviousupload"}, (
        "only questions"
    )
    bureau.reset()  # its side is mended
    assert [row.outcome for row in send_link(link, asked=True)] == [
        FOUND_LACKING,
        FileState.ACCEPTED,
        FileState.ACCEPTED,
    ]
    assert (states(request, later), Link.objects.get().circuit) == (["awaiting_bureau"] * 2, Circuit.CLOSED)


@pytest.mark.parametrize(("name", "outcome"), [("same", FileState.ACCEPTED), ("other", FileState.CONFLICT)])
def test_it_goes_by_content_and_name_where_the_bureau_zipped_anew(
    name: str, outcome: FileState, link: Link, bureau: Bureau
) -> None:
    doubtful(link, bureau, "dropped")
    file = DataFile.objects.get()
    xml = envelope.unzip_one(file.zip_bytes or b"")[1]
    anew = io.BytesIO()
    with zipfile.ZipFile(anew, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(file.name if name == "same" else "other.xml", xml)
    content = envelope.to_beian_info(anew.getvalue())
    text = (
        "<return><msg_code>0</msg_code><fileInfos><dataSequence>1</dataSequence><return_FileName>x</return_FileName>"
        f"<beianInfo>{content}</beianInfo><beianInfoHash>QUJD</beianInfoHash></fileInfos></return>"
    )
    with raw_server(answer(soap_answer(text, "isp_querypreviousupload"))) as server:
        Link.objects.update(base_url=server.url)
        assert [row.outcome for row in send_link(link, asked=True)] == [outcome]


@pytest.mark.parametrize("sequence", ["", "<dataSequence></dataSequence>", "<dataSequence>?</dataSequence>"])
def test_it_does_not_conclude_from_a_file_without_a_number(sequence: str, link: Link, bureau: Bureau) -> None:
    request = doubtful(link, bureau, "dropped")
    text = (
        f"<return><msg_code>0</msg_code><fileInfos>{sequence}<return_FileName>x.xml</return_FileName>"
        "<beianInfo>QUJD</beianInfo><beianInfoHash>QUJD</beianInfoHash></fileInfos></return>"
    )
    with raw_server(answer(soap_answer(text, "isp_querypreviousupload"))) as server:
        Link.objects.update(base_url=server.url)
        (row,) = send_link(link, asked=True)
    assert (row.outcome, states(request)) == (FileState.UNCERTAIN, ["uncertain"])
    assert Link.objects.get().upload_failures == 2


# --- a process that was killed --------------------------------------------------------------------


def killed(link: Link, *, after_the_call: bool) -> Any:
    """Leave everything as a process does that is killed between the intent and the outcome."""
    (request,) = ready(1)
    file = pack(link)
    assert file is not None
    file_states.begin_sending(file)
    if after_the_call:
        assert calls.upload(link, file).code == 0
    assert states(request) == ["uploading"]
    return request


@pytest.mark.parametrize(("after_the_call", "uploads"), [(False, 1), (True, 1)])
def test_it_takes_up_what_a_killed_process_left(
    after_the_call: bool, uploads: int, link: Link, bureau: Bureau
) -> None:
    request = killed(link, after_the_call=after_the_call)
    assert send_link(link)[-1].outcome == FileState.ACCEPTED
    assert [method for method, _, _ in journal(bureau)].count("isp_upload") == uploads
    assert history(request)[3:5] == ["uploading", "uncertain"]
    assert (states(request), Link.objects.get().next_sequence) == (["awaiting_bureau"], 2)


def test_it_sends_what_was_packed_before_the_process_was_killed(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    file = pack(link)
    assert file is not None
    assert states(request) == ["packed"]
    (row,) = send_link(link)
    assert (row.sequence, row.outcome) == (1, FileState.ACCEPTED)
    assert bureau.accepted(ISP_ID) == [(1, file.name, 1)]
    assert DataFile.objects.count() == 1
