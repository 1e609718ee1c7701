"""Everything goes wrong by lot: outages, lost answers, odd codes, kills between any two statements, refusals, corrections.

Whatever happened, it ends right: numbers without a gap, nothing lost, nothing sent twice, and at no moment do we claim
that the bureau has what it lacks. A failing seed repeats the same run (`pytest -m soak` runs `ICP_SEEDS` of them).
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from typing import Any

import pytest

from simulator import Running, schema
from tests.reporting.material import ENCRYPTING_UNIT, UNIT, make_link
from tests.reporting.picky import problem_of
from tests.reporting.world import (
    CODES,
    FAULTS,
    GOOD,
    HABITS,
    METHODS,
    POISONED,
    REFUSED,
    RETURNED,
    World,
    killed_at,
)

pytestmark = pytest.mark.django_db

STEPS = 30
FIRST_SOAK_SEED = 100
SOAK_SEEDS = int(os.environ.get("ICP_SEEDS", "300"))


class Lots:
    """Draws what happens next in a world."""

    def __init__(self, seed: int, world: World) -> None:
        self.lots, self.world = random.Random(seed), world

    def step(self) -> None:
        acts = [self.take_in, *[self.work] * 3, self.killed, self.fault, self.outage, self.time, self.correct]
        self.lots.choice(acts)()
        self.world.check()

    def take_in(self) -> None:
        names = [GOOD] * 6 + [POISONED, REFUSED, RETURNED]
        self.world.take_in([self.lots.choice(names) for _ in range(self.lots.randint(1, 5))])

    def work(self) -> None:
        self.lots.choice([self.world.send, self.world.poll])(asked=self.lots.random() < 0.8)

    def killed(self) -> None:
        with killed_at(self.lots.randint(1, 60)):
            self.work()

    def fault(self) -> None:
        kind = self.lots.choice([*FAULTS, *["code"] * 6])
        more = {"code": self.lots.choice(CODES)} if kind == "code" else {}
        method, after = self.lots.choice(METHODS), self.lots.randint(0, 2)
        self.world.bureau.faults.add(kind, method=method, after=after, **more)

    def outage(self) -> None:
        if self.lots.random() < 0.5:
            self.world.running.stop()
        else:
            self.world.running.start()

    def time(self) -> None:
        self.world.bureau.advance(self.lots.choice([10, 60, 200]))

    def correct(self) -> None:
        self.world.correct(lambda _request: self.lots.random() < 0.5)


def live(
    seed: int, start_bureau: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.ICP_WAIT_FACTOR = 0.0001
    monkeypatch.setattr(schema, "upload_problem", problem_of)
    lots = random.Random(f"habits {seed}")
    unit = lots.choice([UNIT, ENCRYPTING_UNIT])
    running = start_bureau(
        units=[unit],
        seed=seed,
        options={name: lots.choice(values) for name, values in HABITS.items()},
        decide={"mode": "auto", "delay_s": lots.choice([0, 100])},
    )
    make_link(running.url, unit)
    world = World(running)
    lives = Lots(seed, world)
    for _ in range(STEPS):
        lives.step()
    world.finish()
    world.judge()


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_right_whatever_goes_wrong(
    seed: int, start_bureau: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    live(seed, start_bureau, monkeypatch, settings)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(FIRST_SOAK_SEED, FIRST_SOAK_SEED + SOAK_SEEDS))
def test_it_ends_right_however_often_it_is_tried(
    seed: int, start_bureau: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    live(seed, start_bureau, monkeypatch, settings)
