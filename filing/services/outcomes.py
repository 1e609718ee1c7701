"""What the link reports back about requests. `reporting` calls these; nothing else moves a request past `ready`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from filing.actors import BUREAU, LINK
from filing.choices import AT_BUREAU_STATES, RequestState
from filing.models import Request
from filing.states import MoveRefused, move, move_all, note, note_all

Proof = dict[str, Any]

BEING_CORRECTED = frozenset({RequestState.DRAFT, RequestState.IN_REVIEW, RequestState.REVIEW_RETURNED})
FINAL_AT_BUREAU = frozenset({RequestState.APPROVED, RequestState.REJECTED, RequestState.RETURNED})


def mark_packed(requests: Sequence[Request], *, isp_id: int, proofs: Sequence[Proof]) -> None:
    """The requests stand in a data file that is frozen with its number. Raises: MoveRefused."""
    move_all(requests, RequestState.PACKED, actor=LINK, proof=proofs, isp_id=isp_id, stalled_reason="")


def mark_uploading(requests: Sequence[Request], *, proofs: Sequence[Proof]) -> None:
    """Their file is about to leave: written before the call, so that a crash is seen as unknown, not as unsent."""
    move_all(requests, RequestState.UPLOADING, actor=LINK, proof=proofs, stalled_reason="")


def mark_uncertain(requests: Sequence[Request], *, reason: str, proofs: Sequence[Proof]) -> None:
    """No answer came (or none that can be read): the bureau may have the file."""
    move_all(requests, RequestState.UNCERTAIN, actor=LINK, reason=reason, proof=proofs)


def mark_accepted(
    requests: Sequence[Request], *, forwarded: bool, at: datetime, reason: str, proofs: Sequence[Proof]
) -> None:
    """The bureau has the file. `forwarded`: the subjects belong to another province, whose bureau will decide."""
    to = RequestState.FORWARDED if forwarded else RequestState.AWAITING_BUREAU
    move_all(
        requests,
        to,
        actor=BUREAU,
        reason=reason,
        proof=proofs,
        accepted_at=at,
        result_codes=[],
        bureau_words="",
    )


def mark_to_be_sent_again(requests: Sequence[Request], *, reason: str, proofs: Sequence[Proof]) -> None:
    """Surely not accepted: the same bytes go again under the same number."""
    move_all(requests, RequestState.PACKED, actor=LINK, reason=reason, proof=proofs, stalled_reason=reason)


def mark_stalled(requests: Sequence[Request], *, reason: str) -> None:
    """They stay where they are, for a reason that staff can read."""
    keys = [request.pk for request in requests]
    Request.objects.filter(pk__in=keys).exclude(stalled_reason=reason).update(stalled_reason=reason)


def mark_unpacked(
    requests: Sequence[Request],
    *,
    reason: str,
    codes: Iterable[int] = (),
    proofs: Sequence[Proof] = (),
    **columns: Any,
) -> None:
    """Their file is gone (refused with a free number, or as a whole): they wait for another one, first in line."""
    move_all(
        requests,
        RequestState.READY,
        actor=LINK,
        reason=reason,
        codes=codes,
        proof=proofs,
        accepted_at=None,
        stalled_reason=reason,
        **columns,
    )


@transaction.atomic
def mark_returned(request: Request, *, codes: Sequence[int], words: str, reason: str, proof: Proof) -> bool:
    """Refused by format or business checks. Returns False where the request is decided already (a note is kept)."""
    return _conclude(request, RequestState.RETURNED, codes=codes, words=words, reason=reason, proof=proof)


@transaction.atomic
def mark_rejected(request: Request, *, codes: Sequence[int], words: str, reason: str, proof: Proof) -> bool:
    """Refused by the bureau's reviewer. Returns False where the request is decided already (a note is kept)."""
    return _conclude(request, RequestState.REJECTED, codes=codes, words=words, reason=reason, proof=proof)


@transaction.atomic
def mark_approved(request: Request, *, codes: Sequence[int], words: str, reason: str, proof: Proof) -> bool:
    """Approved. Also a later proof for what was held rejected or returned. Returns False where nothing moved."""
    return _conclude(request, RequestState.APPROVED, codes=codes, words=words, reason=reason, proof=proof)


def _conclude(
    request: Request, to: RequestState, *, codes: Sequence[int], words: str, reason: str, proof: Proof
) -> bool:
    """Write a conclusion of the bureau, whatever order its parts come in.

    Codes and words of one conclusion arrive as several records: what belongs to the state reached is added to it.
    A negative word after a positive one moves nothing, it is kept as a note for a person.
    """
    request.refresh_from_db()
    if request.state == to or request.state in {RequestState.APPROVED, RequestState.WITHDRAWN}:
        _add_to_conclusion(request, to, codes, words)
        note(request, actor=BUREAU, reason=reason, codes=codes, words=words, proof=proof)
        return False
    if request.state in FINAL_AT_BUREAU and to != RequestState.APPROVED:
        # Rejected and returned are two names of "no": the codes join, the state that staff already work on stays.
        _add_to_conclusion(request, RequestState(request.state), codes, words)
        note(request, actor=BUREAU, reason=reason, codes=codes, words=words, proof=proof)
        return False
    if request.state in BEING_CORRECTED and request.revision_number > 1 and to != RequestState.APPROVED:
        # One more word about the revision that staff are mending already.
        note(request, actor=BUREAU, reason=reason, codes=codes, words=words, proof=proof)
        return False
    if request.state not in AT_BUREAU_STATES | FINAL_AT_BUREAU:
        raise MoveRefused(request, request.state, to, "管局的结论与我方状态对不上，需人工核对")
    conclusion = _decided(to, codes, words)
    move(request, to, actor=BUREAU, reason=reason, codes=codes, words=words, proof=proof, **conclusion)
    return True


