"""What is shown while everything goes wrong: the rows of `filing_status` and the link's condition, asked again and again.

Afterwards the bureau's books say when each result was there to be fetched, and so how long what was shown was wrong, and
whether it said so itself.
"""

from __future__ import annotations

import logging
import statistics
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from lxml import etree

from filing.choices import RequestState
from filing.models import Request
from reporting import selectors
from reporting.envelope import unzip_one
from reporting.models import FileEntry, Link
from reporting.services.status import status_rows
from simulator import Bureau

log = logging.getLogger(__name__)

EVERY_S = 0.5
S = RequestState
WAITING = frozenset({S.UPLOADING, S.UNCERTAIN, S.AWAITING_BUREAU, S.FORWARDED})
"""Shown in these, a request is said to wait for the bureau."""

CLOCK_S = 1.0
"""Times are shown in whole seconds."""


@dataclass(frozen=True)
class Look:
    """One look at everything. `at`, `checked_at`: seconds since the epoch. `is_marked`: the page says by itself that what
    it shows may be old: the link is not well, or was last asked longer ago than is promised."""

    at: float
    checked_at: float | None
    is_marked: bool


@dataclass
class Shown:
    """A request's state as it was shown from one look on, with its revision."""

    look: int
    state: str
    revision: int


@dataclass
class Staleness:
    """Units: seconds. `measured` results; `to_shown` from being available until shown, `median_to_shown` the middle.

    `unmarked`: the longest that a result lay there while the old state was shown as fresh. `false_claim`: by how much a row
    said that it was checked after the result was there, and still showed the old state.
    """

    measured: int = 0
    looks: int = 0
    to_shown: float = 0.0
    median_to_shown: float = 0.0
    unmarked: float = 0.0
    false_claim: float = 0.0
    too_early: list[str] = field(default_factory=list)


class Watcher:
    """Looks every half second in a thread of its own, until it is told to end."""

    def __init__(self) -> None:
        self.looks: list[Look] = []
        self.shown: dict[int, list[Shown]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.fault: Exception | None = None

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Raises: what ended the watching before its time."""
        self._over.set()
        self._thread.join(60)
        if self.fault is not None:
            raise self.fault

    def _watch(self) -> None:
        try:
            while not self._over.wait(EVERY_S):
                self._look()
            self._look()
        except Exception as error:  # told by stop(), in the thread that judges
            log.exception("the watcher ended")
            self.fault = error
        finally:
            connection.close()

    def _look(self) -> None:
        now = time.time()
        requests = list(Request.objects.defer("remarks", "icp_password").order_by("pk"))
        rows = status_rows(requests)
        link = Link.objects.get()
        checked = rows[0]["last_checked_at"] if rows else None
        checked_at = datetime.fromisoformat(checked).timestamp() if checked else None
        promise = selectors.FRESH_PROMISE.total_seconds()
        old = checked_at is not None and now - checked_at > promise
        self.looks.append(Look(now, checked_at, old or selectors.condition_of(link).state != "good"))
        for request, row in zip(requests, rows, strict=True):
            told = self.shown.setdefault(request.pk, [])
            if not told or (told[-1].state, told[-1].revision) != (row["state"], request.revision_number):
                told.append(Shown(len(self.looks) - 1, row["state"], request.revision_number))


def staleness(watcher: Watcher, bureau: Bureau, isp_id: int) -> Staleness:
    """Hold what was shown against the time at which each result was there to be fetched."""
    found = Staleness(looks=len(watcher.looks))
    delays = []
    for (request, revision), there in _available(bureau, isp_id).items():
        told = watcher.shown.get(request, [])
        mine = [place for place, each in enumerate(told) if each.revision == revision]
        waited = [place for place in mine if told[place].state in WAITING]
        if not mine:
            continue
        ended = [p for p in mine if told[p].state in (S.APPROVED, S.REJECTED, S.RETURNED)]
        if ended and watcher.looks[told[ended[0]].look].at < there - CLOCK_S:
            found.too_early.append(f"request {request}, revision {revision}")
        if not waited:
            continue  # everything happened between two looks
        last = waited[-1]
        end = told[last + 1].look if last + 1 < len(told) else len(watcher.looks)
        found.measured += 1
        if end < len(watcher.looks):
            delays.append(max(0.0, watcher.looks[end].at - there))
        _mistakes(found, watcher.looks[told[waited[0]].look : end], there)
    if delays:
        found.to_shown, found.median_to_shown = max(delays), statistics.median(delays)
    return found


def _mistakes(found: Staleness, looks: Iterable[Look], there: float) -> None:
    """The looks at a request that was shown as waiting, whose result was there already."""
    for look in looks:
        if look.at <= there:
            continue
        if not look.is_marked:
            found.unmarked = max(found.unmarked, look.at - there)
        if look.checked_at is not None and look.checked_at - there > CLOCK_S:
            found.false_claim = max(found.false_claim, look.checked_at - there)


def _available(bureau: Bureau, isp_id: int) -> dict[tuple[int, int], float]:
    """When the first word on each revision of a request lay in the download queue, by request and revision."""
    words = _words(bureau, isp_id)
    files = {file.entry_name: file for file in bureau.files[isp_id]}
    found: dict[tuple[int, int], float] = {}
    entries = (
        FileEntry.objects.filter(file__name__in=list(files))
        .order_by("file__sequence")
        .values_list("file__name", "request_id", "request__subject_own_id", "revision_number")
    )
    for name, request, own_id, revision in entries:
        file = files[name]
        if file.refused_with is not None:
            continue  # halved: its records wait again
        times = [at for at in words.get(str(own_id), []) if at >= file.received_at]
        if times:
            found[request, revision] = min(times)
    return found


def _words(bureau: Bureau, isp_id: int) -> dict[str, list[float]]:
    """The times of all results and decisions, by the number that they name."""
    found: dict[str, list[float]] = {}
    for delivery in bureau.downloads.all(isp_id):
        _name, xml = unzip_one(bureau.downloads.zip_bytes(delivery))
        root = etree.fromstring(xml)
        for tag in ("Jg_xx/Bs", "Gjsh/Jlid"):
            for node in root.iterfind(f".//{tag}"):
                found.setdefault((node.text or "").strip(), []).append(delivery.created_at)
    return found
