"""A move of address ranges: what is exchanged, whom it concerns, one change for each subject, taken back together."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from filing.choices import BatchAct, BatchAim, BatchRowState, BatchStage, Operation, RequestState
from filing.filed_data import AccessData, DomainData, RangeData
from filing.identifiers import parse_ipv4
from filing.models import Batch, Request
from filing.services.batch_running import carry_on
from filing.services.batches import ALL_UNPACKED, progress_of, start_act
from filing.services.errors import NotAllowed
from filing.services.filed import record_filed
from filing.services.moving import BadMove, Exchange, Move, exchanged, preview, read_exchanges
from filing.services.moving_making import begin_move
from filing.services.revisions import current_revision
from filing.services.starting import begin
from tests import factories
from tests.factories import COMMAND, ISP_ID, filed_subject, filed_website
from tests.filing.filings import PERSON

NET = parse_ipv4("203.0.113.0")


def at(last: int, net: int = NET) -> int:
    return net + last


def filed(number: int, *ranges: tuple[int, int], provider: int | None = None, location: int = 2) -> Any:
    """A subject that is filed with one website on these addresses."""
    spans = tuple(
        RangeData(first, last, bureau_id=50_000 + 10 * number + i) for i, (first, last) in enumerate(ranges)
    )
    access = AccessData(
        40_000 + number,
        ranges=spans,
        provider_id=provider,
        server_locations=(location,),
        methods=(3,),
    )
    domain = DomainData(f"moved{number}.cn", bureau_id=30_000 + number)
    site = filed_website(
        bureau_id=20_000 + number,
        number=f"京ICP备2026{number:06d}号-1",
        name=f"虚构站 {number}",
        domains=(domain,),
        accesses=(access,),
        service_contents=(8,),
        languages=(1,),
        responsible=PERSON,
    )
    subject = filed_subject(
        site,
        bureau_id=10_000 + number,
        number=f"京ICP备2026{number:06d}号",
        name=f"虚构主体 {number}",
        nature=4,
        city=110100,
        county=110108,
        address_detail="虚构路1号",
        certificate_number=factories.papers.credit_code(110108, 3000 + number),
        certificate_address="北京市海淀区虚构路1号",
        responsible=PERSON,
    )
    return record_filed(subject, isp_id=ISP_ID, proof={"download": 1, "position": 1})[0]


def run(batch: Batch) -> Batch:
    while carry_on(batch.pk):
        pass
    return Batch.objects.get(pk=batch.pk)


MOVE = Move((Exchange((NET, at(127)), (parse_ipv4("8.8.4.0"), parse_ipv4("8.8.4.127"))),))


def test_it_exchanges_one_to_one_cuts_what_lies_in_part_and_puts_all_into_one() -> None:
    one = Exchange((100, 199), (1100, 1199))
    assert exchanged([(110, 120), (300, 310)], [one]) == [(1110, 1120), (300, 310)]
    assert exchanged([(90, 120)], [one]) == [(90, 99), (1100, 1120)]
    assert exchanged([(190, 210)], [one]) == [(1190, 1199), (200, 210)]
    assert exchanged([(110, 110), (150, 160)], [Exchange((100, 199), (7, 8))]) == [(7, 8)]
    # What came from one exchange is not moved again by the next.
    assert exchanged([(110, 110)], [one, Exchange((1100, 1199), (5, 104))]) == [(1110, 1110)]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "8.8.4.4", "换下的"),
        ("203.0.113.9", "x", "不是 IP 段"),
        ("203.0.113.9-203.0.113.1", "8.8.4.4", "颠倒"),
        ("203.0.113.0/24 203.0.113.8", "8.8.4.4", "重叠"),
        ("203.0.113.1 203.0.113.2 203.0.113.3", "8.8.4.4 8.8.4.5", "左边 3 段，右边 2 段"),
        ("203.0.113.1", "10.0.0.1", "1006"),
        ("203.0.113.1", "203.0.113.1", "换前换后一样"),
    ],
)
def test_it_says_why_what_was_typed_is_no_move(old: str, new: str, words: str) -> None:
    with pytest.raises(BadMove, match=words):
        read_exchanges(old, new)


@pytest.mark.django_db
def test_it_tells_whom_a_move_concerns_and_whom_it_cannot_change() -> None:
    going = filed(1, (at(5), at(6)), (at(200), at(210)))
    filed(2, (at(150), at(160)))
    filed(3, (at(7), at(7)), provider=987654321)
    standing = begin(Operation.CHANGE, filed(4, (at(8), at(8))), actor=COMMAND)
    filed(5, (at(9), at(9)), location=27)
    found = preview(MOVE)
    assert [each.subject for each in found.going if each.subject.pk == going.pk] == [going]
    assert (found.foreign, [each.standing for each in found.held_back]) == (1, [standing])
    assert found.going[0].lines == [("虚构站 1", ["203.0.113.5-203.0.113.6"], ["8.8.4.5-8.8.4.6"])]
    narrowed = preview(Move(MOVE.exchanges, location=27))
    assert [each.subject.name for each in narrowed.going] == ["虚构主体 5"]
    assert preview(Move(MOVE.exchanges, province=310000)).concerned == []


@pytest.mark.django_db
def test_it_makes_one_change_for_each_subject_with_all_that_is_filed() -> None:
    owner = factories.user("owner", "enter_request")
    filed(1, (at(5), at(6)), (at(200), at(210)))
    filed(4, (at(8), at(8)))
    batch = begin_move(MOVE, user=owner, aim=BatchAim.DRAFT)
    begin(Operation.CHANGE, batch.rows.get(name="虚构主体 4").subject, actor=COMMAND)
    batch = run(batch)
    first, second = batch.rows.order_by("number")
    # What began between the preview and the making stands in the way: said, and nothing else is held up.
    assert (second.state, "已有变更" in second.words) == (BatchRowState.REFUSED, True)
    content = current_revision(first.request).content
    ranges = content["websites"][0]["accesses"][0]["ip_ranges"]
    assert [(each["start"], each["end"], each.get("bureau_id")) for each in ranges] == [
        ("8.8.4.5", "8.8.4.6", None),
        ("203.0.113.200", "203.0.113.210", 50_011),
    ]
    assert all(each["own_id"] for each in ranges)
    assert (first.request.created_by, first.request.events.get().actor_user) == (owner, owner)
    assert content["websites"][0]["domains"][0]["bureau_id"] == 30_001


@pytest.mark.django_db
def test_it_hands_in_takes_back_what_is_not_packed_and_nothing_else() -> None:
    group = factories.people()
    filed(1, (at(5), at(5)))
    filed(2, (at(6), at(6)))
    batch = run(begin_move(MOVE, user=group.owner, aim=BatchAim.REVIEW))
    assert batch.act == BatchAct.SUBMIT
    requests = [row.request for row in batch.rows.order_by("number")]
    assert [each.state for each in requests] == [RequestState.IN_REVIEW] * 2
    factories.bring_to(requests[0], RequestState.PACKED, group)
    start_act(batch, BatchAct.WITHDRAW, user=group.owner, what=ALL_UNPACKED)
    with pytest.raises(NotAllowed):
        start_act(batch, BatchAct.WITHDRAW, user=group.owner, what=ALL_UNPACKED)
    batch = run(batch)
    found = progress_of(batch)
    assert found.requests == {RequestState.PACKED: 1, RequestState.WITHDRAWN: 1}


@pytest.mark.django_db
def test_it_needs_no_more_queries_for_many() -> None:
    def queries(first: int, count: int) -> int:
        for number in range(first, first + count):
            filed(number, (at(number % 100), at(number % 100)))
        batch = begin_move(MOVE, user=None, aim=BatchAim.DRAFT)
        with CaptureQueriesContext(connection) as seen:
            run(batch)
        Request.objects.all().delete()
        return len(seen)

    assert queries(1, 2) == queries(3, 12)


@pytest.mark.django_db
def test_it_resumes_after_a_fault_without_doubles(monkeypatch: pytest.MonkeyPatch) -> None:
    filed(1, (at(5), at(5)))
    batch = begin_move(MOVE, user=None, aim=BatchAim.DRAFT)

    def dies(rows: Any) -> None:
        raise RuntimeError("虚构的故障")

    with monkeypatch.context() as patched:
        patched.setattr("filing.services.batch_running.write_rows", dies)
        with pytest.raises(RuntimeError):
            carry_on(batch.pk)
    batch.refresh_from_db()
    assert (batch.stage, Request.objects.count()) == (BatchStage.FAILED, 0)
    Batch.objects.filter(pk=batch.pk).update(stage=BatchStage.WAITING)
    assert run(batch).stage == BatchStage.FINISHED
    assert Request.objects.get().operation == Operation.CHANGE
