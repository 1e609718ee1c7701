"""What the bureau asks to be looked at (tasks, unfiled websites, check results, notices), and what proves a request true."""

from __future__ import annotations

from verification.models.arrival import Arrival
from verification.models.check import CheckResult
from verification.models.notice import Notice
from verification.models.proof import KeptMaterial, PrintedForm, Verification
from verification.models.task import VerificationTask
from verification.models.unfiled import UnfiledWebsite

__all__ = [
    "Arrival",
    "CheckResult",
    "KeptMaterial",
    "Notice",
    "PrintedForm",
    "UnfiledWebsite",
    "Verification",
    "VerificationTask",
]
