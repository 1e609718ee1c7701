"""Processes on this machine: is it still the one we started, and end it surely."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import psutil

# The kernel gives the start in ticks since the boot; the boot time itself may be read a little differently
# each time.
START_TOLERANCE_S = 2.0


@dataclass(frozen=True)
class ServiceUser:
    """The account that the embedded servers run as where we are root: PostgreSQL refuses to run as root."""

    uid: int
    gid: int


@dataclass(frozen=True)
class ProcessMark:
    """A process by number and start: a number alone is soon given to another process."""

    pid: int
    started: float

    @classmethod
    def of(cls, pid: int) -> ProcessMark:
        """Raises: psutil.NoSuchProcess where it has ended."""
        return cls(pid, psutil.Process(pid).create_time())

    def find(self) -> psutil.Process | None:
        """Find the process; None where it has ended or its number belongs to another one now."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.started) > START_TOLERANCE_S:
                return None
            return None if process.status() == psutil.STATUS_ZOMBIE else process
        except psutil.NoSuchProcess:
            return None


def end_processes(processes: list[psutil.Process], *, patience_s: float) -> None:
    """Ask the processes to end, and kill those that still run after `patience_s`."""
    for process in processes:
        _signal_quietly(process, kill=False)
    _, alive = psutil.wait_procs(processes, timeout=patience_s)
    for process in alive:
        _signal_quietly(process, kill=True)
    psutil.wait_procs(alive, timeout=patience_s)


def _signal_quietly(process: psutil.Process, *, kill: bool) -> None:
    try:
        if kill:
            process.kill()
        else:
            process.terminate()
    except psutil.NoSuchProcess:
        return  # it ended by itself meanwhile, which is what we want


def processes_with_env(name: str, value: str) -> list[psutil.Process]:
    """Find our processes that carry this environment variable, children of children included."""
    found = []
    for process in psutil.process_iter():
        if process.pid == os.getpid():
            continue
        try:
            if process.environ().get(name) == value and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, OSError):
            continue  # another user's process, or one that just ended: neither is ours to end
    return found


def say(message: str) -> None:
    """Write a line to stderr: stdout belongs to the output of commands (`--json`)."""
    print(message, file=sys.stderr, flush=True)


def log_tail(path: Path, lines: int = 15) -> str:
    """Read the last lines of a log; an empty text where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - 16_384))
        text = file.read().decode("utf-8", errors="replace")
    return "\n".join(text.splitlines()[-lines:])
