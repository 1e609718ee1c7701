"""What rules may ask about beside a document: what is filed here, what is asked here, what is listed.

`Held` knows nothing; `filing.services.rule_facts` answers from the database, for many documents at once, and only what
some rule asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class HeldAccess:
    """A filed access of a website. `ranges`: the bureau's ids of its address ranges."""

    bureau_id: int | None
    provider_id: int | None
    isp_id: int
    ranges: frozenset[int] = frozenset()


@dataclass(frozen=True)
class HeldWebsite:
    """A filed website: whose it is, and what is under it. `accesses`: those that were not cancelled."""

    isp_id: int
    bureau_id: int | None
    number: str
    name: str
    subject_name: str
    subject_bureau_id: int | None
    home_url: str = ""
    cancelled: bool = False
    domain_ids: frozenset[int] = frozenset()
    accesses: tuple[HeldAccess, ...] = ()


@dataclass(frozen=True)
class HeldSubject:
    """A filed subject that was not cancelled."""

    isp_id: int
    bureau_id: int | None
    number: str
    name: str


@dataclass(frozen=True)
class OpenRequest:
    """A request of ours that is on its way: the bureau has not decided it."""

    ref: str
    operation: str
    target: str


@dataclass(frozen=True)
class Look:
    """Where a domain led. `points`: a value of `DomainPoints`."""

    domain: str
    points: str
    addresses: tuple[int, ...]
    looked_at: datetime


@dataclass(frozen=True)
class About:
    """The filed record that a document names itself (by id or number), and whose it is.

    `found` False: it is not held here; None: that was not asked. `several`: its number stands for several records.
    """

    found: bool | None = None
    several: bool = False
    subject_id: int | None = None
    certificate: tuple[int, str] | None = None
    website_id: int | None = None
    website_cancelled: bool = False
    access_id: int | None = None
    access_provider: int | None = None


class Held:
    """Answers for one link's documents. This one holds nothing."""

    def subjects_with(self, certificate_type: int, number: str) -> Sequence[HeldSubject]:
        """Filed subjects with this certificate."""
        return ()

    def websites_with(self, domain: str) -> Sequence[HeldWebsite]:
        """Filed websites with this domain."""
        return ()

    def websites_named(self, name: str) -> Sequence[HeldWebsite]:
        """Filed websites of this name."""
        return ()

    def website(self, bureau_id: int) -> HeldWebsite | None:
        """The filed website with this id of the bureau, its accesses and ranges with it."""
        return None

    def subjects_called_at(self, mobile: str) -> int:
        """How many filed subjects have this mobile number."""
        return 0

    def is_subject_listed(self, certificate_type: int, number: str) -> bool:
        """Whether a blacklist holds this certificate now."""
        return False

    def is_domain_listed(self, name: str) -> bool:
        """Whether a blacklist holds this domain now."""
        return False

    def asked_for_domain(self, name: str) -> Sequence[OpenRequest]:
        """Other requests of ours at the bureau that ask for this domain."""
        return ()

    def asked_for_owner(self, certificate_type: int, number: str) -> Sequence[OpenRequest]:
        """Other new filings of ours at the bureau for this certificate."""
        return ()

    def open_on_subject(self, bureau_id: int) -> Sequence[OpenRequest]:
        """Changes and cancellations of this subject, or of what is under it, that are at the bureau."""
        return ()

    def is_in_process_elsewhere(self, bureau_id: int) -> bool:
        """Whether something of this subject is still in process in the system used before."""
        return False

    def filed_own_ids(self, kind: str) -> frozenset[int]:
        """Which of our own numbers in the documents are filed already. Kinds: "website", "access", "range"."""
        return frozenset()

    def looks(self) -> Sequence[Look]:
        """Where the domains of this request led when they were last looked up."""
        return ()

    def is_unfiled(self, domain: str) -> bool:
        """Whether a bureau listed this domain as unfiled; also where none ever sent a list."""
        return True

    def answered(self, domain: str) -> Sequence[OpenRequest]:
        """Requests of ours that answered for this unfiled domain and were not refused."""
        return ()


@dataclass(frozen=True)
class Setting:
    """What a bureau makes of a rule: "off", "warn" or "block", and its own words where it has some."""

    setting: str
    words: str = ""


@dataclass(frozen=True)
class Settings:
    """The settings that hold for one document, by the rule's name, else by its code."""

    by_rule: Mapping[str, Setting] = field(default_factory=dict)

    def of(self, name: str, code: int) -> Setting | None:
        return self.by_rule.get(name) or self.by_rule.get(str(code))
