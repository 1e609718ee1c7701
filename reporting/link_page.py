"""What the page of a link shows beside its ledger: both directions, hours, numbers, what waits. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.models import Request
from reporting.choices import UNSETTLED, CallOutcome, Circuit, Direction, FileState, Method, NumberVerdict
from reporting.models import BrokenDownload, Call, DataFile, FileEntry, Link, NumberCheck
from reporting.selectors import Condition, conditions
from reporting.services.ledger import SENT_BACK, Span, files_of, spans
from reporting.services.patience import HOURS_CODE, WHOLE_LINK_CODES, failures_of, hours_in
from reporting.services.pausing import pause_words

METHODS = {
    Direction.SENDING: (Method.UPLOAD, Method.PREVIOUS_UPLOAD),
    Direction.RECEIVING: (Method.DOWNLOAD, Method.ACKNOWLEDGE),
}
DAY_MINUTES = 24 * 60
TO_SEND = (RequestState.READY, RequestState.PACKED, RequestState.UPLOADING, RequestState.UNCERTAIN)


@dataclass(frozen=True)
class Way:
    """One direction of a link. `stage` is untried, connected, waiting, stopped or paused; `reason` says why it is not
    connected. Untried: the bureau has never answered, so that nobody knows."""

    direction: Direction
    stage: str
    reason: str
    since: datetime | None
    again: datetime | None
    failures: int
    last: Call | None
    paused: str = ""

    @property
    def name(self) -> str:
        return str(self.direction.label)

    @property
    def family(self) -> str:
        return {
            "untried": "waiting",
            "connected": "good",
            "waiting": "attention",
            "stopped": "bad",
            "paused": "attention",
        }[self.stage]

    @property
    def last_words(self) -> str:
        """The latest answer: 代码 0，用时 0.4 秒."""
        call = self.last
        if call is None:
            return "还没有调用过"
        answered = call.outcome == CallOutcome.ANSWERED
        words = f"代码 {call.code}" if answered else str(CallOutcome(call.outcome).label)
        if call.ended_at is not None:
            words += f"，用时 {(call.ended_at - call.started_at).total_seconds():.1f} 秒"
        return words


def ways(link: Link) -> list[Way]:
    """Sending and receiving apart. Two queries."""
    now = timezone.now()
    return [_way(link, direction, now) for direction in (Direction.SENDING, Direction.RECEIVING)]


def _way(link: Link, direction: Direction, now: datetime) -> Way:
    if direction == Direction.SENDING:
        reason, not_before = link.upload_waiting_reason, link.upload_not_before
    else:
        reason, not_before = link.download_waiting_reason, link.download_not_before
    again = not_before if not_before and not_before > now else None
    is_stopped = link.circuit == Circuit.OPEN and (
        link.circuit_direction == direction or link.circuit_code in WHOLE_LINK_CODES
    )
    well = "untried" if link.answered_at is None else "connected"
    stage = "stopped" if is_stopped else "waiting" if reason or again else well
    paused = pause_words(link, direction, now)
    if paused and not is_stopped:
        stage = "paused"
    called = Call.objects.filter(link=link, method__in=METHODS[direction])
    return Way(
        direction=direction,
        stage=stage,
        reason=link.circuit_reason if is_stopped else reason,
        since=link.circuit_since if is_stopped else None,
        again=again,
        failures=failures_of(link, direction),
        paused=paused,
        last=called.exclude(outcome=CallOutcome.OPEN).order_by("-pk").first(),
    )


@dataclass(frozen=True)
class Hours:
    """The bureau's reporting hours as it last told them. `bars`: beginning and length in minutes, cut at midnight."""

    words: str
    bars: tuple[tuple[int, int], ...]
    now: int
    told_at: datetime
    is_open: bool


def hours_of(link: Link) -> Hours | None:
    """What the latest refusal outside the hours (code 20) told of them; None where there was none."""
    call = Call.objects.filter(link=link, code=HOURS_CODE).order_by("-pk").first()
    told = hours_in(call.message) if call else []
    if call is None or not told:
        return None
    here = timezone.localtime()
    minute = here.hour * 60 + here.minute
    bars: list[tuple[int, int]] = []
    for start, end in told:
        if end > start:
            bars.append((start, end - start))
        else:
            bars += [(start, DAY_MINUTES - start), (0, end)]
    words = "、".join(f"{_clock(start)}–{_clock(end)}" for start, end in told)
    is_open = any(start <= minute < start + length for start, length in bars)
    return Hours(words, tuple(bars), minute, call.started_at, is_open)


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


@dataclass(frozen=True)
class Numbers:
    """Where the numbers stand: in hand, next, the latest accepted, what is missing, what was last compared."""

    in_hand: DataFile | None
    last: DataFile | None
    recent: Sequence[DataFile]
    missing: list[Span]
    check: NumberCheck | None

    @property
    def gaps(self) -> list[Span]:
        return [span for span in self.missing if span.check is None]

    @property
    def gap_words(self) -> str:
        return "、".join(span.words for span in self.gaps[:5]) + (" 等" if len(self.gaps) > 5 else "")

    @property
    def begins_at(self) -> int:
        """The first number that this installation knows all of."""
        return max((span.last + 1 for span in self.missing if span.check), default=1)

    @property
    def is_agreed(self) -> bool:
        return self.check is not None and self.check.verdict == NumberVerdict.EQUAL


