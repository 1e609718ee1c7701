"""What the bureau sees of a request: the record as sent, or as it would be, with its images cut out of the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from filing.choices import AuditAction
from filing.documents.shape import Problem
from filing.models import Request
from filing.roles import needs_role
from filing.services.audit import note
from filing.services.errors import RecordInvalid
from filing.views.finding import find_request
from reporting import selectors
from reporting.errors import EnvelopeBroken
from reporting.models import FileEntry
from reporting.seen import image_of, paper_of
from reporting.sent import Cut, RecordGone, cut_of, written
from reporting.services.preview import preview

PREVIEW = "preview"
_IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


@dataclass(frozen=True)
class Source:
    """Where a record is read from: an entry of a file that was built, or the revision that would be sent (None)."""

    entry: FileEntry | None
    revision_number: int
    is_chosen: bool = False

    @property
    def name(self) -> str:
        """As the address says it."""
        return str(self.entry.pk) if self.entry else PREVIEW


@require_GET
@needs_role
def request_xml(request: HttpRequest, ref: str) -> HttpResponse:
    """GET: a request as the bureau's form shows it; a fragment alone where HTMX asks for it.

    `of` names the source: an entry's key, or `preview` (what would be sent); without it the file sent last. `raw=1` shows
    the XML itself. `reveal=1` shows identity numbers and phones in full, which is recorded.
    """
    filing = find_request(request, ref)
    sources = _sources(filing, request.GET.get("of", ""))
    source = next(each for each in sources if each.is_chosen)
    reveal, raw = request.GET.get("reveal") == "1", request.GET.get("raw") == "1"
    cut, trouble, problems = _read(filing, source)
    context = {
        "filing": filing,
        "sources": sources,
        "source": source,
        "entry": source.entry,
        "cut": cut,
        "trouble": trouble,
        "problems": problems,
        "reveal": reveal,
        "raw": raw,
        "has_link": selectors.link_of(filing) is not None,
    }
    if cut is not None:
        if reveal:
            note(
                AuditAction.VIEW_IDENTITY,
                user=cast(User, request.user),
                about=filing,
                facts={"tab": "xml"},
                http=request,
            )
        context |= {"record": written(cut, reveal=reveal)} if raw else {"paper": paper_of(cut, reveal=reveal)}
    part = request.headers.get("HX-Request")
    return render(request, "reporting/parts/seen.html" if part else "reporting/seen.html", context)


@require_GET
@needs_role
def request_xml_image(request: HttpRequest, ref: str, number: int) -> HttpResponse:
    """GET: image `number` of the record, decoded from the bytes themselves. `of` as above. Kept by no cache."""
    filing = find_request(request, ref)
    source = next(each for each in _sources(filing, request.GET.get("of", "")) if each.is_chosen)
    cut, trouble, _problems = _read(filing, source)
    found = image_of(cut, number) if cut else None
    if found is None:
        raise Http404(trouble or "报文里没有这张图片")
    data, media = found
    facts = {"image": number, "of": source.name}
    note(AuditAction.VIEW_ATTACHMENT, user=cast(User, request.user), about=filing, facts=facts, http=request)
    name = f"{number}.{'jpg' if media == 'image/jpeg' else 'png'}"
    return HttpResponse(
        data,
        content_type=media,
        headers={
            "Content-Disposition": f'inline; filename="{name}"',
            "Content-Security-Policy": _IMAGE_POLICY,
            "Cache-Control": "private, no-store",
        },
    )


def _sources(filing: Request, wanted: str) -> Sequence[Source]:
    """The files that a request was built into, the latest first, then what would be sent of a revision that was not."""
    entries = list(selectors.entries_of(filing))
    found = [Source(entry, entry.revision_number) for entry in entries]
    if filing.revision_number not in {entry.revision_number for entry in entries}:
        found.append(Source(None, filing.revision_number))
    chosen = next((each for each in found if each.name == wanted), found[0])
    return [Source(each.entry, each.revision_number, each is chosen) for each in found]


def _read(filing: Request, source: Source) -> tuple[Cut | None, str, list[Problem]]:
    """The record; or why there is none, in words or place by place."""
    try:
        return (cut_of(source.entry) if source.entry else preview(filing)), "", []
    except RecordInvalid as invalid:
        return None, "", list(invalid.problems)
    except (RecordGone, EnvelopeBroken) as error:
        return None, str(error), []
