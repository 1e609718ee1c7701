"""Codes by search, where a table is too long to be sent with the page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from filing.roles import ENTER, needs
from filing.services import regions

_A_DAY_S = 24 * 3600


@require_GET
@needs(ENTER)
def region_search(request: HttpRequest) -> HttpResponse:
    """Regions by path. `q`: what was typed; `v`: the version of the table that the page was made with.

    Shape: {"found": [{"codes": [110000, 110100, 110108], "names": [...]}]}, from the province down. A browser may keep
    the answer as long as the version is the one it asked for.
    """
    found = [{"codes": each.codes, "names": each.names} for each in regions.search(request.GET.get("q", ""))]
    response = JsonResponse({"found": found}, json_dumps_params={"ensure_ascii": False})
    if request.GET.get("v") == regions.version():
        response.headers["Cache-Control"] = f"private, max-age={_A_DAY_S}"
    return response
