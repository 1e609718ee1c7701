"""Times as people say them: how long ago, how long already, and on which day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

MINUTE_S, HOUR_S, DAY_S = 60, 3600, 86400


def duration_words(span: timedelta) -> str:
    """Say a length of time: 38 秒, 2 分钟, 3 小时, 9 天 4 小时. It is a second at least."""
    seconds = max(1, int(span.total_seconds()))
    if seconds < MINUTE_S:
        return f"{seconds} 秒"
    if seconds < HOUR_S:
        return f"{seconds // MINUTE_S} 分钟"
    if seconds < DAY_S:
        return f"{seconds // HOUR_S} 小时"
    days, hours = seconds // DAY_S, seconds % DAY_S // HOUR_S
    return f"{days} 天 {hours} 小时" if hours and days < 30 else f"{days} 天"


def rough_words(span: timedelta) -> str:
    """Say a length of time in its largest unit: 38 秒, 3 小时, 9 天."""
    return " ".join(duration_words(span).split(" ")[:2])


def day_words(at: datetime, now: datetime | None = None) -> str:
    """Say a moment as a list does, in local time: 今天 14:20, 昨天 09:52, 11-14 10:00, 2025-11-14."""
    local, today = timezone.localtime(at), timezone.localtime(now or timezone.now()).date()
    days = (today - local.date()).days
    if days in (0, 1):
        return f"{'昨天' if days else '今天'} {local:%H:%M}"
    return f"{local:%m-%d %H:%M}" if local.year == today.year else f"{local:%Y-%m-%d}"


@dataclass(frozen=True)
class Freshness:
    """How fresh the last check is. Shape: `bars` 4 (just now) to 0 (older than the promise: stale)."""

    at: datetime | None
    bars: int
    stale: bool

    @classmethod
    def of(cls, at: datetime | None, promise: timedelta, now: datetime | None = None) -> Freshness:
        """Compare the age of a check with what is promised. A check that never was is stale."""
        if at is None:
            return cls(None, 0, True)
        share = ((now or timezone.now()) - at) / promise
        if share >= 1:
            return cls(at, 1 if share < 2 else 0, True)
        return cls(at, 4 - min(2, int(max(share, 0.0) * 3)), False)
