"""Beat and worker prove by themselves that they live."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError
from django.utils import timezone

from tests.celery_parts import worker_and_beat
from upkeep import heartbeats
from upkeep.heartbeats import BEAT, TASKS, WORKER, beat_heart, forget_the_dead
from upkeep.models import Heartbeat
from upkeep.readiness import look


@pytest.mark.django_db(transaction=True)
def test_a_real_worker_and_beat_are_heard(attachment_root: Any, redis_client: Any, tmp_path: Path) -> None:
    with worker_and_beat(tmp_path):
        deadline = time.monotonic() + 45
        while set(Heartbeat.objects.values_list("part", flat=True)) != {BEAT, WORKER, TASKS}:
            assert time.monotonic() < deadline, list(Heartbeat.objects.values_list("part", "name"))
            time.sleep(0.3)
    assert [each.name for each in look() if each.reason and each.name in (BEAT, WORKER, TASKS)] == []
    log = (tmp_path / "worker.log").read_text()
    assert "Traceback" not in log
    # The lines of a task carry the number that beat's wake-up gave it.
    assert any(len(word) == 32 for word in log.split()), log[-2000:]


@pytest.mark.django_db
def test_it_keeps_one_row_a_process_and_forgets_the_dead() -> None:
    beat_heart(WORKER, "host:1")
    beat_heart(WORKER, "host:1")
    beat_heart(WORKER, "host:2")
    Heartbeat.objects.filter(name="host:2").update(at=timezone.now() - timedelta(days=2))
    forget_the_dead()
    assert list(Heartbeat.objects.values_list("name", flat=True)) == ["host:1"]


def test_nothing_dies_of_its_own_heartbeat(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def gone(part: str, name: str) -> None:
        raise DatabaseError("secret address")

    monkeypatch.setattr(heartbeats, "beat_heart", gone)
    monkeypatch.setattr(heartbeats.connection, "close", lambda: None)
    heartbeats._Throttled(WORKER).tell()
    assert "was not written: DatabaseError" in caplog.text and "secret" not in caplog.text


def test_it_touches_the_file_that_a_container_looks_at(
    tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where the database is away: the process lives, and starting it anew would not help."""
    settings.ICP_HEARTBEAT_FILE = str(tmp_path / "heartbeat")

    def gone(part: str, name: str) -> None:
        raise DatabaseError

    monkeypatch.setattr(heartbeats, "beat_heart", gone)
    monkeypatch.setattr(heartbeats.connection, "close", lambda: None)
    heartbeats._Throttled(WORKER).tell()
    assert (tmp_path / "heartbeat").is_file()


def test_it_tells_now_and_then_only(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(heartbeats, "beat_heart", lambda part, name: told.append(part))
    monkeypatch.setattr(heartbeats.connection, "close", lambda: None)
    heart = heartbeats._Throttled(WORKER)
    for _ in range(5):
        heart.tell()
    assert told == [WORKER]
