"""The bureau's work between acceptance and download: business checks, review, and what follows from them.

It has no thread of its own: every call of an interface method, of the control interface or of a helper first
does whatever is due by the clock, so that a run is repeatable.
"""

from __future__ import annotations

from dataclasses import dataclass

from simulator import codes
from simulator.cases import Cases
from simulator.config import DecidePolicy, Options, Unit
from simulator.filing import carry_out
from simulator.intake import FileRefused, examine, read_file, without_attachments
from simulator.messages import Decision, Result, local_time
from simulator.model import (
    CANCEL_ACCESS,
    CANCEL_SUBJECT,
    CANCEL_WEBSITE,
    MATERIALS,
    UNFILED,
    VERIFICATION,
    AcceptedFile,
    Case,
    CaseItem,
    Subject,
)
from simulator.outbox import Outbox
from simulator.policy import REJECTED, Policy
from simulator.registry import Registry, domain_key
from simulator.rules.desk import Desk, Lists, Request

APPROVED, STORED, ADDRESSES_FOUND = 1001, 1060, 1062
NO_DECISION = (MATERIALS, VERIFICATION, UNFILED)
NO_KIND = (VERIFICATION, UNFILED)
# What ZXSJ calls the three cancellations.
CANCEL_KINDS = {CANCEL_SUBJECT: 0, CANCEL_WEBSITE: 1, CANCEL_ACCESS: 2}


@dataclass
class Review:
    """One pass over the work. The caller holds the bureau's lock and flushes the outbox."""

    options: Options
    policy: DecidePolicy
    refusals: Policy
    registry: Registry
    cases: Cases
    lists: Lists
    outbox: Outbox
    units: frozenset[int]
    now: float

    def process(self, file: AcceptedFile, unit: Unit, xml: bytes) -> str | None:
        """Check a file and open its cases; answers the cause where the whole file is refused."""
        file.processed = True
        try:
            records = read_file(file, xml)
        except FileRefused as refusal:
            file.refused_with = refusal.code
            self.outbox.result(file.isp_id, refusal.result)
            return refusal.cause
        file.record_count = len(records)
        desk = Desk(unit, self.options, self.registry, self.cases, self.lists)
        for position, (record, rule) in enumerate(records, start=1):
            request = examine(record, rule, desk)
            case = self._open_case(file, unit, position, request, without_attachments(record))
            self._check(case, request)
        return None

    def decide_due(self) -> None:
        """Decide what the reviewers have had long enough."""
        for case in self.cases.open():
            if case.due_at is None or case.due_at > self.now:
                continue
            for item in case.items:
                waits = item.refusal is None and self.policy.mode == "rules"
                if item.approved is None and not waits:
                    words = item.refusal or self.policy.approve_words
                    self.decide(case, item, approved=item.refusal is None, words=words)

    def decide(self, case: Case, item: CaseItem, *, approved: bool, words: str) -> None:
        """The reviewers' word on one item; the last one closes the case and is carried out."""
        item.approved, item.words = approved, words
        if self.options.results != "result_only":
            at = local_time(self.now)
            row = Decision(approved, words, case.operation, item.jlid, self.policy.reviewer, at)
            self.outbox.decision(case.isp_id, row)
        if any(other.approved is None for other in case.items):
            self.cases.save(case)
            return
        all_approved = all(other.approved for other in case.items)
        case.state = "approved" if all_approved else "rejected"
        case.codes = [APPROVED if all_approved else REJECTED]
        self.cases.save(case)
        if self.options.results != "decision_only":
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
        after_s = self.policy.delay_s + self.policy.spread_s * self.refusals.lot(case, 0)
        for item in case.items:
            refusal = self.refusals.find_refusal(case, item, self.policy)
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
            decided_here = self.policy.mode == "auto" or (self.policy.mode == "rules" and refused)
            case.due_at = case.received_at + after_s if decided_here else None
            self.cases.save(case)
            if self.options.address_result:
                self._tell(case, [(ADDRESSES_FOUND, codes.message(ADDRESSES_FOUND))])

    def _finish(self, case: Case) -> None:
        """Close what has no decision."""
        case.state = "approved"
        case.codes = [STORED if case.operation == MATERIALS else APPROVED]
        self.cases.save(case)
        if case.operation == UNFILED:
            self.lists.unfiled.setdefault(case.isp_id, {})[domain_key(case.bs)] = True
        name = {UNFILED: "WBACLJG", VERIFICATION: "HSJG"}.get(case.operation, "XZHYD")
        if name not in self.options.quiet_success:
            self._tell(case, [(code, codes.message(code)) for code in case.codes])

    def _tell(self, case: Case, found: list[tuple[int, str]]) -> None:
        operation: int | None = case.operation
        if case.operation in NO_KIND:
            operation = 1 if self.options.strict_download else None
        elif case.operation == MATERIALS and self.options.strict_download:
            operation = 1
        self.outbox.result(case.isp_id, Result(tuple(found), operation, case.bs or None))

    def _carry_out(self, case: Case) -> None:
        before = self.registry.subject(case.ztid or 0)
        units = before.providers() if before is not None else set()
        subject = carry_out(case, self.registry, self.now, self.options.filing_password)
        if subject is None:
            return
        case.ztid = subject.ztid
        self.cases.save(case)
        units |= {case.isp_id} | subject.providers()
        for isp_id in sorted(units & self.units) if self.options.share_filed else [case.isp_id]:
            self._announce(isp_id, case, subject)

    def _announce(self, isp_id: int, case: Case, subject: Subject) -> None:
        kind = CANCEL_KINDS.get(case.operation)
        if kind is None or (kind == 2 and self.options.access_cancelled == "data"):
            self.outbox.filed(isp_id, subject.ztid)
        else:
            self.outbox.cancelled(isp_id, kind, int(case.bs))
