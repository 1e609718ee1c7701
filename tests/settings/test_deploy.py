"""The files for production: safe by themselves, and every command and every figure in them exists."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings as project

from settings.paths import BASE_DIR
from tests.reporting.material import make_link
from upkeep.figures import written
from upkeep.heartbeats import PARTS

DEPLOY = BASE_DIR / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
OURS = ("migrate", "web", "worker", "beat")
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
MOST_EXPOSURE = 2.0
BIN = Path(sys.executable).parent


def test_compose_has_every_part() -> None:
    assert set(COMPOSE["services"]) == {*OURS, "postgres", "redis", "proxy"}


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_each_container_may_do_little(name: str) -> None:
    service = COMPOSE["services"][name]
    assert "no-new-privileges:true" in service["security_opt"]
    assert not service.get("privileged") and "network_mode" not in service
    if name != "postgres":  # its image takes its data folder over as root and then becomes another
        assert service["read_only"] is True and service["cap_drop"] == ["ALL"]
    if name in OURS or name == "redis":
        assert service["user"].split(":")[0] not in ("0", "root")
    if name != "migrate":
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
        assert service["restart"] == "unless-stopped"


def test_only_the_proxy_can_be_reached_from_outside() -> None:
    services = COMPOSE["services"]
    assert [name for name, service in services.items() if service.get("ports")] == ["proxy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("postgres", "redis"):
        assert services[name]["networks"] == ["inside"]
    assert "inside" not in services["proxy"]["networks"]


def test_secrets_come_from_files_alone() -> None:
    named = set(COMPOSE["secrets"])
    for name, service in COMPOSE["services"].items():
        assert set(service.get("secrets", [])) <= named, name
        for variable, value in (service.get("environment") or {}).items():
            if re.search(r"SECRET|PASSWORD|TOKEN|KEY|_URL", variable):
                assert variable.endswith("_FILE") and value.startswith("/run/secrets/"), (name, variable)
                assert value.removeprefix("/run/secrets/") in service["secrets"], (name, variable)
    example = (DEPLOY / "icp.env.example").read_text(encoding="utf-8")
    assert not re.search(r"^\w*(SECRET|PASSWORD|TOKEN|KEY|_URL)\w*=", example, re.MULTILINE)
    ignored = (BASE_DIR / ".gitignore").read_text(encoding="utf-8")
    assert "deploy/secrets/" in ignored and "deploy/icp.env\n" in ignored


def test_the_image_runs_as_nobody_special_and_installs_by_hash() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER 10001:10001$", text, re.MULTILINE) and "HEALTHCHECK" in text
    assert "--require-hashes" in text and "ADD " not in text and "latest" not in text
    copied = set(re.findall(r"^COPY (?:--\S+ )?(\w+) \1$", text, re.MULTILINE))
    packages = {
        app.partition(".")[0] for app in project.INSTALLED_APPS if (BASE_DIR / app.partition(".")[0]).is_dir()
    }
    assert packages | {"settings", "xsd"} <= copied
    assert "simulator" not in copied, "the practice bureau is for trials"
    sent = set((BASE_DIR / ".dockerignore").read_text(encoding="utf-8").split("\n"))
    assert {f"!{name}" for name in copied} <= sent and "*" in sent


def commands() -> list[tuple[str, list[str]]]:
    found = [
        (name, COMPOSE["services"][name]["command"])
        for name in OURS
        if "command" in COMPOSE["services"][name]
    ]
    for unit in UNITS:
        for line in re.findall(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), re.MULTILINE):
            found.append((unit.name, shlex.split(line)))
    return found


@pytest.mark.parametrize(("name", "command"), commands())
def test_every_command_exists(name: str, command: list[str]) -> None:
    if command[0] in ("sh", "/bin/sh"):
        command = shlex.split(command[2].partition("&&")[0])
    program = BIN / Path(command[0]).name
    assert program.exists(), command
    if "manage.py" in command:
        done = subprocess.run(
            [str(program), "manage.py", "help", command[2]], cwd=BASE_DIR, capture_output=True, check=False
        )
        assert done.returncode == 0, command
    for word in command:
        assert not word.startswith("deploy/") or (BASE_DIR / word).is_file(), word


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units as if this checkout lay in /opt/icp."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    made = []
    for unit in [*UNITS, *(DEPLOY / "systemd").glob("*.timer")]:
        text = unit.read_text(encoding="utf-8")
        text = text.replace("/opt/icp/.venv/bin", str(BIN)).replace("/opt/icp", str(BASE_DIR))
        made.append(tmp_path / unit.name)
        made[-1].write_text(text, encoding="utf-8")
    return made


def test_systemd_takes_the_units(units: list[Path]) -> None:
    done = subprocess.run(
        ["systemd-analyze", "verify", *map(str, units)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_finds_them_well_closed(units: list[Path]) -> None:
    for unit in units:
        if unit.suffix == ".service":
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)],
                capture_output=True,
                text=True,
                check=False,
            )
            level = re.search(r"exposure level for \S+ ([\d.]+)", done.stdout)
            assert level and float(level[1]) <= MOST_EXPOSURE, (unit.name, done.stdout[-200:])


@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_each_unit_runs_the_safe_settings(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "DJANGO_SETTINGS_MODULE=settings.prod" in text and "\nUser=icp\n" in text
    for words in ("ProtectSystem=strict", "NoNewPrivileges=yes", "UMask=0077", "StateDirectoryMode=0700"):
        assert f"\n{words}\n" in text
    for name, file in re.findall(r"(\w+)_FILE=%d/(\w+)", text):
        assert f"LoadCredential={file}:/etc/icp/secrets/{file}" in text, name
    assert not re.search(r"^Environment=.*(SECRET_KEY|PASSWORD|DATABASE_URL)=", text, re.MULTILINE)


def test_the_proxy_replaces_what_visitors_claim() -> None:
    text = (DEPLOY / "caddy" / "Caddyfile").read_text(encoding="utf-8")
    for header in ("X-Forwarded-For", "X-Forwarded-Proto", "X-Request-ID"):
        assert f"header_up {header} {{" in text
    assert re.search(r"@machines path /metrics /ready/\s+respond @machines 404", text)


@pytest.fixture
def figures(db: None) -> set[str]:
    """The names that /metrics can tell, a histogram's and a counter's own included."""
    make_link("http://bureau.invalid")
    text = written().decode()
    names = set(re.findall(r"^# TYPE (icp_\w+)", text, re.MULTILINE))
    return names | {f"{name}{end}" for name in names for end in ("_bucket", "_sum", "_count")}


def test_alerts_and_dashboard_ask_for_figures_that_there_are(figures: set[str]) -> None:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8"))["groups"][0][
        "rules"
    ]
    board = json.loads((DEPLOY / "grafana" / "icp-filing.json").read_text(encoding="utf-8"))
    asked = [rule["expr"] for rule in rules]
    asked += [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(asked) > 25
    for words in asked:
        names = set(re.findall(r"\bicp_\w+", words))
        assert names <= figures, (words, names - figures)
        assert names or words.startswith("up{"), words
        assert words.count("(") == words.count(")") and words.count("{") == words.count("}")
    for rule in rules:
        assert rule["annotations"].keys() == {"summary", "action"} and rule["labels"]["severity"] in (
            "page",
            "ticket",
        )


def test_the_figures_that_matter_have_an_alert(figures: set[str]) -> None:
    text = (DEPLOY / "prometheus" / "alerts.yml").read_text(encoding="utf-8")
    for name in ("heartbeat_seconds", "link_emptied_seconds", "link_circuit_open", "data_folder_free_bytes"):
        assert f"icp_{name}" in text and f"icp_{name}" in figures
    assert {part for part in PARTS if f"icp-{part}.service" in {unit.name for unit in UNITS}} == {
        "beat",
        "worker",
    }
