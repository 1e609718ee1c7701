"""The step of checking documents against the schemas of the interface."""

from __future__ import annotations

from lxml import etree

import xsd


def upload_problem(root: etree._Element) -> str | None:
    """The first problem of an upload, or None."""
    return _problem(root, xsd.Kind.UPLOAD)


def download_problem(root: etree._Element) -> str | None:
    """The first problem of a download, or None."""
    return _problem(root, xsd.Kind.DOWNLOAD)


def _problem(root: etree._Element, kind: xsd.Kind) -> str | None:
    found = xsd.violations(root, kind)
    return f"line {found[0].line}, {found[0].path}: {found[0].message}" if found else None
