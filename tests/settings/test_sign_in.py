"""Settings of signing in: what is refused at the start, with the reason."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from settings.env import SettingRefused
from settings.sign_in import read_issuer, read_mapping

ISSUER = {"ICP_OIDC_ISSUER": "https://id.example.cn/realms/icp"}
CLIENT = {"ICP_OIDC_CLIENT_ID": "icp", "ICP_OIDC_CLIENT_SECRET": "secret"}


def start(**given: str) -> str:
    """Read the settings in a process of its own. Shape: what it ends with."""
    asked = "import settings.sign_in as s; print(s.ICP_SESSION_IDLE_MINUTES, s.ICP_OIDC_ISSUER, s.ICP_LOCAL_SIGN_IN)"
    ran = subprocess.run(
        [sys.executable, "-c", asked], env=os.environ | given, capture_output=True, text=True, check=False
    )
    return (ran.stdout or ran.stderr).strip().splitlines()[-1]


def test_it_starts_with_passwords_and_without_a_provider() -> None:
    assert start() == "120  True"
    assert start(ICP_SESSION_IDLE_MINUTES="30", ICP_LOCAL_SIGN_IN="0", **ISSUER, **CLIENT).endswith(
        "icp False"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"ICP_SESSION_IDLE_MINUTES": "0"}, "ICP_SESSION_IDLE_MINUTES"),
        ({"ICP_LOCAL_SIGN_IN": "0"}, "没人能登录"),
        (ISSUER, "ICP_OIDC_CLIENT_ID"),
        (ISSUER | {"ICP_OIDC_CLIENT_ID": "icp"}, "ICP_OIDC_CLIENT_SECRET"),
        ({"ICP_OIDC_ISSUER": "http://id.example.cn"} | CLIENT, "https"),
    ],
)
def test_it_refuses_what_would_lock_out_or_be_unsafe(given: dict[str, str], words: str) -> None:
    assert words in start(**given)


def test_it_takes_http_from_this_machine_only() -> None:
    assert read_issuer("http://127.0.0.1:9000") == "http://127.0.0.1:9000"
    for url in ("http://10.0.0.1", "ftp://id.example.cn", "https://", "https://id.example.cn/?a=b"):
        with pytest.raises(SettingRefused):
            read_issuer(url)


def test_it_reads_roles_by_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ICP_OIDC_ROLES", "icp-staff=填报, icp-review = 审核")
    assert read_mapping("ICP_OIDC_ROLES") == {"icp-staff": "填报", "icp-review": "审核"}
    monkeypatch.setenv("ICP_OIDC_ROLES", "icp-staff")
    with pytest.raises(SettingRefused, match="ICP_OIDC_ROLES"):
        read_mapping("ICP_OIDC_ROLES")
