"""The ledger number by number: what carried each, gaps by name, what proves it; the pages of a long one."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from reporting.choices import EntryOutcome, FileState, NumberDecision, NumberVerdict
from reporting.models import DataFile, FileEntry, Link, NumberCheck
from reporting.services.download import poll_link
from reporting.services.ledger import Kind, Line, Span, Standing, gaps, read_page, spans
from reporting.services.ledger_proof import hands_of, proofs_of
from reporting.services.upload import send_link
from simulator import Bureau
from tests import factories
from tests.reporting.material import ISP_ID, ready

pytestmark = pytest.mark.django_db


def a_file(link: Link, sequence: int, state: str = FileState.ACCEPTED, **more: Any) -> DataFile:
    """A row of the ledger; its bytes are not looked at here."""
    number = DataFile.objects.count()
    values: dict[str, Any] = {
        "name": f"B{ISP_ID}N{sequence}T{number:08d}.xml",
        "zip_bytes": b"zip",
        "sha256": f"{number:064d}",
        "xml_bytes": 10,
        "record_count": 1,
        "settled_at": None if state in (FileState.PACKED, FileState.UNCERTAIN) else timezone.now(),
    }
    return DataFile.objects.create(link=link, sequence=sequence, state=state, **values | more)


def next_is(link: Link, number: int) -> Link:
    Link.objects.filter(pk=link.pk).update(next_sequence=number)
    link.refresh_from_db()
    return link


def taken_up(link: Link, our_next: int, bureau: int, **more: Any) -> NumberCheck:
    """A person took up the numbers of the bureau, from ours to theirs."""
    values = {"verdict": NumberVerdict.AHEAD, "decision": NumberDecision.ADOPT, "decided_at": timezone.now()}
    return NumberCheck.objects.create(
        link=link, asked_at=timezone.now(), our_next=our_next, bureau_sequence=bureau, **values | more
    )


def told(lines: list[Line]) -> list[tuple[str, str]]:
    return [(line.words, line.standing) for line in lines]


# --- gaps ------------------------------------------------------------------------------------------


def test_a_new_link_has_no_gaps(quiet_link: Link) -> None:
    assert spans(quiet_link) == []
    assert told(read_page(quiet_link).lines) == [("1", Standing.NEXT)]


def test_it_names_every_number_that_nothing_accepted_spent(quiet_link: Link) -> None:
    for number in (2, 3, 7, 9):
        a_file(quiet_link, number)
    a_file(quiet_link, 5, FileState.REFUSED)
    next_is(quiet_link, 12)
    assert spans(quiet_link) == [Span(1, 1), Span(4, 6), Span(8, 8), Span(10, 11)]
    assert [span.words for span in gaps(quiet_link)] == ["1", "4–6", "8", "10–11"]


def test_one_in_hand_is_no_gap(quiet_link: Link) -> None:
    a_file(quiet_link, 1)
    a_file(quiet_link, 2, FileState.UNCERTAIN)
    next_is(quiet_link, 2)
    assert spans(quiet_link) == []
    assert told(read_page(quiet_link).lines) == [("2", Standing.IN_HAND), ("1", Standing.ACCEPTED)]


def test_what_a_person_took_up_lies_before_this_installation(quiet_link: Link) -> None:
    check = taken_up(quiet_link, 1, 500)
    a_file(quiet_link, 501)
    a_file(quiet_link, 503)
    next_is(quiet_link, 504)
    assert spans(quiet_link) == [Span(1, 500, check), Span(502, 502)]
    assert [span.words for span in gaps(quiet_link)] == ["502"]


def test_a_restored_backup_leaves_what_it_took_up_between_its_own(quiet_link: Link) -> None:
    for number in (1, 2, 6):
        a_file(quiet_link, number)  # 6 is the bureau's last one, kept when it was taken up
    check = taken_up(quiet_link, 4, 6)
    next_is(quiet_link, 7)
    assert spans(quiet_link) == [Span(3, 3), Span(4, 5, check)]


@pytest.mark.parametrize(
    "more", [{"decision": NumberDecision.OBSOLETE}, {"decision": "", "decided_at": None}]
)
def test_a_difference_that_nobody_took_up_explains_no_gap(quiet_link: Link, more: dict[str, Any]) -> None:
    taken_up(quiet_link, 1, 3, **more)
    next_is(quiet_link, 4)
    assert gaps(quiet_link) == [Span(1, 3)]


def test_links_do_not_mend_each_others_gaps(quiet_link: Link) -> None:
    other = Link.objects.create(isp_id=2, province=310000, base_url="http://bureau.invalid", next_sequence=3)
    a_file(other, 1)
    a_file(other, 2)
    next_is(quiet_link, 3)
    assert (gaps(quiet_link), gaps(other)) == ([Span(1, 2)], [])


# --- pages -----------------------------------------------------------------------------------------


def test_a_number_shows_all_files_that_ever_carried_it(quiet_link: Link) -> None:
    refused, dropped = a_file(quiet_link, 1, FileState.REFUSED), a_file(quiet_link, 1, FileState.DROPPED)
    held = a_file(quiet_link, 1)
    next_is(quiet_link, 2)
    line = read_page(quiet_link).lines[1]
    assert (line.file, line.gave_back, line.standing) == (held, (dropped, refused), Standing.ACCEPTED)


def test_it_turns_pages_without_losing_or_doubling_a_number(quiet_link: Link) -> None:
    taken_up(quiet_link, 1, 10)
    for number in (11, 12, 15, 16, 17, 18, 20):
        a_file(quiet_link, number)
    a_file(quiet_link, 14, FileState.REFUSED)
    next_is(quiet_link, 22)
    pages, before, seen = 0, None, []
    while True:
        page = read_page(quiet_link, before=before, size=3)
        pages += 1
        seen += told(page.lines)
        if page.older is None:
            break
        before = page.older
    assert pages == 3
    assert seen == [
        ("22", Standing.NEXT),
        ("21", Standing.GAP),
        ("20", Standing.ACCEPTED),
        ("19", Standing.GAP),
        ("18", Standing.ACCEPTED),
        ("17", Standing.ACCEPTED),
        ("16", Standing.ACCEPTED),
        ("15", Standing.ACCEPTED),
        ("14", Standing.GAP),
        ("13", Standing.GAP),
        ("12", Standing.ACCEPTED),
        ("11", Standing.ACCEPTED),
        ("1–10", Standing.BEFORE),
    ]


@pytest.mark.parametrize(
    ("kind", "numbers"),
    [
        (Kind.ALL, ["5", "4", "3", "2", "1"]),
        (Kind.ACCEPTED, ["4", "2", "1"]),
        (Kind.IN_HAND, ["5"]),
        (Kind.GAVE_BACK, ["4"]),
        (Kind.WAITING, ["2"]),
        (Kind.SENT_BACK, ["1"]),
        (Kind.GAPS, ["3"]),
    ],
)
def test_it_narrows_by_what_became_of_them(quiet_link: Link, kind: Kind, numbers: list[str]) -> None:
    one, two = ready(1, 2)
    first, second = a_file(quiet_link, 1), a_file(quiet_link, 2)
    a_file(quiet_link, 4, FileState.REFUSED)
    a_file(quiet_link, 4)
    a_file(quiet_link, 5, FileState.PACKED)
    next_is(quiet_link, 5)
    for file, request, outcome in ((first, one, EntryOutcome.RETURNED), (second, two, EntryOutcome.WAITING)):
        FileEntry.objects.create(
            file=file,
            request=request,
            revision_number=1,
            position=1,
            outcome=outcome,
            outcome_at=timezone.now(),
        )
    assert [line.words for line in read_page(quiet_link, kind).lines] == numbers


@pytest.mark.parametrize(
    ("text", "numbers"), [("12", ["12"]), ("N3T", ["3"]), ("t-0001", ["12"]), ("nothing", []), ("９", [])]
)
def test_it_finds_a_number_a_name_or_a_ref(quiet_link: Link, text: str, numbers: list[str]) -> None:
    (request,) = ready(1)
    for number in (3, 12):
        a_file(quiet_link, number, name=f"N{number}T.xml")
    FileEntry.objects.create(
        file=DataFile.objects.get(sequence=12), request=request, revision_number=1, position=1
    )
    assert [line.words for line in read_page(quiet_link, text=text).lines] == numbers


def test_it_asks_no_more_for_a_longer_page(quiet_link: Link, django_assert_num_queries: Any) -> None:
    for number in range(1, 6):
        a_file(quiet_link, number * 2)
    next_is(quiet_link, 11)
    with django_assert_num_queries(6):
        assert len(read_page(quiet_link).lines) == 11
    for number in range(6, 40):
        a_file(quiet_link, number * 2)
    next_is(quiet_link, 80)
    with django_assert_num_queries(6):
        assert len(read_page(quiet_link).lines) == 80


def test_the_size_of_bytes_is_told_without_reading_them(quiet_link: Link) -> None:
    a_file(quiet_link, 1, zip_bytes=b"x" * 12345)
    a_file(quiet_link, 2, zip_bytes=None, zip_size=777)
    next_is(quiet_link, 3)
    lines = read_page(quiet_link, Kind.ACCEPTED).lines
    assert [getattr(line.file, "zip_length") for line in lines] == [777, 12345]  # noqa: B009
    assert "zip_bytes" in (lines[1].file.get_deferred_fields() if lines[1].file else ())


# --- proof -----------------------------------------------------------------------------------------


def words_of(file: DataFile) -> list[str]:
    file.refresh_from_db()
    return [proof.words for proof in proofs_of(file)]


def test_the_answer_the_results_and_the_next_number_prove_it(link: Link, bureau: Bureau) -> None:
    for number in (1, 2):
        ready(number)
        send_link(link)
    first, second = link.files.order_by("sequence")
    assert words_of(second) == ["管局应答代码 0"]
    assert words_of(first) == ["管局应答代码 0", "管局又受理了第 2 号：编号不许缺，前面的都已收到"]
    poll_link(link)
    assert words_of(second) == ["管局应答代码 0", "其中 1 件管局已给出结果"]
    assert proofs_of(second)[1].at == second.entries.get().outcome_at


def test_a_lost_answer_is_proved_by_the_query(link: Link, bureau: Bureau, settings: Any) -> None:
    settings.ICP_WAIT_FACTOR = 0
    bureau.set_mode("manual")
    bureau.faults.add("lost_answer", method="isp_upload")
    ready(1)
    send_link(link)
    send_link(link)
    file = link.files.get()
    assert (file.state, words_of(file)) == (
        FileState.ACCEPTED,
        ["查询上次上报：管局最近收到的就是这一号，内容一致"],
    )


def test_a_result_that_comes_first_proves_it_and_names_the_download(link: Link, bureau: Bureau) -> None:
    bureau.faults.add("lost_answer", method="isp_upload")
    ready(1)
    send_link(link)
    poll_link(link, asked=True)
    file = link.files.get()
    proof = proofs_of(file)[0]
    assert (file.state, proof.download) == (FileState.ACCEPTED, link.downloads.order_by("pk")[0].pk)
    assert "管局给出了其中记录的结果" in proof.words


def test_a_refusal_is_told_with_its_code(link: Link, bureau: Bureau) -> None:
    bureau.faults.add("code", method="isp_upload", code=7)
    ready(1)
    send_link(link)
    (words,) = words_of(link.files.get())
    assert "应答代码 7" in words and "编号已交还" in words


@pytest.mark.parametrize("state", [FileState.PACKED, FileState.UNCERTAIN])
def test_what_is_open_has_no_proof(quiet_link: Link, state: FileState) -> None:
    assert proofs_of(a_file(quiet_link, 1, state)) == []


def test_a_person_who_decided_is_named(quiet_link: Link) -> None:
    kept = a_file(quiet_link, 1, proof={"number_check": 1, "decided_by": "林知夏"})
    gone = a_file(quiet_link, 2, FileState.DROPPED, proof={"number_check": 1, "decided_by": "林知夏"})
    assert words_of(kept)[0] == "林知夏核对两边后确认"
    assert "林知夏核对两边后决定作废" in words_of(gone)[0]


def test_it_names_who_entered_and_who_approved_each_revision(quiet_link: Link) -> None:
    group = factories.people()
    request = factories.request_in("returned", group)
    vouched = ready(1)[0]
    mine = FileEntry.objects.create(
        file=a_file(quiet_link, 1), request=request, revision_number=1, position=1
    )
    other = FileEntry.objects.create(
        file=a_file(quiet_link, 2), request=vouched, revision_number=1, position=1
    )
    unknown = FileEntry.objects.create(
        file=a_file(quiet_link, 3), request=request, revision_number=2, position=1
    )
    hands = hands_of([mine, other, unknown])
    assert (hands[mine.pk].entered, hands[mine.pk].approved) == (
        group.owner.username,
        group.colleague.username,
    )
    assert (hands[other.pk].entered, hands[other.pk].approved) == ("命令行", "命令行")
    assert hands[unknown.pk].entered == ""
