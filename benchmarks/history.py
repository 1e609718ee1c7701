"""What years of history cost: screens beside little of it and beside millions of rows, and a month of the record let go.

Both databases are made in one run. The large one has three years of the record, of requests with long histories and of
calls. Erasing a month of the record by rule (its part is dropped) is compared with deleting a month's rows one by one.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from benchmarks import measure, screens_material, throwaway
from benchmarks.screens import ROUNDS, RUNS, Screen, table_of, together, write_card
from benchmarks.screens import measure as measure_screens
from benchmarks.screens_material import array, insert, restart
from filing.choices import AuditAction, RequestState
from filing.models import AuditEntry, Request, RequestEvent
from filing.services.audit import erase_before
from filing.services.audit_parts import make_parts
from reporting.models import Call, Link

SMALL = 1000
LARGE, REQUESTS = 3_000_000, 100_000
EVENTS_A_REQUEST = 40
MONTHS, SMALL_DAYS = 36, 25
"""How far back they go: the small one lies in the period that the record shows unasked, so that as many rows are shown."""
MOST_MS = 150.0
LEAST_RATIO = 3.0
"""So many times quicker a part is dropped than its rows are deleted, at least."""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=LARGE, help="of the record, and of calls")
    arguments.add_argument(
        "--requests", type=int, default=REQUESTS, help=f"with {EVENTS_A_REQUEST} events each"
    )
    arguments.add_argument("--write", type=Path, help="a document with a place for the card")
    arguments.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.child:
        json.dump([vars(each) for each in measure_screens(_addresses())], sys.stdout)
        return
    small, large, let_go = _compare(chosen.requests, chosen.rows)
    card = _card(small, large, let_go, chosen.requests, chosen.rows)
    print(card)
    if chosen.write:
        write_card(chosen.write, card, chosen.rows, of="history")


def _compare(requests: int, rows: int) -> tuple[list[Screen], list[Screen], dict[str, Any]]:
    found: dict[str, list[list[Screen]]] = {}
    with throwaway.database():
        large = str(connection.settings_dict["NAME"])
        _fill(requests, rows, MONTHS * 30)
        with throwaway.another("_small") as small:
            _fill(SMALL, SMALL, SMALL_DAYS)
            for database in (small, large) * ROUNDS:
                told = throwaway.run_on(database, "benchmarks.history", "--child")
                found.setdefault(database, []).append([Screen(**each) for each in told])
        return together(found[small]), together(found[large]), _let_go()


def _fill(requests: int, rows: int, days: int) -> None:
    """Requests, then their further history; the record and calls of so many days, spread evenly."""
    logging.disable(logging.INFO)
    person = screens_material.fill(requests, requests)
    # Who may see the record beside all else.
    person.is_superuser = True
    person.save()
    moment = f"now() - make_interval(secs => ({rows} - n) * {days * 86400 / rows})"
    insert(
        RequestEvent,
        requests * EVENTS_A_REQUEST,
        {
            "id": f"{requests * 10} + n",
            "request_id": f"1 + n %% {requests}",
            "revision_number": "1",
            "old_state": "'approved'",
            "new_state": "'approved'",
            "actor_kind": "'link'",
            "actor_name": "'报备链路'",
            "reason": "'查询后没有变化'",
            "at": f"now() - make_interval(hours => {24 * days}) + make_interval(secs => n)",
        },
    )
    restart(RequestEvent, last=requests * (EVENTS_A_REQUEST + 10))
    with connection.cursor() as cursor:
        # Counting them one by one is for calls that come one by one.
        cursor.execute("SET session_replication_role = replica")
    insert(
        Call,
        rows,
        {
            "id": "n",
            "link_id": str(Link.objects.get().pk),
            "method": "'isp_download'",
            "outcome": "'answered'",
            "code": "15",
            "started_at": moment,
            "ended_at": moment,
        },
    )
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = DEFAULT")
    restart(Call, last=rows)
    _record(rows, requests, moment)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _record(rows: int, requests: int, moment: str) -> None:
    """As if the parts had been made month by month: the migration's first one holds what was before."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE filing_auditentry_before")
    first = timezone.localdate() - timedelta(days=(MONTHS + 1) * 30)
    for months in range(0, MONTHS + 2, 3):
        make_parts(first + timedelta(days=31 * months))
    people = array([person.pk for person in User.objects.order_by("pk")])
    acts = array([str(each) for each in (AuditAction.CHANGE, AuditAction.EXPORT, AuditAction.REVIEW)])
    insert(
        AuditEntry,
        rows,
        {
            "id": "n",
            "at": moment,
            "action": f"({acts})[1 + n %% 3]",
            "user_id": f"({people})[1 + n %% 3]",
            "user_name": "'员工' || n %% 3",
            "address": "'192.0.2.7'",
            "kind": "'request'",
            "key": f"'R-' || lpad((n %% {requests} + 1)::text, 8, '0')",
            "name": "'虚构的单位'",
            "facts": '\'{"what": "虚构的说明"}\'',
        },
    )
    restart(AuditEntry, last=rows)


