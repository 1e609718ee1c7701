"""The work that the bureau asks for: four lists, the page of one piece, and its mark as done."""

from __future__ import annotations

import logging
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from filing.choices import Operation
from filing.roles import ENTER, OPERATE, needs, needs_role
from filing.services.errors import NotAllowed
from filing.services.telling import tell
from verification import selectors
from verification.choices import WorkState
from verification.models import CheckResult, Notice, VerificationTask
from verification.selectors import KINDS, Kind
from verification.services.answering import answer_to, answers_under_way, begin_answer
from verification.services.arrivals import close, reopen
from verification.told import facts_of, filed_behind, line_of

PAGE_SIZE = 50
MOST_TEXT = 100
MOST_NOTE = 500
STATES = {"open": WorkState.OPEN, "done": WorkState.DONE, "all": ""}

logger = logging.getLogger(__name__)


@require_GET
@needs_role
def work_list(request: HttpRequest, kind: str = "tasks") -> HttpResponse:
    """GET: one kind of work. `state`: open (the usual), done or all; `q` searches names, numbers and words."""
    chosen = _kind(kind)
    state = request.GET.get("state", "open")
    state = state if state in STATES else "open"
    text = request.GET.get("q", "").replace("\x00", "").strip()[:MOST_TEXT]
    page = Paginator(selectors.listed(chosen, state=STATES[state], text=text), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    counts = selectors.counts_of(chosen)
    open_counts = selectors.open_counts()
    context = {
        "kind": chosen,
        "kinds": [(each, open_counts[slug]) for slug, each in KINDS.items()],
        "state": state,
        "states": [
            ("open", "待处理", counts[WorkState.OPEN]),
            ("done", "已处理", counts[WorkState.DONE]),
            ("all", "全部", sum(counts.values())),
        ],
        "text": text,
        "page": page,
        "rows": [(row, line_of(row)) for row in page],
        "any": sum(counts.values()) > 0,
    }
    return render(request, "verification/work_list.html", context)


@require_GET
@needs_role
def work_detail(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET: one piece of work. `reveal=1` shows identity numbers and phones, which is logged."""
    chosen = _kind(kind)
    row = get_object_or_404(chosen.model._default_manager.select_related("done_by"), pk=pk)
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        logger.info("user %s saw %s %s unmasked", request.user.pk, kind, pk)
    subject, website = filed_behind(row)
    groups = []
    if isinstance(row, VerificationTask):
        groups = tell(Operation.VERIFICATION_RESULT, row.content, reveal=reveal)
    context = {
        "kind": chosen,
        "row": row,
        "line": line_of(row),
        "facts": facts_of(row, reveal=reveal),
        "groups": groups,
        "words": row.words if isinstance(row, CheckResult | Notice) else "",
        "subject": subject,
        "website": website,
        "reveal": reveal,
        "hides": isinstance(row, VerificationTask | CheckResult),
        "may_close": request.user.has_perm(ENTER) or request.user.has_perm(OPERATE),
        "answer": answer_to(row) if request.user.has_perm(ENTER) else None,
        "under_way": answers_under_way(row),
    }
    return render(request, "verification/work_detail.html", context)


@require_POST
@needs(ENTER)
def work_answer(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """POST: begin a draft of what is sent back to the bureau, or open the one that is under way."""
    row = get_object_or_404(_kind(kind).model._default_manager, pk=pk)
    if (under_way := answers_under_way(row)) is not None:
        messages.info(request, "这件任务已有未决的上报，就是这一张。")
        return redirect("request_detail", under_way.ref)
    try:
        made = begin_answer(row, user=cast(User, request.user))
    except NotAllowed as error:
        messages.error(request, f"{error}。")
        return redirect("work_detail", kind=kind, pk=pk)
    return redirect("draft_edit", made.ref)


@require_POST
@needs(ENTER, OPERATE)
def work_close(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """POST: mark a piece of work as done (`note`), or take that back (`back=1`)."""
    row = get_object_or_404(_kind(kind).model._default_manager, pk=pk)
    try:
        if request.POST.get("back") == "1":
            reopen(row)
            messages.success(request, "已恢复为待处理。")
        else:
            note = request.POST.get("note", "").replace("\x00", "")[:MOST_NOTE]
            close(row, user=cast(User, request.user), note=note)
            messages.success(request, "已标为已处理。")
    except NotAllowed as error:
        messages.error(request, str(error))
    return redirect("work_detail", kind=kind, pk=pk)


@require_GET
@needs_role
def work_count(request: HttpRequest) -> HttpResponse:
    """GET: how much is open, for the menu."""
    return render(request, "verification/work_count.html", {"count": sum(selectors.open_counts().values())})


def _kind(slug: str) -> Kind:
    if slug not in KINDS:
        raise Http404(slug)
    return KINDS[slug]
