"""Packing 1,000 new filings out of PostgreSQL into one data file, beside what libxml2 and zlib alone need for it.

Every run is a fresh process on its own copy of the database, so that its peak memory is that of one packing.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from typing import Any

from django.db import connection

from benchmarks import material, measure, throwaway
from filing.choices import RequestState
from filing.models import Request
from filing.services import codes
from filing.services.intake import import_requests
from reporting.builders import serialise
from reporting.envelope import unzip_one
from reporting.models import DataFile, Link
from reporting.services import file_states
from reporting.services.links import set_link
from reporting.services.pack import pack
from xsd import Kind, parse, schema

RECORDS = 1000
WARM_UP_RECORDS = 10
IMAGE_BYTES = 33_750
"""45,000 characters of base64 each: about 46 MB of XML for 1,000 filings."""

CASES = {"without attachments": (0, 10.0), "with 45 KB each": (IMAGE_BYTES, 3.0)}
"""Bytes of the picture in each filing, and the ratio to reach."""
MOST_PEAK_MB = 300.0


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--records", type=int, default=RECORDS)
    arguments.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        json.dump(_pack_once(), sys.stdout)
        return
    for name, (image_bytes, most_ratio) in CASES.items():
        with throwaway.database():
            _load(chosen.records, image_bytes)
            runs = [throwaway.run_apart("benchmarks.packing", "--child") for _ in range(measure.RUNS)]
        _tell(name, runs, most_ratio)


def _load(records: int, image_bytes: int) -> None:
    codes.load_builtin_codes()
    set_link(material.LINK)
    numbers = range(1, records + WARM_UP_RECORDS + 1)
    items = [material.filing(number, image_bytes) for number in numbers]
    refused = [row.problems for row in import_requests(items, ready=True) if row.problems]
    if refused:
        raise SystemExit(f"the invented filings are not ready: {refused[0]}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def _pack_once() -> dict[str, Any]:
    link = Link.objects.get()
    _warm_up(link)
    file, seconds = measure.timed(lambda: pack(link))
    peak_mb = measure.peak_mb()
    if file is None:
        raise SystemExit("nothing was ready")
    alone = [_libraries_alone(file) for _ in range(measure.RUNS)]
    return {
        "records": file.record_count,
        "xml_mb": file.xml_bytes / 1e6,
        "seconds": seconds,
        "peak_mb": peak_mb,
        "alone": sorted(alone)[len(alone) // 2],
    }


def _warm_up(link: Link) -> None:
    """Pack a small file and have it accepted: what a worker does once in its life (connect, compile the schema, read
    the list of suffixes) does not count."""
    waiting = Request.objects.filter(state=RequestState.READY).order_by("ready_at", "pk")
    first = list(waiting.values_list("pk", flat=True)[:WARM_UP_RECORDS])
    Request.objects.filter(pk__in=first).update(batch_limit=WARM_UP_RECORDS)
    file = pack(link)
    if file is None or file.record_count != WARM_UP_RECORDS:
        raise SystemExit("the first, small file is not what it should be")
    file_states.begin_sending(file)
    file_states.accept(file, reason="", proof={})
    link.refresh_from_db()


def _libraries_alone(file: DataFile) -> float:
    """Seconds to serialise the finished tree, to validate it and to deflate its bytes. Parsing it does not count."""
    tree = parse(unzip_one(bytes(file.zip_bytes or b""))[1])
    judge = schema(Kind.UPLOAD)

    def act() -> tuple[bool, bytes]:
        xml = serialise(tree.getroot())
        return judge.validate(tree), zlib.compress(xml, 6)

    (valid, _packed), seconds = measure.timed(act)
    if not valid or len(serialise(tree.getroot())) != file.xml_bytes:
        raise SystemExit("what was packed is not what the libraries make of it")
    return seconds


def _tell(name: str, runs: list[dict[str, Any]], most_ratio: float) -> None:
    ratios = [run["seconds"] / run["alone"] for run in runs]
    for run in runs:
        run["ratio"] = run["seconds"] / run["alone"]
    ratio, peak = measure.median_of(runs, "ratio"), measure.median_of(runs, "peak_mb")
    met = ratio <= most_ratio and peak <= MOST_PEAK_MB
    print(f"Packing {runs[0]['records']} new filings {name}: {runs[0]['xml_mb']:.1f} MB of XML")
    print(f"  packing          {measure.median_of(runs, 'seconds'):7.2f} s")
    print(f"  libxml2 + zlib   {measure.median_of(runs, 'alone'):7.2f} s")
    print(f"  ratio            {ratio:7.2f}    (to reach: at most {most_ratio:.0f}; runs: {_list(ratios)})")
    print(f"  peak memory      {peak:7.0f} MB (to reach: at most {MOST_PEAK_MB:.0f} MB)")
    print(f"  {'reached' if met else 'NOT REACHED'}", flush=True)


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.2f}" for value in values)


if __name__ == "__main__":
    main()
