"""Comparing what the bureau says with what is held here, before any of it is written.

What only the bureau has, and what both have differently, shows record by record; what only stands here shows at the end,
where the bureau's word is all that it holds of the unit. Nothing is deleted by this: a person decides.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from filing.bulk import insert_rows
from filing.choices import FiledState
from filing.filed_data import AccessData, SubjectData, WebsiteData
from filing.identifiers import format_ipv4
from filing.masking import mask
from filing.models import Access, Subject, Website
from filing.services.errors import NotAllowed
from filing.services.filed import access_columns, subject_columns, website_columns
from reporting.choices import Side
from reporting.models import Difference, Met, Reconciliation

SUBJECT, WEBSITE, DOMAIN, ACCESS, RANGE = "subject", "website", "domain", "access", "range"
WORDS = {SUBJECT: "主体", WEBSITE: "网站", DOMAIN: "域名", ACCESS: "接入", RANGE: "IP 段"}
_NOT_COMPARED = frozenset({"first_filed_at", "last_modified_at", "cancelled_at", "initials", "state"})
"""When something changed is no difference by itself; the state is told apart."""
_PERSONAL = frozenset(
    {"responsible_name", "office_phone", "mobile", "email", "msn", "qq", "person_certificate_number"}
    | {"certificate_number"}
)
_AT_ONCE = 2000

_ONLY_HERE = """
    SELECT held.id, held.bureau_id, {columns} FROM {table} AS held {join}
    WHERE held.isp_id = %s AND held.state = %s AND held.bureau_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM reporting_met AS met, unnest(met.ids) AS one
        WHERE met.reconciliation_id = ANY(%s) AND met.kind = %s AND one = held.bureau_id)
    ORDER BY held.id
"""


@dataclass
class Comparing:
    """One reconciliation under way. Call `compare` with every batch, before it is written, in its transaction."""

    reconciliation: Reconciliation
    _found: list[dict[str, Any]] = field(default_factory=list)

    def compare(self, filings: Sequence[SubjectData]) -> None:
        """Compare filings with what is held, and remember which records were met."""
        self._found = []
        held = _Held(filings, self.reconciliation.isp_id)
        for data in filings:
            self._subject(data, held)
        made = [{"reconciliation_id": self.reconciliation.pk} | row for row in self._found]
        insert_rows(Difference, made)
        self._remember(filings)
        self.reconciliation.compared += len(filings)
        self.reconciliation.save(update_fields=["compared"])

    def _remember(self, filings: Sequence[SubjectData]) -> None:
        sites = [site for data in filings for site in data.websites]
        ids = {
            SUBJECT: [data.bureau_id for data in filings],
            WEBSITE: [site.bureau_id for site in sites],
            ACCESS: [access.bureau_id for site in sites for access in site.accesses],
        }
        Met.objects.bulk_create(
            Met(reconciliation=self.reconciliation, kind=kind, ids=known)
            for kind, found in ids.items()
            if (known := sorted({key for key in found if key is not None}))
        )

    def _add(self, side: Side, kind: str, name: str, **facts: Any) -> None:
        row: dict[str, Any] = {"bureau_id": None, "subject_id": None, "row": None, "fields": []}
        self._found.append(row | {"side": side, "kind": kind, "name": name[:512]} | facts)

    # --- one filing -------------------------------------------------------------------------------

    def _subject(self, data: SubjectData, held: _Held) -> None:
        row = held.subjects.get(data.bureau_id or 0)
        name = f"{data.name} {data.number}".strip()
        if row is None:
            self._add(Side.THERE, SUBJECT, name, bureau_id=data.bureau_id)
            return
        at = {"bureau_id": row.bureau_id, "subject_id": row.pk}
        self._differing(SUBJECT, name, row, subject_columns(data), at)
        for site in data.websites:
            self._website(site, row, held, at)

    def _website(self, site: WebsiteData, subject: Subject, held: _Held, at: dict[str, Any]) -> None:
        row = held.websites.get(site.bureau_id or 0)
        name = f"{site.name} {site.number}".strip()
        if row is None:
            self._add(Side.THERE, WEBSITE, name, **at | {"bureau_id": site.bureau_id})
            return
        at = at | {"bureau_id": row.bureau_id}
        self._differing(WEBSITE, name, row, website_columns(site), at, moved=row.subject_id != subject.pk)
        ours = {each.name: each for each in row.domains.all()}
        theirs = {each.name for each in site.domains}
        for domain in sorted(theirs - ours.keys()):
            self._add(Side.THERE, DOMAIN, domain, **at | {"bureau_id": None})
        for domain in sorted(ours.keys() - theirs):
            self._add(
                Side.HERE,
                DOMAIN,
                domain,
                **at | {"bureau_id": ours[domain].bureau_id, "row": ours[domain].pk},
            )
        for access in site.accesses:
            self._access(access, name, held, at)

    def _access(self, access: AccessData, name: str, held: _Held, at: dict[str, Any]) -> None:
        row = held.accesses.get(access.bureau_id or 0)
        if row is None:
            self._add(Side.THERE, ACCESS, f"{name} 的接入", **at | {"bureau_id": access.bureau_id})
            return
        at = at | {"bureau_id": row.bureau_id}
        self._differing(ACCESS, f"{name} 的接入", row, access_columns(access), at)
        ours = {(each.start, each.end): each for each in row.ranges.all()}
        theirs = {(each.start, each.end) for each in access.ranges}
        for ends in sorted(theirs - ours.keys()):
            self._add(Side.THERE, RANGE, _span(ends), **at | {"bureau_id": None})
        for ends in sorted(ours.keys() - theirs):
            self._add(
                Side.HERE,
                RANGE,
                _span(ends),
                **at | {"bureau_id": ours[ends].bureau_id, "row": ours[ends].pk},
            )

    def _differing(
        self,
        kind: str,
        name: str,
        row: Any,
        theirs: Mapping[str, Any],
        at: dict[str, Any],
        *,
        moved: bool = False,
    ) -> None:
        fields = [
            _field(row, column, value)
            for column, value in theirs.items()
            if column not in _NOT_COMPARED and getattr(row, column) != value
        ]
        if row.state != FiledState.FILED:
            fields.append(
                {"label": "状态", "ours": row.get_state_display(), "theirs": FiledState.FILED.label}
            )
        if moved:
            fields.append({"label": "所属主体", "ours": "另一个主体", "theirs": "这个主体"})
        if fields:
            self._add(Side.BOTH, kind, name, **at | {"row": row.pk, "fields": fields})

    # --- the end ----------------------------------------------------------------------------------

    @transaction.atomic
    def finish(self) -> None:
        """Look for what only stands here, where the bureau's word was complete; what was met is forgotten."""
        if self.reconciliation.is_complete:
            _tell_only_here(self.reconciliation, [self.reconciliation.pk])
        self.reconciliation.finished_at = timezone.now()
        self.reconciliation.save(update_fields=["finished_at"])


