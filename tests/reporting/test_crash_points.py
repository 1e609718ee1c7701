"""The process is killed at every boundary between a commit and a call, in both directions; a new one finishes the work.

For each scene a first run counts the boundaries, then each of them is the last one for a process (SIGKILL). Whatever it
was, both ledgers agree right after the death, and at rest everything arrived once, was applied once, and has one state on
both sides. Every day some boundaries of each scene are tried, by lot; `pytest -m soak` tries all.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connection

from filing.models import Request
from reporting.choices import FileState
from reporting.models import DataFile, Link
from reporting.services import calls
from reporting.services.download import poll_link
from reporting.services.pack import pack
from reporting.services.upload import send_link
from simulator import Running, schema, serve
from tests.reporting import ledgers
from tests.reporting.clean_slate import wipe
from tests.reporting.crashes import in_a_process
from tests.reporting.material import ISP_ID, UNIT, make_link
from tests.reporting.picky import problem_of
from tests.reporting.world import GOOD, POISONED, REFUSED, RETURNED, World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 20
SAMPLE = 6
"""So many boundaries of each scene every day."""


def send() -> None:
    send_link(Link.objects.get(), asked=True)


def poll() -> None:
    poll_link(Link.objects.get(), asked=True)


@dataclass(frozen=True)
class Scene:
    """How things stand when the process begins, what it does, and where its filings end."""

    before: Callable[[World], None]
    act: Callable[[], None]
    ends: dict[str, int]
    must_pass: tuple[str, ...]
    resends: bool = False
    dropped: int = 0
    """How many calls before it the bureau hung up on: they are tries, and stand in no journal."""


def three_wait(world: World) -> None:
    world.take_in([GOOD] * 3)


def first_of_a_link(world: World) -> None:
    world.take_in([GOOD] * 2)
    Link.objects.update(compared_in="", compared_url="", compared_at=None)


def backup_was_restored(world: World) -> None:
    """Older than the sending of a file, which the bureau has."""
    world.take_in([GOOD] * 2)
    link = Link.objects.get()
    file = pack(link)
    assert file is not None and calls.upload(link, file).code == 0
    Link.objects.update(compared_in="before the restore")


def _sent_with(world: World, fault: str) -> None:
    world.take_in([GOOD] * 2)
    world.bureau.faults.add(fault, method="isp_upload")
    send()
    assert DataFile.objects.get().state == FileState.UNCERTAIN


def answer_was_lost(world: World) -> None:
    _sent_with(world, "lost_answer")


def nothing_arrived(world: World) -> None:
    _sent_with(world, "dropped")


def bureau_forgot_two(world: World) -> None:
    for _ in range(2):
        world.take_in([GOOD])
        send()
    assert world.forget_latest(2) == 2
    world.take_in([GOOD])


def too_large_once(world: World) -> None:
    world.take_in([GOOD] * 2)
    world.bureau.faults.add("code", method="isp_upload", code=18)


def answer_is_odd(world: World) -> None:
    world.take_in([GOOD])
    world.bureau.faults.add("code", method="isp_upload", code=901)


def one_is_poisoned(world: World) -> None:
    world.take_in([GOOD, POISONED, GOOD])
    send()


def results_wait(world: World) -> None:
    world.take_in([GOOD, GOOD, REFUSED, RETURNED])
    send()
    world.bureau.advance(1000)
    assert len(world.bureau.queue(ISP_ID)) >= 2


def results_come_broken(world: World) -> None:
    results_wait(world)
    world.bureau.faults.add("wrong_hash", method="isp_download")
    world.bureau.faults.add("repeat_after_ack", method="isp_downloadack", after=1)


def in_doubt_and_results_wait(world: World) -> None:
    answer_was_lost(world)
    world.bureau.advance(1000)


def receive_thrice() -> None:
    for _ in range(3):
        poll()


def halve() -> None:
    for _ in range(3):
        poll()
        send()


def send_twice() -> None:
    send()
    send()


UPLOAD, ASK = ("before isp_upload", "after isp_upload"), "after isp_querypreviousupload"
DOWNLOAD, ACKNOWLEDGE = "after isp_download", "after isp_downloadack"
SCENES = {
    "sending": Scene(three_wait, send, {"approved": 3}, (*UPLOAD, "before COMMIT", "after COMMIT")),
    "sending the first file of a link": Scene(first_of_a_link, send, {"approved": 2}, (ASK, *UPLOAD)),
    "finding a file there after a restore": Scene(backup_was_restored, send, {"approved": 2}, (ASK,)),
    "sending, answered with 901": Scene(answer_is_odd, send_twice, {"approved": 1}, UPLOAD),
    "sending, refused as too large": Scene(too_large_once, send_twice, {"approved": 2}, UPLOAD),
    "doubt: it had arrived": Scene(answer_was_lost, send, {"approved": 2}, (ASK,)),
    "doubt: it had not": Scene(nothing_arrived, send, {"approved": 2}, (ASK, *UPLOAD), dropped=1),
    "doubt, settled by a result": Scene(in_doubt_and_results_wait, poll, {"approved": 2}, (ACKNOWLEDGE,)),
    "missing files are sent again": Scene(bureau_forgot_two, send, {"approved": 3}, UPLOAD, resends=True),
    "a file is halved": Scene(
        one_is_poisoned, halve, {"approved": 2, "returned": 1}, (*UPLOAD, DOWNLOAD, ACKNOWLEDGE)
    ),
    "receiving": Scene(
        results_wait, poll, {"approved": 2, "rejected": 1, "returned": 1}, (DOWNLOAD, ACKNOWLEDGE)
    ),
    "receiving what is broken and repeated": Scene(
        results_come_broken,
        receive_thrice,
        {"approved": 2, "rejected": 1, "returned": 1},
        (DOWNLOAD, ACKNOWLEDGE),
    ),
}


def calls_of(running: Running) -> Counter[int | None]:
    """How often each number came to the bureau."""
    return Counter(each.sequence for each in running.bureau.journal if each.method == "isp_upload")


def attempts() -> Counter[int]:
    """How often each number was sent, as we wrote it down."""
    found: Counter[int] = Counter()
    for sequence, tries in DataFile.objects.values_list("sequence", "attempts"):
        found[sequence] += tries
    return found


class Stage:
    """One bureau for all deaths of a scene; each begins with empty books on both sides."""

    def __init__(self, scene: Scene, running: Running) -> None:
        self.scene, self.running = scene, running

    def begin(self) -> None:
        wipe()
        self.running.bureau.reset()
        make_link(self.running.url, UNIT)
        self.world = World(self.running)
        self.scene.before(self.world)
        connection.close()

    def count(self) -> list[str]:
        self.begin()
        passed = in_a_process(self.scene.act)
        assert passed is not None and set(self.scene.must_pass) <= set(passed)
        self.finish({})
        return passed

    def die_at(self, number: int) -> None:
        self.begin()
        in_a_process(self.scene.act, dies_at=number)
        self.world.check()
        self.finish(self.intents_without_a_call())

    def intents_without_a_call(self) -> dict[int, int]:
        """Numbers whose sending was written down, and whose call never came to the bureau."""
        came, tries = calls_of(self.running), attempts()
        sending = DataFile.objects.filter(state=FileState.SENDING).values_list("sequence", flat=True)
        return {each: 1 for each in sending if came[each] + self.scene.dropped < tries[each]}

    def finish(self, unheard: dict[int, int]) -> None:
        """New processes work until all is at rest. Then the judgement."""
        for _ in range(ROUNDS):
            self.running.bureau.advance(1000)
            in_a_process(lambda: (send(), poll()))
            if not self.is_at_rest():
                continue
            self.world.check()
            self.judge(unheard)
            return
        raise AssertionError(f"it does not come to rest: {self.states()}")

    def is_at_rest(self) -> bool:
        return self.states() == self.scene.ends and not self.running.bureau.queue(ISP_ID)

    def states(self) -> dict[str, int]:
        return dict(Counter(Request.objects.values_list("state", flat=True)))

    def judge(self, unheard: dict[int, int]) -> None:
        assert ledgers.compare_at_rest(self.running.bureau, ISP_ID).all() == []
        assert ledgers.history_is_whole(Request.objects.all()) == []
        tries = attempts()
        came = calls_of(self.running)
        if self.scene.resends:
            # What the bureau forgot went again from the stored bytes, which is no new try of the file.
            assert all(came[each] >= tries[each] - 1 for each in tries)
        else:
            more = self.scene.dropped
            expected = {number: came[number] + unheard.get(number, 0) + more for number in tries}
            assert dict(tries) == expected, "as many tries as calls, and one for each call that never left"


@pytest.fixture(autouse=True)
def picky_bureau(attachment_root: Any, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.ICP_WAIT_FACTOR = 0.0001
    monkeypatch.setattr(schema, "upload_problem", problem_of)


def die_everywhere(name: str, sample: int | None = None) -> int:
    """Let processes die in a scene at each boundary, or at some; returns at how many."""
    with serve({"units": [UNIT], "decide": {"mode": "auto", "delay_s": 10}}) as running:
        stage = Stage(SCENES[name], running)
        passed = stage.count()
        numbers = range(1, len(passed) + 1)
        chosen = sorted(random.Random(name).sample(numbers, min(sample or len(passed), len(passed))))
        for number in chosen:
            try:
                stage.die_at(number)
            except AssertionError as error:
                raise AssertionError(f"killed at {number}, {passed[number - 1]}: {error}") from error
    return len(chosen)


@pytest.mark.parametrize("name", SCENES)
def test_it_finishes_what_a_killed_process_began(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("crash_points", die_everywhere(name, SAMPLE))


@pytest.mark.soak
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", SCENES)
def test_it_finishes_wherever_a_process_is_killed(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    record_property("crash_points", die_everywhere(name))
