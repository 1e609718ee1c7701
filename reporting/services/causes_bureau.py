"""Causes once the bureau has the request: its result came and was not applied, lies there, or is not due yet.

Evidence, not hope: what is said of the bureau's side names the answer, file or number that shows it.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from filing.choices import RequestState
from filing.services.codes import name_of
from filing.sms import term_of_sms
from filing.working_days import local_day, working_days_since
from reporting.choices import Cause, Direction, ItemOutcome, NumberVerdict
from reporting.services.causes_line import failures
from reporting.services.findings import Action, Fact, Found, RuledOut, of_file, of_item
from reporting.services.line_facts import Line, Unapplied, side_of
from reporting.services.match import OPERATION_OF_KIND, WITHOUT_KIND
from reporting.services.situations import CLOCKS_MAY_DIFFER, LEGAL_DAYS, Situation

FEW = 20
"""A record that names nobody is held against a request only where so few others may be meant."""


def not_applied(situation: Situation) -> Found | RuledOut | None:
    """A record that names the request, or names nobody, came and was not applied."""
    line, since = situation.line, situation.sent_at
    if line is None or since is None:
        return None
    names = _names(situation)
    came = [
        each
        for each in line.unapplied
        if each.item.download.received_at >= since - CLOCKS_MAY_DIFFER
        and _may_concern(each, situation, names)
    ]
    if not came:
        return None
    facts = tuple(of_item(each.item, _words_of(each, names, situation)) for each in came[:5])
    by_itself = all(each.item.outcome == ItemOutcome.WAITING for each in came)
    step = (
        "不用操作：等这一件的上报落定后自动处理"
        if by_itself
        else "请打开来件，按说明处理或重新应用；处理好后状态随之改变"
    )
    return Found(Cause.NOT_APPLIED, facts, step, needs_person=not by_itself, action=Action.INBOX)


def _names(situation: Situation) -> set[str]:
    request = situation.request
    names = {*request.result_keys, *request.decision_keys, *request.domains}
    if situation.entry is not None:
        names.add(situation.entry.file.name)
    return {name.lower() for name in names if name}


def _may_concern(came: Unapplied, situation: Situation, names: set[str]) -> bool:
    request = situation.request
    if came.item.request_id is not None:
        return came.item.request_id == request.pk
    operation = OPERATION_OF_KIND.get(came.kind or 0)
    if operation is not None and operation != request.operation and request.operation not in WITHOUT_KIND:
        return False
    if came.names:
        return bool(came.names & names)
    if situation.line is None:
        return False
    counts = situation.line.waiting_by_operation
    others = counts.get(request.operation, 0) if operation else sum(counts.values())
    return others <= FEW


def _words_of(came: Unapplied, names: set[str], situation: Situation) -> str:
    item = came.item
    is_named = item.request_id == situation.request.pk or bool(came.names & names)
    who = "这一件" if is_named else "没有注明是哪一件，可能是这一件"
    place = f"来件 {item.download.bureau_name} 第 {item.position} 条"
    return f"{place}（{who}）{ItemOutcome(item.outcome).label}：{item.reason or '等待处理'}"


def filed_by_another(situation: Situation) -> Found | RuledOut | None:
    """The bureau says that a domain or certificate stands under another filing."""
    others = [row for row in situation.answers if row.get("verdict") == "another"]
    if not others:
        return None
    return Found(
        Cause.FILED_BY_ANOTHER,
        tuple(answer_fact(row) for row in others),
        "请与主办者核对：域名是否由他人备案、主体是否另有备案；属实就等管局退回后改走新增接入或变更",
        needs_person=True,
        action=Action.LOOK,
    )


def decided_without_notice(situation: Situation) -> Found | RuledOut | None:
    """The bureau says that what was asked for is done, and its decision never came."""
    decided = [row for row in situation.answers if row.get("verdict") in ("agrees", "unclear")]
    if not decided:
        pending = [row for row in situation.answers if row.get("verdict") == "open"]
        if pending:
            return RuledOut(Cause.DECIDED_WITHOUT_NOTICE, answer_fact(pending[0]))
        return None
    is_clear = all(row["verdict"] == "agrees" for row in decided)
    step = (
        "部分已有结论；其余的每天再查一次，备案号随管局下发的备案数据到达"
        if is_clear
        else "请与管局核对这几项是不是这一件的结论，系统没有据此改变状态"
    )
    return Found(
        Cause.DECIDED_WITHOUT_NOTICE,
        tuple(answer_fact(row) for row in decided),
        step,
        needs_person=not is_clear,
        action=Action.LOOK,
    )


def answer_fact(row: dict[str, object]) -> Fact:
    """What isp_querybeianstatus (or isp_querypreviousupload) answered, kept with the diagnosis."""
    place = {
        name: row[name] for name in ("query", "call", "subject_number", "website_number") if row.get(name)
    }
    return Fact(str(row["words"]), datetime.fromisoformat(str(row["at"])), place)


def lost_at_bureau(situation: Situation) -> Found | RuledOut | None:
    """The bureau's last number is lower than that of the file: it does not have it any more, or never had."""
    entry, line = situation.entry, situation.line
    if entry is None or line is None:
        return None
    file, accepted = entry.file, situation.request.accepted_at
    check = line.check
    asked = [row for row in situation.answers if row.get("query") == "isp_querypreviousupload"]
    last, fact = None, None
    if asked:
        last, fact = asked[-1].get("sequence"), answer_fact(asked[-1])
    elif check is not None and file.settled_at is not None and check.asked_at > file.settled_at:
        last = check.bureau_sequence
        fact = Fact(f"核对编号：管局最近收到第 {last} 号", check.asked_at, {"number_check": check.pk})
    mine = of_file(file, f"这一件在第 {file.sequence} 号文件第 {entry.position} 条", accepted, entry.position)
    if fact is None or last is None or last >= file.sequence:
        proof = fact or of_file(file, f"管局受理了第 {file.sequence} 号文件", accepted, entry.position)
        return RuledOut(Cause.NEVER_ARRIVED, proof)
    waits = check is not None and check.decided_at is None and check.verdict != NumberVerdict.EQUAL
    step = (
        "请链路管理员到链路页看清两边的编号，决定从哪一号补报"
        if waits
        else "管局少了这一号：下次上报时它会要回缺的文件，系统以原编号原样补报；久等不来请联系管局"
    )
    return Found(Cause.NEVER_ARRIVED, (fact, mine), step, needs_person=True, action=Action.LINK)


