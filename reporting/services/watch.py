"""The watchdog: looks after requests that wait at the bureau for longer than a set time, and keeps their diagnoses.

It collects what the link can collect, asks what the interface can answer, and lets the usual services draw conclusions. It
sends nothing and settles no upload: that is the sender's work. Each link by itself, few calls a pass, oldest look first.
"""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES
from filing.models import Request
from reporting.choices import Circuit, Direction, Method
from reporting.errors import LinkFault, NotSent, OutcomeUnknown
from reporting.models import Diagnosis, Link
from reporting.selectors import link_of
from reporting.services import patience
from reporting.services.diagnose import diagnose
from reporting.services.download import poll_link
from reporting.services.line_facts import hours_open_at, latest_call
from reporting.services.locks import link_lock
from reporting.services.looking import AskedInVain, Looked, a_day, keep, look
from reporting.services.pausing import pause_words
from reporting.services.situations import WAITING_STATES
from reporting.services.verdicts import Verdict

log = logging.getLogger(__name__)

RECEIVING = Direction.RECEIVING
MOST_CALLS_A_PASS = 20
MOST_SECONDS_A_PASS = 120.0
MOST_ROWS_A_PASS = 1000
QUEUE_IS_OLD_S, PUT_OFF_S, JUST_NOW_S = 300.0, 3600.0, 60.0


@dataclass
class WatchReport:
    """What a pass over one link came to. `stopped` says why it ended early, in Chinese; empty where it did not."""

    isp_id: int
    looked: int = 0
    calls: int = 0
    moved: int = 0
    stopped: str = ""


def watch_after() -> timedelta:
    """How long a request waits before the watchdog looks after it."""
    return patience.waits(settings.ICP_WATCH_AFTER_HOURS * 3600)


def watch_link(link: Link) -> WatchReport:
    """One pass over the requests that wait at one bureau."""
    report = WatchReport(link.isp_id)
    now = timezone.now()
    link.refresh_from_db()
    due = list(_due(link, now)[:MOST_CALLS_A_PASS])
    if not due or not _may_ask(link, report):
        return report
    if link.emptied_at is None or now - link.emptied_at > patience.waits(QUEUE_IS_OLD_S):
        poll_link(link)
        link.refresh_from_db()
        if not _may_ask(link, report):
            return report
    ends = time.monotonic() + MOST_SECONDS_A_PASS
    number = _number_known(link, now)
    for request in due:
        if report.calls >= MOST_CALLS_A_PASS or time.monotonic() > ends:
            report.stopped = "这一轮到此为止，其余的下一轮接着查"
            break
        looked = _look_safely(request, link, number, report, only_due=True)
        if looked is None:
            break
        report.looked += bool(looked.calls)
        report.moved += bool(looked.moved)
        number = number or _number_in(looked.answers)
    return report


def _due(link: Link, now: datetime) -> QuerySet[Request]:
    """Requests at this bureau for longer than the set time about which it was not asked for a day, oldest look first."""
    never = Q(diagnosis=None) | Q(diagnosis__asked_at=None)
    long_ago = Q(diagnosis__asked_at__lte=now - a_day())
    not_put_off = Q(diagnosis=None) | Q(diagnosis__next_look_at__lte=now)
    waiting = Request.objects.filter(isp_id=link.isp_id, state__in=AT_BUREAU_STATES)
    waiting = waiting.filter(never | long_ago, not_put_off, accepted_at__lte=now - watch_after())
    return waiting.order_by(F("diagnosis__asked_at").asc(nulls_first=True), "accepted_at", "pk")


def _may_ask(link: Link, report: WatchReport) -> bool:
    """Never while the circuit is open or the bureau's hours are closed."""
    if link.paused_at(RECEIVING):
        report.stopped = pause_words(link, RECEIVING)
    elif link.circuit == Circuit.OPEN:
        report.stopped = f"链路已停止：{link.circuit_reason}"
    elif not patience.may_call(link, RECEIVING):
        report.stopped = f"链路在等待：{link.download_waiting_reason}"
    elif hours_open_at(link, latest_call(link, Direction.SENDING), timezone.now()) is not None:
        report.stopped = f"不在上报时段：{link.upload_waiting_reason}"
    return not report.stopped


