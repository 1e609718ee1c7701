"""Figures for Prometheus, read from the database when they are asked for: so all processes tell the same, and none is lost.

Every query is bounded: counts that triggers keep, the first row of an index, tables with a row a link. Names of people,
filings and files are in none of them.
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Max, Min, QuerySet, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from filing import tallies
from filing.choices import UNDECIDED_STATES, RequestState
from filing.models import Alert, Attachment, Request, WebHookDelivery
from reporting.choices import UNSETTLED, Circuit, Direction
from reporting.models import DataFile, Download, Link
from upkeep.models import CALL_BOUNDS_S, CallFigure, Heartbeat, TaskFailure

MOST_COUNTED = 10_000
"""What is counted row by row is counted no further."""
PATIENCE_MS = 2_000
"""A query that takes longer is given up: its figures are left out of this scrape."""
DEFAULT_LINK = "default"


def written() -> bytes:
    """All figures in the text form of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return generate_latest(registry)


class _Figures(Collector):
    """Each group by itself: one that fails costs its own figures only, and is told by icp_scrape_failed."""

    def describe(self) -> Iterable[Metric]:
        return []  # nothing is read before it is asked for

    def collect(self) -> Iterator[Metric]:
        failed = GaugeMetricFamily(
            "icp_scrape_failed", "1 where a group of figures could not be read", labels=["group"]
        )
        for name, group in GROUPS.items():
            try:
                with transaction.atomic():
                    _be_patient()
                    found = list(group())
            except (DatabaseError, OSError):
                failed.add_metric([name], 1)
            else:
                failed.add_metric([name], 0)
                yield from found
        yield failed


def _be_patient() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = {PATIENCE_MS}")


def _gauge(name: str, words: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"icp_{name}", words, labels=labels)


def _age(at: datetime | None, now: datetime) -> float | None:
    return None if at is None else max(0.0, (now - at).total_seconds())


def _count(rows: QuerySet[Any]) -> int:
    return rows[:MOST_COUNTED].count()


def _requests() -> Iterator[Metric]:
    by_link = _gauge("requests", "Requests by state and unit number of the link", "link", "state")
    for isp_id, states in tallies.requests_by_link().items():
        for state in RequestState.values:
            by_link.add_metric([str(isp_id or DEFAULT_LINK), state], states.get(state, 0))
    yield by_link
    oldest = _gauge(
        "oldest_request_seconds",
        "How long the oldest request has stood in a state that is not the last",
        "state",
    )
    now = timezone.now()
    for state in sorted(UNDECIDED_STATES):
        at = Request.objects.filter(state=state).aggregate(at=Min("state_changed_at"))["at"]
        oldest.add_metric([state], _age(at, now) or 0)
    yield oldest


def _links() -> Iterator[Metric]:
    now = timezone.now()
    emptied = _gauge(
        "link_emptied_seconds",
        "Time since the download queue was found empty: how fresh every state is",
        "link",
    )
    answered = _gauge("link_answered_seconds", "Time since the bureau's latest answer", "link")
    stopped = _gauge("link_circuit_open", "1 while a direction waits for a person", "link", "direction")
    paused = _gauge("link_paused", "1 while a person keeps a direction from calling", "link", "direction")
    failures = _gauge("link_failures", "Failures in a row", "link", "direction")
    number = _gauge("link_next_sequence", "The number that the next data file gets", "link")
    for link in Link.objects.defer("password", "aes_key", "aes_iv").order_by("pk"):
        name = str(link.isp_id)
        for figure, at in ((emptied, link.emptied_at), (answered, link.answered_at)):
            if (age := _age(at, now)) is not None:
                figure.add_metric([name], age)
        number.add_metric([name], link.next_sequence)
        for direction, in_a_row in (
            (Direction.SENDING, link.upload_failures),
            (Direction.RECEIVING, link.download_failures),
        ):
            is_open = link.circuit == Circuit.OPEN and link.circuit_direction in ("", direction)
            stopped.add_metric([name, direction], int(is_open))
            paused.add_metric([name, direction], int(link.paused_at(direction) is not None))
            failures.add_metric([name, direction], in_a_row)
    yield from (emptied, answered, stopped, paused, failures, number)
    unsettled = _gauge("files_unsettled", "Data files that hold a number and are not settled", "state")
    for state in sorted(UNSETTLED):
        unsettled.add_metric([state], _count(DataFile.objects.filter(state=state)))
    yield unsettled
    waiting = _gauge("downloads_not_applied", "Downloads that are stored and not applied yet")
    waiting.add_metric([], _count(Download.objects.filter(applied_at=None)))
    yield waiting


