"""A practice bureau as a process of its own: started, killed, steered and read over its control interface."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60.0


def free_port() -> int:
    """A port of this machine that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


class BureauProcess:
    """`module` is what runs: the simulator, or one that is pickier. It keeps its port through any number of deaths."""

    def __init__(self, config: dict[str, Any], folder: Path, *, module: str = "simulator") -> None:
        self.module, self.port = module, free_port()
        self.config_file, self.log = folder / "bureau.json", folder / "bureau.log"
        self.config_file.write_text(json.dumps(config, ensure_ascii=False), encoding="utf-8")
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Returns when it listens. Raises: RuntimeError where it does not come up."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    self.module,
                    "--port",
                    str(self.port),
                    "--config",
                    str(self.config_file),
                ],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        said = self.process.stdout
        if (
            said is None
            or not select.select([said], [], [], PATIENCE_S)[0]
            or b"ready" not in said.readline()
        ):
            raise RuntimeError(f"the bureau did not come up, see {self.log}")

    def kill(self) -> None:
        """SIGKILL; what it committed is on its disk."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def is_up(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def steer(self, action: str, document: dict[str, Any]) -> dict[str, Any]:
        """POST to its control interface."""
        return self._ask(f"/_control/{action}", json.dumps(document).encode())

    def state(self) -> dict[str, Any]:
        return self._ask("/_control/state", None)

    def _ask(self, path: str, body: bytes | None) -> dict[str, Any]:
        request = urllib.request.Request(
            self.url + path, data=body, headers={"Content-Type": "application/json"}
        )
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                    found: dict[str, Any] = json.load(answer)
                    return found
            except (urllib.error.URLError, ConnectionError):
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)


@contextmanager
def running_bureau(config: dict[str, Any], folder: Path) -> Iterator[BureauProcess]:
    """A bureau that listens; it is gone afterwards."""
    bureau = BureauProcess(config, folder)
    bureau.start()
    try:
        yield bureau
    finally:
        bureau.kill()
