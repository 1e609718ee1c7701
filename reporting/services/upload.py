"""Sending: one file of a link at a time, intent, call and outcome in three commits; doubt is settled by asking.

Spec: protocol "The sequence number", "Codes that steer the link".
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from django.db.models import Count
from django.utils import timezone

from filing.actors import LINK
from filing.choices import RequestState
from filing.models import Request
from filing.services.drafts import reopen
from filing.states import MoveRefused
from reporting.answers import Answer
from reporting.choices import UNSETTLED, CallOutcome, Circuit, Direction, FileState, Method, NumberVerdict
from reporting.errors import InterfaceMismatch, LinkFault, NotSent, OutcomeUnknown
from reporting.models import DataFile, FileEntry, Link
from reporting.services import calls, file_states, numbering, patience
from reporting.services.file_states import FileMoved
from reporting.services.locks import link_lock
from reporting.services.pack import pack
from reporting.services.pausing import pause_words
from reporting.services.previous import USUAL_CODES, Theirs, ask

SENDING = Direction.SENDING
ACCEPTED_CODE = 0
MISSING_FILES_CODE = 14
TOO_LARGE_CODE = 18
TRIES_ALONE = 2
STEP_ASIDE_S = 600.0
OTHER_FAULT_CODE = 999
_WITHOUT_ANSWER = (CallOutcome.OPEN, CallOutcome.UNKNOWN, CallOutcome.UNREADABLE)
FOUND_LACKING = "found_lacking"
"""A row's outcome: the bureau lacks the file (or ones before it), which go now."""
NUMBERS_DIFFER = "numbers_differ"
"""A row's outcome: the bureau's number is not ours; a person must see both sides."""
GOES_ON = frozenset({FileState.ACCEPTED, FOUND_LACKING})
"""After these outcomes the pass goes on with what comes next."""

KNOWN_CODES = (
    patience.PERSON_CODES
    | patience.PATIENCE_CODES
    | patience.FAULT_CODES
    | {ACCEPTED_CODE, MISSING_FILES_CODE}
)


@dataclass
class FileReport:
    """One row of `report`: a file that was sent or settled in this pass. `outcome` is a FileState, or why none was."""

    isp_id: int
    sequence: int | None
    code: int | None
    outcome: str
    refs: list[str] = field(default_factory=list)
    message: str = ""


def send_link(link: Link, *, max_files: int | None = None, asked: bool = False) -> list[FileReport]:
    """One pass over a link: settle what is uncertain, pack what is ready, upload in order, until nothing is left.

    `asked`: a person's command, which does not wait for the link's patience to run out (an open circuit is probed, but
    not one that results opened).
    Returns one row for each file touched, or one that says why nothing was done.
    """
    with link_lock(link, SENDING) as held:
        if not held:
            return [FileReport(link.isp_id, None, None, "busy", message="另一个进程正在上报此链路")]
        rows: list[FileReport] = []
        lacking: Counter[int | None] = Counter()
        while max_files is None or len(rows) < max_files:
            link.refresh_from_db()
            if asked and link.paused_at(SENDING):
                rows.append(FileReport(link.isp_id, None, None, "paused", message=pause_words(link, SENDING)))
                break
            if asked and patience.is_stopped_by_results(link):
                # Not even a person's command: what results say of the whole link must be mended first.
                words = f"{link.circuit_reason}。与管局处理好之后，重新运行 set_bureau 恢复上报"
                rows.append(FileReport(link.isp_id, None, link.circuit_code, "stopped", message=words))
                break
            if not asked and not patience.may_call(link, SENDING):
                break
            try:
                row = _next_step(link)
            except FileMoved:
                continue  # a result that came meanwhile settled it: look again
            if row is None:
                break
            rows.append(row)
            lacking[row.sequence] += row.outcome == FOUND_LACKING
            if lacking[row.sequence] >= patience.TRIES_BEFORE_A_PERSON:
                reason = f"管局一再称缺少文件，第 {row.sequence} 号发不出去，需人工核对"
                patience.call_a_person(link, SENDING, reason, row.code)
                break
            if row.outcome not in GOES_ON:
                break
        return rows


