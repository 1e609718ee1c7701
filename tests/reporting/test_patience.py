from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from reporting.choices import Circuit, Direction
from reporting.models import Link
from reporting.services import patience
from tests.reporting.material import make_link

SENDING, RECEIVING = Direction.SENDING, Direction.RECEIVING
CHINA = ZoneInfo("Asia/Shanghai")


def at(clock: str, day: int = 24) -> datetime:
    """A moment in China, told in UTC as the database tells it."""
    hour, minute = map(int, clock.split(":"))
    return datetime(2026, 11, day, hour, minute, tzinfo=CHINA).astimezone(UTC)


@pytest.fixture
def quiet(db: None) -> Link:
    """A link whose bureau is not asked."""
    return make_link("http://127.0.0.1:9")


def stored(link: Link) -> Link:
    return Link.objects.get(pk=link.pk)


# --- back-off -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("failures", "seconds"), [(0, 5), (1, 5), (2, 10), (3, 20), (7, 320), (8, 600), (9, 600), (20_000, 600)]
)
def test_it_waits_longer_each_time_up_to_ten_minutes(failures: int, seconds: float) -> None:
    waits = {patience.back_off(failures).total_seconds() for _ in range(40)}
    assert len(waits) > 20, "links must not call in step"
    assert min(waits) >= seconds * 0.75
    assert max(waits) <= seconds * 1.25


def test_it_scales_every_wait_by_the_factor(settings: Any) -> None:
    settings.ICP_WAIT_FACTOR = 0.01
    assert patience.waits(60) == timedelta(seconds=0.6)
    assert patience.back_off(20) <= timedelta(seconds=7.5)


def test_it_counts_failures_of_the_two_directions_apart(quiet: Link) -> None:
    for _ in range(3):
        patience.wait_a_while(quiet, SENDING, "管局忙")
    found = stored(quiet)
    assert (found.upload_failures, found.upload_waiting_reason) == (3, "管局忙")
    assert (found.download_failures, found.download_not_before) == (0, None)
    assert not patience.may_call(found, SENDING)
    assert patience.may_call(found, RECEIVING)


def test_it_calls_again_once_the_wait_is_over(quiet: Link) -> None:
    patience.wait_a_while(quiet, RECEIVING, "管局忙", until=timezone.now() - timedelta(seconds=1))
    assert patience.may_call(stored(quiet), RECEIVING)


def test_it_forgets_the_wait_after_a_success(quiet: Link) -> None:
    patience.wait_a_while(quiet, SENDING, "管局忙")
    patience.all_is_well(quiet, SENDING)
    found = stored(quiet)
    assert (found.upload_failures, found.upload_waiting_reason, found.upload_not_before) == (0, "", None)


# --- codes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [4, 5, 9, 10, 11, 12, 13, 19])
def test_it_calls_a_person_at_once_and_says_what_to_check(code: int, quiet: Link) -> None:
    patience.heed(quiet, SENDING, code, "")
    found = stored(quiet)
    assert (found.circuit, found.circuit_code, found.circuit_direction) == (Circuit.OPEN, code, SENDING)
    assert f"代码 {code}" in found.circuit_reason
    assert len(found.circuit_reason) > 15, "the remedy stands in it"
    wait = found.upload_not_before - timezone.now()
    assert timedelta(seconds=50) < wait <= timedelta(seconds=60), "one probe a minute"


@pytest.mark.parametrize("code", [6, 7, 8, 16, 17, 18, 21, 999, 22, 555])
def test_it_calls_a_person_after_three_faults(code: int, quiet: Link) -> None:
    for _ in range(2):
        patience.heed(quiet, SENDING, code, "出错")
        assert stored(quiet).circuit == Circuit.CLOSED
    patience.heed(quiet, SENDING, code, "出错")
    found = stored(quiet)
    assert (found.circuit, found.circuit_code) == (Circuit.OPEN, code)
    assert "出错" in found.circuit_reason


@pytest.mark.parametrize("code", [15, 20, 901, 902])
def test_it_has_patience_without_end(code: int, quiet: Link) -> None:
    for _ in range(30):
        patience.heed(quiet, SENDING, code, "请稍后")
    found = stored(quiet)
    assert (found.circuit, found.upload_failures) == (Circuit.CLOSED, 30)
    assert found.upload_not_before - timezone.now() > timedelta(minutes=7)


def test_it_waits_for_the_hours_that_the_message_names(quiet: Link) -> None:
    now = timezone.localtime()
    start = (now + timedelta(hours=2)).strftime("%H:%M")
    end = (now + timedelta(hours=3)).strftime("%H:%M")
    words = patience.heed(quiet, SENDING, 20, f"不在规定的上报时间内，上报时间为{start}-{end}")
    wait = stored(quiet).upload_not_before - now
    assert timedelta(hours=1, minutes=58) < wait < timedelta(hours=2, minutes=1)
    assert start in words


# --- the circuit ----------------------------------------------------------------------------------


def test_it_probes_in_the_direction_that_found_a_fault_of_the_whole_link(quiet: Link) -> None:
    patience.call_a_person(quiet, SENDING, "口令错误", 5)
    Link.objects.update(upload_not_before=timezone.now() - timedelta(seconds=1))
    found = stored(quiet)
    assert patience.may_call(found, SENDING)
    assert not patience.may_call(found, RECEIVING)


