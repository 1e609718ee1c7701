"""Blacklists on their way in: what a download says, before it is stored. What may be missing is None or empty."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum


class ListAction(IntEnum):
    """What is done to an entry. Spec: V.3.0 download schema, HMDLB, Czlx 0, 1, 2."""

    ADD = 0
    CHANGE = 1
    REMOVE = 2


@dataclass(frozen=True)
class BlacklistedSubjectData:
    """主体黑名单 (Zthmdxxs): named by its certificate."""

    action: ListAction
    certificate_type: int
    certificate_number: str
    name: str = ""
    nature: int | None = None
    remarks: str = ""


@dataclass(frozen=True)
class BlacklistedWebsiteData:
    """网站黑名单 (Wzhmdxxs): a website and its domains, which name it."""

    action: ListAction
    domains: tuple[str, ...]
    name: str = ""
    home_url: str = ""
    remarks: str = ""


@dataclass(frozen=True)
class IllegalAccessData:
    """非法接入 (Ffjrxx): a domain at an address of a provider. Addresses are unsigned 32-bit numbers."""

    domain: str
    bureau_id: int | None = None
    address: int | None = None
    provider_id: int | None = None
    province: int | None = None
    detected_at: datetime | None = None
    remarks: str = ""
