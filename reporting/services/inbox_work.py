"""What a person does with what came: apply one download or all of them once more, or mark a record as dealt with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from filing.services.errors import NotAllowed
from reporting.choices import Direction
from reporting.inbox import NEEDS_A_PERSON, OPEN_ITEMS
from reporting.models import Download, DownloadItem, Link
from reporting.services.apply import apply_download
from reporting.services.locks import link_lock

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def apply_again(download: Download) -> tuple[int, int]:
    """Apply what was not done yet, from the kept bytes: what it belongs to may have come meanwhile.

    Returns how many records there are and how many still need a person.
    Raises: NotAllowed while another process receives over this link.
    """
    with link_lock(download.link, Direction.RECEIVING) as held:
        if not held:
            raise NotAllowed("此链路正在下载，稍等几秒再试")
        return apply_download(download)


MOST_FILES_AT_ONCE = 200
"""Applied at one click, while its page waits; the click tells how many are left for the next."""


@dataclass(frozen=True)
class AppliedAgain:
    """What came of applying all once more: files tried, records that succeeded now and that still need a person.

    `busy` names links that were receiving at the moment, `files_left` counts those beyond what one click takes.
    """

    files: int
    settled: int
    left: int
    files_left: int = 0
    busy: tuple[str, ...] = ()


def apply_all_again(link: Link | None = None) -> AppliedAgain:
    """Apply every download with records that need a person once more, of one link or of all; oldest first."""
    mine = DownloadItem.objects.filter(OPEN_ITEMS)
    if link is not None:
        mine = mine.filter(download__link=link)
    by_link: dict[int, list[int]] = {}
    keys = mine.order_by("download_id").values_list("download_id", "download__link_id").distinct()
    wanted = list(keys)
    for key, link_key in wanted[:MOST_FILES_AT_ONCE]:
        by_link.setdefault(link_key, []).append(key)
    before = mine.count()
    done, busy = 0, []
    for each in Link.objects.filter(pk__in=by_link).order_by("pk"):
        with link_lock(each, Direction.RECEIVING) as held:
            if not held:
                busy.append(str(each))
                continue
            for key in by_link[each.pk]:
                apply_download(Download.objects.select_related("link").defer("zip_bytes").get(pk=key))
                done += 1
    left = mine.count()
    files_left = max(len(wanted) - MOST_FILES_AT_ONCE, 0)
    return AppliedAgain(done, max(before - left, 0), left, files_left, tuple(busy))


@transaction.atomic
def mark_handled(item: DownloadItem, *, user: User, note: str = "") -> None:
    """A person dealt with a record that nobody could match, apply or understand. Its outcome stays what it was.

    Raises: NotAllowed where it needs nobody, or is marked already.
    """
    locked = DownloadItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if locked.outcome not in NEEDS_A_PERSON:
        raise NotAllowed("这一条不需要人工处理")
    if locked.handled_at is not None:
        raise NotAllowed(f"这一条已在 {timezone.localtime(locked.handled_at):%m-%d %H:%M} 标为已处理")
    locked.handled_at, locked.handled_by, locked.handled_note = timezone.now(), user, note.strip()
    locked.save(update_fields=["handled_at", "handled_by", "handled_note"])
    item.refresh_from_db()


@transaction.atomic
def take_back(item: DownloadItem) -> None:
    """Take the mark back. Raises: NotAllowed where there is none."""
    locked = DownloadItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if locked.handled_at is None:
        raise NotAllowed("这一条没有标为已处理")
    locked.handled_at, locked.handled_by, locked.handled_note = None, None, ""
    locked.save(update_fields=["handled_at", "handled_by", "handled_note"])
    item.refresh_from_db()
