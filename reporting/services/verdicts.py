"""What can be asked about a waiting request, and what the answers say of it. Approves only what they prove.

An answer is for the request only where names and numbers agree with it; a domain or certificate that stands under another
filing never approves anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from filing.choices import FiledState, Operation
from filing.identifiers import subject_number_of
from filing.models import Request, Subject, Website
from filing.services.holdings import find_subject, find_website, subject_held
from reporting.services.filing_query import (
    DOMAIN_CONDITION,
    Question,
    Status,
    about_certificate,
    about_domain,
    same_text,
)

Document = dict[str, Any]
MOST_DOMAINS_OF_A_WEBSITE = 3
MOST_QUESTIONS = 10
CANCELLATIONS = frozenset({Operation.CANCEL_SUBJECT, Operation.CANCEL_WEBSITE})


class Verdict(StrEnum):
    """What one answer says of the request."""

    AGREES = "agrees"  # what was asked for is done
    OPEN = "open"  # not done yet
    ANOTHER = "another"  # it stands under another filing
    UNCLEAR = "unclear"  # done, perhaps by this request: a person must compare


@dataclass(frozen=True)
class Judged:
    """An answer with its question, what it says of the request, and that in words."""

    question: Question
    status: Status
    verdict: Verdict
    words: str


@dataclass(frozen=True)
class Owner:
    """Under which subject a domain should stand: its number where that is known; or the bureau says it has none."""

    number: str | None
    is_unfiled: bool = False


@dataclass(frozen=True)
class Asking:
    """What is asked about a request. `is_whole`: the answers together may decide it."""

    questions: tuple[Question, ...]
    is_whole: bool = True


def questions_about(request: Request, content: Document) -> Asking:
    """The questions whose answers tell of this request; none for operations that the interface cannot tell of."""
    match request.operation:
        case Operation.NEW_FILING:
            subject = content.get("subject", {}).get("certificate", {})
            certificate = about_certificate(subject.get("type"), subject.get("number", ""))
            found = [certificate] if certificate else []
            for website in content.get("websites", []):
                found += _domains(website)
        case Operation.NEW_WEBSITE:
            open_ones = [
                website
                for website in content.get("websites", [])
                if str(website.get("own_id")) not in request.decisions
            ]
            found = [question for website in open_ones for question in _domains(website)]
        case Operation.CANCEL_WEBSITE:
            held = find_website(request.isp_id, number=content.get("number", ""), bureau_id=_id(content))
            found = _of_website(held) if held else []
        case Operation.CANCEL_SUBJECT:
            owner = find_subject(request.isp_id, number=content.get("number", ""), bureau_id=_id(content))
            found = _of_subject(owner) if owner else []
        case _:
            found = []
    return Asking(tuple(found[:MOST_QUESTIONS]), len(found) <= MOST_QUESTIONS)


def _id(content: Document) -> int | None:
    value = content.get("bureau_id")
    return value if isinstance(value, int) else None


def _domains(website: Document) -> list[Question]:
    key, name = str(website.get("own_id", "")), website.get("name", "")
    domains = [each["name"] for each in website.get("domains", []) if each.get("name")]
    return [about_domain(each, key=key, name=name) for each in domains[:MOST_DOMAINS_OF_A_WEBSITE]]


def _of_website(website: Website) -> list[Question]:
    names = website.domains.order_by("pk").values_list("name", flat=True)
    return [about_domain(name) for name in names[:MOST_DOMAINS_OF_A_WEBSITE]]


def _of_subject(subject: Subject) -> list[Question]:
    certificate = about_certificate(subject.certificate_type, subject.certificate_number)
    websites = subject.websites.filter(state=FiledState.FILED).order_by("pk")
    found = [certificate] if certificate else []
    return found + [question for website in websites for question in _of_website(website)]


def judge(request: Request, content: Document, answered: Sequence[tuple[Question, Status]]) -> list[Judged]:
    """What each answer says of the request, all of them seen together."""
    if request.operation in CANCELLATIONS:
        return [_judge_cancelled(question, status) for question, status in answered]
    if request.operation == Operation.NEW_FILING:
        certificate = next((s for q, s in answered if q.kind != DOMAIN_CONDITION), None)
        owner = Owner(
            number=(certificate.subject_number or None) if certificate and certificate.filed else None,
            is_unfiled=certificate is not None and certificate.filed is False,
        )
        any_domain = any(s.filed for q, s in answered if q.kind == DOMAIN_CONDITION)
        return [
            _judge_domain(request, question, status, owner)
            if question.kind == DOMAIN_CONDITION
            else _judge_certificate(request, question, status, any_domain)
            for question, status in answered
        ]
    owner = Owner(_number_named(request, content) or None)
    return [_judge_domain(request, question, status, owner) for question, status in answered]


def _number_named(request: Request, content: Document) -> str:
    """The number of the subject that new websites are filed under."""
    if content.get("subject_number"):
        return subject_number_of(content["subject_number"])
    held = subject_held(request.operation, request.isp_id, content)
    return held.number if held else ""


def _judge_cancelled(question: Question, status: Status) -> Judged:
    if status.filed is None:
        return Judged(question, status, Verdict.UNCLEAR, f"{question.about}：应答没有说是否备案")
    if status.filed:
        return Judged(question, status, Verdict.OPEN, f"{question.about} 仍在备案，还没有注销")
    return Judged(question, status, Verdict.AGREES, f"{question.about} 已不在备案，说明注销已办结")


def _judge_domain(request: Request, question: Question, status: Status, owner: Owner) -> Judged:
    if status.filed is None:
        return Judged(question, status, Verdict.UNCLEAR, f"{question.about}：应答没有说是否备案")
    if not status.filed:
        return Judged(question, status, Verdict.OPEN, f"{question.about} 还没有备案")
    told = f"{question.about} 已备案，主体备案号 {status.subject_number or '（未给出）'}"
    if owner.number and status.subject_number and status.subject_number != owner.number:
        return Judged(question, status, Verdict.ANOTHER, f"{told}，与这一件的主体 {owner.number} 不同")
    if owner.is_unfiled:
        return Judged(question, status, Verdict.ANOTHER, f"{told}，而这一件的主体证件没有备案")
    if _was_there_before(request, status):
        return Judged(question, status, Verdict.ANOTHER, f"{told}，是早已有的备案")
    same_name = same_text(status.website_name) == same_text(question.name)
    if not owner.number or not status.subject_number or not same_name:
        why = "网站名称与这一件不同" if not same_name else "不能确定是不是这一件的主体"
        return Judged(question, status, Verdict.UNCLEAR, f"{told}，{why}")
    return Judged(question, status, Verdict.AGREES, f"{told}，网站名称和主体与这一件一致")


def _judge_certificate(request: Request, question: Question, status: Status, any_domain: bool) -> Judged:
    if status.filed is None:
        return Judged(question, status, Verdict.UNCLEAR, f"{question.about}：应答没有说是否备案")
    if not status.filed:
        return Judged(question, status, Verdict.OPEN, f"{question.about}还没有备案")
    told = f"{question.about}已备案，主体备案号 {status.subject_number or '（未给出）'}"
    if _was_there_before(request, status):
        return Judged(question, status, Verdict.ANOTHER, f"{told}，是早已有的备案")
    if not any_domain:
        return Judged(question, status, Verdict.ANOTHER, f"{told}，而这一件的域名没有备案")
    verdict = Verdict.AGREES if status.subject_number else Verdict.UNCLEAR
    return Judged(question, status, verdict, told)


def _was_there_before(request: Request, status: Status) -> bool:
    """Whether what is filed was filed here before: it cannot be what this request asked for."""
    if request.operation == Operation.NEW_FILING:
        held = Subject.objects.filter(number=status.subject_number).exclude(number="")
        return held.exclude(own_id=request.subject_own_id).exists()
    held_sites = Website.objects.filter(number=status.website_number).exclude(number="")
    own_ids = [int(key) for key in request.decision_keys if key.isdecimal()]
    return held_sites.exclude(own_id__in=own_ids).exists()
