"""The form as the templates show it: what was typed, beside what is wrong with it.

A tree in the shape of the document: groups of fields, lists of groups. Problems find their field by path.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from filing.choices import INDIVIDUAL_NATURE, Operation
from filing.code_tables import CodeTable
from filing.documents import paths
from filing.documents.operations import shape_of
from filing.documents.paths import steps_of, value_at
from filing.documents.shape import Block, ListOf, Number, Problem, Shape
from filing.forms import choices
from filing.forms.choices import Choice
from filing.forms.looks import UNIT_ONLY, Look, look_of, place_on_page
from filing.forms.typed import Document, Typed, is_blocks
from filing.identifiers.lines import entries
from filing.models import Attachment

MOST_ROWS = 14
FIXED = frozenset({Operation.CHANGE, Operation.VERIFICATION_RESULT})
"""These speak of all that is filed of a subject: no website or access comes or goes with them."""
STANDS_FOR = {
    "format": "content",
    "owner_index": "owner",
    "owner_bureau_id": "owner",
    "owner_number": "owner",
}
"""Fields of the document that the form does not ask for: their problems are shown at these."""


@dataclass
class BoundField:
    """One field. `optional` is "", "always", "individual" or "kept"; `wrong`, `heed`, `marks` are words shown at it.

    `filed`: the entries that are filed, in a change; `was` the same in words; `differs`: the field says something else.
    """

    name: str
    path: str
    label: str
    words: str
    look: Look
    kind: str
    optional: str
    value: Any = ""
    operation: str = ""
    options: list[Choice] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    heed: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
    images: list[Attachment] = field(default_factory=list)
    limit_kb: int = 0
    filed: list[str] | None = None
    was: list[str] = field(default_factory=list)
    differs: bool = False

    @property
    def id(self) -> str:
        return f"f-{self.name}"

    @property
    def purpose_name(self) -> str:
        """The field that tells what the image of this field is for; it decides how large it may be."""
        return self.name.removesuffix("content") + "purpose" if self.kind == "image" else ""

    @property
    def image_name(self) -> str:
        """The field of the image that this purpose is chosen for."""
        return self.name.removesuffix("purpose") + "content" if self.path.endswith("].purpose") else ""

    @property
    def takes_lines(self) -> bool:
        """Whether several entries are typed into one text."""
        return self.kind == "area" and self.look.mono

    @property
    def described_by(self) -> str:
        """Ids of what explains the field, the most urgent first."""
        there = (
            ("w", self.wrong),
            ("m", self.marks),
            ("y", self.heed),
            ("o", self.differs),
            ("h", self.hint),
        )
        return " ".join(f"{letter}-{self.name}" for letter, shown in there if shown)

    @property
    def hint(self) -> str:
        if self.kind in ("number", "numbers"):
            several = "，几个用空格隔开" if self.kind == "numbers" else ""
            return f"代码表还没有下载：填代码数字{several}，无法核对，请对照管局的代码表"
        return self.look.hint

    @property
    def rows(self) -> int:
        lines = self.value.count("\n") + 1 if isinstance(self.value, str) else 1
        return max(self.look.rows, min(lines + 1, MOST_ROWS))

    @property
    def chosen(self) -> list[Choice]:
        return [each for each in self.options if each.chosen]

    @property
    def groups(self) -> list[tuple[str, list[Choice]]]:
        """Options under their headings, in order."""
        found: dict[str, list[Choice]] = {}
        for each in self.options:
            found.setdefault(each.group, []).append(each)
        return list(found.items())

    @property
    def entry_count(self) -> int:
        return len(entries(self.value)) if isinstance(self.value, str) else len(self.value)


@dataclass
class Group:
    """A block of fields; `group["name"]` is a field, a group or a list of groups. `place` counts from 1.

    `is_fixed`: the operation speaks of what is filed, so that websites and accesses neither come nor go.
    """

    prefix: str
    path: str
    label: str
    fields: dict[str, Any] = field(default_factory=dict)
    place: int = 0
    operation: str = ""
    wrong: list[str] = field(default_factory=list)
    heed: list[str] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    def __getitem__(self, key: str) -> Any:
        return self.fields[key]

    @property
    def id(self) -> str:
        return f"g-{self.prefix or 'all'}"

    @property
    def words(self) -> str:
        return f"{self.label} {self.place}" if self.place else self.label

    @property
    def is_fixed(self) -> bool:
        return self.operation in FIXED

    @property
    def has_subject(self) -> bool:
        """Whether the form holds a subject whose responsible person a website may take over."""
        return "subject" in shape_of(self.operation).fields

    @property
    def own(self) -> list[BoundField]:
        """Fields of the block itself that are shown."""
        return [
            each for each in self.fields.values() if isinstance(each, BoundField) and each.kind != "hidden"
        ]

    @property
    def own_title(self) -> str:
        return self.own[0].label if len(self.own) == 1 else self.label

    @property
    def hidden(self) -> list[BoundField]:
        return [
            each for each in self.fields.values() if isinstance(each, BoundField) and each.kind == "hidden"
        ]

    @property
    def known_as(self) -> list[BoundField]:
        """What names a filed record, where it is shown and not typed."""
        return [each for each in self.hidden if each.look.kind == "filed" and each.value]

    @property
    def to_be_named(self) -> list[BoundField]:
        return [each for each in self.own if each.look.kind == "filed"]

    @property
    def title(self) -> str:
        """The name typed for this block, where it has one."""
        name = self.fields.get("name")
        return str(name.value).strip() if isinstance(name, BoundField) else ""

    def walk(self) -> Iterator[BoundField | Group]:
        """This group, its fields and groups, in the order of the form."""
        yield self
        for node in self.fields.values():
            for each in node if isinstance(node, list) else [node]:
                if isinstance(each, Group):
                    yield from each.walk()
                else:
                    yield each


@dataclass(frozen=True)
class Fault:
    """A line of the summary: where it leads, in which field it is, what to do. `is_gap`: nothing stands there yet."""

    anchor: str
    words: str
    message: str
    is_gap: bool = False


class Binder:
    """Builds the tree for one operation.

    `held`: what the request is about is known here, so that its numbers and ids are shown and not typed.
    """

    def __init__(self, operation: str, typed: Typed, *, held: bool = True) -> None:
        self.operation, self.typed, self.held = operation, typed, held

    def root(self) -> Group:
        found = Group("", "", shape_of(self.operation).label, operation=self.operation)
        self._fill(found, shape_of(self.operation), self.typed, "")
        return found

    def block(self, prefix: str, path: str, typed: Typed) -> Group:
        """One block alone: what is put into an open form."""
        shape: Any = shape_of(self.operation)
        general = re.sub(r"\[\d+\]", "", path)
        for step in general.split("."):
            shape = shape.fields[step]
            shape = shape.item if isinstance(shape, ListOf) else shape
        place = int(re.findall(r"\d+", path)[-1]) + 1
        found = Group(prefix, path, shape.label, place=place, operation=self.operation)
        self._fill(found, shape, typed, general)
        return found

    def _fill(self, group: Group, shape: Block, typed: Typed, general: str) -> None:
        stem = f"{general}." if general else ""
        order = sorted(shape.fields.items(), key=lambda each: place_on_page(self.operation, stem + each[0]))
        for key, sub in order:
            if key in STANDS_FOR:
                continue
            name = f"{group.prefix}-{key}" if group.prefix else key
            path = f"{group.path}.{key}" if group.path else key
            here = stem + key
            if isinstance(sub, Block):
                inner = Group(name, path, sub.label, operation=self.operation)
                self._fill(inner, sub, typed.get(key) or {}, here)
                group.fields[key] = inner
            elif isinstance(sub, ListOf) and is_blocks(sub):
                assert isinstance(sub.item, Block)
                items = []
                for place, each in enumerate(typed.get(key) or []):
                    label = sub.item.label
                    inner = Group(
                        f"{name}-{place}",
                        f"{path}[{place}]",
                        label,
                        place=place + 1,
                        operation=self.operation,
                    )
                    self._fill(inner, sub.item, each, here)
                    items.append(inner)
                group.fields[key] = items
            else:
                group.fields[key] = self._field(sub, name, path, here, typed.get(key, ""))

    def _field(self, shape: Shape, name: str, path: str, general: str, value: Any) -> BoundField:
        look = look_of(self.operation, general)
        optional = "" if shape.required or look.needed else "always"
        words = paths.without_repeats(paths.words(self.operation, path)) or shape.label
        found = BoundField(name, path, shape.label, words, look, look.kind, optional, value, self.operation)
        if general in UNIT_ONLY:
            found.optional = "individual"
        if look.of_individual and self._is_individual:
            found.words = found.words.replace(shape.label, look.of_individual)
        item = shape.item if isinstance(shape, ListOf) else shape
        if look.kind in ("choice", "choices", "boxes") and isinstance(item, Number):
            self._offer(found, item.table, general)
        elif look.kind == "region":
            self._offer_region(found)
        elif look.kind == "radio":
            found.options = [Choice(code, text, code == value) for code, text in look.options]
        elif look.kind == "owner":
            found.options = choices.of_owners(self.operation, self.typed, value)
            if self.operation == Operation.SUBMIT_MATERIALS:
                found.kind = "hidden"
        elif look.kind == "filed":
            found.kind = self._filed_kind(shape, name, value)
        return found

    @property
    def _is_individual(self) -> bool:
        nature = self.typed.get("subject", {}).get("nature", "")
        return bool(nature == str(INDIVIDUAL_NATURE))

    def _filed_kind(self, shape: Shape, name: str, value: Any) -> str:
        """Shown where it is held here; typed where it is not, the number rather than the bureau's id."""
        if self.held:
            return "text" if shape.required and not value else "hidden"
        return "text" if value or name.endswith("number") else "hidden"

    def _offer(self, found: BoundField, table: str, general: str) -> None:
        several = found.kind in ("choices", "boxes")
        chosen = found.value if several else [found.value]
        if general == "subject.certificate.type":
            found.options = choices.of_certificates(self.typed["subject"]["nature"], found.value)
        elif table == CodeTable.REGION:
            found.options = choices.of_regions("province", "", found.value)
        else:
            found.options = choices.of_table(table, chosen)
        if not found.options:
            found.kind = "numbers" if several else "number"
            found.value = " ".join(found.value) if several else found.value

    def _offer_region(self, found: BoundField) -> None:
        address = self.typed["subject"]["address"]
        level = found.path.rpartition(".")[2]
        above = {"province": "", "city": address["province"], "county": address["city"]}[level]
        found.options = choices.of_regions(level, above, found.value)
        if not choices.of_regions("province", "", ""):
            found.kind = "number"


