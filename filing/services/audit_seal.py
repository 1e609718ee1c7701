"""Sealing the record: a hash over each day's rows, chained to the day before. A changed or missing row breaks it.

Who owns the database could write a whole new chain: the newest hash goes to the log every night, and a copy of it kept
elsewhere settles that too (`audit --check --chain`).
"""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from filing.actors import Actor
from filing.choices import ActorKind, AuditAction
from filing.listing import end_of, start_of
from filing.models import AuditEntry, AuditSeal
from filing.services.audit import erase_before, note

log = logging.getLogger(__name__)

NIGHT = Actor(ActorKind.COMMAND, "夜间任务")
FIRST_CHAIN = "0" * 64
CHUNK = 2000
LEAST_DAYS = 183
"""Nothing of the record may be gone earlier: six months, as the law asks."""

_COLUMNS = (
    *("id", "at", "action", "user_id", "user_name", "roles", "address", "session"),
    *("request_id", "kind", "key", "name", "facts"),
)


@dataclass(frozen=True)
class Fault:
    """What is wrong with one day, in Chinese."""

    day: date
    words: str


@dataclass(frozen=True)
class Checked:
    """What a check found: the newest hash of the chain, and every fault."""

    days: int
    rows: int
    chain: str
    faults: list[Fault]


@transaction.atomic
def seal_days(today: date | None = None) -> int:
    """Seal every local day that has ended and has no seal. Safe to be run at any time, and twice. Shape: how many."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('filing.audit_seal', 0))")
    today = today or timezone.localdate()
    last = AuditSeal.objects.order_by("-day").first()
    if last is not None:
        day, chain = last.day + timedelta(days=1), last.chain
    else:
        first = AuditEntry.objects.order_by("at").values_list("at", flat=True).first()
        day, chain = (timezone.localtime(first).date() if first else today), FIRST_CHAIN
    done = 0
    while day < today:
        rows, digest = digest_of(day)
        chain = chain_of(chain, day, rows, digest)
        AuditSeal.objects.create(day=day, rows=rows, digest=digest, chain=chain, sealed_at=timezone.now())
        log.info("sealed the record of %s: %s rows, chain %s", day, rows, chain)
        day, done = day + timedelta(days=1), done + 1
    return done


def digest_of(day: date) -> tuple[int, str]:
    """How many rows a local day has, and the hash over them."""
    digest, count = hashlib.sha256(), 0
    for line in _lines(day):
        digest.update(line)
        count += 1
    return count, digest.hexdigest()


def chain_of(before: str, day: date, rows: int, digest: str) -> str:
    return hashlib.sha256(f"{before}\n{day}\n{rows}\n{digest}".encode()).hexdigest()


def _lines(day: date) -> Iterator[bytes]:
    """Each row as one line of JSON: the same bytes whenever it is read."""
    rows = AuditEntry.objects.filter(at__gte=start_of(day), at__lt=end_of(day)).order_by("id")
    for row in rows.values_list(*_COLUMNS).iterator(chunk_size=CHUNK):
        told = [value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value for value in row]
        yield json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def check(*, known_chain: str = "", today: date | None = None) -> Checked:
    """Compare every sealed day with its rows, and the chain from its beginning.

    `known_chain`: a hash that was kept elsewhere, which must be in the chain.
    """
    today = today or timezone.localdate()
    seals = list(AuditSeal.objects.order_by("day"))
    faults, chain, expected, rows = [], FIRST_CHAIN, None, 0
    for seal in seals:
        if expected is not None and seal.day != expected:
            faults.append(Fault(expected, f"没有封存：从 {expected} 到 {seal.day} 之间缺"))
        faults += [Fault(seal.day, words) for words in _faults_of(seal)]
        chain = chain_of(chain, seal.day, seal.rows, seal.digest)
        if chain != seal.chain:
            faults.append(Fault(seal.day, "封存本身被改过，或前面的日子被改过：链接不上"))
            chain = seal.chain
        expected = seal.day + timedelta(days=1)
        rows += seal.rows
    if expected is not None and expected < today - timedelta(days=1):
        faults.append(Fault(expected, "从这一天起没有封存：夜间任务没有运行，或封存被删"))
    if not seals and AuditEntry.objects.filter(at__lt=start_of(today - timedelta(days=1))).exists():
        faults.append(Fault(today, "有更早的记录，却一天也没有封存"))
    if known_chain and known_chain not in {seal.chain for seal in seals}:
        faults.append(Fault(today, "另存的哈希不在链上：整条链被换过"))
    return Checked(len(seals), rows, seals[-1].chain if seals else FIRST_CHAIN, faults)


def _faults_of(seal: AuditSeal) -> Iterator[str]:
    count, digest = digest_of(seal.day)
    if seal.erased_at is None:
        if count != seal.rows:
            yield f"封存时有 {seal.rows} 条，现在有 {count} 条"
        elif digest != seal.digest:
            yield "条数没变，内容被改过"
        return
    if timezone.localtime(seal.erased_at).date() - seal.day < timedelta(days=LEAST_DAYS):
        yield f"不到 {LEAST_DAYS} 天就被清理"
    if count:
        yield f"已到期清理，却又有 {count} 条"


@transaction.atomic
def erase_old(today: date | None = None, *, dry_run: bool = False) -> int:
    """Erase the rows of sealed days that are older than ICP_KEEP_AUDIT_DAYS, which is noted. Shape: how many rows."""
    today = today or timezone.localdate()
    before = today - timedelta(days=settings.ICP_KEEP_AUDIT_DAYS)
    last = AuditSeal.objects.order_by("-day").first()
    if last is None:
        return 0
    before = min(before, last.day + timedelta(days=1))
    due = AuditEntry.objects.filter(at__lt=start_of(before)).count()
    if due and not dry_run:
        erase_before(before)
        facts = {"what": "审计记录到期", "before": str(before), "rows": due}
        note(AuditAction.ERASE, user=NIGHT, about=("audit", "", "审计记录"), facts=facts)
    return due
