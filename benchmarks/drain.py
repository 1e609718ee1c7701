"""Many requests made ready at one moment drain to a bureau that takes 50 ms a call: in full files, and one record a file.

The bureau is a process of its own. Every run is a fresh process on its own copy of the database, and an empty bureau.
"""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone

from benchmarks import material, measure, throwaway
from benchmarks.bureau import running_bureau
from benchmarks.settings import FOLDER
from filing.choices import RequestState
from filing.models import Request
from filing.services import codes
from filing.services.intake import import_requests
from reporting.choices import FileState
from reporting.models import Call, DataFile, FileEntry, Link
from reporting.services.links import set_link
from reporting.services.pack import MOST_RECORDS
from reporting.services.upload import send_link

RECORDS, ONE_BY_ONE = 10_000, 300
LATENCY_S = 0.05
LEAST_RATIO = 15.0
WARM_UP_RECORDS = 10
BUREAU = {
    "units": [
        {
            "isp_id": material.ISP_ID,
            "user_name": material.LINK.user_name,
            "password": material.LINK.password,
            "province": material.PROVINCE,
        }
    ],
    # Judging ten thousand filings takes its own time, which is no part of ours; decisions are not asked for here.
    "decide": {"mode": "manual", "check_delay_s": 86_400},
    "faults": [{"kind": "delay", "delay_s": LATENCY_S, "times": None}],
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=RECORDS)
    arguments.add_argument("--one-by-one", type=int, default=ONE_BY_ONE, help="requests of the slow side")
    arguments.add_argument("--child", metavar="URL", help=argparse.SUPPRESS)
    arguments.add_argument("--limit", type=int, default=MOST_RECORDS, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        json.dump(_drain(chosen.child, chosen.records, chosen.limit), sys.stdout)
        return
    with throwaway.database():
        _load(chosen.records)
        whole = [_run(chosen.records, MOST_RECORDS) for _ in range(measure.RUNS)]
        single = [_run(min(chosen.one_by_one, chosen.records), 1) for _ in range(measure.RUNS)]
    sys.exit(0 if _tell(whole, single) else 1)


def _load(records: int) -> None:
    codes.load_builtin_codes()
    set_link(material.LINK)
    items = [material.filing(number) for number in range(1, records + WARM_UP_RECORDS + 1)]
    if refused := [row.problems for row in import_requests(items, ready=True) if row.problems]:
        raise SystemExit(f"the invented filings are not ready: {refused[0]}")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _run(records: int, limit: int) -> dict[str, Any]:
    with running_bureau(BUREAU, FOLDER) as bureau:
        child = ("--child", bureau.url, "--records", str(records), "--limit", str(limit))
        found = throwaway.run_apart("benchmarks.drain", *child)
        files = bureau.state()["units"][0]["files"]
    if [file["sequence"] for file in files] != list(range(1, len(files) + 1)):
        raise SystemExit("the bureau's numbers have a gap")
    # The warm-up's file is the first.
    if len(files) != found["files"] + 1:
        raise SystemExit(f"sent {found['files']} files, the bureau has {len(files) - 1}")
    return found


def _drain(url: str, records: int, limit: int) -> dict[str, Any]:
    Link.objects.update(base_url=url)
    link = Link.objects.get()
    waiting = Request.objects.filter(state=RequestState.READY).order_by("ready_at", "pk")
    keys = list(waiting.values_list("pk", flat=True))
    first, wanted = keys[:WARM_UP_RECORDS], keys[WARM_UP_RECORDS : WARM_UP_RECORDS + records]
    # What a worker does once in its life (connect, compile the schema, read the WSDL, compare numbers) does not count.
    Request.objects.filter(pk__in=first).update(batch_limit=WARM_UP_RECORDS)
    send_link(link, max_files=1)
    # The rest of the database is no part of this run. All become ready at one moment.
    Request.objects.filter(pk__in=keys[WARM_UP_RECORDS + records :]).update(held_reason="-")
    batch_limit = None if limit == MOST_RECORDS else limit
    Request.objects.filter(pk__in=wanted).update(ready_at=timezone.now(), batch_limit=batch_limit)
    calls, files = Call.objects.count(), DataFile.objects.count()
    rows, seconds = measure.timed(lambda: send_link(link))
    _check(wanted, files, limit)
    return {
        "records": records,
        "files": len(rows),
        "calls": Call.objects.count() - calls,
        "seconds": seconds,
        "rate": records / seconds,
    }


def _check(wanted: list[int], before: int, limit: int) -> None:
    """All went out, first come first, in files as full as they may be."""
    sent = FileEntry.objects.filter(file__state=FileState.ACCEPTED, request__in=wanted)
    order = list(sent.order_by("file__sequence", "position").values_list("request_id", flat=True))
    if order != wanted:
        raise SystemExit(f"{len(order)} of {len(wanted)} arrived, or not in order")
    counts = list(DataFile.objects.order_by("sequence").values_list("record_count", flat=True))[before:]
    if any(count != limit for count in counts[:-1]):
        raise SystemExit(f"files are not full: {counts}")


def _tell(whole: list[dict[str, Any]], single: list[dict[str, Any]]) -> bool:
    fast, slow = measure.median_of(whole, "rate"), measure.median_of(single, "rate")
    ratio = fast / slow
    print(
        f"Draining to a bureau that takes {LATENCY_S * 1000:.0f} ms a call (ICP_WAIT_FACTOR {settings.ICP_WAIT_FACTOR:g})"
    )
    _line("full files", whole)
    _line("one record a file", single)
    reached = ratio >= LEAST_RATIO
    print(f"  ratio              {ratio:7.1f}    (of filings a second; to reach: at least {LEAST_RATIO:.0f})")
    print(f"  {'reached' if reached else 'NOT REACHED'}", flush=True)
    return reached


def _line(words: str, runs: list[dict[str, Any]]) -> None:
    rates = ", ".join(f"{run['rate']:.0f}" for run in runs)
    run = runs[0]
    print(
        f"  {words:<18} {measure.median_of(runs, 'rate'):7.1f} filings a second (runs: {rates}); measured on"
        f" {run['records']} filings: {run['files']} files, {run['calls']} calls,"
        f" {measure.median_of(runs, 'seconds'):.1f} s"
    )


if __name__ == "__main__":
    main()
