"""Several requests reviewed together: each listed with its warnings and what is verified, then one decision."""

from __future__ import annotations

import re
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from filing.models import Batch
from filing.roles import REVIEW, needs
from filing.selectors import reviewable
from filing.services import batches
from filing.services.batch_acts import APPROVE, RETURN
from filing.services.batch_running import carry_on
from filing.services.deciding import Chosen, begin_decision
from filing.services.errors import NotAllowed
from filing.views.batches import wake
from filing.views.review_queue import Wanted, rows_of, waiting

MOST_AT_ONCE = 50
MOST_OPINION = 2000
_CHOSEN = re.compile(r"([0-9]{1,18})\.([0-9]{1,9})")


@require_http_methods(["GET", "POST"])
@needs(REVIEW)
def review_several(request: HttpRequest) -> HttpResponse:
    """GET with `batch`: what of a batch waits. POST with `key`s from the queue: the page to look at them together.

    POST with `decision`: approve or return what is still chosen (`chosen`: key and revision), with `opinion`; `rest`:
    also what else of the batch waits and has nothing to heed.
    """
    user = cast(User, request.user)
    number = request.POST.get("batch") or request.GET.get("batch") or ""
    batch = _batch(user, number)
    if request.method == "POST" and request.POST.get("decision") in (APPROVE, RETURN):
        return _decide(request, user, batch)
    if batch is None and request.method == "GET":
        return redirect("review_queue")
    keys = [int(each) for each in request.POST.getlist("key") if each.isdecimal() and len(each) < 19]
    return _show(request, user, batch, keys)


def _batch(user: User, number: str) -> Batch | None:
    if not number.isdecimal() or len(number) > 18:
        return None
    return get_object_or_404(batches.may_see(user), pk=int(number))


def _show(
    request: HttpRequest,
    user: User,
    batch: Batch | None,
    keys: list[int],
    *,
    ticked: set[int] | None = None,
    wrong: str = "",
) -> HttpResponse:
    found = waiting(Wanted(batch=batch.pk) if batch else None).filter(reviewable(user))
    found = found.filter(pk__in=keys) if keys or batch is None else found
    rows = rows_of(list(found[:MOST_AT_ONCE]), user)
    if not rows:
        messages.info(request, "没有可以一起审核的：先勾选几件，自己填报或提交的不能由自己审。")
        return redirect("review_queue")
    total = found.count()
    context: dict[str, Any] = {
        "batch": batch,
        # What asks for a look comes first, and is not chosen by itself.
        "rows": [
            (row, row.filing.pk in ticked if ticked is not None else not (row.heed or row.readers))
            for row in sorted(rows, key=lambda each: not (each.heed or each.readers))
        ],
        "heeded": sum(bool(row.heed) for row in rows),
        "total": total,
        "rest": total - len(rows) if batch else 0,
        "opinion": _opinion(request),
        "wrong": wrong,
    }
    return render(request, "filing/review_several.html", context, status=422 if wrong else 200)


def _opinion(request: HttpRequest) -> str:
    return request.POST.get("opinion", "").replace("\x00", "").strip()[:MOST_OPINION]


def _decide(request: HttpRequest, user: User, batch: Batch | None) -> HttpResponse:
    chosen: list[Chosen] = []
    for each in request.POST.getlist("chosen")[:MOST_AT_ONCE]:
        if found := _CHOSEN.fullmatch(each):
            chosen.append((int(found[1]), int(found[2])))
    rest_of = batch if request.POST.get("rest") else None
    try:
        decided = begin_decision(
            request.POST["decision"], _opinion(request), chosen, user=user, rest_of=rest_of
        )
    except NotAllowed as refused:
        shown = [int(each) for each in request.POST.getlist("shown") if each.isdecimal() and len(each) < 19]
        return _show(request, user, batch, shown, ticked={key for key, _number in chosen}, wrong=str(refused))
    if rest_of is None:
        carry_on(decided.pk)
    else:
        wake(decided)
    return redirect("batch_detail", decided.pk)
