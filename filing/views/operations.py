"""Starting an operation: from a record that is filed, or from its number."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from filing.actors import Actor, person
from filing.choices import Operation
from filing.models import Request
from filing.roles import ENTER, needs
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.holdings import Record, subject_of
from filing.services.numbered import find_by_number
from filing.services.starting import KINDS, begin, begin_unheld, standing_in_the_way

MOST_TEXT = 128


@dataclass(frozen=True)
class Entry:
    """One operation on the page where it is chosen. `asks`: what to type first."""

    operation: Operation
    words: str
    asks: str = ""
    hint: str = ""

    @property
    def label(self) -> str:
        return str(self.operation.label)


_SUBJECT, _WEBSITE = "主体备案号", "网站备案号"
_SUBJECT_HINT = "如 京ICP备2026000001号"
_WEBSITE_HINT = "末尾带“-1”这样的序号，如 京ICP备2026000001号-1；不是主体备案号"
ENTRIES = (
    Entry(Operation.NEW_FILING, "主办者还没有备案：报主体、网站和接入"),
    Entry(Operation.CHANGE, "主体、网站、负责人或 IP 有变：从已备案的内容改起", _SUBJECT, _SUBJECT_HINT),
    Entry(Operation.NEW_WEBSITE, "主体已备案，再开一个网站", _SUBJECT, _SUBJECT_HINT),
    Entry(Operation.NEW_ACCESS, "网站已备案，接入到本单位；要主办者的备案密码", _WEBSITE, _WEBSITE_HINT),
    Entry(Operation.SUBMIT_MATERIALS, "只补交核验材料", "主体或网站的备案号", "补谁的材料就填谁的备案号"),
    Entry(
        Operation.CANCEL_ACCESS,
        "网站不再由本单位接入",
        _WEBSITE,
        "填接入所在网站的备案号，末尾带“-1”这样的序号",
    ),
    Entry(Operation.CANCEL_WEBSITE, "网站不办了，主体保留", _WEBSITE, _WEBSITE_HINT),
    Entry(
        Operation.CANCEL_SUBJECT,
        "主体连同全部网站一起注销，不能恢复；要主办者的备案密码",
        _SUBJECT,
        _SUBJECT_HINT,
    ),
)
"""Most used first."""
BY_NUMBER = {entry.operation: entry for entry in ENTRIES if entry.asks}


@require_GET
@needs(ENTER)
def operation_choose(request: HttpRequest) -> HttpResponse:
    """GET: every operation that staff begin, to choose one."""
    return render(request, "filing/operations.html", {"entries": ENTRIES})


@require_http_methods(["GET", "POST"])
@needs(ENTER)
def operation_by_number(request: HttpRequest, operation: str) -> HttpResponse:
    """GET: ask for the number of what is filed. POST (`number`): begin a draft with it."""
    entry = _entry(operation)
    number = request.POST.get("number", request.GET.get("number", "")).replace("\x00", "").strip()[:MOST_TEXT]
    found = find_by_number(entry.operation, number)
    if request.method == "POST" and found.may_begin:
        return _begin(request, entry.operation, found.record, number)
    context = {"entry": entry, "number": number, "found": found, "asked": request.method == "POST"}
    return render(request, "filing/operation_start.html", context, status=422 if context["asked"] else 200)


@require_GET
@needs(ENTER)
def operation_check(request: HttpRequest, operation: str) -> HttpResponse:
    """GET: what is filed under a number (`number`), as it is typed."""
    entry = _entry(operation)
    number = request.GET.get("number", "").replace("\x00", "").strip()[:MOST_TEXT]
    context = {"entry": entry, "number": number, "found": find_by_number(entry.operation, number)}
    return render(request, "filing/operation_found.html", context)


@require_POST
@needs(ENTER)
def operation_start(request: HttpRequest, operation: str) -> HttpResponse:
    """POST (`kind`, `key`): begin a draft of an operation with a record that is filed."""
    model = KINDS.get(request.POST.get("kind", ""))
    key = request.POST.get("key", "")
    if model is None or operation not in Operation.values or not (key.isascii() and key.isdigit()):
        raise Http404
    record = get_object_or_404(model, pk=int(key[:18]))
    return _begin(request, Operation(operation), cast(Record, record), "")


def _begin(request: HttpRequest, operation: Operation, record: Record | None, number: str) -> HttpResponse:
    actor = person(cast(User, request.user))
    try:
        made = _made(operation, record, number, actor)
    except NotAllowed as refused:
        messages.error(request, f"没有开始：{refused}。")
    except RecordInvalid as refused:
        if record is not None and (other := standing_in_the_way(operation, record)):
            messages.info(request, "同一对象已有未决的同类请求，就是这一张：等它有结论，或先撤回它。")
            return redirect("request_detail", other.ref)
        messages.error(request, f"没有开始：{refused.problems[0].message}")
    else:
        return redirect("draft_edit", made.ref)
    if record is None:
        return redirect("operation_by_number", operation)
    return redirect(reverse("filed_detail", args=[subject_of(record).pk]))


def _made(operation: Operation, record: Record | None, number: str, actor: Actor) -> Request:
    if record is None:
        return begin_unheld(operation, number, actor=actor)
    return begin(operation, record, actor=actor)


def _entry(operation: str) -> Entry:
    if operation not in BY_NUMBER:
        raise Http404
    return BY_NUMBER[Operation(operation)]
