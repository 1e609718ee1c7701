"""The moves of a request that take a button only: submit, correct, withdraw."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from filing.actors import person
from filing.roles import ENTER, needs
from filing.services.drafts import start_correction, withdraw
from filing.services.errors import NotAllowed, RecordInvalid
from filing.states import MoveRefused
from filing.views.drafts import submit
from filing.views.finding import find_to_work_on


@require_POST
@needs(ENTER)
def request_submit(request: HttpRequest, ref: str) -> HttpResponse:
    """Hand a draft to the reviewers as it was saved last."""
    return submit(request, find_to_work_on(request, ref))


@require_POST
@needs(ENTER)
def request_correct(request: HttpRequest, ref: str) -> HttpResponse:
    """Open the next revision of a request that came back, and show it for editing."""
    filing = find_to_work_on(request, ref)
    try:
        start_correction(filing, actor=person(cast(User, request.user)))
    except RecordInvalid as refused:
        messages.error(request, f"没有开始改正：{refused.problems[0].message}")
        return redirect("request_detail", ref)
    except (NotAllowed, MoveRefused) as refused:
        messages.error(request, f"没有开始改正：{_words(refused)}。")
        return redirect("request_detail", ref)
    return redirect("draft_edit", ref)


@require_POST
@needs(ENTER)
def request_withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back a request that has not been packed."""
    filing = find_to_work_on(request, ref)
    try:
        withdraw(
            filing,
            actor=person(cast(User, request.user)),
            reason=request.POST.get("reason", "")[:200].strip(),
        )
    except MoveRefused as refused:
        messages.error(request, f"没有撤回：{_words(refused)}。")
    else:
        messages.success(request, f"{ref} 已撤回。")
    return redirect("request_detail", ref)


def _words(error: NotAllowed | MoveRefused) -> str:
    return error.why if isinstance(error, MoveRefused) else str(error)
