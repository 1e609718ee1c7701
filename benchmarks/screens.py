"""How long the screens take on the server, with 1,000 requests and with 100,000: queries and median time of each.

Both databases are made in one run and asked through Django's test client, without a network: middleware, session,
queries and templates. `--subjects` makes more of what is filed in the large one; `--write` keeps the card.
"""

from __future__ import annotations

import argparse
import json
import logging
import statistics
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import screens_material as material
from benchmarks import throwaway
from filing.choices import RequestState
from filing.models import Request, Subject
from reporting.models import DataFile, Link

SMALL, LARGE = 1000, 100_000
ROUNDS, RUNS = 5, 3
MOST_RATIO, MOST_MS, MOST_MS_OF_A_MILLION = 2.0, 150.0, 200.0
MILLION = 1_000_000
PAGE = 50

Address = str | tuple[str, dict[str, str]]
"""What is asked for by GET, or what is posted where."""


@dataclass(frozen=True)
class Screen:
    """One address, as it was measured. Units: `seconds` of each run."""

    name: str
    queries: int
    seconds: list[float]

    @property
    def median_ms(self) -> float:
        return statistics.median(self.seconds) * 1000

    @property
    def best_ms(self) -> float:
        return min(self.seconds) * 1000


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--requests", type=int, default=LARGE)
    arguments.add_argument("--subjects", type=int, default=0, help="of the large database")
    arguments.add_argument("--write", type=Path, help="a document with a place for the card")
    arguments.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        json.dump([asdict(each) for each in measure()], sys.stdout)
        return
    subjects = max(chosen.subjects, chosen.requests)
    small, large, filled_s = compare(chosen.requests, subjects)
    card = card_of(small, large, chosen.requests, subjects)
    print(card)
    print(f"The large database was made in {filled_s:.0f} s.")
    if chosen.write:
        write_card(chosen.write, card, subjects)


def compare(requests: int, subjects: int) -> tuple[list[Screen], list[Screen], float]:
    """Measure the small and the large database, and tell the seconds in which the large one was made.

    They are asked in turns: what else the machine does meets both.
    """
    found: dict[str, list[list[Screen]]] = {}
    with throwaway.database():
        large = str(connection.settings_dict["NAME"])
        start = time.perf_counter()
        material.fill(requests, subjects)
        filled_s = time.perf_counter() - start
        with throwaway.another("_small") as small:
            material.fill(SMALL, SMALL)
            for database in (small, large) * ROUNDS:
                rows = throwaway.run_on(database, "benchmarks.screens", "--child")
                found.setdefault(database, []).append([Screen(**each) for each in rows])
    return together(found[small]), together(found[large]), filled_s


def together(rounds: list[list[Screen]]) -> list[Screen]:
    """All runs of each screen."""
    return [
        Screen(same[0].name, same[0].queries, [run for each in same for run in each.seconds])
        for same in zip(*rounds, strict=True)
    ]


def write_card(path: Path, card: str, subjects: int, *, of: str = "screens") -> None:
    """Put the card where the document has the one of this size; the rest of it is written by hand."""
    text = path.read_text(encoding="utf-8")
    begin, end = (f"<!-- {of} {subjects}: {mark} -->" for mark in ("begin", "end"))
    before, found, rest = text.partition(begin)
    if not found or end not in rest:
        raise SystemExit(f"{path} has no place for this card: {begin} … {end}")
    path.write_text(f"{before}{begin}\n{card}\n{end}{rest.partition(end)[2]}", encoding="utf-8")


def measure(addresses: Mapping[str, Address] | None = None) -> list[Screen]:
    """Every screen in turn: once to warm up, then some times. `addresses` by name; without them all that are here."""
    settings.ALLOWED_HOSTS = ["*"]
    logging.disable(logging.INFO)  # a line for each answer
    client = Client()
    client.force_login(User.objects.order_by("pk")[0])
    return [_measured(client, name, address) for name, address in (addresses or screens()).items()]


def _measured(client: Client, name: str, address: Address) -> Screen:
    _get(client, address)
    with CaptureQueriesContext(connection) as captured:
        _get(client, address)
    queries = len(captured.captured_queries)
    times = [_timed(lambda: _get(client, address)) for _ in range(RUNS)]
    return Screen(name, queries, times)


def _get(client: Client, address: Address) -> None:
    answer = client.get(address) if isinstance(address, str) else client.post(*address)
    if answer.status_code != 200:
        raise SystemExit(f"{address}: {answer.status_code}")


