"""The project's source as trees, for tests of rules that hold for every file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]
PACKAGES = ("filing", "accounts", "verification", "reporting", "upkeep", "simulator", "xsd", "settings")


class Source(NamedTuple):
    path: str
    module: str
    text: str
    tree: ast.Module


class Import(NamedTuple):
    module: str
    line: int
    only_typing: bool


@cache
def sources() -> tuple[Source, ...]:
    found = []
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            path = file.relative_to(ROOT)
            name = ".".join(path.with_suffix("").parts).removesuffix(".__init__")
            text = file.read_text("utf-8")
            found.append(Source(str(path), name, text, ast.parse(text)))
    return tuple(found)


def imports(source: Source) -> Iterator[Import]:
    """Every import with the whole name of what it brings; a relative one is written out."""
    typing = {
        id(node)
        for block in ast.walk(source.tree)
        if isinstance(block, ast.If) and "TYPE_CHECKING" in ast.unparse(block.test)
        for node in ast.walk(block)
    }
    package = source.module if source.path.endswith("__init__.py") else source.module.rpartition(".")[0]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import):
            yield from (Import(each.name, node.lineno, id(node) in typing) for each in node.names)
        elif isinstance(node, ast.ImportFrom):
            steps = package.split(".")
            base = ".".join(steps[: len(steps) - node.level + 1]) if node.level else ""
            whole = ".".join(filter(None, [base, node.module]))
            yield from (
                Import(f"{whole}.{each.name}", node.lineno, id(node) in typing) for each in node.names
            )


def read(path: str) -> Source:
    text = (ROOT / path).read_text("utf-8")
    return Source(path, path.removesuffix(".py"), text, ast.parse(text))


def source_of(module: str) -> Source:
    return next(source for source in sources() if source.module == module)
