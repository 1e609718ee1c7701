"""What filing may know of links without knowing them: the province that each reports to. Loaded when the app is ready."""

from __future__ import annotations

from filing.services.bureau_rules import Provinces, tell_provinces
from reporting.models import Link


def provinces_of_links() -> Provinces:
    """The province of each link by its unit number; under None that of the default one."""
    found: dict[int | None, int] = {}
    for isp_id, province, is_default in Link.objects.values_list("isp_id", "province", "is_default"):
        found[isp_id] = province
        if is_default:
            found[None] = province
    return found


tell_provinces(provinces_of_links)
