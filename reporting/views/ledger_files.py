"""One file of the ledger: what it is, what it holds, every try; opened, checked, compared, taken out, exported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import cast

from django.contrib.auth.models import User
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET, require_POST

from filing.actors import person
from filing.choices import AuditAction
from filing.roles import AUDIT, OPERATE, needs, needs_role
from filing.secrets import CannotOpen
from filing.services.audit import note
from filing.services.sealed_bytes import read_sealed
from reporting import link_page
from reporting.envelope import unzip_one
from reporting.errors import EnvelopeBroken, LinkFault
from reporting.models import DataFile, Link
from reporting.sent import RecordGone, cut_out, file_xml, written
from reporting.services.ledger import with_length
from reporting.services.ledger_check import check_file, compare_with_bureau, problems_of
from reporting.services.ledger_export import LedgerExport
from reporting.services.ledger_proof import hands_of, proofs_of
from reporting.services.ledger_rows import Period

PAGE_SIZE = 100
NO_STORE = "private, no-store"


def _file(isp_id: int, pk: int) -> DataFile:
    files = with_length(DataFile.objects.select_related("link"))
    return get_object_or_404(files, pk=pk, link__isp_id=isp_id)


@require_GET
@needs_role
def link_file(request: HttpRequest, isp_id: int, pk: int) -> HttpResponse:
    """GET: one file with its requests, tries and proof. `page` turns the pages of its requests."""
    file = _file(isp_id, pk)
    entries = file.entries.select_related("request").defer("request__icp_password").order_by("position")
    page = Paginator(entries, PAGE_SIZE).get_page(request.GET.get("page"))
    hands = hands_of(page)
    context = {
        "link": file.link,
        "file": file,
        "page": page,
        "rows": [(entry, hands[entry.pk]) for entry in page],
        "tries": link_page.tries_of(file),
        "proofs": proofs_of(file),
        "others": file.link.files.filter(sequence=file.sequence).exclude(pk=pk).defer("zip_bytes"),
        "has_bytes": DataFile.objects.filter(pk=pk, zip_bytes__isnull=False).exists(),
        "may_act": request.user.has_perm(OPERATE),
    }
    return render(request, "reporting/link_file.html", context)


@require_GET
@needs_role
def link_file_record(request: HttpRequest, isp_id: int, pk: int, position: int) -> HttpResponse:
    """GET: one record of the file as it was sent, a fragment. `reveal=1` shows numbers and phones, which is recorded."""
    file = _file(isp_id, pk)
    reveal = request.GET.get("reveal") == "1"
    record, trouble = None, ""
    try:
        name, xml = file_xml(file)
        record = written(cut_out(xml, position, position + 1, entry_name=name), reveal=reveal)
    except (RecordGone, EnvelopeBroken) as error:
        trouble = str(error)
    if reveal and record is not None:
        facts = {"position": position}
        note(AuditAction.VIEW_IDENTITY, user=cast(User, request.user), about=file, facts=facts, http=request)
    context = {
        "file": file,
        "record": record,
        "position": position,
        "reveal": reveal,
        "trouble": trouble,
        "link": file.link,
    }
    return render(request, "reporting/parts/file_record.html", context)


@require_POST
@needs(OPERATE)
def link_file_check(request: HttpRequest, isp_id: int, pk: int) -> HttpResponse:
    """POST: open the kept bytes and hold them against the ledger; a fragment."""
    file = _file(isp_id, pk)
    checks = check_file(file)
    problems = problems_of(checks)
    facts = {"what": "核对内容", "problems": len(problems)}
    note(AuditAction.LINK, user=cast(User, request.user), about=file, facts=facts, http=request)
    context = {"file": file, "checks": checks, "problems": problems}
    return render(request, "reporting/parts/file_checked.html", context)


@require_POST
@needs(OPERATE)
def link_file_compare(request: HttpRequest, isp_id: int, pk: int) -> HttpResponse:
    """POST: ask the bureau for its last upload and hold this file against it; a fragment."""
    file = _file(isp_id, pk)
    comparison, trouble = None, ""
    try:
        comparison = compare_with_bureau(file)
    except LinkFault as error:
        trouble = str(error)
    facts = {"what": "与管局比对", "trouble": trouble}
    note(AuditAction.LINK, user=cast(User, request.user), about=file, facts=facts, http=request)
    context = {"file": file, "comparison": comparison, "trouble": trouble}
    return render(request, "reporting/parts/file_compared.html", context)


@require_GET
@needs(OPERATE, AUDIT)
def link_file_bytes(request: HttpRequest, isp_id: int, pk: int, kind: str) -> HttpResponseBase:
    """GET: the zip as it was sent, or the XML in it, as a download that no cache keeps. It is recorded."""
    file = _file(isp_id, pk)
    stem = f"{isp_id}-{file.sequence}"
    try:
        pieces = read_sealed(file, "zip_bytes")
        first = next(pieces, b"")
        if not first:
            raise Http404("内容已过保存期清理，账上只留校验值")
        if kind == "xml":
            data = unzip_one(first + b"".join(pieces))[1]
    except (CannotOpen, EnvelopeBroken) as error:
        raise Http404(f"文件内容打不开：{error}") from error
    note(AuditAction.DOWNLOAD, user=cast(User, request.user), about=file, facts={"kind": kind}, http=request)
    headers = {
        "Content-Disposition": f'attachment; filename="{stem}.{kind}"',
        "Cache-Control": NO_STORE,
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if kind == "xml":
        return HttpResponse(data, content_type="application/octet-stream", headers=headers)

    def whole() -> Iterator[bytes]:
        yield first
        yield from pieces

    headers["Content-Length"] = str(getattr(file, "zip_length", 0))
    return StreamingHttpResponse(whole(), content_type="application/zip", headers=headers)


@require_GET
@needs(OPERATE, AUDIT)
def ledger_export(request: HttpRequest) -> HttpResponseBase:
    """GET: the ledger with its files as one ZIP, a stream. `isp_id` of one link, else all; `from` and `to`: local days."""
    whole = Period.three_months()
    period = Period(_day(request, "from") or whole.first, _day(request, "to") or whole.last)
    wanted = request.GET.get("isp_id", "")
    links = Link.objects.order_by("pk")
    if wanted:
        links = links.filter(Q(isp_id=int(wanted)) if wanted.isascii() and wanted.isdigit() else Q(pk=None))
    chosen = list(links)
    if not chosen or period.first > period.last:
        raise Http404("没有这条链路，或日期写反了")
    user = cast(User, request.user)
    export = LedgerExport(chosen, period, made_by=person(user).name)
    numbers = "、".join(str(link.isp_id) for link in chosen)
    facts = {"what": "报备台账", "links": numbers, "from": str(period.first), "to": str(period.last)}
    note(AuditAction.EXPORT, user=user, facts=facts, http=request)
    return StreamingHttpResponse(
        iter(export),
        content_type="application/zip",
        headers={
            "Content-Disposition": f'attachment; filename="{export.folder}.zip"',
            "Cache-Control": NO_STORE,
        },
    )


def _day(request: HttpRequest, name: str) -> date | None:
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None
