"""The cases: every record of every accepted file, and what is still in process."""

from __future__ import annotations

from collections.abc import Iterable

from simulator.model import Case
from simulator.registry import domain_key
from simulator.store import Store


class Cases:
    """Not thread-safe by itself: the bureau's lock guards every use."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._cases = {int(key): Case.from_json(doc) for key, doc in store.load("case").items()}
        self._open = {case_id: case for case_id, case in self._cases.items() if case.is_open}
        self._domains = {domain_key(name): case.case_id for case in self.open() for name in case.domains}
        self._certificates = {case.certificate: case.case_id for case in self.open() if case.certificate}
        self._own_ids = {key for case in self.open() for key in _own_ids(case)}
        self._last_id = max(self._cases, default=0)

    def next_id(self) -> int:
        self._last_id += 1
        return self._last_id

    def save(self, case: Case) -> None:
        self._cases[case.case_id] = case
        if case.is_open:
            self._open[case.case_id] = case
            self._domains.update({domain_key(name): case.case_id for name in case.domains})
            self._own_ids.update(_own_ids(case))
            if case.certificate:
                self._certificates[case.certificate] = case.case_id
        elif self._open.pop(case.case_id, None):
            self._close(case)
        self._store.put("case", case.case_id, case.to_json())

    def all(self) -> list[Case]:
        return list(self._cases.values())

    def get(self, case_id: int) -> Case | None:
        return self._cases.get(case_id)

    def open(self) -> list[Case]:
        return list(self._open.values())

    def closed(self) -> list[Case]:
        return [case for case in self._cases.values() if not case.is_open]

    def open_about(
        self, operations: Iterable[int], *, ztid: int | None = None, wzid: int | None = None
    ) -> bool:
        """Whether something of these kinds is in process for a subject or a website."""
        wanted = set(operations)
        return any(
            case.operation in wanted
            and (ztid is None or case.ztid == ztid)
            and (wzid is None or case.wzid == wzid)
            for case in self._open.values()
        )

    def domain_in_process(self, name: str) -> bool:
        return domain_key(name) in self._domains

    def certificate_in_process(self, certificate: str) -> bool:
        return certificate in self._certificates

    def own_id_in_process(self, isp_id: int, operation: int, own_id: int) -> bool:
        return (isp_id, operation, own_id) in self._own_ids

    def _close(self, case: Case) -> None:
        for key in map(domain_key, case.domains):
            if self._domains.get(key) == case.case_id:
                del self._domains[key]
        if self._certificates.get(case.certificate) == case.case_id:
            del self._certificates[case.certificate]
        self._own_ids.difference_update(_own_ids(case))


def _own_ids(case: Case) -> list[tuple[int, int, int]]:
    return [(case.isp_id, case.operation, item.jlid) for item in case.items]
