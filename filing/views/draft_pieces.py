"""Pieces of an open form: one more block, and the fields that depend on another one."""

from __future__ import annotations

import re
import secrets

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from filing.choices import Operation
from filing.forms import changes, translation
from filing.forms.bound import Binder
from filing.forms.typed import KEY, Typed
from filing.roles import ENTER, needs
from filing.services import codes

_BLOCKS = {
    "websites": "filing/draft_website.html",
    "websites-accesses": "filing/draft_access.html",
    "websites-pre_approvals": "filing/draft_pre_approval.html",
    "attachments": "filing/draft_attachment.html",
}


def _asked_operation(request: HttpRequest) -> str:
    """The operation whose form asks for a piece. Raises: Http404 where there is none such."""
    operation = request.GET.get("operation", Operation.NEW_FILING)
    if operation not in Operation.values:
        raise Http404
    return operation


@require_GET
@needs(ENTER)
def draft_block(request: HttpRequest) -> HttpResponse:
    """One more block for the list `add` of an open form, with a key that no other block of the form has."""
    name = request.GET.get("add", "")
    general = changes.general_name(name)
    operation = _asked_operation(request)
    if (
        general not in _BLOCKS
        or not changes.may_add(operation, general)
        or not re.fullmatch(rf"[a-z_]+(-{KEY}-[a-z_]+)?", name)
    ):
        raise Http404
    typed = changes.ADDABLE[general](operation)
    # The path only says which fields there are; the place is counted anew on the page and when it is posted.
    path = re.sub(rf"-{KEY}-", "[0].", name) + "[0]"
    form = translation.from_post(operation, request.GET)
    block = Binder(operation, form).block(f"{name}-n{secrets.token_hex(5)}", path, typed)
    return render(request, _BLOCKS[general], {"group": block, "added": True})


@require_GET
@needs(ENTER)
def draft_choices(request: HttpRequest) -> HttpResponse:
    """The fields that depend on another one: cities and counties, or the certificates of a nature."""
    operation = _asked_operation(request)
    if not translation.has(operation, "subject"):
        raise Http404
    typed = translation.from_post(operation, request.GET)
    _drop_foreign_regions(typed["subject"]["address"])
    root = Binder(operation, typed).root()
    if request.GET.get("of") == "certificate":
        # Nobody who says "enterprise" should have to say "business licence": what fits first is chosen.
        certificate = typed["subject"]["certificate"]
        if not certificate["type"] and typed["subject"]["nature"].isdigit():
            fitting = codes.certificate_types_for(int(typed["subject"]["nature"]))
            certificate["type"] = str(fitting[0][0]) if fitting else ""
            root = Binder(operation, typed).root()
        return render(request, "filing/field.html", {"field": root["subject"]["certificate"]["type"]})
    return render(request, "filing/draft_regions.html", {"address": root["subject"]["address"]})


def _drop_foreign_regions(address: Typed) -> None:
    """A city of another province, or a county of another city, goes when the level above is changed."""
    if address["city"][:2] != address["province"][:2]:
        address["city"] = address["county"] = ""
    elif address["county"][:4] != address["city"][:4]:
        address["county"] = ""
