"""What is known of a link at one moment: its latest calls in each direction, numbers, and what lies in its inbox.

Gathered once for all requests of a link, so that ten thousand diagnoses cost no more queries than one. Reads only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.db.models import Count, Q, QuerySet

from filing.choices import AT_BUREAU_STATES
from filing.models import Request
from filing.secrets import CannotOpen
from reporting.choices import CallOutcome, Circuit, Direction, ItemOutcome, Method, Trouble
from reporting.envelope import unzip_one
from reporting.errors import EnvelopeBroken
from reporting.models import BrokenDownload, Call, DownloadItem, Link, NumberCheck
from reporting.readers.document import NotWellFormed, records_of
from reporting.selectors import FRESH_PROMISE
from reporting.services.patience import HOURS_CODE, WHOLE_LINK_CODES, may_call, trouble_of
from xsd import parse_leniently

METHODS = {
    Direction.SENDING: (Method.UPLOAD, Method.PREVIOUS_UPLOAD),
    Direction.RECEIVING: (Method.DOWNLOAD, Method.ACKNOWLEDGE),
}
NOT_APPLIED = frozenset({ItemOutcome.WAITING, ItemOutcome.FAILED, ItemOutcome.UNMATCHED})
ABOUT_REQUESTS = ("BAJG.", "BASJ", "document")
"""Beginnings of the kinds of records that may be about a request of ours; an unreadable file may hold anything."""

NAME_TAGS = frozenset(
    [
        "Bs",
        "Jlid",
        "Dmms",
        "Bz",
        "Ztid",
        "Wzid",
        "Jrid",
        "IspZtid",
        "IspWzid",
        "IspJrid",
        "Ztbah",
        "Wzbah",
        "Baxh",
        "Ym",
        "Jmym",
    ]
)
"""Elements that name what a record is about."""

MOST_ITEMS, MOST_XML_BYTES = 200, 50 * 1024 * 1024


@dataclass(frozen=True)
class Unapplied:
    """A record that came and was not applied: what it names, and which operation it is about (None: it does not say)."""

    item: DownloadItem
    names: frozenset[str]
    kind: int | None


@dataclass(frozen=True)
class Line:
    """A link with what its rows say. Calls that are still open are left out, but for `latest`.

    `failing`: of a direction whose latest call failed, the first of that row of failures and how many they are.
    `others_silent`: the latest calls to other bureaus, where this one got no answer and none of those did: then it is
    hardly this bureau.
    """

    link: Link
    now: datetime
    sending: Call | None
    receiving: Call | None
    latest: Call | None
    check: NumberCheck | None
    broken: BrokenDownload | None
    unapplied: tuple[Unapplied, ...]
    waiting_by_operation: dict[str, int]
    failing: dict[Direction, tuple[Call | None, int]]
    others_silent: tuple[Call, ...]

    @property
    def is_silent(self) -> bool:
        """Whether nobody has called for longer than promised although a call was due: nothing of ours runs."""
        if self.link.paused_at(Direction.RECEIVING):
            return False
        if self.link.circuit == Circuit.OPEN and not may_call(self.link, Direction.RECEIVING):
            return False
        spoke = self.latest.started_at if self.latest else self.link.created_at
        due = max(filter(None, (spoke, self.link.download_not_before)))
        return self.now - due > FRESH_PROMISE

    @property
    def hours_open_at(self) -> datetime | None:
        """When the bureau's hours begin, where it said that they are over."""
        return hours_open_at(self.link, self.sending, self.now)

    def stopped(self, direction: Direction) -> bool:
        """Whether a person must act before this direction goes on."""
        link = self.link
        return link.circuit == Circuit.OPEN and (
            link.circuit_direction == direction or link.circuit_code in WHOLE_LINK_CODES
        )

    def latest_of(self, direction: Direction) -> Call | None:
        return self.sending if direction == Direction.SENDING else self.receiving

    def is_fresh(self, at: datetime | None) -> bool:
        """Whether a moment is not older than promised."""
        return at is not None and self.now - at <= FRESH_PROMISE


def hours_open_at(link: Link, sending: Call | None, now: datetime) -> datetime | None:
    """When the bureau's hours begin, where its latest answer to an upload said that they are over."""
    opens = link.upload_not_before
    if sending is None or sending.code != HOURS_CODE or opens is None or opens <= now:
        return None
    return opens


def latest_call(link: Link, direction: Direction) -> Call | None:
    """The latest call in a direction that has ended."""
    ended = Call.objects.filter(link=link, method__in=METHODS[direction]).exclude(outcome=CallOutcome.OPEN)
    return ended.order_by("-pk").first()


