"""A small world in which everything may go wrong: one link, one bureau over a socket, staff, and what must hold.

It knows no lots: seeds (test_seeds.py) and Hypothesis (test_link_machine.py) say what happens next.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from django.db import connection

from filing.models import Request, Subject
from filing.services.intake import Row, import_requests
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Running
from tests.reporting import ledgers
from tests.reporting.material import ISP_ID, filing_json, ready

GOOD, POISONED, REFUSED, RETURNED = "示例{}号公司", "坏{}号公司", "拒绝{}号公司", "退回{}号公司"
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
CODES = [4, 5, 6, 7, 8, 9, 12, 13, 15, 16, 17, 18, 19, 20, 21, 77, 901, 902, 999]
HABITS: dict[str, list[Any]] = {
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
CORRECTABLE = ["returned", "rejected", "draft"]
ROUNDS_TO_REST = 60


class Killed(BaseException):
    """The process ended here, as by SIGKILL: no handler of the project may see it."""


@contextmanager
def killed_at(statement: int) -> Iterator[None]:
    """Be killed before the n-th statement from now on; what was committed before stays.

    For tests inside one transaction, whose connection must live on.
    """
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


@contextmanager
def dies_at(statement: int) -> Iterator[None]:
    """Die before the n-th statement from now on: no statement goes out any more, and the connection is gone.

    For tests whose transactions are real. Counts for the connection of this thread.
    """
    left = statement

    def count(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal left
        left -= 1
        if left <= 0:
            raise Killed
        return execute(sql, params, many, context)

    try:
        with connection.execute_wrapper(count), suppress(Killed):
            yield
    finally:
        if left <= 0:
            connection.close()


def corrected(request: Request) -> Row:
    """Staff send it again under a name that nobody minds."""
    number = int(request.ref.removeprefix("t-"))
    (row,) = import_requests(
        [filing_json(number, subject__name=f"改后{number}号公司")], ready=True, correct=True
    )
    return row


class World:
    """What may happen, and what must hold at every moment."""

    def __init__(self, running: Running) -> None:
        self.running = running
        self.count = 0
        self.forgotten: set[int] = set()

    @property
    def bureau(self) -> Any:
        return self.running.bureau

    def take_in(self, names: Sequence[str]) -> None:
        for name in names:
            self.count += 1
            ready(filing_json(self.count, subject__name=name.format(self.count)))

    def send(self, *, asked: bool = True) -> list[Any]:
        return send_link(Link.objects.get(), asked=asked)

    def poll(self, *, asked: bool = True) -> list[Any]:
        return poll_link(Link.objects.get(), asked=asked)

    def correct(self, wanted: Callable[[Request], bool] = lambda _request: True) -> None:
        """Staff correct what came back, under a name that nobody minds."""
        for request in Request.objects.filter(state__in=CORRECTABLE).order_by("pk"):
            if not wanted(request):
                continue
            row = corrected(request)
            assert not row.problems, row

    def forget_latest(self, count: int) -> int:
        """The bureau loses the files that came last, as far as it has not said anything of them. Returns how many."""
        before = len(self.forgotten)
        with self.bureau.lock:
            for _ in range(count):
                self._forget_one()
            self.bureau.store.commit()
            self.bureau._load()
        return len(self.forgotten) - before

    def _forget_one(self) -> None:
        bureau = self.bureau
        files, store = bureau.files[ISP_ID], bureau.store
        if not files:
            return
        file = files[-1]
        cases = [case for case in bureau.cases.all() if case.sequence == file.sequence]
        if file.refused_with is not None or not all(case.is_open for case in cases):
            return
        # Beside the simulator's own ways: no bureau offers to lose its books.
        for case in cases:
            store._db.execute("delete from doc where kind = 'case' and key = ?", (str(case.case_id),))
        key = f"{ISP_ID}:{file.sequence}"
        store._db.execute("delete from doc where kind = 'file' and key = ?", (key,))
        files.pop()
        bureau._unprocessed = [each for each in bureau._unprocessed if each.sequence != file.sequence]
        for case in cases:
            del bureau.cases._cases[case.case_id]
        self.forgotten.add(file.sequence)

    def repeat_downloads(self, count: int) -> int:
        """The bureau restores an older copy of its queue: files that were acknowledged come again. Returns how many."""
        with self.bureau.lock:
            downloads = self.bureau.downloads
            done = [each for each in downloads.all(ISP_ID) if each.acknowledged]
            for delivery in done[-count:]:
                delivery.acknowledged = False
                downloads._save(delivery)
            self.bureau.store.commit()
            self.bureau._load()
        return len(done[-count:])

    # What must hold ------------------------------------------------------------------------------

    def check(self) -> None:
        self.forgotten -= {file.sequence for file in self.bureau.files[ISP_ID]}
        assert ledgers.compare(self.bureau, ISP_ID, forgotten=self.forgotten).all() == []

    def finish(self) -> None:
        """The troubles end, staff correct what is left, and all comes to rest."""
        self.running.start()
        self.bureau.faults.clear()
        if self.forgotten:
            # That a bureau lost files shows with the next one that is sent.
            self.take_in([GOOD])
        for _ in range(ROUNDS_TO_REST):
            self.bureau.advance(1000)
            sent, came = self.send(), self.poll()
            self.correct()
            self.check()
            if not sent and not came and not Request.objects.exclude(state="approved").exists():
                return
        left = dict(Request.objects.exclude(state="approved").values_list("ref", "state"))
        raise AssertionError(f"it does not come to rest: {left}, {sent}, {came}")

    def judge(self) -> None:
        """At rest: both ledgers tell the same story."""
        assert ledgers.compare_at_rest(self.bureau, ISP_ID).all() == []
        filed = [subject.isp_ztid for subject in self.bureau.filings()]
        own = list(Request.objects.values_list("subject_own_id", flat=True))
        assert sorted(filed) == sorted(own), "filed once each"
        assert Subject.objects.exclude(number="").count() == self.count
        assert ledgers.history_is_whole(Request.objects.all()) == []
