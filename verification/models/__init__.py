"""What the bureau asks to be looked at: verification tasks, unfiled websites, check results, notices."""

from __future__ import annotations

from verification.models.arrival import Arrival
from verification.models.check import CheckResult
from verification.models.notice import Notice
from verification.models.task import VerificationTask
from verification.models.unfiled import UnfiledWebsite

__all__ = ["Arrival", "CheckResult", "Notice", "UnfiledWebsite", "VerificationTask"]