def gather(link: Link, now: datetime) -> Line:
    """Look at one link. A dozen queries at most, and one for each file in the inbox with records that were not applied."""
    latest = {direction: latest_call(link, direction) for direction in Direction}
    counts = (
        Request.objects.filter(isp_id=link.isp_id, state__in=AT_BUREAU_STATES)
        .order_by()
        .values_list("operation")
        .annotate(count=Count("pk"))
    )
    return Line(
        link=link,
        now=now,
        sending=latest[Direction.SENDING],
        receiving=latest[Direction.RECEIVING],
        latest=Call.objects.filter(link=link).order_by("-pk").first(),
        check=link.number_checks.defer("bureau_zip").order_by("-pk").first(),
        broken=link.broken_downloads.filter(resolved_at=None).defer("content").order_by("-last_at").first(),
        unapplied=tuple(_unapplied(link)),
        waiting_by_operation=dict(counts),
        failing={
            direction: _failing_since(link, direction)
            for direction, call in latest.items()
            if side_of(call) is not None
        },
        others_silent=_others_silent(link, now) if any(map(got_no_answer, latest.values())) else (),
    )


def got_no_answer(call: Call | None) -> bool:
    """Whether nothing at all came back."""
    return call is not None and call.outcome in (CallOutcome.NOT_SENT, CallOutcome.UNKNOWN)


def _others_silent(link: Link, now: datetime) -> tuple[Call, ...]:
    """The latest calls to bureaus at other hosts, if every one of them was lately called in vain; else nothing."""
    found = []
    for other in Link.objects.exclude(pk=link.pk).only("base_url", "name", "isp_id"):
        if urlsplit(other.base_url).hostname == urlsplit(link.base_url).hostname:
            continue
        ended = Call.objects.filter(link=other).exclude(outcome=CallOutcome.OPEN)
        call = ended.select_related("link").order_by("-pk").first()
        if call is None or now - call.started_at > FRESH_PROMISE:
            continue  # says nothing of now
        if not got_no_answer(call):
            return ()
        found.append(call)
    return tuple(found)


def side_of(call: Call | None) -> Trouble | None:
    """On which side a call failed; None where it went well. A row of old, without its side, is judged by its end."""
    if call is None or call.outcome == CallOutcome.OPEN:
        return None
    if call.trouble:
        return Trouble(call.trouble)
    if call.outcome == CallOutcome.ANSWERED:
        side = trouble_of(call.code) if call.code is not None else ""
        return Trouble(side) if side else None
    return Trouble.EITHER if call.outcome == CallOutcome.NOT_SENT else Trouble.BUREAU


def call_words(call: Call) -> str:
    """A call in one line: its method, code or outcome, and the bureau's words."""
    method = Method(call.method).label if call.method in Method.values else call.method
    if call.outcome == CallOutcome.ANSWERED:
        said = f"，{call.message}" if call.message else ""
        return f"{method}：管局答复代码 {call.code}{said}"
    return f"{method}：{CallOutcome(call.outcome).label}，{call.message}"


def _failing_since(link: Link, direction: Direction) -> tuple[Call | None, int]:
    """The first call of the present row of failures, and how many there were."""
    calls = Call.objects.filter(link=link, method__in=METHODS[direction]).exclude(outcome=CallOutcome.OPEN)
    good = calls.filter(outcome=CallOutcome.ANSWERED, trouble="").order_by("-pk").first()
    failed = calls.filter(pk__gt=good.pk if good else 0)
    return failed.order_by("pk").first(), failed.count()


def _unapplied(link: Link) -> list[Unapplied]:
    items = open_items(link)[:MOST_ITEMS]
    by_download: dict[int, list[DownloadItem]] = {}
    for item in items:
        by_download.setdefault(item.download_id, []).append(item)
    found = []
    for mine in by_download.values():
        elements = _elements(mine[0])
        for item in mine:
            names, kind = elements.get(item.position, (frozenset(), None))
            found.append(Unapplied(item, names, kind))
    return found


def open_items(link: Link) -> QuerySet[DownloadItem]:
    """Records about requests that came over a link, were not applied, and that nobody dealt with; newest first."""
    about = Q(*[("kind__startswith", each) for each in ABOUT_REQUESTS], _connector=Q.OR)
    rows = DownloadItem.objects.filter(about, download__link=link, outcome__in=NOT_APPLIED, handled_at=None)
    rows = rows.select_related("download").defer("download__zip_bytes")
    return rows.order_by("-download_id", "position")


def _elements(item: DownloadItem) -> dict[int, tuple[frozenset[str], int | None]]:
    """What the records of an item's file name, by position; nothing where it cannot be read."""
    try:
        _name, xml = unzip_one(bytes(item.download.zip_bytes or b""))
        tree, _overlooked = parse_leniently(xml, max_bytes=MOST_XML_BYTES)
    except (EnvelopeBroken, NotWellFormed, CannotOpen):
        return {}
    found = {}
    for record in records_of(tree.getroot()):
        names = {
            text.strip().lower()
            for node in record.element.iter()
            if node.tag in NAME_TAGS and (text := node.text) and text.strip()
        }
        kind = record.element.findtext("Czlx") or ""
        found[record.position] = (frozenset(names), int(kind) if kind.strip().isdecimal() else None)
    return found
