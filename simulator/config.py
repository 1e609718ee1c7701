"""The configuration: units, options, decisions, faults, state. Bad values are refused by name."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

OPTION_CHOICES: Mapping[str, tuple[Any, ...]] = {
    "repeat": ("ok", "code14", "code999"),
    "last_file_code": (0, 1, 3),
    "ack_code": ("zero", "queue"),
    "previous": ("as_sent", "plain", "rezipped"),
    "previous_none": ("empty", "absent"),
    "bamm_form": ("either", "plain", "md5"),
    "order": ("result_first", "data_first", "together"),
    "results": ("both", "decision_only", "result_only"),
    "access_cancelled": ("data", "zxsj"),
    "answer_style": ("plain", "padded"),
}


class ConfigInvalid(ValueError):
    """The configuration cannot be used; the text says which value and why."""


@dataclass(frozen=True)
class Unit:
    """One reporting unit as the bureau knows it. Key and IV are ASCII text of 16/24/32 and 16 characters."""

    isp_id: int
    user_name: str
    password: str
    province: int = 110000
    aes_key: str | None = None
    aes_iv: str | None = None
    encrypt: bool = False
    enabled: bool = True
    registered_address: str | None = None

    @classmethod
    def from_json(cls, doc: Mapping[str, Any]) -> Unit:
        _known(doc, cls, "units")
        for name in ("isp_id", "user_name", "password"):
            if name not in doc:
                raise ConfigInvalid(f"units: {name} is missing")
        unit = cls(
            isp_id=_integer(doc, "isp_id", 0),
            user_name=str(doc["user_name"]),
            password=str(doc["password"]),
            province=_integer(doc, "province", 110000),
            aes_key=_text_or_none(doc, "aes_key"),
            aes_iv=_text_or_none(doc, "aes_iv"),
            encrypt=bool(doc.get("encrypt", False)),
            enabled=bool(doc.get("enabled", True)),
            registered_address=_text_or_none(doc, "registered_address"),
        )
        if unit.encrypt and not (unit.aes_key and unit.aes_iv):
            raise ConfigInvalid(f"unit {unit.isp_id}: encrypt needs aes_key and aes_iv")
        if unit.aes_key is not None and len(unit.aes_key.encode()) not in (16, 24, 32):
            raise ConfigInvalid(f"unit {unit.isp_id}: aes_key must be 16, 24 or 32 characters")
        if unit.aes_iv is not None and len(unit.aes_iv.encode()) != 16:
            raise ConfigInvalid(f"unit {unit.isp_id}: aes_iv must be 16 characters")
        return unit


@dataclass(frozen=True)
class Options:
    """What the specification leaves open, or where bureaus differ. See docs/simulator.md for each."""

    repeat: str = "ok"
    strict_province: bool = False
    last_file_code: int = 1
    ack_code: str = "queue"
    previous: str = "as_sent"
    previous_none: str = "empty"
    filing_password: str | None = "Demo-12345"
    bamm_form: str = "either"
    password_tries: int = 5
    max_waiting_files: int | None = None
    hours: tuple[str, str] | None = None
    bundle: int = 100
    order: str = "result_first"
    results: str = "both"
    omit: tuple[str, ...] = ()
    share_filed: bool = True
    address_result: bool = False
    quiet_success: tuple[str, ...] = ()
    check_reasons: bool = False
    strict_download: bool = False
    access_cancelled: str = "data"
    answer_style: str = "plain"

    def changed(self, doc: Mapping[str, Any]) -> Options:
        """A copy with some options replaced. Raises: ConfigInvalid for an unknown name or value."""
        known = {item.name for item in fields(self)}
        values: dict[str, Any] = {}
        for name, value in doc.items():
            if name not in known:
                raise ConfigInvalid(f"options: {name} is unknown; known: {', '.join(sorted(known))}")
            choices = OPTION_CHOICES.get(name)
            if choices is not None and value not in choices:
                raise ConfigInvalid(f"options: {name} must be one of {', '.join(map(str, choices))}")
            values[name] = tuple(value) if isinstance(value, list) else value
        return replace(self, **values)


@dataclass(frozen=True)
class Refusal:
    """One refuse rule: when it applies, with which code and words, how often, after how long.

    A code other than 1002 comes back from the business check, not from the reviewers.
    """

    when: Mapping[str, Any]
    words: str
    code: int = 1002
    times: int | None = None
    after_s: float | None = None


@dataclass(frozen=True)
class DecidePolicy:
    """How this bureau's reviewers decide. Delays count from acceptance of the file; spread_s is added by lot."""

    mode: str = "auto"
    delay_s: float = 0.0
    spread_s: float = 0.0
    check_delay_s: float = 0.0
    refuse: tuple[Refusal, ...] = ()
    training_words: bool = True
    approve_words: str = "审核通过"
    reviewer: str = "值班审核员"

    @classmethod
    def from_json(cls, doc: Mapping[str, Any]) -> DecidePolicy:
        _known(doc, cls, "decide")
        policy = cls(
            mode=str(doc.get("mode", "auto")),
            delay_s=float(doc.get("delay_s", 0)),
            spread_s=float(doc.get("spread_s", 0)),
            check_delay_s=float(doc.get("check_delay_s", 0)),
            refuse=tuple(_refusal(item) for item in doc.get("refuse", ())),
            training_words=bool(doc.get("training_words", True)),
            approve_words=str(doc.get("approve_words", cls.approve_words)),
            reviewer=str(doc.get("reviewer", cls.reviewer)),
        )
        if policy.mode not in ("auto", "manual", "rules"):
            raise ConfigInvalid("decide: mode must be auto, manual or rules")
        return policy


