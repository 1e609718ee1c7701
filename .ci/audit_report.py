"""Tells what pip-audit found: exit code 1 for a vulnerability, 0 for none or for no answer (which is said)."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(report: Path, errors: Path, code: str) -> int:
    """`code` is pip-audit's own: without a report it says that nothing was looked at."""
    try:
        found = json.loads(report.read_text(encoding="utf-8"))["dependencies"]
    except (OSError, ValueError, KeyError):
        last = (
            errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-1:]
            if errors.is_file()
            else []
        )
        print(f"NOT AUDITED (pip-audit ended with {code}): {''.join(last)[:300]}")
        return 0
    finally:
        errors.unlink(missing_ok=True)
    weak = [(package, each) for package in found for each in package.get("vulns", [])]
    skipped = [package["name"] for package in found if "skip_reason" in package]
    for package, each in weak:
        fixed = ", ".join(each.get("fix_versions", [])) or "none yet"
        print(f"VULNERABLE {package['name']} {package['version']}: {each['id']}; fixed in: {fixed}")
    looked_at = len(found) - len(skipped)
    if not looked_at:
        print("NOT AUDITED: the package index in use has no advisories of any of them.")
        return 0
    if skipped:
        print(f"not in the database: {', '.join(sorted(skipped))}")
    print(f"{looked_at} packages looked at, {len(weak)} known vulnerabilities")
    return 1 if weak else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]))
