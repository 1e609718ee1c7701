"""What the reviewers think of a case: the configured refuse rules, then the words made for training."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.invalid import ConfigInvalid, check_names, names_of, seconds
from simulator.model import OPERATION_NAMES, Case, CaseItem
from simulator.store import Store

REJECTED = 1002
MODES = ("auto", "manual", "rules")
CONDITIONS = ("name_contains", "domain_contains", "number", "operation", "share")


@dataclass(frozen=True)
class Refusal:
    """One refuse rule: when it applies, with which code and words, how often, after how long.

    A code other than 1002 comes back from the business check, not from the reviewers.
    """

    when: Mapping[str, Any]
    words: str | None = None
    code: int = REJECTED
    times: int | None = None
    after_s: float | None = None

    @classmethod
    def from_json(cls, doc: Any) -> Refusal:
        """Raises: ConfigInvalid."""
        check_names(doc, names_of(cls), "decide: refuse")
        when = doc.get("when")
        if not isinstance(when, Mapping) or not when or set(when) - set(CONDITIONS):
            raise ConfigInvalid(f"decide: refuse: when must name some of {', '.join(CONDITIONS)}")
        words = doc.get("words")
        code = int(doc.get("code", REJECTED))
        if words is None and code == REJECTED:
            words = "不符合要求"
        return cls(
            when=dict(when),
            words=words,
            code=code,
            times=None if doc.get("times") is None else int(doc["times"]),
            after_s=None if doc.get("after_s") is None else seconds(doc, "after_s", 0),
        )


REFUSED_IN_TRAINING = Refusal({"name_contains": "拒绝"}, "网站名称与主办者不相符，请修改后重新提交。")
RETURNED_IN_TRAINING = Refusal({"name_contains": "退回"}, "无效身份证号码，请核实后再次报备", 1015)


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

    def changed(self, doc: Mapping[str, Any]) -> DecidePolicy:
        """A copy with some values replaced. Raises: ConfigInvalid."""
        check_names(doc, names_of(DecidePolicy), "decide")
        values: dict[str, Any] = {}
        for name, value in doc.items():
            if name.endswith("_s"):
                values[name] = seconds(doc, name, 0)
            elif name == "refuse":
                values[name] = tuple(Refusal.from_json(item) for item in value)
            elif name == "training_words":
                values[name] = bool(value)
            else:
                values[name] = str(value)
        if values.get("mode", self.mode) not in MODES:
            raise ConfigInvalid(f"decide: mode must be one of {', '.join(MODES)}")
        return replace(self, **values)


class Reviewers:
    """Finds the rule that speaks against an item; counts rules that apply only some times.

    Lots are drawn by the record, not by the order of calls, so that a run can be repeated.
    """

    def __init__(self, seed: int, store: Store) -> None:
        self._seed, self._store = seed, store
        self._used: dict[str, int] = store.load("refusal")

    def find_refusal(self, case: Case, item: CaseItem, policy: DecidePolicy) -> Refusal | None:
        """The first rule that applies, or None."""
        for rule in policy.refuse:
            if rule.times is not None and self._used.get(repr(rule), 0) >= rule.times:
                continue
            if self._applies(rule, case, item):
                if rule.times is not None:
                    self._count(repr(rule))
                return rule
        if policy.training_words:
            for rule in (RETURNED_IN_TRAINING, REFUSED_IN_TRAINING):
                if self._applies(rule, case, item):
                    return rule
        return None

    def lot(self, case: Case, jlid: int) -> float:
        """A number from 0 to below 1 that belongs to this record for ever."""
        return random.Random(f"{self._seed}:{case.isp_id}:{case.sequence}:{case.position}:{jlid}").random()

    def _count(self, key: str) -> None:
        self._used[key] = self._used.get(key, 0) + 1
        self._store.put("refusal", key, self._used[key])

    def _applies(self, rule: Refusal, case: Case, item: CaseItem) -> bool:
        when = rule.when
        if "operation" in when and not _is_operation(case.operation, when["operation"]):
            return False
        if "name_contains" in when and str(when["name_contains"]) not in item.names:
            return False
        if "domain_contains" in when and not any(
            str(when["domain_contains"]) in name for name in case.domains
        ):
            return False
        if "number" in when and f">{when['number']}<" not in case.record:
            return False
        return "share" not in when or self.lot(case, item.jlid) < float(when["share"])


def _is_operation(operation: int, wanted: Any) -> bool:
    """wanted: a number of Czlx, its Chinese name, or a list of these."""
    names = wanted if isinstance(wanted, list | tuple) else [wanted]
    return operation in names or OPERATION_NAMES[operation] in names
