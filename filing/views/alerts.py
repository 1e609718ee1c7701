"""The bell: what a person is told, opened and looked back at, and by which way they want it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from filing.choices import AlertKind, AlertWay, AuditAction
from filing.models import Alert
from filing.roles import needs_own, needs_role
from filing.services import alert_mail
from filing.services.alert_ways import choose, ways_of
from filing.services.alerts import mark_read, open_of, unread_of
from filing.services.audit import note
from filing.services.errors import NotAllowed

MOST_IN_THE_BELL, MOST_COUNTED, PAGE_SIZE = 8, 100, 50


@require_GET
@needs_role
def alert_count(request: HttpRequest) -> HttpResponse:
    """GET: how many are new, for the bell. 204 where it is what the page shows already (`known`): nothing is announced."""
    count = unread_of(cast(User, request.user))[:MOST_COUNTED].count()
    if request.GET.get("known") == str(count):
        return HttpResponse(status=204)
    return render(request, "filing/parts/bell_count.html", {"count": count, "most": MOST_COUNTED})


@require_GET
@needs_role
def alert_latest(request: HttpRequest) -> HttpResponse:
    """GET: the inside of the bell: what is new, else the latest that still stands."""
    return _bell(request)


@require_GET
@needs_role
def alert_list(request: HttpRequest) -> HttpResponse:
    """GET: all of one's own. `kind` narrows it; `past=1` shows what is over."""
    user = cast(User, request.user)
    kind = request.GET.get("kind", "")
    kind = kind if kind in AlertKind.values else ""
    is_past = request.GET.get("past") == "1"
    rows = Alert.objects.filter(user=user, ended_at__isnull=False) if is_past else open_of(user)
    if kind:
        rows = rows.filter(kind=kind)
    page = Paginator(rows.order_by("-made_at", "-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {
        "page": page,
        "rows": list(page),
        "kind": kind,
        "kinds": AlertKind.choices,
        "past": is_past,
        "unread": unread_of(user)[:MOST_COUNTED].count(),
    }
    return render(request, "filing/alert_list.html", context)


@require_GET
@needs_role
def alert_open(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one of one's own is seen now; on to the page that it is about."""
    user = cast(User, request.user)
    alert = get_object_or_404(Alert, pk=pk, user=user)
    mark_read(user, alert.pk)
    is_ours = alert.url.startswith("/") and not alert.url.startswith("//")
    return redirect(alert.url if is_ours else reverse("alert_list"))


@require_POST
@needs_own
def alert_read_all(request: HttpRequest) -> HttpResponse:
    """POST: all seen. Asked by HTMX it answers with the inside of the bell."""
    mark_read(cast(User, request.user))
    if request.headers.get("HX-Request"):
        answer = _bell(request)
        answer["HX-Trigger"] = "alerts-seen"
        return answer
    return redirect("alert_list")


def _bell(request: HttpRequest) -> HttpResponse:
    first_new = F("read_at").desc(nulls_first=True)
    rows = open_of(cast(User, request.user)).order_by(first_new, "-made_at", "-pk")
    return render(request, "filing/parts/bell_list.html", {"rows": rows[:MOST_IN_THE_BELL]})


@require_http_methods(["GET", "POST"])
@needs_own
def alert_settings(request: HttpRequest) -> HttpResponse:
    """GET: by which way I am told of each kind. POST: my choice, `way-<kind>`."""
    user = cast(User, request.user)
    if request.method == "POST":
        given = {kind: request.POST.get(f"way-{kind.value}", "") for kind in AlertKind}
        ways = {kind: AlertWay(way) for kind, way in given.items() if way in AlertWay.values}
        choose(user, ways)
        told = {kind.value: way.value for kind, way in ways.items()}
        note(
            AuditAction.SETTING,
            user=user,
            about=("alert_ways", user.pk, "提醒方式"),
            facts=told,
            http=request,
        )
        messages.success(request, "提醒方式已保存，从下一条提醒起照此办。")
        return redirect("alert_settings")
    context = {
        "rows": [(kind, way) for kind, way in ways_of(user).items()],
        "ways": AlertWay.choices,
        "mail_is_on": alert_mail.is_on(),
        "email": user.email,
    }
    return render(request, "filing/alert_settings.html", context)


@require_POST
@needs_own
def alert_mail_test(request: HttpRequest) -> HttpResponse:
    """POST: send me a message now."""
    user = cast(User, request.user)
    try:
        alert_mail.send_test(user)
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    else:
        messages.success(request, f"已试发到 {user.email}，请看是否收到。")
    return redirect("alert_settings")
