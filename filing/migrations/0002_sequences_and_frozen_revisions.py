"""What Django has no words for: our number sequences, and a trigger that keeps frozen revisions as they are."""

from __future__ import annotations

from django.db import migrations

SEQUENCES = (
    "own_subject_id",
    "own_website_id",
    "own_domain_id",
    "own_access_id",
    "own_range_id",
    "request_ref",
)

CREATE_SEQUENCES = "".join(f"CREATE SEQUENCE {name} AS bigint START 1;" for name in SEQUENCES)
DROP_SEQUENCES = "".join(f"DROP SEQUENCE {name};" for name in SEQUENCES)

CREATE_TRIGGER = """
CREATE FUNCTION filing_keep_frozen_revision() RETURNS trigger AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL AND (
        NEW.content IS DISTINCT FROM OLD.content OR NEW.frozen_at IS DISTINCT FROM OLD.frozen_at
        OR NEW.number <> OLD.number OR NEW.request_id <> OLD.request_id
    ) THEN
        RAISE EXCEPTION 'revision % of request % is frozen', OLD.number, OLD.request_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER filing_revision_frozen BEFORE UPDATE ON filing_revision
    FOR EACH ROW EXECUTE FUNCTION filing_keep_frozen_revision();
"""
DROP_TRIGGER = """
DROP TRIGGER filing_revision_frozen ON filing_revision;
DROP FUNCTION filing_keep_frozen_revision();
"""


class Migration(migrations.Migration):
    dependencies = [("filing", "0001_initial")]

    operations = [
        migrations.RunSQL(CREATE_SEQUENCES, DROP_SEQUENCES),
        migrations.RunSQL(CREATE_TRIGGER, DROP_TRIGGER),
    ]
