"""Taking over handed-over data: N filings (subject, website, domain, access, range each) as one XML file in GBK, imported
into an empty database as `import_filed` does it.

Two chains run side by side: reading, and writing with the backend of PostgreSQL that it waits for. Where other programs
keep the machine busy the clock tells of them; the CPU seconds of the longer chain tell what two free cores do. Memory is
that of the writing and the reading process, each at its highest.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
from pathlib import Path
from typing import Any

import psutil
from django.db import connection

from benchmarks import material, measure, throwaway
from benchmarks.filed_material import record_xml
from benchmarks.settings import FOLDER
from filing.models import AddressRange, Subject
from filing.services import codes
from reporting.models import ImportRun, Link
from reporting.services.import_runs import Wanted, begin, carry_on
from reporting.services.links import set_link

RECORDS, QUICK_RECORDS = 1_000_000, 20_000
LEAST_A_SECOND, MOST_MB = 2500.0, 400.0
_ALIKE = 1000
"""So many different filings are invented; the rest are theirs with other ids, numbers and names."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=RECORDS)
    arguments.add_argument("--quick", action="store_true", help=f"{QUICK_RECORDS} records")
    arguments.add_argument("--again", action="store_true", help="import the same once more afterwards")
    arguments.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        json.dump(_import(chosen.child, again=chosen.again), sys.stdout)
        return
    records = QUICK_RECORDS if chosen.quick else chosen.records
    with throwaway.database():
        codes.load_builtin_codes()
        set_link(material.LINK)
        path = FOLDER / "handed-over.xml"
        _write(path, records)
        print(f"Import of {records} filings, {path.stat().st_size / 1e6:.0f} MB of XML", flush=True)
        more = ("--again",) if chosen.again else ()
        found = throwaway.run_apart("benchmarks.import_filed", "--child", str(path), *more)
    for words, each in found.items():
        _tell(words, each)


def _write(path: Path, records: int) -> None:
    """One document, written piece by piece."""
    isp_id = Link.objects.get().isp_id
    with path.open("wb") as out:
        out.write(b'<?xml version="1.0" encoding="GBK"?>\n<DownloadData version="V.3.0"><ICP><BASJ>')
        invented = [material.filing(number) for number in range(1, min(records, _ALIKE) + 1)]
        for number in range(1, records + 1):
            content = invented[number % len(invented)]
            content["subject"]["name"] = f"虚构第{number:07d}号科技有限公司"
            content["websites"][0]["domains"] = [f"invented-{number:07d}.cn"]
            xml = record_xml(number, content, isp_id, "2026-03-09 16:40:00")
            out.write(xml.encode("gbk"))
        out.write(b"</BASJ></ICP></DownloadData>")


def _import(path: Path, *, again: bool) -> dict[str, Any]:
    found = {"not held here yet": _once(path)}
    if again:
        found["held already, the same again"] = _once(path)
    return found


def _once(path: Path) -> dict[str, Any]:
    run = begin(Wanted([path]))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = psutil.Process(cursor.fetchone()[0])
    before = _cpu_s(resource.RUSAGE_CHILDREN), _cpu_s(resource.RUSAGE_SELF) + sum(backend.cpu_times()[:2])
    _done, seconds = measure.timed(lambda: carry_on(run))
    after = _cpu_s(resource.RUSAGE_CHILDREN), _cpu_s(resource.RUSAGE_SELF) + sum(backend.cpu_times()[:2])
    run = ImportRun.objects.get(pk=run.pk)
    records = run.counts["records"]
    if (
        run.stage != "finished"
        or Subject.objects.count() != records
        or AddressRange.objects.count() != records
    ):
        raise SystemExit(f"what was imported is not there: {run.stage} {run.words} {run.counts}")
    peaks = [_peak_mb(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    chains = [later - sooner for later, sooner in zip(after, before, strict=True)]
    return {"records": records, "seconds": seconds, "chains": chains, "peaks": peaks}


def _cpu_s(who: int) -> float:
    return sum(resource.getrusage(who)[:2])


def _peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss * 1024 / 1e6


def _tell(words: str, found: dict[str, Any]) -> None:
    reading, writing = found["chains"]
    by_clock, by_cpu = (found["records"] / seconds for seconds in (found["seconds"], max(reading, writing)))
    print(f"  {words}")
    print(f"    by the clock      {found['seconds']:8.1f} s  {by_clock:6.0f} records a second")
    print(f"    CPU: reading      {reading:8.1f} s")
    print(
        f"    CPU: writing      {writing:8.1f} s  {by_cpu:6.0f} records a second (to reach: {LEAST_A_SECOND:.0f})"
    )
    peak = sum(found["peaks"])
    print(
        f"    peak memory       {peak:8.0f} MB (writing {found['peaks'][0]:.0f}, reading {found['peaks'][1]:.0f})"
    )
    reached = max(by_clock, by_cpu) >= LEAST_A_SECOND and peak <= MOST_MB
    print(f"    {'reached' if reached else 'NOT REACHED'}", flush=True)


if __name__ == "__main__":
    main()