def _decided(to: RequestState, codes: Sequence[int], words: str) -> dict[str, Any]:
    """The columns of a request that came to a conclusion."""
    columns: dict[str, Any] = {
        "result_codes": list(dict.fromkeys(codes)),
        "bureau_words": words,
        "decided_at": timezone.now(),
        "stalled_reason": "",
    }
    # The filing password serves until the bureau's reviewer has decided; what came back by format goes out again with it.
    return columns if to == RequestState.RETURNED else columns | {"icp_password": ""}


def _add_to_conclusion(request: Request, to: RequestState, codes: Sequence[int], words: str) -> None:
    if request.state != to or not (codes or words):
        return
    request.result_codes = list(dict.fromkeys([*request.result_codes, *codes]))
    lines = [*request.bureau_words.split("\n"), *words.split("\n")]
    request.bureau_words = "\n".join(dict.fromkeys(filter(None, lines)))
    request.save(update_fields=["result_codes", "bureau_words", "updated_at"])


@transaction.atomic
def mark_all_approved(
    requests: Sequence[Request], *, reasons: Sequence[str], proofs: Sequence[Proof]
) -> None:
    """`mark_approved` for many, by one kind of record that brings neither codes nor words; each request once.

    Raises: MoveRefused where one of them is not at the bureau, or moved since it was loaded: then none is written.
    """
    rows = Request.objects.select_for_update().filter(pk__in=[request.pk for request in requests])
    found = dict(rows.order_by("pk").values_list("pk", "state"))
    known: list[tuple[Request, str, Proof]] = []
    news: list[tuple[Request, str, Proof]] = []
    for request, reason, proof in zip(requests, reasons, proofs, strict=True):
        if found[request.pk] != request.state or request.state not in AT_BUREAU_STATES | FINAL_AT_BUREAU:
            raise MoveRefused(request, found[request.pk], RequestState.APPROVED)
        (known if request.state == RequestState.APPROVED else news).append((request, reason, proof))
    if known:
        told, reasons, proofs = zip(*known, strict=True)
        note_all(told, actor=BUREAU, reasons=reasons, proof=proofs)
    if news:
        told, reasons, proofs = zip(*news, strict=True)
        move_all(
            told,
            RequestState.APPROVED,
            actor=BUREAU,
            reasons=reasons,
            proof=proofs,
            **_decided(RequestState.APPROVED, [], ""),
        )


@transaction.atomic
def mark_part_decided(request: Request, key: str, *, approved: bool, words: str, proof: Proof) -> bool:
    """One of several websites is decided. Returns whether that concluded the request.

    The request is approved when all are, rejected when any is and none is open.
    """
    request.refresh_from_db()
    known = request.decisions.get(key)
    if known is None or (approved and not known["approved"]):
        request.decisions[key] = {"approved": approved, "words": words, "proof": proof}
        request.save(update_fields=["decisions", "updated_at"])
    still_open = [each for each in request.decision_keys if each not in request.decisions]
    if still_open or request.state not in AT_BUREAU_STATES | FINAL_AT_BUREAU:
        reason = f"管局审核：其中一个网站{'通过' if approved else '被拒绝'}，还有 {len(still_open)} 个未决"
        note(request, actor=BUREAU, reason=reason, words=words, proof=proof | {"decision": key})
        return False
    refused = [each for each in request.decision_keys if not request.decisions[each]["approved"]]
    if not refused:
        return mark_approved(request, codes=[], words=words, reason="管局审核通过", proof=proof)
    told = "\n".join(dict.fromkeys(filter(None, (request.decisions[each]["words"] for each in refused))))
    reason = f"管局审核：{len(request.decision_keys)} 个网站中 {len(refused)} 个被拒绝"
    return mark_rejected(request, codes=[], words=told, reason=reason, proof=proof | {"decision": key})


def note_good_news(request: Request, *, codes: Sequence[int], words: str, proof: Proof) -> None:
    """Information that decides nothing (1060, 1062 …)."""
    note(request, actor=BUREAU, codes=codes, words=words, proof=proof)


@transaction.atomic
def note_late_word(request: Request, *, codes: Sequence[int], words: str, proof: Proof) -> None:
    """A refusal of an earlier revision that came to be read when another one was under way: it moves nothing."""
    reason = "上一版的结果，这一版还没有结论"
    note(request, actor=BUREAU, reason=reason, codes=codes, words=words, proof=proof)


@transaction.atomic
def postpone(request: Request, *, codes: Sequence[int], words: str, until: datetime, proof: Proof) -> bool:
    """Codes 1051 and 1052: the bureau asks to come again later. Returns False where it does not wait for an answer."""
    request.refresh_from_db()
    if request.state not in AT_BUREAU_STATES:
        note(request, actor=BUREAU, codes=codes, words=words, proof=proof)
        return False
    mark_unpacked(
        [request],
        reason=f"管局要求稍后再报：{words}" if words else "管局要求稍后再报",
        codes=codes,
        proofs=[proof],
        not_before=until,
        result_codes=list(codes),
        bureau_words=words,
    )
    return True