# --- problems -------------------------------------------------------------------------------------


def locate(root: Group, path: str) -> BoundField | Group:
    """The field that a path leads to, or the nearest group around it."""
    node: Any = root
    nearest: BoundField | Group = root
    for step in steps_of(path):
        if isinstance(node, Group) and isinstance(step, str):
            node = node.fields.get(STANDS_FOR.get(step, step))
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            break
        if isinstance(node, BoundField):
            return node
        if isinstance(node, Group):
            nearest = node
        if isinstance(node, list) and node:
            nearest = node[0]
    return nearest


def attach(root: Group, problems: Iterable[Problem], content: Document, where: str = "wrong") -> list[Fault]:
    """Write problems to their fields. Shape: a line of the summary for each."""
    found: list[Fault] = []
    for problem in problems:
        node = locate(root, problem.path)
        message = _in_words_of_the_form(node, problem, content)
        words: list[str] = getattr(node, where)
        if message not in words:
            words.append(message)
            found.append(Fault(node.id, node.words, message))
    return found


def in_order(root: Group, faults: list[Fault]) -> list[Fault]:
    """Faults in the order of the form."""
    order = {node.id: place for place, node in enumerate(root.walk())}
    return sorted(faults, key=lambda fault: order[fault.anchor])


def _in_words_of_the_form(node: BoundField | Group, problem: Problem, content: Document) -> str:
    """Say which line is meant, where a field holds several and the message does not quote it.

    Whose an attachment is has two fields in the document (the second counts from 0) and one in the form.
    """
    if isinstance(node, BoundField) and node.kind == "owner":
        return "选择这份材料属于主体还是哪个网站"
    if not isinstance(node, BoundField) or node.kind != "area" or node.entry_count < 2:
        return problem.message
    value = value_at(content, problem.path)
    if not isinstance(value, str) or not value or value in problem.message or problem.path == node.path:
        return problem.message
    return f"“{value[:60]}”：{problem.message}"
