"""The way back in for the one administrator who is locked out."""

from __future__ import annotations

import json
import time
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.services import second_factor
from accounts.services.second_factor import code_at
from filing.choices import AuditAction
from filing.models import AuditEntry

PASSWORD = "shan-yue-du-2026"
pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> User:
    return User.objects.create_superuser("root", password=PASSWORD)


def unlock(*arguments: str) -> Any:
    out = StringIO()
    call_command("unlock", *arguments, "--json", stdout=out)
    return json.loads(out.getvalue())


def come_in() -> int:
    return int(Client().post("/login/", {"username": "root", "password": PASSWORD}).status_code)


def test_it_unlocks_an_account_and_an_address(root: User) -> None:
    for number in range(30):
        Client().post("/login/", {"username": "root" if number < 5 else f"n-{number}", "password": "x"})
    assert come_in() == 200
    assert unlock("--user", "root") == {"account": True}
    assert come_in() == 200, "its address waits still"
    assert unlock("--address", "127.0.0.1") == {"address": True}
    assert come_in() == 302
    row = AuditEntry.objects.get(action=AuditAction.ACCOUNT, facts__what="解除登录锁定")
    assert row.key == str(root.pk) and row.user_name.startswith("命令行")


def test_it_takes_the_second_factor_of_a_lost_phone(root: User) -> None:
    secret = second_factor.enrolment(root).secret
    second_factor.confirm(root, code_at(secret, time.time()))
    assert unlock("--user", "root", "--second-factor") == {"account": False, "second_factor": True}
    assert not second_factor.is_on(root)


@pytest.mark.parametrize(
    "arguments", [(), ("--user", "nobody"), ("--address", "192.0.2.1", "--second-factor")]
)
def test_it_refuses_nonsense(arguments: tuple[str, ...]) -> None:
    with pytest.raises(CommandError):
        unlock(*arguments)
