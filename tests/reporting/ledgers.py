"""Both ledgers side by side, ours and the bureau's: what must never be, whatever went wrong; and what holds at rest.

Used by the property tests, the crash tests and the soak (`python -m benchmarks.correctness`). It speaks of new filings.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from django.db.models import F

from filing.choices import AT_BUREAU_STATES
from filing.models import Request, RequestEvent, Subject
from reporting.choices import EntryOutcome, FileState, ItemOutcome
from reporting.models import Download, DownloadItem, FileEntry, Link
from simulator import Bureau
from simulator.model import AcceptedFile, Case

SCHEMA_CODE = 5001
DONE = (ItemOutcome.APPLIED, ItemOutcome.NOTED)


@dataclass
class Findings:
    """What is wrong, in words, by kind; nothing where all is well.

    gaps: of the numbers. duplicates: accepted or applied twice. ahead: we claim what the bureau does not hold.
    lost: arrived nowhere, or was never applied. unequal: one request, two states.
    """

    gaps: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    unequal: list[str] = field(default_factory=list)

    def all(self) -> list[str]:
        return [*self.gaps, *self.duplicates, *self.ahead, *self.lost, *self.unequal]


@dataclass(frozen=True)
class _Book:
    """The bureau's files of one unit as they stand, and its latest word on each own subject number."""

    files: list[AcceptedFile]
    cases: dict[int, Case]

    @classmethod
    def of(cls, bureau: Bureau, isp_id: int) -> _Book:
        with bureau.lock:
            bureau.advance()
            cases = {
                item.jlid: case for case in bureau.cases.all() if case.isp_id == isp_id for item in case.items
            }
            return cls(list(bureau.files[isp_id]), cases)


def compare(bureau: Bureau, isp_id: int, *, forgotten: Collection[int] = ()) -> Findings:
    """What must hold at every moment between two commits. `forgotten`: numbers that the bureau lost, its own fault."""
    found, book = Findings(), _Book.of(bureau, isp_id)
    link = Link.objects.get(isp_id=isp_id)
    _numbers(found, book, link, forgotten)
    _accepted_once(found, book, link)
    _applied_once(found)
    _never_ahead(found, book, link, forgotten)
    return found


def compare_at_rest(bureau: Bureau, isp_id: int) -> Findings:
    """What holds besides once nothing is under way any more: all arrived, all applied, one state on both sides."""
    found, book = compare(bureau, isp_id), _Book.of(bureau, isp_id)
    link = Link.objects.get(isp_id=isp_id)
    if link.next_sequence != len(book.files) + 1:
        found.gaps.append(f"our next number is {link.next_sequence}, the bureau has {len(book.files)}")
    found.lost += [f"download {item.file_name} was not fetched" for item in bureau.queue(isp_id)]
    found.lost += [
        f"download {name} was not applied"
        for name in Download.objects.filter(applied_at=None).values_list("bureau_name", flat=True)
    ]
    found.lost += [
        f"record {item} of a download: {item.outcome} {item.reason}"
        for item in DownloadItem.objects.exclude(outcome__in=DONE).select_related("download")
    ]
    unsettled = link.files.exclude(state__in=[FileState.ACCEPTED, FileState.REFUSED, FileState.DROPPED])
    found.lost += [
        f"file {sequence} is not settled" for sequence in unsettled.values_list("sequence", flat=True)
    ]
    refused = {file.sequence for file in book.files if file.refused_with is not None}
    good = FileEntry.objects.filter(
        file__link=link, file__state=FileState.ACCEPTED, outcome=EntryOutcome.WAITING
    )
    found.lost += [f"{entry} still waits for a result" for entry in good.select_related("file")]
    _states_equal(found, book, refused)
    return found


def _numbers(found: Findings, book: _Book, link: Link, forgotten: Collection[int]) -> None:
    theirs = [file.sequence for file in book.files]
    if theirs != list(range(1, len(theirs) + 1)):
        found.gaps.append(f"the bureau's numbers: {theirs}")
    ours = sorted(_spent(link))
    if ours != list(range(1, len(ours) + 1)):
        # The one in doubt may lie before nothing: it is always the highest.
        found.gaps.append(f"our accepted numbers: {ours}")
    if more := set(theirs) - set(ours) - {link.next_sequence}:
        found.ahead.append(f"the bureau has files that we do not know as sent: {sorted(more)}")
    if set(forgotten) & set(theirs):
        found.gaps.append(f"forgotten and there: {sorted(set(forgotten) & set(theirs))}")


def _spent(link: Link) -> dict[int, str]:
    return dict(link.files.filter(state=FileState.ACCEPTED).values_list("sequence", "name"))


