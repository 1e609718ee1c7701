"""What the bureau asks to be looked at, on its way in: what a download says, before it is stored.

What may be missing is None or empty. Addresses are unsigned 32-bit numbers, times aware; inside documents addresses
are dotted quads and times text, as everywhere in the filing JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from verification.choices import CheckKind, NoticeKind


@dataclass(frozen=True)
class TaskData:
    """核实任务 (HSRW/Baxx). `content` is the whole filing as the bureau sent it: subject, websites, remarks.

    Shape: the filing JSON of a verification result, with the bureau's ids; what the bureau left out is left out. Once
    stored, images in it are references.
    """

    subject_bureau_id: int
    subject_name: str = ""
    content: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class UnfiledData:
    """未备案网站 (WBAWZLB/Wbawz_xx)."""

    domain: str
    bureau_id: int | None = None
    address: int | None = None
    languages: tuple[int, ...] = ()
    detected_at: datetime | None = None
    first_detected_at: datetime | None = None
    detections: int | None = None
    province: int | None = None
    provider_id: int | None = None
    carrier_id: int | None = None
    remarks: str = ""


@dataclass(frozen=True)
class CheckData:
    """核查结果 (HCJG/Jgxx): one finding. `verdict` is Hcjg as sent; its meaning is in `kind`.

    `words` say what is wrong with a subject.
    """

    kind: CheckKind
    verdict: int | None = None
    subject_bureau_id: int | None = None
    website_bureau_id: int | None = None
    access_bureau_id: int | None = None
    website_number: str = ""
    name: str = ""
    certificate_type: int | None = None
    certificate_number: str = ""
    domain: str = ""
    address: int | None = None
    provider_id: int | None = None
    home_url: str = ""
    words: str = ""
    checked_at: datetime | None = None
    remarks: str = ""


@dataclass(frozen=True)
class NoticeData:
    """整改通知 (XGTZ/Tzxx): `kind` None where Tzlb says neither of the two."""

    words: str
    kind: NoticeKind | None = None
    number: str = ""
    bureau_id: int | None = None
    remarks: str = ""