def _timed(act: Callable[[], None]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def screens() -> dict[str, Address]:
    """What is measured: a name and an address, with words that are there and some that are not."""
    middle = Subject.objects.order_by("pk")[Subject.objects.count() // 2]
    waiting = Request.objects.filter(state=RequestState.AWAITING_BUREAU)[0]
    approved = Request.objects.filter(state=RequestState.APPROVED).order_by("pk")[0]
    keys = ",".join(map(str, Request.objects.order_by("-pk").values_list("pk", flat=True)[:PAGE]))
    rare, common, domain = middle.name[:6], "科技", middle.websites.get().domains.get().name
    number = middle.number[5:-1]
    day = approved.state_changed_at.date()
    draft = Request.objects.filter(state=RequestState.DRAFT).order_by("-pk")[0]
    link, file = f"/links/{Link.objects.get().isp_id}/", DataFile.objects.latest("pk")
    deep = "after=" + "-".join(
        [str(int(approved.updated_at.timestamp() * 1_000_000) + 3_600_000_000), str(approved.pk)]
    )
    return {
        "home": "/",
        "requests, open": "/requests/",
        "requests, all": "/requests/?tab=all",
        "requests, longest waiting": "/requests/?tab=all&sort=oldest",
        "requests, one operation of mine": "/requests/?tab=all&operation=cancel_website&mine=1",
        "requests, stalled (none)": "/requests/?tab=all&stalled=1",
        "requests, a period": f"/requests/?tab=approved&since={day}&until={day}",
        "requests, deep page": f"/requests/?tab=all&{deep}",
        "requests, rare name": f"/requests/?q={rare}",
        "requests, common name": f"/requests/?q={common}",
        "one request, waiting": f"/requests/{waiting.ref}/",
        "one request, approved": f"/requests/{approved.ref}/",
        "review queue": "/review/",
        "returned": "/returned/",
        "filed": "/filed/",
        "filed, a province": "/filed/?province=640000",
        "filed, cancelled": "/filed/?tab=cancelled",
        "filed, also elsewhere": "/filed/?provider=elsewhere",
        "filed, rare name": f"/filed/?q={rare}",
        "filed, common name": f"/filed/?q={common}",
        "filed, one subject": f"/filed/{middle.pk}/",
        "search, rare name": f"/search/?q={rare}",
        "search, common name": f"/search/?q={common}",
        "search, two that never meet": "/search/?q=北京上海",
        "search, none": "/search/?q=没有这样的",
        "search, initials": f"/search/?q={middle.initials[:6]}",
        "search, part of a number": f"/search/?q={number[1:]}",
        "search, part of a domain": f"/search/?q={domain[3:-3]}",
        "search, certificate": f"/search/?q={middle.certificate_number}",
        "search, address": f"/search/?q=1.0.1.{8 * 5}",
        "links": "/links/",
        "one link": link,
        "one file": f"{link}files/{file.pk}/",
        "files, searched": f"/links/search/?q={file.name[:6]}",
        "one link, numbers": f"{link}numbers/",
        "inbox": "/inbox/",
        "tasks of the bureau": "/tasks/",
        "visits": "/visits/",
        "campaigns": "/campaigns/",
        "deadlines": "/deadlines/",
        "imports": "/imports/",
        "to clean up": "/imports/cleanup/",
        "in process elsewhere": "/imports/in-process/",
        "batches": "/batches/",
        "alerts": "/alerts/",
        "evidence of a request": f"/requests/{approved.ref}/evidence/",
        "verification of a request": f"/requests/{waiting.ref}/verification/",
        "a draft, the form": f"/requests/{draft.ref}/edit/",
        "a website by its number": f"/operations/cancel_website/check/?number={middle.number}-1",
        "live: who was here before": (
            "/lookup/",
            {"by": "certificate", "certificate": middle.certificate_number},
        ),
        "live: home": "/home/live/",
        "live: number at home": "/home/count/",
        "live: bell": "/alerts/count/",
        "live: states of the links": "/links/status/",
        "live: one link": f"{link}live/",
        "live: diagnosis of a request": f"/requests/{waiting.ref}/diagnosis/",
        "live: freshness of a list": f"/links/freshness/?keys={keys}",
    }


def card_of(small: list[Screen], large: list[Screen], requests: int, subjects: int) -> str:
    """The figures as a table; what was not reached is told below."""
    most_ms = MOST_MS_OF_A_MILLION if subjects >= MILLION else MOST_MS
    intro = (
        f"Queries and median of {ROUNDS * RUNS} runs on the server, with {SMALL:,} requests and subjects, and with "
        f"{requests:,} requests and {subjects:,} subjects. In brackets the quickest run."
    )
    return table_of(small, large, intro, (f"{SMALL:,}", f"{requests:,} / {subjects:,}"), most_ms)


def table_of(
    small: list[Screen], large: list[Screen], intro: str, sizes: tuple[str, str], most_ms: float
) -> str:
    """The screens of two databases beside each other, with what was not reached."""
    lines = [
        intro,
        "",
        f"| screen | queries | ms at {sizes[0]} | ms at {sizes[1]} | ratio |",
        "| --- | --- | --- | --- | --- |",
    ]
    missed = []
    for few, many in zip(small, large, strict=True):
        ratio = many.median_ms / few.median_ms
        queries = str(many.queries) if few.queries == many.queries else f"{few.queries} / {many.queries}"
        told = (f"{each.median_ms:.0f} ({each.best_ms:.0f})" for each in (few, many))
        lines.append(f"| {few.name} | {queries} | {' | '.join(told)} | {ratio:.1f} |")
        if ratio > MOST_RATIO or many.median_ms > most_ms:
            missed.append(few.name)
    lines += [
        "",
        f"To reach: at most {MOST_RATIO:.0f} times as slow, {most_ms:.0f} ms. Not reached: {', '.join(missed) or 'none'}.",
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
