"""A run that is killed anywhere goes on where it stopped, and ends as if it had never been disturbed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from filing.models import Subject, Website
from filing.services import codes
from reporting.choices import ImportStage
from reporting.models import ImportDeviation, ImportKept, ImportRun, ImportSource
from reporting.services.import_runs import Wanted, begin, carry_on
from tests.celery_parts import ROOT, environment
from tests.reporting.handed import TAIL, a_link, document, held, record, take_over

RECORDS = 2600
PATIENCE_S = 60


def _some(n: int) -> str:
    """Every so many records one is odd, doubled, or names another's website."""
    text = record(n)
    if n % 97 == 0:
        text = text.replace("<Dwxz>4</Dwxz>", "<Dwxz>四</Dwxz>").replace("<Tzr>", "<Kefu>虚构</Kefu><Tzr>")
    if n % 211 == 0:
        text = record(n - 1, modified="2026-05-01 00:00:00", name="虚构改名公司")
    if n % 307 == 0:
        text = record(n - 200, modified="2020-01-01 00:00:00", name="虚构旧名公司")
    if n % 401 == 0:
        text = text.replace(f"<Wzid>{2000 + n}<", f"<Wzid>{2000 + n - 150}<")
    if n % 503 == 0:
        text = text.replace("<Zt_xx>", "<Zhuti>").replace("</Zt_xx>", "</Zhuti>")
    return text


def _ended() -> dict[str, Any]:
    """All that a run left, but keys and times."""
    told = ImportDeviation.objects.order_by("digest").values_list(
        "digest",
        "source",
        "position",
        "name",
        "kind",
        "remedy",
        "place",
        "value",
        "words",
        "subject__bureau_id",
    )
    kept = ImportKept.objects.order_by("sha256").values_list("sha256", "position", "is_taken", "reason")
    sources = ImportSource.objects.filter(run=ImportRun.objects.latest("pk"))
    return {
        **held(),
        "told": list(told),
        "kept": list(kept),
        "sources": list(sources.values_list("number", "position", "stage", "words")),
        "counts": ImportRun.objects.latest("pk").counts,
    }


def _kill_somewhere(run: ImportRun, chance: random.Random) -> bool:
    """Start the command for a run and kill it, with the process that it started, at some point of its work.

    Returns whether it lived until then.
    """
    process = subprocess.Popen(
        [sys.executable, "manage.py", "import_filed", "--resume", str(run.pk), "--json"],
        cwd=ROOT,
        env=environment(1.0),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    until, enough = time.monotonic() + PATIENCE_S, chance.randrange(3)
    begun = sum(ImportSource.objects.filter(run=run).values_list("position", flat=True))
    while time.monotonic() < until and process.poll() is None:
        position = sum(ImportSource.objects.filter(run=run).values_list("position", flat=True))
        if position > begun or enough == 0:
            break
        time.sleep(0.005)
    time.sleep(chance.random() * (1.8 if enough == 0 else 0.3))
    alive = process.poll() is None
    if alive:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
    return alive


def _disturbed(folder: Path, kills: int, seed: int) -> tuple[dict[str, Any], dict[str, Any], int]:
    codes.load_builtin_codes()
    a_link()
    for part in range(2):
        first = part * RECORDS // 2
        numbers = range(first + 1, first + RECORDS // 2 + 1)
        (folder / f"{part}.xml").write_bytes(document(*map(_some, numbers), tail=TAIL))
    take_over(folder)
    undisturbed = _ended()
    Website.objects.all().delete()
    for model in (Subject, ImportDeviation, ImportKept, ImportRun):
        model.objects.all().delete()
    run = begin(Wanted([folder]))
    chance, killed = random.Random(seed), 0
    for _try in range(kills):
        killed += _kill_somewhere(run, chance)
    while ImportRun.objects.get(pk=run.pk).stage != ImportStage.FINISHED:
        assert carry_on(run)
    return undisturbed, _ended(), killed


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("kills", "seed"),
    [(2, 1), *(pytest.param(10, seed, marks=pytest.mark.soak) for seed in range(2, 5))],
)
@pytest.mark.timeout(600)
def test_it_ends_the_same_however_often_it_is_killed(kills: int, seed: int, tmp_path: Path) -> None:
    undisturbed, disturbed, killed = _disturbed(tmp_path, kills, seed)
    assert killed >= 1
    for name, found in undisturbed.items():
        assert disturbed[name] == found, name
    assert len(undisturbed["told"]) > 20 and len(undisturbed["kept"]) > 5
