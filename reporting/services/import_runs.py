"""A run of taking over: begun, carried on until it ends or somebody wants it to pause, and safe to be killed anywhere.

The rows of a batch, what is odd in it and how far its source has come are one transaction, so a run goes on behind the
last batch that was written and ends as if it had never been disturbed. One run at a time: a lock of PostgreSQL, which
a killed process loses with its connection.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from filing.code_tables import CodeTable
from filing.models import CodeEntry
from filing.rules.words import certificate_forms
from filing.services.errors import NotAllowed
from reporting.choices import ImportStage
from reporting.models import ImportRun, ImportSource, Link, Reconciliation
from reporting.readers.handed_files import Entry, entries
from reporting.readers.handed_job import Batch, Ended, Job, Message
from reporting.reading_apart import reading
from reporting.services.import_writing import Writer
from reporting.services.reconciling import Comparing

log = logging.getLogger(__name__)

PAUSE, STOP = "pause", "stop"
OVER = frozenset({ImportStage.STOPPED, ImportStage.FINISHED, ImportStage.FAILED})
MOST_ODDITIES = 20
_LOCK = 0x49435003
_PIECE_BYTES = 4 * 1024 * 1024

_CODES = {
    "Dwxz": CodeTable.NATURE,
    "Zjlx": CodeTable.CERTIFICATE_TYPE,
    "Fwnr_id": CodeTable.SERVICE_CONTENT,
    "Yylb_id": CodeTable.LANGUAGE,
    "Fbdd": CodeTable.SERVER_LOCATION,
    "Jrfs": CodeTable.ACCESS_METHOD,
    "Nrlx_id": CodeTable.PRE_APPROVAL_TYPE,
    "Shengid": CodeTable.REGION,
    "Shiid": CodeTable.REGION,
    "Xianid": CodeTable.REGION,
}
"""The table that a tag's codes stand in."""


@dataclass(frozen=True)
class Wanted:
    """What is to be taken over. `isp_id` None: the only link's, else the default one's."""

    paths: Sequence[Path]
    isp_id: int | None = None
    origin: str = ""
    is_complete: bool = False
    compares_only: bool = False


def link_for(isp_id: int | None) -> Link:
    """The link whose unit the data belongs to. Raises: NotAllowed."""
    links = Link.objects.order_by("-is_default", "pk")
    link = links.first() if isp_id is None else links.filter(isp_id=isp_id).first()
    if link is None:
        words = "还没有报备链路，先建立链路" if isp_id is None else f"没有单位标识为 {isp_id} 的报备链路"
        raise NotAllowed(words)
    return link


def begin(wanted: Wanted, *, user: User | None = None) -> ImportRun:
    """Write down a run and its sources; nothing is read yet but what is needed to list them.

    Raises: NotAllowed without a link or anything to read; handed_files.Unusable for a path that is nothing.
    """
    link = link_for(wanted.isp_id)
    found = [entry for path in wanted.paths for entry in entries(path)]
    if not found:
        raise NotAllowed("没有找到任何文件")
    with transaction.atomic():
        run = ImportRun.objects.create(
            isp_id=link.isp_id,
            origin=(wanted.origin or "、".join(str(path) for path in wanted.paths))[:255],
            is_complete=wanted.is_complete,
            compares_only=wanted.compares_only,
            started_by=user,
            started_name=user.get_username() if user else "命令行",
        )
        ImportSource.objects.bulk_create(_source(run, number, entry) for number, entry in enumerate(found, 1))
        if wanted.is_complete or wanted.compares_only:
            Reconciliation.objects.create(isp_id=link.isp_id, run=run, is_complete=wanted.is_complete)
    return run


def _source(run: ImportRun, number: int, entry: Entry) -> ImportSource:
    return ImportSource(
        run=run,
        number=number,
        path=str(entry.path),
        inner=entry.inner[:1024],
        size_bytes=entry.size_bytes,
        stage=ImportStage.FAILED if entry.trouble else ImportStage.WAITING,
        words=entry.trouble,
    )


