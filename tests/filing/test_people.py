"""People, roles and teams: who administers them, what an administrator may not do, what an auditor sees."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse

from filing.choices import AuditAction
from filing.models import Team
from filing.roles import role_words
from tests.filing import samples
from tests.record import noted

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client: Client) -> User:
    user = samples.a_person("boss", "管理员")
    client.force_login(user)
    return user


def change(client: Client, user: User, **more: Any) -> Any:
    # The sheet has a table for who the person is at the provider of single sign-on.
    identities = {"identities-TOTAL_FORMS": "0", "identities-INITIAL_FORMS": "0"}
    data = (
        {"username": user.username, "first_name": "新名", "email": "", "is_active": "on"} | identities | more
    )
    return client.post(reverse("admin:auth_user_change", args=[user.pk]), data)


def group(name: str) -> int:
    return Group.objects.get(name=name).pk


def test_an_administrator_gives_roles_and_makes_teams_and_both_are_recorded(
    client: Client, admin: User
) -> None:
    person = samples.a_person("new-one")
    assert change(client, person, groups=[group("填报"), group("审核")]).status_code == 302
    person = User.objects.get(pk=person.pk)
    assert role_words(person) == "填报、审核"
    answer = client.post(reverse("admin:filing_team_add"), {"name": "一队", "members": [person.pk]})
    assert answer.status_code == 302
    assert list(Team.objects.get().members.all()) == [person]
    told = [(row.user_id, row.facts["what"]) for row in noted(AuditAction.PEOPLE) if row.user_id]
    assert told == [(admin.pk, "修改账户"), (admin.pk, "添加角色"), (admin.pk, "添加成员")]


def test_an_auditor_is_nothing_else(client: Client, admin: User) -> None:
    person = samples.a_person("new-one")
    answer = change(client, person, groups=[group("审计"), group("填报")])
    assert answer.status_code == 200 and "审计只看不做" in answer.content.decode()
    assert change(client, person, groups=[group("审计")]).status_code == 302
    assert role_words(User.objects.get(pk=person.pk)) == "审计"


def test_an_administrator_makes_no_superuser_and_changes_none(client: Client, admin: User) -> None:
    root = User.objects.create_superuser("root", password="Of-Root-Only-1")
    person = samples.a_person("new-one")
    change(client, person, is_superuser="on")
    assert not User.objects.get(pk=person.pk).is_superuser
    assert change(client, root).status_code == 403
    address = reverse("admin:auth_user_password_change", args=[root.pk])
    answer = client.post(address, {"password1": "Taken-Over-1234", "password2": "Taken-Over-1234"})
    assert answer.status_code == 403
    assert User.objects.get(pk=root.pk).check_password("Of-Root-Only-1")


def test_accounts_are_closed_not_deleted(client: Client, admin: User) -> None:
    person = samples.a_person("leaver", "填报")
    User.objects.create_superuser("root")
    for user in (admin, User.objects.get(username="root")):
        client.force_login(user)
        assert (
            client.post(reverse("admin:auth_user_delete", args=[person.pk]), {"post": "yes"}).status_code
            == 403
        )
        picked = {"action": "delete_selected", "_selected_action": [person.pk], "post": "yes"}
        client.post(reverse("admin:auth_user_changelist"), picked)
    assert User.objects.filter(pk=person.pk).exists()


def test_an_auditor_looks_at_people_without_changing_any(client: Client) -> None:
    person = samples.a_person("somebody", "填报")
    client.force_login(samples.a_person("auditor", "审计"))
    address = reverse("admin:auth_user_change", args=[person.pk])
    shown = client.get(address)
    assert shown.status_code == 200 and 'name="_save"' not in shown.content.decode()
    assert change(client, person).status_code == 302  # to the sign-in of the administration, which refuses
    assert User.objects.get(pk=person.pk).first_name != "新名"


@pytest.mark.parametrize(
    "name", ["home", "request_list", "filed_list", "link_list", "rule_list", "review_queue"]
)
def test_an_auditor_sees_no_button_that_changes_anything(client: Client, name: str) -> None:
    client.force_login(samples.a_person("auditor", "审计"))
    text = client.get(reverse(name)).content.decode()
    posts = [
        each.partition(">")[0]
        for each in text.split("<form")[1:]
        if 'method="post"' in each.partition(">")[0]
    ]
    assert [each for each in posts if "/logout/" not in each] == []
