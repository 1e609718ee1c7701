"""Django's `shell`, which notes itself in the record: a shell can read and change everything."""

from __future__ import annotations

from django.core.management.commands import shell

from filing.management.recorded import RecordedCommand


class Command(RecordedCommand, shell.Command):
    """As Django's."""
