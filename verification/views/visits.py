"""Re-visits and the items of campaigns: the list, one filing with its outcome, who has it, and what to be reminded of."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from filing.choices import Operation
from filing.roles import ENTER, REVIEW, needs, needs_role
from filing.services.errors import NotAllowed
from filing.services.filed_document import filed_document
from filing.services.telling import tell
from verification import campaign_selectors as selectors
from verification.asked import CommitmentAsked, read_commitment
from verification.campaign_selectors import STATES
from verification.choices import Finding, VisitOutcome
from verification.deadlines import deadline
from verification.models import Commitment, Visit
from verification.services.readers import note_reader, readers_of
from verification.services.revisits import visitors
from verification.services.visits import BY_HAND, about, assign, conclude, done_words, take_back
from verification.views.campaigns import PAGE_SIZE, read_wanted, visit_rows

MOST_NOTE = 2000
SOON_DAYS = 7


@require_GET
@needs_role
def visit_list(request: HttpRequest) -> HttpResponse:
    """GET: re-visits; one's own first (`who`: a person's key, none, or all)."""
    user = cast(User, request.user)
    query = request.GET.copy()
    is_visitor = user.has_perm(ENTER) and not user.is_superuser
    if "who" not in query and is_visitor:
        query["who"] = str(user.pk)
    wanted = read_wanted(query)
    page = Paginator(selectors.visits_of(None, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    counts = selectors.state_counts(None, wanted)
    context = {
        "wanted": wanted,
        "states": [(name, words, counts[name]) for name, (words, _condition) in STATES.items()],
        "people": visitors(),
        "page": page,
        "rows": visit_rows(page, user),
        "every_days": settings.ICP_REVISIT_EVERY_DAYS,
    }
    return render(request, "verification/visit_list.html", context)


@require_http_methods(["GET", "POST"])
@needs_role
def visit_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one filing to be looked at, with all that is filed. POST: its outcome, and what the contract says."""
    visit = get_object_or_404(_visits(), pk=pk)
    if request.method != "POST":
        return _show(request, visit, request.GET, {})
    if not request.user.has_perm(ENTER):
        raise PermissionDenied
    return _conclude(request, visit)


def _visits() -> Any:
    return Visit.objects.select_related("subject", "campaign", "assigned_to", "done_by", "request")


def _conclude(request: HttpRequest, visit: Visit) -> HttpResponse:
    user = cast(User, request.user)
    commitment = read_commitment(request.POST)
    if commitment.is_there and commitment.wrong:
        return _show(request, visit, request.POST, commitment.wrong)
    note = request.POST.get("note", "").replace("\x00", "")[:MOST_NOTE]
    findings = request.POST.getlist("findings")
    try:
        done = conclude(
            visit, user=user, outcome=request.POST.get("outcome", ""), findings=findings, note=note
        )
    except NotAllowed as error:
        return _show(request, visit, request.POST, {"outcome": str(error)})
    _keep(commitment, visit, user)
    if done.request is not None:
        words = "已记下，变更单已开好：已备案的内容都在里面，改好有出入的地方。"
        messages.success(request, words)
        return redirect("draft_edit" if done.request.state == "draft" else "request_detail", done.request.ref)
    if done.words:
        messages.warning(request, f"结果已记下，但变更没有开始：{done.words}。")
        return redirect("visit_detail", visit.pk)
    following = selectors.next_of(visit, user)
    messages.success(request, f"“{visit.subject.name}”的结果已记下。{'下面是下一件。' if following else ''}")
    return redirect("visit_detail", following.pk if following else visit.pk)


def _keep(commitment: CommitmentAsked, visit: Visit, user: User) -> None:
    if commitment.is_there:
        Commitment.objects.create(subject=visit.subject, recorded_by=user, **commitment.values)


def _show(request: HttpRequest, visit: Visit, typed: QueryDict, wrong: dict[str, str]) -> HttpResponse:
    user = cast(User, request.user)
    may = user.has_perm(ENTER)
    if may and visit.is_open:
        note_reader(about(visit), user)
    earlier = Visit.objects.filter(subject=visit.subject, done_at__isnull=False).exclude(pk=visit.pk)
    context = {
        "visit": visit,
        "subject": visit.subject,
        "deadline": deadline(visit.due_on),
        "groups": tell(
            Operation.CHANGE, filed_document(visit.subject), reveal=request.GET.get("reveal") == "1"
        ),
        "reveal": request.GET.get("reveal") == "1",
        "outcomes": [(each.value, each.label) for each in BY_HAND],
        "findings": [(each.value, each.label, each.value in typed.getlist("findings")) for each in Finding],
        "found": [Finding(each).label for each in visit.findings if each in Finding.values],
        "typed": typed,
        "wrong": wrong,
        "may": may,
        "commitments": visit.subject.commitments.select_related("recorded_by")[:5],
        "earlier": earlier.select_related("campaign", "done_by").order_by("-done_at")[:5],
        "people": visitors() if may or user.has_perm(REVIEW) else [],
        "readers": readers_of([about(visit)], but=user).get(about(visit), []),
        "is_found": typed.get("outcome") == VisitOutcome.FOUND,
    }
    return render(request, "verification/visit_detail.html", context, status=422 if wrong else 200)


@require_POST
@needs_role
def visit_readers(request: HttpRequest, pk: int) -> HttpResponse:
    """POST, from an open page: it is open still. Answers who else has it open, or that it is done meanwhile."""
    visit = get_object_or_404(_visits(), pk=pk)
    user = cast(User, request.user)
    if visit.is_open and user.has_perm(ENTER):
        note_reader(about(visit), user)
    readers = readers_of([about(visit)], but=user).get(about(visit), []) if visit.is_open else []
    context = {"readers": readers, "done": "" if visit.is_open else done_words(visit)}
    return render(request, "verification/readers.html", context)


@require_POST
@needs(ENTER, REVIEW)
def visit_assign(request: HttpRequest, pk: int) -> HttpResponse:
    """POST (`who`: a person's key, "" for nobody): give a visit to somebody."""
    visit = get_object_or_404(_visits(), pk=pk)
    chosen = next((each for each in visitors() if str(each.pk) == request.POST.get("who", "")), None)
    try:
        assign(visit, chosen)
        messages.success(request, f"已分给{chosen.get_full_name() or chosen}。" if chosen else "已不分给人。")
    except NotAllowed as error:
        messages.error(request, f"没有分：{error}。")
    return redirect("visit_detail", pk)


@require_POST
@needs(ENTER)
def visit_take_back(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: the outcome was written too early; it is open again."""
    try:
        take_back(get_object_or_404(Visit, pk=pk))
        messages.success(request, "已恢复为还没核。")
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    return redirect("visit_detail", pk)


@require_GET
@needs_role
def visit_count(request: HttpRequest) -> HttpResponse:
    """GET: how many visits of mine are due within a week or late, for the menu."""
    by = timezone.localdate() + timedelta(days=SOON_DAYS)
    context = {"count": selectors.mine_due(cast(User, request.user), by), "late": 0}
    return render(request, "verification/work_count.html", context)
