"""What is to be cleaned up after taking over: the list of what was odd, differences, what is in process elsewhere."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import IO, Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from filing.choices import AuditAction, FiledState, Operation
from filing.models import InProcessElsewhere
from filing.roles import AUDIT, ENTER, OPERATE, needs
from filing.services.audit import note
from filing.services.errors import NotAllowed
from filing.services.in_process import Named, lift, mark, open_marks
from reporting import imports_page as page
from reporting.choices import DifferenceDecision, Oddity, Remedy, Side
from reporting.models import Difference, ImportDeviation, Link, Reconciliation
from reporting.services.import_desk import GOES, decide, handle
from reporting.services.import_words import label_of
from reporting.services.in_process_lists import MOST_BYTES, Unlisted, read_list_bytes
from reporting.services.reconciling import SUBJECT, WORDS, complete

MOST_MARKS = 200
_CHANGE = Operation.CHANGE
REMEDY_FAMILY = {
    Remedy.AS_IT_IS: "waiting",
    Remedy.MENDED: "good",
    Remedy.IN_PART: "attention",
    Remedy.KEPT: "bad",
}


@require_GET
@needs(OPERATE, ENTER, AUDIT)
def cleanup_list(request: HttpRequest) -> HttpResponse:
    """GET: what was odd (`run`, `kind`, `remedy`, `q`, `done`), page by page (`after`: the last one shown)."""
    wanted = page.Wanted.read(request.GET.dict())
    rows = list(page.deviations(wanted).filter(pk__gt=wanted.after)[: page.PAGE_SIZE + 1])
    more = rows[page.PAGE_SIZE - 1].pk if len(rows) > page.PAGE_SIZE else None
    context = {
        "wanted": wanted,
        "rows": [_row(row) for row in rows[: page.PAGE_SIZE]],
        "kinds": Oddity.choices,
        "remedies": Remedy.choices,
        "next": f"?{urlencode(wanted.parameters | {'after': more})}" if more else "",
        "first": f"?{urlencode(wanted.parameters)}" if wanted.after else "",
        "export": f"?{urlencode(wanted.parameters)}",
        "may_enter": request.user.has_perm(ENTER),
        "may_handle": request.user.has_perm(ENTER) or request.user.has_perm(OPERATE),
        "any": bool(rows) or ImportDeviation.objects.exists(),
        "change": _CHANGE,
    }
    return render(request, "reporting/cleanup.html", context)


def _row(row: ImportDeviation) -> dict[str, Any]:
    may_change = (
        row.subject is not None and row.subject.state == FiledState.FILED and bool(row.subject.number)
    )
    family = REMEDY_FAMILY[Remedy(row.remedy)]
    return {"row": row, "label": label_of(row.place), "family": family, "may_change": may_change}


@require_GET
@needs(OPERATE, ENTER, AUDIT)
def cleanup_export(request: HttpRequest) -> HttpResponseBase:
    """GET: the list with its filters as a spreadsheet, which is recorded."""
    wanted = page.Wanted.read(request.GET.dict())
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    facts = {"rows": page.export_deviations(wanted, target), "filters": wanted.parameters}
    about = ("list", "cleanup", "不规范之处")
    note(AuditAction.EXPORT, user=request.user, about=about, facts=facts, http=request)
    return _sent(target, "不规范之处")


@require_POST
@needs(OPERATE, ENTER)
def cleanup_handled(request: HttpRequest) -> HttpResponse:
    """POST (`id`, several; `back`; filters): mark what is dealt with, or take that back."""
    ids = [int(each) for each in request.POST.getlist("id") if each.isascii() and each.isdecimal()][:500]
    back = request.POST.get("back") == "1"
    changed = handle(ids, user=cast(User, request.user), back=back)
    words = "已恢复为待处理" if back else "已标为已处理"
    messages.success(request, f"{words}：{changed} 处。") if changed else messages.info(
        request, "没有选中任何一处。"
    )
    wanted = page.Wanted.read(request.POST.dict())
    return redirect(f"{reverse('cleanup_list')}?{urlencode(wanted.parameters)}")


# --- reconciliation ---------------------------------------------------------------------------------


@require_GET
@needs(OPERATE, ENTER, AUDIT)
def reconciliation(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one reconciliation: the differences of one side (`side`), page by page (`after`)."""
    made = get_object_or_404(page.reconciliations(), pk=pk)
    side = request.GET.get("side", "")
    side = side if side in Side.values else ""
    after = page.Wanted.read(request.GET.dict()).after
    rows = list(page.differences(made, side).filter(pk__gt=after)[: page.PAGE_SIZE + 1])
    more = rows[page.PAGE_SIZE - 1].pk if len(rows) > page.PAGE_SIZE else None
    context = {
        "made": made,
        "side": side,
        "tabs": [
            ("", "全部", made.differences.count()),
            *((each.value, each.label, made.differences.filter(side=each).count()) for each in Side),
        ],
        "rows": [_difference(row) for row in rows[: page.PAGE_SIZE]],
        "next": f"?{urlencode({'side': side, 'after': more})}" if more else "",
        "may_operate": request.user.has_perm(OPERATE),
        "may_enter": request.user.has_perm(ENTER),
        "change": _CHANGE,
    }
    return render(request, "reporting/reconciliation.html", context)


