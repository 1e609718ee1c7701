"""Counts of what there are hundreds of thousands of, without counting: kept by triggers of the database.

Each statement that adds, moves or removes requests, history rows, subjects or websites leaves rows in `Tally` that say
by how much which count changed, in the same transaction: a count is the sum of them, exact in every snapshot. Nothing
is ever updated in place, so that counting makes nobody wait. `compact` adds the rows up.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from datetime import date, timedelta

from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone

from filing.choices import TallyKind
from filing.models import Tally

logger = logging.getLogger(__name__)

_LOCK = 90_160_031
"""Of PostgreSQL's advisory locks: two who add up the same rows would wait for one another."""

_COMPACT = """
    WITH gone AS (DELETE FROM filing_tally RETURNING kind, key, isp_id, day, count)
    INSERT INTO filing_tally (kind, key, isp_id, day, count)
    SELECT kind, key, isp_id, day, sum(count) FROM gone
    GROUP BY kind, key, isp_id, day HAVING sum(count) <> 0
"""

_DRIFT = """
    WITH there AS (
        SELECT 'request' AS kind, state AS key, coalesce(isp_id, 0) AS isp_id, count(*) AS count
        FROM filing_request GROUP BY 2, 3
        UNION ALL SELECT 'subject', state, isp_id, count(*) FROM filing_subject GROUP BY 2, 3
        UNION ALL SELECT 'website', state, isp_id, count(*) FROM filing_website GROUP BY 2, 3
    ), told AS (
        SELECT kind, key, isp_id, sum(count) AS count FROM filing_tally WHERE kind <> 'move' GROUP BY 1, 2, 3
    )
    INSERT INTO filing_tally (kind, key, isp_id, count)
    SELECT kind, key, isp_id, coalesce(there.count, 0) - coalesce(told.count, 0)
    FROM there FULL JOIN told USING (kind, key, isp_id)
    WHERE coalesce(there.count, 0) <> coalesce(told.count, 0)
    RETURNING kind, key, isp_id, count
"""


def requests_by_state(isp_id: int | None = None) -> dict[str, int]:
    """How many requests stand in each state; states without any are left out. One query.

    `isp_id`: only those that name this unit number (0: those that name none and go over the default link).
    """
    return _by_key(TallyKind.REQUEST, isp_id)


def requests_by_link() -> dict[int, dict[str, int]]:
    """The same for each unit number (0: the default link, named by none). One query."""
    found: dict[int, dict[str, int]] = defaultdict(dict)
    rows = Tally.objects.filter(kind=TallyKind.REQUEST).order_by().values_list("isp_id", "key")
    for isp_id, key, total in rows.annotate(total=Sum("count")):
        if total:
            found[isp_id][key] = total
    return dict(found)


def subjects_by_state(isp_id: int | None = None) -> dict[str, int]:
    """How many subjects are filed, and cancelled. One query."""
    return _by_key(TallyKind.SUBJECT, isp_id)


def websites_by_state(isp_id: int | None = None) -> dict[str, int]:
    """How many websites are filed, and cancelled. One query."""
    return _by_key(TallyKind.WEBSITE, isp_id)


def moves_by_day(days: int) -> dict[date, dict[str, int]]:
    """How many moves of requests ended in each state on each of the last local days, today among them. One query.

    Shape: every day is there, the oldest first; in a day the states without a move are left out.
    """
    today = timezone.localdate()
    found: dict[date, dict[str, int]] = {today - timedelta(days=back): {} for back in reversed(range(days))}
    rows = Tally.objects.filter(kind=TallyKind.MOVE, day__gt=today - timedelta(days=days), day__lte=today)
    for day, key, count in rows.order_by().values_list("day", "key").annotate(total=Sum("count")):
        if day in found and count:
            found[day][key] = count
    return found


def _by_key(kind: TallyKind, isp_id: int | None) -> dict[str, int]:
    rows = Tally.objects.filter(kind=kind)
    if isp_id is not None:
        rows = rows.filter(isp_id=isp_id)
    totals: dict[str, int] = defaultdict(int)
    totals |= dict(rows.order_by().values_list("key").annotate(total=Sum("count")))
    return {key: total for key, total in totals.items() if total}


def compact() -> bool:
    """Add up the rows of each count. False where another process is doing so."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [_LOCK])
        (held,) = cursor.fetchone()
        if held:
            cursor.execute(_COMPACT)
    return bool(held)


def verify() -> list[tuple[str, str, int, int]]:
    """Compare the counts with the rows they count, in one snapshot, and put right what is wrong.

    Returns what was wrong: kind, state, unit number, by how much. It should be nothing: a trigger was switched off, or
    rows were written while it was.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DRIFT)
        wrong = [(kind, key, isp_id, int(count)) for kind, key, isp_id, count in cursor.fetchall()]
    for kind, key, isp_id, count in wrong:
        logger.warning("the count of %s %s at %s was wrong by %s, put right", kind, key, isp_id, count)
    return wrong
