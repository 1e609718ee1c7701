"""The parts of the record, one for each local month: made ahead, dropped whole when all of their days are due.

What lies in no month that was made (the nightly task stood still for a quarter, a clock ran wrong) is taken by the part
for the rest, so that no act is refused for want of a place to note it.
"""

from __future__ import annotations

import logging
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils import timezone

from filing.listing import start_of

log = logging.getLogger(__name__)

MONTHS_AHEAD = 3


def make_parts(today: date | None = None) -> list[str]:
    """Make the parts of this month and of those ahead that are missing. Shape: the names of those made, "202612".

    Safe to be run at any time, and twice. Raises: OperationalError where somebody reads in the record for so long that
    there is no moment for it; there are months to try again.
    """
    first = (today or timezone.localdate()).replace(day=1)
    made = []
    for _ in range(MONTHS_AHEAD + 1):
        following = (first + timedelta(days=32)).replace(day=1)
        if _make(first, following):
            made.append(f"{first:%Y%m}")
        first = following
    if made:
        log.info("made parts of the record: %s", ", ".join(made))
    return made


@transaction.atomic
def _make(first: date, following: date) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute(
            "SELECT filing_audit_part(%s, %s, %s)", [f"{first:%Y%m}", start_of(first), start_of(following)]
        )
        return bool(cursor.fetchone()[0])
