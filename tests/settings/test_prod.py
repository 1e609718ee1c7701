"""Production settings: start with safe values only, and name the variable otherwise."""

from __future__ import annotations

import base64
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from settings import base
from settings.embedded import Embedded
from settings.env import SettingRefused
from settings.paths import BASE_DIR

SAFE = {
    "SECRET_KEY": "kq3-Vd8_mZt5-Wb2_xRf7-Jc9_pLh4-Ny6_sGe1-Tu0_aQo-Wi4",
    "ALLOWED_HOSTS": "icp.example.cn,10.0.0.5",
    "DATABASE_URL": "postgresql://icp:pass@db.example/icp?sslmode=verify-full",
    "REDIS_URL": "rediss://:pass@cache.example:6379/0",
    "ICP_ENCRYPTION_KEYS": base64.b64encode(bytes(range(32))).decode(),
}


TOKEN = "kq3Vd8mZt5Wb2xRf7Jc9pLh4"


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Production's own, which the first start makes."""
    monkeypatch.setattr("settings.base.ICP_DATA_DIR", tmp_path / "data")
    return tmp_path / "data"


def load(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> dict[str, Any]:
    for name, value in {**SAFE, **changes}.items():
        monkeypatch.delenv(f"{name}_FILE", raising=False)
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
            if name in changes and hasattr(base, name):  # base was read when the tests began
                monkeypatch.setattr(base, name, value)
    return runpy.run_module("settings.prod")


def test_it_loads_safe_values(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(monkeypatch)
    assert loaded["DEBUG"] is False
    assert loaded["ALLOWED_HOSTS"] == ["icp.example.cn", "10.0.0.5"]
    assert loaded["DATABASES"]["default"]["HOST"] == "db.example"
    assert loaded["SESSION_COOKIE_SECURE"] and loaded["CSRF_COOKIE_SECURE"] and loaded["SECURE_SSL_REDIRECT"]
    assert loaded["ICP_ENCRYPTION_KEYS"] == [SAFE["ICP_ENCRYPTION_KEYS"]]


@pytest.mark.parametrize("name", sorted(SAFE))
def test_it_refuses_a_missing_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingRefused) as caught:
        load(monkeypatch, **{name: None})
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "ab" * 40),
        ("SECRET_KEY", "django-insecure-" + SAFE["SECRET_KEY"]),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "icp.example.cn,*.example.cn"),
        ("ALLOWED_HOSTS", "https://icp.example.cn"),
        ("ALLOWED_HOSTS", "icp.example.cn:8000"),
        ("ALLOWED_HOSTS", ".example.cn"),
        ("CSRF_TRUSTED_ORIGINS", "http://icp.example.cn"),
        ("CSRF_TRUSTED_ORIGINS", "https://*.example.cn"),
        ("CSRF_TRUSTED_ORIGINS", "https://icp.example.cn/path"),
        ("DATABASE_URL", "sqlite:///icp.db"),
        ("DATABASE_URL", "postgresql://icp:pass@db.example/icp"),
        ("DATABASE_URL", "postgresql://icp:pass@db.example/icp?sslmode=prefer"),
        ("DATABASE_URL", "postgresql://icp@db.example/icp?sslmode=require"),
        ("DATABASE_URL", "postgresql://postgres:pass@127.0.0.1/icp"),
        ("REDIS_URL", "amqp://localhost"),
        ("REDIS_URL", "rediss://cache.example:6379/0"),
        ("REDIS_URL", "redis://:pass@cache.example:6379/0"),
        ("ICP_ENCRYPTION_KEYS", "dGVzdHMtb25seS1uZXZlci11c2UtZWxzZXdoZXJlLSE="),
        ("SECRET_KEY_FALLBACKS", "short"),
        ("ICP_METRICS_TOKEN", "short"),
        ("ICP_BACKUP_PASSPHRASE", "short"),
        ("ICP_LOG_LEVEL", "debug"),
        ("ICP_SSL_REDIRECT", "0"),
        ("ICP_HSTS_SECONDS", "0"),
        ("ICP_ENCRYPTION_KEYS", "c2hvcnQ="),
        ("ICP_ENCRYPTION_KEYS", base64.b64encode(b"\0" * 32).decode()),
        ("ICP_DEBUG", "1"),
        ("ICP_HSTS_SECONDS", "-1"),
    ],
)
def test_it_refuses_an_unsafe_value(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingRefused) as caught:
        load(monkeypatch, **{name: value})
    assert caught.value.name == name


