"""What can be known before the bureau says it: one small function for each checkable fault.

`registry.py` holds the rules; the modules beside it add to it. Importing this package loads them all.
"""

from __future__ import annotations

from filing.rules import (
    access,
    certificates,
    code_tables,
    conflicts,
    content_subject,
    content_website,
    filed,
    in_process,
    materials,
    subject,
    text,
    website,
)
from filing.rules.registry import Context, Finding, blocking, check

__all__ = [
    "Context",
    "Finding",
    "access",
    "blocking",
    "certificates",
    "check",
    "code_tables",
    "conflicts",
    "content_subject",
    "content_website",
    "filed",
    "in_process",
    "materials",
    "subject",
    "text",
    "website",
]
