"""The record of who did and saw what, with triggers that keep its rows as they were written."""

from __future__ import annotations

from django.db import migrations, models

# `icp.record_opened` is set by the function for the length of its own statement; settings/test.py sets it for TRUNCATE.
CREATE = """
CREATE FUNCTION filing_audit_keep() RETURNS trigger AS $$
BEGIN
    IF TG_OP = 'TRUNCATE' AND current_setting('icp.record_opened', true) = 'truncate' THEN
        RETURN NULL;
    END IF;
    IF current_setting('icp.record_opened', true) = 'erase' THEN
        IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'filing_auditentry' THEN
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
CREATE TRIGGER filing_auditentry_kept BEFORE UPDATE OR DELETE ON filing_auditentry
    FOR EACH ROW EXECUTE FUNCTION filing_audit_keep();
CREATE TRIGGER filing_auditentry_not_emptied BEFORE TRUNCATE ON filing_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION filing_audit_keep();
CREATE TRIGGER filing_auditseal_kept BEFORE UPDATE OR DELETE ON filing_auditseal
    FOR EACH ROW EXECUTE FUNCTION filing_audit_keep();
CREATE TRIGGER filing_auditseal_not_emptied BEFORE TRUNCATE ON filing_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION filing_audit_keep();
CREATE FUNCTION filing_audit_erase(before timestamptz, before_day date) RETURNS bigint AS $$
DECLARE
    opened text := coalesce(current_setting('icp.record_opened', true), '');
    erased bigint;
BEGIN
    PERFORM set_config('icp.record_opened', 'erase', true);
    DELETE FROM filing_auditentry WHERE at < before;
    GET DIAGNOSTICS erased = ROW_COUNT;
    UPDATE filing_auditseal SET erased_at = now() WHERE day < before_day AND erased_at IS NULL;
    PERFORM set_config('icp.record_opened', opened, true);
    RETURN erased;
END
$$ LANGUAGE plpgsql;
"""
DROP = """
DROP FUNCTION filing_audit_erase(timestamptz, date);
DROP FUNCTION filing_audit_keep() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("filing", "0011_tallies"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditSeal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(unique=True, verbose_name="日期")),
                ("rows", models.PositiveIntegerField(verbose_name="条数")),
                ("digest", models.CharField(max_length=64, verbose_name="当日哈希")),
                ("chain", models.CharField(max_length=64, verbose_name="链上哈希")),
                ("sealed_at", models.DateTimeField(verbose_name="封存时间")),
                ("erased_at", models.DateTimeField(blank=True, null=True, verbose_name="到期清理时间")),
            ],
            options={
                "verbose_name": "审计封存",
                "verbose_name_plural": "审计封存",
                "ordering": ["day"],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("action", models.CharField(max_length=24, verbose_name="动作")),
                ("user_id", models.BigIntegerField(blank=True, null=True, verbose_name="人员编号")),
                ("user_name", models.CharField(blank=True, max_length=310, verbose_name="人员")),
                ("roles", models.CharField(blank=True, max_length=100, verbose_name="当时的角色")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="来自地址")),
                ("session", models.CharField(blank=True, max_length=16, verbose_name="会话")),
                ("request_id", models.CharField(blank=True, max_length=64, verbose_name="访问编号")),
                ("kind", models.CharField(blank=True, max_length=48, verbose_name="对象类型")),
                ("key", models.CharField(blank=True, max_length=160, verbose_name="对象")),
                ("name", models.CharField(blank=True, max_length=255, verbose_name="对象名称")),
                ("facts", models.JSONField(blank=True, default=dict, verbose_name="说明")),
            ],
            options={
                "verbose_name": "审计记录",
                "verbose_name_plural": "审计记录",
                "ordering": ["-at", "-id"],
                "permissions": [("audit_everything", "审计：查看一切和审计记录，不改动任何内容")],
                "indexes": [
                    models.Index(fields=["at", "id"], name="audit_at"),
                    models.Index(fields=["user_id", "at", "id"], name="audit_user"),
                    models.Index(fields=["kind", "key", "at", "id"], name="audit_object"),
                    models.Index(fields=["action", "at", "id"], name="audit_action"),
                ],
            },
        ),
        migrations.RunSQL(CREATE, DROP),
    ]
