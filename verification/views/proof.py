"""The verification of a request: what must be verified, what was done, the form to sign, the papers that are kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from filing.choices import AuditAction, RequestState
from filing.documents.shape import BadImage
from filing.forms.uploads import read_upload
from filing.models import Attachment, Request
from filing.roles import ENTER, REVIEW, needs, needs_role
from filing.rules.materials import VERIFICATION_FORM
from filing.services.audit import note
from filing.services.errors import NotAllowed, RecordInvalid
from filing.services.revisions import current_revision
from filing.states import MoveRefused
from filing.views.attachments import image_response
from filing.views.finding import find_request, find_to_work_on
from verification.choices import Way
from verification.materials import ON_SITE_PHOTO
from verification.models import KeptMaterial, Verification
from verification.services import keeping, printing, proving
from verification.services.keeping import Seen
from verification.views.form_sheet import sheet_of
from verification.views.proof_page import TICKS, page_of

MOST_TEXT = 2000


@require_GET
@needs_role
def request_verification(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: the page."""
    return _show(request, _filing(request, ref))


@require_GET
@needs_role
def verification_summary(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: what is needed, done and missing in a few lines, for the pages of filing."""
    filing = _filing(request, ref)
    context = {"filing": filing, "page": page_of(filing, cast(User, request.user))}
    return render(request, "verification/summary.html", context)


@require_GET
@needs(ENTER, REVIEW)
def verification_form(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: the form to print, one sheet for each website (`website` picks one by its place).

    That it was printed is remembered: the same content gives the same code, so looking twice changes nothing.
    """
    filing = _filing(request, ref)
    forms = printing.forms_of(filing, current_revision(filing).content)
    wanted = request.GET.get("website", "")
    chosen = [each for each in forms if wanted in ("", str(each.place))]
    if not chosen:
        raise Http404
    for form in chosen:
        printing.note_printed(form, user=cast(User, request.user))
    facts = {"what": "打印核验单", "codes": [form.code for form in chosen]}
    note(AuditAction.VIEW_IDENTITY, user=cast(User, request.user), about=filing, facts=facts, http=request)
    context = {"filing": filing, "sheets": [sheet_of(form) for form in chosen], "now": timezone.now()}
    return render(request, "verification/form.html", context)


@require_POST
@needs(ENTER)
def verification_record(request: HttpRequest, ref: str) -> HttpResponse:
    """POST: a verification that was done. `way`, `mark` (several), `passed`, `at`, `place`, `tick` (several), `words`,
    `photo` (a file)."""
    filing, user = find_to_work_on(request, ref, _rows()), cast(User, request.user)
    way = Way.OTHER if request.POST.get("way") == Way.OTHER else Way.IN_PERSON

    def act() -> str:
        at, place = _moment(request, "at"), _text(request, "place")
        photo = _photo(request, filing, Seen(user, at, place)) if way == Way.IN_PERSON else None
        proving.record(
            filing,
            user=user,
            way=way,
            marks=request.POST.getlist("mark"),
            passed=request.POST.get("passed") == "1",
            at=at,
            place=place,
            ticks=[TICKS[way][name] for name in request.POST.getlist("tick") if name in TICKS[way]],
            words=_text(request, "words"),
            photo=photo,
        )
        return "核验已记录。"

    return _try(request, filing, way.value, act)


@require_POST
@needs(REVIEW)
def verification_overrule(request: HttpRequest, ref: str) -> HttpResponse:
    """POST: a reviewer lets needs go without a verification. `mark` (several), `words`."""
    filing, user = _filing(request, ref), cast(User, request.user)

    def act() -> str:
        marks, words = request.POST.getlist("mark"), _text(request, "words")
        proving.overrule(filing, user=user, marks=marks, words=words)
        return "已免去核验，写的话留在经过里。"

    return _try(request, filing, "overrule", act)


@require_POST
@needs(ENTER)
def material_keep(request: HttpRequest, ref: str) -> HttpResponse:
    """POST: a paper to keep. `key` (whose), `kind`, `code` (of a signed form), `seen_at`, `seen_where`, `file`, `attach`."""
    filing, user = find_to_work_on(request, ref, _rows()), cast(User, request.user)

    def act() -> str:
        key, kind = request.POST.get("key", ""), request.POST.get("kind", "")
        if key not in {each.key for each in page_of(filing, user).owners}:
            raise NotAllowed("选一下是谁的材料")
        data = _file(request, "file")
        if data is None:
            raise NotAllowed("还没有选图片")
        code = printing.tidy_code(request.POST.get("code", "")) if kind == str(VERIFICATION_FORM) else ""
        seen = Seen(user, _moment(request, "seen_at"), _text(request, "seen_where"))
        kept = keeping.keep(filing, key=key, kind=kind, data=data, seen=seen, code=code)
        if request.POST.get("attach") == "1" and filing.state == RequestState.DRAFT and kept.purpose:
            keeping.attach(kept, user=user)
            return f"“{kept.title}”已留存，并附进报备单。"
        return f"“{kept.title}”已留存。"

    return _try(request, filing, "keep", act)


@require_POST
@needs(ENTER)
def material_send(request: HttpRequest, ref: str, pk: int) -> HttpResponse:
    """POST: let a kept paper go to the bureau: with its request while that is a draft, else alone."""
    filing = find_to_work_on(request, ref, _rows())
    user = cast(User, request.user)
    kept = get_object_or_404(KeptMaterial.objects.select_related("request", "image"), pk=pk, request=filing)
    try:
        if filing.state == RequestState.DRAFT:
            keeping.attach(kept, user=user)
            messages.success(request, f"“{kept.title}”已附进报备单。")
            return redirect("request_verification", filing.ref)
        made = keeping.send_alone(kept, user=user)
    except (NotAllowed, RecordInvalid, MoveRefused) as error:
        messages.error(request, f"{error}。")
        return redirect("request_verification", filing.ref)
    return redirect("draft_edit", made.ref)


@require_GET
@needs_role
def verification_image(request: HttpRequest, ref: str, sha256: str) -> HttpResponse:
    """GET: the image of a paper that is kept beside this request, or the photo of a visit; `original=1`: as it came."""
    filing = _filing(request, ref)
    row = get_object_or_404(Attachment.objects.select_related("original"), sha256=sha256)
    kept = KeptMaterial.objects.filter(request=filing, image=row).exists()
    if not (kept or Verification.objects.filter(request=filing, photo=row).exists()):
        raise Http404
    about = ("attachment", row.sha256, "")
    facts = {"request": filing.ref}
    note(AuditAction.VIEW_ATTACHMENT, user=cast(User, request.user), about=about, facts=facts, http=request)
    return image_response(row.original if request.GET.get("original") == "1" and row.original else row)


def _filing(request: HttpRequest, ref: str) -> Request:
    return find_request(request, ref, _rows())


def _rows() -> QuerySet[Request]:
    return Request.objects.select_related("submitted_by", "created_by")


def _try(request: HttpRequest, filing: Request, part: str, act: Callable[[], str]) -> HttpResponse:
    """Do it and go back to the page; what was refused is said where it was typed, and what was typed is still there."""
    try:
        # A visit that is refused leaves no photo behind.
        with transaction.atomic():
            said = act()
            facts = {"what": said}
            note(AuditAction.CHANGE, user=cast(User, request.user), about=filing, facts=facts, http=request)
    except (NotAllowed, BadImage, RecordInvalid) as refused:
        return _show(request, filing, part=part, wrong=str(refused), status=422)
    except MoveRefused:
        filing.refresh_from_db()
        return _show(request, filing, part=part, wrong="报备单刚才被提交或撤回，没有记录", status=409)
    messages.success(request, said)
    return redirect("request_verification", filing.ref)


def _show(
    request: HttpRequest, filing: Request, *, part: str = "", wrong: str = "", status: int = 200
) -> HttpResponse:
    page = page_of(filing, cast(User, request.user))
    now = timezone.localtime().strftime("%Y-%m-%dT%H:%M")
    context: dict[str, Any] = {
        "filing": filing,
        "page": page,
        "part": part,
        "wrong": wrong,
        "typed": request.POST,
        "chosen": set(request.POST.getlist("mark")) if part else None,
        "ticked": set(request.POST.getlist("tick")),
        "now": now,
    }
    return render(request, "verification/proof.html", context, status=status)


def _text(request: HttpRequest, name: str) -> str:
    return request.POST.get(name, "").replace("\x00", "").strip()[:MOST_TEXT]


def _moment(request: HttpRequest, name: str) -> datetime:
    """A local date and time as the browser sends it. Raises: NotAllowed."""
    try:
        found = parse_datetime(request.POST.get(name, ""))
    except ValueError:
        found = None
    if found is None:
        raise NotAllowed("填上日期和时间")
    return timezone.make_aware(found) if timezone.is_naive(found) else found


def _file(request: HttpRequest, name: str) -> bytes | None:
    file = request.FILES.get(name)
    return read_upload(file) if file is not None else None


def _photo(request: HttpRequest, filing: Request, seen: Seen) -> Attachment | None:
    """The photo of a visit is kept like a paper of the website, and goes out with a request that is still a draft."""
    data = _file(request, "photo")
    if data is None:
        return None
    keys = [mark.split("|")[0] for mark in request.POST.getlist("mark")]
    key = next((each for each in keys if each != keeping.SUBJECT), keeping.SUBJECT)
    kept = keeping.keep(filing, key=key, kind=str(ON_SITE_PHOTO), data=data, seen=seen)
    if filing.state == RequestState.DRAFT and not keeping.has_paper_like(kept):
        keeping.attach(kept, user=seen.by)
    return kept.image
