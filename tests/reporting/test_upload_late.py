"""A call that we gave up on arrives after all, after the bureau said that it lacks it: its number is sent again.

What a bureau answers to an accepted number is not specified, so whatever it is must end in asking, not with a person.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import count
from typing import Any

import pytest

from reporting.choices import Circuit, FileState
from reporting.models import DataFile, Link
from reporting.services.upload import FOUND_LACKING, send_link
from simulator import Bureau, Running
from simulator.soap import Call
from tests.reporting.material import ISP_ID, make_link, ready, states

pytestmark = pytest.mark.django_db


def let_the_first_upload_arrive_after_the_second_left(
    bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call is done when the second comes in, and before the second is."""
    answer, second_came, first_done, uploads = bureau.call, threading.Event(), threading.Event(), count(1)

    def call(call: Call, *more: Any) -> str:
        number = next(uploads) if call.method == "isp_upload" else 0
        if number == 1:
            second_came.wait(20)
        if number == 2:
            second_came.set()
            first_done.wait(20)
        try:
            return answer(call, *more)
        finally:
            if number == 1:
                first_done.set()

    monkeypatch.setattr(bureau, "call", call)


@pytest.mark.parametrize("repeat", ["ok", "code14", "code999"])
def test_it_asks_again_where_the_first_call_arrives_late(
    repeat: str, start_bureau: Callable[..., Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start_bureau(options={"repeat": repeat})
    let_the_first_upload_arrive_after_the_second_left(running.bureau, monkeypatch)
    link = make_link(running.url, timeout_s=1)
    (request,) = ready(1)
    assert [row.outcome for row in send_link(link)] == [FileState.UNCERTAIN]
    Link.objects.update(timeout_s=20)
    rows = send_link(link, asked=True)
    assert rows[0].outcome == FOUND_LACKING, "the question came before the first call did"
    if repeat != "ok":
        assert rows[1].outcome == FileState.UNCERTAIN
        rows = send_link(link, asked=True)
    assert rows[-1].outcome == FileState.ACCEPTED
    assert len(running.bureau.accepted(ISP_ID)) == 1
    assert (states(request), Link.objects.get().circuit) == (["awaiting_bureau"], Circuit.CLOSED)


@pytest.mark.parametrize("code", [14, 999])
def test_it_still_calls_a_person_where_asking_does_not_help(
    code: int, start_bureau: Callable[..., Running]
) -> None:
    running = start_bureau()
    link = make_link(running.url)
    ready(1)
    running.bureau.faults.add("dropped", method="isp_upload")
    send_link(link)
    running.bureau.faults.add("code", method="isp_upload", code=code, times=None)
    for _ in range(3):
        send_link(link, asked=True)
    found = Link.objects.get()
    assert (found.circuit, found.circuit_code) == (Circuit.OPEN, code)
    assert (DataFile.objects.count(), running.bureau.accepted(ISP_ID)) == (1, [])
    running.bureau.faults.clear()
    assert send_link(link, asked=True)[-1].outcome == FileState.ACCEPTED
