"""A bureau whose schema is pickier than ours: there is always one sentence that only the other side knows of."""

from __future__ import annotations

from lxml import etree


def problem_of(root: etree._Element) -> str | None:
    """In place of `simulator.schema.upload_problem`: it refuses files (5001) in which a subject is named 坏."""
    return "Dwmc" if any("坏" in (node.text or "") for node in root.iter("Dwmc")) else None
