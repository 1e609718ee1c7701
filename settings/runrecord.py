"""What a `./run` leaves for the next one: who it is, its address, and how to find all it started."""

from __future__ import annotations

import fcntl
import json
import os
import uuid
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from settings.processes import ProcessMark, end_processes, processes_with_env

# Every process of a run carries this variable with the run's name, its children's children too.
RUN_VARIABLE = "ICP_RUN"


@dataclass
class RunRecord:
    """The file run.json of a data folder.

    `servers` are the embedded servers that this run, or a killed one before it, started: the run that ends in
    order stops them. Servers that a management command started before stay.
    """

    address: str
    pid: int
    started: float
    run: str = field(default_factory=lambda: uuid.uuid4().hex)
    servers: list[str] = field(default_factory=list)

    @classmethod
    def of_this_process(cls, address: str) -> RunRecord:
        mark = ProcessMark.of(os.getpid())
        return cls(address=address, pid=mark.pid, started=mark.started)

    @property
    def launcher(self) -> ProcessMark:
        return ProcessMark(self.pid, self.started)

    def write(self, data_dir: Path) -> None:
        draft = data_dir / f"run.json.{os.getpid()}"
        draft.write_text(json.dumps(asdict(self), indent=2), encoding="utf-8")
        draft.replace(data_dir / "run.json")

    def end_processes(self, *, patience_s: float) -> int:
        """End every process of the run but ourselves. Shape: how many there were."""
        found = processes_with_env(RUN_VARIABLE, self.run)
        end_processes(found, patience_s=patience_s)
        return len(found)


def read_record(data_dir: Path) -> RunRecord | None:
    """Read what the latest run left; None where there is nothing, or only a torn file."""
    try:
        return RunRecord(**json.loads((data_dir / "run.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def forget_record(data_dir: Path) -> None:
    (data_dir / "run.json").unlink(missing_ok=True)


def take_run_lock(data_dir: Path) -> IO[str] | None:
    """Take the lock that a run holds while it lives; None where another one has it.

    Shape: an open file; closing it, or the end of the process in whatever way, frees the lock.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    file = (data_dir / "run.lock").open("a")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file
