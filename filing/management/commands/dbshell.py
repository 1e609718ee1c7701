"""Django's `dbshell`, which notes itself in the record: a shell of the database can read and change everything."""

from __future__ import annotations

from django.core.management.commands import dbshell

from filing.management.recorded import RecordedCommand


class Command(RecordedCommand, dbshell.Command):
    """As Django's."""
