"""Django's `flush`, which notes itself in the record: it empties the database."""

from __future__ import annotations

from django.core.management.commands import flush

from filing.management.recorded import RecordedCommand


class Command(RecordedCommand, flush.Command):
    """As Django's."""
