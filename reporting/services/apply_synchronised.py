"""Filings of a bulk synchronisation (SJTB): taken over as filed data is, whatever their form; compared with what stood here
before anything of them is written.

Spec: protocol "What comes back", SJTB; training materials, R2.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from filing.filed_data import SubjectData
from reporting.models import Download, Reconciliation
from reporting.readers.document import Record
from reporting.readers.elements import Unreadable
from reporting.readers.filed import read_subject
from reporting.readers.handed_over import Known, read_filing
from reporting.readers.nodes import Deviation, node_of
from reporting.services.reconciling import Comparing

SYNCHRONISED = "SJTB.filing"
_AT_ONCE = 500
_MOST_TOLD = 3
_NOTHING_KNOWN = Known()


def read_leniently(record: Record) -> tuple[SubjectData, list[Deviation]]:
    """A filing of SJTB, and what is odd in it. Raises: Unreadable without a subject."""
    data, odd, why_not = read_filing(node_of(record.element), _NOTHING_KNOWN, conforms=False)
    if data is None:
        raise Unreadable(why_not)
    return data, odd


def subject_of(record: Record) -> SubjectData:
    """What filed data says, BASJ or SJTB. Raises: Unreadable; of SJTB only where it names no subject at all."""
    return read_leniently(record)[0] if record.kind == SYNCHRONISED else read_subject(record.element)


def told_of(record: Record) -> str:
    """What is odd in a filing of SJTB, in a line; empty for BASJ and for what is as it should be."""
    if record.kind != SYNCHRONISED:
        return ""
    words = [f"{each.place}：{each.words}" for each in read_leniently(record)[1]]
    more = f" 等 {len(words)} 处" if len(words) > _MOST_TOLD else ""
    return "；".join(words[:_MOST_TOLD]) + more


@transaction.atomic
def compare_first(download: Download, records: Sequence[Record]) -> None:
    """Write down where a synchronisation and what is held differ. Once for a download: afterwards both are the same."""
    if not records or Reconciliation.objects.filter(download=download).exists():
        return
    comparing = Comparing(Reconciliation.objects.create(isp_id=download.link.isp_id, download=download))
    found: list[SubjectData] = []
    for record in records:
        try:
            found.append(subject_of(record))
        except Unreadable:
            continue  # told where it is applied
    for start in range(0, len(found), _AT_ONCE):
        comparing.compare(found[start : start + _AT_ONCE])
    comparing.finish()
