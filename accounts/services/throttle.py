"""Waits after failed sign-ins: by account name and by address, longer with each failure, kept in the database.

A try is counted before it is looked at, under a lock of its rows, and forgiven when it was right: a thousand tries at
once are a thousand tries. While a wait lasts nothing is looked at, so the right password is refused like any other.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import FailedTries, TryKind

FORGET_AFTER = timedelta(hours=24)
MOST_NAME = 150


@dataclass(frozen=True)
class Pace:
    """From the `free`-th failure on there is a wait: `first` after it, twice as long after each more, at most `most`.

    With a `window` the count begins anew so long after its first failure, however many there are.
    """

    free: int
    window: timedelta | None = None
    first: timedelta = timedelta(seconds=30)
    most: timedelta = timedelta(hours=1)

    def wait(self, failures: int) -> timedelta | None:
        """How long after so many failures; None where it may be tried at once."""
        if failures < self.free:
            return None
        doublings = min(failures - self.free, 20)
        wait: timedelta = self.first * 2**doublings
        return min(wait, self.most)


# Behind one name there is one person, who begins anew with the right password. Behind one address there may be a whole
# office, where somebody mistypes every day: without a window its slips would add up until nobody there could sign in.
PACES = {
    TryKind.ACCOUNT: Pace(5),
    TryKind.ADDRESS: Pace(30, window=timedelta(hours=1)),
    TryKind.CODE: Pace(5),
}


@dataclass(frozen=True, order=True)
class Key:
    """What a try is counted by."""

    kind: TryKind
    key: str


class TryLater(Exception):
    """There were too many failures: not before `until`."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"not before {until.isoformat()}")
        self.until = until

    @property
    def words(self) -> str:
        """How long to wait, in words."""
        seconds = max(1, ceil((self.until - timezone.now()).total_seconds()))
        wait = f"{seconds} 秒" if seconds < 60 else f"{-(-seconds // 60)} 分钟"
        return f"失败次数太多，请过 {wait}再试。"


def account_key(name: str) -> Key:
    """By the name as typed, in one spelling. Whether there is such an account makes no difference."""
    plain = unicodedata.normalize("NFKC", name[:MOST_NAME]).casefold().strip()
    return Key(TryKind.ACCOUNT, _hash(TryKind.ACCOUNT, plain))


def address_key(address: str | None) -> Key:
    """By the visitor's address; all whose address nobody tells count as one."""
    return Key(TryKind.ADDRESS, _hash(TryKind.ADDRESS, address or ""))


def code_key(user: User) -> Key:
    """By the person whose second factor is asked for."""
    return Key(TryKind.CODE, _hash(TryKind.CODE, str(user.pk)))


def begin_try(*keys: Key) -> None:
    """Count a try, as a failure until `forgive` says otherwise.

    Raises: TryLater while one of the keys must wait; then nothing is counted.
    """
    now = timezone.now()
    with transaction.atomic():
        # In one order, so that two tries never wait for each other.
        rows = [_locked(key, now) for key in sorted(keys)]
        until = max((row.blocked_until for row in rows if row.blocked_until), default=now)
        if until > now:
            raise TryLater(until)
        for row in rows:
            pace = PACES[TryKind(row.kind)]
            if _begins_anew(row, pace, now):
                row.failures, row.counted_from = 0, now
            row.failures += 1
            row.last_at = now
            wait = pace.wait(row.failures)
            row.blocked_until = now + wait if wait else None
            row.save()


def forgive(*keys: Key) -> None:
    """A try was right: an account begins anew, an address gets only this one try back, others go on guessing from it."""
    for key in keys:
        rows = FailedTries.objects.filter(kind=key.kind, key=key.key)
        if key.kind == TryKind.ADDRESS:
            rows.update(failures=Greatest(F("failures") - 1, 0), blocked_until=None)
        else:
            rows.delete()


def blocked_until(key: Key) -> datetime | None:
    """Until when nothing is taken by this key; None where it may be tried."""
    row = FailedTries.objects.filter(kind=key.kind, key=key.key, blocked_until__gt=timezone.now()).first()
    return row.blocked_until if row else None


def unlock(user: User) -> bool:
    """Forget the failures of an account and of its second factor. Shape: whether something was locked."""
    keys = (account_key(user.get_username()), code_key(user))
    was_locked = any(blocked_until(key) for key in keys)
    forgive(*keys)
    return was_locked


def unlock_address(address: str) -> bool:
    """Forget the failures that came from an address. Shape: whether it was locked."""
    key = address_key(address)
    was_locked = blocked_until(key) is not None
    FailedTries.objects.filter(kind=key.kind, key=key.key).delete()
    return was_locked


def forget_old() -> int:
    """Take away what is too old to count. Shape: how many rows."""
    return FailedTries.objects.filter(last_at__lt=timezone.now() - FORGET_AFTER).delete()[0]


def _begins_anew(row: FailedTries, pace: Pace, now: datetime) -> bool:
    if row.counted_from is None or now - row.last_at > FORGET_AFTER:
        return True
    return pace.window is not None and now - row.counted_from > pace.window


def _locked(key: Key, now: datetime) -> FailedTries:
    FailedTries.objects.bulk_create(
        [FailedTries(kind=key.kind, key=key.key, last_at=now)], ignore_conflicts=True
    )
    return FailedTries.objects.select_for_update().get(kind=key.kind, key=key.key)


def _hash(kind: TryKind, text: str) -> str:
    return salted_hmac(f"accounts.throttle.{kind}", text, algorithm="sha256").hexdigest()
