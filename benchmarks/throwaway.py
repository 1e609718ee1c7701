"""A database for one run, made and dropped, in the embedded PostgreSQL of the data folder; copies of it for each case."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psutil
import psycopg2
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from psycopg2 import sql

from benchmarks.settings import FOLDER
from settings.embedded import ensure_servers
from settings.paths import data_dir

_NAME = re.compile(r"icp_bench_(\d+)")


@contextmanager
def database() -> Iterator[None]:
    """Run with an empty, migrated database and attachment store; both are gone afterwards."""
    ensure_servers(data_dir())
    _drop_leftovers()
    name = settings.DATABASES["default"]["NAME"]
    _administer("CREATE DATABASE {}", name)
    FOLDER.mkdir(mode=0o700)
    settings.ATTACHMENT_ROOT.mkdir(mode=0o700)
    try:
        call_command("migrate", verbosity=0)
        yield
    finally:
        connection.close()
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
        shutil.rmtree(FOLDER, ignore_errors=True)


def destroy() -> None:
    """What a disaster leaves: an empty database of the same name, and no images."""
    connection.close()
    name = settings.DATABASES["default"]["NAME"]
    _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
    _administer("CREATE DATABASE {}", name)
    shutil.rmtree(settings.ATTACHMENT_ROOT)
    settings.ATTACHMENT_ROOT.mkdir(mode=0o700)


@contextmanager
def another(suffix: str) -> Iterator[str]:
    """Within `database`: one more, empty and migrated, which this process is connected to meanwhile. Yields its name."""
    first = connection.settings_dict["NAME"]
    connection.close()
    _administer("CREATE DATABASE {}", first + suffix)
    connection.settings_dict["NAME"] = first + suffix
    try:
        call_command("migrate", verbosity=0)
        yield first + suffix
    finally:
        connection.close()
        connection.settings_dict["NAME"] = first
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", first + suffix)


def run_apart(module: str, *arguments: str) -> dict[str, Any]:
    """Run a case in a fresh process on a copy of the database as it stands; its peak memory is its own.

    Shape: the JSON document that the process writes.
    """
    connection.close()
    name = settings.DATABASES["default"]["NAME"]
    copy = f"{name}_copy"
    _administer("CREATE DATABASE {} TEMPLATE {}", copy, name)
    try:
        found: dict[str, Any] = _run(module, arguments, copy)
    finally:
        _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", copy)
    return found


def run_on(database: str, module: str, *arguments: str) -> Any:
    """Run a case that only reads in a fresh process on a database itself: a copy of a million rows is a long wait.

    Shape: the JSON document that the process writes.
    """
    connection.close()
    return _run(module, arguments, database)


def _run(module: str, arguments: Sequence[str], database: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        env=os.environ | {"ICP_BENCH_DATABASE": database},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def _administer(statement: str, *names: str) -> None:
    """Run a statement about databases, in the database "postgres" that every server has."""
    server = _server()
    try:
        with server.cursor() as cursor:
            cursor.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))
    finally:
        server.close()


def _server() -> Any:
    facts = settings.DATABASES["default"]
    server = psycopg2.connect(
        host=facts["HOST"], port=facts["PORT"] or None, user=facts["USER"], dbname="postgres"
    )
    server.autocommit = True
    return server


def _drop_leftovers() -> None:
    """Drop the databases of killed runs: their names hold the number of a process that has ended."""
    server = _server()
    try:
        with server.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database WHERE datname LIKE 'icp\\_bench\\_%'")
            names = [name for (name,) in cursor.fetchall()]
    finally:
        server.close()
    for name in names:
        run = _NAME.match(name)
        if run and not psutil.pid_exists(int(run[1])):
            _administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)
