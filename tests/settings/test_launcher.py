"""`./run`: what it refuses, and a whole life of it with everything real."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from settings.embedded import stop_servers
from settings.parts import beat_part, free_port, part_environment, serves, simulator_part
from settings.paths import BASE_DIR
from settings.processes import processes_with_env
from settings.runrecord import RUN_VARIABLE, read_record

READY = "备案系统已就绪"


def environment(data_dir: Path, port: int) -> dict[str, str]:
    kept = {
        k: v
        for k, v in os.environ.items()
        if k not in {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE"}
    }
    return {**kept, "ICP_DATA_DIR": str(data_dir), "PORT": str(port), "PYTHONUNBUFFERED": "1"}


def launch(data_dir: Path, port: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "settings.launcher", *arguments],
        cwd=BASE_DIR,
        env=environment(data_dir, port),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_it_names_the_port_that_is_taken_and_starts_nothing(tmp_path: Path, taken_port: int) -> None:
    done = launch(tmp_path, taken_port)
    assert done.returncode == 1
    assert f"端口 {taken_port} 已被其他程序占用" in done.stderr
    assert "PORT=" in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "postgres").exists()
    assert read_record(tmp_path) is None


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_it_refuses_a_port_that_is_none(port: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "settings.launcher"],
        cwd=BASE_DIR,
        env={**environment(tmp_path, 1), "PORT": port},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("./run：PORT：")


def test_it_has_nothing_to_stop(tmp_path: Path) -> None:
    done = launch(tmp_path, 1, "--stop")
    assert done.returncode == 0
    assert "没有正在运行的进程" in done.stderr


def test_it_takes_the_next_free_port_for_the_simulator(taken_port: int) -> None:
    assert free_port(taken_port) > taken_port


@pytest.mark.parametrize(
    ("answer", "serves_pages"), [("302 Found", True), ("500 Internal Server Error", False), ("", False)]
)
def test_it_takes_a_server_for_ready_when_it_answers_without_a_fault(answer: str, serves_pages: bool) -> None:
    with socket.socket() as listener, ThreadPoolExecutor(1) as pool:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        asked = pool.submit(serves, listener.getsockname()[1])
        connection, _ = listener.accept()
        with connection:
            connection.recv(4096)
            if answer:
                connection.sendall(f"HTTP/1.1 {answer}\r\nContent-Length: 0\r\n\r\n".encode())
        assert asked.result(5) is serves_pages


def test_it_gives_the_simulator_its_configuration_where_there_is_one(tmp_path: Path) -> None:
    config = tmp_path / "simulator.json"
    assert "--config" not in simulator_part(8100, config).arguments
    config.write_text("{}")
    assert simulator_part(8100, config).arguments[-2:] == ("--config", str(config))


def test_it_forgets_what_beat_remembered(tmp_path: Path) -> None:
    (tmp_path / "celerybeat-schedule").write_bytes(b"torn")
    beat_part(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_it_keeps_the_web_port_from_the_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "8000")
    assert "PORT" not in part_environment(tmp_path, "run-name")


def test_it_says_clearly_that_python_is_missing(tmp_path: Path) -> None:
    """With a PATH that holds no Python, in a checkout without .venv."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname"):
        (programs / name).symlink_to(shutil.which(name) or "")
    (tmp_path / "settings").mkdir()
    shutil.copy(BASE_DIR / "run", tmp_path / "run")
    shutil.copy(BASE_DIR / "settings" / "setup.sh", tmp_path / "settings" / "setup.sh")
    done = subprocess.run(
        [shutil.which("bash") or "bash", str(tmp_path / "run")],
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "Python 3.11" in done.stderr


class Run:
    """A `./run` in the background, its output in a file."""

    def __init__(self, data_dir: Path, port: int, output: Path) -> None:
        self.output = output
        with output.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "settings.launcher"],
                cwd=BASE_DIR,
                env=environment(data_dir, port),
                stdout=file,
                stderr=file,
            )

    def wait_ready(self, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while READY not in self.output.read_text():
            assert self.process.poll() is None, self.output.read_text()
            assert time.monotonic() < deadline, self.output.read_text()
            time.sleep(0.1)


@pytest.mark.soak
def test_it_lives_through_a_kill_9_and_leaves_nothing_behind(tmp_path: Path) -> None:
    port = free_port(18_000)
    data_dir = tmp_path / "data"
    try:
        first = Run(data_dir, port, tmp_path / "first.log")
        first.wait_ready()
        record = read_record(data_dir)
        assert record is not None and record.address == f"http://127.0.0.1:{port}/"
        assert requests.get(record.address, timeout=10).status_code < 500
        second = launch(data_dir, port)
        assert second.returncode == 1 and record.address in second.stderr

        first.process.kill()
        first.process.wait(10)
        assert processes_with_env(RUN_VARIABLE, record.run)
        again = Run(data_dir, port, tmp_path / "again.log")
        again.wait_ready()
        assert processes_with_env(RUN_VARIABLE, record.run) == []

        again.process.send_signal(signal.SIGINT)
        assert again.process.wait(40) == 0
        assert processes_with_env("ICP_DATA_DIR", str(data_dir)) == []
        assert stop_servers(data_dir) == []  # the servers that the killed run had started were stopped too
    finally:
        launch(data_dir, port, "--stop")
