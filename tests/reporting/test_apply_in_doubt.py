"""Results that come before the upload is settled: they prove that it arrived, or wait for the call to end."""

from __future__ import annotations

import pytest

from filing.models import Request
from reporting.choices import FileState, ItemOutcome
from reporting.models import DataFile, DownloadItem, Link
from reporting.services import file_states
from reporting.services.apply import apply_download, apply_waiting
from reporting.services.download import poll_link
from reporting.services.file_states import FileMoved
from reporting.services.pack import pack
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.downloads import apply
from tests.reporting.material import history, ready, states
from tests.reporting.results import bajg, decision, filed_xml, refusal, result

pytestmark = pytest.mark.django_db


@pytest.fixture
def in_doubt(link: Link, bureau: Bureau) -> Request:
    """The bureau has the request, and we do not know."""
    bureau.set_mode("manual")
    (request,) = ready(1)
    bureau.faults.add("lost_answer", method="isp_upload")
    send_link(link)
    assert states(request) == ["uncertain"]
    return request


@pytest.mark.parametrize("part", ["result", "decision", "filed", "refused", "5001", "later"])
def test_it_takes_a_result_for_the_proof_that_the_file_arrived(
    part: str, link: Link, bureau: Bureau, in_doubt: Request
) -> None:
    name = DataFile.objects.get().name
    xml, state = {
        "result": (bajg(result(in_doubt, 1001)), "approved"),
        "decision": (bajg(decisions=decision(in_doubt, 0)), "rejected"),
        "filed": (filed_xml(bureau) if part == "filed" else b"", "approved"),
        "refused": (bajg(result(in_doubt, 1015)), "returned"),
        "5001": (refusal(5001, name), "returned"),
        "later": (bajg(result(in_doubt, 1051)), "ready"),
    }[part]
    (item,) = apply(link, xml)
    assert (item.outcome, states(in_doubt)) == (ItemOutcome.APPLIED, [state])
    assert history(in_doubt)[-3:] == ["uncertain", "awaiting_bureau", state]
    file = DataFile.objects.get()
    assert (file.state, Link.objects.get().next_sequence) == (FileState.ACCEPTED, 2)
    Request.objects.update(not_before=None)
    rows = send_link(link, asked=True)
    assert [row.sequence for row in rows] == ([2] if part == "later" else [])


def test_it_ends_the_same_whichever_comes_first_the_answer_or_the_result(link: Link, bureau: Bureau) -> None:
    requests = ready(1, 2)
    bureau.faults.add("lost_answer", method="isp_upload")
    send_link(link)
    poll_link(link, asked=True)
    assert states(*requests) == ["approved"] * 2
    assert send_link(link, asked=True) == []
    assert [entry.method for entry in bureau.journal].count("isp_upload") == 1


def test_it_keeps_a_result_for_later_while_the_call_is_open(link: Link) -> None:
    (request,) = ready(1)
    file = pack(link)
    assert file is not None
    file_states.begin_sending(file)
    items = [*apply(link, bajg(result(request, 1015))), *apply(link, refusal(5001, file.name))]
    assert [item.outcome for item in items] == [ItemOutcome.WAITING] * 2
    assert all(item.download.applied_at is None for item in items)
    assert states(request) == ["uploading"]
    file_states.accept(file, reason="受理", proof={"code": 0})
    apply_waiting(link)
    assert states(request) == ["returned"]
    assert DownloadItem.objects.get(pk=items[0].pk).outcome == ItemOutcome.APPLIED


def test_it_looks_again_where_the_sender_settled_the_file_in_the_same_moment(
    link: Link, in_doubt: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = DataFile.objects.get()

    def settled_first(seen: DataFile, **more: object) -> None:
        monkeypatch.undo()
        file_states.accept(file, reason="受理", proof={"code": 0})
        raise FileMoved(file, FileState.ACCEPTED)

    monkeypatch.setattr(file_states, "accept", settled_first)
    (item,) = apply(link, refusal(5001, file.name))
    assert item.outcome == ItemOutcome.WAITING
    apply_download(item.download)
    assert states(in_doubt) == ["returned"]
