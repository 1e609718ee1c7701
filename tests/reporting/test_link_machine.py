"""Any order of anything: Hypothesis drives the real services against a bureau over a socket.

Filings of every kind, both directions alone and at once, workers that overtake each other or die between two statements,
processes that begin anew, faults of every kind on every method, odd codes, a bureau that ends, begins again from its disk,
loses its latest files or gives out old ones again. After every step both ledgers are compared; at the end all comes to rest
and each request has one state on both sides. `pytest -m soak` runs many more, by new lots each time.
"""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from django.db import connection
from hypothesis import Phase, strategies
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from filing.models import Request
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import schema, serve
from tests.reporting.clean_slate import forget_everything, wipe
from tests.reporting.material import ENCRYPTING_UNIT, UNIT, make_link
from tests.reporting.picky import problem_of
from tests.reporting.world import (
    CODES,
    CORRECTABLE,
    FAULTS,
    GOOD,
    HABITS,
    METHODS,
    POISONED,
    REFUSED,
    RETURNED,
    World,
    corrected,
    dies_at,
)
from tests.threads import at_once

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES, STEPS = 10, 20
SOAK_EXAMPLES, SOAK_STEPS = int(os.environ.get("ICP_EXAMPLES", "100")), 40


def staff_correct(_link: Link, *, asked: bool) -> None:
    """Someone corrects while the link is at work; what was approved meanwhile is refused to them, and rightly."""
    for request in Request.objects.filter(state__in=CORRECTABLE).order_by("pk"):
        corrected(request)


FILINGS = strategies.lists(
    strategies.sampled_from([GOOD, GOOD, GOOD, POISONED, REFUSED, RETURNED]), min_size=1, max_size=3
)
ASKED = strategies.sampled_from([True, True, True, False])
STATEMENTS = strategies.integers(1, 60)
WORKS: dict[str, Callable[..., object]] = {"send": send_link, "poll": poll_link}
WORK = strategies.sampled_from(sorted(WORKS))
CREW_WORKS = WORKS | {"staff": staff_correct}
PASSES = strategies.lists(WORK, min_size=1, max_size=3)
CREW = strategies.lists(
    strategies.tuples(
        strategies.sampled_from([*WORKS, *WORKS, "staff"]),
        ASKED,
        strategies.one_of(strategies.none(), STATEMENTS),
    ),
    min_size=2,
    max_size=4,
)
"""Workers at once: what each does, whether a person asked it to, and at which statement it dies."""

TROUBLE = strategies.one_of(
    strategies.tuples(
        strategies.sampled_from(FAULTS),
        strategies.none(),
        strategies.sampled_from(METHODS),
        strategies.integers(0, 2),
    ),
    strategies.tuples(
        strategies.just("code"),
        strategies.sampled_from([*CODES, 10, 11, 14]),
        strategies.sampled_from(METHODS),
        strategies.integers(0, 2),
    ),
)

tried: Counter[str] = Counter()
"""What was tried in this process: examples, steps, and each kind of fault."""


