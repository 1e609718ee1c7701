"""Many rows into one table at once: they travel as JSON, which PostgreSQL takes apart.

A file of 1,000 requests writes 1,000 history rows at each of its steps and 1,000 entries, under the locks of all of
them. Django's `bulk_create` adapts every column of every row by itself and needs several times as long.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Model

_INSERT = """
    INSERT INTO {table} ({columns})
    SELECT {values}
    FROM ROWS FROM (json_to_recordset(%s) AS ({differing})) WITH ORDINALITY AS each ({names}, place),
         json_to_recordset(%s) AS alike ({others})
    ORDER BY each.place
    RETURNING id
"""


def insert_rows(
    model: type[Model], rows: Sequence[Mapping[str, Any]], alike: Mapping[str, Any] | None = None
) -> list[int]:
    """Insert rows of one table; returns their keys, in order.

    Shape: columns go by the names of attributes (`request_id`); all rows hold the same ones, `alike` those in which
    all rows are alike, and what neither holds gets the default of its field. Values are what JSON knows, and aware
    times; no sealed columns. The database's constraints hold; there are no signals and no validation of Django's.
    """
    if not rows:
        return []
    quote = connection.ops.quote_name
    fields = {field.attname: field for field in model._meta.concrete_fields if not field.primary_key}
    if unknown := (rows[0].keys() | (alike or {}).keys()) - fields.keys():
        raise TypeError(f"{model.__name__} has no column {sorted(unknown)}")
    differing = [field for name, field in fields.items() if name in rows[0]]
    others = [field for name, field in fields.items() if name not in rows[0]]
    shared = {field.attname: field.get_default() for field in others} | dict(alike or {})

    def listed(columns: Sequence[Any], form: str) -> str:
        return ", ".join(
            form.format(quote(field.attname), column=quote(field.column), type=field.db_type(connection))
            for field in columns
        )

    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT.format(
                table=quote(model._meta.db_table),
                columns=listed([*differing, *others], "{column}"),
                values=", ".join(filter(None, [listed(differing, "each.{}"), listed(others, "alike.{}")])),
                differing=listed(differing, "{} {type}"),
                names=listed(differing, "{}"),
                others=listed(others, "{} {type}") or "nothing text",
            ),
            [json.dumps(rows, default=_as_json), json.dumps([shared], default=_as_json)],
        )
        return [key for (key,) in cursor.fetchall()]


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON holds")
