"""The second factor: set up, asked for, never taken twice, and taken away by an administrator."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test import Client

from accounts.checks import roles_are_known
from accounts.models import FailedTries, RecoveryCode, SecondFactor, SignInSession
from accounts.services import second_factor
from accounts.services.second_factor import WrongCode, code_at
from accounts.services.throttle import TryLater
from filing.choices import AuditAction
from filing.models import AuditEntry
from tests.threads import at_once

PASSWORD = "shan-yue-du-2026"
# RFC 6238, appendix B, SHA-1: the last six of its eight digits.
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
RFC_CODES = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}


@pytest.fixture
def person(db: None) -> User:
    user = User.objects.create_user("lin", password=PASSWORD)
    user.groups.add(Group.objects.get(name="链路"))
    return user


def enrolled(user: User) -> tuple[str, list[str]]:
    """Switch it on, and forget that a code was used for that."""
    secret = second_factor.enrolment(user).secret
    codes = second_factor.confirm(user, code_at(secret, time.time()))
    SecondFactor.objects.filter(user=user).update(last_step=0)
    return secret, codes


def password_done(client: Client, **more: Any) -> Any:
    return client.post("/login/", {"username": "lin", "password": PASSWORD} | more)


def words(response: Any) -> str:
    return str(response.content.decode())


@pytest.mark.parametrize(("moment", "code"), RFC_CODES.items())
def test_it_computes_the_codes_of_the_standard(moment: int, code: str) -> None:
    assert code_at(RFC_SECRET, moment) == code


def test_it_is_set_up_with_a_picture_and_a_typed_secret(client: Client, person: User) -> None:
    client.force_login(person)
    page = words(client.get("/account/second-factor/"))
    secret = SecondFactor.objects.get(user=person).secret
    assert second_factor.typed_secret(SecondFactor.objects.get(user=person)) in page
    assert "<svg" in page and "style=" not in page and "otpauth" not in page
    assert words(client.get("/account/second-factor/")).count(secret[:4]), "a reload keeps the secret"
    assert SecondFactor.objects.get(user=person).secret == secret
    wrong = client.post("/account/second-factor/", {"code": "000000"})
    assert "验证码不对" in words(wrong) and not second_factor.is_on(person)
    right = words(client.post("/account/second-factor/", {"code": code_at(secret, time.time())}))
    codes = re.findall(r"<li>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})</li>", right)
    assert len(set(codes)) == 10 and second_factor.is_on(person)
    assert not any(each in words(client.get("/account/")) for each in codes)
    assert client.get("/account/second-factor/")["Location"] == "/account/", "the secret is shown no more"


def test_it_keeps_the_secret_sealed_and_the_recovery_codes_hashed(person: User) -> None:
    secret, codes = enrolled(person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT secret FROM accounts_secondfactor")
        assert secret.encode() not in bytes(cursor.fetchone()[0])
        cursor.execute("SELECT string_agg(digest, ' ') FROM accounts_recoverycode")
        stored = cursor.fetchone()[0]
    assert not any(each.replace("-", "") in stored or each in stored for each in codes)


def test_it_asks_for_the_code_before_anybody_is_in(person: User) -> None:
    secret, _ = enrolled(person)
    client = Client()
    session = client.session
    session["mine"] = "an attacker's"
    session.save()
    answer = password_done(client, next="/requests/?tab=all")
    assert answer["Location"] == "/login/code/"
    half = client.session.session_key
    assert half != session.session_key, "half a sign-in has a key of its own too"
    assert not SignInSession.objects.filter(user=person).exists()
    assert client.get("/account/").status_code == 302, "half a sign-in is none"
    page = words(client.get("/login/code/"))
    assert 'autocomplete="one-time-code"' in page and 'inputmode="numeric"' in page
    assert "验证码不对" in words(client.post("/login/code/", {"code": "000000"}))
    done = client.post("/login/code/", {"code": code_at(secret, time.time())})
    assert done["Location"] == "/requests/?tab=all"
    assert client.get("/account/").status_code == 200
    assert client.session.session_key != half
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_IN, user_id=person.pk).count() == 1
    failed = AuditEntry.objects.get(action=AuditAction.SIGN_IN_FAILED)
    assert failed.facts["why"] == "第二验证不对"


def test_it_takes_no_code_twice_nor_an_older_one(person: User) -> None:
    secret, _ = enrolled(person)
    now = time.time()
    second_factor.check(person, code_at(secret, now))
    for moment in (now, now - 30):
        with pytest.raises(WrongCode):
            second_factor.check(person, code_at(secret, moment))


def test_it_allows_for_a_clock_that_is_off_by_one_step_only(person: User) -> None:
    secret, _ = enrolled(person)
    with pytest.raises(WrongCode):
        second_factor.check(person, code_at(secret, time.time() - 95))
    with pytest.raises(WrongCode):
        second_factor.check(person, code_at(secret, time.time() + 95))
    assert second_factor.check(person, code_at(secret, time.time() - 30)) == "app"


@pytest.mark.django_db(transaction=True)
def test_it_takes_one_code_once_when_it_comes_from_two_sides_at_once() -> None:
    person = User.objects.create_user("lin", password=PASSWORD)
    secret, codes = enrolled(person)
    now = time.time()
    for code in (code_at(secret, now), codes[0]):
        found = at_once(*[lambda code=code: second_factor.check(person, code)] * 3)
        assert sum(isinstance(each, str) for each in found) == 1, found


def test_it_takes_each_recovery_code_once_however_it_is_written(person: User) -> None:
    _, codes = enrolled(person)
    client = Client()
    password_done(client)
    assert "16 位恢复码" in words(client.get("/login/code/?recovery"))
    typed = codes[0].lower().replace("-", " ")
    shown = client.post("/login/code/?recovery", {"code": typed}, follow=True)
    assert "还剩 9 个" in words(shown)
    again = Client()
    password_done(again)
    assert "已用过" in words(again.post("/login/code/?recovery", {"code": codes[0]}))
    assert RecoveryCode.objects.filter(user=person, used_at__isnull=False).count() == 1


def test_it_throttles_codes_and_a_right_password_does_not_begin_anew(person: User) -> None:
    secret, _ = enrolled(person)
    client = Client()
    password_done(client)
    for _ in range(5):
        client.post("/login/code/", {"code": "000000"})
    again = Client()
    password_done(again)
    refused = words(again.post("/login/code/", {"code": code_at(secret, time.time())}))
    assert "再试。" in refused and again.get("/account/").status_code == 302
    with pytest.raises(TryLater):
        second_factor.check(person, code_at(secret, time.time()))


def test_it_forgets_half_a_sign_in_after_five_minutes_and_when_the_password_changes(person: User) -> None:
    secret, _ = enrolled(person)
    client = Client()
    password_done(client)
    session = client.session
    session["second_factor_pending"] = session["second_factor_pending"] | {"until": time.time() - 1}
    session.save()
    assert client.post("/login/code/", {"code": code_at(secret, time.time())})["Location"] == "/login/"
    password_done(client)
    person.set_password("qing-he-shan-yue")
    person.save()
    assert client.get("/login/code/")["Location"] == "/login/"


def test_it_is_required_of_the_roles_that_the_setting_names(person: User, settings: Any) -> None:
    settings.ICP_REQUIRE_TOTP_FOR = ["管理员", "链路"]
    client = Client()
    password_done(client)
    assert client.get("/requests/")["Location"] == "/account/second-factor/"
    assert "您的角色要求" in words(client.get("/account/second-factor/"))
    secret = SecondFactor.objects.get(user=person).secret
    client.post("/account/second-factor/", {"code": code_at(secret, time.time())})
    assert client.get("/requests/").status_code == 200
    staff = User.objects.create_user("staff", password=PASSWORD)
    staff.groups.add(Group.objects.get(name="填报"))
    assert not second_factor.is_required(staff)
    assert second_factor.is_required(User.objects.create_superuser("root"))


def test_it_refuses_to_start_with_a_role_that_does_not_exist(settings: Any) -> None:
    settings.ICP_REQUIRE_TOTP_FOR = ["管理"]
    settings.ICP_OIDC_ROLES = {"icp": "填报员"}
    found = [str(each.msg) for each in roles_are_known()]
    assert len(found) == 2 and "ICP_REQUIRE_TOTP_FOR" in found[0] and "填报员" in found[1]


def test_it_wants_a_code_before_it_is_taken_off_or_new_recovery_codes_come(
    client: Client, person: User
) -> None:
    secret, codes = enrolled(person)
    client.force_login(person)
    for address in ("/account/second-factor/remove/", "/account/second-factor/codes/"):
        assert "验证码不对" in words(client.post(address, {"code": "000000"}, follow=True))
    assert second_factor.is_on(person) and second_factor.recovery_codes_left(person) == 10
    fresh = words(client.post("/account/second-factor/codes/", {"code": codes[1]}))
    assert "记下这 10 个恢复码" in fresh and codes[2] not in fresh
    with pytest.raises(WrongCode):
        second_factor.check(person, codes[2])
    FailedTries.objects.all().delete()
    client.post("/account/second-factor/remove/", {"code": code_at(secret, time.time())})
    assert not second_factor.is_on(person)
    did = AuditEntry.objects.filter(action=AuditAction.ACCOUNT, user_id=person.pk).order_by("pk")
    assert [row.facts["what"] for row in did][-2:] == ["换新恢复码", "停用第二验证"]
    assert not any(secret in str(row.facts) or codes[1] in str(row.facts) for row in did)


def test_it_is_taken_away_by_an_administrator_when_the_phone_is_lost(client: Client, person: User) -> None:
    enrolled(person)
    holder = Client()
    holder.force_login(person)
    root = User.objects.create_superuser("root")
    client.force_login(root)
    assert "有第二验证" in words(client.get("/people/auth/user/"))
    client.post("/people/auth/user/", {"action": "reset_second_factor", "_selected_action": [person.pk]})
    assert not SecondFactor.objects.exists() and not RecoveryCode.objects.exists()
    assert holder.get("/account/").status_code == 302, "the lost phone may hold a session"
    assert password_done(Client())["Location"] == "/"
    row = AuditEntry.objects.get(action=AuditAction.ACCOUNT, facts__what__startswith="取消第二验证")
    assert (row.user_id, row.key) == (root.pk, str(person.pk))


def test_it_bears_that_the_factor_is_taken_away_between_password_and_code(person: User) -> None:
    secret, _ = enrolled(person)
    client = Client()
    password_done(client)
    second_factor.remove(person)
    assert "验证码不对" in words(client.post("/login/code/", {"code": code_at(secret, time.time())}))
    assert client.get("/account/").status_code == 302
