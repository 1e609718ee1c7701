"""What filing may know of links without knowing them: their names and provinces, and what of them needs a person. Loaded
when the app is ready."""

from __future__ import annotations

from filing.home_lines import add_source
from filing.home_waits import tell_link_names
from filing.services.bureau_rules import Provinces, tell_provinces
from filing.timeline import add_source as add_happenings
from reporting import home, timeline
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
tell_link_names(home.names_of_links)
add_source(home.lines)
add_happenings(timeline.happenings)
