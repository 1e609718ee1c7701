"""What machines ask: does it answer, can it work, how does it fare; and who is told how much."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone

from upkeep import readiness
from upkeep.heartbeats import FRESH_FOR, PARTS, beat_heart
from upkeep.models import Heartbeat

TOKEN = "a token of the test, long enough"
FROM_AFAR = {"REMOTE_ADDR": "203.0.113.9"}


@pytest.fixture(autouse=True)
def new_process(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(readiness, "_migrated", readiness._Migrated())
    readiness._redis_client.cache_clear()
    settings.ICP_LEAST_FREE_MB = 1


@pytest.fixture
def alive(db: None) -> None:
    for part in PARTS:
        beat_heart(part, "host:1")


def checks(client: Client) -> tuple[int, dict[str, str]]:
    response = client.get("/ready/")
    return response.status_code, {
        name: words for name, words in response.json()["checks"].items() if words != "ok"
    }


def test_it_answers_health_without_a_database_a_session_or_a_known_host(client: Client) -> None:
    # No database mark on this test: a query would fail.
    response = client.get("/health/", headers={"host": "whatever.example"})
    assert (response.status_code, response.content) == (200, b"ok\n")
    assert response.headers["Cache-Control"] == "no-store" and not response.cookies


@pytest.mark.parametrize("path", ["/health/", "/ready/", "/metrics"])
def test_it_takes_no_other_method(path: str, client: Client) -> None:
    assert client.post(path).status_code == 405


def test_it_is_ready_where_everything_is_there(client: Client, alive: None, redis_client: Any) -> None:
    assert checks(client) == (200, {})


def test_it_names_what_is_missing(client: Client, db: None, redis_client: Any) -> None:
    assert checks(client) == (503, {part: "never heard of" for part in PARTS})


@pytest.mark.parametrize("part", PARTS)
def test_it_notices_a_part_that_fell_silent(
    part: str, client: Client, alive: None, redis_client: Any
) -> None:
    Heartbeat.objects.filter(part=part).update(at=timezone.now() - FRESH_FOR - timedelta(seconds=10))
    status, found = checks(client)
    assert status == 503 and list(found) == [part] and found[part].startswith("silent for 10")
    beat_heart(part, "another:2")
    assert checks(client) == (200, {}), "one that lives is enough"


def test_it_notices_a_redis_that_is_gone(client: Client, alive: None, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    assert checks(client) == (503, {"redis": "ConnectionError"})


def test_it_notices_a_database_that_is_gone(
    client: Client, alive: None, redis_client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> None:
        raise DatabaseError("host db.internal user icp: refused")

    with monkeypatch.context() as patch:
        patch.setattr(connection, "ensure_connection", gone)
        status, found = checks(client)
    assert status == 503 and found["database"] == "DatabaseError", "neither address nor account"
    assert found["migrations"] == readiness.NEEDS_DATABASE


def test_it_notices_migrations_that_were_not_applied(client: Client, alive: None, redis_client: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'upkeep' AND name LIKE '0002%%'")
    assert checks(client) == (503, {"migrations": "1 not applied"})


def test_it_notices_a_full_disk(client: Client, alive: None, redis_client: Any, settings: Any) -> None:
    settings.ICP_LEAST_FREE_MB = 10**9
    status, found = checks(client)
    assert status == 503 and "below 1000000000" in found["disk"]


def test_it_tells_strangers_yes_or_no_and_nothing_else(alive: None, redis_client: Any) -> None:
    stranger = Client(**FROM_AFAR)
    assert (stranger.get("/ready/").status_code, stranger.get("/ready/").json()) == (200, {"ready": True})
    assert stranger.get("/metrics").status_code == 404


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED"])
def test_it_takes_nobody_behind_a_proxy_for_this_machine(header: str, alive: None, redis_client: Any) -> None:
    client = Client(**{header: "203.0.113.9"})
    assert client.get("/metrics").status_code == 404
    assert "checks" not in client.get("/ready/").json()


def test_it_lets_in_who_has_the_token(alive: None, redis_client: Any, settings: Any) -> None:
    settings.ICP_METRICS_TOKEN = TOKEN
    stranger = Client(**FROM_AFAR)
    good = {"authorization": f"Bearer {TOKEN}"}
    assert stranger.get("/metrics", headers=good).status_code == 200
    assert stranger.get("/ready/", headers=good).json()["checks"]["database"] == "ok"
    for bad in (f"Bearer {TOKEN}x", f"Basic {TOKEN}", "Bearer", "Bearer 令牌"):
        assert stranger.get("/metrics", headers={"authorization": bad}).status_code == 404


def test_an_empty_token_lets_nobody_in(alive: None, settings: Any) -> None:
    settings.ICP_METRICS_TOKEN = ""
    assert Client(**FROM_AFAR).get("/metrics", headers={"authorization": "Bearer "}).status_code == 404


def test_it_says_nothing_of_people(db: None, client: Client) -> None:
    User.objects.create_user("zhang.san", last_name="张三")
    text = client.get("/metrics").content.decode()
    assert "zhang" not in text and "张三" not in text