def not_collected(situation: Situation) -> Found | RuledOut | None:
    """The bureau's queue was not emptied since it accepted the request, or longer ago than promised."""
    line, request = situation.line, situation.request
    if line is None:
        return None
    emptied = line.link.emptied_at
    if situation.is_emptied_since and line.is_fresh(emptied) and line.broken is None:
        words = "下载队列已取空，没有这一件的结果"
        return RuledOut(Cause.NOT_COLLECTED, Fact(words, emptied, {"link": line.link.isp_id}))
    facts = list(_why_not_collected(line))
    if emptied is None:
        facts.append(Fact("下载队列从来没有取空过", None, {"link": line.link.isp_id}))
    else:
        since = "" if situation.is_emptied_since else "，那时管局还没有受理这一件"
        facts.append(Fact(f"最近一次取空下载队列{since}", emptied, {"link": line.link.isp_id}))
    facts.append(Fact("管局受理这一件", request.accepted_at))
    step = "管局那边可能已有退回或结论：现在核对一次；下载恢复后会自动取回"
    if line.broken is not None:
        step = f"管局的文件 {line.broken.bureau_name} 校验不过，一直没有确认：请联系管局重发，修好后自动取回"
    return Found(
        Cause.NOT_COLLECTED,
        tuple(facts),
        step,
        needs_person=line.broken is not None,
        action=Action.LOOK,
    )


