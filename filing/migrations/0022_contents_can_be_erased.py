"""Frozen revisions stay as they are, but for one way: their content is erased when an owner asks for it."""

from __future__ import annotations

from django.db import migrations

KEEP = """
CREATE OR REPLACE FUNCTION filing_keep_frozen_revision() RETURNS trigger AS $$
BEGIN
    IF OLD.frozen_at IS NOT NULL AND (
        NEW.content IS DISTINCT FROM OLD.content OR NEW.frozen_at IS DISTINCT FROM OLD.frozen_at
        OR NEW.number <> OLD.number OR NEW.request_id <> OLD.request_id
    ) THEN
        {way}RAISE EXCEPTION 'revision % of request % is frozen', OLD.number, OLD.request_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$ LANGUAGE plpgsql;
"""
WAY = """IF current_setting('icp.content_opened', true) = 'erase' AND NEW.content = '{}'::jsonb
            AND NEW.frozen_at = OLD.frozen_at AND NEW.number = OLD.number AND NEW.request_id = OLD.request_id THEN
            RETURN NEW;
        END IF;
        """
ERASE = """
CREATE FUNCTION filing_erase_contents(erased_request bigint) RETURNS void AS $$
BEGIN
    PERFORM set_config('icp.content_opened', 'erase', true);
    UPDATE filing_revision SET content = '{}'::jsonb, source_digest = '' WHERE request_id = erased_request;
    PERFORM set_config('icp.content_opened', '', true);
END
$$ LANGUAGE plpgsql;
"""


class Migration(migrations.Migration):
    dependencies = [("filing", "0021_words_quicker")]

    operations = [
        migrations.RunSQL(KEEP.replace("{way}", WAY), KEEP.replace("{way}", "")),
        migrations.RunSQL(ERASE, "DROP FUNCTION filing_erase_contents(bigint);"),
    ]
