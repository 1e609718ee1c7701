"""What the bureau starts by itself: when, and about which of its filings. Decided by a seed, done by the clock."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from simulator.invalid import ConfigInvalid, check_names, integer, names_of, seconds
from simulator.message_parts import EXAMPLE_ADDRESS
from simulator.model import Subject, Website

# Of a long time that nobody called in, no more than this is made up for.
CATCH_UP = 100
NOTICES = (
    "网站首页未标明备案号，请在十个工作日内整改。",
    "网站首页的备案号未链接至备案查询网址，请整改。",
    "主体负责人手机号码已停机，请变更备案信息。",
    "网站开办内容与备案的服务内容不一致，请整改。",
)
CHECKS = ("subject", "over_reported", "under_reported", "empty", "alive")
TABLES = ("Dwxz", "Zjlx", "Nrlx", "Fwnr", "Jrfs", "Fbdd", "Zxly", "Cljg", "Yylb")


@dataclass(frozen=True)
class Occasion:
    """One turn: lots, the unit, what it has filed, and a number of this turn's own."""

    lots: random.Random
    isp_id: int
    filings: list[Subject]
    serial: int

    def subject(self) -> Subject | None:
        return self.lots.choice(self.filings) if self.filings else None

    def website(self) -> Website | None:
        """One that this unit serves."""
        served = [
            site
            for subject in self.filings
            for site in subject.active_websites()
            if any(access.isp_id == self.isp_id for access in site.accesses)
        ]
        return self.lots.choice(served) if served else None

    def address(self) -> int:
        """One of the addresses that this unit reported, else one that is kept for examples."""
        site = self.website()
        own = [access for access in site.accesses if access.isp_id == self.isp_id] if site else []
        return own[0].ranges[0].first if own and own[0].ranges else EXAMPLE_ADDRESS


Doc = dict[str, Any]


def _about_a_subject(occasion: Occasion) -> Doc | None:
    subject = occasion.subject()
    return {"id": subject.ztid} if subject is not None else None


def _notice(occasion: Occasion) -> Doc | None:
    subject, site = occasion.subject(), occasion.website()
    about = site.wzid if site is not None and occasion.lots.random() < 0.6 else subject and subject.ztid
    return {"id": about, "words": occasion.lots.choice(NOTICES)} if about else None


def _check(occasion: Occasion) -> Doc | None:
    site, what = occasion.website(), occasion.lots.choice(CHECKS)
    return {"id": site.wzid, "what": what} if site is not None else None


def _unfiled(occasion: Occasion) -> Doc:
    return {"domain": f"found{occasion.serial}.example.cn", "ip": occasion.address()}


def _illegal_access(occasion: Occasion) -> Doc:
    return {"domain": f"illegal{occasion.serial}.example.cn", "ip": occasion.address()}


def _blacklist(occasion: Occasion) -> Doc:
    """Mostly strangers: what a blacklist names can neither be filed nor changed any more."""
    lot, site = occasion.lots.random(), occasion.website()
    if lot < 0.2 and site is not None:
        return {"id": site.wzid, "words": "网站内容违法"}
    if lot < 0.6:
        name = f"bad{occasion.serial}.example.cn"
        return {"website": {"name": f"示例违规网站{occasion.serial}", "domains": [name], "url": name}}
    number = f"9111010900{occasion.serial:08d}"
    return {"subject": {"name": f"示例失信公司{occasion.serial}", "nature": 4, "type": 1, "number": number}}


def _codes(occasion: Occasion) -> Doc:
    """All tables at first, later the one that was revised."""
    return {} if occasion.serial == 1 else {"tables": [occasion.lots.choice(TABLES)]}


def _sync(occasion: Occasion) -> Doc:
    return {"what": "filings" if occasion.filings and occasion.lots.random() < 0.7 else "codes"}


KINDS: Mapping[str, Callable[[Occasion], Doc | None]] = {
    "verification_task": _about_a_subject,
    "unfiled": _unfiled,
    "blacklist": _blacklist,
    "illegal_access": _illegal_access,
    "notice": _notice,
    "check": _check,
    "codes": _codes,
    "sync": _sync,
    "filed": _about_a_subject,
}


@dataclass(frozen=True)
class Schedule:
    """every_s 0: never. times: how many in all, None for ever. seed None: the configuration's own."""

    every_s: float = 0.0
    kinds: tuple[str, ...] = tuple(KINDS)
    seed: int | None = None
    times: int | None = None

    def changed(self, doc: Mapping[str, Any]) -> Schedule:
        """Raises: ConfigInvalid."""
        check_names(doc, names_of(Schedule), "initiative")
        values: dict[str, Any] = {}
        if "every_s" in doc:
            values["every_s"] = seconds(doc, "every_s", 0)
        if "kinds" in doc:
            unknown = [str(kind) for kind in doc["kinds"] if kind not in KINDS]
            if unknown or not doc["kinds"]:
                known = ", ".join(KINDS)
                raise ConfigInvalid(
                    f"initiative: kinds unknown or none: {', '.join(unknown)}; known: {known}"
                )
            values["kinds"] = tuple(doc["kinds"])
        for name in ("seed", "times"):
            if name in doc:
                values[name] = None if doc[name] is None else integer(doc, name, 0)
        return replace(self, **values)

    def due(self, past_s: float, done: int) -> range:
        """The turns that are due, of which 1 comes every_s after the beginning; the oldest are let go."""
        if self.every_s <= 0:
            return range(0)
        last = int(past_s // self.every_s)
        if self.times is not None:
            last = min(last, self.times)
        return range(max(done, last - CATCH_UP) + 1, last + 1)

    def ideas(
        self, turn: int, seed: int, units: list[int], filings_of: Callable[[int], list[Subject]]
    ) -> Iterator[tuple[int, str, Doc]]:
        """(unit, kind, values) of one turn: the first that can be sent is; the others stand in for it."""
        lots = random.Random(f"{seed if self.seed is None else self.seed}:{turn}")
        for isp_id in lots.sample(units, len(units)):
            occasion = Occasion(lots, isp_id, filings_of(isp_id), turn)
            for kind in lots.sample(self.kinds, len(self.kinds)):
                doc = KINDS[kind](occasion)
                if doc is not None:
                    yield isp_id, kind, doc
