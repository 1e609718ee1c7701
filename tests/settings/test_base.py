"""Shared settings: the sweeps of beat, the headers of pages, and the guard of the tests themselves."""

from __future__ import annotations

import logging
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from django.http import HttpRequest, HttpResponse

from settings import base
from settings.celery import app
from settings.headers import SecurityHeadersMiddleware
from settings.paths import fresh_encryption_key, kept_secret
from settings.prepare import code_state


def test_it_scales_the_sweeps_down_to_half_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "ICP_WAIT_FACTOR", 2.0)
    assert base._sweep("reporting.tasks.sweep_uploads", 10.0)["schedule"] == 20.0
    monkeypatch.setattr(base, "ICP_WAIT_FACTOR", 0.001)
    assert base._sweep("reporting.tasks.sweep_uploads", 10.0)["schedule"] == 0.5


def test_it_gives_celery_json_only_and_no_result_backend() -> None:
    assert app.conf.accept_content == ["json"]
    assert app.conf.task_serializer == "json"
    assert not app.conf.result_backend


def test_beat_wakes_tasks_that_there_are() -> None:
    app.loader.import_default_modules()
    woken = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert woken - set(app.tasks) == set()
    needed = {"reporting.tasks.sweep_uploads", "reporting.tasks.sweep_downloads", "reporting.tasks.watch"}
    assert needed | {"reporting.tasks.prune_what_is_old", "upkeep.tasks.heartbeat"} <= woken


def test_it_refuses_to_keep_sent_files_less_than_three_months() -> None:
    asked = "import settings.base as base; print(base.ICP_KEEP_FILES_DAYS)"
    found = {}
    for days in ("", "92", "91"):
        env = os.environ | {"ICP_KEEP_FILES_DAYS": days}
        ran = subprocess.run([sys.executable, "-c", asked], env=env, capture_output=True, text=True)
        found[days] = ran.stdout.strip() or ran.stderr.strip().splitlines()[-1]
    assert (found[""], found["92"]) == ("93", "92")
    assert "ICP_KEEP_FILES_DAYS" in found["91"] and "不能小于 92" in found["91"]


def test_it_sends_the_security_headers_and_respects_a_view_that_sets_its_own() -> None:
    plain = SecurityHeadersMiddleware(lambda request: HttpResponse("page"))(HttpRequest())
    assert "script-src 'self'" in plain["Content-Security-Policy"]
    assert plain["Cache-Control"] == "private, no-store"
    own = SecurityHeadersMiddleware(lambda request: HttpResponse(headers={"Cache-Control": "max-age=60"}))
    assert own(HttpRequest())["Cache-Control"] == "max-age=60"


def test_it_masks_identity_numbers_in_every_log_line(settings: object) -> None:
    assert base.LOGGING["handlers"]["stderr"]["filters"] == ["origin", "mask"]
    handlers = [
        h for h in logging.getLogger().handlers if any(type(f).__name__ == "MaskFilter" for f in h.filters)
    ]
    assert handlers


def test_it_makes_a_secret_once_and_keeps_it_private(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    first = kept_secret(path, fresh_encryption_key())
    assert kept_secret(path, fresh_encryption_key()) == first
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["secret.key"]


def test_it_sees_a_new_migration_and_a_changed_code_table(tmp_path: Path) -> None:
    migrations = tmp_path / "filing" / "migrations"
    tables = tmp_path / "filing" / "data"
    migrations.mkdir(parents=True)
    tables.mkdir()
    states = [code_state(tmp_path)]
    (migrations / "0001_initial.py").write_text("")
    states.append(code_state(tmp_path))
    (tables / "regions.csv").write_text("110000")
    states.append(code_state(tmp_path))
    (tables / "regions.csv").write_text("110000,120000")
    states.append(code_state(tmp_path))
    assert len(set(states)) == 4
    assert code_state(tmp_path) == states[-1]


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 53)])
def test_it_keeps_tests_from_the_outside(address: tuple[str, int]) -> None:
    with socket.socket() as connection, pytest.raises(RuntimeError, match=address[0]):
        connection.connect(address)
    with pytest.raises(RuntimeError, match=r"bureau\.example"):
        socket.getaddrinfo("bureau.example", 80)
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("bureau.invalid", 80)
