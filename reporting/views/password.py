"""The owner's filing password, checked with the bureau from the form."""

from __future__ import annotations

from typing import cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from filing.roles import ENTER, needs
from filing.views.finding import find_to_work_on
from reporting.services.password_check import check_password


@require_POST
@never_cache
@sensitive_post_parameters("icp_password")
@needs(ENTER)
def password_check(request: HttpRequest, ref: str) -> HttpResponse:
    """POST `icp_password` (empty: the one that is kept): what the bureau says, as a line for the form.

    The password is not in the answer, whatever came of it.
    """
    filing = find_to_work_on(request, ref)
    user = cast(User, request.user)
    verdict = check_password(
        filing, request.POST.get("icp_password", ""), user_name=user.get_full_name() or user.get_username()
    )
    return render(request, "reporting/password_check.html", {"verdict": verdict})
