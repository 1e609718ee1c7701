"""Writing what was read of handed-over data: a batch in one transaction, with what is odd in it and how far it came.

What is not held here goes straight into the tables; what is held is compared and written by the rules of filed data;
what fails is tried in halves, down to the record at fault, which is kept as it came. The same data again changes nothing.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError, transaction
from lxml import etree

from filing.choices import UNDECIDED_STATES, FiledState
from filing.filed_data import SubjectData
from filing.models import Request, Subject, Website
from filing.services.behind import requests_behind_each
from filing.services.filed import record_filed
from filing.services.filed_bulk import OWNERS, Entangled, Filing, bureau_ids_in, record_all_filed
from filing.services.filed_new import held_ids, ids_by_kind, is_plain, record_new
from reporting.choices import Oddity, Remedy
from reporting.models import ImportRun
from reporting.readers.document import Record
from reporting.readers.handed_records import FILINGS, Item
from reporting.readers.nodes import decode, parser
from reporting.services import apply_tables
from reporting.services.import_rows import Told, store_told
from reporting.services.reconciling import Comparing

log = logging.getLogger(__name__)

OWN_OF_NOBODY: dict[Any, set[int]] = {kind: set() for kind in OWNERS}
TABLES = frozenset(apply_tables.HANDLERS)


@dataclass(frozen=True)
class HeldSubject:
    """What is held of a subject before a record of it is written."""

    key: int
    state: str
    modified_at: datetime | None
    proof: dict[str, Any]


@dataclass
class Writer:
    """Writes the batches of one run."""

    run: ImportRun
    comparing: Comparing | None = None
    counts: Counter[str] = field(default_factory=Counter)
    _told: list[Told] = field(default_factory=list)

    def write(self, source: int, encoding: str, items: Sequence[Item]) -> Counter[str]:
        """Write a batch. Call it in a transaction. Returns what it came to, by name."""
        self.counts, self._told = Counter(records=len(items)), []
        filings = [Told(self.run, source, item) for item in items if item.data is not None]
        if self.comparing is not None:
            self.comparing.compare([each.data for each in filings])
        if not self.run.compares_only:
            self._filings(filings)
        self.counts["filings"] += len(filings)
        self._told += filings
        for item in items:
            if item.data is None:
                self._told.append(self._other(Told(self.run, source, item), encoding))
        store_told(self.run, self._told, self.counts)
        return self.counts

    # --- filings ----------------------------------------------------------------------------------

    def _filings(self, filings: list[Told]) -> None:
        new, others = self._split(filings)
        for part in self._as_new(new):
            others.append(part)
        others.sort(key=lambda each: each.item.position)
        self._held(others)

    def _split(self, filings: list[Told]) -> tuple[list[Told], list[Told]]:
        """What may go straight in, and what may not: held here, named twice, without ids, asked for by us."""
        isp_id = self.run.isp_id
        held = held_ids(ids_by_kind(each.data for each in filings), isp_id)
        asked = self._asked(filings)
        met: set[Any] = set()
        new, others = [], []
        for told in filings:
            ids = bureau_ids_in(told.data)
            many = sum(1 for _each in _named(told.data)) != len(ids)
            known = any(key in held[kind] for kind, key in ids)
            if many or known or met & ids or told.item.position in asked or not is_plain(told.data):
                others.append(told)
            else:
                new.append(told)
            met |= ids
        return new, others

    def _asked(self, filings: list[Told]) -> frozenset[int]:
        """Positions of those in which a request of ours may be; nearly always nobody asked for anything yet."""
        if not Request.objects.filter(isp_id=self.run.isp_id).exclude(decision_keys=[]).exists():
            return frozenset()
        found = requests_behind_each([each.data for each in filings], self.run.isp_id)
        asked = set()
        for told, requests in zip(filings, found, strict=True):
            waiting = [request.ref for request, _content in requests if request.state in UNDECIDED_STATES]
            if waiting:
                words = f"请求 {'、'.join(waiting[:3])} 还没有结论，以管局经链路下发的为准"
                told.odd(Oddity.ANSWERS_REQUEST, "", words, Remedy.AS_IT_IS)
            if requests:
                told.asked = True
                asked.add(told.item.position)
        return frozenset(asked)

    def _as_new(self, new: list[Told]) -> Iterator[Told]:
        """Store what is new. Yields what has to go the careful way after all."""
        if not new:
            return
        try:
            keys = record_new([_filing(each) for each in new], isp_id=self.run.isp_id)
        except (DatabaseError, ValueError) as error:
            log.info("import %s: %s in %s new filings", self.run.pk, type(error).__name__, len(new))
            yield from new
            return
        for told, key in zip(new, keys, strict=True):
            told.subject = key
        self.counts["new"] += len(new)

    def _held(self, filings: list[Told]) -> None:
        """What is held, or not simple: in order, in groups of which no record is named twice."""
        group: list[Told] = []
        met: set[Any] = set()
        for told in filings:
            ids = bureau_ids_in(told.data)
            alone = not is_plain(told.data)
            if group and (alone or met & ids):
                self._group(group)
                group, met = [], set()
            group.append(told)
            met |= ids
            if alone:
                self._group(group)
                group, met = [], set()
        if group:
            self._group(group)

    def _group(self, group: list[Told]) -> None:
        held = _subjects(group, self.run.isp_id)
        due = [each for each in group if self._is_due(each, held.get(each.data.bureau_id or 0))]
        self._careful(due)
        for told, row in _found(group, self.run.isp_id):
            told.subject = told.subject or row.key
        for told in due:
            known = held.get(told.data.bureau_id or 0)
            self.counts["again" if known else "new"] += 1

    def _is_due(self, told: Told, held: HeldSubject | None) -> bool:
        """Whether a record is to be written; tells what stands against it, and leaves out what is older."""
        if held is None:
            return True
        told.subject = held.key
        place = (told.source, told.item.position)
        if (
            held.proof.get("import") == self.run.pk
            and (held.proof["source"], held.proof["position"]) != place
        ):
            words = f"这批数据里第 {held.proof['position']} 条也是这个主体，取修改时间较新的"
            told.odd(Oddity.DOUBLED, "Zt_xx/Ztid", words, Remedy.MENDED)
        if held.state == FiledState.CANCELLED:
            words = "库中这个主体已注销，仍保留为已注销"
            told.odd(Oddity.CANCELLED_HERE, "Zt_xx", words, Remedy.AS_IT_IS)
        modified = told.data.last_modified_at
        if modified is None or held.modified_at is None or modified >= held.modified_at:
            return True
        return self._older(told)

    def _older(self, told: Told) -> bool:
        """Of a record that is older than what is held only those websites count that are not held."""
        ids = {site.bureau_id for site in told.data.websites if site.bureau_id is not None}
        known = held_ids({Website: ids}, self.run.isp_id)[Website]
        unknown = tuple(site for site in told.data.websites if site.bureau_id in ids - known)
        words = "修改时间早于库中的，没有覆盖" + (
            f"；补入库中没有的 {len(unknown)} 个网站" if unknown else ""
        )
        told.odd(Oddity.OLDER, "Zt_xx/Zjxgsj", words, Remedy.KEPT if not unknown else Remedy.IN_PART)
        self.counts["older"] += 1
        if unknown:
            told.only_websites = unknown
        return bool(unknown)

    def _careful(self, group: list[Told]) -> None:
        """Write together what can be, in halves what cannot, alone what is at fault."""
        if not group:
            return
        if len(group) == 1:
            self._alone(group[0])
            return
        try:
            with transaction.atomic():
                if any(each.asked or each.only_websites is not None for each in group):
                    raise Entangled("one of them goes alone")
                record_all_filed([_filing(each) for each in group], isp_id=self.run.isp_id, quiet=True)
        except (Entangled, DatabaseError, ValueError):
            middle = len(group) // 2
            self._careful(group[:middle])
            self._careful(group[middle:])

    def _alone(self, told: Told) -> None:
        try:
            subject, _requests = record_filed(
                self._as_held(told), isp_id=self.run.isp_id, proof=told.proof, quiet=True
            )
        except (DatabaseError, ValueError) as error:
            log.info("import %s: %s at %s", self.run.pk, type(error).__name__, told.item.position)
            words = f"与库中另一条冲突（{type(error).__name__}），整条没有存入"
            told.odd(Oddity.CONFLICT, "", words, Remedy.KEPT)
            self.counts["conflicts"] += 1
            return
        told.subject = subject.pk

    def _as_held(self, told: Told) -> SubjectData:
        """The data; of an older record the subject as it is held, with those websites that are not."""
        if told.only_websites is None:
            return told.data
        row = Subject.objects.get(isp_id=self.run.isp_id, bureau_id=told.data.bureau_id)
        held = {name: getattr(row, name) for name in told.data.__dataclass_fields__ if hasattr(row, name)}
        held = {name: held[name] for name in held if name not in ("websites", "responsible")}
        person = replace(
            told.data.responsible,
            **{ours: getattr(row, theirs) for ours, theirs in _PERSON.items()},
        )
        return replace(told.data, **held, responsible=person, websites=told.only_websites)

    # --- others -----------------------------------------------------------------------------------

    def _other(self, told: Told, encoding: str) -> Told:
        """What is no filing: base codes are stored, the rest is kept as it came."""
        item = told.item
        if item.kind in TABLES and not self.run.compares_only:
            self._table(told, encoding)
        elif item.kind in FILINGS:
            told.odd(Oddity.UNREADABLE, "", item.why_not or "读不出来", Remedy.KEPT)
        else:
            told.odd(Oddity.NOT_TAKEN, "", item.why_not or "不属于备案数据，原文保留", Remedy.KEPT)
        return told

    def _table(self, told: Told, encoding: str) -> None:
        text, _remark = decode(told.item.raw, encoding)
        element = etree.fromstring(text, parser(len(text), recover=True))
        if element is None:
            told.odd(Oddity.UNREADABLE, "", "代码表读不出来", Remedy.KEPT)
            return
        record = Record(told.item.position, told.item.kind, "", element)
        found = apply_tables.store_table_of(record)
        told.is_done = True
        self.counts["tables"] += 1
        if found.reason:
            told.odd(Oddity.FORM, told.item.kind, found.reason, Remedy.IN_PART)


_PERSON = {
    "name": "responsible_name",
    "office_phone": "office_phone",
    "mobile": "mobile",
    "email": "email",
    "msn": "msn",
    "qq": "qq",
    "certificate_type": "person_certificate_type",
    "certificate_number": "person_certificate_number",
}


def _filing(told: Told) -> Filing:
    return Filing(told.data, OWN_OF_NOBODY, told.proof)


def _named(data: SubjectData) -> Iterator[int]:
    """Every id of the bureau's in a filing, as often as it stands there."""
    parts: list[Any] = [data, *data.websites]
    for site in data.websites:
        parts += [*site.domains, *site.accesses, *(each for way in site.accesses for each in way.ranges)]
    return (part.bureau_id for part in parts if part.bureau_id is not None)


def _subjects(group: Sequence[Told], isp_id: int) -> dict[int, HeldSubject]:
    ids = [each.data.bureau_id for each in group if each.data.bureau_id is not None]
    rows = Subject.objects.filter(isp_id=isp_id, bureau_id__in=ids)
    found = rows.values_list("bureau_id", "pk", "state", "last_modified_at", "proof")
    return {key or 0: HeldSubject(*facts) for key, *facts in found}


def _found(group: Sequence[Told], isp_id: int) -> Iterator[tuple[Told, HeldSubject]]:
    held = _subjects(group, isp_id)
    for told in group:
        if (row := held.get(told.data.bureau_id or 0)) is not None:
            yield told, row