def _why_not_collected(line: Line) -> list[Fact]:
    broken = line.broken
    if broken is not None:
        words = f"下载的文件 {broken.bureau_name} 校验不过（{broken.reason}），来过 {broken.times} 次"
        return [Fact(words, broken.last_at, {"broken": broken.pk})]
    if line.receiving is not None and side_of(line.receiving) is not None:
        return list(failures(line, Direction.RECEIVING, line.receiving))
    return []


def forwarded(situation: Situation) -> Found | RuledOut | None:
    """The subject belongs to another province, whose bureau decides."""
    request, line, province = situation.request, situation.line, situation.province
    is_forwarded = request.state == RequestState.FORWARDED
    if line is None or province is None or not (is_forwarded or situation.is_elsewhere):
        return None
    there, here = _place(province), _place(line.link.province)
    facts = [Fact(f"主体属于{there}，报备的是{here}管局", request.accepted_at)]
    facts += [_term_fact(situation)]
    overdue = situation.is_overdue
    step = (
        f"已过法定时限：请联系{there}通信管理局询问，报上单号和文件编号"
        if overdue
        else f"不用操作：由{there}通信管理局审核，结论仍从这条链路回来"
    )
    return Found(
        Cause.FORWARDED, tuple(facts), step, needs_person=overdue, action=Action.LOOK, calm=not overdue
    )


def _place(province: int) -> str:
    return name_of("region", province) or f"代码 {province} 的省"


def sms_check(situation: Situation) -> Found | RuledOut | None:
    """The ministry's check by SMS may be under way: nothing tells, so it is said with its term, and never longer."""
    accepted = situation.request.accepted_at
    if not situation.at_bureau or not situation.has_mobile or accepted is None or situation.is_overdue:
        return None
    until = term_of_sms(accepted)
    if situation.now >= until:
        return None
    told = timezone.localtime(until)
    facts = (
        Fact("管局受理了这一件；短信核验从这时起算，接口不告知发没发、回没回", accepted),
        _term_fact(situation),
    )
    step = f"请提醒主办者：收到工信部核验短信的，在 {told:%m-%d %H:%M} 前回复，过时会被退回"
    return Found(Cause.SMS_CHECK, facts, step, action=Action.LOOK, calm=True)


def within_term(situation: Situation) -> Found | RuledOut | None:
    """The 20 working days of the law have not passed."""
    if not situation.at_bureau or situation.term is None or situation.is_overdue:
        return None
    step = f"不用操作：{_last_day(situation)} 之前管局都可能给出结论"
    return Found(Cause.WITHIN_TERM, (_term_fact(situation),), step, action=Action.LOOK, calm=True)


def overdue(situation: Situation) -> Found | RuledOut | None:
    """The term of the law has passed without a word."""
    if not situation.is_overdue:
        return None
    entry = situation.entry
    number = f"第 {entry.file.sequence} 号文件第 {entry.position} 条" if entry else "单号"
    step = f"请打电话问管局，报上{number}"
    return Found(Cause.OVERDUE, (_term_fact(situation),), step, needs_person=True, action=Action.LOOK)


def _last_day(situation: Situation) -> str:
    term = situation.term
    if term is None:
        return ""
    guess = "（次年节假日安排未公布，估算）" if term.is_estimate else ""
    return f"{term.last_day:%Y-%m-%d}{guess}"


def _term_fact(situation: Situation) -> Fact:
    accepted = situation.request.accepted_at
    if accepted is None:
        return Fact("管局还没有受理")
    passed = working_days_since(local_day(accepted), local_day(situation.now))
    words = f"管局受理后已过 {passed} 个工作日，法定 {LEGAL_DAYS} 个工作日到 {_last_day(situation)} 为止"
    return Fact(words, accepted, {"working_days": passed})
