"""What the link and the sweeps cost beside 1,000 filed subjects and beside 1,000,000: packing, what is downloaded, beat.

Both databases are made in one run and worked in by turns, each turn with as many new filings of its own: packed into one
file, accepted, and approved by filed data that is read, checked and applied. Then each sweep of beat is run once.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection

from benchmarks import filed_data, material, measure, screens_material, throwaway
from benchmarks.screens import write_card
from filing import tallies
from filing.choices import RequestState
from filing.models import Request, Revision
from filing.services import terms
from filing.services.alert_review import tell_reviewers
from filing.services.alerts import end_past
from filing.services.intake import import_requests
from reporting.models import Link
from reporting.services import file_states, operators
from reporting.services.pack import pack
from reporting.services.prune import prune
from reporting.services.sweep import tell_those_without_a_link
from reporting.services.watch import refresh_diagnoses
from verification.services.campaigns import make_all
from verification.services.reminders import make_reminders
from verification.services.revisits import plan
from verification.services.settling import settle
from verification.services.visits import close_gone

SMALL, LARGE, REQUESTS = 1000, 1_000_000, 100_000
TURNS, RECORDS, WARM_UP_RECORDS = 3, 1000, 10
MOST_RATIO = 2.0
_FIRST = 2_000_000
"""Of the filings made here: above those that the databases hold."""

SWEEPS: dict[str, Callable[[], Any]] = {
    "sending without a link": tell_those_without_a_link,
    "diagnoses": refresh_diagnoses,
    "work of the bureau": settle,
    "visits of what is gone": close_gone,
    "campaigns": make_all,
    "re-visits planned": plan,
    "reminders": make_reminders,
    "reviewers told": tell_reviewers,
    "operators told": operators.tell_operators,
    "alerts that are over": end_past,
    "counts added up": tallies.compact,
    "usual times": terms.measure,
    "pruning": prune,
    "counts compared": tallies.verify,
}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--subjects", type=int, default=LARGE)
    arguments.add_argument("--requests", type=int, default=REQUESTS)
    arguments.add_argument("--records", type=int, default=RECORDS)
    arguments.add_argument("--write", type=Path, help="a document with a place for the card")
    arguments.add_argument("--child", type=int, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child is not None:
        json.dump(_turn(chosen.child, chosen.records), sys.stdout)
        return
    requests = min(chosen.requests, chosen.subjects)
    small, large = _compare(requests, chosen.subjects, chosen.records)
    card, reached = _card(small, large, requests, chosen.subjects, chosen.records)
    print(card)
    if chosen.write:
        write_card(chosen.write, card, chosen.subjects, of="link")
    sys.exit(0 if reached else 1)


def _compare(requests: int, subjects: int, records: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Shape: for each database the turns, as `_turn` tells them."""
    found: dict[str, list[dict[str, Any]]] = {}
    with throwaway.database():
        large = str(connection.settings_dict["NAME"])
        _fill(requests, subjects)
        with throwaway.another("_small") as small:
            _fill(SMALL, SMALL)
            for turn in range(TURNS):
                for name in (small, large):
                    told = throwaway.run_on(
                        name, "benchmarks.link_at_size", "--child", str(turn), "--records", str(records)
                    )
                    found.setdefault(name, []).append(told)
    return found[small], found[large]


def _fill(requests: int, subjects: int) -> None:
    screens_material.fill(requests, subjects)
    # Requests that were made ready by the server itself are for looking at, not for sending.
    Request.objects.filter(state=RequestState.READY).update(held_reason="only looked at")


def _turn(turn: int, records: int) -> dict[str, Any]:
    """Shape: `pack` and `apply` in seconds for so many records, `sweeps` in seconds by name."""
    logging.disable(logging.INFO)
    link = Link.objects.get()
    first = _FIRST + turn * (records + WARM_UP_RECORDS)
    # What a worker does once in its life (connect, compile the schema) does not count.
    _go_round(link, range(first, first + WARM_UP_RECORDS))
    start = first + WARM_UP_RECORDS
    found = _go_round(link, range(start, start + records))
    return found | {"sweeps": {name: measure.timed(act)[1] for name, act in SWEEPS.items()}}


def _go_round(link: Link, numbers: range) -> dict[str, Any]:
    """New filings from ready to approved, as the link takes them."""
    rows = import_requests([material.filing(number) for number in numbers], ready=True)
    if refused := [row.problems for row in rows if row.problems]:
        raise SystemExit(f"the invented filings are not ready: {refused[0]}")
    file, packing_s = measure.timed(lambda: pack(link))
    if file is None or file.record_count != len(numbers):
        raise SystemExit(f"the file holds {file and file.record_count} of {len(numbers)} records")
    file_states.begin_sending(file)
    file_states.accept(file, reason="", proof={})
    link.refresh_from_db()
    refs = [row.ref for row in rows]
    revisions = Revision.objects.filter(request__ref__in=refs).order_by("request__ref")
    contents = list(revisions.values_list("content", flat=True))
    applied = filed_data.receive_and_apply(link, contents, "2026-04-10 09:00:00", first=numbers.start * 10)
    approved = Request.objects.filter(ref__in=refs, state=RequestState.APPROVED).count()
    if approved != len(numbers):
        raise SystemExit(f"{approved} of {len(numbers)} requests were approved")
    return {"pack": packing_s, "apply": applied["seconds"]}


def _card(
    small: list[dict[str, Any]], large: list[dict[str, Any]], requests: int, subjects: int, records: int
) -> tuple[str, bool]:
    """The figures as a table, and whether packing and applying reached what they are to reach."""
    lines = [
        f"Median of {TURNS} turns (in brackets the quickest) beside {SMALL:,} requests and subjects, and beside "
        f"{requests:,} requests and {subjects:,} subjects.",
        "",
        f"| | s at {SMALL:,} | s at {subjects:,} | ratio |",
        "| --- | --- | --- | --- |",
    ]
    reached = True
    for name, words in (("pack", "packing"), ("apply", "reading and applying what approves")):
        few, many = ([turn[name] for turn in turns] for turns in (small, large))
        ratio = median(many) / median(few)
        reached = reached and ratio <= MOST_RATIO
        lines.append(f"| {words} {records:,} | {_told(few)} | {_told(many)} | {ratio:.1f} |")
    for name in SWEEPS:
        few, many = ([turn["sweeps"][name] for turn in turns] for turns in (small, large))
        lines.append(f"| sweep: {name} | {_told(few)} | {_told(many)} | |")
    verdict = "reached" if reached else "NOT REACHED"
    lines += ["", f"To reach: packing and applying at most {MOST_RATIO:.0f} times as slow: {verdict}."]
    return "\n".join(lines), reached


def _told(seconds: list[float]) -> str:
    return f"{median(seconds):.3f} ({min(seconds):.3f})"


if __name__ == "__main__":
    main()
