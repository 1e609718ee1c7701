"""Counts kept by triggers (`filing/tallies.py`). What is there already is counted in the same transaction."""

from __future__ import annotations

from django.db import migrations, models

COUNTED = {
    "filing_request": ("request", "coalesce({}.isp_id, 0)"),
    "filing_subject": ("subject", "{}.isp_id"),
    "filing_website": ("website", "{}.isp_id"),
}


def _triggers(table: str, kind: str, unit: str) -> str:
    new, old = unit.format("new_rows"), unit.format("old_rows")
    function = f"{table}_tally"
    return f"""
CREATE FUNCTION {function}_added() RETURNS trigger AS $$
BEGIN
    INSERT INTO filing_tally (kind, key, isp_id, count)
    SELECT '{kind}', state, {new}, count(*) FROM new_rows GROUP BY 2, 3;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
CREATE FUNCTION {function}_removed() RETURNS trigger AS $$
BEGIN
    INSERT INTO filing_tally (kind, key, isp_id, count)
    SELECT '{kind}', state, {old}, -count(*) FROM old_rows GROUP BY 2, 3;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
CREATE FUNCTION {function}_changed() RETURNS trigger AS $$
BEGIN
    INSERT INTO filing_tally (kind, key, isp_id, count)
    SELECT '{kind}', moved.state, moved.unit, sum(moved.change) FROM (
        SELECT new_rows.state, {new} AS unit, 1 AS change FROM new_rows JOIN old_rows USING (id)
        WHERE new_rows.state <> old_rows.state OR new_rows.isp_id IS DISTINCT FROM old_rows.isp_id
        UNION ALL
        SELECT old_rows.state, {old}, -1 FROM new_rows JOIN old_rows USING (id)
        WHERE new_rows.state <> old_rows.state OR new_rows.isp_id IS DISTINCT FROM old_rows.isp_id
    ) AS moved GROUP BY 2, 3 HAVING sum(moved.change) <> 0;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER {function}_added AFTER INSERT ON {table}
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION {function}_added();
CREATE TRIGGER {function}_removed AFTER DELETE ON {table}
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION {function}_removed();
CREATE TRIGGER {function}_changed AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {function}_changed();
INSERT INTO filing_tally (kind, key, isp_id, count)
    SELECT '{kind}', state, {unit.format(table)}, count(*) FROM {table} GROUP BY 2, 3;
"""


def _without(table: str) -> str:
    names = [f"{table}_tally_{name}" for name in ("added", "removed", "changed")]
    return "".join(f"DROP TRIGGER {name} ON {table}; DROP FUNCTION {name}();" for name in names)


# A move is a history row that ends in another state than it began; the first row of a request is one.
MOVES = """
CREATE FUNCTION filing_requestevent_tally_added() RETURNS trigger AS $$
BEGIN
    INSERT INTO filing_tally (kind, key, day, count)
    SELECT 'move', new_state, (at AT TIME ZONE 'Asia/Shanghai')::date, count(*) FROM new_rows
    WHERE new_state <> old_state GROUP BY 2, 3;
    RETURN NULL;
END
$$ LANGUAGE plpgsql;
CREATE TRIGGER filing_requestevent_tally_added AFTER INSERT ON filing_requestevent
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION filing_requestevent_tally_added();
INSERT INTO filing_tally (kind, key, day, count)
    SELECT 'move', new_state, (at AT TIME ZONE 'Asia/Shanghai')::date, count(*) FROM filing_requestevent
    WHERE new_state <> old_state GROUP BY 2, 3;
"""
WITHOUT_MOVES = """
DROP TRIGGER filing_requestevent_tally_added ON filing_requestevent;
DROP FUNCTION filing_requestevent_tally_added();
"""


class Migration(migrations.Migration):
    dependencies = [("filing", "0010_rules_and_what_they_look_up")]

    operations = [
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("request", "报备请求"),
                            ("move", "状态变化"),
                            ("subject", "主体"),
                            ("website", "网站"),
                        ],
                        max_length=16,
                        verbose_name="数什么",
                    ),
                ),
                ("key", models.CharField(max_length=24, verbose_name="状态")),
                ("isp_id", models.BigIntegerField(db_default=0, default=0, verbose_name="报备单位标识")),
                ("day", models.DateField(blank=True, null=True, verbose_name="日期")),
                ("count", models.BigIntegerField(verbose_name="增减")),
            ],
            options={"verbose_name": "计数", "verbose_name_plural": "计数"},
        ),
        migrations.AddIndex("tally", models.Index(fields=["kind", "day"], name="tally_kind_day")),
        migrations.AddConstraint(
            "tally",
            models.CheckConstraint(
                condition=models.Q(("kind__in", ["request", "move", "subject", "website"])),
                name="tally_kind_known",
            ),
        ),
        migrations.AddConstraint(
            "tally",
            models.CheckConstraint(
                condition=models.Q(("count", 0), _negated=True), name="tally_counts_something"
            ),
        ),
        *(
            migrations.RunSQL(_triggers(table, kind, unit), _without(table))
            for table, (kind, unit) in COUNTED.items()
        ),
        migrations.RunSQL(MOVES, WITHOUT_MOVES),
    ]
