"""Signing in: who is let in, who must wait, what the answer gives away, and what of it stands in the record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import FailedTries, TryKind
from accounts.services import throttle
from accounts.services.throttle import PACES, TryLater, account_key, address_key, begin_try, forgive
from filing.choices import AuditAction
from filing.models import AuditEntry
from tests.threads import at_once

WRONG = "用户名或密码不对"
PASSWORD = "shan-yue-du-2026"


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("lin", password=PASSWORD, first_name="林知夏")


def try_in(name: str, password: str, client: Client | None = None, **more: Any) -> Any:
    return (client or Client()).post("/login/", {"username": name, "password": password}, **more)


def words(response: Any) -> str:
    return str(response.content.decode())


def let_time_pass(seconds: float) -> None:
    """As if what happened had happened earlier."""
    for row in FailedTries.objects.all():
        row.last_at -= timedelta(seconds=seconds)
        if row.counted_from:
            row.counted_from -= timedelta(seconds=seconds)
        if row.blocked_until:
            row.blocked_until -= timedelta(seconds=seconds)
        row.save()


def test_it_refuses_the_right_password_too_while_the_account_must_wait(person: User) -> None:
    for _ in range(PACES[TryKind.ACCOUNT].free):
        assert WRONG in words(try_in("lin", "wrong"))
    refused = try_in("lin", PASSWORD)
    assert refused.status_code == 200 and "请过 30 秒再试" in words(refused)
    let_time_pass(31)
    assert try_in("lin", PASSWORD).status_code == 302
    assert not FailedTries.objects.filter(kind=TryKind.ACCOUNT).exists()


def test_it_waits_twice_as_long_each_time_up_to_an_hour(person: User) -> None:
    pace = PACES[TryKind.ACCOUNT]
    waits = [pace.wait(failures) for failures in range(pace.free, pace.free + 9)]
    assert [wait.total_seconds() for wait in waits if wait] == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert pace.wait(pace.free - 1) is None
    for _ in range(pace.free):
        try_in("lin", "wrong")
    let_time_pass(31)
    try_in("lin", "wrong")
    assert "请过 1 分钟再试" in words(try_in("lin", "wrong"))


def test_it_counts_an_account_that_does_not_exist_just_the_same(person: User) -> None:
    told = {}
    for name in ("lin", "nobody"):
        answers = [words(try_in(name, f"wrong-{n}", REMOTE_ADDR="192.0.2.7")) for n in range(7)]
        told[name] = [
            ("错" if WRONG in each else "") + ("等" if "再试。" in each else "") for each in answers
        ]
    assert told["lin"] == told["nobody"]
    assert told["lin"][-1] == "等"


class CountingHasher(MD5PasswordHasher):
    """Argon2 is nearly all of the time that an answer takes: how often it would run is what a clock could tell."""

    algorithm = "counting"
    runs = 0

    def encode(self, password: str, salt: str) -> str:
        type(self).runs += 1
        return super().encode(password, salt)


def test_it_takes_as_long_for_an_unknown_name_as_for_a_wrong_password(db: None, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    User.objects.create_user("lin", password=PASSWORD)
    User.objects.create_user("gone", password=PASSWORD, is_active=False)
    User.objects.create_user("by-provider")
    runs = {}
    for name in ("lin", "nobody", "gone", "by-provider"):
        before = CountingHasher.runs
        assert WRONG in words(try_in(name, "wrong"))
        runs[name] = CountingHasher.runs - before
    assert runs == dict.fromkeys(runs, 1)


def test_it_throttles_an_address_whatever_the_names(person: User) -> None:
    free = PACES[TryKind.ADDRESS].free
    for number in range(free):
        assert WRONG in words(try_in(f"name-{number}", "x", REMOTE_ADDR="192.0.2.1"))
    assert "再试。" in words(try_in("lin", PASSWORD, REMOTE_ADDR="192.0.2.1"))
    assert try_in("lin", PASSWORD, REMOTE_ADDR="192.0.2.2").status_code == 302


def test_it_lets_the_slips_of_an_office_not_add_up_over_days(person: User) -> None:
    for number in range(40):
        assert WRONG in words(try_in(f"name-{number}", "x")), number
        let_time_pass(4 * 60)


def test_it_does_not_forget_an_address_because_one_account_of_it_is_right(person: User) -> None:
    for number in range(5):
        try_in(f"name-{number}", "x")
    try_in("lin", PASSWORD)
    assert FailedTries.objects.get(kind=TryKind.ADDRESS).failures == 5


def test_it_believes_a_forwarded_address_only_behind_a_proxy(person: User, settings: Any) -> None:
    for number in range(3):
        try_in("lin", "wrong", headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert FailedTries.objects.filter(kind=TryKind.ADDRESS).count() == 1
    settings.ICP_BEHIND_PROXY = True
    for number in range(3):
        try_in("nobody", "wrong", headers={"X-Forwarded-For": f"10.9.9.9, 192.0.2.{number}"})
    assert FailedTries.objects.filter(kind=TryKind.ADDRESS).count() == 4


def test_it_counts_different_spellings_of_a_name_together(person: User) -> None:
    assert account_key("Lin") == account_key("lin ") == account_key("ＬＩＮ")
    assert account_key("lin") != account_key("lim")
    assert len({account_key("192.0.2.1").key, address_key("192.0.2.1").key}) == 2


def test_it_keeps_no_name_that_was_typed(person: User) -> None:
    try_in("MyPassw0rd-in-the-wrong-field", "x")
    with connection.cursor() as cursor:
        cursor.execute("SELECT string_agg(f::text, '') FROM accounts_failedtries f")
        assert "Passw0rd" not in cursor.fetchone()[0]
    assert not AuditEntry.objects.filter(facts__icontains="Passw0rd").exists()
    assert not AuditEntry.objects.filter(name__icontains="Passw0rd").exists()


def test_it_notes_the_wait_once_with_the_account(person: User) -> None:
    for _ in range(8):
        try_in("lin", "wrong")
    [row] = AuditEntry.objects.filter(action=AuditAction.ACCOUNT, facts__what="失败太多，暂停登录")
    assert (row.kind, row.key) == ("user", str(person.pk))
    assert "锁定到" in row.facts["账户"]


def test_it_forgets_failures_of_yesterday(person: User) -> None:
    for _ in range(4):
        try_in("lin", "wrong")
    let_time_pass(throttle.FORGET_AFTER.total_seconds() + 1)
    try_in("lin", "wrong")
    assert FailedTries.objects.get(kind=TryKind.ACCOUNT).failures == 1
    let_time_pass(throttle.FORGET_AFTER.total_seconds() + 1)
    assert throttle.forget_old() == 2


@pytest.mark.django_db(transaction=True)
def test_it_lets_no_more_tries_through_when_they_come_all_at_once() -> None:
    key = account_key("lin")

    found = at_once(*[lambda: begin_try(key)] * 12)
    assert [each for each in found if each is None] == [None] * PACES[TryKind.ACCOUNT].free
    assert all(isinstance(each, TryLater) for each in found if each is not None)
    forgive(key)


def test_it_gives_a_new_session_key_at_sign_in(client: Client, person: User) -> None:
    client.get("/login/")
    session = client.session
    session["mine"] = "an attacker's"
    session.save()
    before = session.session_key
    assert try_in("lin", PASSWORD, client).status_code == 302
    after = client.session.session_key
    assert before and after and before != after
    stranger = Client()
    stranger.cookies["sessionid"] = before
    assert stranger.get("/account/").status_code == 302


def test_it_refuses_an_account_that_is_switched_off(person: User) -> None:
    person.is_active = False
    person.save()
    assert WRONG in words(try_in("lin", PASSWORD))


def test_it_unlocks_on_the_people_page_and_notes_who_did(client: Client, person: User) -> None:
    root = User.objects.create_superuser("root", password=PASSWORD)
    for _ in range(5):
        try_in("lin", "wrong", REMOTE_ADDR="192.0.2.9")
    client.force_login(root)
    assert "锁定到" in words(client.get("/people/auth/user/"))
    client.post("/people/auth/user/", {"action": "unlock", "_selected_action": [person.pk]})
    assert "锁定到" not in words(client.get("/people/auth/user/"))
    assert try_in("lin", PASSWORD).status_code == 302
    row = AuditEntry.objects.get(action=AuditAction.ACCOUNT, facts__what="解除登录锁定")
    assert (row.user_id, row.key) == (root.pk, str(person.pk))


def test_it_offers_what_password_managers_look_for(client: Client, db: None) -> None:
    page = words(client.get("/login/"))
    assert 'autocomplete="username"' in page and 'autocomplete="current-password"' in page
    now = timezone.now()
    assert TryLater(now + timedelta(seconds=59.6)).words.startswith("失败次数太多")


def test_it_hashes_no_more_than_a_person_types(person: User) -> None:
    assert "最多 512 个字符" in words(try_in("lin", "x" * 513))
    assert not FailedTries.objects.exists()
