"""The diagnosis of one request: why it waits, by what we know it, and the one thing to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods

from filing.models import Request
from filing.roles import needs_role
from filing.views.finding import find_request
from reporting import selectors
from reporting.choices import Cause
from reporting.services.diagnose import diagnose
from reporting.services.findings import Action, Fact, Finding
from reporting.services.watch import look_now

GRAVE = frozenset({Cause.LINK_STOPPED, Cause.NOT_RUNNING, Cause.NO_LINK})


@dataclass(frozen=True)
class Row:
    """One line of proof as it is shown: its label and family, words, time, and where one can see it."""

    state: str
    label: str
    fact: Fact
    words: str
    url: str = ""
    link_words: str = ""


@needs_role
@require_http_methods(["GET", "HEAD", "POST"])
def request_diagnosis(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: the fragment, found out at this moment. POST: ask the bureau now, then the same; the page is loaded anew where
    the request moved."""
    filing = find_request(request, ref, Request.objects.defer("icp_password"))
    said = ""
    if request.method == "POST":
        before = filing.state
        said = look_now(filing)
        filing.refresh_from_db()
        if filing.state != before or not request.headers.get("HX-Request"):
            messages.info(request, said)
            if not request.headers.get("HX-Request"):
                return redirect("request_detail", ref=filing.ref)
            return HttpResponse(headers={"HX-Refresh": "true"})
    (finding,) = diagnose([filing])
    return render(request, "reporting/request_diagnosis.html", _context(filing, finding, said))


def _context(filing: Request, finding: Finding, said: str) -> dict[str, Any]:
    found = finding.found
    state = "waiting"
    if found is not None and found.needs_person:
        state = "bad" if found.cause in GRAVE else "attention"
    proofs = [_row(fact, state, "依据") for fact in finding.evidence]
    excluded = [
        _row(each.fact, "good", "已排除", f"{each.cause.label}：{each.fact.words}")
        for each in finding.ruled_out
    ]
    return {
        "filing": filing,
        "finding": finding,
        "found": found,
        "state": state,
        "rows": [*proofs, *excluded],
        "action": found.action if found else Action.NOTHING,
        "place": _place(finding),
        "asked_at": finding.diagnosis.asked_at if finding.diagnosis else None,
        "said": said,
    }


def _row(fact: Fact, state: str, label: str, words: str = "") -> Row:
    url, link_words = "", ""
    if "download" in fact.place:
        url, link_words = reverse("download_detail", args=[fact.place["download"]]), "来件"
        if "position" in fact.place:
            url = reverse("download_item", args=[fact.place["download"], fact.place["position"]])
    return Row(state, label, fact, words or fact.words, url, link_words)


def _place(finding: Finding) -> str:
    """Where the button leads: the record in the inbox, the link's page, or the requests that are held back."""
    found = finding.found
    if found is None:
        return ""
    if found.action == Action.INBOX:
        return next((row.url for fact in found.evidence if (row := _row(fact, "", "")).url), reverse("inbox"))
    link = selectors.link_of(finding.request)
    if link is None or found.action not in (Action.LINK, Action.HELD):
        return ""
    if found.action == Action.HELD or any("number_check" in fact.place for fact in found.evidence):
        return reverse("link_numbers", args=[link.isp_id])
    try:
        return reverse("link_detail", args=[link.isp_id])
    except NoReverseMatch:
        return ""
