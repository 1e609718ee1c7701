"""The self-check of a link: parameters, circuit, hours, answers, queue, tasks, files, inbox, numbers, and who waits why.

Each check tells how it stands, its cause and proof, and the next step. Reads only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from filing.models import Request
from filing.times import duration_words
from reporting.choices import UNSETTLED, Cause, Direction, FileState, NumberVerdict
from reporting.inbox import OPEN_ITEMS
from reporting.models import DataFile, DownloadItem, Link
from reporting.selectors import links
from reporting.services.causes_line import (
    BUREAU_IS_DOWN_CODES,
    failures,
    is_our_network,
    silence,
    stop_evidence,
    stop_step,
)
from reporting.services.diagnose import diagnose
from reporting.services.findings import Fact, of_call, of_file
from reporting.services.line_facts import Line, call_words, gather, open_items, side_of
from reporting.services.pausing import pause_words
from reporting.services.situations import WAITING_STATES

MOST_REQUESTS = 2000
"""Of more than these the causes are counted by the ones that wait longest."""

GOOD, PATIENT, PERSON = "good", "waiting", "attention"


@dataclass(frozen=True)
class Check:
    """One check of one link. `state`: good, waiting (it passes by itself) or attention (a person must act)."""

    isp_id: int | None
    name: str
    state: str
    words: str
    cause: Cause | None = None
    evidence: tuple[Fact, ...] = ()
    next_step: str = ""

    @property
    def needs_person(self) -> bool:
        return self.state == PERSON

    def as_json(self) -> dict[str, Any]:
        return {
            "isp_id": self.isp_id,
            "check": self.name,
            "state": self.state,
            "words": self.words,
            "cause": self.cause.value if self.cause else None,
            "evidence": [fact.as_json() for fact in self.evidence],
            "next_step": self.next_step,
            "needs_person": self.needs_person,
        }


def check_all() -> list[Check]:
    """Check every link, the default first; one row that says so where there is none."""
    found = links()
    if not found:
        return [
            Check(
                None,
                "link",
                PERSON,
                "还没有设置报备链路",
                Cause.NO_LINK,
                next_step="用命令 set_bureau 填入管局给的参数",
            )
        ]
    return [check for link in found for check in check_link(link)]


def check_link(link: Link) -> list[Check]:
    """All checks of one link, in order."""
    line = gather(link, timezone.now())
    return [check(line) for check in CHECKS] + _waiting(line)


def _parameters(line: Line) -> Check:
    link = Link.objects.get(pk=line.link.pk)  # with its secrets, which lists leave out
    lacking = [
        words
        for words, value in (
            ("接口地址", link.base_url),
            ("用户名", link.user_name),
            ("口令", link.password),
            ("登记的上报地址", link.registered_address),
        )
        if not value
    ]
    if link.encrypts and not (link.aes_key and link.aes_iv):
        lacking.append("密钥和偏移量")
    if not lacking:
        return Check(link.isp_id, "parameters", GOOD, "参数齐全")
    only_address = lacking == ["登记的上报地址"]
    return Check(
        link.isp_id,
        "parameters",
        GOOD if only_address else PERSON,
        f"没有填写：{'、'.join(lacking)}",
        next_step="用命令 set_bureau 补填"
        + ("（--registered-address），出现代码 13 时好核对" if only_address else ""),
    )


def _circuit(line: Line) -> Check:
    link = line.link
    stopped = [side for side in Direction if line.stopped(side)]
    paused = [side for side in Direction if link.paused_at(side)]
    facts = tuple(Fact(pause_words(link, side), link.paused_at(side)) for side in paused)
    if paused and not stopped:
        words = f"{'、'.join(side.label for side in paused)}已暂停"
        return Check(link.isp_id, "circuit", PERSON, words, Cause.LINK_STOPPED, facts, "到链路页恢复")
    if not stopped:
        return Check(link.isp_id, "circuit", GOOD, "电路正常")
    sides = "、".join(side.label for side in stopped)
    return Check(
        link.isp_id,
        "circuit",
        PERSON,
        f"{sides}已停止",
        Cause.LINK_STOPPED,
        (*stop_evidence(line), *facts),
        stop_step(line),
    )


def _hours(line: Line) -> Check:
    opens = line.hours_open_at
    if opens is None or line.sending is None:
        return Check(line.link.isp_id, "hours", GOOD, "没有时段限制")
    evidence = (of_call(line.sending, line.sending.message), Fact("自动开始上报", opens))
    step = "不用操作，到时自动上报"
    return Check(line.link.isp_id, "hours", PATIENT, "不在上报时段", Cause.ABOUT_TO_GO, evidence, step)


def _answer(line: Line) -> Check:
    """The latest answer, and on which side the latest failure of each direction lies."""
    isp_id, at = line.link.isp_id, line.link.answered_at
    for direction in Direction:
        call = line.latest_of(direction)
        side = side_of(call)
        if call is None or side is None or line.stopped(direction) or line.hours_open_at is not None:
            continue
        evidence = failures(line, direction, call)
        if is_our_network(line, call):
            step = "检查本机的网络和域名解析；通了自动接着做"
            words = f"{direction.label}不通：我方网络"
            return Check(isp_id, "answer", PERSON, words, Cause.NETWORK_DOWN, evidence, step)
        shut = call.code in BUREAU_IS_DOWN_CODES
        words = f"{direction.label}{'：管局关闭' if shut else '没有成功'}（{side.label}）"
        step = "不用操作，自动再试；久不恢复就联系管局"
        return Check(isp_id, "answer", PATIENT, words, Cause.BUREAU_OUT_OF_ORDER, evidence, step)
    if at is None:
        return Check(isp_id, "answer", PATIENT, "管局还没有应答过")
    return Check(isp_id, "answer", GOOD, f"{duration_words(line.now - at)}前有应答", evidence=_last(line))


def _last(line: Line) -> tuple[Fact, ...]:
    return (of_call(line.latest, call_words(line.latest)),) if line.latest else ()


def _queue(line: Line) -> Check:
    isp_id, at, broken = line.link.isp_id, line.link.emptied_at, line.broken
    place = {"link": isp_id}
    if broken is not None:
        words = f"文件 {broken.bureau_name} 校验不过，没有确认"
        fact = Fact(f"{broken.reason}，来过 {broken.times} 次", broken.last_at, {"broken": broken.pk})
        return Check(isp_id, "queue", PERSON, words, Cause.NOT_COLLECTED, (fact,), "联系管局重发这个文件")
    if line.is_fresh(at):
        words = "下载队列刚取空"
        return Check(isp_id, "queue", GOOD, words, evidence=(Fact(words, at, place),))
    words = f"下载队列 {duration_words(line.now - at)}没有取空" if at else "下载队列从来没有取空过"
    step = "运行 manage.py poll，或看上面的原因"
    return Check(isp_id, "queue", PATIENT, words, Cause.NOT_COLLECTED, (Fact(words, at, place),), step)


def _worker(line: Line) -> Check:
    fact = silence(line)
    if not line.is_silent:
        return Check(line.link.isp_id, "worker", GOOD, "后台任务在运行", evidence=(fact,))
    step = "检查 celery worker 与 beat 是否在运行"
    return Check(line.link.isp_id, "worker", PERSON, "久无调用", Cause.NOT_RUNNING, (fact,), step)


def _file(line: Line) -> Check:
    rows = DataFile.objects.filter(link=line.link, state__in=UNSETTLED).defer("zip_bytes")
    file = rows.first()
    if file is None:
        return Check(line.link.isp_id, "file", GOOD, "没有未落定的文件")
    told = f"第 {file.sequence} 号文件{FileState(file.state).label}，{file.record_count} 条"
    words = f"{told}：{file.message}" if file.message else told
    fact = of_file(file, words, file.sent_at or file.packed_at)
    if file.state == FileState.CONFLICT:
        step = "到链路页看清两边的编号再决定"
        return Check(line.link.isp_id, "file", PERSON, told, Cause.IN_DOUBT, (fact,), step)
    in_doubt = file.state in (FileState.UNCERTAIN, FileState.SENDING)
    cause = Cause.IN_DOUBT if in_doubt else Cause.ABOUT_TO_GO
    step = "不用操作：先向管局核对，再决定是否原样补报" if in_doubt else "不用操作：下一轮上报"
    return Check(line.link.isp_id, "file", PATIENT, told, cause, (fact,), step)


def _inbox(line: Line) -> Check:
    everything = DownloadItem.objects.filter(OPEN_ITEMS, download__link=line.link)
    count, about = everything.count(), open_items(line.link).exclude(outcome="waiting").count()
    if not count:
        return Check(line.link.isp_id, "inbox", GOOD, "来件都已处理")
    newest = everything.select_related("download").defer("download__zip_bytes").order_by("-pk").first()
    place = {"download": newest.download_id, "position": newest.position} if newest else {}
    fact = Fact(newest.reason if newest else "", newest.download.received_at if newest else None, place)
    words = f"{count} 条来件待人工，其中 {about} 条可能是报备的结果"
    step = "到“管局来件”逐条处理"
    return Check(line.link.isp_id, "inbox", PERSON, words, Cause.NOT_APPLIED, (fact,), step)


def _numbers(line: Line) -> Check:
    check, link = line.check, line.link
    if check is None or check.decided_at is not None or check.verdict == NumberVerdict.EQUAL:
        return Check(link.isp_id, "numbers", GOOD, f"编号没有未决的差异，下一号 {link.next_sequence}")
    words = f"编号不一致：我方下一号 {check.our_next}，管局最近 {check.bureau_sequence} 号"
    fact = Fact(check.words or words, check.asked_at, {"number_check": check.pk})
    step = "到链路页看清两边的编号，决定从哪一号接着报"
    return Check(link.isp_id, "numbers", PERSON, words, Cause.LINK_STOPPED, (fact,), step)


CHECKS: Sequence[Callable[[Line], Check]] = (
    _parameters,
    _circuit,
    _hours,
    _answer,
    _queue,
    _worker,
    _file,
    _inbox,
    _numbers,
)


def _waiting(line: Line) -> list[Check]:
    """How many requests wait for which cause; those that need a person each name the one that waits longest."""
    link = line.link
    rows = Request.objects.filter(state__in=WAITING_STATES).order_by("pk").defer("icp_password")
    mine = rows.filter(isp_id=link.isp_id)
    if link.is_default:
        mine = mine | rows.filter(isp_id=None)
    findings = [each for each in diagnose(list(mine[:MOST_REQUESTS]), line.now) if each.found]
    counts = Counter(each.cause for each in findings)
    checks = []
    for cause, count in counts.most_common():
        same = [each for each in findings if each.cause == cause and each.found]
        first = next((each for each in same if each.needs_person), same[0])
        state = PERSON if first.needs_person else PATIENT
        calm = first.found is not None and first.found.calm
        words = f"{count} 件：{Cause(cause).label}，最早的是 {first.request.ref}" if cause else ""
        checks.append(
            Check(
                link.isp_id,
                "waiting",
                GOOD if calm else state,
                words,
                cause,
                first.evidence,
                first.step,
            )
        )
    return checks or [Check(link.isp_id, "waiting", GOOD, "没有在等的报备单")]
