from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from filing.models import Request, RequestEvent, Subject
from reporting import envelope
from reporting.choices import Circuit, Direction
from reporting.models import Download, DownloadItem, Link
from reporting.services import patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.material import ENCRYPTING_UNIT, ISP_ID, make_link, ready, states
from tests.reporting.raw_server import answer, raw_server, soap_answer

pytestmark = pytest.mark.django_db


def calls_of(bureau: Bureau) -> list[str]:
    return [entry.method for entry in bureau.journal if entry.method.startswith("isp_download")]


def outcomes(rows: list[Any]) -> list[str]:
    return [row.outcome for row in rows]


def answered(link: Link, *numbers: int) -> list[Request]:
    """Requests that were uploaded and that the bureau has answered; nothing is downloaded yet."""
    requests = ready(*numbers or (1,))
    send_link(link)
    return requests


def test_it_downloads_until_the_bureau_has_no_more(link: Link, bureau: Bureau) -> None:
    before = timezone.now()
    requests = answered(link, 1, 2)
    names = [each.file_name for each in bureau.queue(ISP_ID)]
    assert len(names) == 2
    rows = poll_link(link)
    assert [(row.file, row.outcome, row.problems) for row in rows] == [(name, "stored", 0) for name in names]
    assert [row.items for row in rows] == [4, 2], "two results and two decisions; two filings"
    assert calls_of(bureau) == ["isp_download", "isp_downloadack"] * 2 + ["isp_download"]
    assert bureau.queue(ISP_ID) == []
    assert states(*requests) == ["approved"] * 2
    for download in Download.objects.all():
        assert before < download.received_at < download.acknowledged_at < download.applied_at  # type: ignore[operator]
        assert envelope.unzip_one(download.zip_bytes or b"")[1].startswith(b"<?xml")
        assert download.oddities == []
    link.refresh_from_db()
    assert link.emptied_at > Download.objects.latest("pk").acknowledged_at


def test_it_confirms_by_an_empty_queue_that_nothing_is_unread(link: Link, bureau: Bureau) -> None:
    assert poll_link(link) == []
    first = Link.objects.get().emptied_at
    poll_link(link)
    assert first < Link.objects.get().emptied_at
    assert calls_of(bureau) == ["isp_download"] * 2


@pytest.mark.parametrize("ack_code", ["zero", "queue"])
@pytest.mark.parametrize("last_file_code", [0, 1, 3])
def test_it_goes_by_what_is_inside_and_not_by_the_code(
    ack_code: str, last_file_code: int, start_bureau: Callable[..., Running]
) -> None:
    running = start_bureau(options={"ack_code": ack_code, "last_file_code": last_file_code, "bundle": 1})
    link = make_link(running.url)
    requests = answered(link, 1, 2)
    assert outcomes(poll_link(link)) == ["stored"] * 4
    assert states(*requests) == ["approved"] * 2
    assert Link.objects.get().emptied_at is not None


# --- what is not safely here is not acknowledged --------------------------------------------------


def test_it_does_not_acknowledge_what_fails_its_hash(link: Link, bureau: Bureau) -> None:
    (request,) = answered(link)
    bureau.faults.add("wrong_hash", method="isp_download")
    (row,) = poll_link(link)
    assert row.outcome == "broken"
    assert "哈希" in row.message
    assert (Download.objects.count(), states(request), len(bureau.queue(ISP_ID))) == (
        0,
        ["awaiting_bureau"],
        2,
    )
    found = Link.objects.get()
    assert (found.emptied_at, found.download_failures, found.upload_failures) == (None, 1, 0)
    assert poll_link(link) == [], "by itself it waits"
    assert outcomes(poll_link(link, asked=True)) == ["stored", "stored"]
    assert (states(request), Link.objects.get().download_failures) == (["approved"], 0)


def test_it_calls_a_person_where_the_oldest_file_stays_broken(link: Link, bureau: Bureau) -> None:
    """The queue stands still behind it: nobody else can notice."""
    answered(link)
    bureau.faults.add("wrong_hash", method="isp_download", times=None)
    for _ in range(3):
        poll_link(link, asked=True)
    found = Link.objects.get()
    assert (found.circuit, found.circuit_direction) == (Circuit.OPEN, Direction.RECEIVING)
    assert bureau.queue(ISP_ID)[0].file_name in found.circuit_reason
    assert patience.may_call(found, Direction.SENDING)


