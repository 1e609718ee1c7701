"""The parts of a run (simulator, web server, worker, beat): how each is started, watched and stopped."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from settings.paths import BASE_DIR
from settings.processes import log_tail
from settings.runrecord import RUN_VARIABLE

HOST = "127.0.0.1"
LOG_ROTATES_AT_BYTES = 10 * 1024 * 1024


class PartEnded(Exception):
    """A part ended though nobody stopped it; the text has its name, exit code and last lines of log."""


@dataclass(frozen=True)
class Part:
    """One program of a run. `port` is where it answers HTTP requests when it is ready, where it does at all."""

    name: str
    arguments: tuple[str, ...]
    port: int | None = None


@dataclass
class Running:
    """A part that was started."""

    part: Part
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """Raises: PartEnded."""
        code = self.process.poll()
        if code is not None:
            how = f"信号 {-code}" if code < 0 else f"返回码 {code}"
            raise PartEnded(
                f"{self.part.name} 已退出（{how}）。日志 {self.log} 的最后几行：\n{log_tail(self.log)}"
            )

    def wait_ready(self, patience_s: float) -> None:
        """Wait until it answers without a fault. Raises: PartEnded where it ends instead, or stays silent."""
        deadline = time.monotonic() + patience_s
        while self.part.port is not None and not serves(self.part.port):
            self.check()
            if time.monotonic() > deadline:
                raise PartEnded(f"{self.part.name} 在 {patience_s:.0f} 秒内没有就绪：\n{log_tail(self.log)}")
            time.sleep(0.1)
        self.check()


def simulator_part(port: int, config: Path) -> Part:
    arguments = ["-m", "simulator", "--port", str(port)]
    if config.is_file():
        arguments += ["--config", str(config)]
    return Part("simulator", tuple(arguments), port)


def web_part(port: int) -> Part:
    arguments = ["-m", "gunicorn", "settings.wsgi:application", "--bind", f"{HOST}:{port}", "--workers", "2"]
    arguments += ["--threads", "4", "--timeout", "60", "--graceful-timeout", "5", "--no-control-socket"]
    return Part("web", tuple(arguments), port)


def worker_part() -> Part:
    arguments = [
        "-m",
        "celery",
        "-A",
        "settings.celery",
        "worker",
        "--concurrency",
        "2",
        "--loglevel",
        "INFO",
    ]
    # One worker alone: there is nobody to gossip with.
    return Part("worker", (*arguments, "--without-gossip", "--without-mingle"))


def beat_part(data_dir: Path) -> Part:
    arguments = ("-m", "celery", "-A", "settings.celery", "beat", "--pidfile", "", "--loglevel", "INFO")
    # Every wake-up is due within seconds, so its memory is worth nothing, and a killed beat may have torn
    # the file.
    for path in data_dir.glob("celerybeat-schedule*"):
        path.unlink(missing_ok=True)
    return Part("beat", arguments)


def start_part(part: Part, data_dir: Path, run: str) -> Running:
    """Start a part in a session of its own: Ctrl-C reaches the launcher alone, which stops the parts."""
    log = data_dir / "log" / f"{part.name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.is_file() and log.stat().st_size > LOG_ROTATES_AT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as file:
        process = subprocess.Popen(
            [sys.executable, *part.arguments],
            cwd=BASE_DIR,
            env=part_environment(data_dir, run),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    return Running(part, process, log)


def part_environment(data_dir: Path, run: str) -> dict[str, str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PORT"}
    return {**inherited, "ICP_DATA_DIR": str(data_dir), RUN_VARIABLE: run, "PYTHONUNBUFFERED": "1"}


def serves(port: int) -> bool:
    """Whether an HTTP server on the port answers with anything but a fault of its own (5xx)."""
    connection = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def port_is_free(port: int) -> bool:
    """Whether nobody listens on the port."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def free_port(preferred: int, tries: int = 100) -> int:
    """The preferred port, or the next free one after it.

    Raises: PartEnded where all of them are taken.
    """
    for port in range(preferred, min(preferred + tries, 65_536)):
        if port_is_free(port):
            return port
    raise PartEnded(f"端口 {preferred} 及其后 {tries} 个都被占用")
