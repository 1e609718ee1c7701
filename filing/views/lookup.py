"""Repeat customers: while a request is typed, what is known of its owner is shown, and taken over where that is wanted."""

from __future__ import annotations

import logging
from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from filing.choices import AuditAction, Operation
from filing.forms import translation
from filing.forms.typed import Typed
from filing.identifiers.lines import read_domains
from filing.roles import ENTER, needs
from filing.services import open_forms
from filing.services.audit import note
from filing.services.known import Asked, NotShown, TooMany, look_up, take_over
from filing.views.drafts import sending_of

log = logging.getLogger(__name__)

MOST_TYPED = 8000
LEFT_ALONE = ("subject-own_id", "subject-remarks", "subject-filed_by")
"""What of an owner is not taken over: our number belongs to the record, remarks and the way of reporting to the request."""


@require_POST
@needs(ENTER)
def lookup(request: HttpRequest) -> HttpResponse:
    """Who was here before. POST, so that names and certificate numbers stand in no log of addresses.

    `by`: the field that was left (name, certificate, domain). Shape: a fragment, empty where nobody is known.
    """
    by = request.POST.get("by", "")
    operation = request.POST.get("operation", Operation.NEW_FILING)
    domains = read_domains(request.POST.get("domains", "")[:MOST_TYPED]).records if by == "domain" else []
    asked = Asked.of(
        name=request.POST.get("name", ""),
        certificate=request.POST.get("certificate", ""),
        domains=[each["name"] for each in domains],
        number=request.POST.get("number", ""),
        but=request.POST.get("ref", "") or _draft_of(request),
    )
    user = cast(User, request.user)
    try:
        found = look_up(asked, user=user)
    except TooMany:
        log.warning("user %s looked up more owners than the bound", user.pk)
        return render(request, "filing/draft_found.html", {"too_many": True}, status=429)
    facts = {"by": by, "found": [each.key for each in found.owners]}
    note(
        AuditAction.VIEW_IDENTITY, user=user, about=("lookup", "", "查找已有主体"), facts=facts, http=request
    )
    begins = operation == Operation.NEW_FILING
    context = {"owners": found.owners if begins else [], "foreign": found.foreign, "by": by}
    return render(request, "filing/draft_found.html", context)


def _draft_of(request: HttpRequest) -> str:
    """The draft that the form became a moment ago, which its page may not know yet."""
    made = open_forms.request_of(sending_of(request))
    return made.ref if made else ""


@require_POST
@needs(ENTER)
def lookup_take(request: HttpRequest) -> HttpResponse:
    """What is known of the owner `key`, unmasked, as fields of the form.

    Shape: {"values": {"subject-name": "…"}}; {"problem"} with 404 where it was not shown to this person, 429 where they
    took too much.
    """
    user = cast(User, request.user)
    try:
        subject = take_over(request.POST.get("key", "")[:160], user=user)
    except TooMany:
        log.warning("user %s took over more owners than the bound", user.pk)
        return JsonResponse({"problem": "填入得太频繁，请过十分钟再试，或照原件填写"}, status=429)
    except NotShown:
        return JsonResponse({"problem": "这份资料已不在，请照原件填写"}, status=404)
    kind, _, key = request.POST["key"].partition(":")
    note(
        AuditAction.VIEW_IDENTITY, user=user, about=(kind, key, ""), facts={"what": "填入表单"}, http=request
    )
    typed = translation.from_document(Operation.NEW_FILING, {"subject": subject})
    values = {
        name: text for name, text in _flat(typed["subject"], "subject").items() if text and text.strip()
    }
    return JsonResponse({"values": values}, json_dumps_params={"ensure_ascii": False})


def _flat(typed: Typed, prefix: str) -> dict[str, str]:
    """The texts of a block by the names of their fields."""
    found: dict[str, str] = {}
    for key, value in typed.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}-{key}")
        elif f"{prefix}-{key}" not in LEFT_ALONE:
            found[f"{prefix}-{key}"] = value
    return found
