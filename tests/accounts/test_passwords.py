"""Which passwords are taken, and who must choose another one first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings as live
from django.contrib.auth.hashers import identify_hasher, make_password
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import FormerPassword
from accounts.services import passwords
from settings import base

FIRST = "shan-yue-du-2026"


@pytest.fixture
def person(db: None) -> User:
    return User.objects.create_user("linzhixia", password=FIRST, email="lin.zhixia@example.cn")


def codes(password: str, user: User | None = None) -> set[str]:
    try:
        validate_password(password, user)
    except ValidationError as refused:
        return {str(each.code) for each in refused.error_list}
    return set()


def words(response: Any) -> str:
    return str(response.content.decode())


def test_it_refuses_short_common_numeric_and_similar_passwords(person: User) -> None:
    assert codes("elevenchars") == {"password_too_short"}
    assert "password_too_common" in codes("password1234")
    assert "password_entirely_numeric" in codes("839201746520")
    assert codes("linzhixia2026", person) == {"password_too_similar"}
    assert codes("lin.zhixia@example", person) == {"password_too_similar"}
    assert codes("qing-he-shan-yue", person) == set()


def test_it_refuses_the_last_five_and_forgets_the_sixth(person: User) -> None:
    used = [FIRST]
    for number in range(5):
        assert codes(used[-1], person) == {"password_used_before"}
        used.append(f"qing-he-shan-yue-{number}")
        person.set_password(used[-1])
        person.save()
    assert [codes(each, person) for each in used] == [set()] + [{"password_used_before"}] * 5
    kept = FormerPassword.objects.filter(user=person)
    assert kept.count() == passwords.REMEMBERED
    assert not any(each in row.encoded for row in kept for each in used)


def test_it_knows_the_present_password_of_an_account_from_before(person: User) -> None:
    FormerPassword.objects.all().delete()
    assert codes(FIRST, person) == {"password_used_before"}


def test_it_hashes_with_argon2_beyond_what_is_advised() -> None:
    assert live.PASSWORD_HASHERS != base.PASSWORD_HASHERS, "tests use a quick one"
    assert base.PASSWORD_HASHERS[0] == "django.contrib.auth.hashers.Argon2PasswordHasher"


def test_it_hashes_with_argon2id_of_at_least_19_mib_and_two_passes(settings: Any) -> None:
    settings.PASSWORD_HASHERS = base.PASSWORD_HASHERS
    encoded = make_password(FIRST)
    found = re.match(r"argon2\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$", encoded)
    assert found and int(found[1]) >= 19 * 1024 and int(found[2]) >= 2
    assert not identify_hasher(encoded).must_update(encoded)


def test_it_shows_every_rule_on_the_page(client: Client, person: User) -> None:
    client.force_login(person)
    page = words(client.get("/password/"))
    assert all(rule in page for rule in passwords.RULES)
    assert page.count('autocomplete="new-password"') == 2 and 'autocomplete="current-password"' in page
    short = {"old_password": FIRST, "new_password1": "short", "new_password2": "short"}
    assert "密码还没有改" in words(client.post("/password/", short))


def test_it_has_a_password_that_an_administrator_set_changed_first(client: Client, person: User) -> None:
    root = User.objects.create_superuser("root", password=FIRST)
    client.force_login(root)
    given = {
        "username": "new",
        "usable_password": "true",
        "password1": "given-by-root-1",
        "password2": "given-by-root-1",
    }
    inline = {"identities-TOTAL_FORMS": "0", "identities-INITIAL_FORMS": "0"}
    assert client.post("/people/auth/user/add/", given | inline).status_code == 302
    mine = Client()
    assert mine.post("/login/", {"username": "new", "password": "given-by-root-1"}).status_code == 302
    assert mine.get("/account/")["Location"] == "/password/"
    assert mine.post("/account/sessions/end/")["Location"] == "/password/"
    assert mine.get("/home/live/", headers={"HX-Request": "true"}).status_code == 204
    assert "先换成自己的密码" in words(mine.get("/password/"))
    same = {
        "old_password": "given-by-root-1",
        "new_password1": "given-by-root-1",
        "new_password2": "given-by-root-1",
    }
    assert "用过" in words(mine.post("/password/", same))
    own = {
        "old_password": "given-by-root-1",
        "new_password1": "qing-he-shan-yue",
        "new_password2": "qing-he-shan-yue",
    }
    assert mine.post("/password/", own)["Location"] == "/"
    assert mine.get("/account/").status_code == 200


def test_it_asks_the_same_after_an_administrator_reset_a_password(client: Client, person: User) -> None:
    open_one = Client()
    open_one.force_login(person)
    client.force_login(User.objects.create_superuser("root", password=FIRST))
    new = {"usable_password": "true", "password1": "given-by-root-1", "password2": "given-by-root-1"}
    assert client.post(f"/people/auth/user/{person.pk}/password/", new).status_code == 302
    assert open_one.get("/account/").status_code == 302, "the old password let it in"
    mine = Client()
    mine.post("/login/", {"username": person.username, "password": "given-by-root-1"})
    assert mine.get("/")["Location"] == "/password/"
    # What a person chooses for themselves on the people page is their own.
    root = User.objects.get(username="root")
    client.post(f"/people/auth/user/{root.pk}/password/", new)
    assert not passwords.must_change(root)
