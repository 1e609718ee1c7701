"""Production as its unit files start it: gunicorn, worker and beat with settings.prod, behind a proxy that ends TLS."""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shlex
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
import pytest
from django.conf import settings as project
from psycopg2 import sql

from settings.parts import free_port
from settings.paths import BASE_DIR

pytestmark = pytest.mark.timeout(300)
UNITS = BASE_DIR / "deploy" / "systemd"
HOST, TOKEN = "icp.example.cn", secrets.token_urlsafe(24)
BY_PROXY = {"Host": HOST, "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9"}
PATIENCE_S = 90
IDENTITY = "110101199003070011"


class Server:
    """The parts of one production, each started by the command of its unit."""

    def __init__(self, folder: Path, env: dict[str, str], port: int) -> None:
        self.folder, self.env, self.port = folder, env, port
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, part: str) -> None:
        command = re.findall(
            r"^ExecStart=(.*)$", (UNITS / f"icp-{part}.service").read_text("utf-8"), re.MULTILINE
        )[0]
        words = shlex.split(command.replace("/opt/icp/.venv/bin", str(Path(sys.executable).parent)))
        words = [word.replace("/run/icp-beat", str(self.folder)) for word in words]
        with (self.folder / f"{part}.log").open("ab") as log:
            self.running[part] = subprocess.Popen(
                words,
                cwd=BASE_DIR,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def stop(self) -> dict[str, int]:
        """As systemd does: ask, wait. Shape: exit codes."""
        for process in self.running.values():
            process.terminate()
        try:
            return {part: process.wait(60) for part, process in self.running.items()}
        finally:
            for process in self.running.values():
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)

    def ask(
        self, path: str, headers: dict[str, str], method: str = "GET"
    ) -> tuple[int, dict[str, str], bytes]:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request(method, path, headers=headers)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    def wait(self, path: str, status: int, headers: dict[str, str]) -> bytes:
        deadline = time.monotonic() + PATIENCE_S
        while True:
            try:
                found = self.ask(path, headers)
                if found[0] == status:
                    return found[2]
            except OSError:
                found = (0, {}, b"nobody listens")
            assert time.monotonic() < deadline, (path, found, self.logs())
            time.sleep(0.3)

    def logs(self) -> str:
        return "\n".join(path.read_text("utf-8")[-1500:] for path in self.folder.glob("*.log"))


@pytest.fixture(scope="module")
def database_url() -> Iterator[str]:
    """A database of its own with an owner who is no superuser."""
    facts = project.DATABASES["default"]
    name = f"icp_production_{os.getpid()}"
    with closing(psycopg2.connect(host=facts["HOST"], port=facts["PORT"] or None, user=facts["USER"],
                                  password=facts["PASSWORD"] or None, dbname="postgres")) as admin:  # fmt: skip
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'of-the-test'").format(sql.Identifier(name))
            )
            cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
            options = {"host": facts["HOST"]} | ({"port": str(facts["PORT"])} if facts["PORT"] else {})
            yield f"postgresql://{name}:of-the-test@/{name}?{urlencode(options, quote_via=quote)}"
            cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))