def _look_safely(
    request: Request,
    link: Link,
    number: dict[str, Any] | None,
    report: WatchReport,
    *,
    only_due: bool = False,
) -> Looked | None:
    """Look under the receiving lock. None: the pass ends here, and `report` says why.

    `only_due`: of two watchdogs the second leaves alone what the first has just looked at.
    """
    with link_lock(link, RECEIVING) as held:
        if not held:
            report.stopped = "另一个进程正在下载此链路"
            return None
        if only_due and not _due(link, timezone.now()).filter(pk=request.pk).exists():
            return Looked(request)
        try:
            looked = look(request, link, number=number)
        except (NotSent, OutcomeUnknown, AskedInVain) as error:
            report.calls += 1
            report.stopped = _in_vain(request, link, error)
            return None
        report.calls += looked.calls
        return looked


def _in_vain(request: Request, link: Link, error: LinkFault | AskedInVain) -> str:
    """The bureau did not tell: what needs a person stops the link, all else is put off; the queue is polled as before."""
    code = error.code if isinstance(error, AskedInVain) else None
    log.info("link %s: %s was asked about in vain: %s", link.isp_id, request.ref, error)
    if code in patience.PERSON_CODES and isinstance(error, AskedInVain):
        return patience.heed(link, RECEIVING, error.code, error.message)
    now = timezone.now()
    until = patience.next_opening(str(error), now) if code == patience.HOURS_CODE else None
    until = until or now + patience.waits(PUT_OFF_S)
    (finding,) = diagnose([request], now)
    keep([finding], now)
    concerned = Diagnosis.objects.filter(request=request)
    if code in patience.PATIENCE_CODES:
        # The bureau as a whole says "later": nobody else of this link is asked about before that either.
        keep(diagnose(list(_due(link, now)[:MOST_ROWS_A_PASS]), now), now)
        concerned = Diagnosis.objects.filter(request__isp_id=link.isp_id, next_look_at__lt=until)
    concerned.update(next_look_at=until)
    return str(error)


def _number_known(link: Link, now: datetime) -> dict[str, Any] | None:
    """An answer about the bureau's last upload that is not a day old: such a call carries a whole file."""
    rows = Diagnosis.objects.filter(request__isp_id=link.isp_id, asked_at__gt=now - a_day())
    rows = rows.filter(answers__contains=[{"query": Method.PREVIOUS_UPLOAD.value}]).order_by("-asked_at")
    latest = rows.first()
    return _number_in(latest.answers) if latest else None


def _number_in(answers: list[dict[str, Any]]) -> dict[str, Any] | None:
    return next((row for row in answers if row["query"] == Method.PREVIOUS_UPLOAD.value), None)


def look_now(request: Request) -> str:
    """A person asks: collect what the bureau has, then ask it about this one request. Returns what came of it, in Chinese.

    Not more than once a minute, and nothing is asked while the circuit stays open.
    """
    link = link_of(request)
    if request.state not in WAITING_STATES:
        return "这一件不在等待"
    if link is None:
        return "没有对应的链路，无处可查"
    row = Diagnosis.objects.filter(request=request).first()
    if row and row.asked_at and timezone.now() - row.asked_at < patience.waits(JUST_NOW_S):
        return "刚刚查过，一分钟内不再重复查询"
    poll_link(link, asked=True)
    request.refresh_from_db()
    if request.state not in AT_BUREAU_STATES:
        return f"已取回管局的数据，现在的状态是“{request.get_state_display()}”"
    link.refresh_from_db()
    report = WatchReport(link.isp_id)
    if not _may_ask(link, report):
        return report.stopped
    looked = _look_safely(request, link, None, report)
    if looked is None:
        return report.stopped
    if looked.moved:
        return f"管局已有结论，现在的状态是“{request.get_state_display()}”"
    return _said(looked)


def _said(looked: Looked) -> str:
    """What a look came to that moved nothing."""
    verdicts = [row["verdict"] for row in looked.answers if "verdict" in row]
    if not verdicts:
        return "查过了：下载队列已取空，没有这一件的结果；接口不能查询这类业务的结论"
    if set(verdicts) == {Verdict.OPEN}:
        return "查过了：下载队列已取空，管局还没有这一件的结论"
    return "查过了，管局的答复写在依据里"


def refresh_diagnoses() -> int:
    """Keep the rows true: those of requests that wait no more go, the oldest of the others are found out anew.

    Returns how many were written.
    """
    now = timezone.now()
    Diagnosis.objects.exclude(request__state__in=WAITING_STATES).delete()
    since = Coalesce("accepted_at", "ready_at", "state_changed_at")
    waiting = Request.objects.filter(state__in=WAITING_STATES).annotate(since=since)
    old = waiting.filter(since__lte=now - watch_after()).defer("icp_password")
    oldest = old.order_by(F("diagnosis__found_at").asc(nulls_first=True), "pk")[:MOST_ROWS_A_PASS]
    with transaction.atomic():
        findings = diagnose(list(oldest), now)
        keep(findings, now)
    return len(findings)
