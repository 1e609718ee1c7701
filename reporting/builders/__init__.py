"""Builders of uploads: one file for each operation, frozen document → elements of the report. No database, no network.

To add an operation: a module here, and its line in `BUILDERS`.
"""

from __future__ import annotations

from reporting.builders import (
    cancellation,
    change,
    materials,
    new_access,
    new_filing,
    new_website,
    unfiled_result,
    verification_result,
)
from reporting.builders.report import (
    Builder,
    Extras,
    ReportRecord,
    assemble,
    build_record,
    positions,
    serialise,
    write_document,
)

BUILDERS: dict[str, Builder] = {
    builder.operation: builder
    for builder in (
        new_filing.BUILDER,
        new_website.BUILDER,
        new_access.BUILDER,
        change.BUILDER,
        *cancellation.BUILDERS,
        materials.BUILDER,
        verification_result.BUILDER,
        unfiled_result.BUILDER,
    )
}

__all__ = [
    "BUILDERS",
    "Builder",
    "Extras",
    "ReportRecord",
    "assemble",
    "build_record",
    "positions",
    "serialise",
    "write_document",
]
