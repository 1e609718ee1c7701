"""Taking over what exists: starting imports, watching them, what could not be taken."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from filing.choices import AuditAction
from filing.masking import mask_text
from filing.roles import AUDIT, OPERATE, needs
from filing.services.audit import note
from filing.services.errors import NotAllowed
from reporting import imports_page as page
from reporting import tasks
from reporting.choices import ImportStage
from reporting.models import ImportKept, ImportRun, Link
from reporting.readers.handed_files import Unusable
from reporting.readers.nodes import decode
from reporting.services.import_desk import MOST_UPLOAD_BYTES, laid_down, lay_down, path_of
from reporting.services.import_runs import OVER, PAUSE, STOP, Wanted, begin, resume, want
from reporting.services.import_words import label_of

MOST_RUNS = 30
MOST_SHOWN = 60_000
FAMILY = {
    ImportStage.WAITING: "waiting",
    ImportStage.RUNNING: "waiting",
    ImportStage.PAUSED: "attention",
    ImportStage.STOPPED: "attention",
    ImportStage.FINISHED: "good",
    ImportStage.FAILED: "bad",
}


@require_GET
@needs(OPERATE, AUDIT)
def import_list(request: HttpRequest) -> HttpResponse:
    """GET: imports, the latest first, reconciliations, and the form that begins one."""
    runs = ImportRun.objects.order_by("-pk")[:MOST_RUNS]
    context = {
        "runs": [_row(run) for run in runs],
        "reconciliations": page.reconciliations()[:MOST_RUNS],
        "links": Link.objects.order_by("-is_default", "pk").only("isp_id", "name"),
        "laid": laid_down(),
        "most_mb": MOST_UPLOAD_BYTES // 2**20,
    }
    return render(request, "reporting/imports.html", context)


def _row(run: ImportRun) -> dict[str, Any]:
    return {"run": run, "family": FAMILY[ImportStage(run.stage)], "counts": run.counts}


@require_POST
@needs(OPERATE)
def import_start(request: HttpRequest) -> HttpResponse:
    """POST (`isp_id`; `file` or `name` below incoming; `complete`, `compare`): begin an import; a worker carries it on."""
    user = cast(User, request.user)
    isp_id = request.POST.get("isp_id", "")
    upload = request.FILES.get("file")
    try:
        path = lay_down(upload) if upload is not None else path_of(request.POST.get("name", ""))
        wanted = Wanted(
            [path],
            isp_id=int(isp_id[:18]) if isp_id.isascii() and isp_id.isdecimal() else None,
            origin=upload.name or "" if upload is not None else path.name,
            is_complete=request.POST.get("complete") == "1",
            compares_only=request.POST.get("compare") == "1",
        )
        run = begin(wanted, user=user)
    except (NotAllowed, Unusable) as error:
        messages.error(request, f"没有开始：{error}。")
        return redirect("import_list")
    note(AuditAction.COMMAND, user=user, about=run, facts={"origin": run.origin}, http=request)
    tasks.carry_on_imports.delay()
    return redirect("import_detail", run.pk)


@require_GET
@needs(OPERATE, AUDIT)
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one import: how far it has come, its files, what was odd by kind, what could not be taken."""
    run = get_object_or_404(ImportRun, pk=pk)
    kept = ImportKept.objects.filter(run=run).defer("content").order_by("is_taken", "pk")
    context = _progress(run) | {
        "sources": run.sources.order_by("number")[:200],
        "kinds": page.by_kind(run),
        "kept": kept[: page.PAGE_SIZE],
        "kept_count": kept.count(),
        "reconciliation": page.reconciliations().filter(run=run).first(),
    }
    return render(request, "reporting/import_detail.html", context)


@require_GET
@needs(OPERATE, AUDIT)
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: how far it has come; at its end the page is loaded anew."""
    run = get_object_or_404(ImportRun, pk=pk)
    response = render(request, "reporting/parts/import_progress.html", _progress(run))
    if run.stage in OVER or run.stage == ImportStage.PAUSED:
        response.headers["HX-Refresh"] = "true"
    return response


def _progress(run: ImportRun) -> dict[str, Any]:
    return {
        "run": run,
        "family": FAMILY[ImportStage(run.stage)],
        "is_over": run.stage in OVER,
        "moves": run.stage in (ImportStage.RUNNING, ImportStage.WAITING),
        "may_resume": run.stage in (ImportStage.PAUSED, ImportStage.STOPPED, ImportStage.FAILED),
        "percent": 100 if run.stage == ImportStage.FINISHED else page.share_read(run),
        "speed": page.speed(run),
        "counts": [(words, run.counts.get(name, 0)) for name, words in page.COUNTS.items()],
    }


@require_POST
@needs(OPERATE)
def import_act(request: HttpRequest, pk: int) -> HttpResponse:
    """POST (`act`: pause, stop or resume)."""
    run = get_object_or_404(ImportRun, pk=pk)
    act = request.POST.get("act", "")
    if act not in (PAUSE, STOP, "resume"):
        raise Http404
    try:
        if act == "resume":
            resume(run)
            tasks.carry_on_imports.delay()
        else:
            want(run, act)
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    else:
        note(AuditAction.COMMAND, user=request.user, about=run, facts={"act": act}, http=request)
    return redirect("import_detail", pk)


@require_GET
@needs(OPERATE, AUDIT)
def import_kept(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: a record as it came. `reveal=1` shows identity numbers and phones, which is recorded."""
    row = get_object_or_404(ImportKept.objects.select_related("run", "subject"), pk=pk)
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        note(AuditAction.VIEW_IDENTITY, user=request.user, about=row, http=request)
    text = decode(bytes(row.content), "gb18030")[0] if row.content is not None else ""
    if row.content is not None and _is_utf8(bytes(row.content)):
        text = bytes(row.content).decode()
    shown = text[:MOST_SHOWN]
    context = {
        "row": row,
        "text": shown if reveal else mask_text(shown),
        "cut": len(text) > MOST_SHOWN,
        "reveal": reveal,
        "words": label_of(""),
    }
    return render(request, "reporting/import_kept.html", context)


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