def _tell_only_here(made: Reconciliation, together: list[int]) -> None:
    for kind, rows in _only_here(made, together):
        insert_rows(Difference, [row | {"side": Side.HERE, "kind": kind, "fields": []} for row in rows])
    Met.objects.filter(reconciliation__in=together).delete()


@transaction.atomic
def complete(made: Reconciliation) -> int:
    """A person knows that the bureau's word was all that it holds of the unit: what only stands here is looked for.

    Files of one day belong together: what any of them told is there. Returns how many records only stand here.
    Raises: NotAllowed where it was complete before, or has not ended.
    """
    row = Reconciliation.objects.select_for_update().get(pk=made.pk)
    if row.is_complete or row.finished_at is None:
        raise NotAllowed("已经按全部数据对过账了" if row.is_complete else "对账还没有结束")
    day = timezone.localdate(row.made_at)
    others = Reconciliation.objects.filter(isp_id=row.isp_id, made_at__date=day, is_complete=False)
    together = [row.pk, *others.exclude(pk=row.pk).values_list("pk", flat=True)]
    _tell_only_here(row, together)
    Reconciliation.objects.filter(pk__in=together).update(is_complete=True)
    return row.differences.filter(side=Side.HERE).count()


class _Held:
    """The rows that filings name, in a few queries."""

    def __init__(self, filings: Sequence[SubjectData], isp_id: int) -> None:
        sites = [site for data in filings for site in data.websites]
        ways = [access for site in sites for access in site.accesses]
        self.subjects = _by_id(Subject.objects.all(), isp_id, [data.bureau_id for data in filings])
        self.websites = _by_id(
            Website.objects.prefetch_related("domains"), isp_id, [site.bureau_id for site in sites]
        )
        self.accesses = _by_id(
            Access.objects.prefetch_related("ranges"), isp_id, [access.bureau_id for access in ways]
        )


def _by_id(rows: Any, isp_id: int, ids: Collection[int | None]) -> dict[int, Any]:
    known = [key for key in ids if key is not None]
    return {row.bureau_id: row for row in rows.filter(isp_id=isp_id, bureau_id__in=known)}


def _field(row: Any, column: str, theirs: Any) -> dict[str, str]:
    shown = [_shown(column, value) for value in (getattr(row, column), theirs)]
    label = str(row._meta.get_field(column).verbose_name)
    return {"label": label, "ours": shown[0], "theirs": shown[1]}


def _shown(column: str, value: Any) -> str:
    if value is None or value == "" or value == []:
        return ""
    if isinstance(value, list):
        return "、".join(
            str(each.get("number", "")) if isinstance(each, dict) else str(each) for each in value
        )
    text = str(value)
    return ";".join(map(mask, text.split(";"))) if column in _PERSONAL else text[:500]


def _span(ends: tuple[int, int]) -> str:
    return " – ".join(dict.fromkeys(format_ipv4(each) for each in ends))


def _only_here(made: Reconciliation, together: list[int]) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What is filed here and was not met, some thousands at a time: subjects, websites, accesses.

    What lies under a subject or website that is not there either is not told again.
    """
    site = Website._meta.db_table
    kinds: list[tuple[str, Any, str, str]] = [
        (SUBJECT, Subject, "held.id, held.name || ' ' || held.number", ""),
        (WEBSITE, Website, "held.subject_id, held.name || ' ' || held.number", ""),
        (ACCESS, Access, "site.subject_id, site.name", f"JOIN {site} AS site ON site.id = held.website_id"),
    ]
    gone: set[int] = set()
    for kind, model, columns, join in kinds:
        statement = _ONLY_HERE.format(columns=columns, table=model._meta.db_table, join=join)
        with connection.cursor() as cursor:
            cursor.execute(statement, [made.isp_id, FiledState.FILED, together, kind])
            while found := cursor.fetchmany(_AT_ONCE):
                rows = [
                    {"reconciliation_id": made.pk, "row": key, "bureau_id": bureau_id, "subject_id": subject}
                    | {"name": str(name).strip()[:512]}
                    for key, bureau_id, subject, name in found
                    if kind == SUBJECT or subject not in gone
                ]
                gone |= {subject for _key, _id, subject, _name in found} if kind == SUBJECT else set()
                if rows:
                    yield kind, rows


__all__ = ["ACCESS", "DOMAIN", "RANGE", "SUBJECT", "WEBSITE", "WORDS", "Comparing"]
