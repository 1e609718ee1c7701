"""Everything that is installed is pinned with hashes, and everything used directly has a licence that we may use."""

from __future__ import annotations

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pytest

from settings.paths import BASE_DIR

LISTS = {
    "requirements.txt": "requirements-checks.in",
    "deploy/requirements.txt": "requirements.in",
    ".ci/requirements.txt": ".ci/requirements.in",
}
LICENCES: dict[str, Any] = runpy.run_path(str(BASE_DIR / ".ci" / "licences.py"))


AUDIT: dict[str, Any] = runpy.run_path(str(BASE_DIR / ".ci" / "audit_report.py"))


def pins(path: str) -> dict[str, tuple[str, list[str]]]:
    """By name: the version and the hashes."""
    text = (BASE_DIR / path).read_text(encoding="utf-8").replace("\\\n", " ")
    found = {}
    for line in text.splitlines():
        pin = re.match(r"([A-Za-z0-9_.-]+)(?:\[[^\]]*\])?==(\S+)(.*)", line)
        assert pin or not line.strip() or line.startswith("#"), f"{path}: not a pin: {line}"
        if pin:
            found[normal(pin[1])] = (pin[2], re.findall(r"--hash=sha256:([0-9a-f]{64})\b", pin[3]))
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def wanted(path: str) -> dict[str, str]:
    """What a list for people asks for, with what it refers to."""
    found = {}
    for line in (BASE_DIR / path).read_text(encoding="utf-8").splitlines():
        if line.startswith("-r "):
            found |= wanted(line.removeprefix("-r ").strip())
        elif line.strip() and not line.startswith("#"):
            name, equals, version = line.partition("==")
            assert equals and re.fullmatch(r"[0-9][0-9A-Za-z.]*", version), f"{path}: not pinned: {line}"
            found[normal(name.partition("[")[0])] = version
    return found


@pytest.mark.parametrize("path", LISTS)
def test_it_has_a_hash_for_every_pin(path: str) -> None:
    found = pins(path)
    assert len(found) > 10
    assert [name for name, (_version, hashes) in found.items() if not hashes] == []


@pytest.mark.parametrize(("path", "source"), LISTS.items())
def test_it_locks_what_is_asked_for(path: str, source: str) -> None:
    """Somebody added a package and did not run .ci/lock."""
    found = pins(path)
    assert {name: found[name][0] if name in found else "missing" for name in wanted(source)} == wanted(source)


def test_it_installs_in_production_what_is_tested() -> None:
    tested, installed = pins("requirements.txt"), pins("deploy/requirements.txt")
    assert {name: tested.get(name) for name in installed} == installed
    assert "pytest" not in installed and "playwright" not in installed


def test_it_covers_the_machines_we_name() -> None:
    """Compiled packages have files for several Pythons and machines: one hash alone would be one machine's."""
    found = pins("requirements.txt")
    for name in ("cryptography", "lxml", "pillow", "psycopg2-binary", "psutil"):
        assert len(found[name][1]) >= 8, name


@pytest.mark.parametrize("source", ["requirements.in", "requirements-checks.in"])
def test_it_lists_a_licence_that_we_may_use(source: str) -> None:
    page = (BASE_DIR / "docs" / "licences.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([A-Za-z0-9_.-]+) \| ([^|]+) \|", page, re.MULTILINE))
    names = LICENCES["direct"](source)
    assert names
    assert {name: rows.get(name) for name in names if rows.get(name) not in LICENCES["ALLOWED"]} == {}


def test_it_names_the_licence_that_the_package_names() -> None:
    page = (BASE_DIR / "docs" / "licences.md").read_text(encoding="utf-8")
    for name in LICENCES["direct"]("requirements.in"):
        assert f"| {name} | {LICENCES['licence'](name)} |" in page, name


SOUND: dict[str, Any] = {"name": "sound", "version": "1", "vulns": []}
WEAK = {"name": "weak", "version": "2", "vulns": [{"id": "X-1", "fix_versions": ["3"]}]}
UNKNOWN = {"name": "unknown", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("report", "code", "words"),
    [
        ([SOUND, WEAK, UNKNOWN], 1, "VULNERABLE weak 2: X-1; fixed in: 3"),
        ([SOUND, UNKNOWN], 0, "1 packages looked at, 0 known vulnerabilities"),
        ([UNKNOWN], 0, "NOT AUDITED"),
        (None, 0, "NOT AUDITED (pip-audit ended with 124): no answer"),
    ],
)
def test_it_fails_for_a_known_vulnerability_and_says_when_it_saw_nothing(
    report: list[Any] | None, code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written, errors = tmp_path / "report", tmp_path / "errors"
    if report is not None:
        written.write_text(json.dumps({"dependencies": report}))
    errors.write_text("first\nno answer\n")
    assert AUDIT["main"](written, errors, "124") == code
    assert words in capsys.readouterr().out
