"""The seals over the record: every change, loss and gap is found, and what is erased by rule is none."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from filing.choices import AuditAction
from filing.models import AuditEntry, AuditSeal
from filing.services import audit_seal
from filing.services.audit_seal import check, erase_old, seal_days

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def entry(day: date, **facts: Any) -> AuditEntry:
    at = timezone.make_aware(datetime(day.year, day.month, day.day, 23, 59, 59))
    return AuditEntry.objects.create(at=at, action=AuditAction.CHANGE, user_name="甲", facts=facts)


def by_force(sql: str) -> None:
    """As the owner of the database may."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(sql)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")


@pytest.fixture
def today() -> date:
    """Three days with rows (one without in between) sealed; today not."""
    now = timezone.localdate()
    for back in (4, 3, 1):
        for number in range(3):
            entry(now - back * DAY, n=number, words="字")
    assert seal_days() == 4
    return now


def test_it_seals_each_day_once_and_today_not(today: date) -> None:
    assert seal_days() == 0
    entry(today)
    assert seal_days() == 0
    assert [(seal.day, seal.rows) for seal in AuditSeal.objects.all()] == [
        (today - 4 * DAY, 3),
        (today - 3 * DAY, 3),
        (today - 2 * DAY, 0),
        (today - DAY, 3),
    ]
    found = check()
    assert (found.faults, found.days, found.rows) == ([], 4, 9)
    assert found.chain == AuditSeal.objects.latest("day").chain


def test_it_seals_nothing_where_nothing_is() -> None:
    assert seal_days() == 0
    assert check().faults == []


@pytest.mark.parametrize(
    ("sql", "back", "words"),
    [
        ("UPDATE filing_auditentry SET user_name = '乙' WHERE id = {id}", 3, "内容被改过"),
        ("UPDATE filing_auditentry SET facts = '{{\"n\": 9}}' WHERE id = {id}", 3, "内容被改过"),
        ("UPDATE filing_auditentry SET at = at + interval '2 days' WHERE id = {id}", 3, "现在有 2 条"),
        ("DELETE FROM filing_auditentry WHERE id = {id}", 3, "封存时有 3 条，现在有 2 条"),
        ("UPDATE filing_auditseal SET rows = 2 WHERE day = '{day}'", 3, "现在有 3 条"),
        ("DELETE FROM filing_auditseal WHERE day = '{day}'", 3, "没有封存"),
        ("UPDATE filing_auditseal SET erased_at = now() WHERE day = '{day}'", 3, "就被清理"),
    ],
)
def test_it_finds_what_was_changed_or_is_missing(today: date, sql: str, back: int, words: str) -> None:
    day = today - back * DAY
    row = AuditEntry.objects.order_by("at", "id")[4]
    by_force(sql.format(id=row.pk, day=day))
    found = check().faults
    assert any(each.day == day and words in each.words for each in found), found


def test_it_finds_a_row_that_was_put_in_afterwards(today: date) -> None:
    entry(today - DAY)
    assert [each.words for each in check().faults] == ["封存时有 3 条，现在有 4 条"]


def test_it_finds_a_chain_that_was_written_anew(today: date) -> None:
    kept = check().chain
    by_force("UPDATE filing_auditentry SET user_name = '乙'; DELETE FROM filing_auditseal")
    seal_days()
    assert check().faults == []
    assert [each.words for each in check(known_chain=kept).faults] == ["另存的哈希不在链上：整条链被换过"]


def test_it_misses_the_nights_that_were_not_sealed(today: date) -> None:
    assert check(today=today + DAY).faults == []
    assert "没有封存" in check(today=today + 3 * DAY).faults[0].words


def test_it_lets_go_by_rule_and_says_so(today: date, settings: Any) -> None:
    settings.ICP_KEEP_AUDIT_DAYS = 200
    later = today + 200 * DAY
    assert erase_old(later - 5 * DAY, dry_run=True) == 0
    assert erase_old(later - 3 * DAY, dry_run=True) == 3
    assert erase_old(later - 2 * DAY) == 6
    assert [seal.erased_at is not None for seal in AuditSeal.objects.all()] == [True, True, False, False]
    [noted] = AuditEntry.objects.filter(action=AuditAction.ERASE)
    assert noted.facts["rows"] == 6
    # By the clock of this test they were erased at once, which is told.
    assert {each.words for each in check().faults} == {"不到 183 天就被清理"}
    by_force(
        "UPDATE filing_auditseal SET erased_at = now() + interval '190 days' WHERE erased_at IS NOT NULL"
    )
    assert check().faults == []


def test_it_erases_no_day_that_is_not_sealed(settings: Any) -> None:
    now = timezone.localdate()
    entry(now - 300 * DAY)
    settings.ICP_KEEP_AUDIT_DAYS = 200
    assert erase_old() == 0
    seal_days()
    assert erase_old() == 1


def test_the_command_tells_and_fails_where_anything_is_wrong(today: date) -> None:
    out = StringIO()
    call_command("audit", "--check", "--json", stdout=out, stderr=StringIO())
    assert json.loads(out.getvalue()) | {"chain": ""} == {"days": 4, "rows": 9, "chain": "", "faults": []}
    by_force("UPDATE filing_auditentry SET user_name = '乙'")
    with pytest.raises(SystemExit) as ended:
        call_command("audit", "--check", stdout=StringIO(), stderr=StringIO())
    assert ended.value.code == 1
    assert AuditEntry.objects.filter(action=AuditAction.COMMAND, key="audit").count() == 2


def test_a_row_reads_the_same_whenever_it_is_read(today: date) -> None:
    first = audit_seal.digest_of(today - DAY)
    assert audit_seal.digest_of(today - DAY) == first
    assert first[0] == 3
