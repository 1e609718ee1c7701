"""Erasing what has been kept long enough: bytes of settled files, calls of every day's routine. The ledger keeps its rows.

Spec: protocol "A data file" (keep every uploaded file at least three months: the bureau may ask for it again).
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import BigIntegerField, Exists, F, Func, OuterRef, QuerySet
from django.utils import timezone

from filing.secrets import OVERHEAD_BYTES
from reporting.choices import EntryOutcome, FileState, Method
from reporting.models import BrokenDownload, Call, DataFile, FileEntry, NumberCheck
from reporting.services.ledger import GAVE_BACK

log = logging.getLogger(__name__)

ROUTINE_DAYS = 30
"""For files that were never accepted, calls without a file, and resolved downloads that were broken."""

CALLS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Pruned:
    """What was erased, or would be. `files` counts accepted ones, `unaccepted` those that gave their number back."""

    files: int
    unaccepted: int
    calls: int
    broken_downloads: int
    number_checks: int
    keep_days: int

    @property
    def anything(self) -> bool:
        return any(value for name, value in asdict(self).items() if name != "keep_days")


def prune(*, dry_run: bool = False, now: datetime | None = None) -> Pruned:
    """Erase what is due. Safe to be run at any time, and twice; each file goes by a statement of its own."""
    now = now or timezone.now()
    keep = now - timedelta(days=settings.ICP_KEEP_FILES_DAYS)
    routine = now - timedelta(days=ROUTINE_DAYS)
    accepted, unaccepted = accepted_due(keep), unaccepted_due(routine)
    calls = routine_calls(routine)
    broken = BrokenDownload.objects.filter(resolved_at__lte=routine, content__isnull=False)
    checks = NumberCheck.objects.filter(decided_at__lte=keep, bureau_zip__isnull=False)
    found = Pruned(
        files=accepted.count() if dry_run else _erase(accepted, now),
        unaccepted=unaccepted.count() if dry_run else _erase(unaccepted, now),
        calls=calls.count() if dry_run else sum(_delete_in_batches(calls)),
        broken_downloads=broken.count() if dry_run else broken.update(content=None),
        number_checks=checks.count() if dry_run else checks.update(bureau_zip=None),
        keep_days=settings.ICP_KEEP_FILES_DAYS,
    )
    if found.anything and not dry_run:
        log.info("pruned %s", asdict(found))
    return found


def accepted_due(before: datetime) -> QuerySet[DataFile]:
    """Accepted files settled before a moment, all of whose records have their result; never the latest of a link.

    The latest is what the bureau compares (isp_querypreviousupload), and what we compare it with.
    """
    waiting = FileEntry.objects.filter(file=OuterRef("pk"), outcome=EntryOutcome.WAITING)
    later = DataFile.objects.filter(
        link=OuterRef("link"), state=FileState.ACCEPTED, sequence__gt=OuterRef("sequence")
    )
    due = _with_bytes().filter(state=FileState.ACCEPTED, settled_at__lte=before)
    return due.filter(~Exists(waiting), Exists(later))


def unaccepted_due(before: datetime) -> QuerySet[DataFile]:
    """Refused and dropped files: their records went on in others."""
    return _with_bytes().filter(state__in=GAVE_BACK, settled_at__lte=before)


def routine_calls(before: datetime) -> QuerySet[Call]:
    """Calls about no file: downloads, acknowledgements, queries. Uploads stay in the ledger."""
    return Call.objects.filter(file=None, started_at__lt=before).exclude(method=Method.UPLOAD)


def _with_bytes() -> QuerySet[DataFile]:
    return DataFile.objects.filter(zip_bytes__isnull=False).order_by("pk")


def _erase(due: QuerySet[DataFile], now: datetime) -> int:
    length = Func(F("zip_bytes"), function="octet_length", output_field=BigIntegerField())
    done = 0
    for key in list(due.values_list("pk", flat=True)):
        # Asked again in the statement itself: what has come to wait meanwhile stays.
        rows = due.filter(pk=key).order_by()
        done += rows.update(zip_size=length - OVERHEAD_BYTES, zip_bytes=None, pruned_at=now)
    return done


def _delete_in_batches(calls: QuerySet[Call]) -> Iterator[int]:
    while keys := list(calls.order_by("pk").values_list("pk", flat=True)[:CALLS_AT_ONCE]):
        yield Call.objects.filter(pk__in=keys).delete()[0]
