"""A new or restored installation asks where the numbers stand before it sends; where they differ, a person decides."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from filing.actors import COMMAND
from filing.choices import RequestState
from filing.models import Request
from filing.services.held import let_go, was_sent
from filing.states import move
from reporting.choices import Circuit, FileState, NumberDecision, NumberVerdict
from reporting.models import DataFile, Link, NumberCheck
from reporting.services import numbering
from reporting.services.adoption import NotDecided, choices_of, compare_now, decide, should_hold
from reporting.services.download import poll_link
from reporting.services.numbering import open_checks
from reporting.services.pack import pack
from reporting.services.upload import NUMBERS_DIFFER, send_link
from simulator import Bureau, Running
from tests.reporting.material import ENCRYPTING_UNIT, ISP_ID, filing_json, history, make_link, ready, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def new_link(running: Running) -> Link:
    return make_link(running.url, compared=False)


def methods(bureau: Bureau) -> list[str]:
    return [entry.method for entry in bureau.journal if entry.method != "check"]


def restore(link: Link, *requests: Request) -> None:
    """What a backup from before their sending holds: no file, and the requests ready."""
    numbers = [request.pk for request in requests]
    with_file = DataFile.objects.filter(entries__request__in=numbers)
    first = min(with_file.values_list("sequence", flat=True))
    # Before it is packed, a request of the default link names none.
    Request.objects.filter(pk__in=numbers).update(state="ready", accepted_at=None, isp_id=None)
    DataFile.objects.filter(pk__in=list(with_file.values_list("pk", flat=True))).delete()
    Link.objects.filter(pk=link.pk).update(next_sequence=first, compared_in="another life")


def differ(link: Link) -> NumberCheck:
    row = send_link(Link.objects.get(pk=link.pk), asked=True)[-1]
    assert row.outcome == NUMBERS_DIFFER, row
    return open_checks(link).get()


def test_it_asks_before_the_first_upload_of_a_new_link_and_never_again(
    new_link: Link, bureau: Bureau
) -> None:
    ready(1)
    send_link(new_link)
    ready(2)
    send_link(Link.objects.get())
    assert methods(bureau) == ["isp_querypreviousupload", "isp_upload", "isp_upload"]
    check = NumberCheck.objects.get()
    assert (check.verdict, check.bureau_sequence, check.our_next) == (NumberVerdict.EQUAL, 0, 1)


def test_it_asks_again_in_another_life_of_the_database(link: Link, bureau: Bureau) -> None:
    ready(1)
    send_link(link)
    Link.objects.update(compared_in="before the restart")
    ready(2)
    assert [row.outcome for row in send_link(Link.objects.get())] == [FileState.ACCEPTED]
    assert methods(bureau) == ["isp_upload", "isp_querypreviousupload", "isp_upload"]
    assert numbering.is_compared(Link.objects.get())


def test_it_waits_where_the_bureau_does_not_answer_and_says_why(new_link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_querypreviousupload", code=901)
    (row,) = send_link(new_link)
    assert (row.code, row.outcome, row.refs) == (901, FileState.PACKED, ["t-0001"])
    request.refresh_from_db()
    assert request.state == "packed" and "901" in request.stalled_reason
    assert [row.outcome for row in send_link(Link.objects.get(), asked=True)] == [FileState.ACCEPTED]
    assert Request.objects.get().stalled_reason == ""


def test_a_new_installation_does_not_begin_at_one_where_the_bureau_has_more(
    running: Running, bureau: Bureau, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0
    before = make_link(running.url)
    ready(1, 2)
    send_link(before)
    sent = bureau.accepted(ISP_ID)
    DataFile.objects.all().delete()
    Request.objects.update(state="withdrawn", accepted_at=None)
    Link.objects.update(next_sequence=1, compared_in="", compared_url="", compared_at=None)
    (request,) = ready(3)

    check = differ(before)

    assert bureau.accepted(ISP_ID) == sent, "nothing was sent"
    assert (check.verdict, check.bureau_sequence, check.our_next) == (NumberVerdict.AHEAD, 1, 1)
    link = Link.objects.get()
    assert link.circuit == Circuit.OPEN and "管局最近收到第 1 号" in link.circuit_reason
    assert states(request) == ["packed"] and "第 1 号" in Request.objects.get(pk=request.pk).stalled_reason
    assert not should_hold(check), "what is entered in a new installation was never sent"
    assert choices_of(check) == [NumberDecision.ADOPT]

    decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=should_hold(check))

    link.refresh_from_db()
    assert (link.next_sequence, link.circuit) == (2, Circuit.CLOSED)
    assert [row.outcome for row in send_link(link, asked=True)] == [FileState.ACCEPTED]
    assert [number for number, _name, _count in bureau.accepted(ISP_ID)] == [1, 2]
    taken_up = DataFile.objects.get(sequence=1, state=FileState.ACCEPTED)
    assert (taken_up.record_count, taken_up.entries.count()) == (2, 0)
    assert history(request) == ["draft", "ready", "packed", "ready", "packed", "uploading", "awaiting_bureau"]


@pytest.mark.parametrize("options", [{}, {"previous": "rezipped"}, {"previous": "plain"}])
def test_a_restored_installation_finds_in_the_last_file_what_it_holds_as_unsent(
    start_bureau: Any, options: dict[str, str], settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0
    running = start_bureau(units=[ENCRYPTING_UNIT], options=options, decide={"mode": "manual"})
    link = make_link(running.url, ENCRYPTING_UNIT)
    (first,) = ready(1)
    send_link(link)
    lost = ready(2, 3)
    send_link(Link.objects.get())
    restore(link, *lost)
    (new,) = ready(4)

    check = differ(link)
    assert (check.bureau_sequence, check.our_next, should_hold(check)) == (2, 2, False)
    decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=should_hold(check))

    assert states(first, *lost, new) == ["awaiting_bureau"] * 3 + ["ready"]
    send_link(Link.objects.get(), asked=True)
    assert states(new) == ["awaiting_bureau"]
    assert [(n, count) for n, _name, count in running.bureau.accepted(ISP_ID)] == [(1, 1), (2, 2), (3, 1)]


def test_a_restored_installation_holds_what_may_be_in_files_that_it_never_sees(
    link: Link, bureau: Bureau, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0
    bureau.set_mode("manual")
    ready(1)
    send_link(link)
    (lost,) = ready(2)
    send_link(Link.objects.get())
    (last,) = ready(3)
    send_link(Link.objects.get())
    restore(link, lost, last)
    (new,) = ready(4)

    check = differ(link)
    assert should_hold(check)
    decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=True)

    assert states(lost, last, new) == ["ready", "awaiting_bureau", "ready"]
    assert send_link(Link.objects.get(), asked=True) == [], "held requests are not packed"
    let_go(Request.objects.get(pk=new.pk), actor=COMMAND)
    send_link(Link.objects.get(), asked=True)
    assert states(lost, new) == ["ready", "awaiting_bureau"]

    # The bureau decides on what was sent before the backup was restored: that proves that it has it.
    bureau.set_mode("auto")
    bureau.advance(10_000)
    poll_link(Link.objects.get(), asked=True)
    assert states(lost, last, new) == ["approved"] * 3
    assert history(lost)[-4:] == ["uploading", "uncertain", "awaiting_bureau", "approved"]
    assert sum(count for _n, _name, count in bureau.accepted(ISP_ID)) == 4, "nothing went twice"


def test_what_a_backup_holds_in_review_is_not_sent_twice(link: Link, bureau: Bureau, settings: Any) -> None:
    """It was approved and sent after the backup; approved once more, it waits for a person."""
    settings.ICP_WAIT_FACTOR = 0
    bureau.set_mode("manual")
    reviewed, untouched = ready(1, 2)
    Request.objects.filter(pk=untouched.pk).update(state="in_review")
    send_link(link)
    restore(link, reviewed)
    Request.objects.filter(pk=reviewed.pk).update(state="in_review")
    (new,) = ready(3)

    decide(differ(link), NumberDecision.ADOPT, actor=COMMAND, hold=False)
    for request in (reviewed, untouched):
        request.refresh_from_db()
        move(request, RequestState.READY, actor=COMMAND)
    send_link(Link.objects.get(), asked=True)

    assert states(reviewed, untouched, new) == ["ready", "awaiting_bureau", "awaiting_bureau"]
    reviewed.refresh_from_db()
    assert "第 1 号文件" in reviewed.held_reason
    was_sent(reviewed, at=timezone.now(), reason="管局已收到", proof={})
    assert states(reviewed) == ["awaiting_bureau"]
    assert [(n, count) for n, _name, count in bureau.accepted(ISP_ID)] == [(1, 1), (2, 2)]


def test_a_file_that_the_backup_holds_unsent_is_known_again(
    link: Link, bureau: Bureau, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0
    (request,) = ready(1)
    bureau.faults.add("lost_answer", method="isp_upload")
    send_link(link)
    DataFile.objects.update(state=FileState.PACKED)
    Request.objects.update(state="packed")
    Link.objects.update(compared_in="another life")

    assert [row.outcome for row in send_link(Link.objects.get(), asked=True)] == [FileState.ACCEPTED]
    assert states(request) == ["awaiting_bureau"]
    assert methods(bureau) == ["isp_upload", "isp_querypreviousupload"]


def test_another_bureau_than_before_needs_a_person(link: Link, start_bureau: Any, settings: Any) -> None:
    """The address was set to another system, which has none of our files: they are not sent there unasked."""
    settings.ICP_WAIT_FACTOR = 0
    ready(1)
    send_link(link)
    other = start_bureau()
    make_link(other.url, compared=False)
    (request,) = ready(2)

    check = differ(link)

    assert (check.verdict, choices_of(check)) == (NumberVerdict.BEHIND, [NumberDecision.SEND_AGAIN])
    assert other.bureau.accepted(ISP_ID) == []
    decide(check, NumberDecision.SEND_AGAIN, actor=COMMAND, hold=False)
    send_link(Link.objects.get(), asked=True)
    assert states(request) == ["awaiting_bureau"]
    assert [number for number, _name, _count in other.bureau.accepted(ISP_ID)] == [1, 2]


def test_a_decision_counts_only_for_what_the_person_saw(link: Link, bureau: Bureau, settings: Any) -> None:
    settings.ICP_WAIT_FACTOR = 0
    (lost,) = ready(1)
    send_link(link)
    restore(link, lost)
    check = differ(link)
    bureau.faults.add("code", method="isp_querypreviousupload", code=902)
    with pytest.raises(NotDecided, match="902"):
        decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=False)
    NumberCheck.objects.update(bureau_sha256="0" * 64)
    check.refresh_from_db()
    with pytest.raises(NotDecided, match="刚刚变了"):
        decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=False)
    with pytest.raises(NotDecided, match="不能选"):
        decide(check, NumberDecision.SEND_AGAIN, actor=COMMAND, hold=False)
    decide(open_checks(link).get(), NumberDecision.ADOPT, actor=COMMAND, hold=False)
    with pytest.raises(NotDecided, match="已经处理过"):
        decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=False)


def test_a_file_packed_after_the_sides_were_compared_is_not_sent_under_its_number(
    link: Link, bureau: Bureau, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0
    (lost,) = ready(1)
    send_link(link)
    restore(link, lost)
    compare_now(link)
    check = open_checks(link).get()
    assert check.our_file is None
    file = pack(Link.objects.get())  # and killed before it compared
    assert file is not None and file.sequence == 1

    decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=False)

    assert DataFile.objects.get(pk=file.pk).state == FileState.DROPPED
    assert (states(lost), Link.objects.get().next_sequence) == (["awaiting_bureau"], 2)
    assert len(bureau.accepted(ISP_ID)) == 1


def test_a_conflict_is_settled_by_a_person(link: Link, bureau: Bureau, settings: Any) -> None:
    """Somebody else used the number: our file is dropped, its requests go under the next one."""
    settings.ICP_WAIT_FACTOR = 0
    (request,) = ready(filing_json(1))
    bureau.faults.add("lost_answer", method="isp_upload")
    send_link(link)
    DataFile.objects.update(sha256="1" * 64, name="other.xml")
    (row,) = send_link(Link.objects.get(), asked=True)
    assert row.outcome == FileState.CONFLICT
    check = open_checks(link).get()
    assert (check.verdict, choices_of(check)) == (NumberVerdict.DIFFERENT, [NumberDecision.ADOPT])

    decide(check, NumberDecision.ADOPT, actor=COMMAND, hold=False)

    assert DataFile.objects.filter(state=FileState.DROPPED).count() == 1
    assert Link.objects.get().circuit == Circuit.CLOSED
    # What stands under the number at the bureau is, record by record, this very request.
    assert states(request) == ["awaiting_bureau"]


def test_a_difference_that_ends_by_itself_needs_nobody_any_more(
    link: Link, bureau: Bureau, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0
    (lost,) = ready(1)
    send_link(link)
    restore(link, lost)
    check = differ(link)
    Link.objects.update(next_sequence=2)
    DataFile.objects.all().delete()
    NumberCheck.objects.update(our_file=None)
    Request.objects.update(state="withdrawn")
    (later,) = ready(2)
    NumberCheck.objects.create(
        link=link, asked_at=check.asked_at, our_next=2, bureau_sequence=1, verdict="different",
        bureau_sha256=check.bureau_sha256, decision="adopt", decided_at=check.asked_at,
    )  # fmt: skip

    assert [row.outcome for row in send_link(Link.objects.get(), asked=True)] == [FileState.ACCEPTED]

    check.refresh_from_db()
    assert check.decision == NumberDecision.OBSOLETE
    assert states(later) == ["awaiting_bureau"]
    assert Link.objects.get().circuit == Circuit.CLOSED