RECENT = 15


def numbers_of(link: Link) -> Numbers:
    """The numbers of a link. Six queries; `recent` are the latest accepted files, the lowest number first."""
    files = files_of(link)
    accepted = files.filter(state=FileState.ACCEPTED).order_by("-sequence")
    # Counted for the files that are shown: a join would count through every record that the link ever sent.
    back = FileEntry.objects.filter(file=OuterRef("pk"), outcome__in=SENT_BACK).order_by()
    counted = Subquery(back.values("file").annotate(count=Count("pk")).values("count"))
    recent = list(accepted.annotate(sent_back=Coalesce(counted, 0))[:RECENT])
    return Numbers(
        in_hand=files.filter(state__in=UNSETTLED).first(),
        last=recent[0] if recent else None,
        recent=recent[::-1],
        missing=spans(link),
        check=link.number_checks.defer("bureau_zip").order_by("-pk").first(),
    )


@dataclass(frozen=True)
class Backlog:
    """What waits: to be sent (with those held back for a person), and at the bureau; since when the oldest does."""

    to_send: int = 0
    oldest: datetime | None = None
    held: int = 0
    at_bureau: int = 0
    longest: datetime | None = None


def _requests_of(links: Iterable[Link]) -> QuerySet[Request]:
    mine = Q(isp_id__in=[link.isp_id for link in links])
    if any(link.is_default for link in links):
        mine |= Q(isp_id=None)
    return Request.objects.filter(mine)


def backlog_of(link: Link) -> Backlog:
    """One query, which reads what is under way and not what has been decided."""
    waiting = _requests_of([link]).filter(state__in=[*TO_SEND, *AT_BUREAU_STATES])
    counts = waiting.aggregate(
        to_send=Count("pk", filter=Q(state__in=TO_SEND)),
        oldest=Min("ready_at", filter=Q(state__in=TO_SEND)),
        held=Count("pk", filter=Q(state=RequestState.READY) & ~Q(held_reason="")),
        at_bureau=Count("pk", filter=Q(state__in=AT_BUREAU_STATES)),
        longest=Min("accepted_at", filter=Q(state__in=AT_BUREAU_STATES)),
    )
    return Backlog(**counts)


@dataclass(frozen=True)
class Overview:
    """One line of the list of links."""

    condition: Condition
    link: Link
    to_send: int
    oldest: datetime | None
    at_bureau: int
    last: DataFile | None
    in_hand: DataFile | None
    broken: int


def overview() -> list[Overview]:
    """All links, the default first. Five queries for any number of them."""
    found = conditions()
    default = next((each.link.isp_id for each in found if each.link.is_default), None)
    waiting: dict[int | None, Backlog] = {}
    rows = (
        Request.objects.filter(state__in=[*TO_SEND, *AT_BUREAU_STATES])
        .order_by()
        .values_list(F("isp_id"))
        .annotate(
            to_send=Count("pk", filter=Q(state__in=TO_SEND)),
            oldest=Min("ready_at", filter=Q(state__in=TO_SEND)),
            at_bureau=Count("pk", filter=Q(state__in=AT_BUREAU_STATES)),
        )
    )
    for isp_id, to_send, oldest, at_bureau in rows:
        key = isp_id or default
        known = waiting.get(key, Backlog())
        first = min(filter(None, [known.oldest, oldest]), default=None)
        waiting[key] = Backlog(known.to_send + to_send, first, 0, known.at_bureau + at_bureau)
    # The latest of each link by its index, not the files of all years put in order.
    files = DataFile.objects.defer("zip_bytes")
    accepted = DataFile.objects.filter(link=OuterRef("pk"), state=FileState.ACCEPTED).order_by("-sequence")
    latest = Link.objects.annotate(latest=Subquery(accepted.values("pk")[:1])).values("latest")
    last = {file.link_id: file for file in files.filter(pk__in=latest)}
    # At most one of each: a constraint of the database.
    hand = {file.link_id: file for file in files.filter(state__in=UNSETTLED)}
    broken = dict(
        BrokenDownload.objects.filter(resolved_at=None)
        .order_by()
        .values_list("link")
        .annotate(count=Count("pk"))
    )
    return [
        Overview(
            each,
            each.link,
            (mine := waiting.get(each.link.isp_id, Backlog())).to_send,
            mine.oldest,
            mine.at_bureau,
            last.get(each.link.pk),
            hand.get(each.link.pk),
            broken.get(each.link.pk, 0),
        )
        for each in found
    ]


def tries_of(file: DataFile) -> list[Call]:
    """Every call about a file, the first first."""
    return list(file.calls.order_by("pk"))
