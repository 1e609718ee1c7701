"""What a person does with what came: apply a download once more, or mark a record as dealt with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from filing.services.errors import NotAllowed
from reporting.choices import Direction
from reporting.inbox import NEEDS_A_PERSON
from reporting.models import Download, DownloadItem
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