def _next_step(link: Link) -> FileReport | None:
    """What comes next for the link, done; None where there is nothing to do. Raises: FileMoved."""
    file = link.files.filter(state__in=UNSETTLED).first() or pack(link)
    if file is None:
        return None
    if file.state == FileState.PACKED and not numbering.is_compared(link):
        row = _compare(link, file)
        if row is not None:
            return row
    return _one_step(link, file)


def _one_step(link: Link, file: DataFile) -> FileReport:
    if file.state == FileState.SENDING:
        # We hold the lock, so nobody is sending: whoever wrote this was killed between the commit and the outcome.
        file_states.doubt(file, "上次发送时程序中断，不知管局是否收到")
    if file.state in (FileState.UNCERTAIN, FileState.CONFLICT):
        # A conflict is asked about again as well: once the bureau's side is mended, it ends by itself.
        return _settle(link, file)
    return _send(link, file)


def _compare(link: Link, file: DataFile) -> FileReport | None:
    """Compare the numbers of both sides before a file is sent. None: they agree, go on."""
    try:
        answer, theirs = ask(link)
    except (NotSent, OutcomeUnknown) as error:
        _wait(link, error)
        file_states.tell_why(file, str(error))
        return _row(file, file.state, message=str(error))
    if answer.code not in USUAL_CODES:
        words = patience.heed(link, SENDING, answer.code, answer.message)
        file_states.tell_why(file, words)
        return _row(file, file.state, code=answer.code, message=words)
    if theirs.sequence in (file.sequence, None) and theirs.is_same(file):
        # From a backup that is older than its sending.
        proof = {"query": True, "code": answer.code}
        file_states.found_sent(file, f"核对编号：管局已有第 {file.sequence} 号文件，内容一致", proof=proof)
        numbering.mark_compared(link)
        patience.all_is_well(link, SENDING)
        return _row(file, file.state, code=answer.code)
    if theirs.sequence is None:
        return _without_number(link, file, answer.code)
    verdict, words = numbering.judge(link, theirs)
    if verdict == NumberVerdict.EQUAL:
        numbering.agree(link, words, theirs)
        patience.all_is_well(link, SENDING)
        return None
    numbering.wait_for_a_person(link, verdict, words, theirs, file)
    reason = f"{words}。先看清两边，再决定从哪一号接着报"
    patience.call_a_person(link, SENDING, reason)
    file_states.tell_why(file, reason)
    return _row(file, NUMBERS_DIFFER, code=answer.code, message=reason)


def _without_number(link: Link, file: DataFile, code: int) -> FileReport:
    words = "查询上次上报的应答里有文件而没有编号，不能据此判断"
    patience.wait_a_while(link, SENDING, words)
    return _row(file, file.state, code=code, message=words)


def _wait(link: Link, error: LinkFault) -> None:
    """What could not be sent, or got no answer: a person where the interface is another, else patience."""
    if isinstance(error, InterfaceMismatch):
        patience.call_a_person(link, SENDING, str(error))
    else:
        patience.wait_a_while(link, SENDING, str(error))


def _row(file: DataFile, outcome: str, *, code: int | None = None, message: str = "") -> FileReport:
    refs = list(file.entries.order_by("position").values_list("request__ref", flat=True))
    return FileReport(file.link.isp_id, file.sequence, code, outcome, refs, message)


def _send(link: Link, file: DataFile) -> FileReport:
    file_states.begin_sending(file)
    try:
        answer = calls.upload(link, file)
    except NotSent as error:
        file_states.same_bytes_again(file, str(error))
        _wait(link, error)
        return _row(file, file.state, message=str(error))
    except OutcomeUnknown as error:
        file_states.doubt(file, str(error))
        patience.wait_a_while(link, SENDING, str(error))
        return _row(file, file.state, message=str(error))
    return _heed_answer(link, file, answer)


