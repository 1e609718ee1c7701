"""Campaigns: the list, a new one, how far one is and who is left, shared out among people, and its spreadsheet."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from filing.choices import AuditAction
from filing.code_tables import CodeTable
from filing.roles import ENTER, REVIEW, needs, needs_role
from filing.services import codes
from filing.services.audit import note
from filing.services.errors import NotAllowed
from verification import campaign_selectors as selectors
from verification.asked import read_campaign
from verification.campaign_selectors import STATES, Wanted
from verification.deadlines import deadline
from verification.models import Campaign
from verification.services.campaigns import finish, make_batch, share_out
from verification.services.readers import readers_of
from verification.services.revisits import visitors
from verification.services.visits import about
from verification.sheets import write_campaign

PAGE_SIZE = 50
MOST_TEXT = 100


@require_GET
@needs_role
def campaign_list(request: HttpRequest) -> HttpResponse:
    """GET: all campaigns, the latest first, and how far each is."""
    page = Paginator(Campaign.objects.order_by("-pk"), PAGE_SIZE).get_page(request.GET.get("page"))
    shares = selectors.progress(page)
    rows = [(each, shares[each.pk], deadline(each.due_on)) for each in page]
    return render(request, "verification/campaign_list.html", {"page": page, "rows": rows})


@require_http_methods(["GET", "POST"])
@needs(ENTER, REVIEW)
def campaign_new(request: HttpRequest) -> HttpResponse:
    """GET: the form. POST: begin a campaign; its items are made in the background."""
    asked = read_campaign(request.POST if request.method == "POST" else QueryDict())
    if request.method == "POST" and not asked.wrong:
        made = Campaign.objects.create(created_by=cast(User, request.user), **asked.values)
        # The first items at once, that the page has something to show; the others follow in the background.
        make_batch(made.pk)
        messages.success(request, f"“{made.name}”已开始，正在把要核的备案逐批列出。")
        return redirect("campaign_detail", made.pk)
    context = {
        "values": asked.values,
        "wrong": asked.wrong if request.method == "POST" else {},
        "provinces": codes.provinces(),
        "natures": codes.choices_for(CodeTable.NATURE),
        "today": timezone.localdate(),
    }
    return render(request, "verification/campaign_new.html", context, status=422 if context["wrong"] else 200)


@require_GET
@needs_role
def campaign_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: how far a campaign is by people, region and day; and its filings (`state`, `who`, `province`, `q`)."""
    campaign = get_object_or_404(Campaign.objects.select_related("created_by"), pk=pk)
    wanted = read_wanted(request.GET)
    page = Paginator(selectors.visits_of(campaign, wanted), PAGE_SIZE).get_page(request.GET.get("page"))
    user = cast(User, request.user)
    counts = selectors.state_counts(campaign, wanted)
    days = selectors.by_day(campaign)
    context = {
        "campaign": campaign,
        "deadline": deadline(campaign.due_on),
        "conditions": conditions_of(campaign),
        "all": selectors.progress([campaign])[campaign.pk],
        "people": selectors.by_person(campaign),
        "regions": selectors.by_region(campaign),
        "days": days,
        "busiest": max(each.done for each in days) or 1,
        "wanted": wanted,
        "states": [(name, words, counts[name]) for name, (words, _condition) in STATES.items()],
        "page": page,
        "rows": visit_rows(page, user),
        "visitors": visitors() if user.has_perm(ENTER) else [],
        "may": campaign.is_running and (user.has_perm(ENTER) or user.has_perm(REVIEW)),
        "region": codes.region_path(int(wanted.province)) if wanted.province else "",
    }
    return render(request, "verification/campaign_detail.html", context)


def read_wanted(query: QueryDict) -> Wanted:
    """What a list of visits is asked for; unknown values are replaced by the usual ones."""
    state, who, province = query.get("state", "open"), query.get("who", ""), query.get("province", "")
    return Wanted(
        state if state in STATES else "open",
        who if who == selectors.NOBODY or (who.isascii() and who.isdecimal()) else "",
        province if province.isascii() and province.isdecimal() and len(province) < 9 else "",
        query.get("q", "").replace("\x00", "").strip()[:MOST_TEXT],
    )


def visit_rows(page: Any, user: User) -> list[tuple[Any, ...]]:
    """The rows of a list of visits: each with its deadline, its place and who has it open."""
    visits = list(page)
    readers = readers_of([about(each) for each in visits], but=user)
    return [
        (each, deadline(each.due_on), codes.region_path(each.province), readers.get(about(each), []))
        for each in visits
    ]


def conditions_of(campaign: Campaign) -> list[str]:
    """Which filings a campaign asks for, in words."""
    found = []
    if campaign.provinces:
        found.append("、".join(codes.region_path(each) or str(each) for each in campaign.provinces))
    if campaign.natures:
        found.append(
            "、".join(codes.name_of(CodeTable.NATURE, each) or str(each) for each in campaign.natures)
        )
    if campaign.filed_before:
        found.append(f"{campaign.filed_before} 之前备案")
    if campaign.never_verified:
        found.append("从未核验")
    return found or ["全部有效备案"]


@require_POST
@needs(ENTER, REVIEW)
def campaign_share_out(request: HttpRequest, pk: int) -> HttpResponse:
    """POST (`people`, `anew`): give the open items to these people in equal shares."""
    campaign = get_object_or_404(Campaign, pk=pk)
    chosen = set(request.POST.getlist("people"))
    people = [each for each in visitors() if str(each.pk) in chosen]
    try:
        count = share_out(campaign, people, anew=request.POST.get("anew") == "1")
    except NotAllowed as error:
        messages.error(request, f"没有分：{error}。")
    else:
        messages.success(request, f"已把 {count} 件平均分给 {len(people)} 人，同一地区的尽量在一起。")
    return redirect("campaign_detail", pk)


@require_POST
@needs(ENTER, REVIEW)
def campaign_finish(request: HttpRequest, pk: int) -> HttpResponse:
    """POST: end a campaign; what is left is on nobody's desk any more."""
    try:
        finish(get_object_or_404(Campaign, pk=pk))
        messages.success(request, "专项核验已结束，没核的留在名单里，不再提醒。")
    except NotAllowed as error:
        messages.error(request, f"{error}。")
    return redirect("campaign_detail", pk)


@require_GET
@needs_role
def campaign_sheet(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET: the spreadsheet of a campaign, all filings of it. It is written to disk, and sent from there."""
    campaign = get_object_or_404(Campaign, pk=pk)
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    write_campaign(campaign, target)
    user = cast(User, request.user)
    note(AuditAction.EXPORT, user=user, about=campaign, facts={"what": "专项核验表格"}, http=request)
    target.seek(0)
    name = f"{campaign.name}-{timezone.localdate():%Y%m%d}.xlsx"
    return FileResponse(target, as_attachment=True, filename=name)
