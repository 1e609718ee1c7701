"""Three hundred bad filings before a bureau: how many of their faults are told here, before anything is sent.

The simulator judges each, by checks of its own that know nothing of ours; then our rules are asked about the same document.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks import throwaway
from benchmarks.bad_filings import SIZE, BadFiling, cases
from benchmarks.bureau_world import CONFIG, ISP_ID, World, build
from filing.choices import Severity
from filing.documents import own_ids
from filing.documents.operations import read_content
from filing.models import Request
from filing.rules import check
from filing.rules.words import deciders
from filing.services.attachments import StoredImages
from filing.services.contexts import contexts_of
from filing.services.holdings import fill_bureau_ids
from reporting.services.pack import report_of
from simulator import serve
from simulator.intake import FileRefused, examine, read_file
from simulator.model import AcceptedFile
from simulator.rules.desk import Desk

LEAST_SHARE = 0.95


@dataclass(frozen=True)
class Seen:
    """One bad filing: the codes that the bureau finds in it, and what was told here ("block", "warn" or "")."""

    case: BadFiling
    judged: tuple[int, ...]
    told: str

    @property
    def is_true(self) -> bool:
        """Whether the bureau has the code that the case is about."""
        return self.case.code in self.judged


def look(world: World, bad: Sequence[BadFiling]) -> list[Seen]:
    """Judge each by the bureau and by the rules."""
    prepared = [_prepare(each) for each in bad]
    judged = [_judge(world, request, content) for request, content, _problems in prepared]
    contexts = contexts_of([(request, content) for request, content, _problems in prepared])
    found = []
    for case, codes, context, (request, content, problems) in zip(
        bad, judged, contexts, prepared, strict=True
    ):
        findings = check(request.operation, content, context)
        # What stops it stops it, whichever code the fault has here; what only warns must point at the bureau's code.
        blocked = problems or any(each.severity == Severity.BLOCK for each in findings)
        warned = any(each.code in codes for each in findings)
        found.append(Seen(case, codes, "block" if blocked else "warn" if warned else ""))
    return found


def _prepare(case: BadFiling) -> tuple[Request, dict[str, Any], bool]:
    """The document as it would be frozen. True: its very form keeps it here, so that the bureau never sees it."""
    content, problems = read_content(case.operation, case.content, StoredImages())
    request = Request(
        operation=case.operation,
        isp_id=ISP_ID,
        icp_password=case.password,
        revision_number=2 if case.corrects else 1,
    )
    for path, number in case.own_ids.items():
        _record(content, path)["own_id"] = number
    if not problems:
        problems = fill_bureau_ids(case.operation, content, ISP_ID)
    own_ids.assign(content, operation=case.operation)
    return request, content, bool(problems)


def _record(content: dict[str, Any], path: str) -> dict[str, Any]:
    found: Any = content
    for step in path.split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    record: dict[str, Any] = found
    return record


def _judge(world: World, request: Request, content: dict[str, Any]) -> tuple[int, ...]:
    """What the bureau's checks find in the very bytes that would be sent."""
    bureau = world.running.bureau
    options = bureau.conduct.options(ISP_ID)
    desk = Desk(bureau.units[ISP_ID], options, bureau.registry, bureau.cases, bureau.lists)
    xml = report_of([(request, content)], isp_id=ISP_ID)
    try:
        records = read_file(AcceptedFile(ISP_ID, 0, "judged.xml", "", False, 0.0), xml, options)
    except FileRefused as refusal:
        return (refusal.code,)
    found: set[int] = set()
    for record, rule in records:
        found |= set(examine(record, rule, desk).findings)
    return tuple(sorted(found))


def tell(seen: Sequence[Seen]) -> float:
    """Print the figures by code. Returns the share that is told before sending."""
    by_code: dict[int, Counter[str]] = defaultdict(Counter)
    for each in seen:
        by_code[each.case.code][each.told] += 1
    print(f"{len(seen)} bad filings, each with one known fault")
    print("  code   filings  stopped   warned   missed")
    for code, counts in sorted(by_code.items()):
        missed = f"  {deciders()[code][1]}" if counts[""] else ""
        print(
            f"  {code:>4}  {counts.total():>8} {counts['block']:>8} {counts['warn']:>8} {counts['']:>8}{missed}"
        )
    total = Counter(each.told for each in seen)
    share = (len(seen) - total[""]) / len(seen)
    print(f"  all   {len(seen):>8} {total['block']:>8} {total['warn']:>8} {total['']:>8}")
    print(f"  told before sending: {share:.1%} (to reach: at least {LEAST_SHARE:.0%})")
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--filings", type=int, default=SIZE)
    chosen = parser.parse_args()
    with throwaway.database(), serve(CONFIG) as running:
        world = build(running)
        seen = look(world, cases(world, chosen.filings))
    untrue = [each for each in seen if not each.is_true]
    for each in untrue[:10]:
        print(f"NOT A FAULT at the bureau: {each.case.fault} ({each.case.code}): {each.judged}")
    share = tell(seen)
    raise SystemExit(1 if untrue or share < LEAST_SHARE else 0)


if __name__ == "__main__":
    main()