def _heed_answer(link: Link, file: DataFile, answer: Answer) -> FileReport:
    code, message = answer.code, answer.message
    words = message
    file.code, file.message = code, message
    file.save(update_fields=["code", "message"])
    if code == ACCEPTED_CODE:
        file_states.accept(file, reason=f"管局受理第 {file.sequence} 号文件", proof={"code": code})
        patience.all_is_well(link, SENDING)
    elif _may_be_a_repetition(file, answer):
        words = (
            f"{message or '管局未说明'}（代码 {code}）。此编号以前发出过而没有等到应答，先查询管局是否已有"
        )
        file_states.doubt(file, words)
        patience.suspect(link, SENDING, words, code)
    elif code == MISSING_FILES_CODE:
        file_states.same_bytes_again(
            file, f"管局缺少编号 {'、'.join(map(str, answer.missing)) or '（未说明）'}（代码 14）"
        )
        return _send_missing(link, file, answer)
    elif code == TOO_LARGE_CODE:
        return _too_large(link, file, message)
    elif code in patience.FREE_NUMBER_CODES:
        words = patience.heed(link, SENDING, code, message)
        file_states.free_number(file, words, code=code)
    elif code in KNOWN_CODES:
        words = patience.heed(link, SENDING, code, message)
        file_states.same_bytes_again(file, words)
    else:
        # A code that the interface does not know says nothing of what the bureau did with the file.
        words = f"{message or '管局未说明'}（规范外代码 {code}）"
        file_states.doubt(file, words)
        patience.wait_a_while(link, SENDING, words)
    return _row(file, file.state, code=code, message=words)


