"""A person keeps one direction of a link from calling, until somebody lets it go on. Who, when and why is kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from filing.actors import person
from filing.services.errors import NotAllowed
from filing.times import day_words
from reporting.choices import Direction
from reporting.models import Link, LinkPause

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_REASON = 200
_SIDE = {Direction.SENDING: "upload", Direction.RECEIVING: "download"}


def pause_words(link: Link, direction: Direction, now: datetime | None = None) -> str:
    """今天 14:20 起由王小明暂停上报：原因. Empty where the direction is not paused."""
    since = link.paused_at(direction)
    if since is None:
        return ""
    sending = direction == Direction.SENDING
    by = link.upload_paused_by if sending else link.download_paused_by
    reason = link.upload_paused_reason if sending else link.download_paused_reason
    return f"{day_words(since, now)} 起由 {by} 暂停{direction.label}：{reason}"


def pause(link: Link, direction: Direction, *, user: User, reason: str) -> None:
    """Stop calling in a direction: a call that is under way ends.

    Raises: NotAllowed without a reason, or where it is paused.
    """
    reason = reason.strip()[:MOST_REASON]
    if not reason:
        raise NotAllowed("暂停要写明原因，同事才知道为什么停、什么时候恢复")
    _write(link, direction, user=user, reason=reason, is_pause=True)


def resume(link: Link, direction: Direction, *, user: User) -> None:
    """Go on with the next wake-up. Raises: NotAllowed where it is not paused."""
    _write(link, direction, user=user, reason="", is_pause=False)


@transaction.atomic
def _write(link: Link, direction: Direction, *, user: User, reason: str, is_pause: bool) -> None:
    found = (
        Link.objects.select_for_update().only("pk", "upload_paused_at", "download_paused_at").get(pk=link.pk)
    )
    if (found.paused_at(direction) is not None) == is_pause:
        raise NotAllowed(f"{direction.label}已经{'暂停了' if is_pause else '恢复了'}")
    now, name, side = timezone.now(), person(user).name, _SIDE[direction]
    columns = {
        f"{side}_paused_at": now if is_pause else None,
        f"{side}_paused_by": name if is_pause else "",
        f"{side}_paused_reason": reason,
    }
    Link.objects.filter(pk=link.pk).update(**columns)
    LinkPause.objects.create(
        link=link, direction=direction, is_pause=is_pause, reason=reason, by=user, by_name=name, at=now
    )
    link.refresh_from_db(fields=list(columns))