class LinkMachine(RuleBasedStateMachine):
    """One link and its bureau; every step is a rule."""

    world: World

    @initialize(
        unit=strategies.sampled_from([UNIT, ENCRYPTING_UNIT]),
        habits=strategies.fixed_dictionaries(
            {name: strategies.sampled_from(each) for name, each in HABITS.items()}
        ),
        delay_s=strategies.sampled_from([0, 100]),
        names=FILINGS,
    )
    def begin(self, unit: dict[str, Any], habits: dict[str, Any], delay_s: int, names: list[str]) -> None:
        tried["examples"] += 1
        wipe()
        forget_everything()
        self.stack = ExitStack()
        folder = self.stack.enter_context(tempfile.TemporaryDirectory())
        self.config = {
            "units": [unit],
            "options": habits,
            "decide": {"mode": "auto", "delay_s": delay_s},
            "state_dir": str(Path(folder) / "bureau"),
        }
        running = serve(self.config)
        running.start()
        make_link(running.url, unit, compared=False)
        self.world = World(running)
        self.world.take_in(names)

    # Staff ----------------------------------------------------------------------------------------

    def _take_in(self, names: list[str]) -> None:
        self.world.take_in(names)

    # Twice, as work below: what is one of many rules is rarely drawn.
    take_in = rule(names=FILINGS)(_take_in)
    take_in_more = rule(names=FILINGS)(_take_in)

    @rule(every=strategies.integers(1, 2))
    def correct(self, every: int) -> None:
        # No precondition here, for workers at once do not repeat themselves and Hypothesis would mind.
        self.world.correct(lambda request: request.pk % every == 0)

    # Workers --------------------------------------------------------------------------------------

    def _work(self, works: list[str], asked: bool) -> None:
        for work in works:
            WORKS[work](Link.objects.get(), asked=asked)

    work = rule(works=PASSES, asked=ASKED)(_work)
    work_more = rule(works=PASSES, asked=ASKED)(_work)
    work_and_work = rule(works=PASSES, asked=ASKED)(_work)

    @rule(work=WORK, statement=STATEMENTS)
    def die(self, work: str, statement: int) -> None:
        tried["deaths"] += 1
        with dies_at(statement):
            WORKS[work](Link.objects.get(), asked=True)

    @rule(crew=CREW)
    def work_at_once(self, crew: list[tuple[str, bool, int | None]]) -> None:
        tried["crews"] += 1
        connection.close()
        found = at_once(*(_worker(*each) for each in crew))
        assert not [each for each in found if isinstance(each, Exception)], found

    @rule(
        seconds=strategies.sampled_from([10, 60, 200]),
        began_anew=strategies.sampled_from(["", "all", "database"]),
    )
    def time_passes(self, seconds: int, began_anew: str) -> None:
        """For the bureau; and our processes, or the database too, may have ended and begun again meanwhile."""
        self.world.bureau.advance(seconds)
        if began_anew:
            forget_everything()
        if began_anew == "database":
            Link.objects.update(compared_in="before the restart")

    # The bureau -----------------------------------------------------------------------------------

    @rule(troubles=strategies.lists(TROUBLE, min_size=1, max_size=3))
    def trouble(self, troubles: list[tuple[str, int | None, str, int]]) -> None:
        for kind, code, method, after in troubles:
            tried[f"{kind if code is None else code} {method}"] += 1
            more = {} if code is None else {"code": code}
            self.world.bureau.faults.add(kind, method=method, after=after, **more)

    @rule(way=strategies.sampled_from(["down", "up", "up", "restart"]))
    def outage(self, way: str) -> None:
        tried[f"bureau {way}"] += 1
        if way == "down":
            self.world.running.stop()
        elif way == "up":
            self.world.running.start()
        else:
            self._restart_from_disk()

    def _restart_from_disk(self) -> None:
        old = self.world.running
        old.stop()
        old.bureau.close()
        self.world.running = serve(self.config, old.port)
        self.world.running.start()

    @rule(
        what=strategies.sampled_from(["uploads", "uploads", "acknowledgements"]),
        count=strategies.integers(1, 3),
    )
    def lose_memory(self, what: str, count: int) -> None:
        """The bureau's books go back to an older copy."""
        act = self.world.forget_latest if what == "uploads" else self.world.repeat_downloads
        tried[f"lost {what}"] += act(count)

    # What must hold -------------------------------------------------------------------------------

    @invariant()
    def both_ledgers_agree(self) -> None:
        tried["steps"] += 1
        self.world.check()

    def teardown(self) -> None:
        if not hasattr(self, "world"):
            return
        try:
            self.world.finish()
            self.world.judge()
        finally:
            self.world.running.stop()
            self.world.running.bureau.close()
            self.stack.close()


def _worker(work: str, asked: bool, statement: int | None) -> Callable[[], object]:
    def act() -> object:
        if statement is None:
            return CREW_WORKS[work](Link.objects.get(), asked=asked)
        with dies_at(statement):
            CREW_WORKS[work](Link.objects.get(), asked=asked)
        return None

    return act


def live(examples: int, steps: int, *, derandomize: bool) -> None:
    # Threads do not repeat themselves: an example that failed is told, and not made smaller.
    wanted = hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=derandomize,
        database=None,
        phases=[Phase.generate],
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
        print_blob=True,
    )
    run_state_machine_as_test(LinkMachine, settings=wanted)


@pytest.fixture(autouse=True)
def picky_bureau(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ICP_WAIT_FACTOR = 0.0001
    monkeypatch.setattr(schema, "upload_problem", problem_of)
    tried.clear()


def _tell(record_property: Callable[[str, object], None]) -> None:
    record_property("examples", tried["examples"])
    record_property("steps", tried["steps"])
    for name in ("deaths", "crews", "lost uploads", "lost acknowledgements"):
        record_property(name, tried.pop(name))
    record_property("troubles", len(set(tried) - {"examples", "steps"}))


@pytest.mark.timeout(600)
def test_it_ends_right_in_any_order_of_anything(record_property: Callable[[str, object], None]) -> None:
    live(EXAMPLES, STEPS, derandomize=True)
    _tell(record_property)
    assert tried["examples"] >= EXAMPLES


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_it_ends_right_in_many_orders(record_property: Callable[[str, object], None]) -> None:
    live(SOAK_EXAMPLES, SOAK_STEPS, derandomize=False)
    _tell(record_property)
    assert tried["examples"] >= SOAK_EXAMPLES
