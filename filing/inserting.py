"""Many rows into one table at once: they travel as one JSON document, which PostgreSQL takes apart.

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


def insert_rows(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Insert rows of one table; returns their keys, in order.

    Shape: each row holds all columns but the key, by the names of attributes (`request_id`); what none of them holds
    gets the default of its field. Values are what JSON knows, and aware times; no sealed columns. The database's
    constraints hold; signals and validation of Django there are none.
    """
    if not rows:
        return []
    quote = connection.ops.quote_name
    fields = [field for field in model._meta.concrete_fields if not field.primary_key]
    given = rows[0].keys()
    defaults = {field.attname: field.get_default() for field in fields if field.attname not in given}
    names = ", ".join(quote(str(field.column)) for field in fields)
    shape = ", ".join(f"{quote(field.attname)} {field.db_type(connection)}" for field in fields)
    values = ", ".join(f"each.{quote(field.attname)}" for field in fields)
    document = json.dumps([{**defaults, **row} for row in rows] if defaults else rows, default=_as_json)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {quote(model._meta.db_table)} ({names}) "
            f"SELECT {values} FROM json_to_recordset(%s) AS each ({shape}) RETURNING id",
            [document],
        )
        return [key for (key,) in cursor.fetchall()]


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON holds")
