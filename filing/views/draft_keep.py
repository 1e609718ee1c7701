"""An open form saves itself and is checked while it is typed: one request for both, answered in JSON."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, cast

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from filing.choices import Operation
from filing.documents.operations import OWN_ID_KEY
from filing.documents.paths import value_at
from filing.forms import keeping, translation, unsaved
from filing.forms.bound import BoundField
from filing.forms.keys import Keys
from filing.forms.page import DraftPage, compose
from filing.forms.saving import Saved
from filing.forms.typed import Typed
from filing.forms.unsaved import NEW, Unsaved
from filing.models import Request
from filing.roles import ENTER, needs
from filing.services import open_forms
from filing.services.errors import RecordInvalid, StaleForm
from filing.services.revisions import current_revision
from filing.states import MoveRefused
from filing.views.drafts import counters, sending_of
from filing.views.finding import find_to_work_on

Answer = dict[str, Any]
STALE, REFUSED, NOTHING = "stale", "refused", "nothing"


@require_POST
@needs(ENTER)
def draft_keep(request: HttpRequest) -> JsonResponse:
    """Save an open form as far as its draft can hold it, and tell what is wrong with it.

    Shape: `saved`, or `why` and `words`; `faults` of the whole form by the names that the page knows (the page shows
    those of fields that were left); `tasks` and `heed` as HTML; with `?check` also `answers`.
    """
    filing = _draft_of(request)
    operation = filing.operation if filing else request.GET.get("operation", "")
    if operation not in Operation.values:
        raise Http404
    typed = translation.without_blanks(translation.from_post(operation, request.POST))
    answer = _keep(request, operation, filing, typed)
    if filing := _draft_of(request):
        filing.refresh_from_db()
    page = compose(operation, typed, filing, show_gaps=True)
    answer |= _checked(page, Keys(request.POST), with_answers="check" in request.GET)
    return JsonResponse(answer, status=409 if "why" in answer and answer["why"] != NOTHING else 200)


@require_GET
@needs(ENTER)
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where a person comes out who signs in again beside an open form: with words that send them back to it."""
    return render(request, "filing/signed_in.html")


def _draft_of(request: HttpRequest) -> Request | None:
    if ref := request.GET.get("ref", ""):
        return find_to_work_on(request, ref)
    known = open_forms.request_of(sending_of(request))
    return find_to_work_on(request, known.ref) if known else None


def _keep(request: HttpRequest, operation: str, filing: Request | None, typed: Typed) -> Answer:
    """Save; words where that was not possible. What a draft cannot hold waits in the session for a reload."""
    blank = translation.without_blanks(translation.blank(operation))
    # Which link it goes over says nothing of a filing.
    if filing is None and typed | {translation.LINK: ""} == blank:
        return {"why": NOTHING}
    revision, edits = counters(request)
    try:
        saved = keeping.keep(operation, filing, typed, sending_of(request), revision=revision, edits=edits)
    except StaleForm:
        ref = cast(Request, filing or _draft_of(request)).ref
        unsaved.keep(request.session, ref, Unsaved(typed, revision, edits))
        return {"why": STALE, "words": "别人刚保存过这张草稿", "edit": reverse("draft_edit", args=[ref])}
    except RecordInvalid as refused:
        return {"why": REFUSED, "words": refused.problems[0].message}
    except MoveRefused as refused:
        return {"why": REFUSED, "words": refused.why}
    if saved.unheld:
        unsaved.keep(request.session, saved.request.ref, Unsaved(typed, saved.revision, saved.edits))
    else:
        unsaved.forget(request.session, saved.request.ref)
    unsaved.forget(request.session, NEW)
    return _told(saved)


def _told(saved: Saved) -> Answer:
    return {
        "saved": f"{timezone.localtime():%H:%M:%S}",
        "ref": saved.request.ref,
        "edit": reverse("draft_edit", args=[saved.request.ref]),
        "revision": saved.revision,
        "edits": saved.edits,
    }


def _checked(page: DraftPage, keys: Keys, *, with_answers: bool) -> Answer:
    page.tasks = [replace(each, anchor=keys.anchor(each.anchor)) for each in page.tasks]
    page.faults = [replace(each, anchor=keys.anchor(each.anchor)) for each in page.faults]
    page.heed = [replace(each, anchor=keys.anchor(each.anchor)) for each in page.heed]
    found: Answer = {
        "faults": [asdict(each) for each in page.faults],
        "heed": [asdict(each) for each in page.heed],
        "numbers": _numbers(page, keys),
        "title": page.title,
        "tasks": render_to_string("filing/draft_tasks.html", {"page": page}),
        "heed_sheet": render_to_string("filing/draft_heed.html", {"page": page}),
    }
    if with_answers:
        found["answers"] = render_to_string("filing/draft_answers.html", {"page": page})
    return found


def _numbers(page: DraftPage, keys: Keys) -> dict[str, str]:
    """Our numbers of the records that the draft got at this save: the form sends them from now on."""
    if page.filing is None:
        return {}
    content = current_revision(page.filing).content
    found = {}
    for node in page.root.walk():
        if isinstance(node, BoundField) and node.path.rpartition(".")[2] == OWN_ID_KEY:
            number = value_at(content, node.path)
            if number is not None:
                found[keys.name(node.name)] = str(number)
    return found
