"""New migrations let the version before go on working, and lock no large table for long."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from settings.prepare import APPS
from tests.upkeep.careful import LARGE, faults

FIRST_VERSION = {"filing": 22, "verification": 4, "reporting": 12, "upkeep": 2, "accounts": 2}
"""Up to these nothing ran yet that they could break. From the next on each migration is read."""


def number(name: str) -> int:
    return int(name[:4])


def test_new_migrations_are_careful() -> None:
    loader = MigrationLoader(None)
    wrong = []
    for app, name in sorted(loader.disk_migrations):
        if app not in FIRST_VERSION or number(name) <= FIRST_VERSION[app]:
            continue
        migration = loader.disk_migrations[app, name]
        before = loader.project_state((app, name), at_end=False)
        wrong += [f"{app}.{name}: {words}" for words in faults(migration, before, connection)]
    assert wrong == [], "docs/operations.md, “Migrations without a stop”, says how"


def test_it_knows_every_app_and_every_large_table() -> None:
    assert set(APPS) <= set(FIRST_VERSION) and set(APPS) <= set(LARGE)
    for app, names in LARGE.items():
        if apps.is_installed(app):
            assert [name for name in names.split() if name not in apps.all_models[app]] == [], app


def read(*operations: Any, app: str = "filing", **facts: Any) -> str:
    """The faults of a migration with these operations, on models as they are now."""
    made = type("Migration", (migrations.Migration,), {"operations": list(operations), **facts})
    return "\n".join(faults(made("9999_invented", app), ProjectState.from_apps(apps), connection))


INDEX = models.Index(fields=["ref"], name="invented")
CHECK = models.CheckConstraint(condition=models.Q(pk__gt=0), name="invented")


@pytest.mark.parametrize(
    ("operation", "words"),
    [
        (migrations.RemoveField("request", "ref"), "still runs uses it"),
        (migrations.RenameField("request", "ref", "name"), "still runs uses it"),
        (migrations.DeleteModel("Tally"), "still runs uses it"),
        (migrations.RenameModel("Tally", "Count"), "still runs uses it"),
        (migrations.AddField("request", "new", models.IntegerField()), "db_default"),
        (migrations.AddField("request", "new", models.IntegerField(default=0)), "db_default"),
        (migrations.AddField("team", "new", models.TextField(default="")), "db_default"),
        (
            migrations.AddField("request", "new", models.IntegerField(null=True, db_index=True)),
            "locks the table",
        ),
        (
            migrations.AddField("request", "new", models.ForeignKey("auth.User", models.PROTECT, null=True)),
            "locks",
        ),
        (migrations.AlterField("request", "ready_at", models.DateTimeField()), "may write NULL"),
        (migrations.AlterField("request", "ref", models.CharField(max_length=5)), "written anew"),
        (migrations.AlterField("request", "ref", models.IntegerField()), "written anew"),
        (migrations.AddIndex("request", INDEX), "AddIndexConcurrently"),
        (AddIndexConcurrently("request", INDEX), "atomic = False"),
        (migrations.AddConstraint("request", CHECK), "AddConstraintNotValid"),
        (migrations.RunSQL("ALTER TABLE filing_request ADD COLUMN x int"), "say why"),
        (migrations.RunSQL("create unique index x on filing_request (ref)"), "say why"),
        (migrations.RunSQL("UPDATE filing_request SET ref = ''"), "say why"),
    ],
    ids=lambda value: value.describe() if hasattr(value, "describe") else "",
)
def test_it_refuses(operation: Any, words: str) -> None:
    assert words in read(operation)


@pytest.mark.parametrize(
    ("operation", "facts"),
    [
        (migrations.AddField("request", "new", models.IntegerField(null=True)), {}),
        (migrations.AddField("request", "new", models.IntegerField(default=0, db_default=0)), {}),
        (migrations.AlterField("request", "ref", models.CharField(max_length=500)), {}),
        (migrations.AlterField("request", "ref", models.TextField()), {}),
        (AddIndexConcurrently("request", INDEX), {"atomic": False}),
        (migrations.AddIndex("team", INDEX), {}),
        (AddConstraintNotValid("request", CHECK), {}),
        (migrations.RunSQL("CREATE INDEX CONCURRENTLY x ON filing_request (ref)"), {"atomic": False}),
        (migrations.RunSQL("CREATE SEQUENCE x"), {}),
        (migrations.RemoveField("request", "ref"), {"safe_because": "nothing reads it since 0.2"}),
    ],
    ids=lambda value: value.describe() if hasattr(value, "describe") else "",
)
def test_it_takes(operation: Any, facts: dict[str, Any]) -> None:
    assert read(operation, **facts) == ""


def test_it_refuses_what_a_table_in_parts_cannot_do() -> None:
    index = models.Index(fields=["name"], name="invented")
    assert "by itself" in read(AddIndexConcurrently("auditentry", index), atomic=False)


def test_what_it_makes_itself_may_be_made_as_it_likes() -> None:
    made = migrations.CreateModel("New", [("id", models.BigAutoField(primary_key=True))])
    assert read(made, migrations.AddField("new", "name", models.TextField(default=""))) == ""


def test_a_reason_must_say_something() -> None:
    assert read(migrations.RemoveField("request", "ref"), safe_because="  ") != ""