def _difference(row: Difference) -> dict[str, Any]:
    subject = row.subject
    is_open = row.decision == DifferenceDecision.OPEN
    return {
        "row": row,
        "kind": WORDS.get(row.kind, row.kind),
        "under": subject.name if subject is not None and row.kind != SUBJECT else "",
        "may_go": is_open and row.side == Side.HERE and row.kind in GOES,
        "may_keep": is_open,
        "may_change": subject is not None and subject.state == FiledState.FILED and bool(subject.number),
    }


@require_GET
@needs(OPERATE, ENTER, AUDIT)
def reconciliation_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET: all differences of a reconciliation as a spreadsheet, which is recorded."""
    made = get_object_or_404(Reconciliation, pk=pk)
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    facts = {"rows": page.export_differences(made, target)}
    note(AuditAction.EXPORT, user=request.user, about=made, facts=facts, http=request)
    return _sent(target, f"对账{made.pk}")


@require_POST
@needs(OPERATE)
def reconciliation_complete(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: the bureau's word was all that it holds: look for what only stands here."""
    made = get_object_or_404(Reconciliation, pk=pk)
    try:
        found = complete(made)
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    else:
        note(AuditAction.COMMAND, user=request.user, about=made, facts={"only_here": found}, http=request)
        messages.success(request, f"只有本系统有的：{found} 条，逐条决定。")
    return redirect("reconciliation", pk)


@require_POST
@needs(OPERATE)
def difference_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """POST (`decision`: gone or keep; `note`): decide about one difference. Nothing is deleted."""
    row = get_object_or_404(Difference, pk=pk)
    decision = request.POST.get("decision", "")
    allowed = (DifferenceDecision.GONE, DifferenceDecision.KEEP)
    try:
        if decision not in allowed:
            raise NotAllowed("没有这种决定")
        words = request.POST.get("note", "").replace("\x00", "")
        decide(row, DifferenceDecision(decision), user=cast(User, request.user), words=words)
    except NotAllowed as error:
        messages.error(request, f"没有记下：{error}。")
    else:
        messages.success(request, "已记下决定。")
    return redirect(f"{reverse('reconciliation', args=[row.reconciliation_id])}?side={row.side}")


# --- in process elsewhere ----------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(OPERATE)
def in_process(request: HttpRequest) -> HttpResponse:
    """GET: subjects marked as in process in the old system. POST: mark more, by a list (`file`) or a number (`number`)."""
    links = Link.objects.order_by("-is_default", "pk").only("isp_id", "name")
    if request.method == "POST":
        _mark(request, {link.isp_id for link in links})
        return redirect("in_process")
    context = {"marks": open_marks().select_related("marked_by").order_by("-pk")[:MOST_MARKS], "links": links}
    return render(request, "reporting/in_process.html", context | {"count": open_marks().count()})


def _mark(request: HttpRequest, links: set[int]) -> None:
    upload, number = (
        request.FILES.get("file"),
        request.POST.get("number", "").replace("\x00", "").strip()[:128],
    )
    isp_id = request.POST.get("isp_id", "")
    try:
        if not isp_id.isdecimal() or int(isp_id) not in links:
            raise Unlisted("先选报备单位")
        if upload is not None and (upload.size or 0) > MOST_BYTES:
            raise Unlisted("清单太大，请拆开")
        named = read_list_bytes(upload.read()) if upload is not None else [Named(number=number)]
        new, known = mark(named, isp_id=int(isp_id), user=cast(User, request.user))
    except Unlisted as error:
        messages.error(request, f"没有标记：{error}。")
        return
    note(
        AuditAction.CHANGE, user=request.user, about=("list", "in_process", "原系统在办"), facts={"new": new}
    )
    messages.success(request, f"新标记 {new} 个主体" + (f"，{known} 个早已标记。" if known else "。"))


@require_POST
@needs(OPERATE)
def in_process_lift(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: what was in process has ended: lift the mark; what waited because of it goes on."""
    row = get_object_or_404(InProcessElsewhere, pk=pk, lifted_at=None)
    freed = lift([row], why="人工解除", user=cast(User, request.user))
    note(AuditAction.CHANGE, user=request.user, about=row, facts={"freed": freed}, http=request)
    messages.success(request, "已解除标记" + (f"，{freed} 张待上报的报备单会接着报。" if freed else "。"))
    return redirect("in_process")


def _sent(target: IO[bytes], name: str) -> FileResponse:
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename=f"{name}-{timezone.localdate():%Y%m%d}.xlsx")
