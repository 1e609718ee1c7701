"""Images: taken in from a form, made to fit, and shown again only to those who may see them."""

from __future__ import annotations

import logging
import re
from functools import partial
from typing import cast

from django.contrib.auth.models import User
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from filing.choices import AuditAction
from filing.documents.shape import BadImage
from filing.forms.typed import KEY
from filing.forms.uploads import purpose_of, read_upload
from filing.models import Attachment, Revision
from filing.roles import ENTER, needs, needs_role
from filing.rules.materials import MOST_CHARACTERS
from filing.services.attachments import MEDIA_TYPES, REFERENCE, ImageDamaged, read_bytes
from filing.services.audit import note
from filing.services.fitting import limit_for, most_kb, refit, store_fitted, turn
from filing.visibility import seen_by

log = logging.getLogger(__name__)

_ONE = re.compile(rf"attachments-{KEY}-content")
_SEVERAL = re.compile(rf"websites-{KEY}-pre_approvals-{KEY}-scans")
_QUARTERS = {"90": 90, "180": 180, "270": 270}

_SESSION_KEY = "images_brought"
_MOST_REMEMBERED = 200


@require_POST
@needs(ENTER)
def attachment_upload(request: HttpRequest) -> HttpResponse:
    """Store images (any file field), or take one that is there already (`content`): for another purpose, or turned.

    `turn`: 90, 180 or 270 degrees clockwise.

    Shape: a fragment for the form field named `field`, or with `Accept: application/json` {"content", "format",
    "size_bytes", "width", "height", "original"}, {"problem"} with status 422 where it is no usable image. A fragment
    always comes with status 200, for its words must get to the field.
    """
    field = request.POST.get("field", "")
    several = bool(_SEVERAL.fullmatch(field))
    as_json = "application/json" in request.headers.get("Accept", "")
    if not (as_json or several or _ONE.fullmatch(field)):
        return HttpResponse("不认识的字段", status=400, content_type="text/plain; charset=utf-8")
    purpose = request.POST.get("purpose") or request.POST.get(f"{field.removesuffix('content')}purpose", "")
    limit = MOST_CHARACTERS if several else limit_for(purpose_of(purpose))
    rows, problems = _take(request, limit, several=several, content=request.POST.get(field, ""))
    if as_json:
        return _as_json(rows, problems)
    facts = {"name": field, "images": rows, "problems": problems, "limit_kb": most_kb(limit), "limit": limit}
    return render(request, "filing/images.html", facts)


def _take(
    request: HttpRequest, limit: int, *, several: bool, content: str
) -> tuple[list[Attachment], list[str]]:
    """Store what came. Shape: the images and, in words, what is none."""
    user = cast(User, request.user)
    rows: list[Attachment] = []
    problems: list[str] = []
    files = [file for _name, some in request.FILES.lists() for file in some]
    for file in files if several else files[:1]:
        try:
            rows.append(store_fitted(read_upload(file), limit, user=user, jpeg_only=several))
        except BadImage as error:
            problems.append(f"“{file.name}”没有收下：{error}")
    known = request.POST.get("content") or content
    turned = _QUARTERS.get(request.POST.get("turn", ""))
    if known and not rows and (turned or not several):
        # Another purpose for the image that is there, or turned; or the new one is none, then the old one stays.
        try:
            row = _readable(request, known.removeprefix(REFERENCE))
            again = partial(turn, row, turned) if turned else partial(refit, row)
            rows.append(again(limit, user=user, jpeg_only=several))
        except BadImage as error:
            problems.append(str(error))
    if not (rows or problems):
        problems.append("没有收到图片，请再选一次")
    brought = [*request.session.get(_SESSION_KEY, []), *(row.sha256 for row in rows)]
    request.session[_SESSION_KEY] = list(dict.fromkeys(brought))[-_MOST_REMEMBERED:]
    return rows, problems


def _as_json(rows: list[Attachment], problems: list[str]) -> JsonResponse:
    if problems:
        return JsonResponse({"problem": problems[0]}, status=422)
    row = rows[0]
    return JsonResponse(
        {
            "content": REFERENCE + row.sha256,
            "format": row.format,
            "size_bytes": row.size_bytes,
            "width": row.width,
            "height": row.height,
            "original": REFERENCE + row.original.sha256 if row.original else None,
        }
    )


@require_GET
@needs_role
def attachment_view(request: HttpRequest, sha256: str) -> HttpResponse:
    """The bytes of an image, for people with a role, if a request refers to it or they brought it themselves."""
    row = _readable(request, sha256)
    note(
        AuditAction.VIEW_ATTACHMENT,
        user=cast(User, request.user),
        about=("attachment", row.sha256, ""),
        http=request,
    )
    return image_response(row)


def image_response(row: Attachment) -> HttpResponse:
    """The bytes of a stored image, for whom the caller has let in. Raises: Http404 where the store lost or damaged it."""
    try:
        data = read_bytes(row.sha256)
    except FileNotFoundError as error:
        raise Http404("图片不在存储里") from error
    except ImageDamaged as error:
        log.error("the stored image %s is damaged", row.sha256)
        raise Http404("图片在存储里已损坏") from error
    suffix = {1: "jpg", 2: "png"}[row.format]
    return HttpResponse(
        data,
        content_type=MEDIA_TYPES[row.format],
        headers={
            "Content-Disposition": f'inline; filename="{row.sha256[:12]}.{suffix}"',
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
        },
    )


def _readable(request: HttpRequest, sha256: str) -> Attachment:
    """The image, where this person may see it: 404 otherwise, as for one that does not exist."""
    row = get_object_or_404(Attachment.objects.select_related("original"), sha256=sha256)
    family = {row.sha256, *row.copies.values_list("sha256", flat=True)}
    # The same bytes are stored once: who brought them second is not their creator, but knows them too.
    brought = family & set(request.session.get(_SESSION_KEY, []))
    user = cast(User, request.user)
    if brought or row.created_by_id == user.pk or is_referenced(family, user):
        return row
    about = ("attachment", row.sha256, "")
    note(AuditAction.REFUSED, user=user, about=about, facts={"why": "别人的图片"}, http=request)
    raise Http404


def is_referenced(hashes: set[str], user: User) -> bool:
    """Whether the content of a request that this person may see, in any revision, names one of these images."""
    condition = Q(pk__in=())
    for sha256 in hashes:
        reference = REFERENCE + sha256
        condition |= Q(content__contains={"attachments": [{"content": reference}]})
        condition |= Q(content__contains={"websites": [{"pre_approvals": [{"scans": [reference]}]}]})
    return Revision.objects.filter(condition).filter(seen_by(user, "request__")).exists()
