"""How a data file goes: one table, one writer. Every move of a file moves its requests in the same transaction.

The file's row is locked first and its state looked at again: the sender and whoever reads results may both learn
what became of a file, and the second must find what the first wrote.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from filing.models import Request, Revision
from filing.services import outcomes
from filing.services.codes import name_of, province_of
from reporting.choices import EntryOutcome, FileState
from reporting.models import DataFile, FileEntry, Link, proof_of

F = FileState
MOVES: dict[F, frozenset[F]] = {
    F.PACKED: frozenset({F.SENDING, F.DROPPED}),
    # packed: surely not accepted, the same bytes go again; refused: the number is free again
    F.SENDING: frozenset({F.ACCEPTED, F.UNCERTAIN, F.PACKED, F.REFUSED}),
    F.UNCERTAIN: frozenset({F.ACCEPTED, F.PACKED, F.CONFLICT}),
    # dropped: a person saw that the bureau has something else under the number
    F.CONFLICT: frozenset({F.ACCEPTED, F.PACKED, F.DROPPED}),
    F.ACCEPTED: frozenset(),
    F.REFUSED: frozenset(),
    F.DROPPED: frozenset(),
}


class FileMoved(Exception):
    """The file is not where the caller saw it: another process learned first what became of it."""

    def __init__(self, file: DataFile, to: FileState) -> None:
        self.file_id, self.found, self.to = file.pk, file.state, to
        super().__init__(f"第 {file.sequence} 号文件已是“{F(file.state).label}”，不再改为“{to.label}”")


def _move(file: DataFile, to: FileState, **columns: Any) -> list[FileEntry]:
    """Lock, check, write. Returns the entries with their requests, in order. Call inside a transaction."""
    found = DataFile.objects.select_for_update().defer("zip_bytes").get(pk=file.pk)
    if to not in MOVES[F(found.state)]:
        raise FileMoved(found, to)
    columns["state"] = to
    DataFile.objects.filter(pk=file.pk).update(**columns)
    for name, value in columns.items():
        setattr(file, name, value)
    return list(file.entries.select_related("request").order_by("position"))


def _requests(file: DataFile, entries: Sequence[FileEntry]) -> tuple[list[Request], list[dict[str, Any]]]:
    return [entry.request for entry in entries], [proof_of(file, entry.position) for entry in entries]


@transaction.atomic
def begin_sending(file: DataFile) -> None:
    """The intent, committed before the call: a crash after it is seen as doubt, never as "not sent"."""
    entries = _move(file, F.SENDING, attempts=file.attempts + 1, sent_at=timezone.now())
    requests, proofs = _requests(file, entries)
    outcomes.mark_uploading(requests, proofs=proofs)


@transaction.atomic
def accept(file: DataFile, *, reason: str, proof: dict[str, Any]) -> None:
    """The bureau has the file: its number is spent, its requests wait for the bureau of their subject's province."""
    now = timezone.now()
    entries = _move(file, F.ACCEPTED, settled_at=now, proof=proof, message=reason)
    link = Link.objects.select_for_update().get(pk=file.link_id)
    if link.next_sequence <= file.sequence:
        Link.objects.filter(pk=link.pk).update(next_sequence=file.sequence + 1)
    elsewhere = _forwarded(link, entries)
    for forwarded in (False, True):
        group = [entry for entry in entries if (entry.pk in elsewhere) == forwarded]
        requests, proofs = _requests(file, group)
        here = name_of("region", link.province)
        words = f"{reason}；主体不属于{here}，转主体所在省管局审核" if forwarded else reason
        outcomes.mark_accepted(
            requests, forwarded=forwarded, at=now, reason=words, proofs=[each | proof for each in proofs]
        )


@transaction.atomic
def doubt(file: DataFile, reason: str) -> None:
    """No answer came, or none that says what the bureau did with the file."""
    requests, proofs = _requests(file, _move(file, F.UNCERTAIN, message=reason))
    outcomes.mark_uncertain(requests, reason=reason, proofs=proofs)


