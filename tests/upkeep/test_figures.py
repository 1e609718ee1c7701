"""Figures are true, whatever process is asked, and cost little."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from filing.models import Request
from reporting.choices import CallOutcome, Circuit, Direction, Method
from reporting.models import Call, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import serve
from tests.factories import stored_image
from tests.reporting.material import ISP_ID, make_link, ready
from upkeep import figures, heartbeats
from upkeep.models import CALL_BOUNDS_S, CallFigure, TaskFailure

pytestmark = pytest.mark.django_db
UNIT = str(ISP_ID)


def told() -> dict[tuple[str, ...], float]:
    """By name and the values of its labels in the order of their names, as Prometheus reads them."""
    text = figures.written().decode()
    return {
        (sample.name, *(value for _name, value in sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@pytest.fixture
def link(db: None) -> Link:
    return make_link("http://bureau.invalid")


def test_it_tells_the_backlog_by_link_and_state(link: Link) -> None:
    ready(1, 2)
    Request.objects.filter(ref="t-0001").update(state_changed_at=timezone.now() - timedelta(hours=2))
    found = told()
    assert found["icp_requests", "default", "ready"] == 2 and found["icp_requests", "default", "draft"] == 0
    assert found["icp_oldest_request_seconds", "ready"] == pytest.approx(7200, abs=60)
    assert found["icp_oldest_request_seconds", "awaiting_bureau"] == 0


def test_it_tells_how_a_link_fares(link: Link) -> None:
    now = timezone.now()
    Link.objects.update(
        circuit=Circuit.OPEN,
        circuit_direction=Direction.SENDING,
        download_paused_at=now,
        upload_failures=4,
        emptied_at=now - timedelta(minutes=5),
        next_sequence=42,
    )
    found = told()
    assert (
        found["icp_link_circuit_open", "sending", UNIT],
        found["icp_link_circuit_open", "receiving", UNIT],
    ) == (1, 0)
    assert (found["icp_link_paused", "sending", UNIT], found["icp_link_paused", "receiving", UNIT]) == (0, 1)
    assert found["icp_link_failures", "sending", UNIT] == 4
    assert found["icp_link_emptied_seconds", UNIT] == pytest.approx(300, abs=30)
    assert found["icp_link_next_sequence", UNIT] == 42


def test_it_counts_real_calls_by_method_and_code(attachment_root: Any) -> None:
    with serve() as running:
        running.bureau.faults.add("code", method="isp_download", code=901)
        make_link(running.url)
        ready(1)
        send_link(Link.objects.get())
        poll_link(Link.objects.get(), asked=True)
        poll_link(Link.objects.get(), asked=True)
    found = told()
    calls = {key[1:]: value for key, value in found.items() if key[0] == "icp_calls_total"}
    assert calls["0", UNIT, "isp_upload", "answered"] == 1
    assert calls["901", UNIT, "isp_download", "answered"] == 1
    assert sum(calls.values()) == Call.objects.exclude(ended_at=None).count()
    assert found["icp_call_duration_seconds_count", UNIT, "isp_upload"] == 1
    assert found["icp_call_duration_seconds_sum", UNIT, "isp_upload"] > 0


def ended(link: Link, seconds: float | None, **more: Any) -> Call:
    began = timezone.now()
    end = None if seconds is None else began + timedelta(seconds=seconds)
    facts = {"method": Method.UPLOAD, "outcome": CallOutcome.UNKNOWN} | more
    return Call.objects.create(link=link, started_at=began, ended_at=end, **facts)


def test_it_sorts_durations_as_prometheus_does(link: Link) -> None:
    for seconds in (0.05, 0.2, 0.2, 7, 500):
        ended(link, seconds)
    found = told()
    buckets = {key[1]: value for key, value in found.items() if key[0] == "icp_call_duration_seconds_bucket"}
    assert list(buckets) == [*map(str, CALL_BOUNDS_S), "+Inf"]
    assert (buckets["0.1"], buckets["0.25"], buckets["5.0"], buckets["10.0"], buckets["+Inf"]) == (
        1,
        3,
        3,
        4,
        5,
    )


def test_it_counts_a_call_once_when_it_ends_and_keeps_the_count_when_it_is_erased(link: Link) -> None:
    call = ended(link, None)
    assert not CallFigure.objects.exists(), "it is still open"
    call.ended_at = timezone.now()
    call.save()
    call.message = "changed later"
    call.save()
    Call.objects.all().delete()
    (figure,) = CallFigure.objects.all()
    assert (figure.isp_id, figure.calls, figure.code) == (ISP_ID, 1, -1)


def test_it_tells_what_is_stored_and_who_lives(db: None, attachment_root: Any) -> None:
    stored_image()
    heartbeats.beat_heart(heartbeats.WORKER, "host:1")
    found = told()
    assert found["icp_attachments_bytes",] > 100 and found["icp_database_bytes",] > 1_000_000
    assert found["icp_data_folder_free_bytes",] > 0
    assert found["icp_heartbeat_seconds", "worker"] < 30
    assert found["icp_alerts_to_mail",] == 0 and found["icp_web_hooks_waiting",] == 0


def test_it_counts_tasks_that_failed(db: None) -> None:
    class Sender:
        name = "reporting.tasks.send"

    for _ in range(3):
        heartbeats._task_failed(sender=Sender)
    assert TaskFailure.objects.get().failures == 3
    assert told()["icp_task_failures_total", "reporting.tasks.send"] == 3


def test_one_group_that_cannot_be_read_costs_the_others_nothing(
    link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Any:
        raise OperationalError("canceling statement due to statement timeout")

    monkeypatch.setitem(figures.GROUPS, "calls", gone)
    found = told()
    assert (found["icp_scrape_failed", "calls"], found["icp_scrape_failed", "links"]) == (1, 0)
    assert ("icp_link_next_sequence", UNIT) in found


def test_it_costs_the_same_for_many_requests(link: Link, django_assert_max_num_queries: Any) -> None:
    ready(*range(1, 8))
    with django_assert_max_num_queries(60):
        figures.written()
