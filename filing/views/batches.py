"""Batches: what became of many at once, live while it goes on, and what can be done with all of them."""

from __future__ import annotations

from functools import partial
from tempfile import TemporaryFile
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from filing import tasks
from filing.choices import AuditAction, BatchAct, BatchKind, BatchRowState, RequestState
from filing.importing.answer import write_answer
from filing.models import Batch, BatchRow
from filing.roles import ENTER, needs, needs_role
from filing.services import batches
from filing.services.audit import note
from filing.services.errors import NotAllowed
from filing.visibility import seen_among

PAGE_SIZE = 50
TABS = (
    ("", "全部", frozenset(BatchRowState.values)),
    ("refused", "没有办成", frozenset({BatchRowState.REFUSED})),
    ("done", "已办", frozenset({BatchRowState.DONE, BatchRowState.UNCHANGED})),
)
_STATE_OF = {
    BatchRowState.WAITING: "waiting",
    BatchRowState.DONE: "good",
    BatchRowState.UNCHANGED: "draft",
    BatchRowState.REFUSED: "bad",
}


@require_GET
@needs_role
def batch_list(request: HttpRequest) -> HttpResponse:
    """GET: batches, the latest first."""
    user = cast(User, request.user)
    page = Paginator(batches.may_see(user), PAGE_SIZE).get_page(request.GET.get("page"))
    return render(request, "filing/batch_list.html", {"page": page})


def _find(request: HttpRequest, pk: int) -> Batch:
    """The batch, where this person may see it. An attempt at another team's is recorded. Raises: Http404."""
    user = cast(User, request.user)
    found = batches.may_see(user).filter(pk=pk).first()
    if found is None:
        if other := Batch.objects.defer("source").filter(pk=pk).first():
            facts = {"why": "别的团队的批次"}
            note(AuditAction.REFUSED, user=user, about=other, facts=facts, http=request)
        raise Http404
    return found


@require_GET
@needs_role
def batch_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one batch with its rows; `tab` narrows them."""
    batch = _find(request, pk)
    tab = next((each for each in TABS if each[0] == request.GET.get("tab")), TABS[0])
    rows = BatchRow.objects.filter(batch=batch, state__in=tab[2]).order_by("number")
    page = Paginator(rows.select_related("request"), PAGE_SIZE).get_page(request.GET.get("page"))
    user = cast(User, request.user)
    seen = seen_among(user, [row.request for row in page if row.request is not None])
    context = _context(batch)
    counts = context["progress"].rows
    context |= {
        "page": page,
        "rows": [(row, _STATE_OF[BatchRowState(row.state)], row.request_id in seen) for row in page],
        "tab": tab[0],
        "tabs": [(name, words, sum(counts[each] for each in states)) for name, words, states in TABS],
    }
    return render(request, "filing/batch_detail.html", context)


@require_GET
@needs_role
def batch_live(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: how far a batch has come; once it stands still the whole page is read anew, with what became of its rows."""
    batch = _find(request, pk)
    response = render(request, "filing/parts/batch_progress.html", _context(batch))
    if batch.stage not in batches.UNDER_WAY:
        response["HX-Refresh"] = "true"
    return response


def _context(batch: Batch) -> dict[str, Any]:
    found = batches.progress_of(batch)
    going = batch.stage in batches.UNDER_WAY
    done = batch.position if going or batch.position else found.total - found.rows[BatchRowState.WAITING]
    return {
        "batch": batch,
        "progress": found,
        "going": going,
        "done": min(done, found.total),
        "results": [
            (_STATE_OF[state], state.label, found.rows[state]) for state in BatchRowState if found.rows[state]
        ],
        "states": [
            (state.value, state.label, found.requests[state])
            for state in RequestState
            if found.requests[state]
        ],
        "has_answer": batch.kind == BatchKind.SHEET and bool(batch.source_name) and not going,
        "makes": batch.kind != BatchKind.REVIEW,
    }


@require_http_methods(["POST"])
@needs(ENTER, "filing.review_request")
def batch_act(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: `act` pause, resume; submit, withdraw (with `what`) for whoever enters."""
    batch, user = _find(request, pk), cast(User, request.user)
    act = request.POST.get("act", "")
    try:
        if act == "pause":
            batches.pause(batch)
        elif act == "resume":
            batches.resume(batch)
        elif not user.has_perm(ENTER) or batch.kind == BatchKind.REVIEW:
            raise NotAllowed("没有做这件事的权限")
        elif act == "submit":
            batches.start_act(batch, BatchAct.SUBMIT, user=user)
        elif act == "withdraw":
            wanted = request.POST.get("what", "")
            what = batches.ALL_UNPACKED if wanted == batches.ALL_UNPACKED else batches.DRAFTS_ONLY
            batches.start_act(batch, BatchAct.WITHDRAW, user=user, what=what)
        else:
            raise NotAllowed("不能对批次这样做")
    except NotAllowed as refused:
        messages.error(request, f"没有做成：{refused}。")
    else:
        wake(batch)
    return redirect("batch_detail", pk)


def wake(batch: Batch) -> None:
    """Have a worker take up a batch once what was written stands. A lost wake-up costs half a minute."""
    transaction.on_commit(partial(tasks.run_batch.delay, batch.pk))


@require_GET
@needs(ENTER)
def batch_answer(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET: the uploaded workbook with what became of each line; it holds what people wrote in it, so it is recorded."""
    batch, user = _find(request, pk), cast(User, request.user)
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    try:
        write_answer(batch, target)
    except NotAllowed as refused:
        target.close()
        messages.error(request, f"{refused}。")
        return redirect("batch_detail", pk)
    note(AuditAction.DOWNLOAD, user=user, about=batch, facts={"what": "导入结果"}, http=request)
    target.seek(0)
    name = batch.source_name.rpartition(".")[0] or "导入"
    return FileResponse(target, as_attachment=True, filename=f"{name.removesuffix('-结果')}-结果.xlsx")
