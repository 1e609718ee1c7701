"""The internal review: the queue, and one request with its papers, to let go or to send back."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from filing.choices import AuditAction, RequestState
from filing.models import Request, RequestEvent
from filing.roles import AUDIT, REVIEW, needs
from filing.services import review
from filing.services.audit import note
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.reading import note_reader, readers_of
from filing.states import MoveRefused
from filing.times import duration_words
from filing.views.finding import find_request
from filing.views.review_facts import page_of
from filing.views.review_queue import (
    choices,
    next_after,
    position_of,
    read_wanted,
    rows_of,
    waiting,
)

PAGE_SIZE = 50
MOST_OPINION = 2000
_SESSION_KEY = "review_opinions"
View = Callable[..., HttpResponseBase]


def keeps_opinion(view: View) -> View:
    """Keep what a reviewer wrote when the session has ended: it is there again after signing in."""

    @wraps(view)
    def keeping(request: HttpRequest, ref: str, **facts: Any) -> HttpResponseBase:
        if request.method == "POST" and not request.user.is_authenticated:
            request.session[_SESSION_KEY] = {ref: _opinion(request)}
            messages.warning(request, "登录已过期，还没有决定。登录后请再按一次，写的话还在。")
            return redirect_to_login(reverse("request_review", args=[ref]))
        return view(request, ref, **facts)

    return keeping


@require_GET
@needs(REVIEW, AUDIT)
def review_queue(request: HttpRequest) -> HttpResponse:
    """GET: what waits for review, the longest waiting first; one's own too, marked as not to be decided.

    `operation`, `region` (a province) and `who` (a person's key) narrow it.
    """
    wanted = read_wanted(request.GET)
    page = Paginator(waiting(wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    rows = rows_of(list(page), cast(User, request.user))
    mine = [row for row in rows if row.may]
    first = next((row for row in mine if not row.readers), next(iter(mine), None))
    context = {"page": page, "rows": rows, "first": first, "wanted": wanted, "choices": choices(wanted)}
    return render(request, "filing/review_queue.html", context)


@keeps_opinion
@needs(REVIEW, AUDIT)
@require_http_methods(["GET", "POST"])
def request_review(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: one request in words beside its papers. POST: `decision` approve or return, with `opinion`.

    The filters of the queue stay in the address: next and previous are the neighbours in it.
    """
    filing = find_request(request, ref, Request.objects.select_related("submitted_by", "created_by"))
    if filing.state != RequestState.IN_REVIEW:
        return _too_late(request, filing)
    if request.method == "POST":
        return _decide(request, filing)
    # The page compares numbers with papers: it shows them in full.
    facts = {"what": "审核页", "revision": filing.revision_number}
    note(AuditAction.VIEW_IDENTITY, user=cast(User, request.user), about=filing, facts=facts, http=request)
    return _show(request, filing, request.session.get(_SESSION_KEY, {}).get(ref, ""))


@require_POST
@needs(REVIEW)
def request_readers(request: HttpRequest, ref: str) -> HttpResponse:
    """POST, from an open page of the review: it is open still. Answers who else has it open, or what became of it."""
    filing = find_request(request, ref, Request.objects.defer("icp_password"))
    user = cast(User, request.user)
    stale = filing.state != RequestState.IN_REVIEW or request.POST.get("revision") != str(
        filing.revision_number
    )
    if not stale and review.may_review(filing, user):
        note_reader(filing, user)
    context = {
        "filing": filing,
        "readers": [] if stale else readers_of([filing.pk], but=user).get(filing.pk, []),
        "stale": _became(filing) if stale else "",
        "query": read_wanted(request.GET).query,
    }
    return render(request, "filing/parts/readers.html", context)


def _opinion(request: HttpRequest) -> str:
    return request.POST.get("opinion", "").replace("\x00", "").strip()[:MOST_OPINION]


def _became(filing: Request) -> str:
    """What became of a request that a page still shows as waiting: who decided it, when."""
    if filing.state == RequestState.IN_REVIEW:
        return f"内容已改成第 {filing.revision_number} 版"
    decided = (
        RequestEvent.objects.filter(request=filing, old_state=RequestState.IN_REVIEW)
        .exclude(new_state=RequestState.IN_REVIEW)
        .order_by("-at", "-pk")
        .first()
    )
    now = f"现在是“{filing.get_state_display()}”"
    if decided is None:
        return now
    done = {RequestState.READY: "通过了", RequestState.REVIEW_RETURNED: "退改了"}.get(
        RequestState(decided.new_state), "撤回了"
    )
    return f"{decided.actor_name} {duration_words(timezone.now() - decided.at)}前{done}，{now}"


def _too_late(request: HttpRequest, filing: Request) -> HttpResponse:
    """Somebody else decided it, or its writer took it back: said in words, nothing done."""
    if request.method == "POST":
        messages.warning(request, f"您的决定没有生效：{_became(filing)}。")
    else:
        messages.info(request, f"{filing.ref} 不在待审核中：{_became(filing)}。")
    return redirect("request_detail", filing.ref)


def _decide(request: HttpRequest, filing: Request) -> HttpResponse:
    user, opinion = cast(User, request.user), _opinion(request)
    decision = request.POST.get("decision", "")
    if request.POST.get("revision") != str(filing.revision_number):
        messages.warning(request, "您看过之后内容改成了新的一版，请重新看过再决定。")
        return _show(request, filing, opinion, status=409)
    wanted = read_wanted(request.GET)
    position = position_of(filing, user, wanted)
    try:
        if decision == "approve":
            review.approve(filing, user=user, opinion=opinion)
        elif decision == "return":
            review.return_for_changes(filing, user=user, reason=opinion)
        else:
            return _show(request, filing, opinion, wrong="按“通过”或“退改”作决定", status=422)
    except NotAllowed as refused:
        if not review.may_review(filing, user):
            facts = {"why": str(refused)}
            note(AuditAction.REFUSED, user=user, about=filing, facts=facts, http=request)
        return _show(request, filing, opinion, wrong=str(refused), status=422)
    except RecordInvalid:
        messages.error(request, "没有通过：提交之后规则或代码表变了，现在有必须改的地方。请退改。")
        return _show(request, filing, opinion, status=422)
    except MoveRefused:
        filing.refresh_from_db()
        return _too_late(request, filing)
    request.session.pop(_SESSION_KEY, None)
    done = "已通过，待上报" if decision == "approve" else "已退改，填报人会看到原因"
    following = next_after(position, filing.ref, user, wanted)
    name = filing.subject_name or filing.ref
    messages.success(request, f"“{name}”{done}。{'下面是下一件。' if following else '没有等着审核的了。'}")
    to = reverse("request_review", args=[following]) if following else reverse("review_queue")
    return redirect(f"{to}{wanted.query}")


def _show(
    request: HttpRequest, filing: Request, opinion: str, *, wrong: str = "", status: int = 200
) -> HttpResponse:
    user = cast(User, request.user)
    page = page_of(filing, user, read_wanted(request.GET))
    if page.may:
        note_reader(filing, user)
    context = {"page": page, "filing": filing, "opinion": opinion, "wrong": wrong}
    return render(request, "filing/review.html", context, status=status)
