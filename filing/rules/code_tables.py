"""Rules about codes: one for each code table. Spec: result codes 1008, 1014, 1019, 1026, 1033–1036, 1056, 1057, 1066, 5007.

A code is refused only against a table that was downloaded or imported; against the built-in one it is told. The code
tables are kept in memory (`filing.services.codes`), so asking them costs no query for each document.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from filing.choices import Operation, Severity
from filing.code_tables import CodeTable
from filing.documents.operations import shape_of
from filing.documents.shape import Block, ListOf, Number, Shape
from filing.rules.registry import SUBJECTS, Context, Document, Fault, Find, rule
from filing.services import codes

OPERATIONS = tuple(each for each in Operation if each != Operation.VERIFICATION_RESULT)
"""A verification result repeats what is filed, old codes too."""

CODE_OF_TABLE = {
    CodeTable.NATURE: 1014,
    CodeTable.CERTIFICATE_TYPE: 1008,
    CodeTable.PERSON_CERTIFICATE_TYPE: 1008,
    CodeTable.REGION: 1019,
    CodeTable.CANCEL_REASON: 1026,
    CodeTable.PRE_APPROVAL_TYPE: 1033,
    CodeTable.SERVICE_CONTENT: 1034,
    CodeTable.ACCESS_METHOD: 1035,
    CodeTable.SERVER_LOCATION: 1036,
    CodeTable.ATTACHMENT_FORMAT: 1056,
    CodeTable.ATTACHMENT_PURPOSE: 1057,
    CodeTable.LANGUAGE: 1066,
    CodeTable.UNFILED_HANDLING: 5007,
}
"""The code that the bureau gives for one that its table does not hold."""


def _rules_for(table: CodeTable, code: int) -> None:
    def refused(content: Document, context: Context) -> Iterator[Fault]:
        if codes.was_downloaded(table):
            yield from _unknown(table, content)

    def told(content: Document, context: Context) -> Iterator[Fault]:
        if not codes.was_downloaded(table):
            yield from _unknown(table, content)

    _register(refused, f"{table}_codes_are_valid", code, f"{table.label}在管局的代码表里", Severity.BLOCK)
    _register(told, f"{table}_codes_are_familiar", code, f"{table.label}在内置的代码表里", Severity.WARN)


def _register(find: Find, name: str, code: int, title: str, severity: Severity) -> None:
    find.__name__ = name
    rule(code, title, *OPERATIONS, severity=severity, looks_up=True)(find)


for _table, _code in CODE_OF_TABLE.items():
    _rules_for(_table, _code)


def _unknown(table: CodeTable, content: Document) -> Iterator[Fault]:
    for path, value in _coded(table, content):
        if codes.is_known(table, value):
            continue
        if name := codes.name_of(table, value):
            yield path, f"“{name}”（代码 {value}）已停用，重选"
        elif codes.is_empty(table):
            yield path, f"还没有管局的“{table.label}”代码表，代码 {value} 无法核对"
        else:
            yield path, f"代码 {value} 不在“{table.label}”代码表里，重选"


def _coded(table: CodeTable, content: Document) -> Iterator[tuple[str, int]]:
    """Every code of a table in a document of any operation, with its place."""
    for name, shape in _shapes().items():
        if name in content and table in _tables_below(shape):
            yield from _walk(table, shape, content[name], name)


@cache
def _shapes() -> dict[str, Shape]:
    """The fields of all operations. The same name means the same codes in each of them."""
    found: dict[str, Shape] = {}
    for operation in OPERATIONS:
        for name, shape in shape_of(operation).fields.items():
            found.setdefault(name, shape)
    return found


_below: dict[int, frozenset[str]] = {}


def _tables_below(shape: Shape) -> frozenset[str]:
    """The tables that a shape holds codes of. Kept by identity: shapes are made once, when they are loaded."""
    if id(shape) not in _below:
        parts: list[Shape] = []
        if isinstance(shape, ListOf):
            parts = [shape.item]
        elif isinstance(shape, Block):
            parts = list(shape.fields.values())
        own = {shape.table} if isinstance(shape, Number) and shape.table else set()
        _below[id(shape)] = frozenset(own.union(*(_tables_below(each) for each in parts)))
    return _below[id(shape)]


def _walk(table: CodeTable, shape: Shape, value: Any, path: str) -> Iterator[tuple[str, int]]:
    if isinstance(shape, Number):
        if isinstance(value, int):
            yield path, value
    elif isinstance(shape, ListOf) and isinstance(value, list):
        for index, each in enumerate(value):
            # A list of codes is one field of the form.
            below = path if isinstance(shape.item, Number) else f"{path}[{index}]"
            yield from _walk(table, shape.item, each, below)
    elif isinstance(shape, Block) and isinstance(value, dict):
        for name, part in shape.fields.items():
            if name in value and table in _tables_below(part):
                yield from _walk(table, part, value[name], f"{path}.{name}")


def _pair(content: Document, context: Context) -> tuple[int, int] | None:
    subject = content.get("subject", {})
    nature, kind = subject.get("nature"), subject.get("certificate", {}).get("type")
    return (nature, kind) if nature is not None and kind is not None else None


def _misfits(content: Document, context: Context) -> Iterator[Fault]:
    pair = _pair(content, context)
    if pair is None:
        return
    fitting = dict(codes.certificate_types_for(pair[0]))
    if fitting and pair[1] not in fitting:
        nature = codes.name_of(CodeTable.NATURE, pair[0]) or f"性质 {pair[0]}"
        some = "、".join(list(fitting.values())[:3])
        yield (
            "subject.certificate.type",
            f"{nature}不用这种证件，应是{some}{'等' if len(fitting) > 3 else ''}",
        )


@rule(1008, "证件类型适用于单位性质（管局的代码表）", *SUBJECTS, looks_up=True)
def certificates_fit_the_nature(content: Document, context: Context) -> Iterator[Fault]:
    if codes.was_downloaded(CodeTable.CERTIFICATE_OF_NATURE):
        yield from _misfits(content, context)


@rule(1008, "证件类型适用于单位性质（内置的代码表）", *SUBJECTS, severity=Severity.WARN, looks_up=True)
def certificates_seem_to_fit_the_nature(content: Document, context: Context) -> Iterator[Fault]:
    if not codes.was_downloaded(CodeTable.CERTIFICATE_OF_NATURE):
        yield from _misfits(content, context)
