"""What a link operator does with one direction of a link: pause it, let it go on, have one pass made now."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from filing.choices import AuditAction
from filing.roles import OPERATE, needs
from filing.services.audit import note
from filing.services.errors import NotAllowed
from reporting import tasks
from reporting.choices import Direction
from reporting.models import Link
from reporting.services import pausing
from reporting.services.link_check import DOUBTFUL, WRONG, check_parameters


@require_POST
@needs(OPERATE)
def link_pause(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: pause a `direction`, with a `reason`."""
    link, direction, user = _asked(request, isp_id)
    try:
        with transaction.atomic():
            pausing.pause(
                link, direction, user=user, reason=request.POST.get("reason", "").replace("\x00", "")
            )
            note(
                AuditAction.LINK,
                user=user,
                about=link,
                facts={"what": f"暂停{direction.label}"},
                http=request,
            )
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    else:
        messages.success(request, f"已暂停{direction.label}。")
    return redirect("link_detail", isp_id)


@require_POST
@needs(OPERATE)
def link_resume(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: let a paused `direction` go on."""
    link, direction, user = _asked(request, isp_id)
    try:
        with transaction.atomic():
            pausing.resume(link, direction, user=user)
            note(
                AuditAction.LINK,
                user=user,
                about=link,
                facts={"what": f"恢复{direction.label}"},
                http=request,
            )
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    else:
        messages.success(request, f"已恢复{direction.label}，下一轮自动接着做。")
    return redirect("link_detail", isp_id)


@require_POST
@needs(OPERATE)
def link_run(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: wake the task of a `direction` now; it does not wait for the link's patience."""
    link, direction, user = _asked(request, isp_id)
    if paused := pausing.pause_words(link, direction):
        messages.error(request, f"{paused}。先恢复，再{direction.label}。")
        return redirect("link_detail", isp_id)
    task = tasks.send if direction == Direction.SENDING else tasks.receive
    task.apply_async((link.pk, True), expires=tasks.EXPIRES_S)
    note(AuditAction.LINK, user=user, about=link, facts={"what": f"立即{direction.label}"}, http=request)
    messages.success(request, f"已叫醒{direction.label}任务，几秒后刷新本页看结果。")
    return redirect("link_detail", isp_id)


@require_POST
@needs(OPERATE)
def link_check(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: check the parameters against the bureau, step by step; the fragment with what was found."""
    link = get_object_or_404(Link, isp_id=isp_id)
    note(
        AuditAction.LINK, user=cast(User, request.user), about=link, facts={"what": "检查参数"}, http=request
    )
    steps = check_parameters(link)
    fault = next((each for each in steps if each.state == WRONG), None)
    fault = fault or next((each for each in steps if each.state == DOUBTFUL), None)
    context = {"link": link, "steps": steps, "fault": fault, "checked_at": timezone.now()}
    return render(request, "reporting/parts/link_check.html", context)


def _asked(request: HttpRequest, isp_id: int) -> tuple[Link, Direction, User]:
    wanted = request.POST.get("direction", "")
    if wanted not in Direction.values:
        raise Http404("没有这个方向")
    link = get_object_or_404(Link.objects.defer("password", "aes_key", "aes_iv"), isp_id=isp_id)
    return link, Direction(wanted), cast(User, request.user)
