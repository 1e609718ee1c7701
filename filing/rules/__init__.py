"""What can be known before the bureau says it: one small function for each checkable fault.

`registry.py` holds the rules; the modules beside it add to it. Importing this package loads them all.
"""

from __future__ import annotations

from filing.rules import access, filed, materials, subject, text, website
from filing.rules.registry import Context, Finding, blocking, check

__all__ = [
    "Context",
    "Finding",
    "access",
    "blocking",
    "check",
    "filed",
    "materials",
    "subject",
    "text",
    "website",
]
