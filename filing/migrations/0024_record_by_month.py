"""The record of who did what in parts by month: a month whose time is up is dropped as a whole.

What is there becomes the first part as it stands. That its rows belong there is checked beforehand, beside the work that
goes on; the moment in which the table is put under the new one copies and reads nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import migrations, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.backends.utils import CursorWrapper
from django.db.migrations.state import StateApps
from django.utils import timezone

FUNCTIONS = """
-- Within a part the trigger is called by the part's name.
CREATE OR REPLACE FUNCTION filing_audit_keep() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('icp.record_opened', true) = 'truncate' THEN
        RETURN NULL;
    END IF;
    IF current_setting('icp.record_opened', true) = 'erase' THEN
        IF TG_OP = 'DELETE' AND starts_with(TG_TABLE_NAME, 'filing_auditentry') THEN
            RETURN OLD;
        END IF;
        IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'filing_auditseal' THEN
            IF to_jsonb(NEW) - 'erased_at' = to_jsonb(OLD) - 'erased_at' THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'the record is kept as it was written: % of %', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation';
END
$$ LANGUAGE plpgsql;

-- The part for what lies from one moment to another. False: there is one of that name, or the first part, which has no
-- beginning, reaches so far. What the part for the rest took meanwhile goes into it. Like filing_audit_erase it works
-- with the rights of the owner of the tables: the application may be somebody else.
CREATE OR REPLACE FUNCTION filing_audit_part(suffix text, since timestamptz, upto timestamptz) RETURNS boolean AS $$
DECLARE
    opened text := coalesce(current_setting('icp.record_opened', true), '');
    part text := 'filing_auditentry_' || suffix;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('filing.audit_part', 0));
    IF to_regclass(part) IS NOT NULL THEN
        RETURN false;
    END IF;
    IF EXISTS (SELECT 1 FROM filing_audit_parts WHERE name = 'filing_auditentry_before' AND until > since) THEN
        RETURN false;
    END IF;
    EXECUTE format('CREATE TABLE %I (LIKE filing_auditentry INCLUDING DEFAULTS, PRIMARY KEY (id))', part);
    EXECUTE format(
        'CREATE TRIGGER filing_auditentry_not_emptied BEFORE TRUNCATE ON %I '
        'FOR EACH STATEMENT EXECUTE FUNCTION filing_audit_keep()', part);
    LOCK TABLE filing_auditentry_rest IN ACCESS EXCLUSIVE MODE;
    PERFORM set_config('icp.record_opened', 'erase', true);
    EXECUTE format(
        'WITH taken AS (DELETE FROM filing_auditentry_rest WHERE at >= %L AND at < %L RETURNING *) '
        'INSERT INTO %I SELECT * FROM taken', since, upto, part);
    PERFORM set_config('icp.record_opened', opened, true);
    EXECUTE format('ALTER TABLE filing_auditentry ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', part, since, upto);
    RETURN true;
END
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp;

-- The parts that a bound divides from others, with the moment at which each ends.
CREATE OR REPLACE VIEW filing_audit_parts AS
    SELECT part.relname::text AS name,
        (regexp_match(pg_get_expr(part.relpartbound, part.oid), 'TO \\(''([^'']+)''\\)'))[1]::timestamptz AS until
    FROM pg_inherits
    JOIN pg_class part ON part.oid = pg_inherits.inhrelid
    WHERE pg_inherits.inhparent = 'filing_auditentry'::regclass AND pg_get_expr(part.relpartbound, part.oid) <> 'DEFAULT';

-- A part that is due as a whole is dropped; where somebody reads in the record for long it is emptied instead.
CREATE OR REPLACE FUNCTION filing_audit_erase(before timestamptz, before_day date) RETURNS bigint AS $$
DECLARE
    opened text := coalesce(current_setting('icp.record_opened', true), '');
    patience text := current_setting('lock_timeout');
    erased bigint := 0;
    rows bigint;
    part text;