@pytest.fixture(scope="module")
def server(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp("production"), free_port(8_700)
    secret = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ICP_ENCRYPTION_KEYS": b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": database_url,
        "REDIS_URL": project.REDIS_URL,
        "ICP_METRICS_TOKEN": TOKEN,
    }
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    for name, value in secret.items():
        file = folder / name
        file.write_text(value)
        env[f"{name}_FILE"] = str(file)
    env |= {
        "DJANGO_SETTINGS_MODULE": "settings.prod",
        "ICP_DATA_DIR": str(folder / "data"),
        "ICP_BIND": f"127.0.0.1:{port}",
        "ICP_WEB_WORKERS": "1",
        "ALLOWED_HOSTS": HOST,
        "CSRF_TRUSTED_ORIGINS": f"https://{HOST}",
        "ICP_BEHIND_PROXY": "1",
        "ICP_LOG_FORMAT": "json",
        "ICP_LEAST_FREE_MB": "1",
    }
    for command in (["migrate", "--noinput"], ["load_codes"], ["collectstatic", "--noinput"]):
        done = subprocess.run(
            [sys.executable, "manage.py", *command, "--verbosity", "0"],
            cwd=BASE_DIR,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stderr
    server = Server(folder, env, port)
    server.start("web")
    try:
        server.wait("/health/", 200, {})
        yield server
    finally:
        codes = server.stop()
    # Asked to end, each ends well: systemd must not take that for a fault.
    assert set(codes.values()) == {0}, (codes, server.logs())


def test_it_serves_a_sign_in_page_with_safe_headers_and_cookies(server: Server) -> None:
    status, headers, body = server.ask("/login/", BY_PROXY)
    assert status == 200 and b"csrfmiddlewaretoken" in body
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"] == "private, no-store" or "no-store" in headers["cache-control"]
    assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
    assert re.search(r"csrftoken=\w+;.*SameSite=Lax; Secure", headers["set-cookie"])
    assert "server" not in headers or "python" not in headers["server"].lower()


def test_it_serves_static_files_under_names_of_their_content(server: Server) -> None:
    body = server.ask("/login/", BY_PROXY)[2].decode()
    path = re.findall(r'href="(/static/[^"]+\.css)"', body)[0]
    status, headers, _ = server.ask(path, BY_PROXY)
    assert status == 200 and "immutable" in headers["cache-control"]


def test_it_sends_plain_http_to_https_and_knows_its_own_name_only(server: Server) -> None:
    status, headers, _ = server.ask("/login/", {"Host": HOST})
    assert (status, headers["location"]) == (301, f"https://{HOST}/login/")
    assert server.ask("/login/", BY_PROXY | {"Host": "elsewhere.example"})[0] == 400


def test_it_keeps_the_number_of_a_request_and_writes_it_down_as_json(server: Server) -> None:
    number = "from-the-proxy-0001"
    _, headers, _ = server.ask(f"/requests/{IDENTITY}/", BY_PROXY | {"X-Request-ID": number})
    assert headers["x-request-id"] == number
    _, other, _ = server.ask("/login/", BY_PROXY | {"X-Request-ID": "bad id\tx"})
    assert re.fullmatch(r"[0-9a-f]{32}", other["x-request-id"])
    lines = (server.folder / "web.log").read_text("utf-8").splitlines()
    documents: list[dict[str, Any]] = [json.loads(line) for line in lines]
    (mine,) = [each for each in documents if each["request_id"] == number and each["logger"] == "access"]
    assert (mine["status"], mine["level"]) == (302, "INFO")
    assert mine["path"] == "/requests/110101********0011/" and IDENTITY not in "\n".join(lines)


def test_it_becomes_ready_when_worker_and_beat_live(server: Server) -> None:
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    status, _, body = server.ask("/ready/", BY_PROXY | bearer)
    assert status == 503 and json.loads(body)["checks"]["worker"] == "never heard of"
    assert json.loads(server.ask("/ready/", BY_PROXY)[2]) == {"ready": False}
    server.start("worker")
    server.start("beat")
    checks = json.loads(server.wait("/ready/", 200, bearer))["checks"]
    assert set(checks.values()) == {"ok"}
    figures = server.ask("/metrics", bearer | BY_PROXY)[2].decode()
    assert 'icp_heartbeat_seconds{part="worker"}' in figures
    assert server.ask("/metrics", BY_PROXY)[0] == 404
    for part in ("worker", "beat"):
        for line in (server.folder / f"{part}.log").read_text("utf-8").splitlines():
            # Celery prints a banner before any logging.
            if line.startswith("{"):
                assert json.loads(line)["level"] in ("INFO", "WARNING"), line


def test_it_reloads_without_refusing_anybody(server: Server) -> None:
    """What `systemctl reload icp-web` does: those who ask meanwhile wait, and are answered."""
    log = server.folder / "web.log"
    before = log.read_text("utf-8").count("Booting worker")
    server.running["web"].send_signal(signal.SIGHUP)
    deadline = time.monotonic() + PATIENCE_S
    while log.read_text("utf-8").count("Booting worker") == before:
        assert server.ask("/login/", BY_PROXY)[0] == 200
        assert time.monotonic() < deadline, server.logs()
    for _ in range(5):
        assert server.ask("/login/", BY_PROXY)[0] == 200
