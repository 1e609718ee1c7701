"""What is noted when people sign in, look, change, review, administer and run commands."""

from __future__ import annotations

import inspect
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from filing.actors import person
from filing.choices import AuditAction, RequestState
from filing.models import AuditEntry, Team
from filing.services import attachments, drafts, review
from filing.services.bureau_rules import set_rule, take_back_rule
from filing.services.revisions import current_revision
from settings.celery import app
from tests import factories

pytestmark = pytest.mark.django_db

A = AuditAction
OURS = ("filing", "reporting", "verification", "upkeep", "accounts")
S = RequestState


def rows(action: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(action=action).order_by("pk"))


def test_it_notes_sign_in_failure_and_sign_out(client: Client) -> None:
    user = factories.user("lin", "enter_request")
    client.post("/login/", {"username": user.username, "password": "wrong"})
    client.post("/login/", {"username": "S3cret-Typed-Here", "password": "x"})
    client.post("/login/", {"username": user.username, "password": "lin"})
    client.post("/logout/")
    known, unknown = rows(A.SIGN_IN_FAILED)
    assert (known.key, known.user_id, known.address) == (str(user.pk), None, "127.0.0.1")
    assert (unknown.key, unknown.name) == ("", "没有这个用户名")
    assert "S3cret" not in str(list(AuditEntry.objects.values()))
    [signed_in], [signed_out] = rows(A.SIGN_IN), rows(A.SIGN_OUT)
    assert signed_in.user_id == signed_out.user_id == user.pk
    assert signed_in.session and signed_in.roles == "填报"


@pytest.mark.parametrize(
    ("state", "query", "about"),
    [(S.DRAFT, "?reveal=1", "request"), (S.READY, "?tab=versions&reveal=1", "request")],
)
def test_it_notes_each_look_at_whole_numbers(client: Client, state: str, query: str, about: str) -> None:
    people = factories.people()
    filing = factories.request_in(state, people)
    before = len(rows(A.VIEW_IDENTITY))
    client.force_login(people.owner)
    address = reverse("request_detail", args=[filing.ref])
    client.get(address)
    assert len(rows(A.VIEW_IDENTITY)) == before
    client.get(address + query)
    client.get(address + query)
    noted = rows(A.VIEW_IDENTITY)[before:]
    assert [(each.kind, each.key, each.user_id) for each in noted] == [
        (about, filing.ref, people.owner.pk)
    ] * 2


def test_it_notes_who_opened_a_draft_or_a_review(client: Client) -> None:
    people = factories.people()
    client.force_login(people.colleague)
    draft, waiting = factories.draft(people.owner), factories.request_in(S.IN_REVIEW, people)
    client.get(reverse("draft_edit", args=[draft.ref]))
    client.get(reverse("request_review", args=[waiting.ref]))
    assert [(each.key, each.facts["what"]) for each in rows(A.VIEW_IDENTITY)] == [
        (draft.ref, "打开草稿"),
        (waiting.ref, "审核页"),
    ]


def test_it_notes_images_that_are_looked_at(client: Client) -> None:
    people = factories.people()
    content = current_revision(factories.draft(people.owner)).content
    sha256 = content["attachments"][0]["content"].removeprefix(attachments.REFERENCE)
    client.force_login(people.colleague)
    client.get(reverse("attachment_view", args=[sha256]))
    [row] = rows(A.VIEW_ATTACHMENT)
    assert (row.kind, row.key, row.user_id) == ("attachment", sha256, people.colleague.pk)


def test_it_notes_which_fields_a_save_changed_and_masks_whose_they_are() -> None:
    people = factories.people()
    draft = factories.draft(people.owner)
    content = current_revision(draft).content
    subject = content["subject"]
    changed = content | {
        "subject": subject
        | {
            "name": "虚构乙公司",
            "responsible": subject["responsible"] | {"mobile": "13900001234"},
        }
    }
    drafts.save_draft(draft, changed, actor=person(people.colleague), remarks="催过一次")
    drafts.save_draft(draft, changed, actor=person(people.colleague))
    made, saved = rows(A.CHANGE)
    assert made.facts["what"] == "新建草稿" and made.user_id == people.owner.pk
    fields = saved.facts["fields"]
    assert any(f"{subject['name']} → 虚构乙公司" in each for each in fields), fields
    assert "内部备注" in fields and "13900001234" not in str(saved.facts)
    assert any("手机号码" in each and "139****1234" in each for each in fields), fields


def test_it_notes_a_review_and_nothing_where_it_was_refused() -> None:
    people = factories.people()
    filing = factories.request_in(S.IN_REVIEW, people)
    with pytest.raises(review.NotAllowed):
        review.approve(filing, user=people.owner)
    assert rows(A.REVIEW) == []
    review.return_for_changes(filing, user=people.colleague, reason="证件看不清")
    [row] = rows(A.REVIEW)
    assert (row.key, row.facts["what"], row.facts["words"]) == (filing.ref, "退改", "证件看不清")


