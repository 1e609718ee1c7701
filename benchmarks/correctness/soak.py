"""A soak: two workers, two beats and the bureau as real processes, killed again and again, calls disturbed by lot.

Staff are played here: filings come in over time, and what comes back is corrected. It ends when all is at rest.
"""

from __future__ import annotations

import random
import shutil
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db.models import Count

from benchmarks import material
from benchmarks.bureau import BureauProcess
from benchmarks.correctness.plan import TIMEOUT_S, Plan, bureau_config, corrected, filings
from benchmarks.correctness.watching import Staleness, Watcher, staleness
from filing.choices import RequestState
from filing.models import Request, Subject
from filing.services import codes
from filing.services.intake import import_requests
from reporting.models import Call, Download
from reporting.services.links import LinkParameters, set_link
from simulator.bureau import Bureau
from simulator.config import Config
from tests.celery_parts import Part, start_beat, start_worker
from tests.reporting import ledgers

S = RequestState
CORRECTABLE = (S.RETURNED, S.REJECTED, S.DRAFT)
STAFF_LOOK_S = 2.0
AWAY_S = 2.0
"""A bureau that was killed stays away for up to this long."""

CALLS_BETWEEN_KILLS = 4


@dataclass
class Result:
    """What a soak came to; all of it counted or measured."""

    plan: Plan
    seconds: float = 0.0
    at_rest: bool = False
    files: int = 0
    corrections: int = 0
    ends: dict[str, int] = field(default_factory=dict)
    calls: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)
    disturbed: dict[str, int] = field(default_factory=dict)
    kills: dict[str, int] = field(default_factory=dict)
    downloads: int = 0
    findings: ledgers.Findings = field(default_factory=ledgers.Findings)
    staleness: Staleness = field(default_factory=Staleness)
    unexpected: list[str] = field(default_factory=list)

    @property
    def disturbed_calls(self) -> int:
        return sum(self.disturbed.values())

    def is_good(self) -> bool:
        return (
            self.at_rest and not self.findings.all() and not self.staleness.too_early and not self.unexpected
        )


