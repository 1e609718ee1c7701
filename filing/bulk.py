"""Many rows of one table at once: they travel as JSON, which PostgreSQL takes apart.

A file of 1,000 requests writes 1,000 history rows at each of its steps and 1,000 entries, under the locks of all of
them. Django's `bulk_create` adapts every column of every row by itself and needs several times as long, its
`bulk_update` a CASE of 1,000 branches for each column.

Shape: columns go by the names of attributes (`request_id`), and all rows hold the same ones. Values are what JSON
knows, and aware times; no sealed columns. The database's constraints hold; there are no signals and no validation of
Django's, and `auto_now` is the caller's to fill.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import JSONField, Model

_INSERT = """
    INSERT INTO {table} ({columns})
    SELECT {values}
    FROM ROWS FROM (json_to_recordset(%s) AS ({differing})) WITH ORDINALITY AS each ({names}, place),
         json_to_recordset(%s) AS alike ({others})
    ORDER BY each.place
    RETURNING id
"""
_UPDATE = """
    UPDATE {table} AS stored SET {changes}
    FROM json_to_recordset(%s) AS each ({shape})
    WHERE stored.id = each.id
"""


def insert_rows(
    model: type[Model], rows: Sequence[Mapping[str, Any]], alike: Mapping[str, Any] | None = None
) -> list[int]:
    """Insert rows; returns their keys, in order.

    `alike` are the columns in which all rows are alike; what neither it nor the rows hold gets its field's default.
    """
    if not rows:
        return []
    fields = _fields(model)
    del fields["id"]
    _check(model, rows, fields, alike or {})
    differing = [field for name, field in fields.items() if name in rows[0]]
    others = [field for name, field in fields.items() if name not in rows[0]]
    shared = {field.attname: field.get_default() for field in others} | dict(alike or {})
    statement = _INSERT.format(
        table=connection.ops.quote_name(model._meta.db_table),
        columns=_listed([*differing, *others], "{column}"),
        values=", ".join(filter(None, [_listed(differing, "each.{name}"), _listed(others, "alike.{name}")])),
        differing=_listed(differing, "{name} {type}"),
        names=_listed(differing, "{name}"),
        others=_listed(others, "{name} {type}") or "nothing text",
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_json(rows), _json([shared])])
        return [key for (key,) in cursor.fetchall()]


def update_rows(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Write the columns that the rows hold beside their key `id`; the other columns stay as they are."""
    if not rows:
        return
    fields = _fields(model)
    _check(model, rows, fields)
    given = [field for name, field in fields.items() if name in rows[0]]
    statement = _UPDATE.format(
        table=connection.ops.quote_name(model._meta.db_table),
        changes=_listed([field for field in given if not field.primary_key], "{column} = each.{name}"),
        shape=_listed(given, "{name} {type}"),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_json(rows)])


def _fields(model: type[Model]) -> dict[str, Any]:
    return {field.attname: field for field in model._meta.concrete_fields}


def _check(
    model: type[Model],
    rows: Sequence[Mapping[str, Any]],
    fields: Mapping[str, Any],
    alike: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """What the statement does not name would be left out in silence."""
    names = rows[0].keys()
    if unknown := (names | alike.keys()) - fields.keys():
        raise TypeError(f"{model.__name__} has no column {sorted(unknown)} to write")
    if any(row.keys() != names for row in rows):
        raise TypeError(f"rows of {model.__name__} that hold different columns")


def _listed(fields: Sequence[Any], form: str) -> str:
    quote = connection.ops.quote_name
    return ", ".join(
        form.format(name=quote(each.attname), column=quote(each.column), type=each.db_type(connection))
        for each in fields
    )


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return json.dumps(rows, default=_as_json)


def _as_json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON holds")


_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_NEEDS_ESCAPE = re.compile(r"[\\\t\n\r]")


def new_keys(model: type[Model], count: int) -> list[int]:
    """Keys for so many rows that will be copied, from the table's own sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [model._meta.db_table, count],
        )
        return [key for (key,) in cursor.fetchall()]


def copy_rows(model: type[Model], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with their keys `id` (`new_keys`) by COPY, several times as fast as `insert_rows`.

    Columns that a row does not hold get their field's default; every row may hold others.
    """
    if not rows:
        return
    fields = _fields(model)
    held = set().union(*(row.keys() for row in rows))
    if unknown := held - fields.keys():
        raise TypeError(f"{model.__name__} has no column {sorted(unknown)} to write")
    plan = [(name, _writer_of(field), field.get_default()) for name, field in fields.items()]
    lines = ["\t".join([write(row.get(name, default)) for name, write, default in plan]) for row in rows]
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields.values())
    statement = f"COPY {connection.ops.quote_name(model._meta.db_table)} ({columns}) FROM STDIN"
    with connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.copy_expert(statement, io.StringIO("\n".join(lines) + "\n"))


def _writer_of(field: Any) -> Callable[[Any], str]:
    if isinstance(field, JSONField):
        return _json_text
    return _array_text if isinstance(field, ArrayField) else _text


def _text(value: Any) -> str:
    """One value in the text form of COPY."""
    if value is None:
        return "\\N"
    if isinstance(value, str):
        return value.translate(_ESCAPES) if _NEEDS_ESCAPE.search(value) else value
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _json_text(value: Any) -> str:
    return _text(json.dumps(value, ensure_ascii=False, default=_as_json))


def _array_text(value: Sequence[int] | None) -> str:
    """Whole numbers only: filed rows have no other arrays."""
    return "\\N" if value is None else "{" + ",".join(map(str, value)) + "}"
