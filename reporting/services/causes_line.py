"""Causes on the way: no link, the link stopped, our tasks or network, the bureau's system. See `diagnose.CAUSES`."""

from __future__ import annotations

from filing.choices import RequestState
from filing.result_codes import LINK_CODES, explain
from filing.times import day_words, duration_words
from reporting.choices import CallOutcome, Cause, Direction, Trouble
from reporting.models import Call
from reporting.services.findings import Action, Fact, Found, RuledOut, of_call, of_file
from reporting.services.line_facts import Line, call_words, got_no_answer, side_of
from reporting.services.pausing import pause_words
from reporting.services.situations import Situation

BUREAU_IS_DOWN_CODES = frozenset({901, 902})
WHAT_IS_LOST = {
    Direction.SENDING: "不会丢：文件和编号都在，通了自动接着报",
    Direction.RECEIVING: "不会丢：结果留在管局的下载队列里，通了自动取回",
}


def no_link(situation: Situation) -> Found | RuledOut | None:
    """The request names a unit number that no link has, or there is no link at all."""
    if situation.line is not None:
        return None
    isp_id = situation.request.isp_id
    words = f"请求指定的报备单位 {isp_id} 没有链路" if isp_id else "没有设置任何报备链路"
    return Found(
        Cause.NO_LINK,
        (Fact(words),),
        "请管理员用命令 set_bureau 建立这条链路，或改正请求的报备单位标识；建好后自动上报",
        needs_person=True,
    )


def link_stopped(situation: Situation) -> Found | RuledOut | None:
    """A person paused, or the circuit is open on the side that the request waits for."""
    line = situation.line
    if line is not None and (since := line.link.paused_at(situation.direction)):
        fact = Fact(pause_words(line.link, situation.direction), since, {"link": line.link.isp_id})
        step = "请链路管理员到链路页看清暂停的原因；恢复后自动接着做"
        besides = stop_evidence(line) if line.stopped(situation.direction) else ()
        return Found(Cause.LINK_STOPPED, (fact, *besides), step, needs_person=True, action=Action.LINK)
    if line is None or not line.stopped(situation.direction):
        return None
    evidence = stop_evidence(line)
    call = line.latest_of(situation.direction)
    if call is not None and side_of(call) is not None:
        evidence = (*evidence, of_call(call, f"最近一次{call_words(call)}"))
    return Found(Cause.LINK_STOPPED, evidence, stop_step(line), needs_person=True, action=Action.LINK)


def stop_evidence(line: Line) -> tuple[Fact, ...]:
    """Why the circuit is open, by its reason and by the two sides of the number where those differ."""
    link = line.link
    stopped = Direction(link.circuit_direction).label if link.circuit_direction else "链路"
    # What to do about it is the next step (`stop_step`).
    remedy = explain(link.circuit_code).remedy if link.circuit_code is not None else ""
    reason = link.circuit_reason.replace(f"。{remedy}", "") if remedy else link.circuit_reason
    place = {"link": link.isp_id, "code": link.circuit_code}
    facts = [Fact(f"{stopped}停止：{reason}", link.circuit_since, place)]
    check = line.check
    if check is not None and check.decided_at is None and check.verdict != "equal":
        words = f"编号核对：我方下一号 {check.our_next}，管局最近 {check.bureau_sequence} 号"
        facts.append(Fact(words, check.asked_at, {"number_check": check.pk}))
    return tuple(facts)


def stop_step(line: Line) -> str:
    """What to check before the link goes on."""
    link = line.link
    if link.circuit_code is None:
        return "请链路管理员到链路页看清停止的原因并处理；处理好后自动恢复"
    remedy = explain(link.circuit_code).remedy
    if link.circuit_code in LINK_CODES:
        return f"{remedy}。与管局处理好之后，重新运行 set_bureau 恢复上报"
    return f"请链路管理员处理：{remedy}。处理好后最迟一分钟自动恢复"


def not_running(situation: Situation) -> Found | RuledOut | None:
    """No process has called the bureau for longer than promised, although a call was due."""
    line = situation.line
    if line is None or not line.is_silent:
        return None
    return Found(
        Cause.NOT_RUNNING,
        (silence(line),),
        "请管理员检查后台任务（celery worker 与 beat）是否在运行；启动后自动接着做",
        needs_person=True,
        action=Action.LOOK if situation.at_bureau else Action.LINK,
    )


