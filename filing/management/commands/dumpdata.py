"""Django's `dumpdata`, which notes itself in the record: it takes data out."""

from __future__ import annotations

from django.core.management.commands import dumpdata

from filing.management.recorded import RecordedCommand


class Command(RecordedCommand, dumpdata.Command):
    """As Django's."""
