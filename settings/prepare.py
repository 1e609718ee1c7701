"""Bring an embedded database to the state of the code: migrations and code tables, once for each state."""

from __future__ import annotations

import fcntl
import hashlib
import io
import sys
from pathlib import Path

import django
import psycopg2
from django.core.management import call_command, get_commands
from psycopg2 import sql

from settings.embedded import Embedded
from settings.paths import BASE_DIR
from settings.processes import say

APPS = ("filing", "accounts", "verification", "reporting", "upkeep")


def prepare_embedded(data_dir: Path) -> None:
    """Migrate the embedded database and load the code tables, unless done for this state of the code.

    The database itself carries the mark, written last: an attempt that was killed is repeated, and a database
    that was dropped is made anew.
    """
    state = code_state(BASE_DIR)
    if read_mark(data_dir) == state:
        return
    with (data_dir / "prepare.lock").open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if read_mark(data_dir) == state:
            return  # another process did it while we waited
        migrate_and_load()
        write_mark(data_dir, state)


def migrate_and_load() -> None:
    """Migrate the database of the settings and load the code tables, silently but for one line on stderr."""
    say("正在准备数据库（迁移、代码表）…")
    django.setup()
    call_command("migrate", interactive=False, verbosity=0, stdout=sys.stderr)
    if "load_codes" in get_commands():
        call_command("load_codes", stdout=io.StringIO(), stderr=io.StringIO())


def code_state(base: Path) -> str:
    """Name the state of migrations and code tables: a digest of the names and sizes of their files."""
    digest = hashlib.sha256()
    files = [path for app in APPS for path in (base / app / "migrations").glob("*.py")]
    files += [path for path in (base / "filing" / "data").rglob("*") if path.is_file()]
    for path in sorted(files):
        digest.update(f"{path.relative_to(base)}:{path.stat().st_size}\n".encode())
    return digest.hexdigest()


def read_mark(data_dir: Path) -> str:
    """Read the mark of the embedded database; an empty text where it has none."""
    with _connect(data_dir) as connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = current_database()"
        )
        row = cursor.fetchone()
    connection.close()
    return row[0] or "" if row else ""


def write_mark(data_dir: Path, state: str) -> None:
    """Write the mark as the comment of the database."""
    with _connect(data_dir) as connection, connection.cursor() as cursor:
        name = sql.Identifier(connection.info.dbname)
        cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(name, sql.Literal(state)))
    connection.close()


def _connect(data_dir: Path) -> psycopg2.extensions.connection:
    return psycopg2.connect(Embedded(data_dir).database_url)
