"""Reading a BASJ file of 1,000 records (subject, website, domain, access, range each) and applying it.

Three cases, as they come in practice: what is not held here yet, the same data again in another file, and data that
approves requests of our own. Every run is a fresh process on its own copy of the database.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils import timezone

from benchmarks import material, measure, throwaway
from benchmarks.filed_material import Document, download_zip
from filing.choices import RequestState
from filing.models import AddressRange, Request, Revision
from filing.services import codes
from filing.services.intake import import_requests
from reporting.models import Download, Link
from reporting.services import file_states
from reporting.services.apply import apply_download
from reporting.services.links import set_link
from reporting.services.pack import pack

RECORDS = 1000
WARM_UP_RECORDS = 10
LEAST_A_SECOND = 1000.0
NEW, AGAIN, OURS = "new", "again", "ours"
CASES = {
    NEW: "not held here yet",
    AGAIN: "held already, the same again",
    OURS: "approving requests of our own",
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=RECORDS)
    arguments.add_argument("--child", choices=CASES, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        json.dump(_apply_once(chosen.child, chosen.records), sys.stdout)
        return
    for case, words in CASES.items():
        with throwaway.database():
            _load(case, chosen.records)
            child = ("--child", case, "--records", str(chosen.records))
            runs = [throwaway.run_apart("benchmarks.filed_data", *child) for _ in range(measure.RUNS)]
        _tell(words, runs)


def _numbers(records: int) -> range:
    """Of the invented filings: the first ones are for the warm-up."""
    return range(WARM_UP_RECORDS + 1, WARM_UP_RECORDS + records + 1)


def _load(case: str, records: int) -> None:
    codes.load_builtin_codes()
    link, _created = set_link(material.LINK)
    if case == OURS:
        items = [material.filing(number) for number in _numbers(records)]
        if refused := [row.problems for row in import_requests(items, ready=True) if row.problems]:
            raise SystemExit(f"the invented filings are not ready: {refused[0]}")
        while (file := pack(link)) is not None:
            file_states.begin_sending(file)
            file_states.accept(file, reason="", proof={})
            link.refresh_from_db()
    if case == AGAIN:
        receive_and_apply(link, _contents(case, records), "2026-03-09 16:40:00")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _contents(case: str, records: int) -> list[Document]:
    if case == OURS:
        rows = Revision.objects.filter(request__state=RequestState.AWAITING_BUREAU)
        return list(rows.order_by("request__ref").values_list("content", flat=True))
    return [material.filing(number) for number in _numbers(records)]


def receive_and_apply(
    link: Link, contents: Sequence[Document], modified: str, *, first: int = 1
) -> dict[str, Any]:
    """Store a download as the link does, then measure opening, checking, reading and applying it."""
    name = f"BASJ{first}T{modified[5:7]}.xml"
    data = download_zip(name, contents, isp_id=link.isp_id, modified=modified, first=first)
    download = Download.objects.create(
        link=link,
        bureau_name=name,
        sha256=hashlib.sha256(data).hexdigest(),
        zip_bytes=data,
        size_bytes=len(data),
        received_at=timezone.now(),
    )
    stored = Download.objects.select_related("link").get(pk=download.pk)
    (records, faults), seconds = measure.timed(lambda: apply_download(stored))
    if faults or stored.oddities or records != len(contents):
        raise SystemExit(f"not all was applied: {records} records, {faults} faults, {stored.oddities[:1]}")
    return {"records": records, "zip_mb": len(data) / 1e6, "seconds": seconds}


def _apply_once(case: str, records: int) -> dict[str, Any]:
    link = Link.objects.get()
    # What a worker does once in its life (connect, compile the schema) does not count.
    warm_up = [material.filing(number) for number in range(1, WARM_UP_RECORDS + 1)]
    receive_and_apply(link, warm_up, "2026-03-09 16:40:00", first=8_000_001)
    found = receive_and_apply(link, _contents(case, records), "2026-04-10 09:00:00")
    if AddressRange.objects.count() != records + WARM_UP_RECORDS:
        raise SystemExit("what was applied is not there")
    if case == OURS and Request.objects.filter(state=RequestState.APPROVED).count() != records:
        raise SystemExit("the requests were not approved")
    return found | {"rate": found["records"] / found["seconds"], "peak_mb": measure.peak_mb()}


def _tell(words: str, runs: list[dict[str, Any]]) -> None:
    rate = measure.median_of(runs, "rate")
    rates = ", ".join(f"{run['rate']:.0f}" for run in runs)
    print(f"Filed data of {runs[0]['records']} subjects, {words}: {runs[0]['zip_mb']:.2f} MB zipped")
    print(f"  reading, applying {measure.median_of(runs, 'seconds'):6.2f} s")
    print(f"  records a second  {rate:6.0f}    (to reach: at least {LEAST_A_SECOND:.0f}; runs: {rates})")
    print(f"  peak memory       {measure.median_of(runs, 'peak_mb'):6.0f} MB")
    print(f"  {'reached' if rate >= LEAST_A_SECOND else 'NOT REACHED'}", flush=True)


if __name__ == "__main__":
    main()
