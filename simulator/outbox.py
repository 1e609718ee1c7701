"""Collects what the bureau has to say during one pass and turns it into download files."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field, replace

from lxml import etree

from simulator import messages
from simulator.config import Options
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
    filed: list[int] = field(default_factory=list)
    cancelled: list[tuple[int, int]] = field(default_factory=list)


class Outbox:
    """Fill it, then flush it once: each unit gets as few files as options.bundle allows."""

    def __init__(self, registry: Registry, downloads: Downloads, options: Options, reviewer: str) -> None:
        self._registry, self._downloads = registry, downloads
        self._options, self._reviewer = options, reviewer
        self._mail: dict[int, _Mail] = {}

    def result(self, isp_id: int, row: Result) -> None:
        omitted = replace(row, bs=None) if "Bs" in self._options.omit else row
        self._of(isp_id).results.append(omitted)

    def decision(self, isp_id: int, row: Decision) -> None:
        if "Czlx" in self._options.omit:
            row = replace(row, operation=None)
        if "Jlid" in self._options.omit:
            row = replace(row, jlid=None)
        self._of(isp_id).decisions.append(row)

    def filed(self, isp_id: int, ztid: int) -> None:
        if ztid not in self._of(isp_id).filed:
            self._of(isp_id).filed.append(ztid)

    def cancelled(self, isp_id: int, kind: int, record_id: int) -> None:
        self._of(isp_id).cancelled.append((kind, record_id))

    def flush(self, now: float) -> None:
        for isp_id, mail in self._mail.items():
            groups = [self._said(mail), self._data(mail)]
            if self._options.order == "data_first":
                groups.reverse()
            if self._options.order == "together":
                groups = [self._together(groups)]
            for group in groups:
                for about, parts in group:
                    self._send(isp_id, about, parts, now)
        self._mail.clear()

    def _of(self, isp_id: int) -> _Mail:
        return self._mail.setdefault(isp_id, _Mail())

    def _said(self, mail: _Mail) -> list[tuple[str, list[etree._Element]]]:
        size = self._options.bundle
        count = max(len(mail.results), len(mail.decisions))
        return [
            ("BAJG", [messages.results(mail.results[at : at + size], mail.decisions[at : at + size])])
            for at in range(0, count, size)
        ]

    def _data(self, mail: _Mail) -> list[tuple[str, list[etree._Element]]]:
        size = self._options.bundle
        subjects = [self._registry.subjects[ztid] for ztid in mail.filed]
        subjects = [item for item in subjects if item.active_websites()]
        groups = [
            ("BASJ", [messages.filed(subjects[at : at + size], self._reviewer)])
            for at in range(0, len(subjects), size)
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
        self._downloads.put(isp_id, messages.to_bytes(root), about, now)
