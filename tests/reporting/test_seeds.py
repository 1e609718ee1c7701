"""Everything goes wrong by lot: outages, lost answers, odd codes, kills between any two statements, refusals, corrections.

Whatever happened, it ends right: numbers without a gap, nothing lost, nothing sent twice, and at no moment do we claim
that the bureau has what it lacks. A failing seed repeats the same run (`pytest -m soak` runs many).
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.db import connection
from lxml import etree

from filing.choices import AT_BUREAU_STATES
from filing.models import Request, Subject
from filing.services.intake import import_requests
from reporting.choices import EntryOutcome, FileState
from reporting.models import DataFile, Download, FileEntry, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Running, schema
from tests.reporting.material import ENCRYPTING_UNIT, ISP_ID, UNIT, filing_json, make_link, ready

pytestmark = pytest.mark.django_db

STEPS = 30
BAD, REFUSED, RETURNED = "坏{}号公司", "拒绝{}号公司", "退回{}号公司"
METHODS = ["isp_upload", "isp_querypreviousupload", "isp_download", "isp_downloadack"]
FAULTS = [
    "lost_answer",
    "dropped",
    "reset",
    "http_500",
    "html_200",
    "html_503",
    "cut",
    "garbage",
    "soap_fault",
    "wrong_hash",
    "repeat_after_ack",
]
CODES = [4, 5, 6, 7, 8, 12, 15, 16, 17, 18, 19, 20, 21, 77, 901, 902, 999]
HABITS = {
    "repeat": ["ok", "code14", "code999"],
    "last_file_code": [0, 1, 3],
    "ack_code": ["zero", "queue"],
    "previous": ["as_sent", "plain", "rezipped"],
    "previous_none": ["empty", "absent"],
    "order": ["result_first", "data_first", "together"],
    "results": ["both", "decision_only", "result_only"],
    "answer_style": ["plain", "padded"],
    "bundle": [1, 3, 100],
}


class Killed(BaseException):
    """The process ended here, as by SIGKILL: no handler of the project may see it."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Be killed before the n-th statement from now on; what was committed before stays."""
    left = statement

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left == 0:
            raise Killed
        if left < 0:
            # A row that was being saved by itself had no transaction but the test's, which must live on.
            connection.needs_rollback = False
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count), suppress(Killed):
        yield


class World:
    """One run: what may happen, by lot, and what must hold at every moment."""

    def __init__(self, seed: int, running: Running, link: Link) -> None:
        self.lots = random.Random(seed)
        self.running, self.bureau, self.link = running, running.bureau, link
        self.count = 0

    def step(self) -> None:
        acts = [
            self.take_in,
            self.work,
            self.work,
            self.work,
            self.killed,
            self.fault,
            self.outage,
            self.time,
            self.correct,
        ]
        self.lots.choice(acts)()
        self.check()

    def take_in(self) -> None:
        names = ["示例{}号公司"] * 6 + [BAD, REFUSED, RETURNED]
        for _ in range(self.lots.randint(1, 5)):
            self.count += 1
            ready(filing_json(self.count, subject__name=self.lots.choice(names).format(self.count)))

    def work(self) -> None:
        act = self.lots.choice([send_link, poll_link])
        act(Link.objects.get(), asked=self.lots.random() < 0.8)  # type: ignore[operator]

    def killed(self) -> None:
        with killed_at(self.lots.randint(1, 60)):
            self.work()

    def fault(self) -> None:
        kind = self.lots.choice([*FAULTS, *["code"] * 6])
        more = {"code": self.lots.choice(CODES)} if kind == "code" else {}
        self.bureau.faults.add(kind, method=self.lots.choice(METHODS), after=self.lots.randint(0, 2), **more)

    def outage(self) -> None:
        if self.lots.random() < 0.5:
            self.running.stop()
        else:
            self.running.start()

    def time(self) -> None:
        self.bureau.advance(self.lots.choice([10, 60, 200]))

    def correct(self) -> None:
        """Staff correct what came back, under a name that nobody minds."""
        for request in Request.objects.filter(state__in=["returned", "rejected"]).order_by("pk"):
            if self.lots.random() < 0.5:
                number = int(request.ref.removeprefix("t-"))
                (row,) = import_requests(
                    [filing_json(number, subject__name=f"改后{number}号公司")], ready=True, correct=True
                )
                assert not row.problems, row

    # What must hold ------------------------------------------------------------------------------

    def check(self) -> None:
        held = {file.sequence: file.entry_name for file in self.bureau.files[ISP_ID]}
        assert sorted(held) == list(range(1, len(held) + 1)), "a gap in the numbers"
        spent = dict(DataFile.objects.filter(state=FileState.ACCEPTED).values_list("sequence", "name"))
        assert spent.items() <= held.items(), "we hold accepted what the bureau lacks"
        assert set(held) - set(spent) <= {Link.objects.get().next_sequence}, "at most the one in doubt"
        claimed = Request.objects.filter(state__in=AT_BUREAU_STATES)
        for request in claimed:
            entry = request.file_entries.filter(outcome=EntryOutcome.WAITING).latest("pk")
            assert held.get(entry.file.sequence) == entry.file.name, f"{request.ref} is not at the bureau"

    def finish(self) -> None:
        """The troubles end, staff correct what is left, and all comes to rest."""
        self.running.start()
        self.bureau.faults.clear()
        for _ in range(60):
            self.bureau.advance(1000)
            sent = send_link(Link.objects.get(), asked=True)
            came = poll_link(Link.objects.get(), asked=True)
            self.correct()
            self.check()
            if not sent and not came and not Request.objects.exclude(state="approved").exists():
                return
        left = dict(Request.objects.exclude(state="approved").values_list("ref", "state"))
        raise AssertionError(f"it does not come to rest: {left}, {sent}, {came}")

    def judge(self) -> None:
        filed = [subject.isp_ztid for subject in self.bureau.filings()]
        own = list(Request.objects.values_list("subject_own_id", flat=True))
        assert sorted(filed) == sorted(own), "filed once each"
        assert Subject.objects.exclude(number="").count() == self.count
        assert Link.objects.get().next_sequence == len(self.bureau.files[ISP_ID]) + 1
        good = [file.sequence for file in self.bureau.files[ISP_ID] if file.refused_with is None]
        went = FileEntry.objects.filter(file__state=FileState.ACCEPTED, file__sequence__in=good)
        pairs = list(went.exclude(outcome=EntryOutcome.UNPACKED).values_list("request", "revision_number"))
        assert len(pairs) == len(set(pairs)), "a revision was sent twice"
        assert not went.filter(outcome=EntryOutcome.WAITING).exists()
        assert not Download.objects.filter(applied_at=None).exists()
        for request in Request.objects.all():
            events = list(request.events.order_by("at", "id"))
            for before, after in itertools.pairwise(events):
                assert before.new_state == after.old_state, f"{request.ref}: the history has a hole"


def problem_of(root: etree._Element) -> str | None:
    """The bureau's schema is pickier than ours: it minds names with 坏."""
    return "Dwmc" if any("坏" in (node.text or "") for node in root.iter("Dwmc")) else None


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
    world = World(seed, running, make_link(running.url, unit))
    for _ in range(STEPS):
        world.step()
    world.finish()
    world.judge()


@pytest.mark.parametrize("seed", range(3))
def test_it_ends_right_whatever_goes_wrong(
    seed: int, start_bureau: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    live(seed, start_bureau, monkeypatch, settings)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 400))
def test_it_ends_right_however_often_it_is_tried(
    seed: int, start_bureau: Callable[..., Running], monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    live(seed, start_bureau, monkeypatch, settings)
