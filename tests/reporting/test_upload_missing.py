"""Code 14: the bureau lacks numbers before ours. Stored bytes are sent again, lowest first; the rest needs a person."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator

import pytest

from reporting.choices import Circuit, FileState
from reporting.models import DataFile, Link
from reporting.services.upload import FOUND_LACKING, send_link
from simulator import Bureau
from tests.reporting.material import ISP_ID, make_link, ready, states
from tests.reporting.raw_server import RawServer, answer, raw_server, soap_answer

pytestmark = pytest.mark.django_db


def uploads(bureau: Bureau) -> list[tuple[int | None, int | None]]:
    return [(entry.sequence, entry.code) for entry in bureau.journal if entry.method == "isp_upload"]


def two_accepted_then_forgotten(link: Link, bureau: Bureau) -> None:
    """The bureau lost its memory: it was set back to an old copy."""
    for number in (1, 2):
        ready(number)
        assert send_link(link)[0].outcome == FileState.ACCEPTED
    bureau.reset()


def test_it_sends_the_stored_bytes_of_what_is_missing_and_goes_on(link: Link, bureau: Bureau) -> None:
    two_accepted_then_forgotten(link, bureau)
    (request,) = ready(3)
    rows = send_link(link)
    assert [(row.sequence, row.code, row.outcome) for row in rows] == [
        (3, 14, FOUND_LACKING),
        (3, 0, FileState.ACCEPTED),
    ]
    assert uploads(bureau) == [(3, 14), (1, 0), (2, 0), (3, 0)]
    for file in DataFile.objects.all():
        assert bureau.uploaded_bytes(bureau.accepted_file(ISP_ID, file.sequence)) == file.zip_bytes
    assert (states(request), Link.objects.get().next_sequence) == (["awaiting_bureau"], 4)
    assert Link.objects.get().circuit == Circuit.CLOSED


@pytest.mark.parametrize("fault", [{"kind": "dropped"}, {"kind": "code", "code": 901}])
def test_it_goes_on_later_where_sending_what_is_missing_failed(
    fault: dict[str, object], link: Link, bureau: Bureau
) -> None:
    two_accepted_then_forgotten(link, bureau)
    (request,) = ready(3)
    bureau.faults.add(**fault, method="isp_upload", after=2)  # type: ignore[arg-type]
    assert [row.outcome for row in send_link(link)] == [FileState.PACKED]
    assert [file.sequence for file in bureau.files[ISP_ID]] == [1]
    assert (states(request), Link.objects.get().upload_failures) == (["packed"], 1)
    assert [row.outcome for row in send_link(link, asked=True)] == [FOUND_LACKING, FileState.ACCEPTED]
    assert [file.sequence for file in bureau.files[ISP_ID]] == [1, 2, 3]


def test_it_calls_a_person_where_it_never_had_what_is_missing(link: Link, bureau: Bureau) -> None:
    Link.objects.update(next_sequence=4)
    (request,) = ready(1)
    (row,) = send_link(link)
    assert (row.sequence, row.code, row.outcome) == (4, 14, FileState.PACKED)
    found = Link.objects.get()
    assert (found.circuit, found.circuit_code, found.next_sequence) == (Circuit.OPEN, 14, 4)
    assert "1、2、3" in found.circuit_reason
    assert (states(request), uploads(bureau)) == (["packed"], [(4, 14)])


def test_it_sends_nothing_where_a_part_of_what_is_missing_is_lost(link: Link, bureau: Bureau) -> None:
    two_accepted_then_forgotten(link, bureau)
    DataFile.objects.filter(sequence=1).delete()
    ready(3)
    assert [row.outcome for row in send_link(link)] == [FileState.PACKED]
    assert "编号 1，" in Link.objects.get().circuit_reason
    assert uploads(bureau) == [(3, 14)]


def test_it_calls_a_person_where_what_is_missing_was_pruned(link: Link, bureau: Bureau) -> None:
    two_accepted_then_forgotten(link, bureau)
    DataFile.objects.filter(sequence=2).update(zip_bytes=None)
    ready(3)
    assert [row.outcome for row in send_link(link)] == [FileState.PACKED]
    found = Link.objects.get()
    assert (found.circuit, found.circuit_code) == (Circuit.OPEN, 14)
    assert "编号 2，" in found.circuit_reason


# --- what no sound bureau says --------------------------------------------------------------------


@pytest.fixture
def odd() -> Iterator[Callable[[dict[int, list[int] | None]], RawServer]]:
    """A bureau that says of each number which ones are missing, or accepts it (None)."""
    with raw_server() as server:

        def say(missing: dict[int, list[int] | None]) -> RawServer:
            def act(connection: socket.socket) -> None:
                found = re.search(rb"<dataSequence>(\d+)<", server.bodies[-1])
                numbers = missing[int(found[1])] if found else None
                text = "<return><msg_code>0</msg_code></return>"
                if numbers is not None:
                    listed = "".join(f"<dataSequence>{n}</dataSequence>" for n in numbers)
                    text = f"<return><msg_code>14</msg_code><dataSequences>{listed}</dataSequences></return>"
                answer(soap_answer(text, "isp_upload"))(connection)

            server.act = act
            return server

        yield say


@pytest.mark.parametrize("missing", [[], [1], [2], [1, 2]])
def test_it_calls_a_person_where_code_14_names_no_file_that_could_be_sent(
    missing: list[int], odd: Callable[[dict[int, list[int] | None]], RawServer]
) -> None:
    server = odd({1: missing})
    link = make_link(server.url)
    (request,) = ready(1)
    (row,) = send_link(link)
    assert (row.code, row.outcome, states(request)) == (14, FileState.PACKED, ["packed"])
    assert (Link.objects.get().circuit, len(server.posts)) == (Circuit.OPEN, 1)


def test_it_leaves_its_own_number_out_of_what_it_sends_first(
    odd: Callable[[dict[int, list[int] | None]], RawServer],
) -> None:
    server = odd({1: None})
    link = make_link(server.url)
    ready(1)
    send_link(link)
    odd({1: None, 2: [1, 2]})
    ready(2)
    send_link(link)
    sent = [re.findall(rb"<dataSequence>(\d+)<", body)[0] for body in server.bodies]
    assert sent[:3] == [b"1", b"2", b"1"]
    assert set(sent[3:]) <= {b"1", b"2"}


def test_it_calls_a_person_where_the_bureau_never_has_enough(
    odd: Callable[[dict[int, list[int] | None]], RawServer],
) -> None:
    server = odd({1: None, 2: [1]})
    link = make_link(server.url)
    ready(1)
    send_link(link)
    (request,) = ready(2)
    rows = send_link(link)
    assert [row.outcome for row in rows] == [FOUND_LACKING] * 3
    assert (Link.objects.get().circuit, states(request)) == (Circuit.OPEN, ["packed"])
    assert len(server.posts) == 7