def _too_large(link: Link, file: DataFile, message: str) -> FileReport:
    """Refused for its size (18): in halves, until the record that is too large stands alone.

    Alone it is tried once more, for it may be the bureau's mistake, then it goes back to its draft. Halving is progress and
    no fault of the link's; that records alone are refused again and again may be one.
    """
    entries = list(file.entries.select_related("request").order_by("position"))
    told = f"{message or '管局称文件过大'}（代码 {TOO_LARGE_CODE}）"
    if len(entries) > 1:
        words = f"{told}，拆成两半重报"
        limit = max(file.record_count // 2, 1)
        file_states.free_number(file, words, code=TOO_LARGE_CODE, batch_limit=limit)
        # The pass ends as after every refusal; the next one goes on at once.
        return _row(file, file.state, code=TOO_LARGE_CODE, message=words)
    words = f"{told}，单独一条也没有受理：压缩图片，或少带附件"
    patience.suspect(link, SENDING, words, TOO_LARGE_CODE)
    if link.circuit == Circuit.OPEN:
        # Several alone, one after the other: perhaps it is the bureau. The next probe tries another.
        aside = timezone.now() + patience.waits(STEP_ASIDE_S)
        file_states.free_number(file, words, code=TOO_LARGE_CODE, not_before=aside)
        return _row(file, file.state, code=TOO_LARGE_CODE, message=words)
    file_states.free_number(file, words, code=TOO_LARGE_CODE)
    for entry in entries:
        if _times_refused_alone(entry) >= TRIES_ALONE:
            _back_to_draft(entry.request, words)
    return _row(file, file.state, code=TOO_LARGE_CODE, message=words)


def _times_refused_alone(entry: FileEntry) -> int:
    """How often this revision was refused for its size in a file that held nothing else."""
    mine = FileEntry.objects.filter(request=entry.request_id, revision_number=entry.revision_number)
    refused = mine.filter(file__state=FileState.REFUSED, file__code=TOO_LARGE_CODE)
    return refused.annotate(beside=Count("file__entries")).filter(beside=1).count()


def _back_to_draft(request: Request, reason: str) -> None:
    request.refresh_from_db()
    if request.state == RequestState.READY:
        try:
            reopen(request, actor=LINK, reason=reason)
        except MoveRefused:
            return  # withdrawn meanwhile: nothing to send back


def _may_be_a_repetition(file: DataFile, answer: Answer) -> bool:
    """Whether this may be what the bureau says of a number that it has: a call that we gave up on may arrive late.

    Spec: protocol "The sequence number" (what is answered when an accepted number is sent again is not said).
    """
    if answer.code != OTHER_FAULT_CODE and not (
        answer.code == MISSING_FILES_CODE and set(answer.missing) <= {file.sequence}
    ):
        return False
    return file.calls.filter(method=Method.UPLOAD, outcome__in=_WITHOUT_ANSWER).exists()


def _send_missing(link: Link, file: DataFile, answer: Answer) -> FileReport:
    """Send the stored bytes of the numbers that the bureau lacks, lowest first; the file itself goes in the next step."""
    wanted = [number for number in sorted(set(answer.missing)) if number != file.sequence]
    kept = link.files.filter(sequence__in=wanted, state=FileState.ACCEPTED, zip_bytes__isnull=False)
    stored = dict(kept.values_list("sequence", "pk"))
    if not wanted or set(wanted) - set(stored):
        lost = sorted(set(wanted) - set(stored))
        reason = f"管局称缺少编号 {'、'.join(map(str, lost)) or '（未说明）'}，本系统没有这些文件，需人工核对（代码 14）"
        patience.call_a_person(link, SENDING, reason, MISSING_FILES_CODE)
        return _row(file, file.state, code=answer.code, message=reason)
    for number in wanted:
        try:
            # One at a time: a hundred full files would not fit into memory.
            again = calls.upload(link, DataFile.objects.get(pk=stored[number]))
        except (NotSent, OutcomeUnknown) as error:
            patience.wait_a_while(link, SENDING, str(error))
            return _row(file, file.state, code=answer.code, message=str(error))
        if again.code != ACCEPTED_CODE:
            patience.heed(link, SENDING, again.code, again.message)
            return _row(file, file.state, code=again.code, message=again.message)
    return _row(file, FOUND_LACKING, code=answer.code, message=answer.message)


def _settle(link: Link, file: DataFile) -> FileReport:
    """Ask for the last accepted upload and find out what became of the file in doubt."""
    try:
        answer, theirs = ask(link, file)
    except (NotSent, OutcomeUnknown) as error:
        _wait(link, error)
        return _row(file, file.state, message=str(error))
    if answer.code not in USUAL_CODES:
        words = patience.heed(link, SENDING, answer.code, answer.message)
        return _row(file, file.state, code=answer.code, message=words)
    is_ours = theirs.is_same(file)
    if theirs.sequence is None and not is_ours:
        return _without_number(link, file, answer.code)
    # A file that is ours and came without its number, or with none, has ours.
    sequence = theirs.sequence or (file.sequence if is_ours else 0)
    if sequence < file.sequence:
        # What failed was the sending, and it has not succeeded yet: the back-off goes on growing.
        file_states.same_bytes_again(
            file, f"查询上次上报：管局最近收到第 {sequence} 号，没有第 {file.sequence} 号"
        )
        return _row(file, FOUND_LACKING, code=answer.code)
    if sequence == file.sequence and is_ours:
        reason = f"查询上次上报：管局已有第 {file.sequence} 号文件，内容一致"
        file_states.accept(file, reason=reason, proof={"query": True, "code": answer.code})
        link.refresh_from_db()
        numbering.agree(link, reason, theirs)
        patience.all_is_well(link, SENDING)
        return _row(file, file.state, code=answer.code)
    return _conflict(link, file, answer, replace(theirs, sequence=sequence))


def _conflict(link: Link, file: DataFile, answer: Answer, theirs: Theirs) -> FileReport:
    """The bureau has something else: stop, keep both sides for a person."""
    same_number = theirs.sequence == file.sequence
    words = f"编号冲突：管局最近收到第 {theirs.sequence} 号" + (
        "，内容与我方不同" if same_number else f"，我方第 {file.sequence} 号尚未落定"
    )
    reason = f"{words}。请人工核对两边的文件"
    if file.state != FileState.CONFLICT:
        file_states.declare_conflict(file, reason)
    verdict = NumberVerdict.DIFFERENT if same_number else NumberVerdict.AHEAD
    numbering.wait_for_a_person(link, verdict, words, theirs, file)
    patience.call_a_person(link, SENDING, reason)
    return _row(file, file.state, code=answer.code, message=reason)