def test_it_goes_on_receiving_while_reporting_alone_is_not_allowed(quiet: Link) -> None:
    patience.call_a_person(quiet, SENDING, "没有上报权限", 19)
    assert patience.may_call(stored(quiet), RECEIVING)


def test_it_sends_nothing_by_itself_after_a_result_that_concerns_the_whole_link(quiet: Link) -> None:
    patience.call_a_person(quiet, SENDING, "报备单位标识不符", 5003)
    Link.objects.update(upload_not_before=None)
    found = stored(quiet)
    assert not patience.may_call(found, SENDING)
    assert patience.may_call(found, RECEIVING)


def test_it_closes_the_circuit_by_a_success_of_the_direction_that_opened_it(quiet: Link) -> None:
    patience.call_a_person(quiet, SENDING, "口令错误", 5)
    patience.all_is_well(quiet, RECEIVING)
    assert stored(quiet).circuit == Circuit.OPEN
    patience.all_is_well(quiet, SENDING)
    found = stored(quiet)
    assert (found.circuit, found.circuit_reason, found.circuit_code) == (Circuit.CLOSED, "", None)
    assert (found.circuit_since, found.circuit_direction, found.upload_not_before) == (None, "", None)


def test_it_remembers_since_when_the_circuit_is_open(quiet: Link) -> None:
    patience.call_a_person(quiet, SENDING, "口令错误", 5)
    since = stored(quiet).circuit_since
    patience.call_a_person(quiet, SENDING, "口令错误", 5)
    assert stored(quiet).circuit_since == since


@pytest.mark.parametrize("direction", [SENDING, RECEIVING])
def test_it_leaves_open_what_another_process_opened_during_the_call(
    direction: Direction, quiet: Link
) -> None:
    calling = stored(quiet)
    patience.call_a_person(stored(quiet), SENDING, "报备单位标识不符", 5003)
    patience.all_is_well(calling, direction)
    assert (stored(quiet).circuit, stored(quiet).circuit_code) == (Circuit.OPEN, 5003)
    patience.wait_a_while(calling, direction, "管局忙")
    assert stored(quiet).circuit == Circuit.OPEN


def test_it_starts_afresh_in_both_directions_when_a_person_changed_the_parameters(quiet: Link) -> None:
    patience.wait_a_while(quiet, RECEIVING, "管局忙")
    patience.call_a_person(quiet, SENDING, "报备单位标识不符", 5003)
    patience.start_afresh(quiet)
    found = stored(quiet)
    assert found.circuit == Circuit.CLOSED
    assert patience.may_call(found, SENDING)
    assert patience.may_call(found, RECEIVING)


# --- hours ----------------------------------------------------------------------------------------

NINE_TO_HALF_PAST_FIVE = [
    "9:00-17:30",
    "不在规定的上报时间内，上报时间为09:00-17:30",
    "上报时间：09：00－17：30。",
    "09:00—17:30",
    "09:00–17:30",
    "09:00 ~ 17:30",
    "09:00～17:30",
    "每日9点-17点30分",
    "9时至17时30分",
    "9时00分到17时30分",
    "上午9:00至下午5:30",
    "上午 9 时至当日下午 5 时 30 分",
    "工作日（周一至周五）9:00至17:30",
    "09:00:00-17:30:00",
    "2026-11-24 09:00 至 17:30",
]


@pytest.mark.parametrize("message", NINE_TO_HALF_PAST_FIVE)
def test_it_understands_how_bureaus_write_their_hours(message: str) -> None:
    assert patience.next_opening(message, at("07:15")) == at("09:00")
    assert patience.next_opening(message, at("17:30")) == at("09:00", day=25)
    assert patience.next_opening(message, at("23:59")) == at("09:00", day=25)
    assert patience.next_opening(message, at("09:00")) is None
    assert patience.next_opening(message, at("17:29")) is None


def test_it_counts_the_day_in_china() -> None:
    assert patience.next_opening("9:00-17:00", datetime(2026, 11, 24, 17, 0, tzinfo=UTC)) == at(
        "09:00", day=25
    )


@pytest.mark.parametrize(
    ("now", "opening"),
    [("08:00", "08:30"), ("11:30", "13:30"), ("12:00", "13:30"), ("09:00", None), ("14:00", None)],
)
def test_it_knows_that_there_is_a_break_at_noon(now: str, opening: str | None) -> None:
    found = patience.next_opening("上报时间为8:30-11:30，13:30-17:30", at(now))
    assert found == (at(opening) if opening else None)


@pytest.mark.parametrize(
    ("now", "opening"), [("12:00", "22:00"), ("06:00", "22:00"), ("23:00", None), ("03:00", None)]
)
def test_it_knows_hours_that_pass_midnight(now: str, opening: str | None) -> None:
    found = patience.next_opening("上报时间为22:00-次日6:00", at(now))
    assert found == (at(opening) if opening else None)


@pytest.mark.parametrize("now", ["00:00", "12:00", "23:59"])
def test_it_does_not_wait_where_the_whole_day_is_open(now: str) -> None:
    assert patience.next_opening("00:00-24:00", at(now)) is None


@pytest.mark.parametrize(
    "message", ["", "系统维护", "请于9:00后上报", "25:00-26:00", "9:75-17:00", "2026-11-24", "1-2"]
)
def test_it_finds_no_hours_where_none_are_named(message: str) -> None:
    assert patience.next_opening(message, at("07:00")) is None
