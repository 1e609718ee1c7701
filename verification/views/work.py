"""The work that the bureau asks for: four lists, the page of one piece, and its mark as done."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from filing.choices import UNDECIDED_STATES, AuditAction, Operation, RequestState
from filing.roles import ENTER, OPERATE, needs, needs_role
from filing.services.audit import note
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.telling import tell
from filing.times import day_words
from verification import selectors
from verification.choices import WorkState
from verification.deadlines import deadline_of
from verification.models import Arrival, CheckResult, Notice, VerificationTask
from verification.selectors import KINDS, Kind
from verification.services.answering import answer_to
from verification.services.arrivals import answer_with, close, reopen
from verification.services.leading import begin_way, current_answer, is_sent, ways_of
from verification.services.readers import forget_readers, note_reader, readers_of
from verification.services.settling import silent_until
from verification.told import facts_of, filed_behind, line_of

PAGE_SIZE = 50
MOST_TEXT = 100
MOST_NOTE = 500
STATES = {"open": WorkState.OPEN, "done": WorkState.DONE, "all": ""}


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
    readers = readers_of([f"{chosen.slug}:{row.pk}" for row in page], but=cast(User, request.user))
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
        "rows": [
            (row, line_of(row), deadline_of(row), readers.get(f"{chosen.slug}:{row.pk}", [])) for row in page
        ],
        "any": sum(counts.values()) > 0,
    }
    return render(request, "verification/work_list.html", context)


@require_GET
@needs_role
def work_detail(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """GET: one piece of work. `reveal=1` shows identity numbers and phones, which is recorded."""
    chosen = _kind(kind)
    row = get_object_or_404(chosen.model._default_manager.select_related("done_by", "answer"), pk=pk)
    user = cast(User, request.user)
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        note(AuditAction.VIEW_IDENTITY, user=cast(User, request.user), about=row, http=request)
    subject, website = filed_behind(row)
    groups = []
    if isinstance(row, VerificationTask):
        groups = tell(Operation.VERIFICATION_RESULT, row.content, reveal=reveal)
    may_close = user.has_perm(ENTER) or user.has_perm(OPERATE)
    if may_close and row.is_open:
        note_reader(f"{kind}:{pk}", user)
    answer = current_answer(row)
    context = {
        "kind": chosen,
        "row": row,
        "line": line_of(row),
        "deadline": deadline_of(row),
        "facts": facts_of(row, reveal=reveal),
        "groups": groups,
        "words": row.words if isinstance(row, CheckResult | Notice) else "",
        "subject": subject,
        "website": website,
        "reveal": reveal,
        "hides": isinstance(row, VerificationTask | CheckResult),
        "may_close": may_close,
        "ways": ways_of(row) if row.is_open and user.has_perm(ENTER) else [],
        "leads": answer_to(row) is not None,
        "answer": answer,
        "answer_is_sent": answer is not None and is_sent(answer),
        "silent_until": silent_until(answer) if answer else None,
        "readers": readers_of([f"{kind}:{pk}"], but=user).get(f"{kind}:{pk}", []),
    }
    return render(request, "verification/work_detail.html", context)


@require_POST
@needs_role
def work_readers(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """POST, from an open page: it is open still. Answers who else has it open, or that it is done meanwhile."""
    row = get_object_or_404(_kind(kind).model._default_manager.select_related("done_by"), pk=pk)
    user = cast(User, request.user)
    if row.is_open and (user.has_perm(ENTER) or user.has_perm(OPERATE)):
        note_reader(f"{kind}:{pk}", user)
    readers = readers_of([f"{kind}:{pk}"], but=user).get(f"{kind}:{pk}", []) if row.is_open else []
    context = {"readers": readers, "done": "" if row.is_open else done_words(row)}
    return render(request, "verification/readers.html", context)


def done_words(row: Arrival) -> str:
    """By whom and when a piece of work was done."""
    who = (row.done_by.get_full_name() or row.done_by.get_username()) if row.done_by else "系统"
    return f"{who} 已在 {day_words(row.done_at)} 标为已处理" if row.done_at else ""


@require_POST
@needs(ENTER)
def work_answer(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """POST: begin a draft of the request that the work leads to (`operation`), or open the one that is under way."""
    row = get_object_or_404(_kind(kind).model._default_manager.select_related("answer"), pk=pk)
    answer = current_answer(row)
    operation = request.POST.get("operation") or answer_to(row) or ""
    if answer is not None and answer.operation == operation and answer.state in UNDECIDED_STATES:
        answer_with(row, answer)
        messages.info(request, "这件任务已有未决的上报，就是这一张。")
        return redirect("request_detail", answer.ref)
    try:
        made = begin_way(row, operation, user=cast(User, request.user))
    except NotAllowed as error:
        messages.error(request, f"{error}。")
        return redirect("work_detail", kind=kind, pk=pk)
    except RecordInvalid as error:
        messages.error(request, f"没有开始：{error.problems[0].message}")
        return redirect("work_detail", kind=kind, pk=pk)
    if made.state != RequestState.DRAFT:
        messages.info(request, "同一对象已有未决的同类报备单，就是这一张。")
        return redirect("request_detail", made.ref)
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
            forget_readers(f"{kind}:{pk}")
            messages.success(request, "已标为已处理。")
    except NotAllowed as error:
        messages.error(request, str(error))
    return redirect("work_detail", kind=kind, pk=pk)


@require_GET
@needs_role
def work_count(request: HttpRequest) -> HttpResponse:
    """GET: how much is open, for the menu."""
    count, late = selectors.open_count()
    return render(request, "verification/work_count.html", {"count": count, "late": late})


def _kind(slug: str) -> Kind:
    if slug not in KINDS:
        raise Http404(slug)
    return KINDS[slug]
