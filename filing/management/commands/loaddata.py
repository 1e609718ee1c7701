"""Django's `loaddata`, which notes itself in the record: it puts data in."""

from __future__ import annotations

from django.core.management.commands import loaddata

from filing.management.recorded import RecordedCommand


class Command(RecordedCommand, loaddata.Command):
    """As Django's."""
