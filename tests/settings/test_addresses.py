"""Addresses of servers, from one form into the others."""

from __future__ import annotations

import pytest

from settings.addresses import celery_broker_url, check_redis_url, database_from_url
from settings.env import SettingRefused


def test_it_reads_every_part_of_a_database_address() -> None:
    facts = database_from_url("postgresql://icp:p%40ss%2Fword@db.example:5433/icp?sslmode=require")
    assert (facts["USER"], facts["PASSWORD"], facts["HOST"], facts["PORT"], facts["NAME"]) == (
        "icp",
        "p@ss/word",
        "db.example",
        "5433",
        "icp",
    )
    assert facts["OPTIONS"] == {"sslmode": "require"}
    assert facts["ATOMIC_REQUESTS"] is False


def test_it_reads_a_socket_folder_with_blanks_and_chinese() -> None:
    facts = database_from_url("postgresql://postgres@/icp?host=%2Ftmp%2F%E6%95%B0%E6%8D%AE%20a%2Fsockets")
    assert facts["HOST"] == "/tmp/数据 a/sockets"
    assert facts["OPTIONS"] == {}


@pytest.mark.parametrize(
    "url", ["sqlite:///icp.db", "postgresql://db.example", "postgresql://db.example:many/icp", "icp"]
)
def test_it_refuses_what_is_no_database_address(url: str) -> None:
    with pytest.raises(SettingRefused, match="DATABASE_URL"):
        database_from_url(url)


@pytest.mark.parametrize("url", ["amqp://localhost", "redis://", "unix://", "localhost:6379"])
def test_it_refuses_what_is_no_redis_address(url: str) -> None:
    with pytest.raises(SettingRefused, match="REDIS_URL"):
        check_redis_url(url)


def test_it_leaves_a_tcp_address_to_celery_as_it_is() -> None:
    assert celery_broker_url("redis://:secret@cache.example:6380/3") == "redis://:secret@cache.example:6380/3"
