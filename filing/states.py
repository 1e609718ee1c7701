"""The state machine of a request: one table, one writer, one history row for each move.

Nothing else writes `Request.state`. The table is the one that other systems rely on (docs/states.md).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from filing.bulk import insert_rows
from filing.choices import RequestState as S
from filing.models import Request, RequestEvent
from filing.services.alert_moves import tell_of_move

if TYPE_CHECKING:
    from filing.actors import Actor

MOVES: dict[S, frozenset[S]] = {
    S.DRAFT: frozenset({S.IN_REVIEW, S.READY, S.WITHDRAWN}),
    S.IN_REVIEW: frozenset({S.REVIEW_RETURNED, S.READY, S.WITHDRAWN}),
    S.REVIEW_RETURNED: frozenset({S.DRAFT, S.WITHDRAWN}),
    # draft: a rule, a code table or the filing changed under it
    S.READY: frozenset({S.PACKED, S.DRAFT, S.WITHDRAWN}),
    # ready: the file was dropped before its first send
    S.PACKED: frozenset({S.UPLOADING, S.READY}),
    # packed: surely not accepted, the same bytes go again; ready: refused, the number is free again
    S.UPLOADING: frozenset({S.AWAITING_BUREAU, S.FORWARDED, S.UNCERTAIN, S.PACKED, S.READY}),
    # packed: the bureau lacks it, same number and same bytes; never back to ready without proof
    S.UNCERTAIN: frozenset({S.AWAITING_BUREAU, S.FORWARDED, S.PACKED}),
    S.AWAITING_BUREAU: frozenset({S.APPROVED, S.REJECTED, S.RETURNED, S.READY, S.FORWARDED}),
    S.FORWARDED: frozenset({S.APPROVED, S.REJECTED, S.RETURNED, S.READY, S.AWAITING_BUREAU}),
    # approved: a later proof, for a decision once given is not always the last word
    S.REJECTED: frozenset({S.DRAFT, S.WITHDRAWN, S.APPROVED}),
    S.RETURNED: frozenset({S.DRAFT, S.WITHDRAWN, S.APPROVED}),
    S.APPROVED: frozenset(),
    S.WITHDRAWN: frozenset(),
}


class MoveRefused(Exception):
    """A move that the table does not know, or that another process was quicker to make.

    Fields: `request_id`, `ref`, `old` (state found), `new` (state asked for), `why` (Chinese).
    """

    def __init__(self, request: Request, old: str, new: str, why: str = "") -> None:
        self.request_id, self.ref, self.old, self.new = request.pk, request.ref, old, new
        self.why = why or "没有这样的状态变化"
        super().__init__(f"{self.ref}：{S(old).label} → {S(new).label}：{self.why}")


def may_move(request: Request, to: S) -> bool:
    """Tell whether the table allows the move from where the request stands as loaded."""
    return to in MOVES[S(request.state)]


def hold(request: Request, to: S) -> None:
    """Lock a request that is about to move, before its content is looked at: until the end of the transaction nobody
    saves another content or moves it.

    Raises: MoveRefused as `move` would.
    """
    found = Request.objects.select_for_update().values_list("state", flat=True).get(pk=request.pk)
    _check(request, found, to)


def _check(request: Request, found: str, to: S) -> None:
    if found != request.state:
        raise MoveRefused(request, found, to, f"状态刚被改为“{S(found).label}”，请刷新后再试")
    if to not in MOVES[S(found)]:
        raise MoveRefused(request, found, to)


def move(
    request: Request,
    to: S,
    *,
    actor: Actor,
    reason: str = "",
    codes: Iterable[int] = (),
    words: str = "",
    proof: dict[str, Any] | None = None,
    **columns: Any,
) -> RequestEvent:
    """Move one request and write its history row, in one transaction. See `move_all`."""
    (key,) = move_all(
        [request], to, actor=actor, reason=reason, codes=codes, words=words, proof=[proof or {}], **columns
    )
    return RequestEvent.objects.get(pk=key)


def move_all(
    requests: Sequence[Request],
    to: S,
    *,
    actor: Actor,
    reason: str = "",
    codes: Iterable[int] = (),
    words: str = "",
    proof: Sequence[dict[str, Any]] = (),
    reasons: Sequence[str] = (),
    **columns: Any,
) -> list[int]:
    """Move requests to one state and write a history row for each, in one transaction: all of them or none.

    The rows are locked first (in the order of their keys, so that two such calls cannot wait for one another): of two
    processes that move the same request the second sees what the first did, and is refused if the table no longer
    allows its move. `columns` are set in the same update.
    Shape of `proof`: one document for each request (or none at all) that shows the new state to be true, e.g.
    `{"file": 12, "sequence": 3, "position": 1}`; a person's own word needs none. `reasons`: one for each request,
    where they differ.
    Returns the keys of the history rows, in the order of the requests.
    Raises: MoveRefused where the table forbids a move or a state changed since the request was loaded.
    """
    if not requests:
        return []
    with transaction.atomic():
        keys = [request.pk for request in requests]
        found = dict(
            Request.objects.select_for_update().filter(pk__in=keys).order_by("pk").values_list("pk", "state")
        )
        for request in requests:
            _check(request, found[request.pk], to)
        now = timezone.now()
        columns |= {"state": to, "state_changed_at": now, "updated_at": now}
        Request.objects.filter(pk__in=keys).update(**columns)
        said = _said(actor, now, codes, words) | {"new_state": to}
        keys = insert_rows(RequestEvent, _rows(requests, proof, reasons or [reason] * len(requests)), said)
        tell_of_move(requests, to, reasons or [words or reason] * len(requests), by=actor.user_id)
    for request in requests:
        for name, value in columns.items():
            setattr(request, name, value)
    return keys


def note(
    request: Request,
    *,
    actor: Actor,
    reason: str = "",
    codes: Iterable[int] = (),
    words: str = "",
    proof: dict[str, Any] | None = None,
) -> RequestEvent:
    """Write a history row that moves nothing: good news, a check, a fact that came with a decision."""
    (row,) = _rows([request], [proof or {}], [reason])
    said = _said(actor, timezone.now(), codes, words)
    return RequestEvent.objects.create(new_state=request.state, **row, **said)


def note_all(
    requests: Sequence[Request], *, actor: Actor, reasons: Sequence[str], proof: Sequence[dict[str, Any]]
) -> None:
    """`note` for many requests, each with its own reason."""
    rows = [row | {"new_state": row["old_state"]} for row in _rows(requests, proof, reasons)]
    insert_rows(RequestEvent, rows, _said(actor, timezone.now(), (), ""))


def _said(actor: Actor, at: datetime, codes: Iterable[int], words: str) -> dict[str, Any]:
    """What history rows that are written together share."""
    return {
        "actor_kind": actor.kind,
        "actor_user_id": actor.user_id,
        "actor_name": actor.name,
        "codes": list(codes),
        "words": words,
        "at": at,
    }


def _rows(
    requests: Sequence[Request], proofs: Sequence[dict[str, Any]], reasons: Sequence[str]
) -> list[dict[str, Any]]:
    """In what they differ."""
    return [
        {
            "request_id": request.pk,
            "revision_number": request.revision_number,
            "old_state": request.state,
            "reason": reason,
            "proof": proof,
        }
        for request, proof, reason in zip(requests, proofs or [{}] * len(requests), reasons, strict=True)
    ]