def silence(line: Line) -> Fact:
    """The latest call of anybody, and who made it."""
    call = line.latest
    if call is None:
        return Fact("这条链路从来没有调用过管局接口", line.link.created_at, {"link": line.link.isp_id})
    by = f"，由 {call.made_by}" if call.made_by else ""
    ago = duration_words(line.now - call.started_at)
    return Fact(f"最近一次调用在 {ago}前（{call.method}{by}）", call.started_at, {"call": call.pk})


def network_down(situation: Situation) -> Found | RuledOut | None:
    """The latest call did not find its way out of our house; or no bureau at all answers."""
    line = situation.line
    call = line.latest_of(situation.direction) if line else None
    if line is None or call is None or not is_our_network(line, call):
        return None
    others = [
        of_call(each, f"同时，{each.link} 也没有应答：{each.message}") for each in line.others_silent[:3]
    ]
    return Found(
        Cause.NETWORK_DOWN,
        (*failures(line, situation.direction, call), *others),
        f"请网络管理员检查本机的网络和域名解析。{WHAT_IS_LOST[situation.direction]}",
        needs_person=True,
        action=Action.LINK,
    )


def is_our_network(line: Line, call: Call) -> bool:
    """By the call's own word, or because other bureaus fell silent with this one."""
    return side_of(call) == Trouble.NETWORK or (got_no_answer(call) and bool(line.others_silent))


def bureau_down(situation: Situation) -> Found | RuledOut | None:
    """The bureau's system fails, or says that it is shut.

    Of a request at the bureau whose result was never looked for, only where the bureau fails as a whole: where downloads
    alone fail, what matters is that its result may lie there (`causes_bureau.not_collected`).
    """
    line = situation.line
    call = line.latest_of(situation.direction) if line else None
    if line is None or call is None or side_of(call) is None:
        return _bureau_answers(line, situation.direction)
    if situation.at_bureau and not situation.is_emptied_since and not is_down_as_a_whole(line, call):
        return None
    return Found(
        Cause.BUREAU_OUT_OF_ORDER,
        failures(line, situation.direction, call),
        f"不用操作，{_next_try(line, situation.direction)}。{WHAT_IS_LOST[situation.direction]}",
        action=Action.LINK,
    )


def _next_try(line: Line, direction: Direction) -> str:
    link = line.link
    at = link.upload_not_before if direction == Direction.SENDING else link.download_not_before
    return f"{day_words(at, line.now)} 自动再试" if at and at > line.now else "自动再试"


def is_down_as_a_whole(line: Line, call: Call) -> bool:
    """Whether not just one method fails: it cannot be reached, says itself that it is shut, or fails both ways."""
    if call.outcome == CallOutcome.NOT_SENT or call.code in BUREAU_IS_DOWN_CODES:
        return True
    return side_of(line.sending) is not None and side_of(line.receiving) is not None


def failures(line: Line, direction: Direction, call: Call) -> tuple[Fact, ...]:
    """The latest failure, on which side it lies, and since when nothing succeeded."""
    side = side_of(call)
    told = f"（{side.label}）" if side else ""
    facts = [of_call(call, f"最近一次{call_words(call)}{told}")]
    first, times = line.failing.get(direction, (None, 0))
    if first is not None and times > 1:
        facts.append(of_call(first, f"从这时起连续失败 {times} 次"))
    if line.link.answered_at is not None:
        facts.append(Fact("管局最近一次有应答", line.link.answered_at, {"link": line.link.isp_id}))
    return tuple(facts)


def _bureau_answers(line: Line | None, direction: Direction) -> RuledOut | None:
    call = line.latest_of(direction) if line else None
    if line is None or call is None or not line.is_fresh(call.ended_at):
        return None
    return RuledOut(Cause.BUREAU_OUT_OF_ORDER, of_call(call, f"最近一次{call_words(call)}"))


def in_doubt(situation: Situation) -> Found | RuledOut | None:
    """Nobody knows yet whether the bureau has its file: it is being asked, or the call is under way."""
    request, entry, line = situation.request, situation.entry, situation.line
    if request.state not in (RequestState.UNCERTAIN, RequestState.UPLOADING):
        return None
    facts = [Fact("已发出，还没有应答", request.state_changed_at)]
    if entry is not None:
        file = entry.file
        words = f"第 {file.sequence} 号文件已发出：{file.message or '还没有应答'}"
        facts = [of_file(file, words, file.sent_at, entry.position)]
    query = line.sending if line else None
    if query is not None and side_of(query) is not None:
        facts.append(of_call(query, f"最近一次{call_words(query)}"))
    return Found(
        Cause.IN_DOUBT,
        tuple(facts),
        "不用操作：系统会用“查询上次上报”向管局核对，收到就等审核，没收到就以原编号原样补报，不会重复",
    )