def _calls() -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "icp_calls",
        "Calls that have ended, by code (-1: none came)",
        labels=["link", "method", "outcome", "code"],
    )
    rows = CallFigure.objects.values_list("isp_id", "method", "outcome", "code").annotate(total=Sum("calls"))
    for isp_id, method, outcome, code, total in rows.order_by("isp_id", "method", "outcome", "code"):
        ended.add_metric([str(isp_id), method, outcome, str(code)], total)
    yield ended
    took = HistogramMetricFamily(
        "icp_call_duration_seconds", "How long calls took", labels=["link", "method"]
    )
    counts: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0] * (len(CALL_BOUNDS_S) + 1))
    seconds: dict[tuple[int, str], float] = defaultdict(float)
    buckets = CallFigure.objects.values_list("isp_id", "method", "bucket")
    for isp_id, method, bucket, calls, spent in buckets.annotate(n=Sum("calls"), s=Sum("seconds")):
        counts[isp_id, method][bucket] += calls
        seconds[isp_id, method] += spent
    for (isp_id, method), each in sorted(counts.items()):
        total, cumulative = 0, []
        for bound, calls in zip((*map(str, CALL_BOUNDS_S), "+Inf"), each, strict=True):
            total += calls
            cumulative.append((bound, float(total)))
        took.add_metric([str(isp_id), method], cumulative, sum_value=seconds[isp_id, method])
    yield took


def _told() -> Iterator[Metric]:
    now = timezone.now()
    mail = _gauge("alerts_to_mail", "Alerts that are due by e-mail and not sent")
    mail.add_metric([], _count(Alert.objects.filter(mailed_at=None, ended_at=None, mail_at__lte=now)))
    hooks = _gauge("web_hooks_waiting", "Deliveries to other systems that are not done")
    open_ones = WebHookDelivery.objects.filter(done_at=None, given_up_at=None)
    hooks.add_metric([], _count(open_ones))
    yield from (mail, hooks)


def _tasks() -> Iterator[Metric]:
    failures = CounterMetricFamily(
        "icp_task_failures", "Background tasks that ended with an error", labels=["task"]
    )
    for task, count in TaskFailure.objects.order_by("task").values_list("task", "failures"):
        failures.add_metric([task], count)
    yield failures
    now = timezone.now()
    silent = _gauge("heartbeat_seconds", "Time since the youngest sign of life of a part", "part")
    for part, at in Heartbeat.objects.values_list("part").annotate(at=Max("at")).order_by("part"):
        silent.add_metric([part], _age(at, now) or 0)
    yield silent


def _stored() -> Iterator[Metric]:
    images = _gauge("attachments_bytes", "Bytes of stored images")
    images.add_metric([], Attachment.objects.aggregate(total=Sum("size_bytes"))["total"] or 0)
    yield images
    size = _gauge("database_bytes", "Bytes of the database")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_database_size(current_database())")
        size.add_metric([], cursor.fetchone()[0])
    yield size
    free = _gauge("data_folder_free_bytes", "Bytes free where images are stored")
    free.add_metric([], shutil.disk_usage(settings.ICP_DATA_DIR).free)
    yield free


GROUPS: dict[str, Callable[[], Iterator[Metric]]] = {
    "requests": _requests,
    "links": _links,
    "calls": _calls,
    "told": _told,
    "tasks": _tasks,
    "stored": _stored,
}
