"""The whole way by the commands of the contract: the project's example, and two hundred filings, to their numbers."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from filing.models import Request
from reporting.models import DataFile, DownloadItem, Link
from simulator import Bureau, Running
from tests.celery_parts import environment
from tests.reporting.commands import run
from tests.reporting.material import ISP_ID, filing_json

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "new_filing.json"
MANY = 200


def write(path: Path, items: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"requests": items}, ensure_ascii=False), encoding="utf-8")
    return path


def set_bureau(running: Running) -> None:
    ran = run(
        "set_bureau", "--province", 110000, "--base-url", running.url, "--isp-id", ISP_ID,
        "--user-name", "demo", "--password", "demo-password",
    )  # fmt: skip
    assert ran.code == 0, ran.err


@pytest.mark.django_db
def test_it_takes_the_example_to_its_number(running: Running) -> None:
    set_bureau(running)
    (row,) = run("import_filings", EXAMPLE, "--ready", "--json").json["requests"]
    assert (row["state"], row["problems"]) == ("ready", [])
    (file,) = run("report", "--json").json["files"]
    assert (file["sequence"], file["code"], file["refs"]) == (1, 0, [row["ref"]])
    assert run("poll", "--json").code == 0
    status = run("filing_status", "--ref", row["ref"], "--json").json["requests"][0]
    assert status["state"] == "approved"
    assert status["subject_number"].startswith("京ICP备")
    assert status["website_numbers"] == [f"{status['subject_number']}-1"]


@pytest.mark.django_db
def test_it_takes_two_hundred_filings_to_their_numbers(
    running: Running, bureau: Bureau, tmp_path: Path
) -> None:
    """In files of at most sixty, with an answer lost, a file refused and a queue that is read twice on the way."""
    set_bureau(running)
    file = write(tmp_path / "many.json", [filing_json(n) for n in range(1, MANY + 1)])
    rows = run("import_filings", file, "--ready", "--json").json["requests"]
    assert Counter(row["state"] for row in rows) == {"ready": MANY}
    assert [row["ref"] for row in rows] == [f"t-{n:04d}" for n in range(1, MANY + 1)]
    Request.objects.update(batch_limit=60)
    bureau.faults.add("lost_answer", method="isp_upload", after=1)
    bureau.faults.add("code", method="isp_upload", code=7, after=1)
    bureau.faults.add("lost_answer", method="isp_downloadack")

    outcomes: list[str] = []
    for _ in range(8):
        outcomes += [row["outcome"] for row in run("report", "--json").json["files"]]
        run("poll", "--json")
    assert {"uncertain", "refused"} <= set(outcomes)

    status = run("filing_status", "--json").json["requests"]
    assert Counter(row["state"] for row in status) == {"approved": MANY}
    numbers = [row["subject_number"] for row in status]
    assert len(set(numbers)) == MANY
    assert all(row["website_numbers"] == [f"{row['subject_number']}-1"] for row in status)
    assert all(
        row["result_codes"] == [1001] and row["waiting_since"] and row["last_checked_at"] for row in status
    )

    accepted = bureau.accepted(ISP_ID)
    assert [sequence for sequence, _, _ in accepted] == list(range(1, len(accepted) + 1)), "no gap"
    assert sum(records for _, _, records in accepted) == MANY, "none twice"
    assert Link.objects.get().next_sequence == len(accepted) + 1
    assert max(DataFile.objects.values_list("record_count", flat=True)) == 60
    assert not DownloadItem.objects.exclude(outcome__in=["applied", "noted"]).exists()
    assert run("report", "--json").json == {"files": []}
    assert run("poll", "--json").json == {"downloads": []}


@pytest.mark.django_db(transaction=True)
def test_it_works_as_processes_of_its_own(running: Running, tmp_path: Path) -> None:
    """What cron does: each command a process, its output JSON, its exit code the outcome."""

    def manage(*arguments: object) -> Any:
        done = subprocess.run(
            [sys.executable, ROOT / "manage.py", *map(str, arguments), "--json"],
            cwd=tmp_path,
            env=environment(1.0),
            capture_output=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    set_bureau(running)
    file = write(tmp_path / "one.json", [filing_json(1)])
    assert manage("import_filings", file, "--ready")["requests"][0]["state"] == "ready"
    assert manage("report")["files"][0]["outcome"] == "accepted"
    assert len(manage("poll")["downloads"]) == 2
    assert (
        manage("filing_status", "--ref", "t-0001")["requests"][0]["subject_number"] == "京ICP备2026000001号"
    )
