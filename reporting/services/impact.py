"""Which drafts and filings a change breaks, with the schemas beside the rules (`filing.services.impact`)."""

from __future__ import annotations

import hashlib

import xsd
from filing.documents.operations import read_content
from filing.documents.shape import Problem
from filing.models import ImpactRun, Request
from filing.services import impact
from filing.services.impact import Document
from reporting.builders import BUILDERS, Extras, assemble, build_record
from reporting.schema import validate
from xsd import Kind

STAND_IN = b"\xff\xd8\xff"
"""For images: the schema does not look into them, and reading them all would take long."""


class _AnyImage:
    def take(self, value: str, *, jpeg_only: bool) -> str:
        return value


def schema_version() -> str:
    """Names the schema of uploads that is used now: ours, or the bureau's own."""
    return hashlib.sha256(xsd.sources()[Kind.UPLOAD].read_bytes()).hexdigest()


def refresh() -> ImpactRun | None:
    """Go through everything if anything changed since the last pass. None: nothing did, or a pass is running."""
    return run_now() if impact.is_due(schema_version()) else None


def run_now() -> ImpactRun | None:
    """Go through everything. None where a pass is running."""
    run = impact.begin(schema_version())
    return impact.work(run, schema_problems) if run is not None else None


def schema_problems(request: Request, content: Document) -> list[Problem]:
    """What the schema has against a complete document; one with gaps is not built."""
    _clean, gaps = read_content(request.operation, content, _AnyImage())
    if gaps:
        return []
    isp_id = request.isp_id or 1
    extras = Extras(images=lambda _reference: STAND_IN, password=request.icp_password, isp_id=isp_id)
    try:
        record = build_record(BUILDERS[request.operation], content, extras)
    except (LookupError, TypeError, ValueError):
        # A draft whose bureau's ids are filled in when it is frozen, or a document of an older shape: packing tells.
        return []
    found = validate(assemble([record], isp_id=isp_id), Kind.UPLOAD)
    return [Problem(each.path, each.label or each.tag, each.explanation) for each in found]