BEGIN
    FOR part IN SELECT name FROM filing_audit_parts WHERE until <= before ORDER BY until LOOP
        BEGIN
            PERFORM set_config('lock_timeout', '3s', true);
            LOCK TABLE filing_auditentry IN ACCESS EXCLUSIVE MODE;
            EXECUTE format('SELECT count(*) FROM %I', part) INTO rows;
            EXECUTE format('DROP TABLE %I', part);
            erased := erased + rows;
        EXCEPTION WHEN lock_not_available THEN
            RAISE NOTICE 'the record is being read: % is emptied, not dropped', part;
            EXIT;
        END;
    END LOOP;
    PERFORM set_config('lock_timeout', patience, true);
    PERFORM set_config('icp.record_opened', 'erase', true);
    DELETE FROM filing_auditentry WHERE at < before;
    GET DIAGNOSTICS rows = ROW_COUNT;
    UPDATE filing_auditseal SET erased_at = now() WHERE day < before_day AND erased_at IS NULL;
    PERFORM set_config('icp.record_opened', opened, true);
    RETURN erased + rows;
END
$$ LANGUAGE plpgsql SECURITY DEFINER SET search_path = {schema}, pg_temp;
"""

UNCHECK = "ALTER TABLE filing_auditentry DROP CONSTRAINT IF EXISTS filing_auditentry_before_bound;"
CHECK_FIRST = f"""
{UNCHECK}
ALTER TABLE filing_auditentry ADD CONSTRAINT filing_auditentry_before_bound CHECK (at < '{{bound}}') NOT VALID;
ALTER TABLE filing_auditentry VALIDATE CONSTRAINT filing_auditentry_before_bound;
"""

# Each part has a key of its own over `id`: a key of the whole would have to name `at` too. Numbers come from one
# sequence, so they are given once. The indexes of the first part are those that are there: none is built.
SWAP = """
SET LOCAL lock_timeout = '10s';
LOCK TABLE filing_auditentry IN ACCESS EXCLUSIVE MODE;
DROP TRIGGER filing_auditentry_kept ON filing_auditentry;
ALTER TABLE filing_auditentry RENAME TO filing_auditentry_before;
ALTER TABLE filing_auditentry_before RENAME CONSTRAINT filing_auditentry_pkey TO filing_auditentry_before_pkey;
ALTER INDEX audit_at RENAME TO audit_at_before;
ALTER INDEX audit_user RENAME TO audit_user_before;
ALTER INDEX audit_object RENAME TO audit_object_before;
ALTER INDEX audit_action RENAME TO audit_action_before;
CREATE TABLE filing_auditentry (LIKE filing_auditentry_before) PARTITION BY RANGE (at);
CREATE INDEX audit_at ON filing_auditentry (at, id);
CREATE INDEX audit_user ON filing_auditentry (user_id, at, id);
CREATE INDEX audit_object ON filing_auditentry (kind, key, at, id);
CREATE INDEX audit_action ON filing_auditentry (action, at, id);
CREATE TRIGGER filing_auditentry_kept BEFORE UPDATE OR DELETE ON filing_auditentry
    FOR EACH ROW EXECUTE FUNCTION filing_audit_keep();
