"""What people are told: written once while it lasts, ended when it is over. The only writer of `Alert`.

An event tells in its own transaction (`tell`, `end`); what is looked for is handed over whole, and what is no longer
among it has ended (`keep`). Both may be repeated.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from filing.choices import AlertKind, Urgency
from filing.groups import ADMINISTER
from filing.masking import mask_text
from filing.models import Alert
from filing.services.alert_ways import mail_times

KEPT_DAYS = 180
MOST_WORDS = 400
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"


@dataclass(frozen=True)
class Due:
    """One thing that a person is told. `about` makes it one: see `Alert`.

    `latest_at`: when the newest of what is gathered in it came; it is new again where the person looked before that.
    """

    user_id: int
    kind: AlertKind
    about: str
    words: str
    url: str
    urgency: Urgency = Urgency.TODAY
    due_at: datetime | None = None
    latest_at: datetime | None = None
    ref: str = ""
    isp_id: int | None = None


def people_with(permission: str) -> list[User]:
    """Whom to tell of what a role looks after: those who have it; administrators where nobody has."""
    rows = User.objects.with_perm(permission, is_active=True, include_superusers=False, backend=MODEL_BACKEND)
    return list(rows.order_by("pk")) or administrators()


def administrators() -> list[User]:
    """Who sets the system up and may sign in."""
    rows = User.objects.with_perm(ADMINISTER, is_active=True, backend=MODEL_BACKEND)
    return list(rows.order_by("pk"))


@transaction.atomic
def tell(dues: Iterable[Due], now: datetime | None = None) -> int:
    """Tell people. Returns how many are new; of what they have been told already only the words are brought up to date."""
    now = now or timezone.now()
    rows = {(due.user_id, due.about): due for due in dues}
    if not rows:
        return 0
    known = {
        (row.user_id, row.about): row
        for row in Alert.objects.filter(
            ended_at=None,
            kind__in={due.kind for due in rows.values()},
            about__in={about for _user, about in rows},
        )
    }
    news = [due for key, due in rows.items() if key not in known]
    _bring_up_to_date([(known[key], due) for key, due in rows.items() if key in known])
    if not news:
        return 0
    at = mail_times(((due.user_id, due.kind) for due in news), now)
    made = [
        Alert(
            user_id=due.user_id,
            kind=due.kind,
            about=due.about,
            words=_clean(due.words),
            url=due.url,
            urgency=due.urgency,
            ref=due.ref,
            isp_id=due.isp_id,
            due_at=due.due_at,
            made_at=now,
            mail_at=at[due.user_id, due.kind],
        )
        for due in news
    ]
    # Another process may have told the same meanwhile: then it is told.
    Alert.objects.bulk_create(made, ignore_conflicts=True)
    return len(news)


def _bring_up_to_date(pairs: Iterable[tuple[Alert, Due]]) -> None:
    changed = []
    for row, due in pairs:
        is_new_again = row.read_at is not None and due.latest_at is not None and row.read_at < due.latest_at
        told = {"words": _clean(due.words), "url": due.url, "urgency": due.urgency, "due_at": due.due_at}
        if is_new_again:
            told["read_at"] = None
        if any(getattr(row, name) != value for name, value in told.items()):
            for name, value in told.items():
                setattr(row, name, value)
            changed.append(row)
    Alert.objects.bulk_update(changed, ["words", "url", "urgency", "due_at", "read_at"], batch_size=500)


def _clean(words: str) -> str:
    """It may leave by e-mail: no number of a certificate or phone in it."""
    return mask_text(words)[:MOST_WORDS]


@transaction.atomic
def keep(kinds: Collection[AlertKind], dues: Iterable[Due], now: datetime | None = None) -> int:
    """`tell` all that stands of these kinds, and end what no longer does. Returns how many are new."""
    now = now or timezone.now()
    rows = list(dues)
    standing = {(due.user_id, due.about) for due in rows}
    open_ones = Alert.objects.filter(ended_at=None, kind__in=kinds).values_list("pk", "user_id", "about")
    over = [key for key, user_id, about in open_ones if (user_id, about) not in standing]
    Alert.objects.filter(pk__in=over).update(ended_at=now)
    return tell(rows, now)


def end(kind: AlertKind, abouts: Collection[str], now: datetime | None = None) -> int:
    """These troubles of a kind are over, for everybody. Returns how many rows ended."""
    if not abouts:
        return 0
    rows = Alert.objects.filter(ended_at=None, kind=kind, about__in=abouts)
    return rows.update(ended_at=now or timezone.now())


ENDS_BY_ITSELF = (AlertKind.LINK_AGAIN,)
"""Good news: it ends at its `due_at`. Nothing else ends because a day has passed."""


def forget_old(now: datetime | None = None) -> int:
    """Forget what ended long ago. Returns how many rows went."""
    limit = (now or timezone.now()) - timedelta(days=KEPT_DAYS)
    return Alert.objects.filter(ended_at__lt=limit).delete()[0]


def end_past(now: datetime | None = None) -> int:
    """End the good news that is old. Returns how many ended."""
    now = now or timezone.now()
    rows = Alert.objects.filter(ended_at=None, kind__in=ENDS_BY_ITSELF, due_at__lte=now)
    return rows.update(ended_at=F("due_at"))


def open_of(user: User) -> QuerySet[Alert]:
    """What a person is told and is not over, the urgent before the rest, the latest first."""
    return Alert.objects.filter(user=user, ended_at=None).order_by("-made_at", "-pk")


def unread_of(user: User) -> QuerySet[Alert]:
    """What of it they did not look at yet."""
    return open_of(user).filter(read_at=None)


def mark_read(user: User, key: int | None = None) -> int:
    """A person saw one of theirs, or all. Returns how many were new."""
    rows = Alert.objects.filter(Q(pk=key) if key is not None else Q(), user=user, read_at=None)
    return rows.update(read_at=timezone.now())
