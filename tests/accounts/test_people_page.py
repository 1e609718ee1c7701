"""What administrators do about the sign-in of others, and of whom they must leave it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client

from accounts.models import ProviderIdentity, SignInSession
from accounts.services import second_factor
from filing.choices import AuditAction
from filing.models import AuditEntry

pytestmark = pytest.mark.django_db
LIST = "/people/auth/user/"


def person(name: str, role: str = "") -> User:
    user = User.objects.create_user(name, password="shan-yue-du-2026")
    user.groups.set(Group.objects.filter(name=role))
    return user


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def act(client: Client, action: str, *people: User) -> Any:
    return client.post(
        LIST, {"action": action, "_selected_action": [each.pk for each in people]}, follow=True
    )


def test_an_administrator_leaves_superusers_to_superusers() -> None:
    root, lin = User.objects.create_superuser("root"), person("lin")
    signed_in(root), signed_in(lin)
    answer = act(signed_in(person("manager", "管理员")), "end_sessions", root, lin).content.decode()
    assert "结束所有登录：1 人" in answer and "1 人没有动" in answer
    assert (
        SignInSession.objects.filter(user=root).exists()
        and not SignInSession.objects.filter(user=lin).exists()
    )
    assert [row.key for row in AuditEntry.objects.filter(facts__what="结束所有登录")] == [str(lin.pk)]


@pytest.mark.parametrize("role", ["审计", "审核", ""])
@pytest.mark.parametrize("action", ["unlock", "end_sessions", "reset_second_factor"])
def test_nobody_else_does_any_of_it(role: str, action: str) -> None:
    lin = person("lin")
    signed_in(lin)
    second_factor.enrolment(lin)
    answer = act(signed_in(person("other", role)), action, lin)
    assert answer.status_code in (302, 403)
    assert SignInSession.objects.filter(user=lin).exists() and hasattr(lin, "second_factor")
    assert not AuditEntry.objects.filter(action=AuditAction.ACCOUNT, user_id__isnull=False).exists()


def test_an_auditor_sees_how_it_stands_and_no_actions() -> None:
    lin = person("lin")
    signed_in(lin)
    page = signed_in(person("auditor", "审计")).get(LIST).content.decode()
    assert "1 处登录" in page and "结束所有登录" not in page


def test_an_administrator_enters_who_a_person_is_at_the_provider() -> None:
    lin = person("lin", "填报")
    client = signed_in(person("manager", "管理员"))
    given = {
        "username": "lin",
        "groups": [Group.objects.get(name="填报").pk],
        "is_active": "on",
        "identities-TOTAL_FORMS": "1",
        "identities-INITIAL_FORMS": "0",
        "identities-0-issuer": "https://id.example.cn",
        "identities-0-subject": "u-1001",
    }
    assert client.post(f"{LIST}{lin.pk}/change/", given).status_code == 302
    assert ProviderIdentity.objects.get().user == lin
    root = User.objects.create_superuser("root")
    assert client.post(f"{LIST}{root.pk}/change/", given | {"username": "root"}).status_code == 403
