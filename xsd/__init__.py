"""Schema files of the bureau interface, compiled, with their Chinese labels. Knows nothing of Django."""

from __future__ import annotations

from .documents import XsdUnusable
from .kinds import DEFAULT_VERSION, VERSIONS, Kind
from .loader import ENVIRONMENT_VARIABLE, schema, sources, violations

__all__ = [
    "DEFAULT_VERSION",
    "ENVIRONMENT_VARIABLE",
    "VERSIONS",
    "Kind",
    "XsdUnusable",
    "schema",
    "sources",
    "violations",
]
