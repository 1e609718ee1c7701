"""Other systems are told, too: when a trouble begins and when it is over, at least once, for a day at most.

Rows are the queue. One process at a time turns what people are told into deliveries, one for each trouble and address, and
sends what is due.
"""

from __future__ import annotations

import json
import secrets
import time
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone

from filing.choices import AlertKind, Urgency
from filing.models import Alert, WebHook, WebHookDelivery
from filing.services import web_hook_calls
from filing.services.alert_mail import address
from filing.services.alerts import Due, administrators, end, tell
from filing.services.errors import NotAllowed
from filing.services.only_one import Work, only_one

BEGAN, ENDED, TEST = "began", "ended", "test"
WAITS_S = (15, 30, 60, 120, 300, 600, 1800, 3600)
"""Between tries; the last counts on."""
GIVE_UP_AFTER = timedelta(days=1)
MOST_ROWS, MOST_CALLS, MOST_SECONDS = 1000, 50, 60.0
KEPT = timedelta(days=30)
SECRET_BYTES = 32


def tell_systems(now: datetime | None = None) -> int:
    """One pass: write down what is new or over, send what is due. Returns how many were taken."""
    with only_one(Work.WEB_HOOKS) as held:
        if not held:
            return 0
        now = now or timezone.now()
        write_down(now)
        return _send(now)


@transaction.atomic
def write_down(now: datetime) -> None:
    """Make deliveries of what began and of what is over. Only under the lock: two would write it twice."""
    hooks = list(WebHook.objects.filter(is_active=True))
    news = list(Alert.objects.filter(hooked_at=None).order_by("pk")[:MOST_ROWS])
    told = set(
        Alert.objects.filter(
            ended_at=None,
            kind__in={each.kind for each in news},
            about__in={each.about for each in news},
            hooked_at__isnull=False,
        ).values_list("about", flat=True)
    )
    rows = []
    for alert in news:
        if alert.ended_at is None and alert.about not in told:
            told.add(alert.about)
            rows += [
                _delivery(hook, BEGAN, alert, now)
                for hook in hooks
                if not hook.kinds or alert.kind in hook.kinds
            ]
    Alert.objects.filter(pk__in=[each.pk for each in news]).update(hooked_at=now)
    lasting = Alert.objects.filter(about=OuterRef("about"), ended_at=None)
    began = WebHookDelivery.objects.filter(event=BEGAN, is_over=False, hook__is_active=True)
    over = list(began.exclude(Exists(lasting)).select_related("hook")[:MOST_ROWS])
    rows += [_end_of(each, now) for each in over]
    WebHookDelivery.objects.filter(pk__in=[each.pk for each in over]).update(is_over=True)
    WebHookDelivery.objects.bulk_create(rows)
    WebHookDelivery.objects.filter(made_at__lt=now - KEPT, is_over=True).delete()


def _delivery(hook: WebHook, event: str, alert: Alert, now: datetime) -> WebHookDelivery:
    return _row(
        hook,
        event,
        alert.about,
        {
            "kind": alert.kind,
            "kind_words": AlertKind(alert.kind).label,
            "urgency": alert.urgency,
            "words": alert.words,
            "ref": alert.ref or None,
            "link": alert.isp_id,
            "url": address(alert.url) if alert.url else None,
        },
        now,
    )


def _end_of(began: WebHookDelivery, now: datetime) -> WebHookDelivery:
    said = json.loads(began.body)
    row = _row(
        began.hook,
        ENDED,
        began.about,
        {name: said[name] for name in ("kind", "kind_words", "urgency", "words", "ref", "link", "url")}
        | {"began_id": said["id"]},
        now,
    )
    row.is_over = True
    return row


def _row(hook: WebHook, event: str, about: str, facts: dict[str, object], now: datetime) -> WebHookDelivery:
    key = uuid.uuid4()
    at = timezone.localtime(now).isoformat(timespec="seconds")
    body = json.dumps({"id": str(key), "event": event, "about": about, "at": at} | facts, ensure_ascii=False)
    return WebHookDelivery(
        hook=hook, event_id=key, event=event, about=about, body=body, made_at=now, next_at=now
    )


def _send(now: datetime) -> int:
    due = WebHookDelivery.objects.filter(
        next_at__lte=now, done_at=None, given_up_at=None, hook__is_active=True
    )
    taken, silent = 0, set()
    ends = time.monotonic() + MOST_SECONDS
    for row in list(due.select_related("hook").order_by("next_at", "pk")[:MOST_ROWS]):
        if row.hook_id in silent:
            continue
        answered = _try(row, now)
        taken += answered.is_taken
        if not answered.is_taken:
            silent.add(row.hook_id)
        if time.monotonic() > ends:
            break
    return taken


def _try(row: WebHookDelivery, now: datetime) -> web_hook_calls.Answered:
    """One call. The next try is written down first: a killed process costs one wait, not the event."""
    row.tries += 1
    row.next_at = now + timedelta(seconds=WAITS_S[min(row.tries, len(WAITS_S)) - 1])
    row.save(update_fields=["tries", "next_at"])
    answered = web_hook_calls.post(
        row.hook.url,
        row.hook.secret,
        row.body.encode(),
        event_id=str(row.event_id),
        timestamp=int(time.time()),
    )
    row.answer = answered.words[:200]
    if answered.is_taken:
        row.done_at = timezone.now()
        end(AlertKind.SENDING, [_about(row.hook)])
    elif now - row.made_at >= GIVE_UP_AFTER:
        row.given_up_at = now
        _call_administrators(row)
    row.save(update_fields=["answer", "done_at", "given_up_at"])
    return answered


def _about(hook: WebHook) -> str:
    return f"web-hook:{hook.pk}"


def _call_administrators(row: WebHookDelivery) -> None:
    tell(
        Due(
            user.pk,
            AlertKind.SENDING,
            _about(row.hook),
            f"转发地址“{row.hook.name}”一天没有收下提醒，已放弃：{row.answer}",
            reverse("web_hook_list"),
            Urgency.TODAY,
        )
        for user in administrators()
    )


def add(name: str, url: str, kinds: Sequence[str]) -> tuple[WebHook, str]:
    """Add an address. Returns it and its secret, which is shown once. Raises: BadAddress, NotAllowed."""
    web_hook_calls.check(url)
    if not name.strip():
        raise NotAllowed("给它一个名称，别人才知道转给谁")
    secret = secrets.token_urlsafe(SECRET_BYTES)
    chosen = [kind for kind in AlertKind.values if kind in kinds]
    hook = WebHook.objects.create(name=name.strip()[:64], url=url, secret=secret, kinds=chosen)
    return hook, secret


def send_test(hook: WebHook) -> web_hook_calls.Answered:
    """Send a test event now, and tell what came of it. It is listed with the others, and tried once."""
    now = timezone.now()
    facts = {"kind": TEST, "kind_words": "试发", "urgency": Urgency.CALM.value, "words": "这是一条试发的提醒"}
    row = _row(hook, TEST, TEST, facts | {"ref": None, "link": None, "url": address("/") or None}, now)
    row.is_over = True
    row.next_at = None
    row.tries = 1
    answered = web_hook_calls.post(
        hook.url, hook.secret, row.body.encode(), event_id=str(row.event_id), timestamp=int(now.timestamp())
    )
    row.answer = answered.words[:200]
    if answered.is_taken:
        row.done_at = timezone.now()
    else:
        row.given_up_at = now
    row.save()
    return answered
