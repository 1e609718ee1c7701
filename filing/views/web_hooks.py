"""Where else people's alerts go: administrators add addresses, try them, see what was delivered."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from filing.choices import AlertKind, AuditAction
from filing.models import WebHook
from filing.roles import ADMINISTER, needs
from filing.services import web_hooks
from filing.services.audit import note
from filing.services.errors import NotAllowed
from filing.services.web_hook_calls import BadAddress

MOST_DELIVERIES, MOST_URL = 10, 400


@require_http_methods(["GET", "POST"])
@needs(ADMINISTER)
def web_hook_list(request: HttpRequest) -> HttpResponse:
    """GET: the addresses with their latest deliveries. POST: one more (`name`, `url`, `kinds`)."""
    typed: dict[str, Any] = {"name": "", "url": "", "kinds": []}
    secret = problem = ""
    if request.method == "POST":
        typed = {
            "name": request.POST.get("name", "").replace("\x00", ""),
            "url": request.POST.get("url", "").replace("\x00", "").strip()[:MOST_URL],
            "kinds": request.POST.getlist("kinds"),
        }
        try:
            hook, secret = web_hooks.add(**typed)
        except (BadAddress, NotAllowed) as error:
            problem = str(error)
        else:
            _note(request, hook, "added")
            typed = {"name": "", "url": "", "kinds": []}
    context = {
        "rows": [(hook, list(hook.deliveries.all()[:MOST_DELIVERIES])) for hook in WebHook.objects.all()],
        "kinds": AlertKind.choices,
        "typed": typed,
        "problem": problem,
        "secret": secret,
    }
    answer = render(request, "filing/web_hook_list.html", context, status=422 if problem else 200)
    if secret:
        answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@needs(ADMINISTER)
def web_hook_act(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: `act` is test, stop, start or remove."""
    hook = get_object_or_404(WebHook, pk=pk)
    act = request.POST.get("act", "")
    if act == "test":
        answered = web_hooks.send_test(hook)
        if answered.is_taken:
            messages.success(request, f"“{hook.name}”收下了试发的一条（{answered.words}）。")
        else:
            messages.error(request, f"“{hook.name}”没有收下：{answered.words}。")
    elif act in ("stop", "start"):
        WebHook.objects.filter(pk=hook.pk).update(is_active=act == "start")
        messages.success(request, f"“{hook.name}”已{'启用' if act == 'start' else '停用'}。")
    elif act == "remove":
        _note(request, hook, act)
        hook.delete()
        messages.success(request, f"“{hook.name}”已删除。")
        return redirect("web_hook_list")
    else:
        raise Http404("没有这个动作")
    _note(request, hook, act)
    return redirect("web_hook_list")


def _note(request: HttpRequest, hook: WebHook, act: str) -> None:
    about = ("web_hook", hook.pk, hook.name)
    note(
        AuditAction.SETTING,
        user=request.user,
        about=about,
        facts={"act": act[:20], "url": hook.url},
        http=request,
    )
