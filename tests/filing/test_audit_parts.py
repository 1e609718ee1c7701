"""The record lies in parts by month: made ahead, refused to be changed one by one, dropped whole when their time is up."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from importlib import import_module
from typing import Any

import psycopg2
import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from filing.choices import AuditAction
from filing.models import AuditEntry, AuditSeal
from filing.services.audit import erase_before
from filing.services.audit_parts import MONTHS_AHEAD, make_parts
from filing.services.audit_seal import check, digest_of, seal_days
from filing.tasks import seal_the_record

pytestmark = pytest.mark.django_db

LATER = date(2061, 5, 20)
LATER_PARTS = ["206105", "206106", "206107", "206108"]


def entry(day: date, **facts: Any) -> AuditEntry:
    at = timezone.make_aware(datetime(day.year, day.month, day.day, 0, 0))
    return AuditEntry.objects.create(at=at, action=AuditAction.CHANGE, user_name="甲", facts=facts)


def rows(sql: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [row[0] if len(row) == 1 else row for row in cursor.fetchall()]


def part_of(row: AuditEntry) -> str:
    [name] = rows("SELECT tableoid::regclass::text FROM filing_auditentry WHERE id = %s", row.pk)
    return str(name).removeprefix("filing_auditentry_")


def parts() -> list[str]:
    names = rows("SELECT name FROM filing_audit_parts ORDER BY until")
    return [name.removeprefix("filing_auditentry_") for name in names]


def test_the_months_ahead_are_there_from_the_first() -> None:
    assert parts()[0] == "before" and len(parts()) == 1 + MONTHS_AHEAD
    assert make_parts() == []


def test_the_nightly_task_makes_what_is_missing() -> None:
    missing = parts()[1]
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE filing_auditentry_{missing}")
    assert missing not in parts()
    seal_the_record()
    assert missing in parts()


def test_each_row_lies_in_the_part_of_its_local_month() -> None:
    assert make_parts(LATER) == LATER_PARTS
    assert make_parts(LATER) == []
    # By the clock of the server in UTC the first day of June begins in May.
    assert [part_of(entry(day)) for day in (date(2061, 5, 31), date(2061, 6, 1))] == ["206105", "206106"]
    assert part_of(entry(date(2001, 1, 1))) == "before"
    assert part_of(entry(date(2061, 9, 1))) == "rest"


def test_what_came_before_its_part_was_made_goes_into_it_unchanged() -> None:
    day = date(2061, 6, 30)
    row, other = entry(day, n=1), entry(date(2061, 9, 1))
    before = digest_of(day)
    assert part_of(row) == "rest"
    make_parts(LATER)
    assert (part_of(row), part_of(other)) == ("206106", "rest")
    assert digest_of(day) == before and before[0] == 1
    assert rows("SELECT current_setting('icp.record_opened')") == ["truncate"]


@pytest.mark.parametrize("part", ["before", "rest", "206105"])
@pytest.mark.parametrize("act", ["UPDATE {} SET user_name = '乙'", "DELETE FROM {}", "TRUNCATE {}"])
def test_no_part_can_be_changed_by_itself(part: str, act: str) -> None:
    make_parts(LATER)
    for day in (date(2001, 1, 1), date(2061, 5, 1), date(2061, 9, 1)):
        entry(day)
    with (
        pytest.raises(IntegrityError, match="kept as it was"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SET LOCAL icp.record_opened = ''")
        cursor.execute(act.format(f"filing_auditentry_{part}"))
    assert AuditEntry.objects.count() == 3


def test_whole_months_are_dropped_and_days_of_the_month_that_goes_on_erased() -> None:
    make_parts(LATER)
    for day in (date(2001, 1, 1), date(2061, 5, 3), date(2061, 5, 30), date(2061, 6, 9), date(2061, 6, 10)):
        entry(day)
    entry(date(2062, 1, 1))
    assert erase_before(date(2061, 6, 10)) == 4
    assert parts() == ["206106", "206107", "206108"]
    left = [timezone.localtime(row.at).date() for row in AuditEntry.objects.order_by("at")]
    assert left == [date(2061, 6, 10), date(2062, 1, 1)]
    # What is written of that time afterwards is kept too.
    assert part_of(entry(date(2001, 1, 1))) == "rest"
    assert erase_before(date(2061, 6, 10)) == 1


@pytest.mark.django_db(transaction=True)
def test_while_somebody_reads_a_part_is_emptied_and_dropped_the_next_time() -> None:
    old, young = entry(date(2001, 1, 1)), entry(timezone.localdate())
    facts = connection.get_connection_params()
    reader = psycopg2.connect(
        **{name: facts[name] for name in ("dbname", "user", "host", "port") if name in facts}
    )
    count = AuditEntry.objects.count()
    end = (timezone.localdate() + timedelta(days=70)).replace(day=1)
    try:
        with reader.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM filing_auditentry")
            with transaction.atomic():
                assert erase_before(end) == count
                assert "before" in parts()
    finally:
        reader.rollback()
        reader.close()
    assert not AuditEntry.objects.filter(pk__in=[old.pk, young.pk]).exists()
    with transaction.atomic():
        assert erase_before(end) == 0
        assert "before" not in parts()
        transaction.set_rollback(True)  # the tests after this one have their parts


def test_a_record_as_it_was_becomes_the_first_part_with_its_seals_its_numbers_and_its_guards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The migration, in a schema of its own that looks as the version before left it."""
    loader = MigrationLoader(None)
    former = loader.project_state(("filing", "0022_contents_can_be_erased")).apps
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA former; SET LOCAL search_path = former")
    with connection.schema_editor() as editor:
        for name in ("AuditSeal", "AuditEntry"):
            editor.create_model(former.get_model("filing", name))
        editor.execute(import_module("filing.migrations.0012_record_of_who_did_what").CREATE, params=None)
        editor.execute("CREATE ROLE invented_app; GRANT USAGE ON SCHEMA former TO invented_app")
        editor.execute("GRANT SELECT, INSERT, DELETE ON filing_auditentry TO invented_app")
        editor.execute("GRANT ALL ON filing_auditseal TO invented_app")
        editor.execute("CREATE ROLE invented_reader; GRANT USAGE ON SCHEMA former TO invented_reader")
        editor.execute("GRANT SELECT ON filing_auditentry TO invented_reader")
    today = timezone.localdate()
    kept = [entry(today - timedelta(days=back), n=back) for back in (400, 40, 1)]
    assert seal_days() == 400 and check().faults == []
    migration = import_module("filing.migrations.0024_record_by_month")
    with connection.schema_editor() as editor:
        with monkeypatch.context() as patched, pytest.raises(ProgrammingError):
            patched.setattr(migration, "GRANT", "GRANT nothing")
            migration.divide(former, editor)
        assert rows(
            "SELECT count(*) FROM pg_constraint WHERE conname = 'filing_auditentry_before_bound'"
        ) == [0]
        migration.divide(former, editor)
        migration.divide(former, editor)
    assert check().faults == [] and AuditSeal.objects.count() == 400
    assert [part_of(row) for row in kept] == ["before"] * 3
    assert parts()[0] == "before" and len(parts()) == 1 + MONTHS_AHEAD
    assert entry(today).pk == kept[-1].pk + 1
    assert rows("SELECT pg_get_serial_sequence('filing_auditentry', 'id')") == [
        "former.filing_auditentry_id_seq"
    ]
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEntry.objects.filter(pk=kept[0].pk).update(user_name="乙")
    indexes = set(rows("SELECT indexrelname FROM pg_stat_user_indexes WHERE schemaname = 'former'"))
    assert not [name for name in indexes if name.endswith("_idx1")], "an index was built twice"
    # The first part serves the indexes that it had.
    assert rows("SELECT count(*) FROM pg_index WHERE indrelid = 'filing_auditentry_before'::regclass") == [5]
    # An account that owns nothing goes on writing, makes the months ahead and lets go of those that are due.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE invented_app")
    assert entry(today).pk == kept[-1].pk + 2
    assert make_parts(LATER) == LATER_PARTS
    assert erase_before(today - timedelta(days=39)) == 2
    with pytest.raises(IntegrityError, match="kept as it was"), transaction.atomic():
        AuditEntry.objects.all().delete()
    # Who may only read gets no more by the functions.
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE invented_reader")
    assert AuditEntry.objects.count() == 3
    for act in (lambda: erase_before(today), make_parts):
        with pytest.raises(ProgrammingError, match="permission denied for function"), transaction.atomic():
            act()
