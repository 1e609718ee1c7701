"""Sessions end: after a while, when left alone, from elsewhere, and when the account is not what it was."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.utils import timezone

from accounts.models import SignInSession
from accounts.services import sessions
from accounts.sessions import SIGNED_IN
from accounts.tasks import forget_what_is_over
from filing.choices import AuditAction
from filing.models import AuditEntry

PASSWORD = "shan-yue-du-2026"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/604.1"
POLL = {"X-Polls": "1", "HX-Request": "true"}


@pytest.fixture
def person(db: None) -> User:
    user = User.objects.create_user("lin", password=PASSWORD)
    user.groups.add(Group.objects.get(name="填报"))
    return user


def signed_in(agent: str = CHROME, address: str = "192.0.2.1") -> Client:
    client = Client(headers={"User-Agent": agent}, REMOTE_ADDR=address)
    assert client.post("/login/", {"username": "lin", "password": PASSWORD}).status_code == 302
    return client


def is_in(client: Client) -> bool:
    return client.get("/account/").status_code == 200


def left_alone(client: Client, minutes: int) -> None:
    """As if the session had lain there so long."""
    SignInSession.objects.filter(session_key=client.session.session_key).update(
        active_at=timezone.now() - timedelta(minutes=minutes)
    )


def test_it_ends_a_session_that_was_left_alone_and_says_so(person: User) -> None:
    client = signed_in()
    left_alone(client, 119)
    assert is_in(client)
    left_alone(client, 121)
    answer = client.get("/account/", follow=True)
    assert answer.redirect_chain[-1][0] == "/login/?next=/account/"
    assert "120 分钟没有操作" in answer.content.decode()
    assert AuditEntry.objects.filter(action=AuditAction.SIGN_OUT, user_id=person.pk).exists()


def test_it_takes_no_polling_for_activity(person: User) -> None:
    client = signed_in()
    left_alone(client, 100)
    assert client.get("/home/live/", headers=POLL).status_code == 200
    row = SignInSession.objects.get(user=person)
    assert timezone.now() - row.active_at > timedelta(minutes=99)
    client.get("/requests/")
    row.refresh_from_db()
    assert timezone.now() - row.active_at < timedelta(minutes=1)
    left_alone(client, 121)
    assert client.get("/home/live/", headers=POLL).status_code == 401


def test_it_writes_activity_beside_the_content_of_the_session(person: User) -> None:
    """What an open form left in the session must not be undone by a page that only looks."""
    client = signed_in()
    left_alone(client, 10)
    before = SignInSession.objects.get(user=person)
    client.get("/requests/")
    after = SignInSession.objects.get(user=person)
    assert after.session_data == before.session_data and after.active_at > before.active_at


def test_it_ends_every_session_after_twelve_hours_however_busy(person: User) -> None:
    client = signed_in()
    session = client.session
    session[SIGNED_IN] = session[SIGNED_IN] | {"at": (timezone.now() - timedelta(hours=12)).isoformat()}
    session.save()
    answer = client.get("/account/", follow=True)
    assert "登录已满 12 小时" in answer.content.decode()


def test_it_lists_ones_own_sessions_and_ends_one(person: User) -> None:
    here, phone = signed_in(), signed_in(IPHONE, "198.51.100.7")
    other = User.objects.create_user("other", password=PASSWORD)
    stranger = Client()
    stranger.force_login(other)
    page = here.get("/account/").content.decode()
    assert "Chrome · Windows" in page and "Safari · iPhone" in page and "198.51.100.7" in page
    assert page.index("Chrome · Windows") < page.index("Safari · iPhone"), "this one comes first"
    assert not any(key in page for key in SignInSession.objects.values_list("session_key", flat=True))
    [that] = [each for each in sessions.sessions_of(person, here.session) if not each.is_this]
    stranger.post("/account/sessions/end/", {"session": that.name})
    assert is_in(phone), "another person's list holds it not"
    here.post("/account/sessions/end/", {"session": that.name})
    assert not is_in(phone) and is_in(here) and is_in(stranger)
    assert AuditEntry.objects.filter(action=AuditAction.ACCOUNT, facts__what="结束登录").count() == 1


def test_it_ends_all_others_at_once(person: User) -> None:
    here, there, phone = signed_in(), signed_in(), signed_in(IPHONE)
    here.post("/account/sessions/end/", {"session": "others"})
    assert [is_in(each) for each in (here, there, phone)] == [True, False, False]


def test_it_ends_the_others_when_the_password_changes(person: User) -> None:
    here, there = signed_in(), signed_in()
    before = here.session.session_key
    new = "qing-he-shan-yue"
    here.post("/password/", {"old_password": PASSWORD, "new_password1": new, "new_password2": new})
    assert is_in(here) and not is_in(there)
    assert here.session.session_key != before
    assert SignInSession.objects.filter(user=person).count() == 1


def test_it_ends_sessions_when_a_role_is_taken_or_the_account_switched_off(person: User) -> None:
    client = signed_in()
    person.groups.add(Group.objects.get(name="审核"))
    assert is_in(client), "more than before"
    person.groups.remove(Group.objects.get(name="审核"))
    assert not is_in(client)
    client = signed_in()
    Group.objects.get(name="填报").user_set.clear()
    assert not is_in(client)
    client = signed_in()
    person.is_active = False
    person.save()
    assert not SignInSession.objects.filter(user=person).exists()


def test_it_ends_sessions_of_who_is_no_superuser_any_more(person: User) -> None:
    person.is_superuser = True
    person.save()
    client = signed_in()
    person.is_superuser = False
    person.save()
    assert not is_in(client)


def test_it_lets_an_administrator_end_the_sessions_of_a_person(client: Client, person: User) -> None:
    there = signed_in()
    client.force_login(User.objects.create_superuser("root"))
    client.post("/people/auth/user/", {"action": "end_sessions", "_selected_action": [person.pk]})
    assert not is_in(there)
    client.force_login(person)
    assert client.post("/people/auth/user/", {"action": "end_sessions"}).status_code in (302, 403)


def test_it_signs_out_and_has_the_browser_forget(person: User) -> None:
    client = signed_in()
    key = client.session.session_key
    answer = client.post("/logout/")
    assert answer["Clear-Site-Data"] == '"cache", "storage"'
    assert not SignInSession.objects.filter(session_key=key).exists()
    stolen = Client()
    stolen.cookies["sessionid"] = str(key)
    assert not is_in(stolen)


def test_it_forgets_sessions_that_are_over_and_keeps_the_others(person: User) -> None:
    here, idle, old = signed_in(), signed_in(), signed_in()
    left_alone(idle, 121)
    day = timezone.now() - timedelta(hours=13)
    SignInSession.objects.filter(session_key=old.session.session_key).update(began_at=day)
    Client().get("/login/")
    forget_what_is_over()
    assert [row.session_key for row in SignInSession.objects.filter(user=person)] == [
        here.session.session_key
    ]


def test_it_sends_who_comes_back_in_another_tab_to_the_form_that_waits(person: User) -> None:
    client = signed_in()
    left_alone(client, 500)
    answer = client.get("/drafts/signed-in/")
    assert answer["Location"].startswith("/login/?next=")
    back = client.post(
        "/login/", {"username": "lin", "password": PASSWORD, "next": "/drafts/signed-in/"}, follow=True
    )
    assert "请回到填报的页面" in back.content.decode()


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chrome · Windows"),
        (CHROME + " Edg/142.0", "Edge · Windows"),
        (IPHONE, "Safari · iPhone"),
        ("curl/8.5.0", "curl/8.5.0"),
        ("<script>alert(1)</script>", "scriptalert1/script"),
        ("", ""),
    ],
)
def test_it_names_devices_in_short_words(agent: str, words: Any) -> None:
    assert sessions.device_words(agent) == words
