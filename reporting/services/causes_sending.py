"""Causes before the bureau has the request: held, postponed, sent and not arrived, or simply next in line."""

from __future__ import annotations

from filing.choices import RequestState
from filing.times import day_words
from reporting.choices import Cause, FileState
from reporting.services.findings import Action, Fact, Found, RuledOut, of_call, of_file
from reporting.services.situations import Situation

S = RequestState


def held(situation: Situation) -> Found | RuledOut | None:
    """Kept back until a person says whether the bureau has it already."""
    request = situation.request
    if request.state != S.READY or not request.held_reason:
        return None
    return Found(
        Cause.HELD,
        (Fact(request.held_reason, request.state_changed_at),),
        "请链路管理员确认管局有没有这一件：没有就放行，有就等它的结果",
        needs_person=True,
        action=Action.HELD,
    )


def postponed(situation: Situation) -> Found | RuledOut | None:
    """The bureau asked to come again later (1051, 1052)."""
    request, at = situation.request, situation.request.not_before
    if request.state != S.READY or at is None or at <= situation.now:
        return None
    event = request.events.filter(new_state=S.READY).exclude(codes=[]).last()
    facts = [Fact("在这之后自动再报", at)]
    if event is not None:
        codes = "、".join(map(str, event.codes))
        words = f"管局要求稍后再报（代码 {codes}）：{request.bureau_words or event.words or event.reason}"
        facts.insert(0, Fact(words, event.at, event.proof | {"codes": event.codes}))
    return Found(
        Cause.POSTPONED,
        tuple(facts),
        f"不用操作，{day_words(at, situation.now)} 之后自动再报",
    )


def never_arrived(situation: Situation) -> Found | RuledOut | None:
    """It went out before and surely did not arrive: its file was refused, or could not be delivered."""
    entry, request = situation.entry, situation.request
    if entry is None or request.state not in (S.READY, S.PACKED) or entry.file.attempts == 0:
        return None
    if entry.revision_number != request.revision_number:
        return None
    file = entry.file
    code = f"（代码 {file.code}）" if file.code else ""
    if request.state == S.PACKED and file.state == FileState.PACKED:
        words = f"第 {file.sequence} 号文件发过 {file.attempts} 次，管局没有收下：{file.message}{code}"
        step = "不用操作：以原编号原样再发"
    elif request.state == S.READY and file.state in (FileState.REFUSED, FileState.DROPPED):
        words = f"第 {file.sequence} 号文件没有被受理：{file.message}{code}"
        step = "不用操作：排进下一个文件再报"
    elif request.batch_limit is not None and file.state == FileState.ACCEPTED:
        words = f"第 {file.sequence} 号文件整份被退：{request.stalled_reason}"
        step = "不用操作：拆成小文件换新编号再报，有问题的那一件会单独退回"
    else:
        return None
    return Found(Cause.NEVER_ARRIVED, (of_file(file, words, file.sent_at, entry.position),), step)


def about_to_go(situation: Situation) -> Found | RuledOut | None:
    """Nothing is wrong: it is in line, or the bureau's hours are over."""
    request, line, entry = situation.request, situation.line, situation.entry
    if situation.at_bureau or line is None:
        return None
    facts = []
    if entry is not None and request.state in (S.PACKED, S.UPLOADING):
        words = f"已打包进第 {entry.file.sequence} 号文件"
        facts.append(of_file(entry.file, words, entry.file.packed_at, entry.position))
    elif request.ready_at is not None:
        facts.append(Fact("审核通过，进入待上报队列", request.ready_at))
    if request.stalled_reason:
        facts.append(Fact(f"停在这里：{request.stalled_reason}", request.state_changed_at))
    opens = line.hours_open_at
    if opens is not None and line.sending is not None:
        facts.append(of_call(line.sending, f"现在不在上报时段：{line.sending.message}（代码 20）"))
        step = f"不用操作，{day_words(opens, situation.now)} 开放后自动上报"
    else:
        step = "不用操作，很快自动上报"
    return Found(Cause.ABOUT_TO_GO, tuple(facts), step, calm=True)


def hours(situation: Situation) -> Found | RuledOut | None:
    """The bureau's hours are over: no fault of anybody's."""
    line = situation.line
    if situation.at_bureau or line is None or line.hours_open_at is None:
        return None
    return about_to_go(situation)
