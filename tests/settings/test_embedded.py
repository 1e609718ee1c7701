"""The embedded servers, each test with real ones in a data folder of its own."""

from __future__ import annotations

import os
import signal
import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis
from kombu import Connection

from settings import embedded_postgres, embedded_redis
from settings.addresses import celery_broker_url
from settings.embedded import (
    MAX_SOCKET_PATH_BYTES,
    POSTGRES,
    REDIS,
    Embedded,
    EmbeddedServerFault,
    ensure_servers,
    missing_servers,
    stop_servers,
)


@pytest.fixture(autouse=True)
def no_servers_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "数据 folder"
    yield folder
    stop_servers(folder)


def put(data_dir: Path, word: str) -> None:
    with psycopg2.connect(Embedded(data_dir).database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE words (word text)")
        cursor.execute("INSERT INTO words VALUES (%s)", [word])
    connection.close()
    redis.Redis.from_url(Embedded(data_dir).redis_url).set("word", word)


def stored(data_dir: Path) -> list[str]:
    with psycopg2.connect(Embedded(data_dir).database_url) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT word FROM words")
        rows = [row[0] for row in cursor.fetchall()]
    connection.close()
    return rows


def server_processes(data_dir: Path) -> list[psutil.Process]:
    return embedded_postgres.processes(data_dir) + embedded_redis.processes(data_dir)


def test_it_starts_once_and_comes_back_after_kill_9(data_dir: Path) -> None:
    assert ensure_servers(data_dir) == [POSTGRES, REDIS]
    put(data_dir, "kept")
    assert ensure_servers(data_dir) == []

    killed = server_processes(data_dir)
    for process in killed:
        with suppress(psutil.NoSuchProcess):  # the first one killed takes its children along
            process.send_signal(signal.SIGKILL)
    psutil.wait_procs(killed, timeout=5)
    assert missing_servers(data_dir) == [POSTGRES, REDIS]
    # What a reused process number looks like to PostgreSQL: its lock names a living process that is not it.
    lock = data_dir / "postgres" / "postmaster.pid"
    lock.write_text("\n".join([str(os.getpid()), *lock.read_text().splitlines()[1:]]) + "\n")

    assert ensure_servers(data_dir) == [POSTGRES, REDIS]
    assert stored(data_dir) == ["kept"]
    assert stop_servers(data_dir) == [REDIS, POSTGRES]
    assert server_processes(data_dir) == []
    assert stop_servers(data_dir) == []


def test_it_keeps_two_data_folders_apart(tmp_path: Path) -> None:
    near = tmp_path / "a"
    far = tmp_path / ("long" * 30) / "b"
    try:
        with ThreadPoolExecutor(2) as pool:
            started = list(pool.map(ensure_servers, [near, far]))
        assert started == [[POSTGRES, REDIS], [POSTGRES, REDIS]]
        put(near, "near")
        put(far, "far")
        assert (stored(near), stored(far)) == (["near"], ["far"])
        assert redis.Redis.from_url(Embedded(near).redis_url).get("word") == b"near"
        stop_servers(near)
        assert missing_servers(far) == []
    finally:
        stop_servers(near)
        stop_servers(far)
    assert not Embedded(far).socket_dir.exists()  # nothing stays behind in the temp folder


def test_it_starts_one_server_when_two_ask_at_once(data_dir: Path) -> None:
    with ThreadPoolExecutor(3) as pool:
        started = list(pool.map(ensure_servers, [data_dir] * 3))
    assert sorted(len(names) for names in started) == [0, 0, 2]
    leaders = 0
    for process in embedded_postgres.processes(data_dir):
        with suppress(psutil.NoSuchProcess):  # a worker of the server may have ended meanwhile
            leaders += "-D" in process.cmdline()
    assert leaders == 1


def test_it_finishes_a_cluster_whose_making_was_killed(data_dir: Path) -> None:
    ensure_servers(data_dir)
    stop_servers(data_dir)
    (data_dir / "postgres" / "icp-cluster-ready").unlink()
    (data_dir / "postgres" / "PG_VERSION").unlink()
    assert ensure_servers(data_dir) == [POSTGRES, REDIS]


def test_it_closes_its_folders_to_others(data_dir: Path) -> None:
    ensure_servers(data_dir)
    for folder in (data_dir / "postgres", data_dir / "redis", Embedded(data_dir).socket_dir):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_carries_messages_of_celery_through_a_socket_with_an_odd_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://icp@db.example/icp")
    data_dir = tmp_path / "数据 a?#%b"
    try:
        assert ensure_servers(data_dir) == [REDIS]
        with Connection(celery_broker_url(Embedded(data_dir).redis_url_of(7))) as connection:
            queue = connection.SimpleQueue("words")
            queue.put({"word": "醒"})
            assert queue.get(timeout=5).payload == {"word": "醒"}
        assert redis.Redis.from_url(Embedded(data_dir).redis_url_of(7)).keys()
    finally:
        stop_servers(data_dir)


def test_it_starts_nothing_that_an_address_replaces(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://icp@db.example/icp")
    monkeypatch.setenv("REDIS_URL", "redis://cache.example/0")
    assert ensure_servers(data_dir) == []
    assert not data_dir.exists()


def test_it_puts_sockets_of_a_long_path_into_a_short_private_folder(tmp_path: Path) -> None:
    long_path = tmp_path / ("x" * 100)
    folder = Embedded(long_path).socket_dir
    assert folder == Embedded(long_path).socket_dir
    assert folder != Embedded(tmp_path / ("x" * 101)).socket_dir
    assert len(os.fsencode(folder / ".s.PGSQL.5432")) <= MAX_SOCKET_PATH_BYTES


def test_it_refuses_a_socket_folder_that_is_a_link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_dir = tmp_path / ("y" * 100)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    folder = Embedded(data_dir).socket_dir
    folder.symlink_to(elsewhere)
    try:
        with pytest.raises(EmbeddedServerFault, match=folder.name):
            ensure_servers(data_dir)
    finally:
        folder.unlink()
