"""What is to be looked at (by the bureau's wish, in a campaign, as a re-visit), and what proves a request true."""

from __future__ import annotations

from verification.models.arrival import Arrival
from verification.models.campaign import Campaign
from verification.models.check import CheckResult
from verification.models.commitment import Commitment
from verification.models.listed import ListedWork
from verification.models.notice import Notice
from verification.models.proof import KeptMaterial, PrintedForm, Verification
from verification.models.task import VerificationTask
from verification.models.unfiled import UnfiledWebsite
from verification.models.visit import Visit
from verification.models.work_reader import WorkReader

__all__ = [
    "Arrival",
    "Campaign",
    "CheckResult",
    "Commitment",
    "KeptMaterial",
    "ListedWork",
    "Notice",
    "PrintedForm",
    "UnfiledWebsite",
    "Verification",
    "VerificationTask",
    "Visit",
    "WorkReader",
]
