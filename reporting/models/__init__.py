"""The link to the bureau and what crosses it: calls, data files, downloads."""

from reporting.models.diagnosis import Diagnosis
from reporting.models.downloads import BrokenDownload, Download, DownloadItem
from reporting.models.files import Call, DataFile, FileEntry, proof_of
from reporting.models.hand_call import HandCall
from reporting.models.imports import ImportDeviation, ImportKept, ImportRun, ImportSource
from reporting.models.link import HIGHEST_SEQUENCE, Link, LinkPause, NumberCheck
from reporting.models.password import PasswordTry
from reporting.models.reconciling import Difference, Met, Reconciliation

__all__ = [
    "HIGHEST_SEQUENCE",
    "BrokenDownload",
    "Call",
    "DataFile",
    "Diagnosis",
    "Difference",
    "Download",
    "DownloadItem",
    "FileEntry",
    "HandCall",
    "ImportDeviation",
    "ImportKept",
    "ImportRun",
    "ImportSource",
    "Link",
    "LinkPause",
    "Met",
    "NumberCheck",
    "PasswordTry",
    "Reconciliation",
    "proof_of",
]
