"""What people are told, by e-mail: one message a person for all that is due, marked when the server took it.

At least once: a process killed between the server's word and the mark sends again, under the same Message-ID.
"""

from __future__ import annotations

import hashlib
import logging
import smtplib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from django.conf import settings
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db.models import F
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from filing.choices import AlertKind, Urgency
from filing.models import Alert
from filing.services.alerts import Due, administrators, end, tell
from filing.services.errors import NotAllowed
from filing.services.only_one import Work, only_one

log = logging.getLogger(__name__)

MOST_ROWS, MOST_LINES, MOST_SECONDS = 2000, 30, 60.0
FIRST_WAIT_S, LONGEST_WAIT_S = 60, 3600
TOLD_AFTER_TRIES = 3
ABOUT = "mail"
_RANK = {Urgency.NOW: 0, Urgency.TODAY: 1, Urgency.CALM: 2}


@dataclass(frozen=True)
class Sent:
    """What a pass came to: messages sent, and why it ended early."""

    messages: int = 0
    trouble: str = ""


def is_on() -> bool:
    """Whether e-mail is set up."""
    return bool(settings.ICP_EMAIL_URL)


def send_due(now: datetime | None = None) -> Sent:
    """Send what is due, a message a person. Ends at the first trouble with the server: it is tried again later."""
    if not is_on():
        return Sent()
    with only_one(Work.MAIL) as held:
        return _send(now or timezone.now()) if held else Sent()


def _send(now: datetime) -> Sent:
    due = Alert.objects.filter(
        mail_at__lte=now,
        mailed_at=None,
        ended_at=None,
        read_at=None,
        user__is_active=True,
    ).exclude(user__email="")
    rows = list(due.select_related("user").order_by("user_id", "-made_at", "-pk")[:MOST_ROWS])
    sent, ends = 0, time.monotonic() + MOST_SECONDS
    connection = get_connection()
    for user, group in groupby(rows, key=lambda row: row.user):
        alerts = list(group)
        try:
            _deliver(connection, user, alerts)
        except smtplib.SMTPRecipientsRefused as error:
            # One bad address is no trouble of the server's.
            _put_off(alerts, now, f"{user.get_username()} 的邮箱被拒绝：{_words(error)}")
            continue
        except (smtplib.SMTPException, OSError) as error:
            trouble = _words(error)
            _put_off(rows[rows.index(alerts[0]) :], now, f"邮件服务器：{trouble}")
            return Sent(sent, trouble)
        Alert.objects.filter(pk__in=[each.pk for each in alerts]).update(mailed_at=timezone.now())
        sent += 1
        if time.monotonic() > ends:
            break
    connection.close()
    if sent:
        end(AlertKind.SENDING, [ABOUT])
    return Sent(sent)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:160] or type(error).__name__


def _put_off(alerts: Sequence[Alert], now: datetime, trouble: str) -> None:
    """Try again, waiting longer each time; administrators are told in the page."""
    tries = max(each.mail_tries for each in alerts) + 1
    wait = timedelta(seconds=min(FIRST_WAIT_S * 2 ** min(tries - 1, 10), LONGEST_WAIT_S))
    rows = Alert.objects.filter(pk__in=[each.pk for each in alerts])
    rows.update(mail_tries=F("mail_tries") + 1, mail_at=now + wait)
    log.warning("mail not sent, try %s: %s", tries, trouble)
    if tries >= TOLD_AFTER_TRIES:
        tell(
            Due(
                user.pk,
                AlertKind.SENDING,
                ABOUT,
                f"提醒邮件发不出去，已试 {tries} 次：{trouble}",
                reverse("alert_settings"),
                Urgency.TODAY,
            )
            for user in administrators()
        )


def _deliver(connection: BaseEmailBackend, user: User, alerts: Sequence[Alert]) -> None:
    lines = sorted(alerts, key=lambda each: _RANK[Urgency(each.urgency)])
    subject = lines[0].words if len(lines) == 1 else f"{len(lines)} 件事等您处理"
    context = {
        "name": user.get_full_name() or user.get_username(),
        "lines": [
            {
                "words": each.words,
                "urgency": Urgency(each.urgency).label,
                "kind": each.get_kind_display(),
                "made_at": each.made_at,
                "due_at": each.due_at,
                "url": address(reverse("alert_open", args=[each.pk])),
            }
            for each in lines[:MOST_LINES]
        ],
        "more": max(len(lines) - MOST_LINES, 0),
        "all_url": address(reverse("alert_list")),
        "settings_url": address(reverse("alert_settings")),
    }
    _message(user.email, subject, context, connection, _key(alerts)).send()


def _message(
    to: str, subject: str, context: dict[str, object], connection: BaseEmailBackend, key: str
) -> EmailMultiAlternatives:
    message = EmailMultiAlternatives(
        f"[备案报备] {' '.join(subject.split())[:80]}",
        render_to_string("filing/mail/alerts.txt", context),
        to=[to],
        connection=connection,
        headers={"Message-ID": f"<{key}@icp-alerts>", "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(render_to_string("filing/mail/alerts.html", context), "text/html")
    return message


def _key(alerts: Sequence[Alert]) -> str:
    keys = ",".join(str(pk) for pk in sorted(each.pk for each in alerts))
    return hashlib.sha256(keys.encode()).hexdigest()[:32]


def address(path: str) -> str:
    """The whole address of a page of this site."""
    return f"{settings.ICP_SITE_URL}{path}"


def send_test(user: User) -> None:
    """Send a message to oneself now. Raises: NotAllowed with what stands in the way."""
    if not is_on():
        raise NotAllowed("还没有设置发信服务器（ICP_EMAIL_URL）")
    if not user.email:
        raise NotAllowed("您的账号没有填邮箱，请管理员在“人员与角色”里填上")
    context: dict[str, object] = {
        "name": user.get_full_name() or user.get_username(),
        "lines": [],
        "test": True,
        "all_url": address(reverse("alert_list")),
        "settings_url": address(reverse("alert_settings")),
    }
    now = timezone.now()
    key = hashlib.sha256(f"test {user.pk} {now.isoformat()}".encode()).hexdigest()[:32]
    try:
        _message(user.email, "试发一封邮件", context, get_connection(), key).send()
    except (smtplib.SMTPException, OSError) as error:
        raise NotAllowed(f"没有发出去，邮件服务器说：{_words(error)}") from error
