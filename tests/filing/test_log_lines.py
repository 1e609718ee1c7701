"""Each log line names the request and the user it belongs to, in whatever process, and shows nobody's number."""

from __future__ import annotations

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from celery import Celery, shared_task
from django.contrib.auth.models import User
from django.test import Client, RequestFactory

from filing import tracing
from filing.origin import current_request, request_id
from settings.logs import JSON, LINE, logging_config

IDENTITY, MOBILE = "110101199003070011", "13900001234"
NUMBER = "abcdef0123456789"


def handler_of(form: str) -> tuple[logging.Handler, io.StringIO]:
    """The handler that a process of this form would write to, on a text of our own."""
    built = logging_config(form, "INFO")
    out = io.StringIO()
    built["handlers"]["stderr"]["stream"] = out
    built["loggers"] = {"tests.lines": {"handlers": ["stderr"], "level": "DEBUG", "propagate": False}}
    del built["root"]
    logging.config.dictConfig(built | {"incremental": False})
    return logging.getLogger("tests.lines").handlers[0], out


@pytest.fixture
def lines() -> Iterator[Any]:
    logger = logging.getLogger("tests.lines")
    yield logger
    logger.handlers.clear()


def test_it_writes_one_json_object_with_the_request_and_the_user(lines: logging.Logger) -> None:
    out = handler_of(JSON)[1]
    request = RequestFactory().get("/")
    request._cached_user = User(pk=7)  # type: ignore[attr-defined]
    of_number, of_request = request_id.set(NUMBER), current_request.set(request)
    lines.info(
        "看了 %s",
        IDENTITY,
        extra={"phone": MOBILE, "status": 200, "took": 0.0210021234567103, "more": {"n": [int(IDENTITY)]}},
    )
    request_id.reset(of_number)
    current_request.reset(of_request)

    written = json.loads(out.getvalue())
    assert (written["request_id"], written["user_id"], written["level"]) == (NUMBER, "7", "INFO")
    assert (written["logger"], written["status"]) == ("tests.lines", 200)
    assert written["message"] == "看了 110101********0011"
    assert written["phone"] == "139****1234" and written["more"] == {"n": ["110101********0011"]}
    assert written["took"] == 0.0210021234567103, "a number stays a number"
    assert written["time"].endswith("+00:00")


def test_it_says_so_where_there_is_no_request(lines: logging.Logger) -> None:
    out = handler_of(JSON)[1]
    lines.warning("nothing")
    written = json.loads(out.getvalue())
    assert (written["request_id"], written["user_id"]) == ("-", "-")


def test_it_keeps_an_exception_in_its_line_and_masked(lines: logging.Logger) -> None:
    out = handler_of(JSON)[1]
    try:
        raise ValueError(f"证件 {IDENTITY}\nINFO forged")
    except ValueError:
        lines.exception("failed")
    assert out.getvalue().count("\n") == 1
    assert IDENTITY not in out.getvalue() and "110101********0011" in json.loads(out.getvalue())["exc_info"]


def test_it_lets_nobody_forge_a_line(lines: logging.Logger) -> None:
    out = handler_of(LINE)[1]
    lines.info("name %s", "a\n2026-11-24 INFO forged\rX")
    assert [line for line in out.getvalue().splitlines() if not line.startswith("  ")] == [
        out.getvalue().splitlines()[0]
    ]
    assert "\r" not in out.getvalue()


def test_it_asks_no_database_for_the_user(lines: logging.Logger) -> None:
    out = handler_of(LINE)[1]
    token = current_request.set(RequestFactory().get("/"))
    lines.info("early")  # no database mark on this test: a query would fail
    current_request.reset(token)
    assert "early" in out.getvalue()


@pytest.mark.django_db
def test_it_answers_with_its_number_and_logs_the_path_without_what_was_searched(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="access"):
        response = client.get("/login/", {"next": "/requests/?q=secret"})
    record = next(each for each in caplog.records if each.name == "access")
    assert response.headers["X-Request-ID"]
    assert (record.method, record.path, record.status) == ("GET", "/login/", 200)  # type: ignore[attr-defined]
    assert "secret" not in record.getMessage()


@pytest.mark.django_db
def test_it_logs_no_line_break_of_a_path(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="access"):
        client.get("/nothing%0AINFO%20forged/")
    record = next(each for each in caplog.records if each.name == "access")
    assert record.path == "/nothing?INFO forged/"  # type: ignore[attr-defined]


@shared_task
def tell_number() -> str:
    return request_id.get()


class Sent:
    """What a broker would be given."""

    def __init__(self) -> None:
        self.headers: dict[str, Any] = {}
        tracing.before_task_publish.connect(self.keep, weak=False, dispatch_uid="tests.sent")

    def keep(self, headers: dict[str, Any] | None = None, **_: Any) -> None:
        self.headers = dict(headers or {})


def test_it_sends_the_number_along_with_a_task(redis_client: Any, settings: Any) -> None:
    sent = Sent()
    token = request_id.set(NUMBER)
    try:
        tell_number.apply_async()
    finally:
        request_id.reset(token)
        tracing.before_task_publish.disconnect(dispatch_uid="tests.sent")
    assert sent.headers[tracing.HEADER] == NUMBER


@pytest.mark.parametrize(
    ("said", "taken"), [(NUMBER, True), ("short", False), ("x" * 65, False), ("a b\nc" * 3, False)]
)
def test_it_takes_up_the_number_of_a_task(said: str, taken: bool) -> None:
    found = tell_number.apply(headers={tracing.HEADER: said}).get()
    assert (found == said) is taken
    assert len(found) >= 8 and request_id.get() == ""


def test_it_gives_a_task_of_nobody_a_number() -> None:
    first, second = tell_number.apply().get(), tell_number.apply().get()
    assert first and second and first != second


def test_it_listens_once(settings: Any) -> None:
    before = len(tracing.task_prerun.receivers)
    tracing.connect()
    assert len(tracing.task_prerun.receivers) == before
    assert isinstance(tell_number.app, Celery)
