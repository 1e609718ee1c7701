"""Reads a migration and says what in it would lock a large table for long, or break the version that still runs.

While a new version comes, the one before goes on working with the migrated database: docs/operations.md.
"""

from __future__ import annotations

import re
from typing import Any

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import migrations, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

LARGE = {
    "filing": "request revision requestevent subject website domain access addressrange attachment auditentry tally alert",
    "reporting": "call datafile fileentry download downloaditem diagnosis",
    "verification": "verification visit",
    "upkeep": "",
    "accounts": "",
}
"""Tables that grow with the work: they have hundreds of thousands of rows."""
IN_PARTS = {("filing", "auditentry")}
"""Tables that lie in parts: what is done concurrently must be done part by part."""

_HEAVY_SQL = re.compile(
    r"\b(ALTER\s+TABLE|DROP\s+(TABLE|COLUMN|VIEW|FUNCTION|TRIGGER)|TRUNCATE|LOCK\s+TABLE|UPDATE\s+\w+\s+SET|DELETE\s+FROM"
    r"|CREATE\s+(UNIQUE\s+)?INDEX(?!\s+CONCURRENTLY)|VACUUM\s+FULL|REINDEX(?!.*CONCURRENTLY)|CLUSTER)\b",
    re.IGNORECASE,
)
_BREAKS = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)


def faults(
    migration: migrations.Migration, before: ProjectState, connection: BaseDatabaseWrapper
) -> list[str]:
    """What is wrong with it. `before`: the models as they stood. A migration that names its reason is a person's word:

    `safe_because = "…"` on the class, for what this cannot see (a column that nothing reads any more since a version).
    """
    if str(getattr(migration, "safe_because", "")).strip():
        return []
    state, found = before.clone(), []
    new_models: set[str] = set()
    for operation in migration.operations:
        if isinstance(operation, migrations.CreateModel):
            new_models.add(operation.name_lower)
        model = str(getattr(operation, "model_name", "") or getattr(operation, "name", "")).lower()
        if model not in new_models:
            found += [
                f"{operation.describe()}: {words}" for words in _of(operation, migration, state, connection)
            ]
        operation.state_forwards(migration.app_label, state)
    return found


def _of(
    operation: Operation,
    migration: migrations.Migration,
    state: ProjectState,
    connection: BaseDatabaseWrapper,
) -> list[str]:
    if isinstance(operation, _BREAKS):
        return ["the version that still runs uses it: first stop using it, remove it a version later"]
    if isinstance(operation, migrations.AddField):
        return _added(operation, migration)
    if isinstance(operation, migrations.AlterField):
        return _altered(operation, migration, state, connection)
    if isinstance(operation, migrations.AddIndex) and not isinstance(operation, AddIndexConcurrently):
        return ["nobody can write while it is built: AddIndexConcurrently, atomic = False"] * _is_large(
            operation, migration
        )
    if isinstance(operation, AddIndexConcurrently) and migration.atomic:
        return ["it cannot be built inside of a transaction: atomic = False"]
    if isinstance(operation, AddIndexConcurrently):
        in_parts = (migration.app_label, operation.model_name.lower()) in IN_PARTS
        return ["the table lies in parts: each has to be indexed by itself"] * in_parts
    if isinstance(operation, migrations.AddConstraint) and not isinstance(operation, AddConstraintNotValid):
        words = "the table is locked while all rows are checked: AddConstraintNotValid, then ValidateConstraint, apart"
        return [f"{words}; a unique one stands on an index built concurrently"] * _is_large(
            operation, migration
        )
    if isinstance(operation, migrations.RunSQL):
        return [f"{match[0]}: say why it is safe" for match in _HEAVY_SQL.finditer(str(operation.sql))][:1]
    return []


def _is_large(operation: Any, migration: migrations.Migration) -> bool:
    return operation.model_name.lower() in LARGE.get(migration.app_label, "").split()


def _added(operation: migrations.AddField, migration: migrations.Migration) -> list[str]:
    field, found = operation.field, []
    if field.many_to_many:
        return []
    has_default = field.db_default is not models.NOT_PROVIDED or getattr(field, "generated", False)
    if not field.null and not has_default:
        found.append("the version that still runs inserts rows without it: null=True, or db_default")
    if _is_large(operation, migration) and (field.unique or field.db_index or field.remote_field):
        found.append(
            "its index or key locks the table: without them first (db_index=False, db_constraint=False)"
        )
    if _is_large(operation, migration) and getattr(field, "generated", False):
        found.append("the whole table is written anew: a plain column that is filled in steps")
    return found


def _altered(
    operation: migrations.AlterField,
    migration: migrations.Migration,
    state: ProjectState,
    connection: BaseDatabaseWrapper,
) -> list[str]:
    former = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
    field, found = operation.field, []
    if former.null and not field.null:
        found.append("the version that still runs may write NULL: fill it first, forbid it a version later")
    is_other = not field.many_to_many and _column(former, connection) != _column(field, connection)
    if is_other and not _is_wider(former, field):
        found.append("the whole table is written anew under a lock: a new column beside it")
    if field.unique and not former.unique and _is_large(operation, migration):
        found.append("its index locks the table: build it concurrently first")
    return found


def _column(field: Any, connection: BaseDatabaseWrapper) -> str:
    if field.remote_field:
        return "key"
    return str(field.db_type(connection))


def _is_wider(former: Any, field: Any) -> bool:
    """A longer text costs PostgreSQL nothing."""
    if not all(isinstance(each, models.CharField | models.TextField) for each in (former, field)):
        return False
    return field.max_length is None or (
        former.max_length is not None and field.max_length >= former.max_length
    )
