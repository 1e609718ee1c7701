"""Revisions: writing a draft, checking it, freezing it, and what the request repeats of it for lists."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from filing.choices import PASSWORD_OPERATIONS, UNDECIDED_STATES, RequestState
from filing.documents.operations import read_content
from filing.documents.shape import Images, Problem
from filing.identifiers import initials_of
from filing.models import Request, Revision
from filing.rules import Finding, check
from filing.rules.registry import version
from filing.services.attachments import StoredImages
from filing.services.contexts import contexts_of
from filing.services.errors import RecordInvalid, problems_of
from filing.services.holdings import fill_bureau_ids, subject_held
from filing.services.owners import owner_key
from filing.services.targets import identify

Document = dict[str, Any]


def current_revision(request: Request) -> Revision:
    """The revision that the request stands at."""
    return request.revisions.get(number=request.revision_number)


def current_contents(requests: Sequence[Request]) -> dict[int, Document]:
    """The content of the revision that each of them stands at, by the request's key. One query."""
    return {key: content for key, (content, _checked_with) in current_checked(requests).items()}


def current_checked(requests: Sequence[Request]) -> dict[int, tuple[Document, str]]:
    """The same, each with the version of the rules that it passed when it was frozen ("" for a draft). One query."""
    numbers = {request.pk: request.revision_number for request in requests}
    rows = Revision.objects.filter(request__in=numbers).order_by()
    found = rows.values_list("request_id", "number", "content", "checked_with")
    return {key: (content, checked) for key, number, content, checked in found if number == numbers[key]}


def summarise(request: Request, content: Document) -> None:
    """Set the columns of a request that repeat its content. Does not save."""
    subject = content.get("subject", {})
    request.subject_own_id = subject.get("own_id")
    certificate = subject.get("certificate", {})
    request.owner_key = owner_key(certificate.get("type"), certificate.get("number", ""))
    target = identify(request.operation, content, request.isp_id)
    request.target = target.key
    request.result_keys, request.decision_keys = list(target.results), list(target.decisions)
    request.subject_name = (subject.get("name") or _name_held(request, content))[:255]
    request.subject_initials = initials_of(request.subject_name)
    request.domains = [
        domain["name"]
        for website in content.get("websites", [])
        for domain in website.get("domains", [])
        if domain.get("name")
    ] + [content["domain"] for _ in range(1) if content.get("domain")]


def undecided_for(request: Request) -> Request | None:
    """Another undecided request for the same target and operation: the bureau would refuse the second (1017)."""
    if not request.target:
        return None
    others = Request.objects.filter(
        operation=request.operation, target=request.target, state__in=UNDECIDED_STATES
    )
    return others.exclude(pk=request.pk).first()


def problem_of_two(other: Request) -> Problem:
    """In words: which request is in the way."""
    label = RequestState(other.state).label
    return Problem(
        "", "对象", f"同一对象已有未决的同类请求 {other.ref}（{label}），等它有结论后再报（代码 1017）"
    )


def save_alone(request: Request, columns: list[str] | None = None) -> None:
    """Save, unless another request for the same target and operation is undecided (the database holds to that).

    Raises: RecordInvalid that names the other.
    """
    try:
        with transaction.atomic():
            request.save(update_fields=columns)
    except IntegrityError as error:
        other = undecided_for(request)
        if other is None:
            raise
        raise RecordInvalid([problem_of_two(other)]) from error


SUMMARY_COLUMNS = (
    "subject_name", "subject_initials", "subject_own_id", "owner_key", "domains", "target", "result_keys",
    "decision_keys",
)  # fmt: skip


def _name_held(request: Request, content: Document) -> str:
    """Whose filing a request without a subject of its own is about; else the number that it gives."""
    subject = subject_held(request.operation, request.isp_id, content)
    if subject is not None:
        return subject.name
    names = ("subject_number", "website_number", "number", "domain")
    return str(next((content[name] for name in names if content.get(name)), ""))


def findings_for(request: Request, content: Document) -> list[Finding]:
    """What the rules find in a document that has passed its shape."""
    return check(request.operation, content, contexts_of([(request, content)])[0])


def problems_in(request: Request, content: Document, images: Images | None = None) -> list[Problem]:
    """Everything that keeps a document from being submitted: gaps and bounds first, then blocking rules."""
    return completed(request, content, images)[1]


def password_missing(request: Request) -> list[Problem]:
    """The owner's filing password, where the bureau asks for it and it is not held."""
    if request.operation not in PASSWORD_OPERATIONS or request.icp_password:
        return []
    return [Problem("icp_password", "ICP 备案密码", "补填：此业务由管局校验备案密码，向主办者索取")]


def completed(
    request: Request, content: Document, images: Images | None = None
) -> tuple[Document, list[Problem]]:
    """The document with the bureau's ids filled in, and everything that keeps it from being submitted."""
    clean, problems, _checked_with = _checked(request, content, images)
    return clean, problems


def _checked(
    request: Request, content: Document, images: Images | None = None
) -> tuple[Document, list[Problem], str]:
    """As `completed`, and the version of the rules that were asked."""
    clean, problems = read_content(request.operation, content, images or StoredImages())
    if not problems:
        problems = fill_bureau_ids(request.operation, clean, request.isp_id)
    if not problems:
        problems = password_missing(request)
    if problems:
        return clean, problems, ""
    (context,) = contexts_of([(request, clean)])
    found = check(request.operation, clean, context, only_blocking=True)
    return clean, problems_of(found), version(context.settings)


def freeze(revision: Revision, request: Request) -> None:
    """Make a revision the one that is reviewed, built and sent. From here on its content cannot change.

    Raises: RecordInvalid where it is not complete or a blocking rule finds a fault.
    """
    content, problems, checked_with = _checked(request, revision.content)
    if problems:
        raise RecordInvalid(problems)
    revision.content, revision.checked_with = content, checked_with
    revision.frozen_at = timezone.now()
    revision.save(update_fields=["content", "checked_with", "frozen_at", "saved_at"])
    # The bureau's ids are known now: they may name what another request names by its number.
    summarise(request, content)
    save_alone(request, [*SUMMARY_COLUMNS, "updated_at"])