@pytest.mark.parametrize(
    ("name", "value", "more"),
    [
        ("DATABASE_URL", "postgresql://icp@/icp?host=/run/postgresql", {}),
        ("DATABASE_URL", "postgresql://icp:pass@127.0.0.1/icp", {}),
        ("DATABASE_URL", "postgresql://icp:pass@postgres/icp", {"ICP_PRIVATE_HOSTS": "postgres,redis"}),
        ("REDIS_URL", "redis://127.0.0.1:6379/0", {}),
        ("REDIS_URL", "unix:///run/redis/redis.sock", {}),
        ("REDIS_URL", "redis://:pass@redis/0", {"ICP_PRIVATE_HOSTS": "postgres,redis"}),
        ("ICP_SSL_REDIRECT", "0", {"ICP_BEHIND_PROXY": "1"}),
        ("CSRF_TRUSTED_ORIGINS", "https://icp.example.cn/", {}),
        ("ICP_METRICS_TOKEN", TOKEN, {}),
        ("SECRET_KEY_FALLBACKS", SAFE["SECRET_KEY"][::-1], {}),
    ],
)
def test_it_takes_what_is_safe(
    name: str, value: str, more: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load(monkeypatch, **{name: value}, **more)["DEBUG"] is False


def test_a_private_host_still_needs_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("REDIS_URL", "redis://redis/0"), ("DATABASE_URL", "postgresql://icp@postgres/icp")):
        with pytest.raises(SettingRefused) as caught:
            load(monkeypatch, **{name: value}, ICP_PRIVATE_HOSTS="postgres,redis")
        assert caught.value.name == name and "密码" in str(caught.value)


def test_it_refuses_the_servers_of_a_trial(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = Embedded(data_folder)
    for name, value in (
        ("DATABASE_URL", embedded.database_url.replace("postgres@", "icp@")),
        ("REDIS_URL", embedded.redis_url),
    ):
        with pytest.raises(SettingRefused, match="只供试用") as caught:
            load(monkeypatch, **{name: value})
        assert caught.value.name == name


def test_it_refuses_the_secrets_of_a_trial(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data_folder.mkdir(mode=0o700)
    (data_folder / "secret.key").write_text(SAFE["SECRET_KEY"] + "\n")
    with pytest.raises(SettingRefused, match="试用"):
        load(monkeypatch)
    (data_folder / "secret.key").unlink()
    (data_folder / "encryption.key").write_text(SAFE["ICP_ENCRYPTION_KEYS"])
    with pytest.raises(SettingRefused, match="试用"):
        load(monkeypatch)
    new = base64.b64encode(bytes(range(1, 33))).decode()
    loaded = load(monkeypatch, ICP_ENCRYPTION_KEYS=f"{new},{SAFE['ICP_ENCRYPTION_KEYS']}")
    assert loaded["ICP_ENCRYPTION_KEYS"][0] == new, "behind another it only opens what it sealed"


def test_it_keeps_the_data_folder_from_others(data_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    load(monkeypatch)
    assert data_folder.stat().st_mode & 0o777 == 0o700
    data_folder.chmod(0o755)
    with pytest.raises(SettingRefused, match="ICP_DATA_DIR") as caught:
        load(monkeypatch)
    assert "chmod" in str(caught.value)


def test_its_cookies_are_for_this_host_and_https_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = load(monkeypatch)
    assert loaded["SESSION_COOKIE_NAME"].startswith("__Host-")
    assert (
        loaded["SESSION_COOKIE_SECURE"] and loaded["SESSION_COOKIE_HTTPONLY"] and loaded["CSRF_COOKIE_SECURE"]
    )
    assert (loaded["SESSION_COOKIE_SAMESITE"], loaded["CSRF_COOKIE_SAMESITE"]) == ("Lax", "Lax")
    assert "SESSION_COOKIE_DOMAIN" not in loaded, "a __Host- cookie names none"
    policy = loaded["CONTENT_SECURITY_POLICY"]
    assert "unsafe" not in policy and "default-src 'self'" in policy and "frame-ancestors 'none'" in policy


@pytest.mark.parametrize(
    "name", ["SECRET_KEY", "DATABASE_URL", "REDIS_URL", "ICP_ENCRYPTION_KEYS", "ICP_METRICS_TOKEN"]
)
def test_it_reads_each_secret_from_a_file_too(name: str, tmp_path: Path) -> None:
    value = {**SAFE, "ICP_METRICS_TOKEN": TOKEN}[name]
    file = tmp_path / "secret"
    file.write_text(value + "\n")
    done = manage(tmp_path, "check", "--database", "default", **{name: "", f"{name}_FILE": str(file)})
    assert name not in done.stderr, done.stderr


def test_it_never_shows_the_secret_it_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingRefused) as caught:
        load(monkeypatch, ICP_ENCRYPTION_KEYS="hidden-words")
    assert "hidden" not in str(caught.value)


def manage(tmp_path: Path, *arguments: str, **changes: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"DJANGO_SETTINGS_MODULE": "settings.prod", "ICP_DATA_DIR": str(tmp_path / "data")}
    return subprocess.run(
        [sys.executable, str(BASE_DIR / "manage.py"), *arguments],
        env={**inherited, **own, **SAFE, **changes},
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_it_tells_the_reason_without_a_traceback(tmp_path: Path) -> None:
    done = manage(tmp_path, "migrate", SECRET_KEY="")
    assert done.returncode == 1
    assert "SECRET_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "data" / "postgres").exists()  # production never starts embedded servers


def test_it_passes_the_deployment_check_and_collects_static_files(tmp_path: Path) -> None:
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING")
    assert done.returncode == 0, done.stderr
    done = manage(tmp_path, "collectstatic", "--noinput", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "data" / "static" / "bootstrap" / "css").glob("bootstrap.min.*.css"))
