"""Rules about requests on what is filed. Spec: result codes 1010, 1016, 1046, 1049."""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import Operation, Severity
from filing.identifiers import check_filing_number, check_office_phone, parse_filing_number
from filing.rules.registry import CHANGE, Context, Document, Fault, rule

ABOUT_FILED = (
    Operation.NEW_WEBSITE,
    Operation.NEW_ACCESS,
    CHANGE,
    Operation.CANCEL_SUBJECT,
    Operation.CANCEL_WEBSITE,
    Operation.CANCEL_ACCESS,
    Operation.SUBMIT_MATERIALS,
)
"""Operations that the bureau refuses where their subject is cancelled. What verification found may still be told."""


@rule(1016, "新增网站填主体备案号", Operation.NEW_WEBSITE)
def subject_numbers_are_a_subjects(content: Document, context: Context) -> Iterator[Fault]:
    number = parse_filing_number(content.get("subject_number", ""))
    if number is not None and number.is_website:
        yield "subject_number", f"这是网站备案号，这里填主体备案号：{number.subject}"


@rule(1016, "新增接入填网站备案号", Operation.NEW_ACCESS)
def website_numbers_are_a_websites(content: Document, context: Context) -> Iterator[Fault]:
    """A new access needs the website's number, not the subject's: the commonest mistake."""
    number = parse_filing_number(content.get("website_number", ""))
    if number is not None and not number.is_website:
        yield "website_number", f"这是主体备案号，新增接入要填网站备案号，如 {number.subject}-1"


@rule(1016, "备案号的样子", Operation.NEW_WEBSITE, Operation.NEW_ACCESS, severity=Severity.WARN)
def numbers_have_the_usual_form(content: Document, context: Context) -> Iterator[Fault]:
    """Old numbers may look otherwise: a warning at most."""
    for name, website in (("subject_number", False), ("website_number", True)):
        if (number := content.get(name)) and (wrong := check_filing_number(number, website=website)):
            yield name, wrong


@rule(1046, "变更不换省", CHANGE, looks_up=True)
def a_change_stays_in_its_province(content: Document, context: Context) -> Iterator[Fault]:
    held = context.held_province
    asked = content.get("subject", {}).get("address", {}).get("province")
    if held is not None and asked is not None and held // 10000 != asked // 10000:
        yield "subject.address.province", "变更不能换省：先注销主体，再到新的省份重新备案"


@rule(1049, "主体没有注销", *ABOUT_FILED, looks_up=True)
def the_subject_is_not_cancelled(content: Document, context: Context) -> Iterator[Fault]:
    if context.held_cancelled:
        yield named_at(content), "主体已注销，需要时改走新增备案"


def named_at(content: Document) -> str:
    """Where a document names what it is about."""
    if "subject" in content:
        return "subject.number"
    for name in (
        "subject_number",
        "website_number",
        "number",
        "subject_bureau_id",
        "website_bureau_id",
        "bureau_id",
    ):
        if name in content:
            return name
    return "attachments[0].owner_number" if content.get("attachments") else ""


@rule(1010, "上报人电话只有数字和“-”", Operation.UNFILED_RESULT)
def reporters_phones_are_digits(content: Document, context: Context) -> Iterator[Fault]:
    if (phone := content.get("reporter_phone")) and (wrong := check_office_phone(phone)):
        yield "reporter_phone", wrong