class Soak:
    """One run in a throw-away database. `folder` holds logs, the bureau's books and schedules."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan, self.folder, self.lots = plan, folder, random.Random(plan.seed)
        self.config = bureau_config(plan, str(folder / "bureau"))
        self.bureau = BureauProcess(self.config, folder, module="benchmarks.correctness.picky")
        self.parts: dict[str, Part] = {}
        self.kills: Counter[str] = Counter()
        self.corrections = 0
        self.bureau_back_at = 0.0
        self.calls_at_kill = 0
        self.next_to_die: list[str] = []

    def run(self) -> Result:
        redis.Redis.from_url(settings.REDIS_URL).flushdb()
        codes.load_builtin_codes()
        self.bureau.start()
        set_link(self._parameters())
        watcher = Watcher()
        started = time.monotonic()
        try:
            for name in ("worker 1", "worker 2", "beat 1", "beat 2"):
                self._start(name)
            watcher.start()
            at_rest = self._live(started)
            watcher.stop()
        finally:
            for part in self.parts.values():
                part.kill()
            disturbed = self._disturbed() if self.bureau.is_up() else {}
            self.bureau.kill()
        return self._judge(watcher, at_rest, time.monotonic() - started, disturbed)

    def _parameters(self) -> LinkParameters:
        given = material.LINK
        return LinkParameters(
            isp_id=given.isp_id,
            province=given.province,
            base_url=self.bureau.url,
            user_name=given.user_name,
            password=given.password,
            timeout_s=TIMEOUT_S,
        )

    def _start(self, name: str) -> None:
        folder = self.folder / name.replace(" ", "-")
        folder.mkdir(exist_ok=True)
        start: Callable[..., Part] = start_worker if name.startswith("worker") else start_beat
        self.parts[name] = start(folder, wait_factor=self.plan.wait_factor)

    # One life -------------------------------------------------------------------------------------

    def _live(self, started: float) -> bool:
        """Until all is at rest, or patience is at its end; returns which."""
        coming = list(filings(self.plan))
        every_s = self.plan.seconds / max(self.plan.kills, 1)
        taken, staff_at, told_at = 0, 0.0, 0.0
        while (now := time.monotonic() - started) < self.plan.patience_s:
            due = min(len(coming), int(len(coming) * now / self.plan.seconds) + 1)
            if due > taken:
                self._take_in(coming[taken:due])
                taken = due
            if sum(self.kills.values()) < min(self.plan.kills, now / every_s) and self._is_busy_again():
                self._kill_one()
            if not self.bureau.is_up() and now >= self.bureau_back_at - started:
                self.bureau.start()
            if now - staff_at > STAFF_LOOK_S:
                staff_at = now
                self._correct()
                if (
                    taken == len(coming)
                    and sum(self.kills.values()) >= self.plan.kills
                    and self._is_at_rest()
                ):
                    return True
            if now - told_at > 20:
                told_at = now
                print(f"  {now:4.0f} s: {dict(self._states())}, {sum(self.kills.values())} kills", flush=True)
            time.sleep(0.05)
        return False

    def _take_in(self, items: list[dict[str, Any]]) -> None:
        if refused := [row.problems for row in import_requests(items, ready=True) if row.problems]:
            raise SystemExit(f"the invented filings are not ready: {refused[0]}")

    def _correct(self) -> None:
        refs = list(Request.objects.filter(state__in=CORRECTABLE).values_list("ref", flat=True))
        if not refs:
            return
        rows = import_requests([corrected(ref) for ref in refs], ready=True, correct=True)
        if refused := [row.problems for row in rows if row.problems]:
            raise SystemExit(f"corrections are not ready: {refused[0]}")
        self.corrections += len(rows)

    def _is_busy_again(self) -> bool:
        """Whether work went on since the last kill: on a slow machine a process takes its time to begin."""
        calls = Call.objects.count()
        if calls < self.calls_at_kill + CALLS_BETWEEN_KILLS:
            return False
        self.calls_at_kill = calls
        return True

    def _kill_one(self) -> None:
        if not self.next_to_die:
            # In turns, by a new lot each round: each of them dies as often as the others.
            self.next_to_die = self.lots.sample([*self.parts, "bureau"], len(self.parts) + 1)
        if self.next_to_die[-1] == "bureau" and not self.bureau.is_up():
            return
        name = self.next_to_die.pop()
        if name == "bureau":
            self.bureau.kill()
            self.bureau_back_at = time.monotonic() + self.lots.random() * AWAY_S
        else:
            self.parts[name].kill()
            self._start(name)
        self.kills[name.split()[0]] += 1

    def _states(self) -> dict[str, int]:
        rows = Request.objects.order_by().values("state").annotate(count=Count("pk"))
        return {row["state"]: row["count"] for row in rows}

    def _is_at_rest(self) -> bool:
        if set(self._states()) != {S.APPROVED} or Download.objects.filter(applied_at=None).exists():
            return False
        return self.bureau.is_up() and not self.bureau.state()["units"][0]["queue"]

    # Afterwards -----------------------------------------------------------------------------------

    def _disturbed(self) -> dict[str, int]:
        """How often each fault struck, from the bureau's own book of them."""
        found: Counter[str] = Counter()
        for fault in self.bureau.state()["faults"]:
            kind = f"code {fault['code']}" if fault["kind"] == "code" else str(fault["kind"])
            found[f"{kind} for the description" if fault["method"] == "wsdl" else kind] += int(
                fault["struck"]
            )
        return dict(found)

    def _judge(self, watcher: Watcher, at_rest: bool, seconds: float, disturbed: dict[str, int]) -> Result:
        books = Bureau(Config.from_json(self.config))
        try:
            findings = ledgers.compare_at_rest(books, material.ISP_ID)
            self._count_filings(books, findings)
            stale = staleness(watcher, books, material.ISP_ID)
            files = len(books.files[material.ISP_ID])
        finally:
            books.close()
        return Result(
            plan=self.plan,
            seconds=seconds,
            at_rest=at_rest,
            files=files,
            corrections=self.corrections,
            ends=self._states(),
            calls=Call.objects.count(),
            outcomes=dict(
                Call.objects.order_by()
                .values_list("outcome")
                .annotate(count=Count("pk"))
                .values_list("outcome", "count")
            ),
            disturbed=disturbed,
            kills=dict(self.kills),
            downloads=Download.objects.count(),
            findings=findings,
            staleness=stale,
            unexpected=self._unexpected(),
        )

    def _count_filings(self, books: Bureau, findings: ledgers.Findings) -> None:
        """Each filing that was taken in is filed once, there and here."""
        there = Counter(subject.isp_ztid for subject in books.filings())
        own = set(Request.objects.values_list("subject_own_id", flat=True))
        here = Subject.objects.exclude(number="").count()
        if len(own) != self.plan.filings:
            findings.lost.append(f"{self.plan.filings} filings came in, {len(own)} requests are here")
        findings.lost += [f"own number {key} is not filed at the bureau" for key in own - set(there)]
        findings.duplicates += [f"own number {key} is filed {n} times" for key, n in there.items() if n > 1]
        if here != len(there):
            findings.unequal.append(f"{len(there)} subjects are filed there, {here} here")

    def _unexpected(self) -> list[str]:
        """What workers logged as raised and not foreseen, or a call that ended in no way we know."""
        found = []
        for log in sorted(self.folder.glob("worker-*/*.log")):
            text = log.read_text(encoding="utf-8", errors="replace")
            found += [
                f"{log.parent.name}: {line}" for line in text.splitlines() if "raised unexpected" in line
            ]
        return found


def keep_logs(folder: Path, to: Path) -> None:
    """Keep what the processes logged, for whoever looks into a run that failed."""
    shutil.copytree(folder, to, dirs_exist_ok=True, ignore=shutil.ignore_patterns("attachments"))