def test_it_does_not_acknowledge_what_it_cannot_decrypt(start_bureau: Callable[..., Running]) -> None:
    running = start_bureau(units=[ENCRYPTING_UNIT])
    link = make_link(running.url, ENCRYPTING_UNIT)
    (request,) = answered(link)
    for key, words in (("another-key-0000", ""), ("", "没有配置密钥")):
        wrong = make_link(
            running.url, ENCRYPTING_UNIT, aes_key=key, aes_iv=key and "fedcba9876543210", encrypts=False
        )
        (row,) = poll_link(wrong)
        assert row.outcome == "broken"
        assert words in row.message
    assert (Download.objects.count(), len(running.bureau.queue(ISP_ID))) == (0, 2)
    assert outcomes(poll_link(make_link(running.url, ENCRYPTING_UNIT))) == ["stored", "stored"]
    assert states(request) == ["approved"]


def test_it_takes_no_empty_file_for_an_empty_queue(db: None) -> None:
    text = (
        "<return><msg_code>0</msg_code><fileInfos><return_FileName>XZ1.zip</return_FileName>"
        "<beianInfo/><beianInfoHash/></fileInfos></return>"
    )
    with raw_server(answer(soap_answer(text))) as server:
        (row,) = poll_link(make_link(server.url))
    assert (row.outcome, row.file) == ("broken", "XZ1.zip")
    assert (Link.objects.get().emptied_at, len(server.posts)) == (None, 1)


def snapshot() -> dict[str, Any]:
    return {
        "requests": list(
            Request.objects.values("ref", "state", "result_codes", "bureau_words", "decided_at")
        ),
        "events": RequestEvent.objects.count(),
        "subjects": list(Subject.objects.values("number", "own_id", "bureau_id")),
        "items": list(DownloadItem.objects.values("download", "position", "outcome")),
        "downloads": Download.objects.count(),
    }


@pytest.mark.parametrize("fault", ["lost_answer", "dropped"])
def test_it_changes_nothing_where_a_file_comes_again(fault: str, link: Link, bureau: Bureau) -> None:
    (request,) = answered(link)
    bureau.faults.add(fault, method="isp_downloadack")
    (row,) = poll_link(link)
    assert row.outcome == "not_acknowledged"
    assert row.items == 2, "it is stored, so it is applied"
    assert (states(request), Link.objects.get().emptied_at) == (["approved"], None)
    first = Download.objects.get()
    assert first.acknowledged_at is None
    before = snapshot()
    rows = poll_link(link, asked=True)
    assert outcomes(rows) == (["stored"] if fault == "lost_answer" else ["stored", "stored"])
    first.refresh_from_db()
    if fault == "dropped":
        assert first.acknowledged_at is not None
        after = snapshot()
        assert after["downloads"] == 2
        assert after["items"][: len(before["items"])] == before["items"]
    assert bureau.queue(ISP_ID) == []


def test_it_acknowledges_again_what_comes_again_and_applies_it_once(link: Link, bureau: Bureau) -> None:
    answered(link)
    bureau.faults.add("code", method="isp_downloadack", code=999)
    assert outcomes(poll_link(link)) == ["not_acknowledged"]
    before = snapshot()
    bureau.faults.add("code", method="isp_downloadack", code=999)
    assert outcomes(poll_link(link, asked=True)) == ["not_acknowledged"]
    assert snapshot() == before
    assert [entry.method for entry in bureau.journal if entry.code == 999] == ["isp_downloadack"] * 2


def test_it_stops_where_a_file_comes_again_after_its_acknowledgement(link: Link, bureau: Bureau) -> None:
    (request,) = answered(link)
    bureau.faults.add("repeat_after_ack", method="isp_downloadack", times=None)
    rows = poll_link(link)
    assert outcomes(rows) == ["stored", "repeated"]
    assert rows[0].file == rows[1].file
    assert (Download.objects.count(), states(request)) == (1, ["approved"])
    found = Link.objects.get()
    assert (found.emptied_at, found.download_failures) == (None, 1)
    bureau.faults.clear()
    assert outcomes(poll_link(link, asked=True)) == ["stored", "stored"]
    assert Download.objects.count() == 2
