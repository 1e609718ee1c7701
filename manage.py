#!/usr/bin/env python
"""Management commands. Without `DATABASE_URL` they find, start and prepare the embedded servers."""

from __future__ import annotations

import os
import sys

from django.core.exceptions import ImproperlyConfigured
from django.core.management import execute_from_command_line

from settings.embedded import EmbeddedServerFault, ensure_servers
from settings.paths import data_dir
from settings.prepare import prepare_embedded
from settings.processes import say

# These look at no database.
NO_SERVERS = frozenset(
    {
        "help",
        "version",
        "check",
        "collectstatic",
        "compilemessages",
        "diffsettings",
        "findstatic",
        "makemessages",
    }
)
# These must work while the migrations of the code cannot run (yet).
NO_PREPARATION = frozenset(
    {
        "dbshell",
        "flush",
        "makemigrations",
        "migrate",
        "optimizemigration",
        "restore",
        "showmigrations",
        "sqlmigrate",
        "squashmigrations",
    }
)


def main() -> None:
    """Run one command; the exit code is 1 where the settings or the servers make it impossible."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.dev")
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "help")
    asks_help = {"-h", "--help"} & set(sys.argv[2:])
    production = any(
        "settings.prod" in word for word in (os.environ["DJANGO_SETTINGS_MODULE"], *sys.argv[1:])
    )
    try:
        if not (production or asks_help or command in NO_SERVERS):
            for name in ensure_servers(data_dir()):
                say(f"已启动 {name}（{data_dir()}）。")
            if not os.environ.get("DATABASE_URL", "").strip() and command not in NO_PREPARATION:
                prepare_embedded(data_dir())
        execute_from_command_line(sys.argv)
    except (EmbeddedServerFault, ImproperlyConfigured) as error:
        say(f"manage.py：{error}")
        sys.exit(1)


if __name__ == "__main__":
    main()