@transaction.atomic
def same_bytes_again(file: DataFile, reason: str) -> None:
    """Surely not accepted: the same bytes go again under the same number."""
    requests, proofs = _requests(file, _move(file, F.PACKED, message=reason))
    outcomes.mark_to_be_sent_again(requests, reason=reason, proofs=proofs)


def tell_why(file: DataFile, reason: str) -> None:
    """Say on the requests of a file that was not sent yet why it waits."""
    entries = file.entries.select_related("request").order_by("position")
    outcomes.mark_stalled([entry.request for entry in entries], reason=reason)


@transaction.atomic
def free_number(file: DataFile, reason: str, *, code: int, **columns: Any) -> None:
    """Refused in the answer: the number may carry other bytes, the requests wait for another file.

    `columns` of the requests say for which: `batch_limit`, `not_before`.
    """
    now = timezone.now()
    entries = _move(file, F.REFUSED, settled_at=now)
    FileEntry.objects.filter(file=file).update(outcome=EntryOutcome.UNPACKED, outcome_at=now)
    requests, proofs = _requests(file, entries)
    outcomes.mark_unpacked(requests, reason=reason, codes=[code], proofs=proofs, **columns)


@transaction.atomic
def declare_conflict(file: DataFile, reason: str) -> None:
    """The bureau has something else under this number: a person must see both sides. The requests stay uncertain."""
    _move(file, F.CONFLICT, message=reason)


@transaction.atomic
def found_sent(file: DataFile, reason: str, *, proof: dict[str, Any]) -> None:
    """A file that we hold unsent is at the bureau: a backup older than its sending was restored. It goes through what
    it had gone through."""
    begin_sending(file)
    doubt(file, reason)
    accept(file, reason=reason, proof=proof)


@transaction.atomic
def drop(file: DataFile, reason: str, *, proof: dict[str, Any]) -> None:
    """A person saw that the bureau has something else under this number: its requests wait for another file."""
    now = timezone.now()
    was = file.state
    entries = _move(file, F.DROPPED, settled_at=now, message=reason, proof=proof)
    FileEntry.objects.filter(file=file).update(outcome=EntryOutcome.UNPACKED, outcome_at=now)
    requests, proofs = _requests(file, entries)
    if was == F.CONFLICT:
        outcomes.mark_to_be_sent_again(requests, reason=reason, proofs=proofs)
    outcomes.mark_unpacked(requests, reason=reason, proofs=proofs)


def prove_arrival(request: Request, proof: dict[str, Any]) -> None:
    """A result for a request whose upload is in doubt proves that the bureau has its file: the doubt is settled.

    Changes nothing where the request is not in doubt, or the sender settled it first.
    """
    entry = (
        request.file_entries.filter(file__state__in=[F.UNCERTAIN, F.CONFLICT])
        .select_related("file__link")
        .first()
    )
    if entry is None:
        return
    reason = f"管局已给出结果，证明第 {entry.file.sequence} 号文件已收到"
    try:
        accept(entry.file, reason=reason, proof=proof)
    except FileMoved:
        request.refresh_from_db()
        return
    request.refresh_from_db()


def _forwarded(link: Link, entries: Sequence[FileEntry]) -> set[int]:
    """Keys of the entries whose subject is of another province than the link.

    Inferred, for the interface has no signal.
    """
    rows = Revision.objects.filter(request__in=[entry.request_id for entry in entries]).values_list(
        "request_id", "number", "content__subject__address__province"
    )
    provinces = {(request_id, number): province for request_id, number, province in rows}
    here = province_of(link.province)
    found = set()
    for entry in entries:
        province = provinces.get((entry.request_id, entry.revision_number))
        if province is not None and province_of(province) != here:
            found.add(entry.pk)
    return found
