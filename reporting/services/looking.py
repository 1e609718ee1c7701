"""One look at one request at the bureau: ask, judge, write, and let the usual services draw the conclusion.

The caller holds the link's receiving lock, so that no download is applied meanwhile. A kill between a call and its
write changes nothing: the bureau is asked again. A decision that came first wins. Spec: protocol "Methods".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from filing.choices import AT_BUREAU_STATES, Operation, RequestState
from filing.models import Request
from filing.services import outcomes
from filing.services.revisions import current_contents
from filing.states import MoveRefused, hold
from reporting.choices import Cause, Method
from reporting.models import Diagnosis, Link
from reporting.services import filing_query, patience, previous
from reporting.services.apply_results import carry_out_cancellation
from reporting.services.diagnose import diagnose
from reporting.services.entries import settle_entry
from reporting.services.filing_query import DOMAIN_CONDITION, Question, Status
from reporting.services.findings import Finding
from reporting.services.verdicts import CANCELLATIONS, Asking, Judged, Verdict, judge, questions_about

DAY_S = 86400.0

Answers = list[dict[str, Any]]


class AskedInVain(Exception):
    """The bureau answered with a code that says nothing of filings. Fields: `code`, `message`."""

    def __init__(self, code: int, message: str) -> None:
        self.code, self.message = code, message
        super().__init__(f"查询备案状态：管局答复代码 {code}{'，' + message if message else ''}")


@dataclass
class Looked:
    """What one look came to. `calls` counts what it cost; `moved` is the state that it brought the request to."""

    request: Request
    calls: int = 0
    answers: Answers = field(default_factory=list)
    moved: str = ""


def look(request: Request, link: Link, *, number: dict[str, Any] | None = None) -> Looked:
    """Ask what can be asked about a request and write what is found.

    `number`: a recent answer about the bureau's last upload, which is then not asked for again.
    Raises: NotSent, OutcomeUnknown, AskedInVain. Nothing is written then.
    """
    looked = Looked(request)
    request.refresh_from_db()
    if request.state not in AT_BUREAU_STATES:
        return looked
    content = current_contents([request])[request.pk]
    asking = questions_about(request, content)
    judged = judge(request, content, [_put(link, question, looked) for question in asking.questions])
    if number is None:
        number = ask_number(link)
        looked.calls += 1
    looked.answers += [number] if number else []
    with transaction.atomic():
        try:
            hold(request, RequestState.APPROVED)
        except MoveRefused:
            return looked  # a decision came meanwhile: it wins
        looked.moved = _conclude(request, link, asking, judged, looked)
        write_diagnosis(request, answers=looked.answers, asked_at=timezone.now())
    return looked


def _put(link: Link, question: Question, looked: Looked) -> tuple[Question, Status]:
    answer = filing_query.ask(link, question)
    looked.calls += 1
    if answer.code not in filing_query.SUCCESS_CODES:
        raise AskedInVain(answer.code, answer.message)
    status = filing_query.read_status(answer, question)
    call = filing_query.latest_call(link, Method.FILING_STATUS)
    looked.answers.append(
        {
            "query": Method.FILING_STATUS.value,
            "call": call.pk if call else None,
            "at": _iso(call.ended_at if call else None),
            "about": question.about,
            "filed": status.filed,
            "subject_number": status.subject_number,
            "website_number": status.website_number,
        }
    )
    return question, status


def ask_number(link: Link) -> dict[str, Any] | None:
    """The number of the bureau's last accepted upload, as an answer to keep; None where it does not tell.

    Raises: NotSent, OutcomeUnknown.
    """
    answer, theirs = previous.ask(link)
    if answer.code not in previous.USUAL_CODES or theirs.sequence is None:
        return None
    call = filing_query.latest_call(link, Method.PREVIOUS_UPLOAD)
    return {
        "query": Method.PREVIOUS_UPLOAD.value,
        "call": call.pk if call else None,
        "at": _iso(call.ended_at if call else None),
        "sequence": theirs.sequence,
        "words": f"查询上次上报：管局最近收到第 {theirs.sequence} 号",
    }


def _iso(at: datetime | None) -> str:
    return (at or timezone.now()).isoformat()


def _conclude(request: Request, link: Link, asking: Asking, judged: Sequence[Judged], looked: Looked) -> str:
    """Do what the answers prove; returns the state that the request moved to, empty where it stays."""
    asked = [row for row in looked.answers if row["query"] == Method.FILING_STATUS.value]
    for row, each in zip(asked, judged, strict=True):
        row |= {"verdict": each.verdict.value, "words": f"查询备案状态：{each.words}"}
    if not judged or any(each.verdict == Verdict.ANOTHER for each in judged):
        return ""
    if request.operation == Operation.NEW_WEBSITE:
        moved = _decide_websites(request, judged, asked)
    elif (
        asking.is_whole
        and all(each.verdict == Verdict.AGREES for each in judged)
        and _names_a_domain(request, judged)
    ):
        moved = _approve(request, judged, asked)
    else:
        return ""
    if not moved:
        return ""
    settle_entry(request)
    carry_out_cancellation(request, link.isp_id, _proof(asked))
    return request.state


def _names_a_domain(request: Request, judged: Sequence[Judged]) -> bool:
    """A certificate alone proves no new filing: its websites must stand under it."""
    return request.operation in CANCELLATIONS or any(
        each.question.kind == DOMAIN_CONDITION for each in judged
    )


def _approve(request: Request, judged: Sequence[Judged], asked: Answers) -> bool:
    words = judged[-1].words
    reason = f"查询备案状态证明管局已办结，而没有收到通知：{words}"
    return outcomes.mark_approved(request, codes=[], words="", reason=reason, proof=_proof(asked))


def _decide_websites(request: Request, judged: Sequence[Judged], asked: Answers) -> bool:
    """Each website for itself: it is approved where all of its domains that were asked about agree."""
    moved = False
    for key in dict.fromkeys(each.question.key for each in judged):
        mine = [each for each in judged if each.question.key == key]
        if any(each.verdict != Verdict.AGREES for each in mine) or key not in request.decision_keys:
            continue
        if len(request.decision_keys) == 1:
            return _approve(request, mine, asked)
        moved |= outcomes.mark_part_decided(request, key, approved=True, words="", proof=_proof(asked))
    return moved


def _proof(asked: Answers) -> dict[str, Any]:
    """The proof that the history carries: which calls, what they answered, and when."""
    kept = ("call", "about", "filed", "subject_number", "website_number")
    return {
        "query": Method.FILING_STATUS.value,
        "at": asked[-1]["at"],
        "answers": [{name: row[name] for name in kept if row.get(name) is not None} for row in asked],
    }


def write_diagnosis(
    request: Request, *, answers: Answers | None = None, asked_at: datetime | None = None
) -> Finding | None:
    """Find out why a request waits and keep it; one that waits no more loses its row. Call inside a transaction."""
    now = timezone.now()
    if answers is not None:
        columns = {"answers": answers, "asked_at": asked_at}
        blank = {"cause": Cause.WITHIN_TERM, "found_at": now, "next_look_at": now}
        Diagnosis.objects.update_or_create(request=request, defaults=columns, create_defaults=columns | blank)
    (finding,) = diagnose([request], now)
    if finding.found is None:
        Diagnosis.objects.filter(request=request).delete()
        return None
    keep([finding], now)
    return finding


def keep(findings: Sequence[Finding], now: datetime) -> None:
    """Store findings, one row a request; what was asked of the bureau stays as it is."""
    rows = [
        Diagnosis(
            request=finding.request,
            cause=found.cause,
            evidence=[fact.as_json() for fact in found.evidence],
            next_step=found.next_step,
            needs_person=found.needs_person,
            found_at=now,
            next_look_at=_next_look(finding, now),
        )
        for finding in sorted(
            findings, key=lambda each: each.request.pk
        )  # two that write do not lock each other out
        if (found := finding.found) is not None
    ]
    Diagnosis.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["request"],
        update_fields=["cause", "evidence", "next_step", "needs_person", "found_at", "next_look_at"],
    )


def _next_look(finding: Finding, now: datetime) -> datetime:
    """A day after the bureau was last asked; a look that it put off stays put off."""
    row = finding.diagnosis
    asked = row.asked_at if row else None
    next_look = asked + a_day() if asked else now
    return max(next_look, row.next_look_at) if row else next_look


def a_day() -> timedelta:
    """How long one request is left alone after the bureau was asked about it."""
    return patience.waits(DAY_S)
