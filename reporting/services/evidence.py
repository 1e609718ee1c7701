"""The whole story of one request as plain data: what the evidence bundle tells, in words and for machines. Reads only.

Shape: dictionaries and lists of texts, numbers and booleans, ready for JSON. Units: times are ISO 8601 with offset.
Text is masked unless it is revealed, as on every screen.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import pairwise
from typing import Any

from django.utils import timezone

from filing.choices import ActorKind, RequestState
from filing.history import headline, reason_beside
from filing.masking import mask_text
from filing.models import Request, RequestEvent, Revision
from filing.result_codes import explain
from filing.services.filed import filing_numbers
from filing.services.telling import tell, tell_changes
from reporting.models import Call, Link
from reporting.selectors import link_of
from reporting.services.diagnose import diagnose
from reporting.services.findings import Fact
from reporting.services.ledger import spans
from verification.models import KeptMaterial, PrintedForm, Verification

Row = dict[str, Any]
S = RequestState
Say = Callable[[str], str]


def story_of(filing: Request, *, reveal: bool) -> Row:
    """Everything but what lies in files: see `evidence_files` for what was sent and what came."""
    say: Say = str if reveal else mask_text
    events = list(filing.events.order_by("at", "pk"))
    revisions = list(filing.revisions.order_by("number"))
    current = next(each for each in revisions if each.number == filing.revision_number)
    subject_number, website_numbers = filing_numbers([filing])[filing.pk]
    return {
        "request": _request(filing, say),
        "numbers": {"subject": subject_number, "websites": list(website_numbers)},
        "revisions": _revisions(filing, revisions, events, reveal=reveal),
        "content": [
            {
                "title": group.title,
                "level": group.level,
                "own_id": group.own_id,
                "rows": [{"label": row.label, "values": list(row.values)} for row in group.rows],
            }
            for group in tell(filing.operation, current.content, reveal=reveal)
            if group.rows
        ],
        "events": [_event(event, say) for event in events],
        "diagnosis": _diagnosis(filing, say),
        "verification": _verification(filing, say),
        "ledger": _ledger(link_of(filing)),
    }


def iso(at: datetime | None) -> str | None:
    """A moment in Shanghai."""
    return timezone.localtime(at).isoformat(timespec="seconds") if at else None


def call_row(call: Call, say: Say) -> Row:
    """One call and what was answered."""
    return {
        "method": call.method,
        "method_words": call.get_method_display(),
        "sequence": call.sequence,
        "outcome": call.outcome,
        "outcome_words": call.get_outcome_display(),
        "code": call.code,
        "message": say(call.message),
        "started_at": iso(call.started_at),
        "ended_at": iso(call.ended_at),
        "made_by": call.made_by,
    }


def _request(filing: Request, say: Say) -> Row:
    link = link_of(filing)
    return {
        "ref": filing.ref,
        "operation": filing.operation,
        "operation_words": filing.get_operation_display(),
        "subject": say(filing.subject_name),
        "domains": list(filing.domains),
        "state": filing.state,
        "state_words": filing.get_state_display(),
        "state_since": iso(filing.state_changed_at),
        "accepted_at": iso(filing.accepted_at),
        "revision": filing.revision_number,
        "link": str(link) if link else "",
        "isp_id": link.isp_id if link else filing.isp_id,
        "remarks": say(filing.remarks),
        "result_keys": [say(key) for key in filing.result_keys],
        "decision_keys": [say(key) for key in filing.decision_keys],
    }


def _revisions(
    filing: Request, revisions: list[Revision], events: list[RequestEvent], *, reveal: bool
) -> list[Row]:
    """Each version with who entered and who approved it, and what it changed of the one before."""
    before = {after.number: old for old, after in pairwise(revisions)}
    rows = []
    for each in revisions:
        changed = []
        if old := before.get(each.number):
            told = tell_changes(filing.operation, old.content, each.content, reveal=reveal)
            changed = [
                {"label": row.label, "old": list(row.old), "new": list(row.new)}
                for row in told
                if row.kind != "same"
            ]
        canonical = json.dumps(each.content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        rows.append(
            {
                "number": each.number,
                "created_at": iso(each.created_at),
                "frozen_at": iso(each.frozen_at),
                "checked_with": each.checked_with,
                "content_sha256": hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest(),
                "entered_by": _entered(each.number, events),
                "approved_by": _approved(each.number, events),
                "changed": changed,
            }
        )
    return rows


def _entered(number: int, events: Iterable[RequestEvent]) -> list[str]:
    """Who began and who submitted a version; the link and the bureau begin some, and are named then."""
    moves = {("", S.DRAFT), (S.DRAFT, S.IN_REVIEW), (S.DRAFT, S.READY)}
    begins = {(each, S.DRAFT) for each in (S.REVIEW_RETURNED, S.RETURNED, S.REJECTED)}
    return _names(events, number, moves | begins)


def _approved(number: int, events: Iterable[RequestEvent]) -> list[str]:
    return _names(events, number, {(S.IN_REVIEW, S.READY), (S.DRAFT, S.READY)})


def _names(events: Iterable[RequestEvent], number: int, moves: set[tuple[str, S]]) -> list[str]:
    found = [
        each.actor_name
        for each in events
        if each.revision_number == number and (each.old_state, each.new_state) in moves
    ]
    return list(dict.fromkeys(found))


def _event(event: RequestEvent, say: Say) -> Row:
    return {
        "at": iso(event.at),
        "line": say(headline(event)),
        "reason": say(reason_beside(event)),
        "by": event.actor_name,
        "by_kind": event.actor_kind,
        "by_words": ActorKind(event.actor_kind).label,
        "revision": event.revision_number,
        "from": event.old_state,
        "to": event.new_state,
        "to_words": event.get_new_state_display(),
        "codes": [{"code": code, "message": explain(code).message} for code in event.codes],
        "words": say(event.words),
        "proof": event.proof,
    }


def _diagnosis(filing: Request, say: Say) -> Row:
    (finding,) = diagnose([filing])
    return {
        "cause": finding.cause.value if finding.cause else None,
        "cause_words": finding.cause.label if finding.cause else "不在等待",
        "evidence": [_fact(fact, say) for fact in finding.evidence],
        "ruled_out": [
            {"cause_words": each.cause.label} | _fact(each.fact, say) for each in finding.ruled_out
        ],
        "next_step": say(finding.step),
        "needs_person": finding.needs_person,
    }


def _fact(fact: Fact, say: Say) -> Row:
    return fact.as_json() | {"words": say(fact.words), "at": iso(fact.at)}


def _verification(filing: Request, say: Say) -> Row:
    checks = Verification.objects.filter(request=filing).select_related("photo").order_by("at", "pk")
    forms = PrintedForm.objects.filter(request=filing).select_related("printed_by").order_by("pk")
    papers = KeptMaterial.objects.filter(request=filing).select_related("image").order_by("pk")
    return {
        "checks": [
            {
                "at": iso(each.at),
                "by": each.by_name,
                "revision": each.revision_number,
                "way": each.get_way_display(),
                "outcome": each.get_outcome_display(),
                "ticks": list(each.ticks),
                "place": say(each.place),
                "photo_sha256": each.photo.sha256 if each.photo else None,
                "words": say(each.words),
            }
            for each in checks
        ],
        "forms": [
            {
                "code": each.code,
                "revision": each.revision_number,
                "printed_at": iso(each.printed_at),
                "printed_by": each.printed_by.get_username() if each.printed_by else "",
            }
            for each in forms
        ],
        "papers": [
            {
                "title": each.title,
                "sha256": each.image.sha256,
                "code": each.code,
                "seen_by": each.seen_by_name,
                "seen_at": iso(each.seen_at),
                "seen_where": say(each.seen_where),
                "kept_until": each.kept_until.isoformat(),
            }
            for each in papers
        ],
    }


def _ledger(link: Link | None) -> Row | None:
    """What the ledger of the link says of its numbers at this moment."""
    if link is None:
        return None
    known = spans(link)
    return {
        "next_sequence": link.next_sequence,
        "gaps": [span.words for span in known if span.check is None],
        "before_this_installation": [span.words for span in known if span.check],
    }
