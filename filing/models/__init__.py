"""What is filed (subject, website, domain, access, range) and what is asked (request, revision, event), kept apart."""

from __future__ import annotations

from filing.models.access import HIGHEST_ADDRESS, Access, AddressRange
from filing.models.alert import Alert, AlertChoice, WebHook, WebHookDelivery
from filing.models.attachment import Attachment
from filing.models.audit import AuditEntry, AuditSeal
from filing.models.batch import Batch, BatchImage, BatchRow
from filing.models.blacklist import BlacklistedSubject, BlacklistedWebsite, IllegalAccess
from filing.models.codes import CodeEntry
from filing.models.in_process import InProcessElsewhere
from filing.models.lookup import Lookup
from filing.models.open_form import OpenForm
from filing.models.request import Request, RequestEvent, Revision
from filing.models.review import ReviewReader, RevisionEditor
from filing.models.rules import Broken, BureauRule, DomainLook, ImpactRun
from filing.models.step_term import StepTerm
from filing.models.subject import Subject
from filing.models.tally import Tally
from filing.models.team import Team
from filing.models.website import Domain, Website

__all__ = [
    "HIGHEST_ADDRESS",
    "Access",
    "AddressRange",
    "Alert",
    "AlertChoice",
    "Attachment",
    "AuditEntry",
    "AuditSeal",
    "Batch",
    "BatchImage",
    "BatchRow",
    "BlacklistedSubject",
    "BlacklistedWebsite",
    "Broken",
    "BureauRule",
    "CodeEntry",
    "Domain",
    "DomainLook",
    "IllegalAccess",
    "ImpactRun",
    "InProcessElsewhere",
    "Lookup",
    "OpenForm",
    "Request",
    "RequestEvent",
    "ReviewReader",
    "Revision",
    "RevisionEditor",
    "StepTerm",
    "Subject",
    "Tally",
    "Team",
    "WebHook",
    "WebHookDelivery",
    "Website",
]
