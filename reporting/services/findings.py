"""What a diagnosis is made of: facts with their time and place, the cause they show, what they rule out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from filing.models import Request
from reporting.choices import Cause
from reporting.models import Call, DataFile, Diagnosis, DownloadItem


@dataclass(frozen=True)
class Fact:
    """One thing that we know, when it was so, and where it is written.

    Shape of `place`: names and keys of what proves it: file, sequence, call, code, download, position, query.
    """

    words: str
    at: datetime | None = None
    place: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Units: `at` is ISO 8601 with offset, or null."""
        at = self.at.isoformat(timespec="seconds") if self.at else None
        return {"words": self.words, "at": at} | self.place


class Action(StrEnum):
    """The one thing that a person can do about it from here."""

    NOTHING = "nothing"
    LOOK = "look"
    INBOX = "inbox"
    LINK = "link"
    HELD = "held"


@dataclass(frozen=True)
class Found:
    """A cause that the facts show. `calm`: nothing is wrong, it takes its time."""

    cause: Cause
    evidence: tuple[Fact, ...]
    next_step: str
    needs_person: bool = False
    action: Action = Action.NOTHING
    calm: bool = False


@dataclass(frozen=True)
class RuledOut:
    """A cause that a fact excludes."""

    cause: Cause
    fact: Fact


@dataclass(frozen=True)
class Finding:
    """The diagnosis of one request. `found` is None where it does not wait for anything that the link does."""

    request: Request
    found: Found | None
    ruled_out: tuple[RuledOut, ...] = ()
    diagnosis: Diagnosis | None = None
    facts: tuple[Fact, ...] = ()
    next_step: str = ""

    @property
    def cause(self) -> Cause | None:
        return self.found.cause if self.found else None

    @property
    def needs_person(self) -> bool:
        return self.found is not None and self.found.needs_person

    @property
    def evidence(self) -> tuple[Fact, ...]:
        return self.found.evidence if self.found else self.facts

    @property
    def step(self) -> str:
        return self.found.next_step if self.found else self.next_step


def of_file(file: DataFile, words: str, at: datetime | None, position: int | None = None) -> Fact:
    """A fact that a data file shows."""
    place: dict[str, Any] = {"file": file.pk, "sequence": file.sequence}
    return Fact(words, at, place | ({"position": position} if position is not None else {}))


def of_call(call: Call, words: str) -> Fact:
    """A fact that one call shows."""
    return Fact(words, call.ended_at or call.started_at, {"call": call.pk, "code": call.code})


def of_item(item: DownloadItem, words: str) -> Fact:
    """A fact that a record of a download shows."""
    place = {"download": item.download_id, "position": item.position}
    return Fact(words, item.download.received_at, place)
