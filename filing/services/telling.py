"""A document in words, as the screens tell it: codes by name, regions as addresses, ranges in one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, AttachmentOwner, FiledBy
from filing.code_tables import CodeTable
from filing.documents import blocks
from filing.documents.difference import Kind, compare
from filing.documents.operations import OWN_ID_KEY, shape_of
from filing.documents.shape import Block, Image, ListOf, Number, Shape
from filing.masking import mask
from filing.services import codes

Document = dict[str, Any]

_FILED_BY = blocks.SUBJECT.fields["filed_by"]
_OWNER = blocks.ATTACHMENT.fields["owner"]
_SECRET_FIELDS = frozenset({"certificate_number", "mobile", "office_phone", "reporter_phone"})


@dataclass(frozen=True)
class Row:
    """One line: a label and one or several values. `secret`: the values are masked until asked for."""

    label: str
    values: tuple[str, ...]
    path: str
    secret: bool = False


@dataclass(frozen=True)
class Group:
    """Rows under one heading. `own_id` is our number of the record; level 2 lies in the level 1 before it."""

    title: str
    level: int = 1
    own_id: int | None = None
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class ChangeRow:
    """One field of a difference in words. An empty tuple: the field is not there.

    `hidden`: the two differ only in what is masked, so that they look alike.
    """

    kind: Kind
    path: str
    label: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    hidden: bool = False


def tell(operation: str, content: Document, *, reveal: bool = False) -> list[Group]:
    """Tell a document. Attachments are left out: the screens show them as pictures.

    Raises: UnknownOperation.
    """
    first = Group("填报内容")
    groups = [first]
    _tell_block(shape_of(operation), content, "", first, groups, _Masks(content, reveal))
    return [group for group in groups if group.rows]


def tell_changes(operation: str, old: Document, new: Document, *, reveal: bool = False) -> list[ChangeRow]:
    """Tell what became of each field from one document to the next, unchanged ones too."""
    before, after = _Masks(old, reveal), _Masks(new, reveal)
    told = []
    for line in compare(operation, old, new):
        was = before.apply(line.path, say(line.shape, line.old)) if line.old is not None else ()
        now = after.apply(line.path, say(line.shape, line.new)) if line.new is not None else ()
        hidden = line.kind == "changed" and was == now
        told.append(ChangeRow(line.kind, line.path, line.label, was, now, hidden))
    return told


def say(shape: Shape, value: Any) -> tuple[str, ...]:
    """One value in words. Shape: one text, or one for each entry of a list."""
    if isinstance(shape, ListOf):
        return tuple(text for each in value for text in say(shape.item, each))
    if isinstance(shape, Number):
        return (_number(shape, value),)
    if isinstance(shape, Image):
        return ("图片",)
    if shape == _OWNER and value in AttachmentOwner.values:
        return (AttachmentOwner(value).label,)
    return (str(value),)


def _number(shape: Number, value: int) -> str:
    if shape.table == CodeTable.REGION:
        return codes.region_path(value) or f"代码 {value}（代码表中没有）"
    if shape.table:
        return codes.name_of(shape.table, value) or f"代码 {value}（代码表中没有）"
    if shape == _FILED_BY and value in FiledBy.values:
        return FiledBy(value).label
    return str(value)


@dataclass(frozen=True)
class _Masks:
    """Which fields hold what identifies a person. The credit code of a unit is public and stays readable."""

    content: Document
    reveal: bool

    def is_secret(self, path: str) -> bool:
        if path == "subject.certificate.number":
            return bool(self.content.get("subject", {}).get("nature") == INDIVIDUAL_NATURE)
        return path.rpartition(".")[2] in _SECRET_FIELDS

    def apply(self, path: str, values: tuple[str, ...]) -> tuple[str, ...]:
        if self.reveal or not self.is_secret(path):
            return values
        return tuple(";".join(mask(part) for part in value.split(";")) for value in values)


def _tell_block(
    shape: Block, value: Document, path: str, group: Group, groups: list[Group], masks: _Masks
) -> None:
    """Tell the fields of a block into `group`; records below it begin groups of their own."""
    for name, field_shape in shape.fields.items():
        here = f"{path}.{name}" if path else name
        if name == OWN_ID_KEY or name not in value or _is_attachments(field_shape):
            continue
        if isinstance(field_shape, ListOf) and _is_record(field_shape.item):
            for index, each in enumerate(value[name]):
                title = f"{field_shape.label} {index + 1}"
                _tell_record(field_shape.item, each, f"{here}[{index}]", title, group, groups, masks)
        elif _is_record(field_shape):
            _tell_record(field_shape, value[name], here, field_shape.label, group, groups, masks)
        else:
            group.rows.extend(_rows(field_shape, value[name], here, masks))


def _tell_record(
    shape: Shape, value: Document, path: str, title: str, above: Group, groups: list[Group], masks: _Masks
) -> None:
    if not isinstance(shape, Block):
        return
    level = 2 if "." in path else 1
    if level == 2 and not title.startswith(above.title):
        # "主体负责人" names its owner already, "接入 1" does not.
        title = f"{above.title} · {title}"
    group = Group(title, level, value.get(OWN_ID_KEY))
    groups.append(group)
    _tell_block(shape, value, path, group, groups, masks)


# Blocks are told apart by the fields that make them what they are: each operation has variants of its own.


def _has(shape: Shape, *names: str) -> bool:
    return isinstance(shape, Block) and set(names) <= set(shape.fields)


def _is_record(shape: Shape) -> bool:
    """Subject, website, access, responsible person."""
    return any(
        _has(shape, *names) for names in (("certificate",), ("domains",), ("ip_ranges",), ("mobile", "email"))
    )


def _is_attachments(shape: Shape) -> bool:
    return isinstance(shape, ListOf) and _has(shape.item, "purpose", "content")


def _rows(shape: Shape, value: Any, path: str, masks: _Masks) -> Iterator[Row]:
    if _has(shape, "province", "city", "detail"):
        region = value.get("county") or value.get("city") or value.get("province")
        words = codes.region_path(region) or (f"代码 {region}（代码表中没有）" if region else "")
        yield Row(shape.label, (f"{words}{value.get('detail', '')}",), path)
    elif isinstance(shape, Block):
        for name, field_shape in shape.fields.items():
            if name in value:
                yield from _rows(field_shape, value[name], f"{path}.{name}", masks)
    elif isinstance(shape, ListOf) and isinstance(shape.item, Block):
        if value:
            yield Row(shape.label, tuple(_in_one_line(shape.item, each) for each in value), path)
    else:
        yield Row(shape.label, masks.apply(path, say(shape, value)), path, masks.is_secret(path))


def _in_one_line(shape: Block, value: Document) -> str:
    if _has(shape, "start", "end"):
        start, end = value.get("start", "？"), value.get("end", "？")
        return start if start == end else f"{start} 至 {end}"
    if _has(shape, "type", "number", "scans"):
        kind = "".join(say(shape.fields["type"], value["type"])) if "type" in value else "类型未填"
        return f"{kind} · {value.get('number', '审批号未填')} · 扫描件 {len(value.get('scans', []))} 张"
    if "name" in value:
        return str(value["name"])
    return "（未填）"