def _addresses() -> dict[str, str]:
    """Screens that read in history, by name."""
    approved = Request.objects.filter(state=RequestState.APPROVED).order_by("pk")[0]
    person = User.objects.order_by("pk")[0]
    middle = timezone.localtime(AuditEntry.objects.get(pk=AuditEntry.objects.latest("pk").pk // 2).at).date()
    return {
        "the record": "/audit/",
        "the record, an action": f"/audit/?action={AuditAction.EXPORT}",
        "the record, a person": f"/audit/?who={person.pk}",
        "the record, one request": f"/audit/?ref={approved.ref}",
        "the record, a day long ago": f"/audit/?since={middle}&until={middle}",
        "home": "/",
        "one request": f"/requests/{approved.ref}/",
        "requests, all": "/requests/?tab=all",
        "returned": "/returned/",
        "the link": f"/links/{Link.objects.get().isp_id}/",
    }


def _let_go() -> dict[str, Any]:
    """The two oldest whole months: one deleted row by row, as a table in one piece must, then one dropped by rule."""
    names = _parts()
    deleted, dropped = names[1][0], names[0][0]
    rows = {name: _one(f"SELECT count(*) FROM {name}") for name in (deleted, dropped)}

    def delete() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL icp.record_opened = 'erase'")
            cursor.execute(f"DELETE FROM {deleted}")

    _, delete_s = measure.timed(delete)
    left_mb = _one(f"SELECT pg_total_relation_size('{deleted}')") / 1e6
    end: date = timezone.localtime(names[0][1]).date()
    erased, drop_s = measure.timed(lambda: erase_before(end))
    if erased != rows[dropped]:
        raise SystemExit(f"{erased} rows were erased, not {rows[dropped]}")
    return {
        "rows": (rows[deleted], rows[dropped]),
        "seconds": (delete_s, drop_s),
        "left_mb": (left_mb, 0.0),
    }


def _parts() -> list[tuple[str, Any]]:
    """Those with rows, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, until FROM filing_audit_parts ORDER BY until")
        return [row for row in cursor.fetchall() if _one(f"SELECT EXISTS (SELECT 1 FROM {row[0]})")]


def _one(sql: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchone()[0]


def _card(small: list[Screen], large: list[Screen], let_go: dict[str, Any], requests: int, rows: int) -> str:
    intro = (
        f"Queries and median of {ROUNDS * RUNS} runs on the server, beside {SMALL:,} rows of the record and of calls in "
        f"{SMALL_DAYS} days and {SMALL:,} requests, and beside {rows:,} rows of each in three years and "
        f"{requests:,} requests; each with {EVENTS_A_REQUEST + 7} events. In brackets the quickest run."
    )
    card = table_of(small, large, intro, (f"{SMALL:,}", f"{rows:,}"), MOST_MS)
    counts, seconds, left = let_go["rows"], let_go["seconds"], let_go["left_mb"]
    ratio = (seconds[0] / counts[0]) / (seconds[1] / counts[1])
    lines = [
        card,
        "",
        "| a month of the record | rows | s | MB that stay taken |",
        "| --- | --- | --- | --- |",
    ]
    for words, count, took, mb in zip(
        ("deleted row by row", "dropped by rule"), counts, seconds, left, strict=True
    ):
        lines.append(f"| {words} | {count:,} | {took:.3f} | {mb:.0f} |")
    told = "reached" if ratio >= LEAST_RATIO else "not reached"
    lines += ["", f"Dropped {ratio:.1f} times as quick a row (to reach: {LEAST_RATIO:.0f}): {told}."]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
