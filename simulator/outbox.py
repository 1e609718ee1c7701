"""Collects what the bureau has to say during one pass and turns it into download files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from lxml import etree

from simulator import messages
from simulator.conduct import Conduct
from simulator.downloads import Downloads
from simulator.messages import Decision, Result
from simulator.registry import Registry
from simulator.schema import download_problem

logger = logging.getLogger(__name__)


@dataclass
class _Mail:
    """What one unit is to be told."""

    results: list[Result] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    # Ztid -> the websites that changed.
    filed: dict[int, set[int]] = field(default_factory=dict)
    cancelled: list[tuple[int, int]] = field(default_factory=list)


class Outbox:
    """Fill it, then flush it once: each unit gets as few files as its option bundle allows."""

    def __init__(self, registry: Registry, downloads: Downloads, conduct: Conduct) -> None:
        self._registry, self._downloads, self._conduct = registry, downloads, conduct
        self._mail: dict[int, _Mail] = {}

    def result(self, isp_id: int, row: Result) -> None:
        omitted = replace(row, bs=None) if "Bs" in self._conduct.options(isp_id).omit else row
        self._of(isp_id).results.append(omitted)

    def decision(self, isp_id: int, row: Decision) -> None:
        omit = self._conduct.options(isp_id).omit
        if "Czlx" in omit:
            row = replace(row, operation=None)
        if "Jlid" in omit:
            row = replace(row, jlid=None)
        self._of(isp_id).decisions.append(row)

    def filed(self, isp_id: int, ztid: int, wzids: set[int]) -> None:
        self._of(isp_id).filed.setdefault(ztid, set()).update(wzids)

    def cancelled(self, isp_id: int, kind: int, record_id: int) -> None:
        self._of(isp_id).cancelled.append((kind, record_id))

    def flush(self, now: float) -> None:
        for isp_id, mail in self._mail.items():
            options = self._conduct.options(isp_id)
            if options.silent:
                continue
            groups = [self._said(mail, options.bundle), self._data(isp_id, mail)]
            if options.order == "data_first":
                groups.reverse()
            if options.order == "together":
                groups = [self._together(groups)]
            for group in groups:
                for about, parts in group:
                    self._send(isp_id, about, parts, now)
        self._mail.clear()

    def _of(self, isp_id: int) -> _Mail:
        return self._mail.setdefault(isp_id, _Mail())

    @staticmethod
    def _said(mail: _Mail, size: int) -> list[tuple[str, list[etree._Element]]]:
        count = max(len(mail.results), len(mail.decisions))
        return [
            ("BAJG", [messages.results(mail.results[at : at + size], mail.decisions[at : at + size])])
            for at in range(0, count, size)
        ]

    def _data(self, isp_id: int, mail: _Mail) -> list[tuple[str, list[etree._Element]]]:
        options, reviewer = self._conduct.options(isp_id), self._conduct.policy(isp_id).reviewer
        subjects = [self._registry.subjects[ztid] for ztid in mail.filed]
        subjects = [item for item in subjects if item.active_websites()]
        only = mail.filed if options.filed_part == "changed" else None
        groups = [
            ("BASJ", [messages.filed(subjects[at : at + options.bundle], reviewer, only)])
            for at in range(0, len(subjects), options.bundle)
        ]
        if mail.cancelled:
            groups.append(("ZXSJ", [messages.cancelled(mail.cancelled)]))
        return groups

    @staticmethod
    def _together(
        groups: list[list[tuple[str, list[etree._Element]]]],
    ) -> list[tuple[str, list[etree._Element]]]:
        """One file may hold one of each kind; the n-th of each kind travel together."""
        rounds: list[dict[str, list[etree._Element]]] = []
        for about, parts in (item for group in groups for item in group):
            free = next((item for item in rounds if about not in item), None)
            if free is None:
                free = {}
                rounds.append(free)
            free[about] = parts
        return [("+".join(item), [part for parts in item.values() for part in parts]) for item in rounds]

    def _send(self, isp_id: int, about: str, parts: list[etree._Element], now: float) -> None:
        root = messages.document(*parts)
        problem = download_problem(root)
        if problem is not None:
            logger.info("download %s breaks the schema: %s", about, problem)
            about += "!"
        encoding = self._conduct.options(isp_id).download_encoding
        self._downloads.put(isp_id, messages.to_bytes(root, encoding), about, now)
