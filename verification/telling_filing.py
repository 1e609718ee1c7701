"""What filing asks here without knowing this package; loaded when the app is ready.

Its rules ask which unfiled websites bureaus listed, its submission asks whether the verification is done.
"""

from __future__ import annotations

from collections.abc import Iterable

from filing.home_lines import add_source
from filing.services.rule_facts import tell_unfiled
from filing.services.submission import add_check
from filing.timeline import add_source as add_happenings
from verification.home import lines
from verification.models import UnfiledWebsite
from verification.services.proving import problems_before_submission
from verification.timeline import happenings


def listed_as_unfiled(domains: Iterable[str]) -> frozenset[str] | None:
    """Those of the domains, in small letters, that a bureau listed; None where no bureau ever sent a list."""
    wanted = {each.lower() for each in domains}
    found = frozenset(
        name.lower()
        for name in UnfiledWebsite.objects.filter(domain__in=wanted).values_list("domain", flat=True)
    )
    return found if found or UnfiledWebsite.objects.exists() else None


tell_unfiled(listed_as_unfiled)
add_check("verification", problems_before_submission, page="request_verification")
add_source(lines)
add_happenings(happenings)
