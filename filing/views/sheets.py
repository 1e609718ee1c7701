"""New filings out of a spreadsheet: the page to upload it, and the template to begin with."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any, cast

from django.conf import settings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from filing.choices import BatchAim, BatchKind
from filing.importing.json_upload import take_json
from filing.importing.sheet_making import begin_sheet
from filing.importing.template import write_template
from filing.importing.workbook import MOST_LINES, MOST_WORKBOOK_BYTES, Unusable, take_upload
from filing.models import Batch
from filing.roles import ENTER, needs
from filing.services import batches
from filing.views.batches import wake

AIMS = (BatchAim.DRAFT, BatchAim.REVIEW)
MOST_SHOWN = 8


@require_http_methods(["GET", "POST"])
@needs(ENTER)
def import_sheet(request: HttpRequest) -> HttpResponse:
    """GET: the page with the latest imports. POST: a workbook or filing JSON (`sheet`), pictures (`pictures`), `aim`."""
    user, wrong = cast(User, request.user), ""
    aim = next((each for each in AIMS if each == request.POST.get("aim")), BatchAim.DRAFT)
    link = request.POST.get("isp_id", "")
    if request.method == "POST":
        sheet = request.FILES.get("sheet")
        try:
            if sheet is None:
                raise Unusable("先选要导入的表格")
            batch = _taken(request, sheet, aim, link)
        except Unusable as unusable:
            wrong = str(unusable)
        else:
            wake(batch)
            return redirect("batch_detail", batch.pk)
    context = {
        "wrong": wrong,
        "aim": aim,
        "link": link[:18],
        "aims": [(each.value, each.label) for each in AIMS],
        "most_lines": MOST_LINES,
        "most_mb": settings.ICP_MOST_UPLOAD_MB,
        "latest": batches.may_see(user).filter(kind=BatchKind.SHEET)[:MOST_SHOWN],
    }
    return render(request, "filing/import_sheet.html", context, status=422 if wrong else 200)


def _taken(request: HttpRequest, sheet: UploadedFile[Any], aim: BatchAim, link: str) -> Batch:
    """What was uploaded as a batch. Raises: Unusable."""
    user, name = cast(User, request.user), sheet.name or "表格.xlsx"
    if name.lower().endswith(".json"):
        if (sheet.size or 0) > MOST_WORKBOOK_BYTES:
            raise Unusable(f"文件超过 {MOST_WORKBOOK_BYTES // 1024 // 1024} MB，分几次导入")
        return take_json(sheet.read(), name, user=user)
    pictures = request.FILES.get("pictures")
    upload = take_upload(
        sheet.file,
        name,
        sheet.size or 0,
        pictures.file if pictures else None,
        (pictures.name or "图片.zip") if pictures else "",
        (pictures.size or 0) if pictures else 0,
    )
    return begin_sheet(upload, user=user, aim=aim, isp_id=_link(link))


def _link(chosen: str) -> int | None:
    """The unit number of a link that was chosen; None is the default link."""
    return int(chosen) or None if chosen.isascii() and chosen.isdecimal() and len(chosen) <= 18 else None


@require_GET
@needs(ENTER)
def sheet_template(request: HttpRequest) -> HttpResponseBase:
    """GET: the template with today's code tables."""
    target = TemporaryFile()  # noqa: SIM115  # the response closes it
    write_template(target)
    target.seek(0)
    return FileResponse(target, as_attachment=True, filename="备案导入模板.xlsx")
