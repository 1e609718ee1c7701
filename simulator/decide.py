"""The bureau's work between acceptance and download: business checks, review, and what follows from them.

It has no thread of its own: every call of an interface method, of the control interface or of a helper first
does whatever is due by the clock, so that a run is repeatable.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator import codes
from simulator.cases import Cases
from simulator.conduct import Conduct
from simulator.config import Unit
from simulator.filing import Outcome, carry_out
from simulator.intake import FileRefused, examine, read_file, without_images
from simulator.lists import Lists
from simulator.messages import Decision, Result, local_time
from simulator.model import (
    CANCEL_ACCESS,
    CANCEL_SUBJECT,
    CANCEL_WEBSITE,
    CHANGE,
    MATERIALS,
    NEW_ACCESS,
    NEW_FILING,
    NEW_WEBSITE,
    UNFILED,
    VERIFICATION,
    AcceptedFile,
    Case,
    CaseItem,
)
from simulator.outbox import Outbox
from simulator.policy import REJECTED, Reviewers
from simulator.registry import Registry, domain_key
from simulator.rules.desk import Desk, Request

APPROVED, STORED, ADDRESSES_FOUND = 1001, 1060, 1062
NO_DECISION = (MATERIALS, VERIFICATION, UNFILED)
NO_KIND = (VERIFICATION, UNFILED)
NAMES_ADDRESSES = (NEW_FILING, NEW_WEBSITE, NEW_ACCESS, CHANGE)
# What ZXSJ calls the three cancellations.
CANCEL_KINDS = {CANCEL_SUBJECT: 0, CANCEL_WEBSITE: 1, CANCEL_ACCESS: 2}


@dataclass
class Review:
    """One pass over the work. The caller holds the bureau's lock and flushes the outbox."""

    conduct: Conduct
    reviewers: Reviewers
    registry: Registry
    cases: Cases
    lists: Lists
    outbox: Outbox
    units: frozenset[int]
    now: float

    def process(self, file: AcceptedFile, unit: Unit, xml: bytes) -> str | None:
        """Check a file and open its cases; answers the cause where the whole file is refused."""
        file.processed = True
        options = self.conduct.options(file.isp_id)
        try:
            records = read_file(file, xml, options)
        except FileRefused as refusal:
            file.refused_with = refusal.code
            self.outbox.result(file.isp_id, refusal.result)
            return refusal.cause
        file.record_count = len(records)
        desk = Desk(unit, options, self.registry, self.cases, self.lists)
        for position, (record, rule) in enumerate(records, start=1):
            request = examine(record, rule, desk)
            case = self._open_case(file, unit, position, request, without_images(record))
            file.records.append(f"{case.operation}:{case.bs}")
            self._check(case, request)
        return None

    def decide_due(self) -> None:
        """Decide what the reviewers have had long enough."""
        for case in self.cases.open():
            if case.due_at is None or case.due_at > self.now:
                continue
            policy = self.conduct.policy(case.isp_id)
            for item in case.items:
                waits = item.refusal is None and policy.mode == "rules"
                if item.approved is None and not waits:
                    words = item.refusal or policy.approve_words
                    self.decide(case, item, approved=item.refusal is None, words=words)

    def decide(self, case: Case, item: CaseItem, *, approved: bool, words: str) -> None:
        """The reviewers' word on one item; the last one closes the case and is carried out."""
        item.approved, item.words = approved, words
        results = self.conduct.options(case.isp_id).results
        if results != "result_only":
            reviewer, at = self.conduct.policy(case.isp_id).reviewer, local_time(self.now)
            row = Decision(approved, words, case.operation, item.jlid, reviewer, at)
            self.outbox.decision(case.isp_id, row)
        if any(other.approved is None for other in case.items):
            self.cases.save(case)
            return
        all_approved = all(other.approved for other in case.items)
        case.state = "approved" if all_approved else "rejected"
        case.codes = [APPROVED if all_approved else REJECTED]
        self.cases.save(case)
        if results != "decision_only":
            self._tell(case, [(code, codes.message(code)) for code in case.codes])
        if any(other.approved for other in case.items):
            self._carry_out(case)

    def _open_case(
        self, file: AcceptedFile, unit: Unit, position: int, request: Request, record: str
    ) -> Case:
        return Case(
            case_id=self.cases.next_id(),
            isp_id=file.isp_id,
            sequence=file.sequence,
            position=position,
            operation=request.operation,
            record=record,
            bs=request.bs,
            name=request.name,
            domains=request.domains,
            certificate=request.certificate,
            items=request.items,
            received_at=file.received_at,
            due_at=None,
            forwarded=request.province not in (None, unit.province),
            ztid=request.ztid,
            wzid=request.wzid,
        )

    def _check(self, case: Case, request: Request) -> None:
        policy = self.conduct.policy(case.isp_id)
        after_s = policy.delay_s + policy.spread_s * self.reviewers.lot(case, 0)
        for item in case.items:
            refusal = self.reviewers.find_refusal(case, item, policy)
            if refusal is None:
                continue
            if refusal.code != REJECTED:
                request.find(refusal.code, refusal.words)
            item.refusal = refusal.words
            if refusal.after_s is not None:
                after_s = refusal.after_s
        if request.findings:
            case.state, case.codes = "returned", list(request.findings)
            self.cases.save(case)
            self._tell(case, list(request.findings.items()))
        elif case.operation in NO_DECISION:
            self._finish(case)
        else:
            refused = any(item.refusal is not None for item in case.items)
            decided_here = policy.mode == "auto" or (policy.mode == "rules" and refused)
            case.due_at = case.received_at + after_s if decided_here else None
            self.cases.save(case)
            if self.conduct.options(case.isp_id).address_result and case.operation in NAMES_ADDRESSES:
                self._tell(case, [(ADDRESSES_FOUND, codes.message(ADDRESSES_FOUND))])

    def _finish(self, case: Case) -> None:
        """Close what has no decision."""
        case.state = "approved"
        case.codes = [STORED if case.operation == MATERIALS else APPROVED]
        self.cases.save(case)
        if case.operation == UNFILED:
            self.lists.unfiled.setdefault(case.isp_id, {})[domain_key(case.bs)] = True
        name = {UNFILED: "WBACLJG", VERIFICATION: "HSJG"}.get(case.operation, "XZHYD")
        if name not in self.conduct.options(case.isp_id).quiet_success:
            self._tell(case, [(code, codes.message(code)) for code in case.codes])

    def _tell(self, case: Case, found: list[tuple[int, str]]) -> None:
        operation: int | None = case.operation
        strict = self.conduct.options(case.isp_id).strict_download
        if case.operation in NO_KIND:
            operation = NEW_FILING if strict else None
        elif case.operation == MATERIALS and strict:
            operation = NEW_FILING
        self.outbox.result(case.isp_id, Result(tuple(found), operation, self._bs(case) or None))

    def _bs(self, case: Case) -> str:
        """What a result names its request by: bureaus differ."""
        form = self.conduct.options(case.isp_id).bs_form
        subject = self.registry.subject(case.ztid or 0)
        if form == "as_sent" or subject is None or case.operation in (NEW_FILING, VERIFICATION, UNFILED):
            return case.bs
        site = next((item for item in subject.websites if item.wzid == case.wzid), None)
        if form == "number":
            return site.number if site is not None else subject.number
        return case.bs if case.operation == NEW_ACCESS else str(subject.ztid)

    def _carry_out(self, case: Case) -> None:
        before = self.registry.subject(case.ztid or 0)
        units = before.providers() if before is not None else set()
        options = self.conduct.options(case.isp_id)
        outcome = carry_out(case, self.registry, self.now, options)
        if outcome is None:
            return
        case.ztid = outcome.subject.ztid
        self.cases.save(case)
        units |= {case.isp_id} | outcome.subject.providers()
        for isp_id in sorted(units & self.units) if options.share_filed else [case.isp_id]:
            self._announce(isp_id, case, outcome)

    def _announce(self, isp_id: int, case: Case, outcome: Outcome) -> None:
        kind = CANCEL_KINDS.get(case.operation)
        if kind is None or (kind == 2 and self.conduct.options(isp_id).access_cancelled == "data"):
            self.outbox.filed(isp_id, outcome.subject.ztid, outcome.changed)
            for wzid in sorted(outcome.gone):
                self.outbox.cancelled(isp_id, CANCEL_KINDS[CANCEL_WEBSITE], wzid)
        else:
            self.outbox.cancelled(isp_id, kind, int(case.bs))
