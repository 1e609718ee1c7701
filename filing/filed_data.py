"""Filed data on its way in: what a download or a hand-out says of a subject, before it is stored.

Everything that the bureau may leave out is None or empty; over the link its ids never are, on disk they may be.
Addresses are unsigned 32-bit numbers, times aware.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class PersonData:
    """负责人 (Fzr, Wz_Fzr)."""

    name: str = ""
    office_phone: str = ""
    mobile: str = ""
    email: str = ""
    msn: str = ""
    qq: str = ""
    certificate_type: int | None = None
    certificate_number: str = ""

    def columns(self) -> dict[str, Any]:
        """As columns of `filing.models.people.ResponsiblePerson`."""
        return {
            "responsible_name": self.name,
            "office_phone": self.office_phone,
            "mobile": self.mobile,
            "email": self.email,
            "msn": self.msn,
            "qq": self.qq,
            "person_certificate_type": self.certificate_type,
            "person_certificate_number": self.certificate_number,
        }


@dataclass(frozen=True)
class DomainData:
    """域名 (Ym_xx)."""

    name: str
    bureau_id: int | None = None
    own_id: int | None = None


@dataclass(frozen=True)
class RangeData:
    """IP 段 (Ip_xx)."""

    start: int
    end: int
    bureau_id: int | None = None
    own_id: int | None = None


@dataclass(frozen=True)
class AccessData:
    """接入 (Jr_xx)."""

    bureau_id: int | None
    own_id: int | None = None
    provider_id: int | None = None
    server_locations: tuple[int, ...] = ()
    methods: tuple[int, ...] = ()
    ranges: tuple[RangeData, ...] = ()


@dataclass(frozen=True)
class WebsiteData:
    """网站 (Wz_xx). Pre-approvals carry type and number; scans that come back are not stored again."""

    bureau_id: int | None
    name: str
    own_id: int | None = None
    number: str = ""
    home_url: str = ""
    remarks: str = ""
    service_contents: tuple[int, ...] = ()
    languages: tuple[int, ...] = ()
    pre_approvals: tuple[dict[str, Any], ...] = ()
    domains: tuple[DomainData, ...] = ()
    accesses: tuple[AccessData, ...] = ()
    responsible: PersonData = field(default_factory=PersonData)
    first_filed_at: datetime | None = None
    last_modified_at: datetime | None = None


@dataclass(frozen=True)
class SubjectData:
    """主体 (Zt_xx) with its websites: one Baxx."""

    bureau_id: int | None
    name: str
    province: int
    certificate_type: int
    certificate_number: str
    own_id: int | None = None
    number: str = ""
    nature: int | None = None
    investor: str = ""
    city: int | None = None
    county: int | None = None
    address_detail: str = ""
    certificate_address: str = ""
    filed_by: int | None = None
    remarks: str = ""
    responsible: PersonData = field(default_factory=PersonData)
    websites: tuple[WebsiteData, ...] = ()
    first_filed_at: datetime | None = None
    last_modified_at: datetime | None = None
