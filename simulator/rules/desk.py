"""What a check may look at, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass, field

from simulator import codes
from simulator.cases import Cases
from simulator.config import Unit
from simulator.envelope import md5_hex
from simulator.lists import Lists
from simulator.model import CaseItem
from simulator.options import Options
from simulator.registry import Registry


@dataclass(frozen=True)
class Desk:
    """One unit's request before the bureau."""

    unit: Unit
    options: Options
    registry: Registry
    cases: Cases
    lists: Lists

    def password_is_right(self, digest: str | None, held: str | None) -> bool:
        """Whether ICPmm (MD5 in hex, in the case and charset of the options) is that of the filing password held."""
        if held is None:
            return True
        right, given = md5_hex(held, self.options.password_charset), (digest or "").strip()
        if self.options.password_case == "either":
            given = given.lower()
        elif self.options.password_case == "upper":
            right = right.upper()
        return given == right

    def optional_password_is_wrong(self, digest: str | None, held: str | None) -> bool:
        """For operations that need no password: whether one that is given, or missing, counts against it."""
        asked = self.options.password_asked
        if asked == "required" or (asked == "given" and not (digest or "").strip()):
            return False
        return not self.password_is_right(digest, held)


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
