"""What a cancellation that came is about."""

from __future__ import annotations

from enum import IntEnum


class CancelledKind(IntEnum):
    """Spec: V.3.0 download schema, ZXSJ, Zxlb; 2 occurs though the schema stops at 1."""

    SUBJECT = 0
    WEBSITE = 1
    ACCESS = 2
