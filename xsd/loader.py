"""Compiled schemas: ours, or the files that a bureau issued where ICP_XSD_DIR points at them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from lxml import etree

from .documents import XsdUnusable, read_schema
from .issued import find_issued
from .kinds import DEFAULT_VERSION, Kind, version_folder

ENVIRONMENT_VARIABLE = "ICP_XSD_DIR"


@dataclass(frozen=True)
class Violation:
    """One thing that libxml2 says against a document: where, by which rule ("SCHEMAV_…"), in what words."""

    line: int | None
    path: str
    type_name: str
    message: str


@dataclass(frozen=True)
class Loaded:
    """One schema file, read and compiled. `lock` guards validation: lxml keeps the errors on the schema."""

    path: Path
    is_issued: bool
    root: etree._Element
    compiled: etree.XMLSchema
    lock: threading.Lock = field(default_factory=threading.Lock)


_guard = threading.RLock()
_folders: dict[Path, dict[Kind, Path]] = {}
_loaded: dict[Path, Loaded] = {}


def schema(kind: Kind, folder: Path | str | None = None, version: str = DEFAULT_VERSION) -> etree.XMLSchema:
    """The schema of a kind of document, compiled once in a process.

    `folder` holds issued files; without it the environment variable ICP_XSD_DIR is read, now, and without
    that ours are taken. A kind that the folder lacks is ours too. Later changes are seen by the next process.
    Raises: XsdUnusable, naming file and line; KeyError for an unknown version.
    """
    return load(kind, folder, version).compiled


def violations(
    tree: etree._ElementTree | etree._Element,
    kind: Kind,
    folder: Path | str | None = None,
    version: str = DEFAULT_VERSION,
) -> list[Violation]:
    """What libxml2 says against a document; empty for a valid one. Safe to call from several threads."""
    loaded = load(kind, folder, version)
    with loaded.lock:
        if loaded.compiled.validate(tree):
            return []
        return [_violation(entry) for entry in _entries(loaded.compiled.error_log)]


def sources(folder: Path | str | None = None, version: str = DEFAULT_VERSION) -> dict[Kind, Path]:
    """Which file each kind is taken from: for the start-up check and the page that shows it.

    Raises: XsdUnusable if the folder cannot be read.
    """
    return {kind: _source(kind, folder, version)[0] for kind in Kind}


def load(kind: Kind, folder: Path | str | None = None, version: str = DEFAULT_VERSION) -> Loaded:
    """The schema file of a kind as read and compiled; see `schema`."""
    with _guard:
        path, is_issued = _source(kind, folder, version)
        if path not in _loaded:
            _loaded[path] = _compile(path, kind, is_issued)
        return _loaded[path]


def _source(kind: Kind, folder: Path | str | None, version: str) -> tuple[Path, bool]:
    own = version_folder(version) / kind.own_name
    chosen = folder if folder is not None else os.environ.get(ENVIRONMENT_VARIABLE)
    if not chosen:
        return own, False
    with _guard:
        resolved = Path(chosen).resolve()
        if resolved not in _folders:
            _folders[resolved] = find_issued(resolved)
        issued = _folders[resolved].get(kind)
    return (issued, True) if issued is not None else (own, False)


def _compile(path: Path, kind: Kind, is_issued: bool) -> Loaded:
    root = read_schema(path)
    try:
        compiled = etree.XMLSchema(root)
    except etree.XMLSchemaParseError as error:
        first = next((_violation(entry) for entry in _entries(error.error_log)), None)
        if first is None:
            raise XsdUnusable(path, str(error)) from error
        raise XsdUnusable(path, first.message, first.line) from error
    if all(node.get("name") != kind.root for node in root):
        raise XsdUnusable(path, f"没有声明根元素 {kind.root}")
    return Loaded(path, is_issued, root, compiled)


def _entries(log: object) -> Iterable[Any]:
    # The type stubs leave the log opaque.
    return cast("Iterable[Any]", log)


def _violation(entry: Any) -> Violation:
    line = entry.line if entry.line > 0 else None
    return Violation(line, entry.path or "", entry.type_name, entry.message)
