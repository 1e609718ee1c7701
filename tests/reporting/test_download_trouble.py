"""Downloads in a world of outages, codes, other processes and killed ones."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.models import Request
from reporting.choices import Circuit, Direction, ItemOutcome
from reporting.models import Download, Link
from reporting.services import calls, download, patience
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.material import held_elsewhere, ready, states

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


@pytest.mark.parametrize(
    ("code", "circuit"),
    [(4, "open"), (5, "open"), (12, "open"), (13, "open"), (901, "closed"), (20, "closed")],
)
def test_it_heeds_the_codes_that_steer_the_link(code: int, circuit: str, link: Link, bureau: Bureau) -> None:
    answered(link)
    bureau.faults.add("code", method="isp_download", code=code)
    (row,) = poll_link(link)
    assert (row.outcome, row.file) == ("stopped", "")
    assert f"代码 {code}" in row.message
    found = Link.objects.get()
    assert (found.circuit, found.emptied_at) == (circuit, None)
    assert poll_link(link) == []
    assert calls_of(bureau) == ["isp_download"]
    assert outcomes(poll_link(link, asked=True)) == ["stored", "stored"]
    assert Link.objects.get().circuit == Circuit.CLOSED


def test_it_says_that_the_bureau_is_down(link: Link, running: Running) -> None:
    running.stop()
    (row,) = poll_link(link)
    assert (row.outcome, row.file) == ("down", "")
    assert row.message
    assert (Link.objects.get().circuit, Link.objects.get().download_failures) == (Circuit.CLOSED, 1)


def test_it_leaves_a_link_alone_that_another_process_is_polling(link: Link, bureau: Bureau) -> None:
    answered(link)
    with held_elsewhere(link, Direction.RECEIVING):
        assert outcomes(poll_link(link, asked=True)) == ["busy"]
        assert calls_of(bureau) == []
    assert outcomes(poll_link(link)) == ["stored", "stored"]


# --- a process that was killed --------------------------------------------------------------------


def stored_only(link: Link) -> Download:
    """Leave everything as a process does that is killed after it stored a file."""
    found = calls.download(link).file
    assert found is not None
    zip_bytes = calls.open_file(link, found)
    return Download.objects.create(
        link=link,
        bureau_name=found.name,
        sha256=hashlib.sha256(zip_bytes).hexdigest(),
        zip_bytes=zip_bytes,
        size_bytes=len(zip_bytes),
        received_at=timezone.now(),
    )


def test_it_acknowledges_and_applies_what_a_killed_process_had_stored(link: Link, bureau: Bureau) -> None:
    (request,) = answered(link)
    download = stored_only(link)
    assert outcomes(poll_link(link)) == ["stored", "stored"]
    download.refresh_from_db()
    assert download.acknowledged_at is not None
    assert download.applied_at is not None
    assert (Download.objects.count(), states(request)) == (2, ["approved"])


def test_it_applies_what_was_acknowledged_and_not_applied_even_while_the_bureau_is_shut(
    link: Link, bureau: Bureau
) -> None:
    (request,) = answered(link)
    download = stored_only(link)
    calls.acknowledge(link, download.bureau_name)
    patience.wait_a_while(link, Direction.RECEIVING, "管局忙", until=timezone.now() + timedelta(hours=1))
    seen = calls_of(bureau)
    assert poll_link(link) == []
    assert calls_of(bureau) == seen
    assert states(request) == ["approved"]
    assert set(download.items.values_list("outcome", flat=True)) == {ItemOutcome.APPLIED, ItemOutcome.NOTED}


# --- a bad line and a long queue -------------------------------------------------------------------


def test_it_does_not_wait_longer_and_longer_while_the_queue_gets_shorter(link: Link, bureau: Bureau) -> None:
    bureau.set_options({"bundle": 1})
    answered(link, *range(1, 7))
    waiting = len(bureau.queue(link.isp_id))
    bureau.faults.add("dropped", method="isp_download", times=None, after=1, share=0.5)
    failures = []
    for _ in range(200):
        Link.objects.update(download_not_before=None)
        rows = poll_link(link)
        if "down" not in outcomes(rows):
            break
        if "stored" in outcomes(rows):
            failures.append(Link.objects.get().download_failures)
    assert failures and set(failures) == {1}, "counted from the last file that was taken"
    assert Download.objects.exclude(acknowledged_at=None).count() == waiting
    assert Link.objects.get().download_failures == 0


def test_it_closes_the_circuit_with_the_first_file_that_it_takes(link: Link, bureau: Bureau) -> None:
    answered(link)
    bureau.faults.add("code", method="isp_download", code=5)
    poll_link(link)
    assert Link.objects.get().circuit == Circuit.OPEN
    bureau.faults.add("dropped", method="isp_download", after=1)
    assert outcomes(poll_link(link, asked=True)) == ["stored", "down"]
    found = Link.objects.get()
    assert (found.circuit, found.download_failures) == (Circuit.CLOSED, 1)


def test_it_says_that_it_checked_only_when_what_came_is_applied(
    link: Link, bureau: Bureau, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed in between, a request must not be shown as confirmed just now by a queue whose files lie here unread."""
    answered(link)

    def killed(_link: Link) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(download, "apply_waiting", killed)
        poll_link(link)
    assert Link.objects.get().emptied_at is None
    before = timezone.now()
    poll_link(link)
    emptied_at = Link.objects.get().emptied_at
    assert emptied_at is not None and emptied_at >= before
