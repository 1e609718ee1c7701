"""What is filed here under a number that a person types, for the operation that they want to begin."""

from __future__ import annotations

from dataclasses import dataclass, field

from filing.choices import FiledState, Operation
from filing.identifiers import parse_filing_number, tidy_filing_number
from filing.models import Access, Website
from filing.services.holdings import Record, find_access, find_subject, find_website, subject_of
from filing.services.starting import may_begin_unheld, why_not

OF_A_WEBSITE = frozenset({Operation.NEW_ACCESS, Operation.CANCEL_WEBSITE, Operation.CANCEL_ACCESS})


@dataclass
class NumberFound:
    """What is known of a number.

    `wrong`: why it is not the number that is asked for, in Chinese; `record` what is filed under it here; `others` are
    websites that may be meant, where a subject's number was typed. `may_begin`: a draft may begin with it.
    """

    wrong: str = ""
    record: Record | None = None
    others: list[Website] = field(default_factory=list)
    may_begin: bool = False

    @property
    def subject_name(self) -> str:
        return subject_of(self.record).name if self.record else ""

    @property
    def website(self) -> Website | None:
        if isinstance(self.record, Access):
            return self.record.website
        return self.record if isinstance(self.record, Website) else None


def find_by_number(operation: Operation, number: str) -> NumberFound:
    """Look a number up. An empty number is not wrong yet, and begins nothing."""
    number = tidy_filing_number(number)
    if not number:
        return NumberFound()
    if found := _of_the_other_kind(operation, number):
        return found
    record = _record(operation, number)
    if record is None:
        return NumberFound(may_begin=may_begin_unheld(operation), wrong=_not_held(operation, number))
    words = why_not(operation, record)
    return NumberFound(wrong=words, record=record, may_begin=not words)


def _of_the_other_kind(operation: Operation, number: str) -> NumberFound | None:
    """A subject's number where a website's is asked for, or the other way round. Spec: R10 of the training materials."""
    parsed = parse_filing_number(number)
    if parsed is None or operation == Operation.SUBMIT_MATERIALS:
        return None
    if operation in OF_A_WEBSITE and not parsed.is_website:
        subject = find_subject(None, number=number)
        sites = subject.websites.filter(state=FiledState.FILED).exclude(number="") if subject else None
        words = f"这是主体备案号，要填网站备案号，如 {parsed.subject}-1"
        return NumberFound(wrong=words, others=list(sites.order_by("pk")) if sites is not None else [])
    if operation not in OF_A_WEBSITE and parsed.is_website:
        return NumberFound(wrong=f"这是网站备案号，要填主体备案号：{parsed.subject}")
    return None


def _record(operation: Operation, number: str) -> Record | None:
    if operation == Operation.CANCEL_ACCESS:
        return find_access(None, number=number)
    parsed = parse_filing_number(number)
    is_website = parsed is not None and parsed.is_website
    if operation in OF_A_WEBSITE or (operation == Operation.SUBMIT_MATERIALS and is_website):
        return find_website(None, number=number)
    return find_subject(None, number=number)


def _not_held(operation: Operation, number: str) -> str:
    if operation == Operation.CANCEL_ACCESS and find_website(None, number=number) is not None:
        return "这个网站没有本单位的接入，或不止一个：到“已备案”里找到它，从要取消的接入开始"
    if may_begin_unheld(operation):
        return ""
    return "库中没有这条备案：核对备案号；存量备案先导入，再从这里开始"
