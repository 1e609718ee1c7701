"""What the reviewers think of a case: the configured refuse rules, then the words made for training."""

from __future__ import annotations

import random

from simulator.config import DecidePolicy, Refusal
from simulator.model import OPERATION_NAMES, Case, CaseItem

REFUSED_IN_TRAINING = Refusal({"name_contains": "拒绝"}, "网站名称与主办者不相符，请修改后重新提交。", 1002)
RETURNED_IN_TRAINING = Refusal({"name_contains": "退回"}, "无效身份证号码，请核实后再次报备", 1015)
REJECTED = 1002


def find_refusal(case: Case, item: CaseItem, policy: DecidePolicy, seed: int) -> Refusal | None:
    """The first rule that speaks against an item, or None."""
    rules = list(policy.refuse)
    if policy.training_words:
        rules += [RETURNED_IN_TRAINING, REFUSED_IN_TRAINING]
    return next((rule for rule in rules if _applies(rule, case, item, seed)), None)


def _applies(rule: Refusal, case: Case, item: CaseItem, seed: int) -> bool:
    when = rule.when
    if "operation" in when and when["operation"] not in (case.operation, OPERATION_NAMES[case.operation]):
        return False
    if "name_contains" in when and str(when["name_contains"]) not in item.names:
        return False
    if "domain_contains" in when and not any(str(when["domain_contains"]) in name for name in case.domains):
        return False
    if "share" in when:
        # Depends on the record and not on the order of calls, so that a run can be repeated.
        draw = random.Random(f"{seed}:{case.isp_id}:{case.sequence}:{case.position}:{item.jlid}")
        return draw.random() < float(when["share"])
    return True
