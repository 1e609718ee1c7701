"""Which process sends, for which bureau, and in which wrapping."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from reporting.choices import Direction, FileState
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.material import (
    ENCRYPTING_UNIT,
    ISP_ID,
    OTHER_ISP_ID,
    OTHER_UNIT,
    UNIT,
    filing_json,
    held_elsewhere,
    make_link,
    ready,
    states,
)

pytestmark = pytest.mark.django_db


def test_it_leaves_a_link_alone_that_another_process_is_sending_on(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    with held_elsewhere(link, Direction.SENDING):
        (row,) = send_link(link, asked=True)
        assert (row.outcome, states(request), len(bureau.journal)) == ("busy", ["ready"], 0)
        assert poll_link(link) == [], "receiving does not wait for it"
    assert send_link(link)[0].outcome == FileState.ACCEPTED


def test_it_takes_a_subject_of_another_province_for_forwarded(link: Link, bureau: Bureau) -> None:
    here = filing_json(1)
    away = filing_json(
        2, subject__address={"province": 310000, "city": 310100, "county": 310115, "detail": "示例路2号"}
    )
    requests = ready(here, away)
    send_link(link)
    assert states(*requests) == ["awaiting_bureau", "forwarded"]
    event = requests[1].events.last()
    assert event is not None
    assert "转主体所在省管局" in event.reason
    poll_link(link)
    assert states(*requests) == ["approved", "approved"]


@pytest.mark.parametrize("previous", ["as_sent", "plain", "rezipped"])
def test_it_goes_the_whole_way_encrypted(previous: str, start_bureau: Callable[..., Running]) -> None:
    running = start_bureau(units=[ENCRYPTING_UNIT], options={"previous": previous})
    link = make_link(running.url, ENCRYPTING_UNIT)
    requests = ready(1, 2)
    running.bureau.faults.add("lost_answer", method="isp_upload")
    assert [row.outcome for row in send_link(link)] == [FileState.UNCERTAIN]
    assert [row.outcome for row in send_link(link, asked=True)] == [FileState.ACCEPTED]
    assert running.bureau.accepted_file(ISP_ID, 1).encrypted
    assert {row.outcome for row in poll_link(link, asked=True)} == {"stored"}
    assert states(*requests) == ["approved"] * 2


def test_it_says_6_where_the_key_is_wrong_and_goes_on_with_the_right_one(
    start_bureau: Callable[..., Running],
) -> None:
    running = start_bureau(units=[ENCRYPTING_UNIT])
    link = make_link(running.url, ENCRYPTING_UNIT, aes_key="another-key-0000")
    (request,) = ready(1)
    (row,) = send_link(link)
    assert (row.code in (6, 7), row.outcome, states(request)) == (True, FileState.REFUSED, ["ready"])
    link = make_link(running.url, ENCRYPTING_UNIT)
    assert [row.outcome for row in send_link(link)] == [FileState.ACCEPTED]


def test_it_numbers_each_link_by_itself(start_bureau: Callable[..., Running]) -> None:
    running = start_bureau(units=[UNIT, OTHER_UNIT])
    here, away = make_link(running.url), make_link(running.url, OTHER_UNIT)
    requests = ready(filing_json(1), filing_json(2, isp_id=OTHER_ISP_ID), filing_json(3))
    assert [(row.sequence, row.refs) for row in send_link(here)] == [(1, ["t-0001", "t-0003"])]
    assert [(row.sequence, row.refs) for row in send_link(away)] == [(1, ["t-0002"])]
    assert states(*requests) == ["awaiting_bureau", "forwarded", "awaiting_bureau"]
    assert [len(running.bureau.accepted(isp_id)) for isp_id in (ISP_ID, OTHER_ISP_ID)] == [1, 1]
    assert sorted(Link.objects.values_list("next_sequence", flat=True)) == [2, 2]
