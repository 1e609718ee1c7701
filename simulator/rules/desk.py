"""What a check may look at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator import codes
from simulator.cases import Cases
from simulator.config import Options, Unit
from simulator.envelope import md5_hex
from simulator.model import CaseItem
from simulator.registry import Registry, domain_key


@dataclass
class Lists:
    """The bureau's own lists. unfiled: unit -> domain it was asked about -> whether it has answered."""

    subjects: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)
    unfiled: dict[int, dict[str, bool]] = field(default_factory=dict)

    def blocks_domain(self, name: str) -> bool:
        return domain_key(name) in self.domains


@dataclass(frozen=True)
class Desk:
    """One unit's request before the bureau."""

    unit: Unit
    options: Options
    registry: Registry
    cases: Cases
    lists: Lists

    def password_is_right(self, digest: str | None, held: str | None) -> bool:
        """Whether ICPmm (MD5 in hex, either case) is that of the filing password held."""
        if held is None:
            return True
        return (digest or "").strip().lower() == md5_hex(held)


@dataclass
class Request:
    """One record as the checks understand it, with what they found wrong."""

    operation: int
    bs: str = ""
    name: str = ""
    domains: list[str] = field(default_factory=list)
    certificate: str = ""
    items: list[CaseItem] = field(default_factory=list)
    province: int | None = None
    ztid: int | None = None
    wzid: int | None = None
    findings: dict[int, str] = field(default_factory=dict)

    def find(self, code: int, words: str | None = None) -> None:
        """Note a code; each is reported once, with the words of its first cause."""
        self.findings.setdefault(code, words or codes.message(code))
