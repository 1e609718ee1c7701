"""Sending: one file of a link at a time, intent, call and outcome in three commits; doubt is settled by asking.

Spec: protocol "The sequence number", "Codes that steer the link".
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field

from reporting import envelope
from reporting.answers import Answer, FileInfo
from reporting.choices import UNSETTLED, CallOutcome, Direction, FileState, Method
from reporting.errors import EnvelopeBroken, InterfaceMismatch, NotSent, OutcomeUnknown
from reporting.models import DataFile, Link
from reporting.services import calls, file_states, patience
from reporting.services.file_states import FileMoved
from reporting.services.locks import link_lock
from reporting.services.pack import pack

SENDING = Direction.SENDING
ACCEPTED_CODE = 0
MISSING_FILES_CODE = 14
TOO_LARGE_CODE = 18
OTHER_FAULT_CODE = 999
_WITHOUT_ANSWER = (CallOutcome.OPEN, CallOutcome.UNKNOWN, CallOutcome.UNREADABLE)
FOUND_LACKING = "found_lacking"
"""A row's outcome: the bureau lacks the file (or ones before it), which go now."""

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
        lacking: Counter[int] = Counter()
        while max_files is None or len(rows) < max_files:
            link.refresh_from_db()
            if asked and patience.is_stopped_by_results(link):
                # Not even a person's command: what results say of the whole link must be mended first.
                words = f"{link.circuit_reason}。与管局处理好之后，重新运行 set_bureau 恢复上报"
                rows.append(FileReport(link.isp_id, None, link.circuit_code, "stopped", message=words))
                break
            if not asked and not patience.may_call(link, SENDING):
                break
            file = link.files.filter(state__in=UNSETTLED).first() or pack(link)
            if file is None:
                break
            try:
                row = _one_step(link, file)
            except FileMoved:
                continue  # a result that came meanwhile settled it: look again
            rows.append(row)
            lacking[file.sequence] += row.outcome == FOUND_LACKING
            if lacking[file.sequence] >= patience.TRIES_BEFORE_A_PERSON:
                reason = f"管局一再称缺少文件，第 {file.sequence} 号发不出去，需人工核对"
                patience.call_a_person(link, SENDING, reason, row.code)
                break
            if row.outcome not in (FileState.ACCEPTED, FOUND_LACKING):
                break
        return rows


def _one_step(link: Link, file: DataFile) -> FileReport:
    if file.state == FileState.SENDING:
        # We hold the lock, so nobody is sending: whoever wrote this was killed between the commit and the outcome.
        file_states.doubt(file, "上次发送时程序中断，不知管局是否收到")
    if file.state in (FileState.UNCERTAIN, FileState.CONFLICT):
        # A conflict is asked about again as well: once the bureau's side is mended, it ends by itself.
        return _settle(link, file)
    return _send(link, file)


def _row(file: DataFile, outcome: str, *, code: int | None = None, message: str = "") -> FileReport:
    refs = list(file.entries.order_by("position").values_list("request__ref", flat=True))
    return FileReport(file.link.isp_id, file.sequence, code, outcome, refs, message)


def _send(link: Link, file: DataFile) -> FileReport:
    file_states.begin_sending(file)
    try:
        answer = calls.upload(link, file)
    except NotSent as error:
        file_states.same_bytes_again(file, str(error))
        if isinstance(error, InterfaceMismatch):
            patience.call_a_person(link, SENDING, str(error))
        else:
            patience.wait_a_while(link, SENDING, str(error))
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
    elif code in patience.FREE_NUMBER_CODES:
        words = patience.heed(link, SENDING, code, message)
        limit = max(file.record_count // 2, 1) if code == TOO_LARGE_CODE else None
        file_states.free_number(file, words, code=code, batch_limit=limit)
    elif code in KNOWN_CODES:
        words = patience.heed(link, SENDING, code, message)
        file_states.same_bytes_again(file, words)
    else:
        # A code that the interface does not know says nothing of what the bureau did with the file.
        words = f"{message or '管局未说明'}（规范外代码 {code}）"
        file_states.doubt(file, words)
        patience.wait_a_while(link, SENDING, words)
    return _row(file, file.state, code=code, message=words)


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
        answer = calls.previous_upload(link, file)
    except (NotSent, OutcomeUnknown) as error:
        patience.wait_a_while(link, SENDING, str(error))
        return _row(file, file.state, message=str(error))
    if answer.code not in (0, 1, 2, 3):
        patience.heed(link, SENDING, answer.code, answer.message)
        return _row(file, file.state, code=answer.code, message=answer.message)
    is_ours = answer.file is not None and _is_same(link, file, answer.file)
    if answer.file is not None and answer.file.sequence is None and not is_ours:
        words = "查询上次上报的应答里有文件而没有编号，不能据此判断"
        patience.wait_a_while(link, SENDING, words)
        return _row(file, file.state, code=answer.code, message=words)
    sequence = (answer.file.sequence if answer.file else None) or (file.sequence if is_ours else 0)
    if sequence < file.sequence:
        # What failed was the sending, and it has not succeeded yet: the back-off goes on growing.
        file_states.same_bytes_again(
            file, f"查询上次上报：管局最近收到第 {sequence} 号，没有第 {file.sequence} 号"
        )
        return _row(file, FOUND_LACKING, code=answer.code)
    if sequence == file.sequence and is_ours:
        reason = f"查询上次上报：管局已有第 {file.sequence} 号文件，内容一致"
        file_states.accept(file, reason=reason, proof={"query": True, "code": answer.code})
        patience.all_is_well(link, SENDING)
        return _row(file, file.state, code=answer.code)
    reason = (
        f"编号冲突：管局最近收到第 {sequence} 号"
        + ("，内容与我方不同" if sequence == file.sequence else f"，我方第 {file.sequence} 号尚未落定")
        + "。请人工核对两边的文件"
    )
    if file.state != FileState.CONFLICT:
        file_states.declare_conflict(file, reason)
    patience.call_a_person(link, SENDING, reason)
    return _row(file, file.state, code=answer.code, message=reason)


def _is_same(link: Link, file: DataFile, info: FileInfo) -> bool:
    """Whether the bureau's file is ours: by hash of the zip; where zipped anew, by name and the XML byte for byte."""
    content = info.content
    candidates = [content]
    if link.aes_key and link.aes_iv:
        # What comes back may be stored encrypted or not, whatever its algorithm number says.
        try:
            candidates.append(envelope.decrypt(content, link.aes_key, link.aes_iv))
        except EnvelopeBroken:
            candidates = [content]
    for data in candidates:
        if hashlib.sha256(data).hexdigest() == file.sha256:
            return True
        try:
            name, xml = envelope.unzip_one(data)
        except EnvelopeBroken:
            continue
        if name == file.name and hashlib.sha256(xml).hexdigest() == file.xml_sha256:
            return True
    return False
