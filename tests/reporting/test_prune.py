"""What has been kept long enough is erased; what the bureau may ask for, or what still waits, is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from celery.schedules import crontab
from django.conf import settings as django_settings
from django.utils import timezone

from filing.services.sealed_bytes import write_sealed
from reporting import tasks
from reporting.choices import EntryOutcome, FileState, Method
from reporting.models import BrokenDownload, Call, DataFile, FileEntry, Link, NumberCheck
from reporting.services import calls
from reporting.services.download import poll_link
from reporting.services.prune import prune
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.commands import run
from tests.reporting.material import ready

pytestmark = pytest.mark.django_db


def age(days: float, **which: Any) -> None:
    DataFile.objects.filter(**which).update(settled_at=timezone.now() - timedelta(days=days))


def kept(link: Link) -> list[int]:
    """The numbers whose bytes are still there."""
    rows = link.files.filter(zip_bytes__isnull=False).order_by("pk")
    return list(rows.values_list("sequence", flat=True))


@pytest.fixture
def three(link: Link) -> Link:
    """Three accepted files, a request in each, all with their result, settled long ago."""
    for number in (1, 2, 3):
        ready(number)
        send_link(link)
        poll_link(link)
    assert not FileEntry.objects.filter(outcome=EntryOutcome.WAITING).exists()
    age(100)
    return link


def test_it_erases_old_bytes_and_keeps_the_row_with_its_hashes(three: Link) -> None:
    before = {
        file.pk: (file.sha256, file.xml_sha256, len(file.zip_bytes or b"")) for file in three.files.all()
    }
    found = prune()
    assert (found.files, kept(three)) == (2, [3]), "the latest is what the bureau compares"
    for file in three.files.filter(pruned_at__isnull=False):
        assert (file.zip_bytes, file.state) == (None, FileState.ACCEPTED)
        assert (file.sha256, file.xml_sha256, file.zip_size) == before[file.pk]
        assert timezone.now() - file.pruned_at < timedelta(minutes=1)  # type: ignore[operator]
    assert prune().files == 0, "twice is once"


@pytest.mark.parametrize(("days", "left"), [(92.9, [1, 2, 3]), (93.1, [3])])
def test_it_keeps_them_for_as_long_as_set(three: Link, days: float, left: list[int]) -> None:
    age(days)
    prune()
    assert kept(three) == left


def test_it_keeps_what_still_waits_for_a_result(three: Link) -> None:
    FileEntry.objects.filter(file__sequence=1).update(outcome=EntryOutcome.WAITING)
    prune()
    assert kept(three) == [1, 3]


@pytest.mark.parametrize("state", [FileState.PACKED, FileState.UNCERTAIN, FileState.CONFLICT])
def test_it_never_touches_what_is_not_settled(three: Link, state: FileState) -> None:
    DataFile.objects.filter(sequence=1).update(state=state)
    prune()
    assert kept(three) == [1, 3]


@pytest.mark.parametrize("state", [FileState.REFUSED, FileState.DROPPED])
def test_it_erases_what_gave_its_number_back_after_a_month(three: Link, state: FileState) -> None:
    age(31)
    DataFile.objects.filter(sequence=1).update(state=state)
    found = prune()
    assert (found.files, found.unaccepted, kept(three)) == (0, 1, [2, 3])
    age(29, sequence=2)
    DataFile.objects.filter(sequence=2).update(state=state)
    assert (prune().unaccepted, kept(three)) == (0, [2, 3])


def test_links_have_their_latest_each(three: Link, start_bureau: Any) -> None:
    """The latest of one link says nothing of another's."""
    other = Link.objects.create(
        isp_id=310000000002, province=310000, base_url="http://bureau.invalid", next_sequence=2
    )
    DataFile.objects.filter(sequence=1).update(link=other)
    prune()
    assert (kept(three), kept(other)) == ([3], [1])


def test_it_deletes_the_calls_of_every_day_and_keeps_those_of_uploads(three: Link, bureau: Bureau) -> None:
    first = three.files.get(sequence=1)
    calls.previous_upload(three)
    calls.previous_upload(three, first)
    Call.objects.update(started_at=timezone.now() - timedelta(days=31))
    calls.previous_upload(three)
    routine = Call.objects.filter(file=None, started_at__lt=timezone.now() - timedelta(days=30)).count()
    assert routine > 6
    assert prune().calls == routine
    left = sorted(Call.objects.values_list("method", flat=True))
    assert left == sorted([Method.UPLOAD] * 3 + [Method.PREVIOUS_UPLOAD] * 2)


def test_it_erases_what_was_kept_for_people_once_they_are_done(three: Link) -> None:
    long_ago, now = timezone.now() - timedelta(days=100), timezone.now()
    for number, (resolved, size) in enumerate([(long_ago, 3), (None, 3)]):
        BrokenDownload.objects.create(
            link=three, bureau_name=f"D{number}", sha256="0", content=b"abc", size_bytes=size, reason="坏",
            first_at=long_ago, last_at=long_ago, resolved_at=resolved,
        )  # fmt: skip
    for decided in (long_ago, now):
        NumberCheck.objects.create(
            link=three, asked_at=long_ago, our_next=1, bureau_sequence=0, verdict="ahead", decided_at=decided,
            bureau_zip=b"zip",
        )  # fmt: skip
    found = prune()
    assert (found.broken_downloads, found.number_checks) == (1, 1)
    assert list(BrokenDownload.objects.order_by("pk").values_list("bureau_name", "content")) == [
        ("D0", None),
        ("D1", b"abc"),
    ]
    assert NumberCheck.objects.filter(bureau_zip__isnull=False).get().decided_at == now


def test_it_erases_large_bytes_that_came_in_pieces(three: Link) -> None:
    file = three.files.get(sequence=1)
    write_sealed(file, "zip_bytes", b"x" * 3_000_000)
    prune()
    file.refresh_from_db()
    assert (file.zip_bytes, file.zip_size) == (None, 3_000_000)


def test_the_command_counts_first_and_then_does_it(three: Link) -> None:
    ran = run("prune", "--dry-run", "--json")
    assert (ran.code, ran.json["pruned"]["files"], kept(three)) == (0, 2, [1, 2, 3])
    ran = run("prune")
    assert ran.code == 0 and "已清理受理满 93 天的文件内容\t2" in ran.out
    assert kept(three) == [3]


def test_it_is_done_every_night_in_shanghai(three: Link) -> None:
    entry = django_settings.CELERY_BEAT_SCHEDULE["prune"]
    assert entry["task"] == tasks.prune_what_is_old.name
    assert entry["schedule"] == crontab(hour=2, minute=40)
    assert django_settings.CELERY_TIMEZONE == "Asia/Shanghai"
    tasks.prune_what_is_old()
    assert kept(three) == [3]
