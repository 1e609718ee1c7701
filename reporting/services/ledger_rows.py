"""The ledger as rows, one for each file, for the command, the spreadsheet and the export. Reads only, in batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from reporting.models import Call, DataFile, FileEntry, Link
from reporting.services.ledger import files_of, spans
from reporting.services.ledger_proof import hands_of, settled_by

BATCH = 50
THREE_MONTHS = timedelta(days=92)

Row = dict[str, Any]


@dataclass(frozen=True)
class Period:
    """Local days, both included."""

    first: date
    last: date

    @classmethod
    def three_months(cls) -> Period:
        """Until today: as long as the bureau may ask for a file again."""
        today = timezone.localdate()
        return cls(today - THREE_MONTHS, today)

    def holds(self) -> Q:
        """Files that were under way at some time in it: packed before its end, not settled before its beginning."""
        here = timezone.get_current_timezone()
        begin = datetime.combine(self.first, time(0), here)
        end = datetime.combine(self.last + timedelta(days=1), time(0), here)
        return Q(packed_at__lt=end) & (Q(settled_at=None) | Q(settled_at__gte=begin))


def files_in(link: Link, period: Period | None) -> QuerySet[DataFile]:
    """The files of a link in a period, or all, without their bytes; the lowest number first."""
    files = files_of(link)
    return (files.filter(period.holds()) if period else files).order_by("sequence", "pk")


def rows_of(link: Link, period: Period | None = None) -> Iterator[Row]:
    """One row for each file with its requests and every try. Units: times are ISO 8601 with offset, sizes bytes.

    Four queries for each fifty files.
    """
    keys = list(files_in(link, period).values_list("pk", flat=True))
    for at in range(0, len(keys), BATCH):
        files = list(files_of(link).filter(pk__in=keys[at : at + BATCH]).order_by("sequence", "pk"))
        entries = _entries(files)
        calls = _calls(files)
        for file in files:
            yield _row(link, file) | {"requests": entries.get(file.pk, []), "calls": calls.get(file.pk, [])}


def _row(link: Link, file: DataFile) -> Row:
    proof = settled_by(file)
    return {
        "isp_id": link.isp_id,
        "sequence": file.sequence,
        "name": file.name,
        "state": file.state,
        "code": file.code,
        "message": file.message,
        "record_count": file.record_count,
        "xml_bytes": file.xml_bytes,
        "zip_bytes": getattr(file, "zip_length", None),
        "md5": file.zip_md5,
        "sha256": file.sha256,
        "xml_sha256": file.xml_sha256,
        "packed_at": _iso(file.packed_at),
        "packed_by": file.packed_by,
        "attempts": file.attempts,
        "sent_at": _iso(file.sent_at),
        "settled_at": _iso(file.settled_at),
        "pruned_at": _iso(file.pruned_at),
        "proof": file.proof,
        "proof_words": proof.words if proof else "",
    }


def _entries(files: Sequence[DataFile]) -> dict[int, list[Row]]:
    entries = list(
        FileEntry.objects.filter(file__in=[file.pk for file in files])
        .select_related("request")
        .only(
            *("file_id", "revision_number", "position", "outcome", "outcome_at"),
            *("request__ref", "request__operation", "request__subject_name"),
        )
        .order_by("file_id", "position")
    )
    hands = hands_of(entries)
    found: dict[int, list[Row]] = {}
    for entry in entries:
        found.setdefault(entry.file_id, []).append(
            {
                "position": entry.position,
                "ref": entry.request.ref,
                "operation": entry.request.operation,
                "subject": entry.request.subject_name,
                "revision": entry.revision_number,
                "outcome": entry.outcome,
                "outcome_at": _iso(entry.outcome_at),
                "entered_by": hands[entry.pk].entered,
                "approved_by": hands[entry.pk].approved,
            }
        )
    return found


def _calls(files: Sequence[DataFile]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for call in Call.objects.filter(file__in=[file.pk for file in files]).order_by("pk"):
        found.setdefault(call.file_id or 0, []).append(
            {
                "method": call.method,
                "outcome": call.outcome,
                "code": call.code,
                "message": call.message,
                "started_at": _iso(call.started_at),
                "ended_at": _iso(call.ended_at),
                "made_by": call.made_by,
            }
        )
    return found


def link_row(link: Link) -> Row:
    """A link with its next number, gaps, and what was taken up from the bureau."""
    known = spans(link)
    return {
        "isp_id": link.isp_id,
        "name": link.name,
        "next_sequence": link.next_sequence,
        "gaps": [[span.first, span.last] for span in known if span.check is None],
        "before_this_installation": [[span.first, span.last] for span in known if span.check],
    }


def _iso(moment: datetime | None) -> str | None:
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None
