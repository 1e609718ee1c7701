"""What the rules of filing may ask about here: the unfiled websites that bureaus listed. Loaded when the app is ready."""

from __future__ import annotations

from collections.abc import Iterable

from filing.services.rule_facts import tell_unfiled
from verification.models import UnfiledWebsite


def listed_as_unfiled(domains: Iterable[str]) -> frozenset[str] | None:
    """Those of the domains, in small letters, that a bureau listed; None where no bureau ever sent a list."""
    wanted = {each.lower() for each in domains}
    found = frozenset(
        name.lower()
        for name in UnfiledWebsite.objects.filter(domain__in=wanted).values_list("domain", flat=True)
    )
    return found if found or UnfiledWebsite.objects.exists() else None


tell_unfiled(listed_as_unfiled)
