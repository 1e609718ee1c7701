"""A real Celery worker and beat as processes of their own, on the test's database, Redis and images."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import connection

ROOT = Path(__file__).parent.parent


def environment(wait_factor: float) -> dict[str, str]:
    """What a part needs to find this test's database, Redis and images. `wait_factor` shortens the link's waits."""
    facts = connection.settings_dict
    address = f"postgresql://{quote(facts['USER'])}@/{quote(facts['NAME'])}"
    options = {"host": facts["HOST"]} | ({"port": str(facts["PORT"])} if facts["PORT"] else {})
    if facts["PASSWORD"]:
        address = address.replace("@", f":{quote(facts['PASSWORD'])}@", 1)
    return os.environ | {
        "DJANGO_SETTINGS_MODULE": "settings.test",
        "DATABASE_URL": f"{address}?{urlencode(options, quote_via=quote)}",
        "REDIS_URL": settings.REDIS_URL,
        "ICP_TEST_ATTACHMENTS": str(settings.ATTACHMENT_ROOT),
        "ICP_WAIT_FACTOR": str(wait_factor),
        "PYTHONUNBUFFERED": "1",
    }


class Part:
    """One process. `kill` is SIGKILL for it and the processes it made; `stop` asks first."""

    def __init__(self, name: str, arguments: list[str], env: dict[str, str], folder: Path) -> None:
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "settings.celery", *arguments],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )

    def kill(self) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.kill()


def start_worker(folder: Path, *, wait_factor: float = 0.05) -> Part:
    """A worker of two processes."""
    arguments = ["worker", "--concurrency", "2", "--without-gossip", "--without-mingle", "--loglevel", "INFO"]
    return Part("worker", arguments, environment(wait_factor), folder)


def start_beat(folder: Path, *, wait_factor: float = 0.05) -> Part:
    """Beat, with a schedule file of its own."""
    arguments = ["beat", "--pidfile", "", "--schedule", str(folder / "beat-schedule"), "--loglevel", "INFO"]
    return Part("beat", arguments, environment(wait_factor), folder)


@contextmanager
def worker_and_beat(folder: Path, *, wait_factor: float = 0.05) -> Iterator[tuple[Part, Part]]:
    """Both, stopped at the end; what they printed stays in `folder`."""
    parts = start_worker(folder, wait_factor=wait_factor), start_beat(folder, wait_factor=wait_factor)
    try:
        yield parts
    finally:
        for part in reversed(parts):
            part.stop()
