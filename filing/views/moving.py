"""A data-centre move: which ranges become which, whom it concerns, and one action that makes the changes."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from filing.choices import BatchAim, BatchKind
from filing.code_tables import CodeTable
from filing.roles import ENTER, needs
from filing.services import batches, codes
from filing.services.errors import NotAllowed
from filing.services.moving import BadMove, Move, preview, range_words, read_exchanges
from filing.services.moving_making import begin_move
from filing.views.batches import wake

MOST_SHOWN = 50
MOST_LATEST = 5
MOST_TYPED = 20_000
AIMS = (
    (BatchAim.DRAFT.value, "只建变更草稿，逐张看过再提交"),
    (BatchAim.REVIEW.value, "建好后填全的直接提交审核"),
)


@require_http_methods(["GET", "POST"])
@needs(ENTER)
def move_addresses(request: HttpRequest) -> HttpResponse:
    """GET: the page. POST: `old` and `new` ranges, a range a line, `location`, `province`; `do` preview or begin."""
    user = cast(User, request.user)
    typed = {
        name: request.POST.get(name, "").replace("\x00", "")[:MOST_TYPED]
        for name in ("old", "new", "location", "province", "aim")
    }
    context: dict[str, Any] = {
        "typed": typed,
        "aims": AIMS,
        "locations": codes.choices_for(CodeTable.SERVER_LOCATION),
        "provinces": codes.provinces(),
        "latest": batches.may_see(user).filter(kind=BatchKind.MOVE)[:MOST_LATEST],
    }
    if request.method != "POST":
        return render(request, "filing/move_addresses.html", context)
    try:
        move = Move(
            read_exchanges(typed["old"], typed["new"]),
            location=_code(typed["location"]),
            province=_code(typed["province"]),
        )
    except BadMove as bad:
        context["wrong"] = {side: words for side, words in reversed(bad.problems)}
        return render(request, "filing/move_addresses.html", context, status=422)
    if request.POST.get("do") == "begin":
        aim = BatchAim.REVIEW if typed["aim"] == BatchAim.REVIEW else BatchAim.DRAFT
        try:
            batch = begin_move(move, user=user, aim=aim)
        except NotAllowed as refused:
            messages.error(request, f"没有开始：{refused}。")
        else:
            wake(batch)
            return redirect("batch_detail", batch.pk)
    found = preview(move)
    context |= {
        "found": found,
        "going": found.going[:MOST_SHOWN],
        "more": max(0, len(found.going) - MOST_SHOWN),
        "held_back": found.held_back[:MOST_SHOWN],
        "held_more": max(0, len(found.held_back) - MOST_SHOWN),
        "exchanges": [
            (range_words(each.old), range_words(each.new), each.one_to_one) for each in move.exchanges
        ],
    }
    return render(request, "filing/move_addresses.html", context)


def _code(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
