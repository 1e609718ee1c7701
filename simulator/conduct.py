"""How the bureau behaves now: the configuration, the scene that lies over it, a unit's own, and changes by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator.config import Config
from simulator.initiative import Schedule
from simulator.options import Options
from simulator.policy import DecidePolicy
from simulator.scenes import Scene, find_scene
from simulator.store import Store

Layer = dict[str, Any]
EVERY_UNIT = "*"


class Conduct:
    """Layers, the later over the earlier: configuration, scene, the unit's own in the configuration, by hand for
    every unit, by hand for this unit. Kept in the store, so that a restart under the same configuration goes on as
    it was; under another one it begins from the configuration. The bureau's lock guards every use.
    """

    def __init__(self, config: Config, store: Store, now: float) -> None:
        self._config, self._store = config, store
        self._units = {unit.isp_id: unit for unit in config.units}
        self._options: dict[int | None, Options] = {}
        self._policies: dict[int | None, DecidePolicy] = {}
        kept = store.load("conduct").get("now")
        self.goes_on = bool(kept and kept["mark"] == config.mark())
        if kept is not None and self.goes_on:
            self.scene: Scene = find_scene(kept["scene"], kept["minutes"])
            self.since: float = kept["since"]
            self._hand: dict[str, dict[str, Layer]] = kept["hand"]
            self._initiative: Layer = kept["initiative"]
            self.turned_at: float = kept["turned_at"]
            self.turns: int = kept["turns"]
        else:
            self._begin(find_scene(config.scene, config.scene_minutes), now)

    def choose(self, name: str, minutes: float | None, now: float) -> None:
        """Begin a scene: what was changed by hand is gone. Raises: ConfigInvalid."""
        self._begin(find_scene(name, minutes), now)

    def fault_docs(self) -> list[Mapping[str, Any]]:
        """What goes wrong by the scene and by the configuration."""
        return [*self.scene.faults, *self._config.faults]

    def options(self, isp_id: int | None = None) -> Options:
        """What holds for one unit, or for those that have nothing of their own."""
        if isp_id not in self._options:
            found = self._config.options.changed(self.scene.options)
            for layer in self._layers("options", isp_id):
                found = found.changed(layer)
            self._options[isp_id] = found
        return self._options[isp_id]

    def policy(self, isp_id: int | None = None) -> DecidePolicy:
        if isp_id not in self._policies:
            found = self._config.decide.changed(self.scene.decide)
            for layer in self._layers("decide", isp_id):
                found = found.changed(layer)
            self._policies[isp_id] = found
        return self._policies[isp_id]

    def schedule(self) -> Schedule:
        return self._config.initiative.changed(self.scene.initiative).changed(self._initiative)

    def change(self, part: str, doc: Layer, isp_id: int | None = None) -> None:
        """By hand: part is "options" or "decide". Raises: ConfigInvalid."""
        checker: Options | DecidePolicy = Options() if part == "options" else DecidePolicy()
        checker.changed(doc)
        layers = self._hand[part]
        key = EVERY_UNIT if isp_id is None else str(isp_id)
        layers[key] = {**layers.get(key, {}), **doc}
        self._save()

    def change_initiative(self, doc: Layer, now: float) -> None:
        """By hand; turns are counted from now. Raises: ConfigInvalid."""
        Schedule().changed(doc)
        self._initiative = {**self._initiative, **doc}
        self.turned_at, self.turns = now, 0
        self._save()

    def turn(self, number: int) -> None:
        """Note that a turn of the initiative is done."""
        self.turns = number
        self._save()

    def begin_anew(self, now: float) -> None:
        """The scene from its beginning; changes by hand stay."""
        self.since = self.turned_at = now
        self.turns = 0
        self._save()

    def _begin(self, scene: Scene, now: float) -> None:
        self.scene = scene
        self._hand = {"options": {}, "decide": {}}
        self._initiative = {}
        self.begin_anew(now)

    def _layers(self, part: str, isp_id: int | None) -> list[Layer]:
        unit = self._units.get(isp_id) if isp_id is not None else None
        own = dict(getattr(unit, part)) if unit is not None else {}
        hand = self._hand[part]
        return [own, hand.get(EVERY_UNIT, {}), hand.get(str(isp_id), {})]

    def _save(self) -> None:
        self._options.clear()
        self._policies.clear()
        doc = {
            "mark": self._config.mark(),
            "scene": self.scene.name,
            "minutes": self.scene.minutes,
            "since": self.since,
            "hand": self._hand,
            "initiative": self._initiative,
            "turned_at": self.turned_at,
            "turns": self.turns,
        }
        self._store.put("conduct", "now", doc)