@dataclass(frozen=True)
class Config:
    """Everything a bureau needs to start."""

    units: tuple[Unit, ...]
    decide: DecidePolicy = field(default_factory=DecidePolicy)
    faults: tuple[Mapping[str, Any], ...] = ()
    options: Options = field(default_factory=Options)
    state_dir: Path | None = None
    dialect: str = "jaxws"
    seed: int = 1
    clock_speed: float = 1.0

    @classmethod
    def from_json(cls, doc: Mapping[str, Any] | None) -> Config:
        """Raises: ConfigInvalid."""
        doc = doc or {}
        if not isinstance(doc, Mapping):
            raise ConfigInvalid("the configuration must be a JSON object")
        _known(doc, cls, "configuration")
        units = tuple(Unit.from_json(item) for item in doc.get("units") or [DEMO_UNIT])
        if len({unit.isp_id for unit in units}) != len(units):
            raise ConfigInvalid("units: two units have the same isp_id")
        state_dir = doc.get("state_dir")
        return cls(
            units=units,
            decide=DecidePolicy.from_json(doc.get("decide") or {}),
            faults=tuple(doc.get("faults") or ()),
            options=Options().changed(doc.get("options") or {}),
            state_dir=Path(state_dir) if state_dir else None,
            dialect=str(doc.get("dialect", "jaxws")),
            seed=_integer(doc, "seed", 1),
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


DEMO_UNIT: Mapping[str, Any] = {
    "isp_id": 110000000001,
    "user_name": "demo",
    "password": "demo-password",
    "province": 110000,
}


def _known(doc: Mapping[str, Any], cls: type, where: str) -> None:
    known = {item.name for item in fields(cls)}
    unknown = set(doc) - known
    if unknown:
        raise ConfigInvalid(f"{where}: unknown: {', '.join(sorted(unknown))}")


def _integer(doc: Mapping[str, Any], name: str, default: int) -> int:
    try:
        return int(doc.get(name, default))
    except (TypeError, ValueError) as error:
        raise ConfigInvalid(f"{name} must be a whole number") from error


def _text_or_none(doc: Mapping[str, Any], name: str) -> str | None:
    value = doc.get(name)
    return str(value) if value not in (None, "") else None


def _refusal(doc: Mapping[str, Any]) -> Refusal:
    when = doc.get("when")
    known = {"name_contains", "domain_contains", "share", "operation"}
    if not isinstance(when, Mapping) or not when or set(when) - known:
        raise ConfigInvalid(f"decide: refuse: when must name some of {', '.join(sorted(known))}")
    times, after_s = doc.get("times"), doc.get("after_s")
    return Refusal(
        when=dict(when),
        words=str(doc.get("words", "不符合要求")),
        code=int(doc.get("code", 1002)),
        times=None if times is None else int(times),
        after_s=None if after_s is None else float(after_s),
    )
