"""What rows are searched by: pinyin initials, and functions that indexes stand on (`filing/models/words.py`).

The server in a box has no extensions, so the grams are made by a function of our own. It costs 1000 to the planner: it
must never be asked row by row of a whole table.
"""

from __future__ import annotations

import json
from typing import Any

from django.db import migrations, models

from filing.identifiers import initials_of

BATCH = 5000

FUNCTIONS = """
CREATE FUNCTION filing_folded(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(normalize(name, NFKC));

CREATE FUNCTION filing_subject_words(name text, initials text, number text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN lower(normalize(name || ' ' || initials || ' ' || number, NFKC));

-- Not in SQL: array_to_string is only STABLE (it is immutable for texts), and would not be taken into the plan.
CREATE FUNCTION filing_request_words(name text, initials text, ref text, domains text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN lower(normalize(concat_ws(' ', name, initials, ref, array_to_string(domains, ' ')), NFKC));
END
$$;

CREATE FUNCTION filing_grams(words text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 1000 AS $$
DECLARE
    signs text[] := string_to_array(words, NULL);
    last int := cardinality(signs);
    pair text;
    grams text[] := '{}';
BEGIN
    FOR place IN 1 .. last - 1 LOOP
        pair := signs[place] || signs[place + 1];
        IF octet_length(pair) > 2 THEN
            grams := grams || pair;
        ELSIF place + 2 <= last AND octet_length(signs[place + 2]) = 1 THEN
            grams := grams || (pair || signs[place + 2]);
        END IF;
    END LOOP;
    RETURN grams;
END
$$;
"""

GONE = """
DROP FUNCTION filing_grams(text);
DROP FUNCTION filing_request_words(text, text, text, text[]);
DROP FUNCTION filing_subject_words(text, text, text);
DROP FUNCTION filing_folded(text);
"""


def fill_initials(apps: Any, schema_editor: Any) -> None:
    """Of the rows that are there already. The time of their last change stays."""
    for table, name, initials in (
        ("filing_subject", "name", "initials"),
        ("filing_request", "subject_name", "subject_initials"),
    ):
        last = 0
        while rows := _some(schema_editor, table, name, last):
            last = rows[-1][0]
            found = [{"id": key, "initials": initials_of(text)} for key, text in rows]
            schema_editor.execute(
                f"UPDATE {table} AS stored SET {initials} = each.initials "
                "FROM json_to_recordset(%s) AS each (id bigint, initials text) WHERE stored.id = each.id",
                [json.dumps(found)],
            )


def _some(schema_editor: Any, table: str, name: str, after: int) -> list[tuple[int, str]]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {name} FROM {table} WHERE id > %s AND {name} <> '' ORDER BY id LIMIT {BATCH}",
            [after],
        )
        found: list[tuple[int, str]] = cursor.fetchall()
    return found


class Migration(migrations.Migration):
    dependencies = [("filing", "0012_record_of_who_did_what")]

    operations = [
        migrations.RunSQL(FUNCTIONS, GONE),
        migrations.AddField(
            "request",
            "subject_initials",
            models.CharField("名称的拼音首字母", max_length=64, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            "subject",
            "initials",
            models.CharField("名称的拼音首字母", max_length=64, blank=True, default=""),
            preserve_default=False,
        ),
        migrations.RunPython(fill_initials, migrations.RunPython.noop),
    ]
