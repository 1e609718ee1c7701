"""What this bureau holds: filed subjects, and cases (requests that came in and what became of them)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

FILED = "filed"
CANCELLED = "cancelled"

# Operation kinds as in Czlx. Answers to the bureau carry none: they get numbers of our own above its range.
NEW_FILING, NEW_WEBSITE, NEW_ACCESS, CHANGE, CANCEL_ACCESS, CANCEL_SUBJECT, CANCEL_WEBSITE = range(1, 8)
MATERIALS = 35
VERIFICATION, UNFILED = 101, 102

OPERATION_NAMES = {
    NEW_FILING: "新增备案",
    NEW_WEBSITE: "新增网站",
    NEW_ACCESS: "新增接入",
    CHANGE: "变更备案",
    CANCEL_ACCESS: "取消接入",
    CANCEL_SUBJECT: "注销主体",
    CANCEL_WEBSITE: "注销网站",
    MATERIALS: "提交核验材料",
    VERIFICATION: "核实结果",
    UNFILED: "未备案处理结果",
}


@dataclass
class IpRange:
    ipid: int
    isp_ipid: int | None
    first: int
    last: int


@dataclass
class Domain:
    ymid: int
    isp_ymid: int | None
    name: str


@dataclass
class Access:
    """content: XML of <Jr_xx> holding only Wzfb and Wzjrfs."""

    jrid: int
    isp_jrid: int | None
    isp_id: int
    content: str
    ranges: list[IpRange] = field(default_factory=list)


@dataclass
class Website:
    """content: XML of <Wz_xx> without ids, domains, accesses and number."""

    wzid: int
    isp_wzid: int | None
    number: str
    content: str
    first_at: str
    changed_at: str
    home_url: str = ""
    state: str = FILED
    domains: list[Domain] = field(default_factory=list)
    accesses: list[Access] = field(default_factory=list)


@dataclass
class Subject:
    """content: XML of <Zt_xx> without ids and number. next_website is the suffix the next website gets."""

    ztid: int
    isp_ztid: int | None
    isp_id: int
    number: str
    province: int
    name: str
    certificate: str
    content: str
    filed_by: str
    password: str | None
    first_at: str
    changed_at: str
    state: str = FILED
    next_website: int = 1
    websites: list[Website] = field(default_factory=list)

    def active_websites(self) -> list[Website]:
        return [website for website in self.websites if website.state == FILED]

    def providers(self) -> set[int]:
        """The units that have an access under this subject."""
        return {access.isp_id for site in self.active_websites() for access in site.accesses}

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, doc: dict[str, Any]) -> Subject:
        return cls(**{**doc, "websites": [_website(item) for item in doc["websites"]]})


@dataclass
class CaseItem:
    """One thing to be decided: jlid is what the decision will name, names what refuse rules look into.

    refusal: the words with which the reviewers will refuse it, where they already know.
    """

    jlid: int
    label: str
    names: str = ""
    approved: bool | None = None
    words: str = ""
    refusal: str | None = None


@dataclass
class Case:
    """One record of an accepted file.

    record: its XML without attachments. bs: what results name it by.
    state: open, approved, rejected or returned.
    """

    case_id: int
    isp_id: int
    sequence: int
    position: int
    operation: int
    record: str
    bs: str
    name: str
    domains: list[str]
    certificate: str
    items: list[CaseItem]
    received_at: float
    due_at: float | None
    forwarded: bool = False
    ztid: int | None = None
    wzid: int | None = None
    state: str = "open"
    codes: list[int] = field(default_factory=list)

    @property
    def is_open(self) -> bool:
        return self.state == "open"

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, doc: dict[str, Any]) -> Case:
        return cls(**{**doc, "items": [CaseItem(**item) for item in doc["items"]]})


@dataclass
class AcceptedFile:
    """An upload that was answered 0. records: "operation:what results name it by" of each, in order."""

    isp_id: int
    sequence: int
    entry_name: str
    zip_md5: str
    encrypted: bool
    received_at: float
    record_count: int = 0
    processed: bool = False
    refused_with: int | None = None
    records: list[str] = field(default_factory=list)


@dataclass
class Delivery:
    """A file in a unit's download queue."""

    number: int
    isp_id: int
    file_name: str
    about: str
    created_at: float
    acknowledged: bool = False


def _website(doc: dict[str, Any]) -> Website:
    accesses = [
        Access(**{**item, "ranges": [IpRange(**part) for part in item["ranges"]]}) for item in doc["accesses"]
    ]
    return Website(**{**doc, "domains": [Domain(**item) for item in doc["domains"]], "accesses": accesses})
