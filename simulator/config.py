"""The configuration: units, scene, options, decisions, faults, initiative, state. Bad values are refused by name."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from simulator.dialects import DIALECTS
from simulator.faults import check_faults
from simulator.initiative import Schedule
from simulator.invalid import ConfigInvalid, check_names, integer, names_of, text_or_none
from simulator.options import Options
from simulator.policy import DecidePolicy
from simulator.scenes import QUIET, read_choice

__all__ = ["DEMO_UNIT", "Config", "ConfigInvalid", "Unit"]

DEMO_UNIT: Mapping[str, Any] = {
    "isp_id": 110000000001,
    "user_name": "demo",
    "password": "demo-password",
    "province": 110000,
}


@dataclass(frozen=True)
class Unit:
    """One reporting unit as the bureau knows it. Key and IV are ASCII text of 16/24/32 and 16 characters.

    options, decide: what differs for this unit from the configuration and from the scene.
    """

    isp_id: int
    user_name: str
    password: str
    province: int = 110000
    aes_key: str | None = None
    aes_iv: str | None = None
    encrypt: bool = False
    enabled: bool = True
    registered_address: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    decide: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_json(cls, doc: Mapping[str, Any]) -> Unit:
        """Raises: ConfigInvalid."""
        check_names(doc, names_of(cls), "units")
        for name in ("isp_id", "user_name", "password"):
            if name not in doc:
                raise ConfigInvalid(f"units: {name} is missing")
        unit = cls(
            isp_id=integer(doc, "isp_id", 0),
            user_name=str(doc["user_name"]),
            password=str(doc["password"]),
            province=integer(doc, "province", 110000),
            aes_key=text_or_none(doc, "aes_key"),
            aes_iv=text_or_none(doc, "aes_iv"),
            encrypt=bool(doc.get("encrypt", False)),
            enabled=bool(doc.get("enabled", True)),
            registered_address=text_or_none(doc, "registered_address"),
            options=doc.get("options") or {},
            decide=doc.get("decide") or {},
        )
        unit.check()
        return unit

    def check(self) -> None:
        """Raises: ConfigInvalid."""
        where = f"unit {self.isp_id}"
        if self.encrypt and not (self.aes_key and self.aes_iv):
            raise ConfigInvalid(f"{where}: encrypt needs aes_key and aes_iv")
        if self.aes_key is not None and len(self.aes_key.encode()) not in (16, 24, 32):
            raise ConfigInvalid(f"{where}: aes_key must be 16, 24 or 32 characters")
        if self.aes_iv is not None and len(self.aes_iv.encode()) != 16:
            raise ConfigInvalid(f"{where}: aes_iv must be 16 characters")
        Options().changed(self.options)
        DecidePolicy().changed(self.decide)


@dataclass(frozen=True)
class Config:
    """Everything a bureau needs to start."""

    units: tuple[Unit, ...]
    scene: str = QUIET
    scene_minutes: float | None = None
    decide: DecidePolicy = field(default_factory=DecidePolicy)
    faults: tuple[Mapping[str, Any], ...] = ()
    options: Options = field(default_factory=Options)
    initiative: Schedule = field(default_factory=Schedule)
    state_dir: Path | None = None
    dialect: str = "jaxws"
    seed: int = 1
    clock_speed: float = 1.0

    @classmethod
    def from_json(cls, doc: Mapping[str, Any] | None) -> Config:
        """Raises: ConfigInvalid."""
        doc = doc or {}
        check_names(doc, names_of(cls) - {"scene_minutes"}, "configuration")
        units = tuple(Unit.from_json(item) for item in doc.get("units") or [DEMO_UNIT])
        if len({unit.isp_id for unit in units}) != len(units):
            raise ConfigInvalid("units: two units have the same isp_id")
        scene, minutes = read_choice(doc.get("scene") or QUIET)
        faults = tuple(doc.get("faults") or ())
        check_faults(faults)
        dialect = str(doc.get("dialect", "jaxws"))
        if dialect not in DIALECTS:
            raise ConfigInvalid(f"dialect {dialect} is unknown; known: {', '.join(DIALECTS)}")
        state_dir = doc.get("state_dir")
        return cls(
            units=units,
            scene=scene,
            scene_minutes=minutes,
            decide=DecidePolicy().changed(doc.get("decide") or {}),
            faults=faults,
            options=Options().changed(doc.get("options") or {}),
            initiative=Schedule().changed(doc.get("initiative") or {}),
            state_dir=Path(state_dir) if state_dir else None,
            dialect=dialect,
            seed=integer(doc, "seed", 1),
            clock_speed=float(doc.get("clock_speed", 1)),
        )

    @classmethod
    def from_file(cls, path: Path) -> Config:
        """Raises: ConfigInvalid where the file cannot be read or is not JSON."""
        try:
            doc = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise ConfigInvalid(f"{path}: {error.strerror}") from error
        except ValueError as error:
            raise ConfigInvalid(f"{path}: not JSON: {error}") from error
        return cls.from_json(doc)

    def mark(self) -> str:
        """One for each way of behaving: a restart under the same one goes on as it was."""
        ways = (self.scene, self.scene_minutes, self.decide, self.faults, self.options, self.initiative)
        own = [(unit.isp_id, unit.options, unit.decide) for unit in self.units]
        return hashlib.sha256(repr((ways, own)).encode()).hexdigest()
