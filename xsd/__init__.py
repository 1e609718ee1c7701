"""Schema files of the bureau interface, compiled, with their Chinese labels. Knows nothing of Django."""

from __future__ import annotations

from .documents import XsdUnusable, line_of
from .kinds import DEFAULT_VERSION, VERSIONS, Kind
from .loader import ENVIRONMENT_VARIABLE, Violation, schema, sources, violations
from .model import Element, label_for, labels, model
from .parsing import MAX_BYTES, NotWellFormed, declared_encoding, parse, parse_leniently

__all__ = [
    "DEFAULT_VERSION",
    "ENVIRONMENT_VARIABLE",
    "MAX_BYTES",
    "VERSIONS",
    "Element",
    "Kind",
    "NotWellFormed",
    "Violation",
    "XsdUnusable",
    "declared_encoding",
    "label_for",
    "labels",
    "line_of",
    "model",
    "parse",
    "parse_leniently",
    "schema",
    "sources",
    "violations",
]
