"""The proofs that the test suite holds, run and counted: seeds, orders of anything, boundaries at which a process died."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
FILES = ("test_seeds.py", "test_link_machine.py", "test_crash_points.py", "test_backlog.py")


@dataclass
class Proofs:
    """What was tried, as the tests themselves counted it. `failed` names those that did not hold."""

    seeds: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    scenes: int = 0
    tests: int = 0
    failed: list[str] = field(default_factory=list)


def run_proofs(*, seeds: int, examples: int) -> Proofs:
    """Run them in processes of their own, on databases of their own."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("ICP_BENCH")}
    for name in ("DJANGO_SETTINGS_MODULE", "ICP_TEST_RUN"):
        env.pop(name, None)
    env |= {"ICP_SEEDS": str(seeds), "ICP_EXAMPLES": str(examples)}
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        files = [f"tests/reporting/{name}" for name in FILES]
        asked = [
            "-q",
            "-n",
            "2",
            "-m",
            "soak or not soak",
            "-o",
            "junit_family=xunit1",
            f"--junitxml={report}",
        ]
        subprocess.run([sys.executable, "-m", "pytest", *asked, *files], cwd=ROOT, env=env, check=False)
        if not report.exists():
            return Proofs(failed=["the tests did not run"])
        return _read(report)


def _read(report: Path) -> Proofs:
    found = Proofs()
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        module, name = case.get("classname", ""), case.get("name", "")
        found.tests += 1
        if any(case.find(tag) is not None for tag in ("failure", "error", "skipped")):
            found.failed.append(f"{module}: {name}")
            continue
        found.seeds += module.endswith("test_seeds")
        # What the soak tries includes what is tried every day.
        found.scenes += name.startswith("test_it_finishes_wherever")
        every_day = name.startswith("test_it_finishes_what")
        for each in case.iter("property"):
            if not every_day:
                found.counts[each.get("name", "")] += int(each.get("value", "0"))
    return found
