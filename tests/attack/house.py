"""The house that is attacked: gunicorn with the settings of production, by TLS, on a database and folders of its own."""

from __future__ import annotations

import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import psycopg2
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.conf import settings as project
from psycopg2 import sql
from requests.adapters import HTTPAdapter

from settings.parts import free_port
from settings.paths import BASE_DIR

ROLES = {
    "staff": "填报",
    "mate": "填报",
    "other": "填报",
    "reviewer": "审核",
    "second": "审核",
    "operator": "链路",
    "auditor": "审计",
    "manager": "管理员",
    "both": "填报",
    "nobody": "",
    "root": "",
    "victim": "填报",
    "locked": "填报",
    "leaver": "填报",
    "changer": "填报",
    "fixed": "填报",
    "phone": "填报",
}
"""Who there is, by name; `both` reviews as well, the last ones are for tests that change an account."""
PASSWORD = "Qu4-rantine.Ledger-88"
ON_PURPOSE = "broken-on-purpose"
"""The number of a request that is meant to fail."""
PATIENCE_S = 120
LOCAL = "127.0.0.1"

_visitors = count(1)


class House:
    """The running server, what it was filled with (`facts`), and ways in."""

    def __init__(self, folder: Path, port: int, database: str) -> None:
        self.folder, self.port, self.database = folder, port, database
        self.certificate = folder / "certificate.pem"
        self.url = f"https://{LOCAL}:{port}"
        self.facts: dict[str, Any] = {}
        self.secrets: dict[str, str] = {}
        self._signed_in: dict[str, Visitor] = {}

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What the database holds, asked beside the server."""
        with (
            closing(psycopg2.connect(self.database, options="-c timezone=UTC")) as link,
            link.cursor() as cursor,
        ):
            cursor.execute(query, values)
            found = cursor.fetchall() if cursor.description else []
            link.commit()
            return found

    def refused(self, user: str, action: str = "refused") -> list[dict[str, Any]]:
        """What the record says of what this person was refused: the facts, oldest first."""
        query = "SELECT facts FROM filing_auditentry WHERE user_id = %s AND action = %s ORDER BY id"
        return [row[0] for row in self.rows(query, self.facts["people"][user], action)]

    def state(self, ref: str) -> str:
        return str(self.rows("SELECT state FROM filing_request WHERE ref = %s", ref)[0][0])

    def visitor(self) -> Visitor:
        """Somebody from an address of their own, with no cookie."""
        return Visitor(self)

    def sign_in(self, name: str) -> Visitor:
        """This person in a browser of their own, by the door."""
        visitor = self.visitor()
        answer = visitor.sign_in(name, PASSWORD)
        assert answer.status_code == 302, (name, answer.status_code, answer.text[:400])
        return visitor

    def as_(self, name: str) -> Visitor:
        """This person, signed in once for all tests that leave the session alone."""
        if name not in self._signed_in:
            self._signed_in[name] = self.sign_in(name)
        return self._signed_in[name]

    def sessions(self) -> dict[str, str]:
        """The keys of those who are signed in, by name."""
        return {name: each.cookies["__Host-sessionid"] for name, each in self._signed_in.items()}

    def log(self) -> str:
        return (self.folder / "web.log").read_text("utf-8")


class _Adapter(HTTPAdapter):
    """Sends the path as it was written: dots and percent signs are what some tests are about."""

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        return getattr(request, "as_written", None) or super().request_url(request, proxies)


class Visitor(requests.Session):
    """A browser without scripts: keeps cookies, sends Origin and Referer, follows nothing by itself."""

    def __init__(self, house: House) -> None:
        super().__init__()
        number = next(_visitors)
        self.house = house
        self.verify = str(house.certificate)
        self.trust_env = False
        self.headers["X-Forwarded-Proto"] = "https"
        self.headers["X-Forwarded-For"] = f"198.51.{number // 250}.{number % 250 + 1}"
        self.mount("https://", _Adapter())

    def ask(self, method: str, path: str, **more: Any) -> requests.Response:
        """One request; `path` goes out byte for byte."""
        prepared = self.prepare_request(
            requests.Request(method, self.house.url + "/", headers=more.pop("headers", None), **more)
        )
        # What params made of the address is put behind the path.
        _, _, asked = (prepared.url or "").partition("?")
        prepared.as_written = path + (f"?{asked}" if asked else "")  # type: ignore[attr-defined]
        return self.send(prepared, allow_redirects=False, timeout=60, verify=self.verify)

    def look(self, path: str, **more: Any) -> requests.Response:
        return self.ask("GET", path, **more)

    def token(self) -> str:
        """The CSRF token of this browser, fetched where it has none yet."""
        if "csrftoken" not in self.cookies:
            self.look("/login/")
        if "csrftoken" not in self.cookies:
            self.look("/account/")
        return str(self.cookies["csrftoken"])

    def act(self, path: str, data: Any = None, **more: Any) -> requests.Response:
        """A POST as a page of ours sends it."""
        headers = {"X-CSRFToken": self.token(), "Origin": self.house.url, "Referer": self.house.url + "/"}
        headers |= more.pop("headers", {})
        return self.ask("POST", path, data=data, headers=headers, **more)

    def sign_in(self, name: str, password: str, **more: Any) -> requests.Response:
        return self.act("/login/", {"username": name, "password": password, **more})


@contextmanager
def running(folder: Path) -> Iterator[House]:
    """Build, fill and start it; whatever happens, stop it and take its database away."""
    with _database() as url:
        # Each worker of a run builds one, and fills it before it listens: they must not find the same port free.
        house = House(folder, free_port(9_000 + os.getpid() * 7 % 900), url)
        env = _environment(house)
        for command in (
            ["-m", "tests.attack.filling"],
            ["manage.py", "collectstatic", "--noinput", "-v0"],
        ):
            done = subprocess.run([sys.executable, *command], cwd=BASE_DIR, env=env, capture_output=True)
            assert done.returncode == 0, done.stderr.decode()[-4000:]
            if "tests.attack.filling" in command:
                house.facts = json.loads(done.stdout.decode().splitlines()[-1])
        with (folder / "web.log").open("wb") as log:
            server = subprocess.Popen(
                [
                    *(str(Path(sys.executable).parent / "gunicorn"), "--config", "deploy/gunicorn.conf.py"),
                    *("--certfile", str(house.certificate), "--keyfile", str(folder / "key.pem")),
                    "settings.wsgi:application",
                ],
                cwd=BASE_DIR,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait(house, server)
            yield house
        finally:
            server.terminate()
            try:
                server.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)


def _wait(house: House, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while True:
        try:
            if house.visitor().look("/health/").status_code == 200:
                return
        except requests.ConnectionError:
            assert server.poll() is None and time.monotonic() < deadline, house.log()[-4000:]
        time.sleep(0.3)


def _environment(house: House) -> dict[str, str]:
    _make_certificate(house.folder)
    house.secrets = {
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ICP_ENCRYPTION_KEYS": b64encode(secrets.token_bytes(32)).decode(),
        "DATABASE_URL": house.database,
        "ICP_METRICS_TOKEN": secrets.token_urlsafe(24),
    }
    env = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    for name, value in house.secrets.items():
        file = house.folder / name
        file.write_text(value)
        env[f"{name}_FILE"] = str(file)
    return env | {
        "DJANGO_SETTINGS_MODULE": "settings.prod",
        "REDIS_URL": project.REDIS_URL,
        "ICP_DATA_DIR": str(house.folder / "data"),
        "ICP_BIND": f"{LOCAL}:{house.port}",
        "ICP_WEB_WORKERS": "1",
        "ICP_WEB_THREADS": "4",
        "ALLOWED_HOSTS": LOCAL,
        "CSRF_TRUSTED_ORIGINS": house.url,
        "ICP_BEHIND_PROXY": "1",
        "ICP_LOG_FORMAT": "json",
        "ICP_MOST_UPLOAD_MB": "25",
        "ICP_LEAST_FREE_MB": "1",
    }


def _make_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, LOCAL)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(IPv4Address(LOCAL))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    form = serialization.PrivateFormat.PKCS8
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, form, plain))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


@contextmanager
def _database() -> Iterator[str]:
    facts = project.DATABASES["default"]
    name = f"icp_attack_{os.getpid()}"
    assert re.fullmatch(r"\w+", name)
    with closing(psycopg2.connect(host=facts["HOST"], port=facts["PORT"] or None, user=facts["USER"],
                                  password=facts["PASSWORD"] or None, dbname="postgres")) as admin:  # fmt: skip
        admin.autocommit = True
        with admin.cursor() as cursor:
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'of-the-test'").format(sql.Identifier(name))
            )
            cursor.execute(sql.SQL("CREATE DATABASE {0} OWNER {0}").format(sql.Identifier(name)))
            options = {"host": facts["HOST"]} | ({"port": str(facts["PORT"])} if facts["PORT"] else {})
            try:
                yield f"postgresql://{name}:of-the-test@/{name}?{urlencode(options, quote_via=quote)}"
            finally:
                cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
                cursor.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(name)))