def test_it_notes_settings_of_rules_with_what_they_were() -> None:
    admin = factories.user("admin", "administer")
    row = set_rule("1020", "warn", user=admin, words="轻一点")
    set_rule("1020", "off", user=admin)
    take_back_rule(row.pk, user=admin)
    take_back_rule(row.pk, user=admin)
    noted = [
        (each.facts["setting"], (each.facts.get("before") or {}).get("setting")) for each in rows(A.SETTING)
    ]
    assert noted == [("warn", None), ("off", "warn"), ("off", None)]


def test_it_notes_accounts_roles_teams_and_passwords_wherever_they_are_changed() -> None:
    user = User.objects.create_user("noted", password="a-Long-one-1")
    user.groups.add(Group.objects.get(name="填报"))
    Team.objects.create(name="一队").members.add(user)
    user.first_name, user.is_superuser = "新名", True
    user.save()
    user.set_password("another-Long-1")
    user.save()
    user.delete()
    told = [each.facts["what"] for each in rows(A.PEOPLE)]
    assert told == ["新建账户", "添加角色", "添加成员", "修改账户", "删除账户"]
    assert rows(A.PEOPLE)[1].facts["names"] == ["填报"]
    assert "超级用户：（空） → True" in rows(A.PEOPLE)[3].facts["fields"]
    assert [each.facts["what"] for each in rows(A.ACCOUNT)] == ["改密码"]
    assert all(each.user_name.startswith("命令行（") for each in AuditEntry.objects.all())
    assert "argon2" not in str(list(AuditEntry.objects.values())) and "md5$" not in str(
        list(AuditEntry.objects.values())
    )


def test_it_notes_refusals_of_people_who_are_signed_in(client: Client) -> None:
    client.post(reverse("rule_set"))
    assert rows(A.REFUSED) == []
    client.force_login(factories.user("staff", "enter_request"))
    assert client.post(reverse("rule_set")).status_code == 403
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(factories.user("staff", "enter_request"))
    assert forged.post(reverse("request_submit", args=["x"])).status_code == 403
    assert [(each.facts["method"], each.facts["path"]) for each in rows(A.REFUSED)] == [
        ("POST", "/rules/set/"),
        ("POST", "/requests/x/submit/"),
    ]


def test_it_notes_commands_with_their_end_and_without_secrets() -> None:
    facts: dict[str, Any] = {
        "province": 110000,
        "base_url": "https://bureau.invalid",
        "isp_id": 110000000009,
        "user_name": "provider",
        "password": "Very-Secret-1",
        "aes_key": "0123456789abcdef",
        "aes_iv": "fedcba9876543210",
    }
    call_command("set_bureau", **facts, stdout=StringIO(), stderr=StringIO())
    with pytest.raises(SystemExit):
        call_command("withdraw", ref="no-such-ref", stdout=StringIO(), stderr=StringIO())
    with pytest.raises(CommandError):
        call_command("set_bureau", stdout=StringIO(), stderr=StringIO())
    made, refused = rows(A.COMMAND)
    assert (made.key, made.facts["ended"], made.facts["options"]["isp_id"]) == (
        "set_bureau",
        "完成",
        110000000009,
    )
    assert "Very-Secret" not in str(made.facts) and "0123456789abcdef" not in str(made.facts)
    assert (refused.key, refused.facts["ended"]) == ("withdraw", "退出码 1")
    assert made.user_name.startswith("命令行（")


def test_no_button_goes_unrecorded_and_none_twice(client: Client) -> None:
    people = factories.people()
    client.force_login(people.owner)
    made = factories.request_in(S.IN_REVIEW, people)
    before = AuditEntry.objects.count()
    client.post(reverse("visit_count"))  # 405
    client.post(reverse("alert_read_all"))
    client.post(reverse("draft_keep"), {})
    assert AuditEntry.objects.count() == before
    client.post(reverse("request_withdraw", args=[made.ref]), {"reason": "不办了"})
    assert AuditEntry.objects.count() == before + 1
    client.post(reverse("operation_start", args=["change"]), {})
    client.post(reverse("request_diagnosis", args=[made.ref]))
    told = [(row.kind, row.key) for row in AuditEntry.objects.order_by("pk")[before + 1 :]]
    assert ("page", "request_diagnosis") in told
    assert AuditEntry.objects.order_by("pk").last().facts["path"].startswith("/requests/")


def test_tasks_are_told_keys_only() -> None:
    """What stands in Redis and in a worker's log names rows by key: no numbers of people, no names."""
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if name.partition(".")[0] in OURS]
    assert len(ours) > 10
    wrong = [
        f"{task.name}({each})"
        for task in ours
        for each in inspect.signature(task.run).parameters.values()
        if each.annotation not in ("int", "bool", int, bool)
    ]
    assert wrong == []