@contextmanager
def _the_only_one() -> Iterator[bool]:
    """Hold what only one run may hold; False where another process has it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


Told = Callable[[ImportRun], None]


def carry_on(run: ImportRun, *, for_s: float | None = None, tell: Told | None = None) -> bool:
    """Read and write until the run ends, is paused or stopped, or `for_s` have passed.

    `tell` is called after every batch. Returns False where another run is under way; then nothing was done.
    """
    with _the_only_one() as held:
        if not held:
            return False
        run.refresh_from_db()
        if run.stage in OVER or run.stage == ImportStage.PAUSED:
            return True
        _set_stage(run, ImportStage.RUNNING)
        _Carrying(run, for_s, tell).go()
        return True


def _set_stage(run: ImportRun, stage: ImportStage, words: str = "") -> None:
    run.stage, run.words, run.seen_at = stage, words, timezone.now()
    if stage in OVER:
        run.finished_at = timezone.now()
    run.save(update_fields=["stage", "words", "seen_at", "finished_at"])


class _Carrying:
    """One process's turn at a run."""

    def __init__(self, run: ImportRun, for_s: float | None, tell: Told | None) -> None:
        self.run, self.tell = run, tell
        self.until = None if for_s is None else time.monotonic() + for_s
        made = Reconciliation.objects.filter(run=run).first()
        self.comparing = Comparing(made) if made is not None else None
        self.writer = Writer(run, self.comparing)
        self.since = time.monotonic()

    def go(self) -> None:
        sources = {source.number: source for source in self._sources()}
        if sources:
            due = [(each.number, each.path, each.inner, each.position) for each in sources.values()]
            with reading(job_for(link_for(self.run.isp_id), due)) as messages:
                try:
                    stopped = self._take(messages, sources)
                except EOFError:
                    log.exception("import %s: the reading process ended early", self.run.pk)
                    _set_stage(self.run, ImportStage.FAILED, "读取文件的进程意外结束，可以再继续")
                    return
            if stopped:
                return
        if self.comparing is not None:
            self.comparing.finish()
        failed = self.run.sources.filter(stage=ImportStage.FAILED).count()
        _set_stage(self.run, ImportStage.FINISHED, f"有 {failed} 个文件没有读完" if failed else "")

    def _sources(self) -> Iterator[ImportSource]:
        """What is left to read; a file that is not the one that was begun is not read on."""
        hashes: dict[str, str] = {}
        for source in self.run.sources.filter(stage__in=(ImportStage.WAITING, ImportStage.RUNNING)):
            try:
                sha256 = hashes.get(source.path) or sha256_of(Path(source.path))
            except OSError as error:
                _end_source(source, ImportStage.FAILED, f"读不出来：{error.strerror}")
                continue
            hashes[source.path] = sha256
            if source.sha256 and source.sha256 != sha256:
                _end_source(source, ImportStage.FAILED, "文件在导入中途被换过，没有接着读：请重新导入")
                continue
            source.sha256 = sha256
            source.save(update_fields=["sha256"])
            yield source

    def _take(self, messages: Iterator[Message], sources: dict[int, ImportSource]) -> bool:
        """Write what comes. Returns whether the run is to stand still now."""
        for message in messages:
            source = sources[message.number]
            if isinstance(message, Ended):
                oddities = message.oddities[:MOST_ODDITIES]
                stage = ImportStage.FAILED if message.trouble else ImportStage.FINISHED
                source.read_bytes = message.read_bytes
                _end_source(source, stage, "；".join(filter(None, [message.trouble, *oddities])))
            else:
                self._batch(message, source)
            if self.tell is not None:
                self.tell(self.run)
            if self._stands_still():
                return True
        return False

    def _batch(self, batch: Batch, source: ImportSource) -> None:
        with transaction.atomic():
            found = self.writer.write(source.number, batch.encoding, batch.items)
            source.position, source.read_bytes = batch.position, batch.read_bytes
            source.stage = ImportStage.RUNNING
            source.save(update_fields=["position", "read_bytes", "stage"])
            now = time.monotonic()
            self.run.counts = dict(Counter(self.run.counts) + found)
            self.run.busy_s, self.since = self.run.busy_s + now - self.since, now
            self.run.seen_at = timezone.now()
            self.run.save(update_fields=["counts", "busy_s", "seen_at"])

    def _stands_still(self) -> bool:
        wanted = ImportRun.objects.values_list("wanted", flat=True).get(pk=self.run.pk)
        if wanted:
            stage = ImportStage.PAUSED if wanted == PAUSE else ImportStage.STOPPED
            ImportRun.objects.filter(pk=self.run.pk).update(wanted="")
            _set_stage(self.run, stage)
            return True
        return self.until is not None and time.monotonic() > self.until


def _end_source(source: ImportSource, stage: ImportStage, words: str) -> None:
    source.stage, source.words = stage, words
    source.save(update_fields=["stage", "words", "read_bytes"])


def job_for(link: Link, due: list[tuple[int, str, str, int]]) -> Job:
    """The work of the reading process: sources as `Job` has them, with the codes, forms and province of the link."""
    return Job(due, known_codes(), certificate_forms(), link.province)


def known_codes() -> dict[str, list[int]]:
    """The codes of each tag; a table that is empty here says nothing against any."""
    by_table: dict[str, list[int]] = {}
    for table, code in CodeEntry.objects.filter(table__in=set(_CODES.values())).values_list("table", "code"):
        by_table.setdefault(table, []).append(code)
    found = {tag: by_table[table] for tag, table in _CODES.items() if table in by_table}
    if "Zjlx" in found:
        found["Fzr_zjlx"] = found["Zjlx"]
    return found


def sha256_of(path: Path) -> str:
    """The hash of a file, read piece by piece. Raises: OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()


@transaction.atomic
def want(run: ImportRun, what: str) -> None:
    """Ask a run to pause or stop; one that waits or is paused does so at once. Raises: NotAllowed where it is over."""
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    if row.stage in OVER:
        raise NotAllowed("这次导入已经结束")
    if row.stage == ImportStage.RUNNING:
        row.wanted = what
        row.save(update_fields=["wanted"])
    elif what == STOP or row.stage == ImportStage.WAITING:
        _set_stage(row, ImportStage.STOPPED if what == STOP else ImportStage.PAUSED)
    run.refresh_from_db()


@transaction.atomic
def resume(run: ImportRun) -> None:
    """Let a run that stands still, or was not finished, go on. Raises: NotAllowed where there is nothing to go on with."""
    row = ImportRun.objects.select_for_update().get(pk=run.pk)
    if row.stage in (ImportStage.RUNNING, ImportStage.WAITING):
        return
    left = row.sources.filter(stage__in=(ImportStage.WAITING, ImportStage.RUNNING))
    if row.stage == ImportStage.FINISHED or not left.exists():
        raise NotAllowed("已经没有可以接着导入的文件")
    ImportRun.objects.filter(pk=row.pk).update(wanted="", finished_at=None)
    row.finished_at = None
    _set_stage(row, ImportStage.WAITING)
    run.refresh_from_db()
