"""The record: what a note holds, and that nothing changes it afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser, Group
from django.db import IntegrityError, connection, transaction
from django.test import RequestFactory
from django.utils import timezone

from filing.actors import COMMAND
from filing.choices import AuditAction, RequestState
from filing.models import AuditEntry
from filing.origin import client_address, session_hash
from filing.services.audit import erase_before, note
from tests import factories

pytestmark = pytest.mark.django_db

CARD = factories.SUBJECT_CARD


def test_it_tells_who_did_what_to_what_as_what() -> None:
    user = factories.user("lin")
    user.groups.set([Group.objects.get(name="填报"), Group.objects.get(name="审核")])
    user.first_name = "林知夏"
    request = factories.request_in(RequestState.DRAFT)
    note(AuditAction.CHANGE, user=user, about=request, facts={"fields": ["主体/名称"], "版本": 1})
    row = AuditEntry.objects.get(user_id=user.pk)
    assert (row.user_id, row.user_name, row.roles) == (user.pk, f"林知夏（{user.username}）", "填报、审核")
    assert (row.kind, row.key, row.action_words) == ("request", request.ref, "修改")
    assert row.facts == {"fields": ["主体/名称"], "版本": 1}
    assert abs(timezone.now() - row.at) < timedelta(minutes=1)


def test_it_stays_when_the_person_and_the_object_are_gone() -> None:
    user, request = factories.user("gone"), factories.request_in(RequestState.DRAFT)
    note(AuditAction.CHANGE, user=user, about=request)
    key, name, ref = user.pk, user.username, request.ref
    request.delete()
    user.delete()
    row = AuditEntry.objects.get(action=AuditAction.CHANGE, user_id=key)
    assert (row.user_id, row.user_name, row.key) == (key, name, ref)


def test_it_masks_numbers_and_bounds_what_it_is_given() -> None:
    facts: dict[str, Any] = {
        "words": f"证件 {CARD}，电话 13812345678\x00",
        "long": "字" * 2000,
        "list": list(range(1000)),
        "deep": {"a": {"b": {"c": {"d": {"e": {"f": "g"}}}}}},
        "pk": 7,
        "none": None,
    }
    note(AuditAction.CHANGE, user=COMMAND, about=("subject", 5, f"张三 {CARD}"), facts=facts)
    row = AuditEntry.objects.get()
    assert CARD not in str(row.facts) + row.name and "13812345678" not in str(row.facts)
    assert row.name.startswith("张三 " + CARD[:6])
    assert (len(row.facts["long"]), len(row.facts["list"]), row.facts["pk"]) == (500, 100, 7)
    assert row.user_name == "命令行" and row.user_id is None


def test_it_knows_address_and_session_of_the_request_that_is_answered(client: Any) -> None:
    user = factories.user("lin")
    client.force_login(user)
    http = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
    http.session = client.session
    note(AuditAction.EXPORT, user=AnonymousUser(), http=http)
    row = AuditEntry.objects.filter(action="export").get()
    assert row.address == "192.0.2.7" and row.user_name == ""
    assert row.session == session_hash(http) and row.session not in ("", client.session.session_key)
    assert client.session.session_key not in str(AuditEntry.objects.values())


@pytest.mark.parametrize(
    ("behind", "forwarded", "address"),
    [
        (False, "203.0.113.9", "10.0.0.1"),
        (True, "203.0.113.9", "203.0.113.9"),
        # What a visitor wrote himself stands in front of what the proxy added.
        (True, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (True, "", "10.0.0.1"),
        (True, "nonsense", None),
    ],
)
def test_it_believes_a_proxy_only_where_there_is_one(
    settings: Any, behind: bool, forwarded: str, address: str | None
) -> None:
    settings.ICP_BEHIND_PROXY = behind
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    assert client_address(RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", **headers)) == address


def test_it_is_undone_with_the_act_that_failed() -> None:
    with pytest.raises(RuntimeError), transaction.atomic():
        note(AuditAction.CHANGE, user=None)
        raise RuntimeError
    assert not AuditEntry.objects.exists()


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE filing_auditentry SET user_name = 'x'",
        "DELETE FROM filing_auditentry",
        "SET LOCAL icp.record_opened = ''; TRUNCATE filing_auditentry",
        "SET LOCAL icp.record_opened = 'erase'; UPDATE filing_auditentry SET user_name = 'x'",
        "SET LOCAL icp.record_opened = 'erase'; DELETE FROM filing_auditseal",
        "SET LOCAL icp.record_opened = 'erase'; UPDATE filing_auditseal SET rows = 9",
        "SET LOCAL icp.record_opened = ''; TRUNCATE filing_auditseal",
    ],
)
def test_it_refuses_to_be_changed_by_sql_itself(sql: str) -> None:
    note(AuditAction.CHANGE, user=None)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO filing_auditseal (day, rows, digest, chain, sealed_at) "
            "VALUES ('2026-01-01', 1, 'a', 'b', now())"
        )
    with (
        pytest.raises(IntegrityError, match="kept as it was"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql)
    assert AuditEntry.objects.count() == 1


def test_it_lets_go_of_what_is_old_by_its_one_function_only() -> None:
    note(AuditAction.CHANGE, user=None, facts={"n": 1})
    today = timezone.localdate()
    assert erase_before(today) == 0
    assert erase_before(today + timedelta(days=1)) == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        note(AuditAction.CHANGE, user=None)
        AuditEntry.objects.all().delete()


def test_every_answer_has_a_number(client: Any, settings: Any) -> None:
    assert len(client.get("/login/")["X-Request-ID"]) == 32
    assert client.get("/login/", HTTP_X_REQUEST_ID="of-the-visitor")["X-Request-ID"] != "of-the-visitor"
    settings.ICP_BEHIND_PROXY = True
    assert client.get("/login/", HTTP_X_REQUEST_ID="of-the-proxy")["X-Request-ID"] == "of-the-proxy"
    assert client.get("/login/", HTTP_X_REQUEST_ID="a b\n")["X-Request-ID"] != "a b\n"
