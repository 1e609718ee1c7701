"""Alerts by e-mail, before a real SMTP server on the loopback."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.choices import AlertKind
from filing.models import Alert
from filing.services.alert_mail import send_due
from filing.services.alerts import Due, end, mark_read, tell
from filing.services.only_one import Work, only_one
from settings.mail import mail_settings
from tests import factories
from tests.threads import at_once

pytestmark = pytest.mark.django_db


class Postbox:
    """Keeps what came; refuses the recipients in `refused`."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return "550 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        found = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        assert isinstance(found, EmailMessage)
        self.mails.append(found)
        return "250 OK"


@pytest.fixture
def postbox(settings: Any) -> Iterator[Postbox]:
    box = Postbox()
    server = Controller(box, hostname="127.0.0.1", port=_free_port())
    server.start()
    _use(settings, server.port)
    yield box
    server.stop()


def _free_port() -> int:
    with socket.socket() as each:
        each.bind(("127.0.0.1", 0))
        return int(each.getsockname()[1])


def _use(settings: Any, port: int) -> None:
    settings.ICP_EMAIL_URL = f"smtp://127.0.0.1:{port}"
    settings.ICP_SITE_URL = "https://icp.example.cn"
    for name, value in mail_settings(settings.ICP_EMAIL_URL).items():
        setattr(settings, name, value)


def reader(name: str) -> User:
    user = factories.user(name, "enter_request")
    user.email = f"{name}@example.cn"
    user.save()
    return user


def due(
    user: User, about: str = "link:1", words: str = "北京链路已停止", kind: AlertKind = AlertKind.LINK
) -> Due:
    return Due(user.pk, kind, about, words, "/links/")


def test_it_sends_each_person_one_message_once(postbox: Postbox) -> None:
    anna, bert = reader("anna"), reader("bert")
    tell([due(anna), due(anna, "link:2", "河北链路已停止"), due(bert)])
    assert send_due().messages == 2
    assert send_due().messages == 0
    assert sorted(str(mail["To"]) for mail in postbox.mails) == ["anna@example.cn", "bert@example.cn"]
    mail = next(each for each in postbox.mails if each["To"] == "anna@example.cn")
    assert mail["Subject"] == "[备案报备] 2 件事等您处理" and mail["Auto-Submitted"] == "auto-generated"
    for kind in ("plain", "html"):
        body = mail.get_body((kind,))
        assert body is not None
        text = body.get_content()
        key = Alert.objects.get(about="link:2").pk
        assert "河北链路已停止" in text and f"https://icp.example.cn/alerts/{key}/" in text
    assert not Alert.objects.filter(mailed_at=None).exists()


def test_it_leaves_out_what_was_read_is_over_or_is_not_due(postbox: Postbox) -> None:
    anna = reader("anna")
    tell([due(anna), due(anna, "link:2"), due(anna, "sms", kind=AlertKind.SMS)])
    tell([due(anna, "back", "退回", AlertKind.CAME_BACK)])  # a digest
    mark_read(anna, Alert.objects.get(about="link:1").pk)
    end(AlertKind.LINK, ["link:2"])
    assert send_due().messages == 0
    assert send_due(timezone.now() + timedelta(days=15)).messages == 1
    body = postbox.mails[0].get_body(("plain",))
    assert body is not None and "退回" in body.get_content() and "停止" not in body.get_content()


def test_it_escapes_what_others_wrote(postbox: Postbox) -> None:
    tell([due(reader("anna"), words="“<b>甲</b>”\r\nBcc: x@example.cn")])
    assert send_due().messages == 1
    mail = postbox.mails[0]
    body = mail.get_body(("html",))
    assert body is not None and "&lt;b&gt;甲" in body.get_content()
    assert mail["Bcc"] is None and "Bcc" in mail["Subject"]


def test_it_waits_longer_and_longer_for_a_dead_server_and_calls_an_administrator(settings: Any) -> None:
    _use(settings, _free_port())
    boss = User.objects.create_superuser("boss", password="boss")
    tell([due(reader("anna"))])
    now = timezone.now()
    waits = []
    for _ in range(4):
        assert "refused" in send_due(now).trouble
        row = Alert.objects.get(kind=AlertKind.LINK)
        assert row.mail_at is not None and row.mailed_at is None
        assert send_due(row.mail_at - timedelta(seconds=1)).trouble == ""  # it waits
        waits.append((row.mail_at - now).total_seconds())
        now = row.mail_at
    assert waits == [60, 120, 240, 480]
    assert "已试 4 次" in Alert.objects.get(user=boss, kind=AlertKind.SENDING).words


def test_it_does_not_wait_long_for_a_server_that_says_nothing(settings: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _use(settings, silent.getsockname()[1])
        settings.EMAIL_TIMEOUT = 0.3
        tell([due(reader("anna")), due(reader("bert"))])
        began = time.monotonic()
        assert "timed out" in send_due().trouble
        assert time.monotonic() - began < 5  # once, not for each person
    assert Alert.objects.filter(mail_tries=1, mailed_at=None).count() == 2


def test_it_goes_on_to_others_where_one_address_is_refused(postbox: Postbox) -> None:
    postbox.refused = {"anna@example.cn"}
    tell([due(reader("anna")), due(reader("bert"))])
    assert send_due().messages == 1
    assert [str(mail["To"]) for mail in postbox.mails] == ["bert@example.cn"]
    assert Alert.objects.get(mailed_at=None).mail_tries == 1


@pytest.mark.django_db(transaction=True)
def test_it_sends_nothing_twice_where_two_workers_run(postbox: Postbox) -> None:
    tell([due(reader("anna"))])
    at_once(send_due, send_due)
    assert len(postbox.mails) == 1


@pytest.mark.django_db(transaction=True)
def test_it_leaves_it_to_the_one_who_holds_the_work(postbox: Postbox) -> None:
    tell([due(reader("anna"))])
    with only_one(Work.MAIL) as held:
        assert held
        (found,) = at_once(send_due)
    assert found.messages == 0 and postbox.mails == []


def test_it_sends_a_test_on_demand(client: Client, postbox: Postbox) -> None:
    client.force_login(reader("anna"))
    page = client.post(reverse("alert_mail_test"), follow=True).content.decode()
    assert "已试发到 anna@example.cn" in page
    body = postbox.mails[0].get_body(("plain",))
    assert body is not None and "试发的邮件" in body.get_content()
