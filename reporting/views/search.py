"""Data files in the search across everything."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from filing.listing import Count, read_number
from filing.roles import needs_role
from filing.search.asked import ask
from filing.search.results import MOST_SHOWN, Group, Line
from reporting.choices import FileState
from reporting.models import DataFile

_LOOKS = {
    FileState.ACCEPTED: "good",
    FileState.UNCERTAIN: "uncertain",
    FileState.CONFLICT: "bad",
    FileState.REFUSED: "withdrawn",
    FileState.DROPPED: "withdrawn",
    FileState.SENDING: "uploading",
}


@require_GET
@needs_role
def search_files(request: HttpRequest) -> HttpResponse:
    """GET: data files by number or by name (`q`), as a part of the page; nothing where there are none."""
    asked = ask(request.GET.get("q", ""))
    condition = Q(name__istartswith=asked.text)
    if number := read_number(asked.text):
        condition |= Q(sequence=number)
    rows = DataFile.objects.filter(condition).select_related("link").defer("zip_bytes").order_by("-pk")
    files = list(rows[: MOST_SHOWN + 1]) if len(asked.text) > 2 or number else []
    lines = [
        Line(
            reverse("link_file", args=[file.link.isp_id, file.pk]),
            f"第 {file.sequence} 号",
            _LOOKS.get(FileState(file.state), "packed"),
            file.get_state_display(),
            [file.name, f"{file.record_count} 条", str(file.link)],
        )
        for file in files[:MOST_SHOWN]
    ]
    group = Group("数据文件", "个", Count(len(lines), len(files) > MOST_SHOWN), lines)
    return render(
        request, "filing/parts/search_found.html", {"groups": [group] if lines else [], "asked": asked}
    )
