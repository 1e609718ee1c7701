"""What every test gets: real servers, a database and folders of its own run, and no way to the outside."""

from __future__ import annotations

import os
import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import psycopg2
import pytest
import redis
from django.conf import settings
from psycopg2 import sql

from settings.embedded import ensure_servers
from settings.paths import data_dir

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LOCAL_NAMES = frozenset({"", "localhost", "localhost.localdomain", "0.0.0.0", "::", "::1"})


class OutsideBlocked(RuntimeError):
    """A test tried to leave the machine. No OSError: code must not take it for a broken network."""


# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the xdist workers find the servers that their controller started
        ensure_servers(data_dir())
        _drop_leftovers()
    settings.TEST_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings.ATTACHMENT_ROOT.mkdir(mode=0o700, exist_ok=True)


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(settings.TEST_DIR, ignore_errors=True)


def _drop_leftovers() -> None:
    """Drop the databases of killed runs: their names hold the number of a process that has ended."""
    facts = settings.DATABASES["default"]
    connection = psycopg2.connect(
        host=facts["HOST"],
        port=facts["PORT"] or None,
        user=facts["USER"],
        password=facts["PASSWORD"],
        dbname="postgres",
    )
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'test\\_icp\\_%%'")
            for (name,) in cursor.fetchall():
                run = re.match(r"test_icp_(\d+)", name)
                if run and not psutil.pid_exists(int(run.group(1))):
                    cursor.execute(
                        sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
                    )
    finally:
        connection.close()


@pytest.fixture(autouse=True)
def stay_inside(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let sockets reach this machine only (loopback, Unix sockets). Names under .invalid do not resolve."""
    if request.node.get_closest_marker("network"):
        return
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    sendto, getaddrinfo = socket.socket.sendto, socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        _check(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        _check(self, address)
        return connect_ex(self, address)

    def guarded_sendto(self: socket.socket, data: Any, *args: Any) -> int:
        _check(self, args[-1])
        return sendto(self, data, *args)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if name.endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        if not _is_local(name):
            raise OutsideBlocked(f"a test asked for the address of {name}")
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
    monkeypatch.setattr(socket.socket, "sendto", guarded_sendto)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)


def _check(connection: socket.socket, address: Any) -> None:
    if connection.family != socket.AF_UNIX and not _is_local(str(address[0])):
        raise OutsideBlocked(f"a test tried to reach {address}")


def _is_local(host: str) -> bool:
    return host in LOCAL_NAMES or host.startswith("127.")


@pytest.fixture
def attachment_root(tmp_path: Path, settings: Any) -> Path:
    """An empty attachment store of the test's own."""
    root = tmp_path / "attachments"
    root.mkdir(mode=0o700)
    settings.ATTACHMENT_ROOT = root
    return root


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of an installed Chromium (`CHROMIUM` names another); without one the test is skipped."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)
    if not path:
        pytest.skip(f"no Chromium found ({', '.join(CHROMIUM_NAMES)}); on Debian: apt-get install chromium")
    return path


@pytest.fixture
def redis_client() -> Iterator[redis.Redis]:
    """This worker's Redis database, empty before and after."""
    if os.environ.get("REDIS_URL", "").strip():
        pytest.skip("REDIS_URL names a Redis that others may use: it is not emptied for a test")
    client = redis.Redis.from_url(settings.REDIS_URL)
    client.flushdb()
    yield client
    client.flushdb()
    client.close()
