"""Cutting a document into its records: the same whatever the pieces that it comes in, and in bounded memory."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from reporting.readers import fragments
from reporting.readers.fragments import Fragments
from reporting.readers.handed_job import Job
from tests.celery_parts import ROOT
from tests.reporting.handed import HEAD, TAIL, document, record

DOCUMENTS = {
    "as it should be": document(record(1), record(2)),
    "comments and unknown parts": document(
        record(1), "<!-- <Baxx> -->", "<Baxx a='1'>2</Baxx>", "<FOO><x>1</x></FOO>"
    ),
    "without ends": "<DownloadData><SJTB><ICP><Baxx>中<Baxx>国</Baxx></ICP><YM><Ymxx/></YM></SJTB></DownloadData>".encode(
        "gbk"
    ),
    "wrapped in something": b"<data><DownloadData><x><ICP><BASJ><Baxx>1</Baxx></BASJ></ICP></x></DownloadData></data>",
    "two documents in a row": document(record(1)) + document(record(2)),
    "text around": "开头".encode("gbk") + document(record(1)) + "结尾".encode("gbk"),
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_cuts_the_same_whatever_the_pieces(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    found = set()
    for size in (1, 2, 3, 7, 64, 1000, 1 << 20):
        monkeypatch.setattr(fragments, "CHUNK_BYTES", size)
        found.add(
            tuple((each.kind, each.data, each.broken) for each in Fragments(io.BytesIO(DOCUMENTS[name])))
        )
    (only,) = found
    assert only and all(data for _kind, data, _broken in only)


def test_it_counts_records_and_tells_what_kind() -> None:
    data = document(
        record(1),
        tail="</BASJ><ZXSJ><Zxxx><Zxlb>0</Zxlb></Zxxx></ZXSJ></ICP><SJTB><ICP><Baxx/></ICP></SJTB></DownloadData>",
    )
    found = [(each.position, each.kind) for each in Fragments(io.BytesIO(data))]
    assert found == [(1, "BASJ"), (2, "ZXSJ"), (3, "SJTB.filing")]


def test_it_gives_up_a_record_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "MOST_RECORD_BYTES", 5000)
    monkeypatch.setattr(fragments, "CHUNK_BYTES", 1000)
    found = list(Fragments(io.BytesIO(HEAD.encode() + b"<Baxx>" + b"x" * 100_000)))
    assert found[0].broken and max(len(each.data) for each in found) < 8000


def test_it_reads_a_large_file_in_little_memory(tmp_path: Path) -> None:
    """Ten times the data takes no more memory: the reading process alone, on its pipe."""
    peaks = []
    for count in (3_000, 30_000):
        path = tmp_path / f"{count}.xml"
        with path.open("wb") as out:
            out.write(HEAD.encode())
            one = record(1).encode("gbk")
            for _each in range(count):
                out.write(one)
            out.write(TAIL.encode())
        job = Job([(1, str(path), "", 0)]).as_json()
        script = (
            "import resource, sys; sys.argv = ['x']; from reporting import reading_apart as r; r.main();"
            "sys.stderr.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))"
        )
        done = subprocess.run(
            [sys.executable, "-c", script], input=job.encode(), cwd=ROOT, capture_output=True, check=True
        )
        assert len(done.stdout) > count * 1000
        peaks.append(int(done.stderr.split()[-1]))
    assert peaks[1] < peaks[0] * 1.15, peaks
