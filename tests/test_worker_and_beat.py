"""Nobody gives a command: beat wakes the worker, filings go out and come back, whatever is stopped or killed between."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from filing.choices import RequestState
from filing.models import Request
from filing.services.intake import import_requests
from reporting.choices import FileState
from reporting.models import DataFile, Link
from reporting.services.download import poll_link
from reporting.services.pack import pack
from simulator import Running, serve
from tests.celery_parts import start_beat, start_worker, worker_and_beat
from tests.reporting.material import ISP_ID, filing_json, make_link

pytestmark = pytest.mark.django_db(transaction=True)
S = RequestState
PATIENCE_S = 60


def take_in(*numbers: int) -> None:
    rows = import_requests([filing_json(n) for n in numbers], ready=True)
    assert all(not row.problems for row in rows)


def wait_until(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about: {states()}"
        time.sleep(0.1)


def states() -> Counter[str]:
    return Counter(Request.objects.values_list("state", flat=True))


def all_are(state: str) -> bool:
    return set(states()) == {state}


@pytest.fixture
def running(attachment_root: Path, redis_client: Any) -> Any:
    with serve() as bureau:
        yield bureau


@pytest.fixture
def link(db: None, running: Running) -> Link:
    return make_link(running.url)


def test_it_takes_filings_to_their_number_by_itself(link: Link, running: Running, tmp_path: Path) -> None:
    with worker_and_beat(tmp_path):
        take_in(1, 2, 3)
        wait_until(lambda: all_are(S.APPROVED), "approval")

    events = Request.objects.get(ref="t-0002").events.values_list("new_state", flat=True)
    assert list(dict.fromkeys(events)) == [
        S.DRAFT, S.READY, S.PACKED, S.UPLOADING, S.AWAITING_BUREAU, S.APPROVED,
    ]  # fmt: skip
    assert sum(count for _sequence, _name, count in running.bureau.accepted(ISP_ID)) == 3


def test_it_waits_for_a_bureau_that_is_down_and_goes_out_when_it_is_back(
    link: Link, running: Running, tmp_path: Path
) -> None:
    running.stop()
    take_in(1, 2)
    with worker_and_beat(tmp_path):
        wait_until(lambda: all_are(S.PACKED) and DataFile.objects.get().attempts >= 1, "a first try")
        assert "拒绝连接" in Request.objects.first().stalled_reason  # type: ignore[union-attr]
        running.start()
        wait_until(lambda: all_are(S.APPROVED), "approval")

    assert [sequence for sequence, _name, _count in running.bureau.accepted(ISP_ID)] == [1]


def test_it_loses_nothing_when_the_worker_is_killed_with_the_call_open(
    link: Link, running: Running, tmp_path: Path
) -> None:
    """Killed between the commit of the intent and the answer; the bureau has done its work meanwhile."""
    running.bureau.faults.add("slow_answer", method="isp_upload", delay_s=30)
    take_in(1, 2)
    beat, worker = start_beat(tmp_path), start_worker(tmp_path)
    try:
        wait_until(lambda: running.bureau.accepted(ISP_ID) != [], "the upload")
        worker.kill()
        assert (states(), DataFile.objects.get().state) == (Counter({S.UPLOADING: 2}), FileState.SENDING)
        worker = start_worker(tmp_path)
        wait_until(lambda: all_are(S.APPROVED), "approval")
    finally:
        beat.stop()
        worker.stop()

    assert [(sequence, count) for sequence, _name, count in running.bureau.accepted(ISP_ID)] == [(1, 2)]
    file = DataFile.objects.get()
    assert (file.state, file.attempts) == (FileState.ACCEPTED, 1)


def test_it_sends_what_was_frozen_when_the_worker_died_before_the_call(
    link: Link, running: Running, tmp_path: Path
) -> None:
    take_in(1)
    file = pack(link)
    assert file is not None

    with worker_and_beat(tmp_path):
        wait_until(lambda: all_are(S.APPROVED), "approval")

    assert [name for _sequence, name, _count in running.bureau.accepted(ISP_ID)] == [file.name]


def test_it_does_everything_once_with_two_workers_and_two_beats(
    link: Link, running: Running, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    with worker_and_beat(tmp_path), worker_and_beat(tmp_path / "other"):
        take_in(*range(1, 21))
        wait_until(lambda: all_are(S.APPROVED), "approval")

    accepted = running.bureau.accepted(ISP_ID)
    assert [sequence for sequence, _name, _count in accepted] == list(range(1, len(accepted) + 1))
    assert sum(count for _sequence, _name, count in accepted) == 20
    assert poll_link(link, asked=True) == []
