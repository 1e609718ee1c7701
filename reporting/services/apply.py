"""Applying what came, record by record, from the stored copy; idempotent, and repeatable from the raw bytes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby

from django.db import transaction
from django.utils import timezone

from filing.bulk import update_rows
from filing.secrets import CannotOpen
from filing.services.in_process import lift_told
from filing.states import MoveRefused
from reporting.choices import ItemOutcome
from reporting.envelope import unzip_one
from reporting.errors import EnvelopeBroken
from reporting.models import Download, DownloadItem, Link
from reporting.readers.document import Document, NotWellFormed, Record, read_document
from reporting.readers.elements import Unreadable, positive, text
from reporting.services import (
    apply_cancelled,
    apply_filed,
    apply_filed_bulk,
    apply_lists,
    apply_noted,
    apply_results,
    apply_synchronised,
    apply_tables,
    apply_tasks,
)
from reporting.services.applied import Applied, NotYet, Source, Unmatched
from reporting.services.file_states import FileMoved
from verification.services.settling import settle

log = logging.getLogger(__name__)

FILED = "BASJ"
FILINGS = (FILED, apply_synchronised.SYNCHRONISED)
"""What is applied hundreds at once."""

HANDLERS: dict[str, Callable[[Record, Source], Applied]] = {
    "BAJG.result": apply_results.apply_result,
    "BAJG.decision": apply_results.apply_decision,
    FILED: apply_filed.apply_filed,
    apply_synchronised.SYNCHRONISED: apply_filed.apply_filed,
    **apply_cancelled.HANDLERS,
    **apply_lists.HANDLERS,
    **apply_noted.HANDLERS,
    **apply_tables.HANDLERS,
    **apply_tasks.HANDLERS,
}
"""What is done with each kind of record. Kinds without a line are kept and shown, and stop nothing."""

DONE = frozenset({ItemOutcome.APPLIED, ItemOutcome.NOTED})
ORDER = {"BAJG.decision": 1, "BAJG.result": 2}
"""Within one file filed data goes first: the numbers are there when the approval is told. Then decisions: their words
are there when a request is seen to be rejected; bare codes come last."""


def apply_waiting(link: Link) -> dict[str, tuple[int, int]]:
    """Apply every stored download of a link that was not applied, oldest first.

    Returns for each file name how many records it had and how many of them need a person.
    """
    results = {}
    due = Download.objects.filter(link=link, applied_at=None).order_by("pk")
    for key in list(due.values_list("pk", flat=True)):
        # One at a time, its bytes when they are needed: those of one that cannot be unsealed must not stop the others.
        download = Download.objects.select_related("link").defer("zip_bytes").get(pk=key)
        results[download.bureau_name] = apply_download(download)
    if results:
        # What the bureau asked for may have been answered by this.
        settle()
    return results


def apply_download(download: Download) -> tuple[int, int]:
    """Apply (or apply again) one download. Records already done are left alone.

    A record that fails is kept with its reason; the rest go on.
    """
    document, fault = _open(download)
    items = _items_of(download, document, fault)
    if not fault and 0 in items and items[0].outcome not in DONE:
        _write([items[0]], [Applied(ItemOutcome.NOTED, "文件后来读得出来了，其中各条已逐条处理")])
    source = Source(download.link, download)
    due = [record for record in document.records if items[record.position].outcome not in DONE]
    for kind, run in groupby(sorted(due, key=_order), key=lambda record: record.kind):
        if kind in FILINGS:
            _apply_filings(kind, items, list(run), source)
        else:
            for record in run:
                _apply_one(items[record.position], record, source)
    if all(item.outcome != ItemOutcome.WAITING for item in items.values()):
        download.applied_at = timezone.now()
    download.oddities = document.oddities
    download.save(update_fields=["applied_at", "oddities"])
    return len(items), sum(item.outcome not in DONE for item in items.values())


def _apply_filings(kind: str, items: dict[int, DownloadItem], records: list[Record], source: Source) -> None:
    """Filed data: told by itself it ends what was in process elsewhere, synchronised it is compared before."""
    if kind == apply_synchronised.SYNCHRONISED:
        apply_synchronised.compare_first(source.download, records)
    _apply_together(items, records, source)
    if kind == FILED:
        done = [record.element for record in records if items[record.position].outcome in DONE]
        told = [(positive(node, "Zt_xx/Ztid"), text(node, "Zt_xx/Baxh")) for node in done]
        lift_told(told, isp_id=source.link.isp_id, since=source.download.received_at)


def _order(record: Record) -> tuple[int, bool, int]:
    late = record.kind == "BAJG.result" and apply_results.is_good_news(record)
    return ORDER.get(record.kind, 0), late, record.position


def _open(download: Download) -> tuple[Document, str]:
    """The document, or an empty one and why it cannot be read: the bytes stay, a person sees them."""
    try:
        _name, xml = unzip_one(bytes(download.zip_bytes or b""))
        return read_document(xml), ""
    except (EnvelopeBroken, CannotOpen) as error:
        log.warning("download %s cannot be opened: %s", download.pk, error)
        return Document(()), str(error)
    except NotWellFormed as error:
        return Document(()), f"文件不是可读的 XML：{error}"


def _items_of(download: Download, document: Document, fault: str) -> dict[int, DownloadItem]:
    known = {item.position: item for item in download.items.all()}
    new = [
        DownloadItem(download=download, position=record.position, path=record.path[:255], kind=record.kind)
        for record in document.records
        if record.position not in known
    ]
    if fault and 0 not in known:
        new.append(
            DownloadItem(
                download=download,
                position=0,
                path="/",
                kind="document",
                outcome=ItemOutcome.FAILED,
                reason=fault,
            )
        )
    DownloadItem.objects.bulk_create(new)
    return known | {item.position: item for item in new}


def _apply_together(items: dict[int, DownloadItem], records: Sequence[Record], source: Source) -> None:
    """Apply filed data in batches. A batch that does not go as a whole is tried in halves, down to the record at fault,
    which `_apply_one` then tells."""
    for batch in apply_filed_bulk.batches(records, source):
        if len(batch.records) == 1:
            _apply_one(items[batch.records[0].position], batch.records[0], source)
            continue
        try:
            with transaction.atomic():
                found = batch.apply()
                _write([items[record.position] for record in batch.records], found)
        except Exception as error:
            # As for one record: whatever is wrong with one of them, the others go on.
            name = type(error).__name__
            log.info("download %s: %s in a batch of %s", source.download.pk, name, len(batch.records))
            middle = len(batch.records) // 2
            _apply_together(items, batch.records[:middle], source)
            _apply_together(items, batch.records[middle:], source)


def _write(items: Sequence[DownloadItem], found: Sequence[Applied]) -> None:
    now = timezone.now()
    for item, applied in zip(items, found, strict=True):
        item.outcome, item.reason, item.summary = applied.outcome, applied.reason, applied.summary
        item.request, item.applied_at = applied.request, now
    names = ("id", "outcome", "reason", "summary", "request_id", "applied_at")
    update_rows(DownloadItem, [{name: getattr(item, name) for name in names} for item in items])


def _apply_one(item: DownloadItem, record: Record, source: Source) -> None:
    handler = HANDLERS.get(record.kind)
    try:
        with transaction.atomic():
            applied = (
                handler(record, source)
                if handler
                else Applied(ItemOutcome.UNKNOWN, "暂不处理的内容，原样保留")
            )
    except (NotYet, FileMoved) as error:
        applied = Applied(ItemOutcome.WAITING, str(error))
    except Unmatched as error:
        applied = Applied(ItemOutcome.UNMATCHED, str(error))
    except (Unreadable, MoveRefused) as error:
        applied = Applied(ItemOutcome.FAILED, str(error))
    except Exception as error:
        # The outermost loop over records: whatever is wrong with one, here or in it, must not stop the others for
        # ever. It is logged, kept, and listed for a person.
        log.exception("download %s, record %s could not be applied", source.download.pk, record.position)
        applied = Applied(ItemOutcome.FAILED, f"处理时出错（{type(error).__name__}），已记入日志")
    _write([item], [applied])


def need_a_person(items: Iterable[DownloadItem]) -> list[DownloadItem]:
    """Those that were neither applied nor noted."""
    return [item for item in items if item.outcome not in DONE]
