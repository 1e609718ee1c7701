"""The numbers of a link beside the bureau's: comparing them, deciding where they differ, letting held requests go."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from filing.actors import person
from filing.choices import AuditAction, RequestState
from filing.models import Request
from filing.roles import OPERATE, needs, needs_role
from filing.services.audit import note
from filing.services.held import let_go, was_sent
from filing.states import MoveRefused
from reporting import selectors
from reporting.choices import UNSETTLED, FileState, NumberDecision
from reporting.errors import LinkFault
from reporting.models import Link
from reporting.numbers_page import last_checks, records_in
from reporting.services import adoption, numbering

MOST_HELD = 100
MOST_NOTE = 500
WORDS = {
    NumberDecision.ADOPT: (
        "以管局的编号为准",
        "从管局最近的编号接着编。我方在手的文件作废，其中的报备单另行打包，不会丢。",
    ),
    NumberDecision.OURS_ARRIVED: (
        "管局已有我方在手的文件",
        "它在管局最近的文件之前已经收到。记为已受理，再从管局最近的编号接着编。",
    ),
    NumberDecision.SEND_AGAIN: (
        "管局缺的由我方补报",
        "管局丢失了文件：照存档的原样、原编号补报，再接着报。如果是接口地址换成了另一套系统，先别补，改回地址。",
    ),
}


@require_GET
@needs_role
def link_numbers(request: HttpRequest, isp_id: int) -> HttpResponse:
    """GET: both sides, what differs, what may be decided, and which requests are held back."""
    link = get_object_or_404(Link.objects.defer("password", "aes_key", "aes_iv"), isp_id=isp_id)
    check = numbering.open_checks(link).select_related("our_file").first()
    held = Request.objects.filter(isp_id=isp_id, state=RequestState.READY).exclude(held_reason="")
    files = link.files.defer("zip_bytes")
    context: dict[str, Any] = {
        "link": link,
        "condition": selectors.condition_of(link),
        "check": check,
        "last": files.filter(state=FileState.ACCEPTED).order_by("-sequence").first(),
        "in_hand": files.filter(state__in=UNSETTLED).first(),
        "is_compared": numbering.is_compared(link),
        "checks": last_checks(link),
        "held": held.defer("icp_password").order_by("ready_at", "pk")[:MOST_HELD],
        "held_count": held.count(),
        "may_act": request.user.has_perm(OPERATE),
        "at_hand": timezone.now(),
    }
    if check is not None:
        records, count, trouble = records_in(check)
        choices = [(each, *WORDS[each]) for each in adoption.choices_of(check)]
        hold = adoption.should_hold(check)
        unknown = adoption.unknown_numbers(check)
        context |= {"records": records, "record_count": count, "trouble": trouble, "choices": choices}
        context |= {"hold": hold, "unknown": unknown}
    return render(request, "reporting/link_numbers.html", context)


@require_POST
@needs(OPERATE)
def link_numbers_compare(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: ask the bureau now."""
    link = get_object_or_404(Link, isp_id=isp_id)
    try:
        messages.info(request, f"{adoption.compare_now(link)}。")
    except (adoption.NotDecided, LinkFault) as error:
        messages.error(request, f"没有核对成：{error}。")
    return redirect("link_numbers", isp_id)


@require_POST
@needs(OPERATE)
def link_numbers_decide(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: what the person decided (`decision`), of the check that was seen (`check`); `hold` keeps unsent requests."""
    link = get_object_or_404(Link, isp_id=isp_id)
    key, decision = request.POST.get("check", ""), request.POST.get("decision", "")
    check = numbering.open_checks(link).filter(pk=int(key)).first() if key.isdecimal() else None
    if check is None or decision not in NumberDecision.values:
        messages.error(request, "没有执行：这次差异已经处理过了，或没有选怎么办。")
        return redirect("link_numbers", isp_id)
    user = cast(User, request.user)
    try:
        done = adoption.decide(
            check,
            NumberDecision(decision),
            actor=person(user),
            hold=request.POST.get("hold") == "1",
            note=request.POST.get("note", "").replace("\x00", "").strip()[:MOST_NOTE],
        )
    except (adoption.NotDecided, LinkFault) as error:
        messages.error(request, f"没有执行：{error}。")
        return redirect("link_numbers", isp_id)
    facts = {"what": "编号差异", "check": check.pk, "decision": decision}
    note(AuditAction.LINK, user=user, about=link, facts=facts, http=request)
    link.refresh_from_db()
    messages.success(request, f"已按“{done.get_decision_display()}”处理，下一个编号是 {link.next_sequence}。")
    return redirect("link_numbers", isp_id)


@require_POST
@needs(OPERATE)
def link_numbers_held(request: HttpRequest, isp_id: int) -> HttpResponse:
    """POST: let held requests go (`do=release`), or say that the bureau has them (`do=sent`); `ref` several times."""
    user = cast(User, request.user)
    refs = request.POST.getlist("ref")[:MOST_HELD]
    count = 0
    for filing in Request.objects.filter(ref__in=refs, isp_id=isp_id):
        try:
            if request.POST.get("do") == "sent":
                proof = {"decided_by": person(user).name}
                was_sent(filing, at=timezone.now(), reason=f"{person(user).name}确认管局已收到", proof=proof)
            else:
                let_go(filing, actor=person(user))
        except MoveRefused as refused:
            messages.error(request, f"{filing.ref}：{refused.why}。")
            continue
        facts = {"what": request.POST.get("do", "")}
        note(AuditAction.LINK, user=user, about=filing, facts=facts, http=request)
        count += 1
    words = "记为管局已收到，等结果" if request.POST.get("do") == "sent" else "放行，下一轮上报"
    if count:
        messages.success(request, f"{count} 件已{words}。")
    elif not refs:
        messages.info(request, "先选中要处理的报备单。")
    return redirect("link_numbers", isp_id)
