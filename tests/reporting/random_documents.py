"""Random documents of every operation, made from the shapes that the form and the import read: within every bound."""

from __future__ import annotations

import ipaddress
import random
import unicodedata
from datetime import date
from typing import Any

from filing.choices import AttachmentOwner, Operation
from filing.documents.operations import SHAPES
from filing.documents.shape import Address, Block, Day, Image, ListOf, Number, Shape, Text
from filing.identifiers import format_ipv4

IMAGE = "sha256:" + "0" * 64
HIGHEST = 2**63 - 1

COMMON = "示例网站一二三abcXYZ012<>&\"'€·㐂𠮷]]>; \u00a0\u3000ÿ"


class Taken:
    """Images by reference, as a stored document holds them."""

    def take(self, value: str, *, jpeg_only: bool) -> str:
        return value


class Lots:
    """One way of filling a shape, drawn by lot: the same seed fills it the same way."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def letter(self) -> str:
        """Any character that a form lets in: no control characters, no lone surrogates, no FFFE and FFFF."""
        while self.random.random() < 0.3:
            char = chr(self.random.randrange(0x20, 0x30000))
            if unicodedata.category(char) not in ("Cc", "Cs") and ord(char) & 0xFFFE != 0xFFFE:
                return char
        return self.random.choice(COMMON)

    def text(self, shape: Text) -> str:
        if shape.options:
            return self.random.choice(shape.options)
        if self.random.random() < 0.2:
            return self.random.choice("字x㐂𠮷") * self.random.choice([shape.least, shape.most])
        length = self.random.randint(shape.least, min(shape.most, shape.least + 12))
        found = "".join(self.letter() for _ in range(length)).strip()
        if shape.lines and len(found) > 2:
            found = f"{found[0]}\n{found[2:]}"
        return found if len(found) >= shape.least else "x" * length

    def number(self, shape: Number) -> int:
        bounds = [shape.least, shape.most]
        return self.random.choice([*bounds, self.random.randint(*bounds)])

    def day(self) -> str:
        return str(date.fromordinal(self.random.randint(date(1000, 1, 1).toordinal(), date.max.toordinal())))

    def value(self, shape: Shape) -> Any:
        if isinstance(shape, Text):
            return self.text(shape)
        if isinstance(shape, Number):
            return self.number(shape)
        if isinstance(shape, Address):
            return format_ipv4(self.random.randint(1, 2**32 - 1))
        if isinstance(shape, Image):
            return IMAGE
        if isinstance(shape, Day):
            return self.day()
        if isinstance(shape, ListOf):
            return [self.value(shape.item) for _ in range(self.random.randint(max(shape.least, 1), 3))]
        assert isinstance(shape, Block)
        return self.block(shape)

    def block(self, shape: Block) -> dict[str, Any]:
        """The required fields, half of the others, our own and the bureau's numbers, of each choice exactly one."""
        left_out = {name for names in shape.one_of for name in self.random.sample(names, len(names) - 1)}
        chosen = {name for names in shape.one_of for name in names} - left_out
        found = {}
        for name, each in shape.fields.items():
            must = each.required or name in chosen or name in ("own_id", "bureau_id")
            if name not in left_out and (must or self.random.random() < 0.5):
                found[name] = self.value(each)
        return found


def document(operation: str, seed: int) -> dict[str, Any]:
    """A document of an operation as it is built: complete, each attachment with an owner."""
    return finished(operation, Lots(seed).block(SHAPES[operation]))


def fullest(operation: str) -> dict[str, Any]:
    """The document with every field, every text and number at its upper bound, every list as long as it may be."""
    return finished(operation, _fullest(SHAPES[operation]))


def _fullest(shape: Shape) -> Any:
    if isinstance(shape, Text):
        return shape.options[-1] if shape.options else "㐂" * shape.most
    if isinstance(shape, Number):
        return shape.most
    if isinstance(shape, Address):
        return str(ipaddress.IPv4Address(2**32 - 1))
    if isinstance(shape, Image):
        return IMAGE
    if isinstance(shape, Day):
        return "9999-12-31"
    if isinstance(shape, ListOf):
        return [_fullest(shape.item) for _ in range(shape.most or 3)]
    assert isinstance(shape, Block)
    left_out = {name for names in shape.one_of for name in names[1:]}
    return {name: _fullest(each) for name, each in shape.fields.items() if name not in left_out}


def finished(operation: str, content: dict[str, Any]) -> dict[str, Any]:
    for each in content.get("attachments", []):
        _give_owner(operation, content, each)
    if operation in (Operation.CANCEL_SUBJECT, Operation.CANCEL_WEBSITE, Operation.CANCEL_ACCESS):
        content["bureau_id"] = content.get("bureau_id", 7)
        content.pop("number", None)
    if operation == Operation.CHANGE:
        # The interface's own bound, which the shape leaves to the schema: bureaus may issue a newer one.
        certificate = content["subject"]["certificate"]
        certificate["type"] = min(certificate["type"], 11)
    return content


def _give_owner(operation: str, content: dict[str, Any], attachment: dict[str, Any]) -> None:
    """Exactly one way of naming the owner that the operation allows."""
    ways = [name for name in ("owner_index", "owner_bureau_id", "owner_number") if name in attachment]
    for name in ways[1:]:
        del attachment[name]
    is_website = attachment["owner"] == AttachmentOwner.WEBSITE
    if operation == Operation.NEW_FILING and not is_website:
        attachment.pop("owner_index", None)
    elif operation == Operation.NEW_FILING or "owner_index" in attachment:
        attachment["owner_index"] = attachment.get("owner_index", 0) % len(content["websites"])
    elif not ways and operation == Operation.SUBMIT_MATERIALS:
        attachment["owner_bureau_id"] = HIGHEST
