"""By what we know what became of a file, and who had its requests in hand. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from filing.choices import RequestState
from filing.models import RequestEvent
from reporting.choices import UNSETTLED, EntryOutcome, FileState
from reporting.models import DataFile, FileEntry

S = RequestState


@dataclass(frozen=True)
class Proof:
    """One thing that shows what became of a file. `download` is the key of the download that shows it."""

    words: str
    at: datetime | None = None
    download: int | None = None


@dataclass(frozen=True)
class Hands:
    """Who entered a revision and who let it go, by name; empty where the history does not say."""

    entered: str = ""
    approved: str = ""


def proofs_of(file: DataFile) -> list[Proof]:
    """What proves that a file was accepted, or why it was not; nothing while that is open. Two queries."""
    found = [settled_by(file)]
    if file.state == FileState.ACCEPTED:
        found += [_results(file), _succession(file)]
    return [proof for proof in found if proof is not None]


def settled_by(file: DataFile) -> Proof | None:
    """What settled a file at the time; None while it is open. No query."""
    if file.state in UNSETTLED:
        return None
    return _first(file) if file.state == FileState.ACCEPTED else Proof(_refusal(file), file.settled_at)


def _refusal(file: DataFile) -> str:
    if decided := file.proof.get("decided_by"):
        return f"{decided}核对两边后决定作废：{file.message}"
    code = f"应答代码 {file.code}：" if file.code is not None else ""
    return f"{code}{file.message or '管局没有受理'}，编号已交还"


def _first(file: DataFile) -> Proof:
    """What settled it at the time."""
    proof, at = file.proof, file.settled_at
    if "download" in proof:
        place = f"{proof.get('name', '')} 第 {proof.get('position', '')} 条"
        return Proof(f"管局给出了其中记录的结果：{place}", at, proof["download"])
    if "number_check" in proof:
        return Proof(f"{proof.get('decided_by') or '有人'}核对两边后确认", at)
    if proof.get("query"):
        return Proof("查询上次上报：管局最近收到的就是这一号，内容一致", at)
    if proof.get("code") == 0:
        return Proof("管局应答代码 0", at)
    return Proof(file.message or "没有留下凭据", at)


def _results(file: DataFile) -> Proof | None:
    known = file.entries.exclude(outcome__in=[EntryOutcome.WAITING, EntryOutcome.UNPACKED])
    seen = known.aggregate(count=Count("pk"), first=Min("outcome_at"))
    if not seen["count"]:
        return None
    return Proof(f"其中 {seen['count']} 件管局已给出结果", seen["first"])


def _succession(file: DataFile) -> Proof | None:
    later = DataFile.objects.filter(
        link=file.link_id, state=FileState.ACCEPTED, sequence__gt=file.sequence
    ).order_by("sequence")
    row = later.values_list("sequence", "settled_at").first()
    if row is None:
        return None
    return Proof(f"管局又受理了第 {row[0]} 号：编号不许缺，前面的都已收到", row[1])


def hands_of(entries: Iterable[FileEntry]) -> dict[int, Hands]:
    """Who entered and who approved what stands at each place, by the entry's key. Two queries for any number of entries."""
    rows = list(entries)
    events = (
        RequestEvent.objects.filter(
            request__in={entry.request_id for entry in rows},
            new_state__in=[S.IN_REVIEW, S.READY],
            old_state__in=[S.DRAFT, S.IN_REVIEW],
        )
        .order_by("at", "pk")
        .values_list("request_id", "revision_number", "new_state", "actor_name")
    )
    submitted: dict[tuple[int, int], str] = {}
    approved: dict[tuple[int, int], str] = {}
    for request, revision, state, name in events:
        (approved if state == S.READY else submitted)[request, revision] = name
    found = {}
    for entry in rows:
        key = entry.request_id, entry.revision_number
        let_go = approved.get(key, "")
        found[entry.pk] = Hands(submitted.get(key) or let_go, let_go)
    return found
