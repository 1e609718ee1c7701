"""Entering a new filing: a new form, a draft, its saving, and the blocks that are put into an open form."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from filing.choices import AuditAction, Operation, RequestState
from filing.forms import changes, keeping, translation, unsaved
from filing.forms.beside import name_to_type
from filing.forms.page import DraftPage, compose
from filing.forms.typed import Typed
from filing.forms.unsaved import NEW, Unsaved
from filing.forms.uploads import fit_all, take_files
from filing.identifiers.lines import tidy_words
from filing.models import Request
from filing.roles import ENTER, needs
from filing.services import open_forms
from filing.services.audit import note
from filing.services.errors import RecordInvalid, StaleForm
from filing.services.open_forms import Sending
from filing.services.review import submit_for_review
from filing.services.revisions import current_revision
from filing.services.submission import NotYetSubmittable
from filing.states import MoveRefused
from filing.views.finding import find_to_work_on

View = Callable[..., HttpResponseBase]


def keeps_typed(view: View) -> View:
    """Keep a form that is posted after the session ended; the guard below sends its writer to sign in."""

    @wraps(view)
    def keeping(request: HttpRequest, ref: str = NEW, **facts: Any) -> HttpResponseBase:
        if (
            request.method == "POST"
            and not request.user.is_authenticated
            and not request.headers.get("HX-Request")
        ):
            typed = translation.without_blanks(translation.from_post(_operation_of(ref), request.POST))
            unsaved.keep(request.session, ref, Unsaved(typed, *counters(request), signed_out=True))
            return redirect_to_login(reverse("draft_edit", args=[ref]) if ref else reverse("draft_new"))
        return view(request, ref, **facts) if ref else view(request, **facts)

    return keeping


@keeps_typed
@needs(ENTER)
@require_http_methods(["GET", "POST"])
def draft_new(request: HttpRequest) -> HttpResponse:
    """A form for a filing that has no draft yet. Saved once, however often it is sent."""
    if request.method == "POST":
        return _take(request, open_forms.request_of(sending_of(request)))
    kept = unsaved.find(request.session, NEW)
    typed = kept.typed if kept else translation.blank(Operation.NEW_FILING)
    page = compose(Operation.NEW_FILING, typed, None)
    page.restored = kept is not None
    return _show(request, page)


@keeps_typed
@needs(ENTER)
@require_http_methods(["GET", "POST"])
def draft_edit(request: HttpRequest, ref: str) -> HttpResponse:
    """A draft, also the next revision of a request that came back."""
    filing = find_to_work_on(request, ref)
    if request.method == "POST":
        return _take(request, filing)
    if filing.state != RequestState.DRAFT:
        words = f"这张报备单现在是“{filing.get_state_display()}”，内容不能再改。"
        messages.info(request, words)
        return redirect("request_detail", ref)
    facts = {"what": "打开草稿", "revision": filing.revision_number}
    note(AuditAction.VIEW_IDENTITY, user=cast(User, request.user), about=filing, facts=facts, http=request)
    return _show(request, _opened(request, filing))


def _operation_of(ref: str) -> str:
    """The operation of a request; a form without one is a new filing."""
    known = Request.objects.filter(ref=ref).values_list("operation", flat=True).first() if ref else None
    return known or Operation.NEW_FILING


def _opened(request: HttpRequest, filing: Request) -> DraftPage:
    """A draft as it is opened: as saved, or as this person typed it where that could not be saved."""
    revision = current_revision(filing)
    kept = unsaved.find(request.session, filing.ref)
    show_gaps = "check" in request.GET
    if kept is None:
        typed = translation.from_document(filing.operation, revision.content, filing.remarks, filing.isp_id)
        return compose(filing.operation, typed, filing, show_gaps=show_gaps)
    page = compose(filing.operation, kept.typed, filing, show_gaps=show_gaps)
    page.restored = kept.signed_out
    page.stale = (kept.revision, kept.edits) != (revision.number, revision.edits)
    page.revision_number, page.edits = kept.revision, kept.edits
    return page


# --- what was posted ------------------------------------------------------------------------------


def sending_of(request: HttpRequest) -> Sending:
    """Which open form was posted, and for the how-many-th time."""
    turn = request.POST.get("turn", "")
    return Sending(
        cast(User, request.user),
        request.POST.get("once", "").replace("\x00", "")[:64],
        int(turn) if re.fullmatch(r"[0-9]{1,9}", turn) else 0,
    )


def counters(request: HttpRequest) -> tuple[int, int]:
    """Revision and save counter that the posted form was opened with."""

    def number(name: str) -> int:
        text = request.POST.get(name, "")
        return int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0

    # A form for a new filing that was sent twice: the first time made the draft.
    return number("revision") or 1, number("edits")


def _take(request: HttpRequest, filing: Request | None) -> HttpResponse:
    """Do what the pressed button says with the posted form."""
    command = request.POST.get("do", "save")
    ref = filing.ref if filing else NEW
    if command == "discard":
        unsaved.forget(request.session, ref)
        messages.info(
            request, "没有保存的内容已丢弃，下面是保存过的。" if filing else "没有保存的内容已丢弃。"
        )
        return redirect("draft_edit", ref) if filing else redirect("draft_new")
    operation = _operation_of(ref)
    typed = translation.from_post(operation, request.POST)
    for problem in take_files(typed, request.POST, request.FILES, cast(User, request.user)):
        messages.error(request, f"图片“{problem.label}”没有收下：{problem.message}。请换一张。")
    if ":" in command:
        return _change(request, filing, typed, command)
    typed = translation.without_blanks(typed)
    fit_all(typed, cast(User, request.user))
    return _save(request, filing, typed, command)


def _change(request: HttpRequest, filing: Request | None, typed: Typed, command: str) -> HttpResponse:
    """Show the form again with a block more or less; nothing is saved."""
    operation = _operation_of(filing.ref if filing else NEW)
    anchor = changes.change(operation, typed, request.POST, command)
    page = compose(operation, typed, filing, quiet=True)
    page.next_anchor = anchor
    if filing:
        page.revision_number, page.edits = counters(request)
    return _show(request, page)


def _save(request: HttpRequest, filing: Request | None, typed: Typed, command: str) -> HttpResponse:
    revision, edits = _counters_meant(request, command)
    operation = filing.operation if filing else Operation.NEW_FILING
    try:
        saved = keeping.keep(operation, filing, typed, sending_of(request), revision=revision, edits=edits)
    except RecordInvalid as refused:
        messages.error(request, f"没有保存：{refused.problems[0].message}")
        return _unsaved_page(request, filing, typed)
    except StaleForm:
        return _stale(request, cast(Request, filing), typed)
    except MoveRefused as refused:
        return _too_late(request, cast(Request, filing), typed, refused)
    unsaved.forget(request.session, NEW if filing is None else saved.request.ref)
    if words := tidy_words([website["domains"] for website in typed.get("websites", [])]):
        messages.info(request, f"域名已整理：{words}。")
    if saved.unheld:
        kept = Unsaved(typed, saved.revision, saved.edits)
        unsaved.keep(request.session, saved.request.ref, kept)
    address = reverse("draft_edit", args=[saved.request.ref])
    if command != "submit":
        return redirect(address + _anchor(request, bool(saved.unheld)))
    if saved.unheld:
        return redirect(f"{address}?check=1")
    return submit(request, saved.request)


def _counters_meant(request: HttpRequest, command: str) -> tuple[int, int]:
    """The counters of the save that this one may replace; `overwrite` accepts the one that was shown, not a later one."""
    seen = re.fullmatch(r"([0-9]{1,9})\.([0-9]{1,9})", request.POST.get("seen", ""))
    if command == "overwrite" and seen:
        return int(seen.group(1)), int(seen.group(2))
    return counters(request)


def submit(request: HttpRequest, filing: Request) -> HttpResponse:
    """Hand a draft to the reviewers, or show what must be mended first."""
    if (name := name_to_type(filing)) and request.POST.get("confirm_name", "").strip() != name:
        messages.error(request, f"没有提交：注销不能恢复，先在下面输入主体名称“{name}”确认。")
        return redirect(f"{reverse('draft_edit', args=[filing.ref])}?check=1#submit")
    try:
        submit_for_review(filing, user=cast(User, request.user))
    except NotYetSubmittable as first:
        messages.error(request, f"没有提交：{first.problems[0].message}。")
        return redirect(first.page, filing.ref)
    except RecordInvalid as invalid:
        if not invalid.problems[0].path:
            messages.error(request, f"没有提交：{invalid.problems[0].message}。")
        return redirect(f"{reverse('draft_edit', args=[filing.ref])}?check=1")
    except MoveRefused as refused:
        messages.error(request, f"没有提交：{refused.why}。")
        return redirect("request_detail", filing.ref)
    messages.success(request, f"{filing.ref} 已提交审核。通过后自动上报，退改会回到这里。")
    return redirect("request_detail", filing.ref)


def _stale(request: HttpRequest, filing: Request, typed: Typed) -> HttpResponse:
    """Show what was typed beside what somebody else saved; it is there again if the writer goes elsewhere first."""
    unsaved.keep(request.session, filing.ref, Unsaved(typed, *counters(request)))
    page = compose(filing.operation, typed, filing)
    page.stale = True
    page.revision_number, page.edits = counters(request)
    return _show(request, page, status=409)


def _too_late(request: HttpRequest, filing: Request, typed: Typed, refused: MoveRefused) -> HttpResponse:
    """The draft is none any more (submitted, withdrawn): what was typed stays on the page, to be copied from."""
    messages.error(request, f"没有保存：{refused.why}。填写的内容还在下面。")
    filing.refresh_from_db()
    return _unsaved_page(request, filing, typed)


def _unsaved_page(request: HttpRequest, filing: Request | None, typed: Typed) -> HttpResponse:
    operation = filing.operation if filing else Operation.NEW_FILING
    page = compose(operation, typed, filing, quiet=True)
    if filing:
        page.revision_number, page.edits = counters(request)
    page.is_unsaved = True
    return _show(request, page, status=409)


def _anchor(request: HttpRequest, has_faults: bool) -> str:
    """Back to the part that was being filled in; with faults the page begins at their summary."""
    at = request.POST.get("at", "")
    return f"#{at}" if re.fullmatch(r"[gl]-[a-z0-9_-]{1,80}", at) and not has_faults else ""


def _show(request: HttpRequest, page: DraftPage, *, status: int = 200) -> HttpResponse:
    posted = request.POST.get("once", "")
    page.once = posted[:64] if posted else secrets.token_urlsafe(16)
    return render(request, "filing/draft.html", {"page": page, "form": page.root}, status=status)
