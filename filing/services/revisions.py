"""Revisions: writing a draft, checking it, freezing it, and what the request repeats of it for lists."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from filing.choices import Operation
from filing.documents.operations import read_content
from filing.documents.shape import Images, Problem
from filing.models import Request, Revision
from filing.rules import Context, Finding, blocking, check
from filing.services.attachments import StoredImages, facts_of
from filing.services.errors import RecordInvalid, problems_of

Document = dict[str, Any]


def current_revision(request: Request) -> Revision:
    """The revision that the request stands at."""
    return request.revisions.get(number=request.revision_number)


def summarise(request: Request, content: Document) -> None:
    """Set the columns of a request that repeat its content. Does not save."""
    subject = content.get("subject", {})
    request.subject_name = subject.get("name", "")[:255]
    request.subject_own_id = subject.get("own_id")
    request.domains = [
        domain["name"]
        for website in content.get("websites", [])
        for domain in website.get("domains", [])
        if domain.get("name")
    ]
    if request.operation == Operation.NEW_FILING:
        # No filing exists yet: what the bureau's results name is our own subject id.
        request.target = f"own-subject:{request.subject_own_id}" if request.subject_own_id else ""


def findings_for(request: Request, content: Document) -> list[Finding]:
    """What the rules find in a document that has passed its shape."""
    return check(request.operation, content, Context(images=facts_of(content)))


def problems_in(request: Request, content: Document, images: Images | None = None) -> list[Problem]:
    """Everything that keeps a document from being submitted: gaps and bounds first, then blocking rules."""
    clean, problems = read_content(request.operation, content, images or StoredImages())
    return problems or problems_of(blocking(findings_for(request, clean)))


def freeze(revision: Revision, request: Request) -> None:
    """Make a revision the one that is reviewed, built and sent. From here on its content cannot change.

    Raises: RecordInvalid where it is not complete or a blocking rule finds a fault.
    """
    if problems := problems_in(request, revision.content):
        raise RecordInvalid(problems)
    revision.frozen_at = timezone.now()
    revision.save(update_fields=["frozen_at", "saved_at"])
