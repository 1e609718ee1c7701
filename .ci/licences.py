"""Writes docs/licences.md: the licence of everything the product uses directly, from the installed packages' own metadata.

`python .ci/licences.py` after `.ci/lock` and an install. tests/settings/test_dependencies.py holds the page to it.
"""

from __future__ import annotations

import re
from importlib.metadata import PackageMetadata, files, metadata
from pathlib import Path

HOME = Path(__file__).resolve().parent.parent
PAGE = HOME / "docs" / "licences.md"
LISTS = {
    "What the product uses": "requirements.in",
    "What only tests and checks use": "requirements-checks.in",
}
# Longer words first: "LGPL" holds "GPL".
KNOWN = (
    ("LGPL", "LGPL-3.0"),
    ("GPL", "GPL"),
    ("Mozilla", "MPL-2.0"),
    ("MPL", "MPL-2.0"),
    ("Apache", "Apache-2.0"),
    ("HPND", "HPND"),
    ("PostgreSQL", "PostgreSQL"),
    ("ISC", "ISC"),
    ("BSD", "BSD"),
    ("MIT-CMU", "MIT-CMU"),
    ("MIT", "MIT"),
    ("Python Software Foundation", "PSF-2.0"),
    ("PSF", "PSF-2.0"),
)
ALLOWED = frozenset(
    {"Apache-2.0", "BSD", "HPND", "ISC", "LGPL-3.0", "MIT", "MIT-CMU", "MPL-2.0", "PostgreSQL", "PSF-2.0"}
)
"""None of these asks for our source; LGPL and MPL bind changes to the library itself, which we do not make."""


def direct(name: str) -> list[str]:
    """The names of the packages of a list, as written."""
    lines = (HOME / name).read_text(encoding="utf-8").splitlines()
    return [line.partition("==")[0].partition("[")[0] for line in lines if re.match(r"[A-Za-z0-9]", line)]


def licence(package: str) -> str:
    """The licence that a package names: its SPDX expression, else its classifier, its own words, its file's first line."""
    facts: PackageMetadata = metadata(package)
    classifiers = [each for each in facts.get_all("Classifier") or [] if each.startswith("License ::")]
    said = (facts.get("License-Expression") or "", " ".join(classifiers), (facts.get("License") or "")[:200])
    for words in (*said, _first_line(package)):
        for mark, name in KNOWN:
            if re.search(rf"(?<![A-Za-z]){re.escape(mark)}", words):
                return name
    return "unknown"


def _first_line(package: str) -> str:
    texts = [
        each
        for each in files(package) or []
        if each.name.upper().startswith(("LICENSE", "LICENCE", "COPYING"))
    ]
    return next((each.read_text().strip().partition("\n")[0] for each in texts), "")


def page() -> str:
    """The page as it should be."""
    lines = [
        "# Licences",
        "",
        "Written by `.ci/licences.py` from the packages' own metadata; what those bring in is in `requirements.txt`.",
    ]
    for title, name in LISTS.items():
        lines += ["", f"## {title}", "", "| package | licence | home |", "| --- | --- | --- |"]
        lines += [
            f"| {each} | {licence(each)} | {_home(each)} |" for each in sorted(direct(name), key=str.lower)
        ]
    return "\n".join(lines) + "\n"


def _home(package: str) -> str:
    facts = metadata(package)
    links = dict(each.split(", ", 1) for each in facts.get_all("Project-URL") or [] if ", " in each)
    named = [
        links[key]
        for key in ("Homepage", "homepage", "Home", "Source", "Repository", "source", "Documentation")
        if key in links
    ]
    return (facts.get("Home-page") or next(iter(named), "")).removeprefix("https://")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{PAGE.relative_to(HOME)} written")
