"""What the reviewers think of a case: the configured refuse rules, then the words made for training."""

from __future__ import annotations

import random
from collections import Counter

from simulator.config import DecidePolicy, Refusal
from simulator.model import OPERATION_NAMES, Case, CaseItem

REFUSED_IN_TRAINING = Refusal({"name_contains": "拒绝"}, "网站名称与主办者不相符，请修改后重新提交。", 1002)
RETURNED_IN_TRAINING = Refusal({"name_contains": "退回"}, "无效身份证号码，请核实后再次报备", 1015)
REJECTED = 1002


class Policy:
    """Finds the rule that speaks against an item; counts rules that apply only some times.

    Lots are drawn by the record, not by the order of calls, so that a run can be repeated.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._used: Counter[int] = Counter()

    def find_refusal(self, case: Case, item: CaseItem, policy: DecidePolicy) -> Refusal | None:
        """The first rule that applies, or None."""
        for index, rule in enumerate(policy.refuse):
            if rule.times is not None and self._used[index] >= rule.times:
                continue
            if self._applies(rule, case, item):
                self._used[index] += 1
                return rule
        if policy.training_words:
            for rule in (RETURNED_IN_TRAINING, REFUSED_IN_TRAINING):
                if self._applies(rule, case, item):
                    return rule
        return None

    def lot(self, case: Case, jlid: int) -> float:
        """A number from 0 to below 1 that belongs to this record for ever."""
        return random.Random(f"{self._seed}:{case.isp_id}:{case.sequence}:{case.position}:{jlid}").random()

    def _applies(self, rule: Refusal, case: Case, item: CaseItem) -> bool:
        when = rule.when
        if "operation" in when and when["operation"] not in (case.operation, OPERATION_NAMES[case.operation]):
            return False
        if "name_contains" in when and str(when["name_contains"]) not in item.names:
            return False
        if "domain_contains" in when and not any(
            str(when["domain_contains"]) in name for name in case.domains
        ):
            return False
        return "share" not in when or self.lot(case, item.jlid) < float(when["share"])
