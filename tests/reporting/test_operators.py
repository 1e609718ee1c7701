"""Who looks after the links is told of what needs them, and no longer when it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from filing.choices import AlertKind
from filing.models import Alert, Request
from reporting.choices import Cause, Direction
from reporting.models import BrokenDownload, Diagnosis, Link, NumberCheck
from reporting.services import patience
from reporting.services.operators import tell_operators
from tests import factories
from tests.reporting import material

pytestmark = pytest.mark.django_db


@pytest.fixture
def link() -> Link:
    return material.make_link("http://127.0.0.1:1")


@pytest.fixture
def otto() -> User:
    return factories.user("otto", "operate_link")


def open_ones(kind: AlertKind) -> list[str]:
    return list(Alert.objects.filter(kind=kind, ended_at=None).values_list("words", flat=True))


def test_it_tells_at_once_that_a_link_stopped_and_that_it_goes_again(link: Link, otto: User) -> None:
    patience.call_a_person(link, Direction.SENDING, "用户名或口令不对", 4)
    alert = Alert.objects.get()
    assert alert.user == otto and alert.kind == AlertKind.LINK and alert.urgency == "now"
    assert "用户名或口令不对" in alert.words and alert.isp_id == link.isp_id
    patience.call_a_person(link, Direction.SENDING, "用户名或口令不对", 4)
    assert tell_operators() == 0 and Alert.objects.count() == 1
    patience.all_is_well(link, Direction.SENDING)
    alert.refresh_from_db()
    assert alert.ended_at is not None and len(open_ones(AlertKind.LINK_AGAIN)) == 1
    assert tell_operators() == 0 and len(open_ones(AlertKind.LINK_AGAIN)) == 1


def test_it_says_nothing_of_a_link_that_never_stopped(link: Link, otto: User) -> None:
    patience.wait_a_while(link, Direction.SENDING, "系统维护中")
    patience.all_is_well(link, Direction.SENDING)
    assert tell_operators() == 0 and not Alert.objects.exists()


def test_it_tells_of_numbers_that_differ_until_somebody_decided(link: Link, otto: User) -> None:
    check = NumberCheck.objects.create(
        link=link, verdict="ahead", our_next=3, bureau_sequence=5, asked_at=timezone.now()
    )
    tell_operators()
    assert len(open_ones(AlertKind.NUMBERS)) == 1
    NumberCheck.objects.filter(pk=check.pk).update(decision="adopt")
    tell_operators()
    assert open_ones(AlertKind.NUMBERS) == []


def test_it_tells_of_a_queue_that_does_not_move_although_the_link_is_open(link: Link, otto: User) -> None:
    request = factories.request_in("ready")
    tell_operators()
    assert open_ones(AlertKind.QUEUE) == []
    Request.objects.filter(pk=request.pk).update(ready_at=timezone.now() - timedelta(hours=1))
    tell_operators()
    assert "没有发出去" in open_ones(AlertKind.QUEUE)[0]
    Link.objects.update(
        upload_waiting_reason="不在上报时段", upload_not_before=timezone.now() + timedelta(hours=1)
    )
    tell_operators()
    assert open_ones(AlertKind.QUEUE) == []


def test_it_does_not_take_what_is_held_or_put_off_for_a_queue(link: Link, otto: User) -> None:
    long_ago = timezone.now() - timedelta(hours=1)
    held, later = factories.request_in("ready"), factories.request_in("ready")
    Request.objects.filter(pk=held.pk).update(ready_at=long_ago, held_reason="等人放行")
    Request.objects.filter(pk=later.pk).update(
        ready_at=long_ago, not_before=timezone.now() + timedelta(hours=1)
    )
    tell_operators()
    assert open_ones(AlertKind.QUEUE) == []


def test_it_tells_of_broken_files_by_link(link: Link, otto: User) -> None:
    now = timezone.now()
    for n in range(2):
        BrokenDownload.objects.create(
            link=link,
            bureau_name=f"F{n}",
            claimed_hash="x",
            sha256=f"{n}",
            content=b"",
            size_bytes=0,
            reason="哈希值不符",
            first_at=now,
            last_at=now,
        )
    tell_operators()
    assert "2 个文件没有通过校验" in open_ones(AlertKind.BROKEN)[0]
    BrokenDownload.objects.update(resolved_at=now)
    tell_operators()
    assert open_ones(AlertKind.BROKEN) == []


def test_it_gathers_stuck_requests_by_cause_for_operators_and_for_who_entered_them(
    link: Link, otto: User
) -> None:
    group = factories.people()
    rows = [factories.request_in("awaiting_bureau", group) for _ in range(3)]
    for row in rows:
        Diagnosis.objects.create(
            request=row,
            cause=Cause.OVERDUE,
            needs_person=True,
            found_at=timezone.now(),
            next_look_at=timezone.now(),
        )
    Diagnosis.objects.filter(request=rows[2]).update(needs_person=False)
    tell_operators()
    told = dict(Alert.objects.filter(kind=AlertKind.STUCK).values_list("user", "words"))
    assert set(told) == {otto.pk, group.owner.pk}
    assert told[group.owner.pk].startswith("2 件报备单要人处理：超过 20 个工作日仍无结论")
    Diagnosis.objects.all().delete()
    tell_operators()
    assert open_ones(AlertKind.STUCK) == []


def test_it_tells_administrators_where_nobody_looks_after_links(link: Link) -> None:
    boss = User.objects.create_superuser("boss", password="boss")
    patience.call_a_person(link, Direction.SENDING, "加密密钥不对", 10)
    assert Alert.objects.get().user == boss
