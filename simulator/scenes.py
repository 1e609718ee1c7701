"""Scenes: presets of the bureau's behaviour that a person can choose by name. Each is a row of data/scenes.json.

A scene lies over the configuration; "quiet" adds nothing to it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from simulator.faults import WINDOW
from simulator.invalid import ConfigInvalid, names_of

SCENES_FILE = Path(__file__).parent / "data" / "scenes.json"
QUIET = "quiet"


@dataclass(frozen=True)
class Scene:
    """options, decide, faults, initiative: as in the configuration. minutes: how long it lasts, where it ends."""

    name: str
    title: str
    about: str
    options: Mapping[str, Any]
    decide: Mapping[str, Any]
    faults: tuple[Mapping[str, Any], ...]
    initiative: Mapping[str, Any]
    minutes: float | None = None

    def lasting(self, minutes: float | None) -> Scene:
        """The same scene shorter or longer: its windows are stretched. Raises: ConfigInvalid."""
        if minutes is None:
            return self
        if self.minutes is None:
            raise ConfigInvalid(f"scene: {self.name} has no end, so it takes no minutes")
        if minutes <= 0:
            raise ConfigInvalid("scene: minutes must be above zero")
        factor = minutes / self.minutes
        faults = tuple(
            {name: value * factor if name in WINDOW else value for name, value in fault.items()}
            for fault in self.faults
        )
        return replace(self, faults=faults, minutes=minutes)


@cache
def all_scenes() -> Mapping[str, Scene]:
    docs = json.loads(SCENES_FILE.read_text(encoding="utf-8"))
    return {name: _read(name, doc) for name, doc in docs.items()}


def find_scene(name: str, minutes: float | None = None) -> Scene:
    """Raises: ConfigInvalid."""
    scene = all_scenes().get(name)
    if scene is None:
        raise ConfigInvalid(f"scene {name} is unknown; known: {', '.join(all_scenes())}")
    return scene.lasting(minutes)


def read_choice(value: Any) -> tuple[str, float | None]:
    """Name and minutes, of "bureau-down" or {"name": "bureau-down", "minutes": 5}. Raises: ConfigInvalid."""
    if not isinstance(value, Mapping):
        value = {"name": value}
    minutes = value.get("minutes")
    if set(value) - {"name", "minutes"} or isinstance(minutes, str | bool):
        raise ConfigInvalid("scene: a name, or an object with name and minutes")
    name = str(value.get("name"))
    find_scene(name, minutes)
    return name, minutes


def _read(name: str, doc: Mapping[str, Any]) -> Scene:
    given = {"options": {}, "decide": {}, "initiative": {}, **doc, "faults": tuple(doc.get("faults", ()))}
    if set(given) - names_of(Scene):
        raise ConfigInvalid(f"scene {name}: unknown: {', '.join(set(given) - names_of(Scene))}")
    return Scene(name=name, **given)
