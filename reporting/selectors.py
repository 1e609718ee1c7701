"""Reading the link: how each one fares, how fresh what we know is, and where a request went. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import F, QuerySet
from django.utils import timezone

from filing.models import Request
from filing.times import day_words, duration_words
from reporting.choices import Circuit, Direction, Trouble
from reporting.models import Call, Diagnosis, FileEntry, Link
from reporting.services.pausing import pause_words

FRESH_PROMISE = timedelta(minutes=15)
"""What we promise: a decision that the bureau has ready is here no later than this. The download queue is asked every
15 seconds, so an older check means that the link or the bureau is down, and the screen says so by itself."""

_BUREAU_WORDS = {15: "积压，稍后再报", 20: "不在上报时段", 901: "系统维护中", 902: "系统维护中"}

_SUFFIXES = ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "省", "市")


@dataclass(frozen=True)
class Condition:
    """How a link fares, in words. `state` is good, waiting, attention or bad; `since` the latest answer.

    `rank` orders them, the worst first.
    """

    link: Link
    name: str
    state: str
    words: str
    reason: str = ""
    rank: int = 3

    @property
    def since(self) -> datetime | None:
        return self.link.answered_at


def links() -> list[Link]:
    """All links, the default first, without their secrets."""
    return list(
        Link.objects.defer("password", "aes_key", "aes_iv").order_by("-is_default", "province", "isp_id")
    )


def link_of(request: Request, among: Iterable[Link] | None = None) -> Link | None:
    """The link that a request goes over; None where no link is set up."""
    found = list(among) if among is not None else links()
    if request.isp_id is not None:
        return next((link for link in found if link.isp_id == request.isp_id), None)
    return next((link for link in found if link.is_default), None)


def short_name(link: Link) -> str:
    """The bureau's place as people say it: 北京, 广西; the unit number where it has no name."""
    for suffix in _SUFFIXES:
        if link.name.endswith(suffix) and len(link.name) > len(suffix):
            return link.name.removesuffix(suffix)
    return link.name or str(link.isp_id)


def condition_of(link: Link, now: datetime | None = None) -> Condition:
    """Say how a link fares: stopped, waiting by itself, silent, or well."""
    now = now or timezone.now()
    name = short_name(link)
    paused = [side for side in Direction if link.paused_at(side)]
    told = "".join(f"{pause_words(link, side, now)}。" for side in paused)
    if link.circuit == Circuit.OPEN:
        since = f"{day_words(link.circuit_since, now)} 起" if link.circuit_since else ""
        return Condition(
            link, name, "bad", f"{name}链路已停止", f"{since}停止：{link.circuit_reason}{told}", 0
        )
    if paused:
        sides = "和".join(str(side.label) for side in paused)
        return Condition(link, name, "attention", f"{name}链路已暂停{sides}", told, 1)
    if link.waiting_reason:
        until = max(filter(None, (link.upload_not_before, link.download_not_before)), default=None)
        again = f"{day_words(until, now)} 自动再试，不用操作。" if until and until > now else ""
        words = f"{link.waiting_reason}。".replace("。。", "。")
        return Condition(link, name, "attention", _whose_trouble(link, name), f"{words}{again}", 1)
    if link.answered_at is None:
        return Condition(
            link, name, "waiting", f"{name}链路还没有联系过", "第一次上报或下载后才知道通不通。", 2
        )
    if now - link.answered_at > FRESH_PROMISE:
        silence = duration_words(now - link.answered_at)
        reason = "没有新的调用：后台任务可能没有运行，请告诉管理员。"
        return Condition(link, name, "attention", f"{name}链路 {silence}没有应答", reason, 1)
    return Condition(link, name, "good", f"{name}链路正常")


def _whose_trouble(link: Link, name: str) -> str:
    """A bureau that is away or shut is told from a fault of our own, by the latest call that failed."""
    call = Call.objects.filter(link=link).exclude(trouble="").order_by("-started_at").first()
    if call is None:
        return f"{name}链路在等待"
    if call.code in _BUREAU_WORDS:
        return f"{name}管局{_BUREAU_WORDS[call.code]}"
    if call.trouble == Trouble.BUREAU:
        return f"{name}管局系统没有应答"
    return f"我方到不了{name}管局" if call.trouble == Trouble.NETWORK else f"{name}链路在等待"


def conditions() -> list[Condition]:
    """How all links fare, the default first."""
    return [condition_of(link) for link in links()]


def entries_of(request: Request) -> QuerySet[FileEntry]:
    """Where a request stood in data files, the latest first, without the bytes of the files."""
    return (
        FileEntry.objects.filter(request=request)
        .select_related("file", "file__link")
        .defer("file__zip_bytes", "file__link__password", "file__link__aes_key", "file__link__aes_iv")
        .order_by("-pk")
    )


def diagnoses_for_a_person() -> QuerySet[Diagnosis]:
    """Diagnoses of requests that wait and need a person, longest waiting first.

    A row that is older than its request's last move is left out: what it said may be over.
    """
    rows = Diagnosis.objects.filter(needs_person=True, found_at__gte=F("request__state_changed_at"))
    rows = rows.select_related("request").defer("request__icp_password")
    return rows.order_by("request__state_changed_at", "pk")
