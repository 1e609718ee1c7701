"""The rows of what is told about handed-over records: each deviation once, each kept record once."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from filing.filed_data import SubjectData, WebsiteData
from reporting.choices import Oddity, Remedy
from reporting.models import ImportKept, ImportRun
from reporting.readers.handed_records import LOST, Item
from reporting.readers.nodes import Deviation

MOST_KEPT_BYTES = 16 * 1024 * 1024
"""A record beyond this is told, and found again in its file; its bytes are not stored."""

_STORE = """
    INSERT INTO reporting_importdeviation
        (isp_id, digest, run_id, last_run_id, source, position, subject_id, name, kind, remedy, place, value, words)
    VALUES %s
    ON CONFLICT (isp_id, digest) DO UPDATE
    SET last_run_id = EXCLUDED.last_run_id, subject_id = coalesce(EXCLUDED.subject_id, reporting_importdeviation.subject_id)
"""


class Told:
    """A record on its way into the tables: what was read, what is odd, which subject it became."""

    __slots__ = ("_found", "asked", "is_done", "item", "only_websites", "run", "source", "subject")

    def __init__(self, run: ImportRun, source: int, item: Item) -> None:
        self.run, self.source, self.item = run, source, item
        self._found: list[Deviation] | None = None
        self.subject: int | None = None
        self.only_websites: tuple[WebsiteData, ...] | None = None
        self.asked = False
        self.is_done = False

    @property
    def data(self) -> SubjectData:
        assert self.item.data is not None
        return self.item.data

    @property
    def proof(self) -> dict[str, Any]:
        """What the rows say of where they came from."""
        return {"import": self.run.pk, "source": self.source, "position": self.item.position}

    @property
    def deviations(self) -> list[Deviation]:
        return self.item.deviations if self._found is None else self._found

    def odd(self, kind: Oddity, place: str, words: str, remedy: Remedy) -> None:
        """Tell one more thing, found while writing."""
        self._found = [*self.deviations, Deviation(kind, place, "", words, remedy)]

    @property
    def name(self) -> str:
        """Who it is about, for lists."""
        data = self.item.data
        return f"{data.name} {data.number}".strip()[:255] if data is not None else ""

    @property
    def who(self) -> str:
        """What stays the same of a record when its file is imported again, also from another file."""
        data = self.item.data
        if data is not None and (data.bureau_id or data.number or data.certificate_number):
            return f"{data.bureau_id}|{data.number}|{data.certificate_number}"
        return hashlib.sha1(self.item.raw, usedforsecurity=False).hexdigest()


def store_told(run: ImportRun, told: Sequence[Told], counts: Counter[str]) -> None:
    """Write deviations and kept records of a batch; what was told before is only marked as met again."""
    rows: dict[str, tuple[Any, ...]] = {}
    kept: list[ImportKept] = []
    for each in told:
        found = each.deviations
        for one in found:
            counts[f"kind:{one.kind}"] += 1
            digest = _digest(each.who, one)
            rows[digest] = (
                *(
                    run.isp_id,
                    digest,
                    run.pk,
                    run.pk,
                    each.source,
                    each.item.position,
                    each.subject,
                    each.name,
                ),
                *(one.kind, one.remedy, one.place[:255], one.value, one.words),
            )
        counts["odd_records"] += bool(found)
        counts["deviations"] += len(found)
        if not each.is_done and (each.item.data is None or any(one.remedy in LOST for one in found)):
            kept.append(_kept(run, each))
    if rows and not run.compares_only:
        with connection.cursor() as cursor, connection.wrap_database_errors:
            execute_values(cursor.cursor, _STORE, list(rows.values()), page_size=1000)
    if not run.compares_only:
        ImportKept.objects.bulk_create(kept, ignore_conflicts=True)
    counts["kept"] += sum(not each.is_taken for each in kept)
    counts["in_part"] += sum(each.is_taken for each in kept)


def _digest(who: str, one: Deviation) -> str:
    said = "\0".join((who, one.kind, one.place, one.value, one.words))
    return hashlib.sha1(said.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()


def _kept(run: ImportRun, told: Told) -> ImportKept:
    raw = told.item.raw
    reasons = [one.words for one in told.deviations if one.remedy in LOST]
    return ImportKept(
        isp_id=run.isp_id,
        sha256=hashlib.sha256(raw).hexdigest(),
        run=run,
        source=told.source,
        position=told.item.position,
        kind=told.item.kind,
        subject_id=told.subject,
        is_taken=told.subject is not None,
        reason="；".join(dict.fromkeys(reasons))[:2000] or told.item.why_not,
        size_bytes=len(raw),
        content=raw if len(raw) <= MOST_KEPT_BYTES else None,
    )
