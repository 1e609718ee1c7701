"""What is said of a configuration that cannot be used, and the small checks that its parts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any


class ConfigInvalid(ValueError):
    """The configuration cannot be used; the text says which value and why."""


def names_of(cls: type) -> set[str]:
    return {item.name for item in fields(cls)}


def check_names(doc: Any, known: Iterable[str], where: str) -> None:
    """Raises: ConfigInvalid where doc is no object or names what is not known."""
    if not isinstance(doc, Mapping):
        raise ConfigInvalid(f"{where}: must be a JSON object")
    unknown = set(doc) - set(known)
    if unknown:
        raise ConfigInvalid(
            f"{where}: unknown: {', '.join(sorted(unknown))}; known: {', '.join(sorted(known))}"
        )


def integer(doc: Mapping[str, Any], name: str, default: int) -> int:
    """Raises: ConfigInvalid."""
    try:
        return int(doc.get(name, default))
    except (TypeError, ValueError) as error:
        raise ConfigInvalid(f"{name} must be a whole number") from error


def seconds(doc: Mapping[str, Any], name: str, default: float) -> float:
    """Raises: ConfigInvalid where it is no number or below zero."""
    try:
        value = float(doc.get(name, default))
    except (TypeError, ValueError) as error:
        raise ConfigInvalid(f"{name} must be a number of seconds") from error
    if value < 0:
        raise ConfigInvalid(f"{name} must not be below zero")
    return value


def text_or_none(doc: Mapping[str, Any], name: str) -> str | None:
    value = doc.get(name)
    return str(value) if value not in (None, "") else None
