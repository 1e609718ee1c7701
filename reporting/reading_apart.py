"""Reading handed-over data in a process of its own: the writing one takes what it reads from a pipe, which bounds what
is held in memory, and uses the second core.

`python -m reporting.reading_apart` takes one JSON document from stdin (`Job.as_json`) and writes pickled messages to
stdout. When the reader of the pipe is gone, so is this process.
"""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from reporting.readers.handed_job import Job, Message, read_job

_TOP = Path(__file__).parent.parent


@contextmanager
def reading(job: Job) -> Iterator[Iterator[Message]]:
    """The messages of a job, read in another process, which ends with this block. Iterating raises EOFError where that
    process ended before its work did."""
    command = [sys.executable, "-m", "reporting.reading_apart"]
    with subprocess.Popen(command, cwd=_TOP, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            process.stdin.write(job.as_json().encode())
            process.stdin.close()
            yield _messages(process.stdout)
        finally:
            process.kill()


def _messages(stream: IO[bytes]) -> Iterator[Message]:
    while (message := pickle.load(stream)) is not None:
        yield message


def main() -> None:
    """Read the job on stdin; write messages to stdout, None last."""
    job = Job.of_json(sys.stdin.read())
    out: Any = sys.stdout.buffer
    try:
        for message in read_job(job):
            pickle.dump(message, out, protocol=5)
            out.flush()
        pickle.dump(None, out)
        out.flush()
    except BrokenPipeError:
        # Nobody reads any more: the run was paused, stopped or killed. What was read comes again when it goes on.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


if __name__ == "__main__":
    main()
