"""Reading imports, what was odd in them, and differences, for the screens and as spreadsheets. Changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO

from django.db.models import Q, QuerySet
from django.utils import timezone

from filing.sheets import Value, write_sheet
from reporting.choices import Oddity, Remedy, Side
from reporting.models import Difference, ImportDeviation, ImportRun, Reconciliation
from reporting.services.import_words import label_of
from reporting.services.reconciling import WORDS

PAGE_SIZE = 50
MOST_ROWS = 100_000
MOST_TEXT = 100
CHUNK = 1000

COLUMNS = (
    *(("主体", 36), ("种类", 16), ("位置", 36), ("内容", 36), ("说明", 48), ("处置", 16)),
    *(("导入", 8), ("文件", 8), ("第几条", 10), ("处理", 18)),
)
DIFFERENCES = (("哪一边", 12), ("记录", 10), ("名称", 40), ("管局标识", 14), ("不同的内容", 64), ("决定", 20))

COUNTS = {
    "records": "记录",
    "new": "新存入",
    "again": "库中已有",
    "older": "比库中旧",
    "tables": "代码表",
    "odd_records": "有不规范之处",
    "in_part": "部分没有存入",
    "kept": "没有存入",
}


@dataclass(frozen=True)
class Wanted:
    """What a list of deviations shows. `done`: those that were dealt with, else those that are open."""

    run: int | None = None
    kind: str = ""
    remedy: str = ""
    text: str = ""
    done: bool = False
    after: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Wanted:
        run, after = query.get("run", ""), query.get("after", "")
        kind, remedy = query.get("kind", ""), query.get("remedy", "")
        return cls(
            run=int(run[:9]) if run.isascii() and run.isdecimal() else None,
            kind=kind if kind in Oddity.values else "",
            remedy=remedy if remedy in Remedy.values else "",
            text=query.get("q", "").replace("\x00", "").strip()[:MOST_TEXT],
            done=query.get("done") == "1",
            after=int(after[:18]) if after.isascii() and after.isdecimal() else 0,
        )

    @property
    def parameters(self) -> dict[str, str]:
        """The filters as an address carries them."""
        found = {"run": str(self.run or ""), "kind": self.kind, "remedy": self.remedy, "q": self.text}
        return {name: value for name, value in (found | {"done": "1" if self.done else ""}).items() if value}


def deviations(wanted: Wanted) -> QuerySet[ImportDeviation]:
    """The deviations that are wanted, in the order in which they were met."""
    rows = ImportDeviation.objects.select_related("subject", "handled_by").order_by("pk")
    rows = rows.filter(handled_at__isnull=not wanted.done)
    if wanted.run is not None:
        rows = rows.filter(Q(run=wanted.run) | Q(last_run=wanted.run))
    for name in ("kind", "remedy"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.text:
        rows = rows.filter(Q(name__icontains=wanted.text) | Q(words__icontains=wanted.text))
    return rows


def by_kind(run: ImportRun) -> list[tuple[str, str, int]]:
    """How often each kind was met in a run, the most frequent first: value, words, count."""
    found = [(kind.value, kind.label, run.counts.get(f"kind:{kind}", 0)) for kind in Oddity]
    return sorted((each for each in found if each[2]), key=lambda each: -each[2])


def speed(run: ImportRun) -> int:
    """Records a second."""
    return round(run.counts.get("records", 0) / run.busy_s) if run.busy_s else 0


def share_read(run: ImportRun) -> int:
    """How much of the sources is read. Units: percent; of a zip what was unpacked counts."""
    sizes = list(run.sources.values_list("size_bytes", "read_bytes", "stage"))
    total = sum(size for size, _read, _stage in sizes) or 1
    done = sum(size if stage in ("finished", "failed") else min(read, size) for size, read, stage in sizes)
    return 100 * done // total


def reconciliations() -> QuerySet[Reconciliation]:
    """Reconciliations, the latest first, with where they came from."""
    return (
        Reconciliation.objects.select_related("run", "download").defer("download__zip_bytes").order_by("-pk")
    )


def differences(made: Reconciliation, side: str = "", *, is_open: bool = False) -> QuerySet[Difference]:
    """The differences of one reconciliation."""
    rows = made.differences.select_related("subject", "decided_by").order_by("pk")
    rows = rows.filter(side=side) if side in Side.values else rows
    return rows.filter(decision="open") if is_open else rows


def export_deviations(wanted: Wanted, target: IO[bytes]) -> int:
    """Write what is wanted as .xlsx. Returns how many rows."""
    rows = deviations(wanted)
    notes = [f"只导出了前 {MOST_ROWS:,} 条，请加上条件分几次导出。"] if rows[MOST_ROWS:].exists() else []
    return write_sheet(target, "不规范之处", COLUMNS, _rows(rows[:MOST_ROWS]), notes)


def _rows(rows: QuerySet[ImportDeviation]) -> Iterator[list[Value]]:
    for row in rows.iterator(chunk_size=CHUNK):
        done = timezone.localtime(row.handled_at).replace(tzinfo=None) if row.handled_at else None
        yield [
            *(row.name, row.get_kind_display(), label_of(row.place), row.value, row.words),
            *(row.get_remedy_display(), row.last_run_id, row.source, row.position, done),
        ]


def export_differences(made: Reconciliation, target: IO[bytes]) -> int:
    """Write all differences of a reconciliation as .xlsx. Returns how many rows."""
    rows = made.differences.order_by("pk")[:MOST_ROWS]
    return write_sheet(
        target, "差异", DIFFERENCES, (_difference(row) for row in rows.iterator(chunk_size=CHUNK))
    )


def _difference(row: Difference) -> list[Value]:
    told = "；".join(
        f"{each['label']}：本系统“{each['ours']}”，管局“{each['theirs']}”" for each in row.fields
    )
    kind = WORDS.get(row.kind, row.kind)
    return [row.get_side_display(), kind, row.name, row.bureau_id, told, row.get_decision_display()]
