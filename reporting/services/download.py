"""Receiving: download, check, store, acknowledge, apply — until the bureau has no more.

Spec: protocol "The download loop". What fails its check is not acknowledged and is kept for a person (broken.py); what is
stored is applied from the stored copy, so that a record that cannot be applied is never lost and never blocks the rest.
"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from reporting.answers import FileInfo
from reporting.choices import Circuit, Direction
from reporting.errors import EnvelopeBroken, InterfaceMismatch, NotSent, OutcomeUnknown
from reporting.models import Download, Link
from reporting.services import broken, calls, patience
from reporting.services.apply import apply_waiting
from reporting.services.locks import link_lock
from reporting.services.pausing import pause_words

log = logging.getLogger(__name__)
RECEIVING = Direction.RECEIVING
ACKNOWLEDGED_CODES = frozenset({0, 1, 2, 3})
MOST_FILES_A_PASS = 1000
"""One pass of the loop; the next wake-up goes on. A bureau that never ends cannot hold a worker for ever."""


@dataclass
class DownloadReport:
    """One row of `poll`: a file that came, or why none did (`outcome` empty, busy, stopped, waiting, down…)."""

    isp_id: int
    file: str
    outcome: str
    items: int = 0
    problems: int = 0
    message: str = ""


def poll_link(link: Link, *, asked: bool = False) -> list[DownloadReport]:
    """One pass over a link's download queue, then apply everything that was stored and not applied.

    `asked`: a person's command, which does not wait for the link's patience to run out.
    """
    with link_lock(link, RECEIVING) as held:
        if not held:
            return [DownloadReport(link.isp_id, "", "busy", message="另一个进程正在下载此链路")]
        link.refresh_from_db()
        if asked and link.paused_at(RECEIVING):
            apply_waiting(link)
            return [DownloadReport(link.isp_id, "", "paused", message=pause_words(link, RECEIVING))]
        if not asked and not patience.may_call(link, RECEIVING):
            apply_waiting(link)
            return []
        rows, emptied_at = _empty_the_queue(link)
        results = apply_waiting(link)
        if emptied_at is not None:
            # Not before what came is applied: until then what is shown is not what the bureau said.
            Link.objects.filter(pk=link.pk).update(emptied_at=emptied_at)
            link.emptied_at = emptied_at
        for row in rows:
            if row.file in results:
                row.items, row.problems = results[row.file]
        return rows


def _empty_the_queue(link: Link) -> tuple[list[DownloadReport], datetime | None]:
    """Rows of what came, and when the question was asked that found the queue empty: the moment that every waiting
    request of the link is confirmed by, for nothing unread lay at the bureau."""
    rows: list[DownloadReport] = []
    seen: set[str] = set()
    while len(rows) < MOST_FILES_A_PASS:
        asked_at = timezone.now()
        try:
            answer = calls.download(link)
        except (NotSent, OutcomeUnknown) as error:
            if isinstance(error, InterfaceMismatch):
                patience.call_a_person(link, RECEIVING, str(error))
            else:
                patience.wait_a_while(link, RECEIVING, str(error))
            return [*rows, DownloadReport(link.isp_id, "", "down", message=str(error))], None
        if answer.file is None:
            if answer.code not in ACKNOWLEDGED_CODES:
                words = patience.heed(link, RECEIVING, answer.code, answer.message)
                return [*rows, DownloadReport(link.isp_id, "", "stopped", message=words)], None
            _it_went_well(link)
            return rows, asked_at
        row = _take(link, answer.file, seen)
        rows.append(row)
        if row.outcome != "stored":
            return rows, None
    return rows, None


def _it_went_well(link: Link) -> None:
    if link.download_failures or link.circuit == Circuit.OPEN:
        patience.all_is_well(link, RECEIVING)


def _take(link: Link, info: FileInfo, seen: set[str]) -> DownloadReport:
    """Check, store, acknowledge one file. The outcome is "stored" only where all three succeeded."""
    try:
        zip_bytes = calls.open_file(link, info)
    except EnvelopeBroken as error:
        reason = broken.why(link, info, error)
        log.warning("link %s: download %s is broken: %s", link.isp_id, info.name, reason)
        broken.keep(link, info, reason)
        patience.suspect(link, RECEIVING, f"下载文件 {info.name}：{reason}，未确认")
        return DownloadReport(link.isp_id, info.name, "broken", message=reason)
    sha256 = hashlib.sha256(zip_bytes).hexdigest()
    download, _created = Download.objects.get_or_create(
        link=link,
        bureau_name=info.name,
        sha256=sha256,
        defaults={"zip_bytes": zip_bytes, "size_bytes": len(zip_bytes), "received_at": timezone.now()},
    )
    broken.resolve(link, info.name)
    if info.name in seen:
        message = f"管局在确认之后又给出同一文件 {info.name}"
        patience.suspect(link, RECEIVING, message)
        return DownloadReport(link.isp_id, info.name, "repeated", message=message)
    seen.add(info.name)
    try:
        answer = calls.acknowledge(link, info.name)
    except (NotSent, OutcomeUnknown) as error:
        # Stored already: it comes again, is recognised, and is acknowledged then.
        patience.wait_a_while(link, RECEIVING, str(error))
        return DownloadReport(link.isp_id, info.name, "not_acknowledged", message=str(error))
    if answer.code not in ACKNOWLEDGED_CODES:
        words = patience.heed(link, RECEIVING, answer.code, answer.message)
        return DownloadReport(link.isp_id, info.name, "not_acknowledged", message=words)
    if Download.objects.filter(pk=download.pk, acknowledged_at=None).update(acknowledged_at=timezone.now()):
        # The queue got shorter. On a bad line with a long queue its end is a long way off: patience must not grow till
        # then. One that only comes again and again shortens nothing.
        _it_went_well(link)
    return DownloadReport(link.isp_id, info.name, "stored")
