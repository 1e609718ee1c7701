"""Builders of uploads: one file for each operation, frozen document → element of the report. No database, no network.

To add an operation: a module here, and its line in `BUILDERS`.
"""

from __future__ import annotations

from reporting.builders import new_filing
from reporting.builders.report import Builder, ReportRecord, assemble, build_record, serialise

BUILDERS: dict[str, Builder] = {new_filing.BUILDER.operation: new_filing.BUILDER}

__all__ = ["BUILDERS", "Builder", "ReportRecord", "assemble", "build_record", "serialise"]
