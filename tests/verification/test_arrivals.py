"""Work that the bureau asks for: one open piece about one thing, closed by a person, and back if that was too early."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from filing.services.errors import NotAllowed
from tests.factories import ISP_ID, OTHER_ISP_ID, user
from verification.arriving import NoticeData
from verification.choices import NoticeKind, WorkState
from verification.models import Notice, UnfiledWebsite
from verification.services.arrivals import Kept, close, reopen
from verification.services.notices import record_notice

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def notice(position: int = 1, *, isp_id: int = ISP_ID, **more: Any) -> tuple[Notice, Kept]:
    values: dict[str, Any] = {"words": "改名称", "kind": NoticeKind.SUBJECT, "bureau_id": 1}
    proof = {"download": 1, "name": "D1.xml", "position": position}
    return record_notice(NoticeData(**values | more), isp_id=isp_id, proof=proof, at=AT)


def test_it_knows_what_the_same_record_brought_before() -> None:
    row, first = notice()
    close(row)

    again, second = notice()

    assert (first, second, again.pk) == (Kept.NEW, Kept.KNOWN, row.pk)
    assert Notice.objects.get().state == WorkState.DONE


def test_it_keeps_the_links_apart() -> None:
    notice(1)
    notice(2, isp_id=OTHER_ISP_ID)

    assert Notice.objects.count() == 2


def test_it_remembers_who_closed_it_when_and_why() -> None:
    person = user("staff")
    row, _kept = notice()

    close(row, user=person, note="  已联系主办者 ")

    assert (row.state, row.done_by, row.done_note) == (WorkState.DONE, person, "已联系主办者")
    assert row.done_at and timezone.now() - row.done_at < timedelta(minutes=1)


def test_it_is_closed_by_what_settles_it_without_a_person() -> None:
    row, _kept = notice()

    close(row, note="核实结果已上报")

    assert (row.done_by, row.done_note) == (None, "核实结果已上报")


def test_it_refuses_to_close_twice_and_keeps_the_first_word() -> None:
    row, _kept = notice()
    stale = Notice.objects.get()
    close(row, note="一")

    with pytest.raises(NotAllowed, match="标为已处理"):
        close(stale, note="二")

    assert Notice.objects.get().done_note == "一"


def test_it_takes_the_mark_back() -> None:
    row, _kept = notice()
    close(row, user=user("staff"), note="早了")

    reopen(row)

    assert (row.state, row.done_at, row.done_by, row.done_note) == (WorkState.OPEN, None, None, "")
    with pytest.raises(NotAllowed, match="本来就待处理"):
        reopen(row)


def test_it_does_not_take_the_mark_back_where_the_same_is_open_meanwhile() -> None:
    row, _kept = notice(1)
    close(row)
    notice(2)

    with pytest.raises(NotAllowed, match="不必恢复"):
        reopen(row)

    assert Notice.objects.filter(state=WorkState.OPEN).count() == 1


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ({"state": "maybe"}, "notice_(state_known|done_has_its_time)"),
        ({"state": "done"}, "notice_done_has_its_time"),
        ({"done_at": AT}, "notice_done_has_its_time"),
        ({"about": ""}, "notice_is_about_something"),
        ({"kind": 5}, "notice_kind_known"),
    ],
)
def test_it_lets_the_database_refuse_what_cannot_be(columns: dict[str, Any], constraint: str) -> None:
    row, _kept = notice()

    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Notice.objects.filter(pk=row.pk).update(**columns)


def test_it_lets_the_database_keep_one_open_piece_about_one_thing() -> None:
    facts: dict[str, Any] = {"isp_id": ISP_ID, "about": "id:1", "received_at": AT, "latest_at": AT}
    UnfiledWebsite.objects.create(**facts, domain="a.example.cn", bureau_id=1)

    with pytest.raises(IntegrityError, match="unfiledwebsite_one_open_work"), transaction.atomic():
        UnfiledWebsite.objects.create(**facts, domain="a.example.cn", bureau_id=2)
    with pytest.raises(IntegrityError, match="bureau_id_once"), transaction.atomic():
        UnfiledWebsite.objects.create(**facts | {"about": "id:2"}, domain="a.example.cn", bureau_id=1)
    with pytest.raises(IntegrityError, match="address_in_range"), transaction.atomic():
        UnfiledWebsite.objects.create(**facts | {"about": "id:3"}, domain="a.example.cn", address=0)
