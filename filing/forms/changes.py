"""Adding, removing and moving blocks of an open form, without saving: the way for a browser without scripts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from filing.choices import INDIVIDUAL_NATURE
from filing.forms import translation
from filing.forms.bound import FIXED
from filing.forms.translation import OWNER_WEBSITE
from filing.forms.typed import Posted, Typed, tree_of

ADDABLE: dict[str, Callable[[str], Typed]] = {
    "websites": translation.blank_website,
    "websites-accesses": lambda operation: translation.blank_block(operation, "websites", "accesses"),
    "websites-pre_approvals": lambda operation: translation.blank_block(
        operation, "websites", "pre_approvals"
    ),
    "attachments": lambda operation: translation.blank_block(operation, "attachments"),
}
"""Lists that take another block, by the names of their steps; each begins one for an operation."""


FIXED_LISTS = frozenset({"websites", "websites-accesses"})


def general_name(name: str) -> str:
    """A list's name without the steps of its items: websites-0-accesses gives websites-accesses."""
    return "-".join(name.split("-")[::2])


def may_add(operation: str, general: str) -> bool:
    """Whether the forms of an operation have such a list, and it takes another block."""
    if operation in FIXED and general in FIXED_LISTS:
        return False
    return general in ADDABLE and translation.has(operation, *general.split("-"))


def change(operation: str, typed: Typed, posted: Posted, command: str) -> str:
    """Carry out a command of the form in place: add:…, remove:…, raise:…, copy:…; others change nothing.

    Names in commands are those that were posted. Returns the name of what the reader should see next, or "".
    """
    verb, _, name = command.partition(":")
    steps = _places(posted, name)
    if steps is None:
        return ""
    if verb == "add" and may_add(operation, general_name(name)):
        return _add(operation, typed, steps, general_name(name))
    if verb == "remove" and isinstance(steps[-1], int):
        return _remove(typed, steps) if may_add(operation, general_name(name)) else ""
    if verb == "raise" and steps[0] == "websites" and len(steps) == 2:
        return _raise(typed, int(steps[1]))
    if verb == "copy" and steps[0] == "websites" and len(steps) == 2:
        if "subject" in typed:
            typed["websites"][steps[1]]["responsible"] = _person_of(typed["subject"])
        return f"g-websites-{steps[1]}-responsible"
    return ""


def _person_of(subject: Typed) -> Typed:
    """The responsible person of the subject; of an individual, who is that person, the name may stand there alone."""
    person: Typed = copy.deepcopy(subject["responsible"])
    if subject["nature"] == str(INDIVIDUAL_NATURE):
        person["name"] = person["name"] or subject["name"]
    return person


def _places(posted: Posted, name: str) -> list[Any] | None:
    """The steps of a posted name, keys of items as the places that they got. None where there is no such block."""
    steps: list[Any] = []
    node = tree_of(posted)
    for place, step in enumerate(name.split("-")):
        keys = node.item_keys() if place % 2 else [step]
        if step not in keys:
            return None
        steps.append(keys.index(step) if place % 2 else step)
        node = node.at(step)
    return steps


def _list_at(typed: Typed, steps: list[Any]) -> list[Typed]:
    found: Any = typed
    for step in steps:
        found = found[step]
    assert isinstance(found, list)
    return found


def _add(operation: str, typed: Typed, steps: list[Any], general: str) -> str:
    items = _list_at(typed, steps)
    items.append(ADDABLE[general](operation))
    return f"g-{'-'.join(map(str, steps))}-{len(items) - 1}"


def _remove(typed: Typed, steps: list[Any]) -> str:
    items, place = _list_at(typed, steps[:-1]), steps[-1]
    if steps[-2] in ("websites", "accesses") and len(items) == 1:
        return ""
    del items[place]
    if steps[-2] == "websites":
        _renumber_owners(typed, lambda old: None if old == place else old - (old > place))
    return f"l-{'-'.join(map(str, steps[:-1]))}"


def _raise(typed: Typed, place: int) -> str:
    websites = typed["websites"]
    if not 0 < place < len(websites):
        return ""
    websites[place - 1], websites[place] = websites[place], websites[place - 1]
    _renumber_owners(typed, lambda old: {place: place - 1, place - 1: place}.get(old, old))
    return f"g-websites-{place - 1}"


def _renumber_owners(typed: Typed, new_place: Callable[[int], int | None]) -> None:
    """Attachments follow their website; that of a removed one asks for another owner."""
    for attachment in typed.get("attachments", []):
        kind, sign, place = attachment["owner"].partition("-")
        if kind == OWNER_WEBSITE and sign and place.isdigit():
            now = new_place(int(place))
            attachment["owner"] = kind if now is None else f"{kind}-{now}"
