"""What the handlers of records share: where a record comes from, what became of it, whom it concerns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filing.models import Request
from reporting.choices import ItemOutcome
from reporting.models import Download, Link
from reporting.readers.document import Record


class Unmatched(Exception):
    """The record names nobody that we know: it goes to the inbox for a person, never to a guess."""


class NotYet(Exception):
    """The record's request is in the middle of a call: the record is applied in the next pass."""


@dataclass(frozen=True)
class Source:
    """The link and file that a record came by."""

    link: Link
    download: Download

    def proof(self, record: Record) -> dict[str, Any]:
        """The proof that a history row carries."""
        return {"download": self.download.pk, "name": self.download.bureau_name, "position": record.position}


@dataclass(frozen=True)
class Applied:
    """What became of a record."""

    outcome: ItemOutcome
    reason: str = ""
    summary: str = ""
    request: Request | None = None
