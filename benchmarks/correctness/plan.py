"""What a soak is: how many filings, how many kills, what goes wrong how often."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks import material

Document = dict[str, Any]

FAULT_KINDS = (
    "lost_answer",
    "cut",
    "dropped",
    "reset",
    "http_500",
    "html_200",
    "html_503",
    "garbage",
    "soap_fault",
)
FAULT_CODES = (4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 77, 901, 902, 999)
SLOW_KINDS = {"delay": 0.3, "slow_answer": 3.0}
"""Kind and seconds: a late answer, and one that comes after we gave up (the link waits `TIMEOUT_S`)."""

OWN_KINDS = ("wrong_hash", "repeat_after_ack")
"""These strike one method only, so they come on top of the share."""

TIMEOUT_S = 2
ALL_DAY = "00:00-23:59"
IMAGE_BYTES = 3_000

NAMES = {"坏{}号公司": 0.02, "拒绝{}号公司": 0.06, "退回{}号公司": 0.08}
"""Names of subjects by what the bureau makes of them, and their shares: their file refused as a whole by its schema, refused
by its reviewers, returned by its checks. The rest it approves."""

CORRECTED = "改后{}号公司"


@dataclass(frozen=True)
class Plan:
    """Units: `seconds` in which filings come in and processes are killed; `disturbed` is a share of calls."""

    filings: int
    kills: int
    disturbed: float
    seed: int
    wait_factor: float
    seconds: float
    patience_s: float


def filings(plan: Plan) -> Iterator[Document]:
    """Invented filings, some of which the bureau does not like. Their `ref` names their number."""
    lots = random.Random(f"filings {plan.seed}")
    for number in range(1, plan.filings + 1):
        name = lots.choices([*NAMES, None], [*NAMES.values(), 1 - sum(NAMES.values())])[0]
        yield filing(number, name)


def filing(number: int, name: str | None) -> Document:
    item = material.filing(number, IMAGE_BYTES)
    if name is not None:
        item["subject"]["name"] = name.format(number)
    return item


def corrected(ref: str) -> Document:
    """The same filing under a name that nobody minds."""
    return filing(int(ref.rpartition("-")[2]), CORRECTED)


def faults(plan: Plan) -> list[Document]:
    """Faults that together strike `disturbed` of all calls, each kind as often as the others, codes as often as all others.

    The first that strikes counts, so each is drawn among the calls that those before it let pass.
    """
    kinds: list[Document] = [{"kind": kind} for kind in FAULT_KINDS]
    kinds += [{"kind": kind, "delay_s": delay_s} for kind, delay_s in SLOW_KINDS.items()]
    each = plan.disturbed / 2 / len(kinds)
    wanted = [(doc, each) for doc in kinds]
    wanted += [
        ({"kind": "code", "code": code, "hours": ALL_DAY}, plan.disturbed / 2 / len(FAULT_CODES))
        for code in FAULT_CODES
    ]
    found, passed = [], 1.0
    for doc, share in wanted:
        found.append(doc | {"share": share / passed})
        passed -= share
    own = [{"kind": kind, "share": plan.disturbed / 10} for kind in OWN_KINDS]
    return [*found, *own, {"kind": "html_503", "method": "wsdl", "share": plan.disturbed / 3}]


def bureau_config(plan: Plan, state_dir: str) -> Document:
    return {
        "units": [
            {
                "isp_id": material.ISP_ID,
                "user_name": material.LINK.user_name,
                "password": material.LINK.password,
                "province": material.PROVINCE,
            }
        ],
        "decide": {"mode": "auto", "delay_s": 2, "spread_s": 10},
        "options": {"bundle": 20},
        "faults": faults(plan),
        "state_dir": state_dir,
        "seed": plan.seed,
    }