def _accepted_once(found: Findings, book: _Book, link: Link) -> None:
    """Each record, by own number and revision, lies in one good file of the bureau's."""
    names = Counter(file.entry_name for file in book.files)
    found.duplicates += [f"the bureau has the name {name} {n} times" for name, n in names.items() if n > 1]
    places = FileEntry.objects.filter(file__link=link).values_list(
        "file__name", "position", "request__subject_own_id", "revision_number"
    )
    revisions = {(name, own_id): revision for name, _place, own_id, revision in places}
    arrived: Counter[tuple[int, int]] = Counter()
    for file in book.files:
        if file.refused_with is not None:
            continue
        for record in file.records:
            own_id = int(record.rpartition(":")[2])
            revision = revisions.get((file.entry_name, own_id))
            if revision is None:
                found.lost.append(f"the bureau has {own_id} in {file.entry_name}, we know nothing of it")
            else:
                arrived[own_id, revision] += 1
    found.duplicates += [
        f"own number {own_id}, revision {revision} was accepted {n} times"
        for (own_id, revision), n in arrived.items()
        if n > 1
    ]


def _applied_once(found: Findings) -> None:
    """No record of a download moves a request twice into the same state."""
    moves = RequestEvent.objects.exclude(old_state=F("new_state")).filter(proof__has_key="download")
    seen = Counter(
        moves.values_list(
            "request__ref", "new_state", "proof__download", "proof__position", "revision_number"
        )
    )
    found.duplicates += [f"{key} was applied {n} times" for key, n in seen.items() if n > 1]
    ended = Counter(
        RequestEvent.objects.exclude(old_state=F("new_state"))
        .filter(new_state="approved")
        .values_list("request__ref", flat=True)
    )
    found.duplicates += [f"{ref} was approved {n} times" for ref, n in ended.items() if n > 1]


def _never_ahead(found: Findings, book: _Book, link: Link, forgotten: Collection[int]) -> None:
    held = {file.sequence: file.entry_name for file in book.files}
    for sequence, name in _spent(link).items():
        if sequence not in forgotten and held.get(sequence) != name:
            found.ahead.append(f"we hold {sequence} {name} accepted, the bureau has {held.get(sequence)}")
    waiting = FileEntry.objects.filter(
        request__state__in=AT_BUREAU_STATES, outcome=EntryOutcome.WAITING, file__link=link
    )
    latest = {
        ref: (sequence, name)
        for ref, sequence, name in waiting.order_by("pk").values_list(
            "request__ref", "file__sequence", "file__name"
        )
    }
    for ref in Request.objects.filter(state__in=AT_BUREAU_STATES).values_list("ref", flat=True):
        sequence, name = latest.get(ref, (0, ""))
        if sequence not in forgotten and (not sequence or held.get(sequence) != name):
            found.ahead.append(f"{ref} is said to be at the bureau, which lacks it")
    approved = Request.objects.filter(state="approved").values_list("ref", "subject_own_id")
    for ref, own_id in approved:
        case = book.cases.get(own_id or 0)
        if case is None or case.state != "approved":
            found.ahead.append(f"{ref} is shown approved, the bureau says {case and case.state}")


def _states_equal(found: Findings, book: _Book, refused: Collection[int]) -> None:
    """Request by request: our state, and the bureau's latest word on it."""
    latest = dict(
        FileEntry.objects.filter(file__state=FileState.ACCEPTED)
        .order_by("file__sequence")
        .values_list("request_id", "file__sequence")
    )
    approved_here = set(Subject.objects.exclude(number="").values_list("own_id", flat=True))
    for request in Request.objects.exclude(state__in=["draft", "in_review", "review_returned", "withdrawn"]):
        sequence = latest.get(request.pk)
        case = book.cases.get(request.subject_own_id or 0)
        if sequence is None:
            found.lost.append(f"{request.ref} ({request.state}) never arrived")
        elif sequence in refused:
            if request.state != "returned" or request.result_codes != [SCHEMA_CODE]:
                found.unequal.append(f"{request.ref}: ours {request.state}, refused as a file there")
        elif case is None:
            found.lost.append(
                f"{request.ref} ({request.state}) lies in file {sequence}, the bureau has no case"
            )
        elif case.state != request.state:
            found.unequal.append(f"{request.ref}: ours {request.state}, theirs {case.state}")
        elif request.state == "approved" and request.subject_own_id not in approved_here:
            found.lost.append(f"{request.ref} is approved and has no filed subject with a number")


def history_is_whole(requests: Iterable[Request]) -> list[str]:
    """Each row of a history begins where the one before it ended; what does not, in words."""
    holes = []
    for request in requests:
        state = ""
        for event in request.events.order_by("at", "id"):
            if event.old_state != state:
                holes.append(f"{request.ref}: the history has a hole at {event}")
            state = event.new_state
    return holes
