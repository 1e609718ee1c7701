"""Run the soak and the proofs, print the card, write it where asked to. Exit code 1 where anything did not hold."""

from __future__ import annotations

import argparse
import shlex
import sys
import tempfile
from pathlib import Path

from benchmarks import throwaway
from benchmarks.correctness.card import card, faults_found
from benchmarks.correctness.plan import Plan
from benchmarks.correctness.proofs import run_proofs
from benchmarks.correctness.soak import Soak, keep_logs
from benchmarks.settings import FOLDER

FILINGS, KILLS, DISTURBED = 1_000, 100, 0.30
QUICK_FILINGS, QUICK_KILLS = 100, 10
SECONDS_A_KILL = 4.0
"""Time for a killed process to begin anew and to be in the middle of something again."""

PATIENCE = 6.0
LEAST_PATIENCE_S = 600.0
"""How much longer it may take until all is at rest; a busy machine takes longer than a fault needs to show."""

MOST_TOLD = 20
WAIT_FACTOR = 0.02
SEEDS, EXAMPLES = 300, 200


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m benchmarks.correctness", description=__doc__)
    arguments.add_argument("--filings", type=int)
    arguments.add_argument("--kills", type=int)
    arguments.add_argument("--disturbed", type=float, default=DISTURBED, help="share of calls, 0 to 1")
    arguments.add_argument("--seed", type=int, default=1, help="of the soak")
    arguments.add_argument("--seeds", type=int, default=SEEDS, help="of tests/reporting/test_seeds.py")
    arguments.add_argument("--examples", type=int, default=EXAMPLES, help="of the test with Hypothesis")
    arguments.add_argument("--wait-factor", type=float, default=WAIT_FACTOR)
    arguments.add_argument(
        "--quick", action="store_true", help="100 filings and 10 kills, and no tests, which ran beside it"
    )
    arguments.add_argument("--write", type=Path, metavar="FILE", help="write the card there")
    chosen = arguments.parse_args()
    kills = chosen.kills if chosen.kills is not None else QUICK_KILLS if chosen.quick else KILLS
    seconds = max(kills, 1) * SECONDS_A_KILL
    plan = Plan(
        filings=chosen.filings or (QUICK_FILINGS if chosen.quick else FILINGS),
        kills=kills,
        disturbed=chosen.disturbed,
        seed=chosen.seed,
        wait_factor=chosen.wait_factor,
        seconds=seconds,
        patience_s=max(LEAST_PATIENCE_S, seconds * PATIENCE),
    )
    proofs = None if chosen.quick else run_proofs(seeds=chosen.seeds, examples=chosen.examples)
    with throwaway.database():
        result = Soak(plan, FOLDER).run()
        broken = faults_found(result, proofs)
        if broken:
            kept = Path(tempfile.mkdtemp(prefix="icp-soak-"))
            keep_logs(FOLDER, kept)
            print(f"logs and the bureau's books: {kept}")
    command = f"python -m benchmarks.correctness {shlex.join(sys.argv[1:])}".strip()
    text = card(result, proofs, command)
    print(text)
    if chosen.write is not None:
        chosen.write.write_text(text, encoding="utf-8")
    for each in broken[:MOST_TOLD]:
        print(f"BROKEN: {each}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