CREATE TRIGGER filing_auditentry_not_emptied BEFORE TRUNCATE ON filing_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION filing_audit_keep();
CREATE SEQUENCE filing_auditentry_ids AS bigint;
SELECT setval('filing_auditentry_ids', last_value, is_called) FROM filing_auditentry_id_seq;
ALTER TABLE filing_auditentry_before ALTER COLUMN id DROP IDENTITY;
ALTER SEQUENCE filing_auditentry_ids RENAME TO filing_auditentry_id_seq;
ALTER SEQUENCE filing_auditentry_id_seq OWNED BY filing_auditentry.id;
ALTER TABLE filing_auditentry ALTER COLUMN id SET DEFAULT nextval('filing_auditentry_id_seq');
ALTER TABLE filing_auditentry_before ALTER COLUMN id SET DEFAULT nextval('filing_auditentry_id_seq');
ALTER TABLE filing_auditentry ATTACH PARTITION filing_auditentry_before FOR VALUES FROM (MINVALUE) TO ('{bound}');
ALTER TABLE filing_auditentry_before DROP CONSTRAINT filing_auditentry_before_bound;
CREATE TABLE filing_auditentry_rest PARTITION OF filing_auditentry DEFAULT;
ALTER TABLE filing_auditentry_rest ADD PRIMARY KEY (id);
CREATE TRIGGER filing_auditentry_not_emptied BEFORE TRUNCATE ON filing_auditentry_rest
    FOR EACH STATEMENT EXECUTE FUNCTION filing_audit_keep();
"""

# Whoever else was given rights on the record keeps them, and nobody gets more by the functions.
GRANT = """
REVOKE EXECUTE ON FUNCTION filing_audit_part, filing_audit_erase FROM PUBLIC;
DO $$
DECLARE
    given record;
BEGIN
    FOR given IN
        SELECT right_.privilege_type AS name,
            CASE WHEN right_.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(right_.grantee)) END AS whom
        FROM pg_class former, aclexplode(former.relacl) right_
        WHERE former.oid = 'filing_auditentry_before'::regclass AND right_.grantee <> former.relowner
    LOOP
        EXECUTE format('GRANT %s ON filing_auditentry TO %s', given.name, given.whom);
        IF given.name = 'INSERT' THEN
            EXECUTE format('GRANT USAGE ON SEQUENCE filing_auditentry_id_seq TO %s', given.whom);
            EXECUTE format('GRANT EXECUTE ON FUNCTION filing_audit_part TO %s', given.whom);
        END IF;
        IF given.name = 'DELETE' THEN
            EXECUTE format('GRANT EXECUTE ON FUNCTION filing_audit_erase TO %s', given.whom);
        END IF;
    END LOOP;
END
$$;
"""

TABLE = "filing_auditentry"
MONTHS_AHEAD = 3


def first_of_next(day: datetime) -> datetime:
    """The local midnight with which the month after this one begins."""
    there = (timezone.localtime(day).replace(day=1) + timedelta(days=32)).replace(day=1)
    return timezone.make_aware(datetime(there.year, there.month, 1))


def divide(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Safe to be run again where it was broken off. Where it fails, the table is as it was."""
    connection = schema_editor.connection
    with connection.cursor() as cursor:
        cursor.execute("SELECT relkind FROM pg_class WHERE oid = %s::regclass", [TABLE])
        if cursor.fetchone()[0] == "p":
            return
        cursor.execute(f"SELECT max(at) FROM {TABLE}")
        latest = cursor.fetchone()[0]
        # Tomorrow's month, so that what is written while this runs lies before the bound too.
        now = timezone.now() + timedelta(days=1)
        bound = first_of_next(max(now, latest) if latest else now)
        try:
            cursor.execute(CHECK_FIRST.format(bound=bound.isoformat()))
            with transaction.atomic(using=connection.alias):
                _swap(cursor, bound)
        except BaseException:
            # Left behind it would refuse every act from the next month on.
            cursor.execute(UNCHECK)
            raise


def _swap(cursor: CursorWrapper, bound: datetime) -> None:
    cursor.execute(SWAP.format(bound=bound.isoformat()))
    cursor.execute("SELECT quote_ident(current_schema())")
    cursor.execute(FUNCTIONS.replace("{schema}", cursor.fetchone()[0]))
    cursor.execute(GRANT)
    for _ in range(MONTHS_AHEAD):
        until = first_of_next(bound)
        cursor.execute("SELECT filing_audit_part(%s, %s, %s)", [f"{bound:%Y%m}", bound, until])
        bound = until


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("filing", "0023_subjects_of_a_province")]

    operations = [migrations.RunPython(divide, elidable=False)]
