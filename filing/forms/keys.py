"""Names of an open form and names by place.

A block that was added to an open form keeps the key it was given (websites-nab1-name) until the page is loaded again; a
document counts places. What is found out about a form that is still open is told by the names that its page knows.
"""

from __future__ import annotations

from filing.forms.typed import Node, Posted, tree_of

LEFT_OUT_WHERE_BLANK = {
    "attachments": ("content", "purpose", "remarks"),
    "pre_approvals": ("type", "number", "scans"),
}
"""Blocks that a form without them drops (translation.without_blanks): they have no place."""


class Keys:
    """The keys of the blocks of a posted form, in the order of their places."""

    def __init__(self, posted: Posted) -> None:
        self._tree = tree_of(posted)
        _drop_blanks(self._tree.below)
        for key in self._tree.at("websites").item_keys():
            _drop_blanks(self._tree.at("websites", key).below)

    def name(self, placed: str) -> str:
        """The posted name for one by places: websites-1-name gives websites-nab1-name."""
        steps: list[str] = []
        node = self._tree
        for step in placed.split("-"):
            keys = node.item_keys() if step.isdigit() else []
            real = keys[int(step)] if step.isdigit() and int(step) < len(keys) else step
            steps.append(real)
            node = node.at(real)
        return "-".join(steps)

    def anchor(self, placed: str) -> str:
        """The same for the id of a field or block: g-websites-1 gives g-websites-nab1."""
        letter, sign, name = placed.partition("-")
        return f"{letter}-{self.name(name)}" if sign else placed


def _drop_blanks(below: dict[str, Node]) -> None:
    for name, fields in LEFT_OUT_WHERE_BLANK.items():
        blocks = below.get(name, Node())
        for key in blocks.item_keys():
            block = blocks.at(key)
            if not any(text.strip() for field in fields for text in block.at(field).texts):
                del blocks.below[key]
