"""The PostgreSQL and Redis of a data folder, from wheels: for trial and tests, nothing must be installed.

Each data folder has servers of its own that listen on Unix sockets only, so two of them never meet. They are
found by the path of the data folder alone: settings can name them without starting them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import pwd
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlencode

from settings import embedded_postgres, embedded_redis
from settings.processes import ServiceUser

DATABASE = "icp"
POSTGRES, REDIS = SERVERS = ("PostgreSQL", "Redis")
SERVICE_ACCOUNT = "pgserver"
# The kernel's bound for the path of a socket is 107 bytes on Linux and 103 on macOS.
MAX_SOCKET_PATH_BYTES = 100
SOCKET_NAMES = (embedded_postgres.SOCKET, embedded_redis.SOCKET)


class EmbeddedServerFault(Exception):
    """An embedded server cannot be started; the text says why and where its log is."""


@dataclass(frozen=True)
class Embedded:
    """The embedded servers of one data folder."""

    data_dir: Path

    @property
    def socket_dir(self) -> Path:
        """The folder of both sockets: in the data folder, or under the temp folder where that is too long."""
        inside = self.data_dir / "sockets"
        if max(len(os.fsencode(inside / name)) for name in SOCKET_NAMES) <= MAX_SOCKET_PATH_BYTES:
            return inside
        digest = hashlib.sha256(os.fsencode(self.data_dir)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"icp-{os.geteuid()}-{digest}"

    @property
    def database_url(self) -> str:
        return self.database_url_of(DATABASE)

    def database_url_of(self, database: str) -> str:
        query = urlencode({"host": str(self.socket_dir)}, quote_via=quote)  # libpq reads no "+" as a blank
        return f"postgresql://{embedded_postgres.SUPERUSER}@/{quote(database)}?{query}"

    @property
    def redis_url(self) -> str:
        return self.redis_url_of(0)

    def redis_url_of(self, number: int) -> str:
        return f"unix://{quote(str(self.socket_dir / embedded_redis.SOCKET))}?db={number}"


def ensure_servers(data_dir: Path) -> list[str]:
    """Start what does not run yet of the data folder's servers, and make the database; they outlive us.

    `DATABASE_URL` and `REDIS_URL`, where set, replace the embedded server of that kind.
    Shape: the names of the servers that this call started.
    Raises: EmbeddedServerFault where one cannot be started.
    """
    wanted = wanted_servers()
    if not wanted:
        return []
    servers = Embedded(data_dir)
    started = []
    with servers_lock(data_dir):
        user = _service_user()
        _make_folders(servers, user)
        try:
            if POSTGRES in wanted and embedded_postgres.ensure(data_dir, servers.socket_dir, user, DATABASE):
                started.append(POSTGRES)
            if REDIS in wanted and embedded_redis.ensure(data_dir, servers.socket_dir, user):
                started.append(REDIS)
        except (
            OSError,
            subprocess.SubprocessError,
            embedded_postgres.PostgresFault,
            embedded_redis.RedisFault,
        ) as error:
            raise EmbeddedServerFault(f"{error}（日志：{data_dir / 'log'}）") from error
    return started


def wanted_servers() -> list[str]:
    """Name the servers that no `DATABASE_URL` or `REDIS_URL` replaces."""
    variables = {POSTGRES: "DATABASE_URL", REDIS: "REDIS_URL"}
    return [name for name, variable in variables.items() if not os.environ.get(variable, "").strip()]


def missing_servers(data_dir: Path) -> list[str]:
    """Name the wanted servers of the data folder that do not listen now."""
    folder = Embedded(data_dir).socket_dir
    listens = {POSTGRES: embedded_postgres.listens, REDIS: embedded_redis.answers}
    return [name for name in wanted_servers() if not listens[name](folder)]


def stop_servers(data_dir: Path, names: Sequence[str] = SERVERS) -> list[str]:
    """Stop those of the data folder's servers that are named. Shape: the names of those that were running."""
    if not data_dir.is_dir():
        return []
    stopped = []
    with servers_lock(data_dir):
        if REDIS in names and embedded_redis.stop(data_dir):
            stopped.append(REDIS)
        if POSTGRES in names and embedded_postgres.stop(data_dir, Embedded(data_dir).socket_dir):
            stopped.append(POSTGRES)
        folder = Embedded(data_dir).socket_dir
        if folder.parent != data_dir and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()  # the short one under the temp folder
    return stopped


@contextmanager
def servers_lock(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start, stop or prepare; the kernel drops the lock of one that was killed."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "servers.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _service_user() -> ServiceUser | None:
    """The account for the servers where we are root, made on first need; None where they run as us."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SERVICE_ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SERVICE_ACCOUNT]
        try:
            subprocess.run(command, check=True, capture_output=True, text=True)
        except FileNotFoundError as error:
            raise EmbeddedServerFault(
                f"PostgreSQL 不能以 root 运行，而系统没有 useradd：请先建立账号 {SERVICE_ACCOUNT}"
            ) from error
        except subprocess.CalledProcessError as error:
            raise EmbeddedServerFault(f"建立账号 {SERVICE_ACCOUNT} 失败：{error.stderr.strip()}") from error
        entry = pwd.getpwnam(SERVICE_ACCOUNT)
    return ServiceUser(entry.pw_uid, entry.pw_gid)


def _make_folders(servers: Embedded, user: ServiceUser | None) -> None:
    data_dir = servers.data_dir
    for folder in (data_dir / "log", data_dir / "postgres", data_dir / "redis", servers.socket_dir):
        folder.mkdir(parents=True, exist_ok=True)
    owned = (data_dir / "postgres", data_dir / "redis", servers.socket_dir)
    for folder in owned:
        _make_private(folder, user)
    if user is not None:
        # The account must reach its folders and the wheels' programs: passing through is enough, listing
        # is not needed.
        for folder in owned:
            _open_passage(folder)
        for tree in (*embedded_postgres.TREES, *embedded_redis.TREES):
            _open_passage(tree)
            _open_tree(tree)


def _make_private(folder: Path, user: ServiceUser | None) -> None:
    """Give the folder to the servers' account, closed to others.

    Raises: EmbeddedServerFault where a stranger made it: in a shared temp folder that is an attack.
    """
    facts = folder.lstat()
    allowed = {os.geteuid()} | ({user.uid} if user else set())
    if not stat.S_ISDIR(facts.st_mode) or facts.st_uid not in allowed:
        raise EmbeddedServerFault(f"{folder} 属于其他用户，不能使用")
    folder.chmod(0o700)
    if user is not None and facts.st_uid != user.uid:
        os.chown(folder, user.uid, user.gid)


def _open_tree(root: Path) -> None:
    """Let the account read a wheel's programs: a strict umask at the install had closed them."""
    if not root.is_dir() or root.stat().st_mode & stat.S_IROTH:
        return
    for path in (*root.rglob("*"), root):  # the root last: open, it says that all of it is
        mode = stat.S_IMODE(path.stat().st_mode)
        # What the owner may read or run, others may too.
        path.chmod(mode | (mode & (stat.S_IRUSR | stat.S_IXUSR)) >> 6)


def _open_passage(path: Path) -> None:
    for folder in path.resolve().parents:
        mode = stat.S_IMODE(folder.stat().st_mode)
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)
