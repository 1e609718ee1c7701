"""The bureau: state, lock, and the six methods of the interface."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from typing import Any

from simulator import judge
from simulator.answers import Answer, answer, file_infos, missing
from simulator.cases import Cases
from simulator.config import Config, Options, Unit
from simulator.decide import Review
from simulator.downloads import Downloads
from simulator.envelope import Opened, Packed, Refused, make_zip, md5_base64, open_upload, pack
from simulator.faults import Fault, Faults
from simulator.journal import Journal
from simulator.messages import local_time
from simulator.model import AcceptedFile, Case, Delivery, Subject
from simulator.outbox import Outbox
from simulator.queries import Queries
from simulator.registry import Registry
from simulator.rules.desk import Lists
from simulator.soap import Call
from simulator.store import Store

KEPT_UPLOADS = 50
ANY_CODE_WORDS = {20: "请您在规定的时间段内进行报备，报备时间为："}


class Bureau:
    """One bureau with its units, filings and queues.

    Every public method takes the lock, does first what is due by the clock, and commits before it returns.
    clock answers seconds since the epoch; tests may give their own.
    """

    def __init__(self, config: Config, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.clock = clock
        self.lock = threading.RLock()
        self.options: Options = config.options
        self.policy = config.decide
        self.units = {unit.isp_id: unit for unit in config.units}
        self.faults = Faults(config.seed, config.faults)
        self.journal = Journal(config.state_dir)
        self.store = Store(config.state_dir)
        self._load()

    # The interface ---------------------------------------------------------------------------------

    def call(self, call: Call, peer: str = "127.0.0.1", fault: Fault | None = None) -> str:
        """Answer one method call; the fault is one that changes the answer itself (code, hash, queue)."""
        with self.lock:
            remark = None
            try:
                self._advance()
                if fault is not None and fault.kind == "code":
                    reply = self._answer_with_code(fault)
                else:
                    unit = judge.check_identity(call, self.units.get(call.number("ispId")), peer)
                    judge.check_hours(self.options, local_time(self.clock())[11:16])
                    reply = getattr(self, f"_{call.method}")(call, unit, fault)
            except Refused as refusal:
                words = ANY_CODE_WORDS[20] + refusal.detail if refusal.code == 20 else None
                reply, remark = answer(refusal.code, words=words), refusal.detail or None
            self.store.commit()
            self._note(call, reply, fault, remark)
            return reply.text

    def _isp_upload(self, call: Call, unit: Unit, fault: Fault | None) -> Answer:
        encrypted = judge.check_algorithms(call, unit)
        sequence, last = call.number("dataSequence"), self.last_sequence(unit.isp_id)
        if sequence < 1:
            raise Refused(999, "dataSequence must be 1 or more")
        if sequence > last + 1:
            return missing(judge.missing_numbers(sequence, last))
        if self._is_full(unit.isp_id) and sequence == last + 1:
            raise Refused(15)
        opened = open_upload(call.text("beianInfo"), call.text("beianInfoHash"), unit, encrypted=encrypted)
        if sequence <= last:
            return self._repeated(unit.isp_id, sequence, opened)
        if any(file.entry_name == opened.entry_name for file in self.files[unit.isp_id]):
            raise Refused(999, "the entry's name was used before")
        self._accept(unit, sequence, opened, encrypted=encrypted)
        return answer(0)

    def _isp_download(self, call: Call, unit: Unit, fault: Fault | None) -> Answer:
        judge.check_hash_algorithm(call)
        waiting = self.downloads.waiting(unit.isp_id)
        if not waiting:
            return answer(2)
        packed = pack(self.downloads.zip_bytes(waiting[0]), unit, encrypt=unit.encrypt)
        if fault is not None and fault.kind == "wrong_hash":
            packed = Packed(packed.info, md5_base64(b"something else"), packed.encrypted)
        code = 3 if len(waiting) > 1 else self.options.last_file_code
        return answer(code, file_infos(packed, waiting[0].file_name))

    def _isp_downloadack(self, call: Call, unit: Unit, fault: Fault | None) -> Answer:
        judge.check_hash_algorithm(call)
        name = call.text("fileName").strip()
        if not name:
            raise Refused(21)
        delivery = self.downloads.find(unit.isp_id, name)
        if delivery is None:
            raise Refused(999, "no file of this name")
        if fault is None or fault.kind != "repeat_after_ack":
            self.downloads.acknowledge(delivery)
        if self.options.ack_code == "zero":
            return answer(0)
        return answer(3 if self.downloads.waiting(unit.isp_id) else 1)

    def _isp_querypreviousupload(self, call: Call, unit: Unit, fault: Fault | None) -> Answer:
        judge.check_hash_algorithm(call)
        files = self.files[unit.isp_id]
        if not files:
            if self.options.previous_none == "absent":
                return answer(0)
            return answer(0, file_infos(None, "", 0))
        file = files[-1]
        zip_bytes = self.store.blob(_upload_key(file))
        if self.options.previous == "rezipped":
            opened = open_upload(*_plain(zip_bytes), unit, encrypted=False)
            zip_bytes = make_zip(opened.entry_name, opened.xml)
        encrypt = file.encrypted and self.options.previous != "plain"
        return answer(0, file_infos(pack(zip_bytes, unit, encrypt=encrypt), file.entry_name, file.sequence))

    def _isp_querybeianstatus(self, call: Call, unit: Unit, fault: Fault | None) -> Answer:
        judge.check_hash_algorithm(call)
        return self.queries.status(call)

    def _isp_verifybamm(self, call: Call, unit: Unit, fault: Fault | None) -> Answer:
        judge.check_hash_algorithm(call)
        return self.queries.verify_password(call, self.options)

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
            text = words or (self.policy.approve_words if approve else "不符合要求，请修改后重新提交。")
            count = 0
            for case in self.cases.open():
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

    def advance(self) -> None:
        """Do whatever is due by the clock."""
        with self.lock:
            self._advance()
            self.store.commit()

    def set_options(self, doc: dict[str, Any]) -> None:
        """Raises: ConfigInvalid."""
        with self.lock:
            self.options = self.options.changed(doc)

    def set_mode(self, mode: str, delay_s: float | None = None) -> None:
        """Change how new requests are decided; auto also takes up what waits."""
        with self.lock:
            delay = self.policy.delay_s if delay_s is None else delay_s
            self.policy = replace(self.policy, mode=mode, delay_s=delay)
            if mode == "auto":
                for case in self.cases.open():
                    case.due_at = case.received_at + delay
                    self.cases.save(case)
            self.advance()

    def last_sequence(self, isp_id: int) -> int:
        files = self.files.get(isp_id)
        return files[-1].sequence if files else 0

    def reset(self) -> None:
        """Forget everything but the units, the options and the journal's file."""
        with self.lock:
            self.store.clear()
            self.faults.clear()
            self.journal.clear()
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
        self.lists = _load_lists(self.store)
        self.queries = Queries(self.registry)
        self.files: dict[int, list[AcceptedFile]] = {isp_id: [] for isp_id in self.units}
        for doc in self.store.load("file").values():
            file = AcceptedFile(**doc)
            self.files.setdefault(file.isp_id, []).append(file)

    def _review(self) -> Review:
        outbox = Outbox(self.registry, self.downloads, self.options, self.policy.reviewer)
        return Review(
            self.config,
            self.options,
            self.policy,
            self.registry,
            self.cases,
            self.lists,
            outbox,
            self.clock(),
        )

    def _advance(self) -> None:
        review = self._review()
        for isp_id, files in self.files.items():
            for file in files:
                due = file.received_at + self.policy.check_delay_s
                if not file.processed and due <= review.now and isp_id in self.units:
                    self._process(review, file)
        review.decide_due()
        self._finish(review)

    def _process(self, review: Review, file: AcceptedFile) -> None:
        unit = self.units[file.isp_id]
        opened = open_upload(*_plain(self.store.blob(_upload_key(file))), unit, encrypted=False)
        cause = review.process(file, unit, opened.xml)
        self._save_file(file)
        self.store.put("lists", "unfiled", {str(key): value for key, value in self.lists.unfiled.items()})
        self.journal.write(
            review.now,
            file.isp_id,
            "check",
            sequence=file.sequence,
            code=file.refused_with,
            file_name=file.entry_name,
            remark=cause,
        )

    def _finish(self, review: Review) -> None:
        review.outbox.flush(review.now)
        self.store.commit()

    def _accept(self, unit: Unit, sequence: int, opened: Opened, *, encrypted: bool) -> None:
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
        self._save_file(file)
        self.store.commit()
        self._advance()
        for old in self.files[unit.isp_id][-KEPT_UPLOADS - 1 : -KEPT_UPLOADS]:
            if old.processed:
                self.store.delete_blob(_upload_key(old))

    def _repeated(self, isp_id: int, sequence: int, opened: Opened) -> Answer:
        """An accepted number again: what is answered is not specified, so it is an option."""
        if self.options.repeat == "code14":
            return missing([])
        file = next(item for item in self.files[isp_id] if item.sequence == sequence)
        if self.options.repeat == "ok" and file.zip_md5 == md5_base64(opened.zip_bytes):
            return answer(0)
        raise Refused(999, "this number was accepted before")

    def _is_full(self, isp_id: int) -> bool:
        limit = self.options.max_waiting_files
        if limit is None:
            return False
        waiting = {case.sequence for case in self.cases.open() if case.isp_id == isp_id}
        waiting |= {file.sequence for file in self.files[isp_id] if not file.processed}
        return len(waiting) >= limit

    def _save_file(self, file: AcceptedFile) -> None:
        self.store.put("file", f"{file.isp_id}:{file.sequence}", asdict(file))

    def _answer_with_code(self, fault: Fault) -> Answer:
        words = fault.words
        if words is None and fault.code in ANY_CODE_WORDS:
            words = ANY_CODE_WORDS[fault.code] + fault.hours
        return answer(fault.code, words=words)

    def _note(self, call: Call, reply: Answer, fault: Fault | None, remark: str | None) -> None:
        sent = call.text("beianInfo")
        self.journal.write(
            self.clock(),
            call.number("ispId"),
            call.method,
            sequence=call.number("dataSequence") if call.method == "isp_upload" else None,
            code=reply.code,
            file_name=call.text("fileName") or None,
            sha256=hashlib.sha256(sent.encode()).hexdigest() if sent else None,
            fault=fault.kind if fault else None,
            remark=remark,
        )


def _upload_key(file: AcceptedFile) -> str:
    return f"up:{file.isp_id}:{file.sequence}"


def _plain(zip_bytes: bytes) -> tuple[str, str]:
    """Stored bytes in the form an unencrypted upload has, so that one function opens both."""
    packed = pack(zip_bytes, Unit(0, "", ""), encrypt=False)
    return packed.info, packed.info_hash


def _load_lists(store: Store) -> Lists:
    docs = store.load("lists")
    return Lists(
        subjects=set(docs.get("subjects", [])),
        domains=set(docs.get("domains", [])),
        unfiled={int(key): value for key, value in docs.get("unfiled", {}).items()},
    )
