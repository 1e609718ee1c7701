"""The card: what was measured, for people. Every figure comes from the run that it tells of."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.correctness.proofs import Proofs
from benchmarks.correctness.soak import Result
from reporting import selectors

ROOT = Path(__file__).parent.parent.parent
MOST_WORDS = 20


def faults_found(result: Result, proofs: Proofs | None) -> list[str]:
    """What broke, in words; nothing where all held."""
    found = [*result.findings.all(), *result.unexpected]
    found += [f"decided before the bureau had: {each}" for each in result.staleness.too_early]
    if not result.at_rest:
        found.append(f"it did not come to rest: {result.ends}")
    if sum(result.kills.values()) < result.plan.kills:
        found.append(f"only {sum(result.kills.values())} of {result.plan.kills} kills")
    if result.staleness.unmarked > selectors.FRESH_PROMISE.total_seconds():
        found.append(f"shown as fresh for {result.staleness.unmarked:.0f} s, which is longer than promised")
    if proofs is not None:
        found += proofs.failed
    return found


def card(result: Result, proofs: Proofs | None, command: str) -> str:
    """The page in Markdown."""
    broken = faults_found(result, proofs)
    lines = [
        "# Correctness card",
        "",
        "Written by the command below, every figure measured by it; nobody edits this page. What the runs do is told in"
        " [benchmarks/README.md](../benchmarks/README.md#correctness).",
        "",
        "```",
        command,
        "```",
        "",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, commit {_commit()}, Python {platform.python_version()},"
        f" {os.cpu_count()} cores (load {os.getloadavg()[0]:.1f}).",
        "",
        f"**{'Every promise held.' if not broken else 'BROKEN: ' + '; '.join(broken[:MOST_WORDS])}**",
        "",
        *_soak(result),
        *_staleness(result),
        *(_proofs(proofs) if proofs is not None else []),
    ]
    return "\n".join(lines) + "\n"


def _table(title: str, rows: Mapping[str, object]) -> list[str]:
    found = [f"## {title}", "", "| | |", "| --- | --- |"]
    return [*found, *(f"| {name} | {value} |" for name, value in rows.items()), ""]


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()) if count) or "0"


def _soak(result: Result) -> list[str]:
    plan, found = result.plan, result.findings
    calls = result.calls or 1
    lost = [*found.lost, *found.ahead]
    return _table(
        "The soak: real processes, killed and disturbed",
        {
            "filings taken in": f"{plan.filings} in {plan.seconds:.0f} s, seed {plan.seed}",
            "states at the end": _listed(result.ends),
            "corrected after a refusal and sent again": result.corrections,
            "data files accepted": result.files,
            "downloads stored and applied": result.downloads,
            "calls": f"{result.calls} ({_listed(result.outcomes)})",
            "calls disturbed": f"{result.disturbed_calls} ({100 * result.disturbed_calls / calls:.0f} %)",
            "of these by kind": _listed(result.disturbed),
            "processes killed (SIGKILL)": f"{sum(result.kills.values())} ({_listed(result.kills)})",
            "workers and beats at once": "2 and 2",
            "at rest after": f"{result.seconds:.0f} s, `ICP_WAIT_FACTOR` {plan.wait_factor:g}",
            "**gaps in the numbers**": f"**{len(found.gaps)}**",
            "**accepted or applied twice**": f"**{len(found.duplicates)}**",
            "**lost, or claimed and not there**": f"**{len(lost)}**",
            "**requests whose state differs between the sides**": f"**{len(found.unequal)}**",
            "errors in workers that nobody foresaw": len(result.unexpected),
        },
    )


def _staleness(result: Result) -> list[str]:
    stale, promise = result.staleness, selectors.FRESH_PROMISE.total_seconds()
    rows = {
        "looks at every request (`filing_status`, the link's condition)": stale.looks,
        "results whose way to the screen was measured": stale.measured,
        "from lying in the bureau's queue until shown": (
            f"{stale.median_to_shown:.1f} s in the middle, {stale.to_shown:.1f} s at worst"
        ),
        "**longest that an old state was shown without being marked**": (
            f"**{stale.unmarked:.1f} s** (promised: {promise:.0f} s)"
        ),
        "most by which a row said “checked at” later than was true": f"{stale.false_claim:.1f} s",
        "shown as decided before the bureau had decided": len(stale.too_early),
    }
    words = (
        "These are real seconds. The waits of the link are shortened by the factor above, and so is the distance of two"
        " polls (never below half a second); the way through outages, kills and disturbed calls is not."
    )
    return [*_table("How fresh what is shown was, meanwhile", rows), words, ""]


def _proofs(proofs: Proofs) -> list[str]:
    count = proofs.counts
    died, orders = "at which a process died (test_crash_points.py)", "(test_link_machine.py, Hypothesis)"
    rows = {
        "tests": f"{proofs.tests}, of which {len(proofs.failed)} failed",
        "seeds (test_seeds.py: everything by lot, killed between any two statements)": proofs.seeds,
        f"boundaries between a commit and a call {died}": f"{count['crash_points']} in {proofs.scenes} scenes",
        f"orders of anything {orders}": f"{count['examples']} with {count['steps']} steps",
        "steps with several workers at once": count["crews"],
        "steps in which a worker died between two statements": count["deaths"],
        "kinds of trouble tried there (fault or code × method)": count["troubles"],
        "files that the bureau lost there": count["lost uploads"],
        "downloads that it gave out again": count["lost acknowledgements"],
    }
    return _table("The proofs in the test suite", rows)


def _commit() -> str:
    def ask(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)
        return done.stdout.strip()

    changed = ask("status", "--porcelain", "--untracked-files=no")
    return f"{ask('rev-parse', '--short=10', 'HEAD') or 'unknown'}{' with changes' if changed else ''}"
