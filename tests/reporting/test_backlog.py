"""A bureau that was away: what came in meanwhile goes out when it is back, first come first, in full files, by few calls."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.models import Request
from reporting.choices import Circuit, FileState
from reporting.models import Call, DataFile, FileEntry, Link
from reporting.services import pack
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.material import ISP_ID, ready

pytestmark = pytest.mark.django_db

FULL = 8
"""So many records make a full file here; a thousand of them take as long as they take."""


@pytest.fixture(autouse=True)
def small_files(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(pack, "MOST_RECORDS", FULL)
    settings.ICP_WAIT_FACTOR = 0.0001


def let_pass() -> None:
    """The wait that the link keeps between two tries is over."""
    Link.objects.update(upload_not_before=timezone.now() - timedelta(seconds=1))


def an_outage(link: Link, running: Running, numbers: Sequence[int]) -> None:
    """The bureau is away while these come in; beat goes on waking the link."""
    running.stop()
    for number in numbers:
        ready(number)
        if number % 7 == 0:
            let_pass()
            send_link(link)


def refs_of_files() -> list[list[str]]:
    found: dict[int, list[str]] = {}
    for entry in FileEntry.objects.order_by("file__sequence", "position").select_related("file", "request"):
        found.setdefault(entry.file.sequence, []).append(entry.request.ref)
    return list(found.values())


def in_order(files: list[list[str]]) -> list[str]:
    return [ref for refs in files for ref in refs]


def test_it_drains_in_order_and_in_full_files_when_the_bureau_is_back(
    link: Link, running: Running, bureau: Bureau
) -> None:
    an_outage(link, running, range(1, 31))
    assert set(Request.objects.values_list("state", flat=True)) == {"packed", "ready"}
    (waiting,) = DataFile.objects.all()
    assert (waiting.sequence, waiting.state) == (1, FileState.PACKED)
    assert bureau.accepted(ISP_ID) == []

    running.start()
    let_pass()
    rows = send_link(link)

    assert [row.outcome for row in rows] == [FileState.ACCEPTED] * len(rows)
    files = refs_of_files()
    assert in_order(files) == [f"t-{number:04d}" for number in range(1, 31)], "first come, first sent"
    # The first file was frozen when the outage was found out; each after it is full, but for the last.
    assert [len(refs) for refs in files] == [waiting.record_count, 8, 8, 30 - waiting.record_count - 16]
    assert [count for _sequence, _name, count in bureau.accepted(ISP_ID)] == [len(refs) for refs in files]
    assert set(Request.objects.values_list("state", flat=True)) == {"awaiting_bureau"}


def test_it_needs_one_call_for_each_file_of_a_backlog(link: Link, running: Running) -> None:
    an_outage(link, running, range(1, 31))
    running.start()
    let_pass()
    before = Call.objects.count()

    rows = send_link(link)

    assert Call.objects.count() - before == len(rows) == DataFile.objects.count()


def test_it_sends_nothing_before_its_wait_is_over_however_often_it_is_woken(
    link: Link, running: Running, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 1
    ready(1)
    running.stop()
    send_link(link)
    calls = Call.objects.count()

    for _ in range(20):
        assert send_link(link) == []

    assert Call.objects.count() == calls
    found = Link.objects.get()
    assert (found.circuit, found.upload_failures) == (Circuit.CLOSED, 1)
    assert "拒绝连接" in found.upload_waiting_reason


def test_it_asks_about_the_file_in_doubt_before_the_backlog_goes(
    link: Link, running: Running, bureau: Bureau
) -> None:
    """The bureau fell over while it answered: it has the first file."""
    bureau.faults.add("lost_answer", method="isp_upload")
    ready(1)
    send_link(link)
    an_outage(link, running, range(2, 21))
    assert DataFile.objects.get().state == FileState.UNCERTAIN

    running.start()
    let_pass()
    send_link(link)

    accepted = bureau.accepted(ISP_ID)
    assert [count for _sequence, _name, count in accepted] == [1, 8, 8, 3]
    assert in_order(refs_of_files()) == [f"t-{number:04d}" for number in range(1, 21)]
    assert DataFile.objects.get(sequence=1).attempts == 1
