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

from settings.embedded import Embedded
from settings.env import SettingRefused
from settings.paths import BASE_DIR, data_dir

SAFE = {
    "SECRET_KEY": "kq3-Vd8_mZt5-Wb2_xRf7-Jc9_pLh4-Ny6_sGe1-Tu0_aQo-Wi4",
    "ALLOWED_HOSTS": "icp.example.cn,10.0.0.5",
    "DATABASE_URL": "postgresql://icp:pass@db.example/icp",
    "REDIS_URL": "redis://:pass@cache.example:6379/0",
    "ICP_ENCRYPTION_KEYS": base64.b64encode(bytes(range(32))).decode(),
}


def load(monkeypatch: pytest.MonkeyPatch, **changes: str | None) -> dict[str, Any]:
    for name, value in {**SAFE, **changes}.items():
        monkeypatch.delenv(f"{name}_FILE", raising=False)
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
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
        ("DATABASE_URL", "sqlite:///icp.db"),
        ("REDIS_URL", "amqp://localhost"),
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
    address = (
        Embedded(data_dir()).database_url if "DATABASE_URL" not in os.environ else os.environ["DATABASE_URL"]
    )
    done = manage(tmp_path, "check", "--deploy", "--fail-level", "WARNING", DATABASE_URL=address)
    assert done.returncode == 0, done.stderr
    done = manage(tmp_path, "collectstatic", "--noinput", "--verbosity", "0")
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "data" / "static" / "bootstrap" / "css").glob("bootstrap.min.*.css"))
