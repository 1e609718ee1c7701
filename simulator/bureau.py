"""The bureau: its state under one lock, what it does by the clock, and helpers for tests and the control page."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from simulator import answers, judge
from simulator.answers import Answer, answer
from simulator.cases import Cases
from simulator.clock import Clock
from simulator.conduct import Conduct
from simulator.config import Config, Unit
from simulator.decide import Review
from simulator.downloads import Downloads
from simulator.envelope import Opened, Refused, md5_base64, open_stored
from simulator.faults import Fault, Faults
from simulator.journal import Journal
from simulator.lists import Lists
from simulator.messages import local_time
from simulator.methods import METHODS
from simulator.model import AcceptedFile, Case, Delivery, Subject
from simulator.neighbours import add_neighbour
from simulator.outbox import Outbox
from simulator.policy import Reviewers
from simulator.queries import Queries
from simulator.registry import Registry
from simulator.soap import Call
from simulator.store import Store
from simulator.turns import take_turns

KEPT_UPLOADS = 50
OUTSIDE_HOURS = 20
REFUSING = "不符合要求，请修改后重新提交。"


class Bureau:
    """One bureau with its units, filings and queues.

    Every public method takes the lock, does first what is due by the clock, and commits before it returns.
    clock answers seconds since the epoch; tests may give their own.
    """

    def __init__(self, config: Config, clock: Callable[[], float] | None = None) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.units = {unit.isp_id: unit for unit in config.units}
        self.journal = Journal(config.state_dir)
        self.store = Store(config.state_dir)
        ahead = float(self.store.load("clock").get("ahead_s", 0))
        self.clock: Callable[[], float] = clock or Clock(config.clock_speed, ahead)
        self.faults = Faults(
            config.seed,
            lambda: self.clock(),
            lock=self.lock,
            save=lambda docs: self.store.put("faults", "now", docs),
        )
        self.conduct = Conduct(config, self.store, self.clock())
        if self.conduct.goes_on:
            self.faults.restore(self.store.load("faults").get("now", []))
        else:
            self.faults.begin(self.conduct.fault_docs())
        self.store.commit()
        self._load()

    # The interface ---------------------------------------------------------------------------------

    def call(self, call: Call, peer: str = "127.0.0.1", fault: Fault | None = None) -> str:
        """Answer one method call; the fault is one that changes the answer itself (code, hash, queue)."""
        with self.lock:
            try:
                reply, remark = self._answer(call, peer, fault)
                self.store.commit()
            except Exception:
                # Half a call must not become part of the books.
                self.go_back()
                raise
            self._note(call, reply, fault, remark)
            return answers.styled(reply.text, self.conduct.options(call.number("ispId")).answer_style)

    def pick_fault(self, method: str, isp_id: int) -> Fault | None:
        """What goes wrong with this call, if anything; the book of faults is kept before it strikes."""
        with self.lock:
            fault = self.faults.pick(method, isp_id)
            if fault is not None:
                self.store.commit()
            return fault

    def _answer(self, call: Call, peer: str, fault: Fault | None) -> tuple[Answer, str | None]:
        try:
            self._advance()
            if fault is not None and fault.kind == "code":
                return _answer_with_code(fault), None
            unit = judge.check_identity(call, self.units.get(call.number("ispId")), peer)
            hours = self.conduct.options(unit.isp_id)
            judge.check_hours(hours, local_time(self.clock())[11:16], call.method)
            return METHODS[call.method](self, call, unit, fault), None
        except Refused as refusal:
            words = answers.outside_hours(refusal.detail) if refusal.code == OUTSIDE_HOURS else None
            return answer(refusal.code, words=words), refusal.detail or None

    # What the methods need; the caller holds the lock ---------------------------------------------

    def last_sequence(self, isp_id: int) -> int:
        files = self.files.get(isp_id)
        return files[-1].sequence if files else 0

    def accepted_file(self, isp_id: int, sequence: int) -> AcceptedFile:
        """Raises: StopIteration where this number was not accepted."""
        return next(file for file in self.files[isp_id] if file.sequence == sequence)

    def uploaded_bytes(self, file: AcceptedFile) -> bytes:
        """The zip as it came, decrypted. Raises: KeyError where it was let go by age."""
        return self.store.blob(_upload_key(file))

    def knows_entry_name(self, isp_id: int, name: str) -> bool:
        return any(file.entry_name == name for file in self.files[isp_id])

    def is_full(self, isp_id: int) -> bool:
        """Whether max_waiting_files files of this unit still wait for checks or decisions."""
        limit = self.conduct.options(isp_id).max_waiting_files
        if limit is None:
            return False
        waiting = {case.sequence for case in self.cases.open() if case.isp_id == isp_id}
        waiting |= {file.sequence for file in self._unprocessed if file.isp_id == isp_id}
        return len(waiting) >= limit

    def accept(self, unit: Unit, sequence: int, opened: Opened, *, encrypted: bool) -> None:
        """Take a file into the books, commit, then do what is due with it."""
        file = AcceptedFile(
            isp_id=unit.isp_id,
            sequence=sequence,
            entry_name=opened.entry_name,
            zip_md5=md5_base64(opened.zip_bytes),
            encrypted=encrypted,
            received_at=self.clock(),
        )
        self.store.put_blob(_upload_key(file), opened.zip_bytes)
        self.files[unit.isp_id].append(file)
        self._unprocessed.append(file)
        self._save_file(file)
        self.store.commit()
        self._advance()
        for old in self.files[unit.isp_id][-KEPT_UPLOADS - 1 : -KEPT_UPLOADS]:
            if old.processed:
                self.store.delete_blob(_upload_key(old))

    def go_back(self) -> None:
        """Give up what was not committed."""
        self.store.rollback()
        self._load()

    def save_lists(self) -> None:
        self.lists.save(self.store)

    # Helpers for tests, the control interface and the page -------------------------------------------

    def accepted(self, isp_id: int) -> list[tuple[int, str, int]]:
        """(sequence, entry name, number of records) of every accepted file; records count 0 where refused."""
        with self.lock:
            self.advance()
            return [(file.sequence, file.entry_name, file.record_count) for file in self.files[isp_id]]

    def pending(self) -> list[Case]:
        """What waits for a decision."""
        with self.lock:
            self.advance()
            return self.cases.open()

    def filings(self) -> list[Subject]:
        with self.lock:
            self.advance()
            return list(self.registry.subjects.values())

    def queue(self, isp_id: int) -> list[Delivery]:
        """What a unit has not acknowledged, oldest first."""
        with self.lock:
            self.advance()
            return list(self.downloads.waiting(isp_id))

    def decide(
        self,
        own_id: int | None = None,
        *,
        approve: bool = True,
        words: str | None = None,
        case_id: int | None = None,
    ) -> int:
        """Decide what is open: by the id the decision names, by case, or everything; answers how many."""
        with self.lock:
            self.advance()
            review = self._review()
            count = 0
            for case in self.cases.open():
                approving = self.conduct.policy(case.isp_id).approve_words
                text = words or (approving if approve else REFUSING)
                for item in case.items:
                    wanted = own_id in (None, item.jlid) and case_id in (None, case.case_id)
                    if wanted and item.approved is None:
                        review.decide(case, item, approved=approve, words=text)
                        count += 1
            self._finish(review)
            return count

    def send(self, isp_id: int, xml: bytes, about: str = "SEND") -> str:
        """Put a ready download document into a unit's queue; answers the file's name."""
        with self.lock:
            delivery = self.downloads.put(isp_id, xml, about, self.clock())
            self.store.commit()
            return delivery.file_name

    def add_neighbours(self, count: int = 1, isp_id: int | None = None) -> list[Subject]:
        """File invented subjects of a provider that is not connected here, for practising new accesses."""
        with self.lock:
            unit = self.units[isp_id] if isp_id is not None else next(iter(self.units.values()))
            password = self.conduct.options(unit.isp_id).filing_password
            now = self.clock()
            added = [add_neighbour(self.registry, unit.province, now, password) for _ in range(count)]
            self.store.commit()
            return added

    def advance(self, seconds: float = 0) -> None:
        """Do whatever is due by the clock, after putting it forward where seconds are given."""
        with self.lock:
            if seconds:
                if not isinstance(self.clock, Clock):
                    raise ValueError("this bureau runs on a clock of the caller's")
                self.clock.advance(seconds)
                self.store.put("clock", "ahead_s", self.clock.ahead_s)
            self._advance()
            self.store.commit()

    def set_options(self, doc: dict[str, Any], isp_id: int | None = None) -> None:
        """Change options by hand, for every unit or for one. Raises: ConfigInvalid, KeyError."""
        with self.lock:
            self._change("options", doc, isp_id)
            self.store.commit()

    def set_mode(self, mode: str, delay_s: float | None = None, isp_id: int | None = None) -> None:
        """Change how new requests are decided; auto also takes up what waits. Raises: ConfigInvalid, KeyError."""
        with self.lock:
            doc: dict[str, Any] = {"mode": mode}
            if delay_s is not None:
                doc["delay_s"] = delay_s
            self._change("decide", doc, isp_id)
            if mode == "auto":
                for case in self.cases.open():
                    if isp_id in (None, case.isp_id):
                        case.due_at = case.received_at + self.conduct.policy(case.isp_id).delay_s
                        self.cases.save(case)
            self.advance()

    def set_initiative(self, doc: dict[str, Any]) -> None:
        """Change what the bureau starts by itself. Raises: ConfigInvalid."""
        with self.lock:
            self.advance()
            self.conduct.change_initiative(doc, self.clock())
            self.store.commit()

    def choose_scene(self, name: str, minutes: float | None = None) -> None:
        """Begin a scene: it lies over the configuration; changes by hand are gone. Raises: ConfigInvalid."""
        with self.lock:
            self.advance()
            self.conduct.choose(name, minutes, self.clock())
            self.faults.begin(self.conduct.fault_docs())
            self.journal.write(self.clock(), 0, "scene", remark=name)
            self.advance()

    def reset(self) -> None:
        """Forget everything but the units, changes by hand and the journal's file; the scene begins anew."""
        with self.lock:
            self.store.clear()
            self.journal.clear()
            if isinstance(self.clock, Clock):
                self.store.put("clock", "ahead_s", self.clock.ahead_s)
            self.conduct.begin_anew(self.clock())
            self.faults.begin(self.conduct.fault_docs())
            self.store.commit()
            self._load()

    def close(self) -> None:
        with self.lock:
            self.store.commit()
            self.store.close()

    # Inside ---------------------------------------------------------------------------------------

    def _load(self) -> None:
        self.registry = Registry(self.store)
        self.cases = Cases(self.store)
        self.downloads = Downloads(self.store)
        self.lists = Lists.load(self.store)
        self.queries = Queries(self.registry, self.store)
        self.reviewers = Reviewers(self.config.seed, self.store)
        self.files: dict[int, list[AcceptedFile]] = {isp_id: [] for isp_id in self.units}
        for doc in self.store.load("file").values():
            file = AcceptedFile(**doc)
            self.files.setdefault(file.isp_id, []).append(file)
        self._unprocessed = [file for files in self.files.values() for file in files if not file.processed]

    def _review(self) -> Review:
        return Review(
            conduct=self.conduct,
            reviewers=self.reviewers,
            registry=self.registry,
            cases=self.cases,
            lists=self.lists,
            outbox=Outbox(self.registry, self.downloads, self.conduct),
            units=frozenset(self.units),
            now=self.clock(),
        )

    def _advance(self) -> None:
        review = self._review()
        for file in list(self._unprocessed):
            if file.isp_id not in self.units:
                continue
            if file.received_at + self.conduct.policy(file.isp_id).check_delay_s <= review.now:
                self._process(review, file)
                self._unprocessed.remove(file)
        review.decide_due()
        self._finish(review)
        take_turns(self, review.now)
        self.store.commit()

    def _change(self, part: str, doc: dict[str, Any], isp_id: int | None) -> None:
        if isp_id is not None and isp_id not in self.units:
            raise KeyError(f"unit {isp_id}")
        self.conduct.change(part, doc, isp_id)

    def _process(self, review: Review, file: AcceptedFile) -> None:
        opened = open_stored(self.uploaded_bytes(file))
        cause = review.process(file, self.units[file.isp_id], opened.xml)
        self._save_file(file)
        self.save_lists()
        self.journal.write(
            review.now,
            file.isp_id,
            "check",
            sequence=file.sequence,
            code=file.refused_with,
            file_name=file.entry_name,
            records=file.records or None,
            remark=cause,
        )

    def _finish(self, review: Review) -> None:
        review.outbox.flush(review.now)
        self.store.commit()

    def _save_file(self, file: AcceptedFile) -> None:
        self.store.put("file", f"{file.isp_id}:{file.sequence}", asdict(file))

    def _note(self, call: Call, reply: Answer, fault: Fault | None, remark: str | None) -> None:
        sent = call.text("beianInfo")
        self.journal.write(
            self.clock(),
            call.number("ispId"),
            call.method,
            sequence=call.number("dataSequence") if call.method == "isp_upload" else None,
            code=reply.code,
            file_name=call.text("fileName") or reply.file_name,
            sha256=hashlib.sha256(sent.encode()).hexdigest() if sent else None,
            fault=fault.kind if fault else None,
            remark=remark,
        )


def _upload_key(file: AcceptedFile) -> str:
    return f"up:{file.isp_id}:{file.sequence}"


def _answer_with_code(fault: Fault) -> Answer:
    words = fault.words
    if words is None and fault.code == OUTSIDE_HOURS:
        words = answers.outside_hours(fault.hours)
    return answer(fault.code, words=words)
