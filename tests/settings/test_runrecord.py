"""What a run leaves, so that the next one can tell a living run from a killed one and end what is left."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psutil

from settings.processes import ProcessMark
from settings.runrecord import RUN_VARIABLE, RunRecord, forget_record, read_record, take_run_lock

SLEEPER = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
time.sleep(60)
"""


def test_it_comes_back_from_its_file(tmp_path: Path) -> None:
    record = RunRecord.of_this_process("http://127.0.0.1:8000/")
    record.servers = ["Redis"]
    record.write(tmp_path)
    assert read_record(tmp_path) == record
    forget_record(tmp_path)
    assert read_record(tmp_path) is None


def test_it_takes_a_torn_file_for_none(tmp_path: Path) -> None:
    (tmp_path / "run.json").write_text('{"address": "http')
    assert read_record(tmp_path) is None


def test_it_lets_one_run_hold_the_lock(tmp_path: Path) -> None:
    first = take_run_lock(tmp_path)
    assert first is not None
    assert take_run_lock(tmp_path) is None
    first.close()
    second = take_run_lock(tmp_path)
    assert second is not None
    second.close()


def test_it_ends_orphans_of_orphans_and_nobody_else(tmp_path: Path) -> None:
    record = RunRecord.of_this_process("http://127.0.0.1:8000/")
    ours = subprocess.Popen([sys.executable, "-c", SLEEPER], env={**os.environ, RUN_VARIABLE: record.run})
    other = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        parent = psutil.Process(ours.pid)
        while not parent.children():
            assert ours.poll() is None
        (child,) = parent.children()
        parent.kill()
        ours.wait(5)
        assert record.end_processes(patience_s=5) == 1
        assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE
        assert other.poll() is None
    finally:
        other.kill()
        other.wait(5)


def test_it_does_not_take_another_process_for_the_one_it_marked() -> None:
    mark = ProcessMark.of(os.getpid())
    assert mark.find() is not None
    assert ProcessMark(mark.pid, mark.started - 60).find() is None
