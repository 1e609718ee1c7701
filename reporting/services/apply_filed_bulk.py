"""Applying filed data (BASJ) of hundreds of records at once, to the same end as `apply_filed` one by one.

What is simple goes together: filed rows, and requests of ours that one record each approves. A record that cannot be
read, or whose request is in doubt or is decided in parts, goes alone, at its place in the order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Model

from filing.choices import AT_BUREAU_STATES, RequestState
from filing.filed_data import SubjectData
from filing.models import Request
from filing.services.behind import ANSWERED_BY_DATA, requests_behind_each
from filing.services.filed import own_ids_in
from filing.services.filed_bulk import Filing, bureau_ids_in, record_all_filed
from filing.services.outcomes import FINAL_AT_BUREAU, mark_all_approved
from reporting.readers.document import Record
from reporting.readers.elements import Unreadable
from reporting.services.applied import Applied, Source
from reporting.services.apply_filed import applied, reason_of
from reporting.services.apply_synchronised import SYNCHRONISED, subject_of, told_of
from reporting.services.entries import settle_entries

MOST_AT_ONCE = 500
"""Bounds the rows that are held in memory, and how long requests are locked."""


@dataclass(frozen=True)
class _Answer:
    """A record, read, and the requests that it answers."""

    record: Record
    filing: Filing
    requests: list[Request]


@dataclass(frozen=True)
class Batch:
    """Records that may be applied together; one that must go alone is a batch of its own without answers."""

    records: list[Record]
    source: Source
    _answers: list[_Answer] = field(default_factory=list)

    def apply(self) -> list[Applied]:
        """Apply all of them; returns what became of each. Call it in a transaction; where it raises, none is applied.

        Raises: MoveRefused, Entangled, DatabaseError, ValueError.
        """
        filings = [each.filing for each in self._answers]
        quiet = self.records[0].kind == SYNCHRONISED
        named = record_all_filed(filings, isp_id=self.source.link.isp_id, quiet=quiet)
        approved = [
            (request, reason_of(number), answer.filing.proof)
            for answer, (_name, number) in zip(self._answers, named, strict=True)
            for request in answer.requests
            if request.state in AT_BUREAU_STATES | FINAL_AT_BUREAU
        ]
        requests = [request for request, _reason, _proof in approved]
        mark_all_approved(
            requests,
            reasons=[reason for _request, reason, _proof in approved],
            proofs=[proof for _request, _reason, proof in approved],
        )
        settle_entries(requests)
        return [
            applied(name, number, answer.requests, told_of(answer.record))
            for answer, (name, number) in zip(self._answers, named, strict=True)
        ]


def batches(records: Sequence[Record], source: Source) -> Iterator[Batch]:
    """Records in batches, in their order. What a batch finds is looked up when it is its turn."""
    for start in range(0, len(records), MOST_AT_ONCE):
        yield from _batches(records[start : start + MOST_AT_ONCE], source)


def _batches(records: Sequence[Record], source: Source) -> Iterator[Batch]:
    readable: list[tuple[Record, SubjectData]] = []
    for record in records:
        try:
            readable.append((record, subject_of(record)))
        except Unreadable:
            yield Batch([record], source)  # changes nothing, so its place does not matter
    together: list[_Answer] = []
    met: set[tuple[type[Model], int]] = set()
    for answer in _answers(readable, source):
        keys = {(Request, request.pk) for request in answer.requests} | bureau_ids_in(answer.filing.data)
        goes_alone = any(_needs_care(request) for request in answer.requests)
        if together and (goes_alone or met & keys):
            yield _batch(together, source)
            together, met = [], set()
        if goes_alone:
            yield Batch([answer.record], source)
        else:
            together.append(answer)
            met |= keys
    if together:
        yield _batch(together, source)


def _batch(answers: list[_Answer], source: Source) -> Batch:
    return Batch([answer.record for answer in answers], source, answers)


def _answers(readable: Sequence[tuple[Record, SubjectData]], source: Source) -> Iterator[_Answer]:
    behind = requests_behind_each([data for _record, data in readable], source.link.isp_id)
    for (record, data), mine in zip(readable, behind, strict=True):
        ours = own_ids_in(content for _request, content in mine)
        requests = [request for request, _content in mine if request.operation in ANSWERED_BY_DATA]
        yield _Answer(record, Filing(data, ours, source.proof(record)), requests)


def _needs_care(request: Request) -> bool:
    """Still under way, in doubt or held back, or decided website by website: `apply_filed` knows what to do."""
    in_doubt = request.state in {RequestState.UPLOADING, RequestState.UNCERTAIN} or bool(request.held_reason)
    return in_doubt or len(request.decision_keys) > 1
