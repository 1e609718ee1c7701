"""Rules about the subject and about people. Spec: result codes 1008–1015, 1019, 1031, 1044; protocol "Fields"."""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import Severity
from filing.identifiers import (
    check_credit_code,
    check_emails,
    check_id_card,
    check_mobile,
    check_office_phone,
)
from filing.rules.registry import (
    SUBJECTS,
    WEBSITES,
    Context,
    Document,
    Fault,
    is_unit,
    people,
    rule,
    websites,
)

ID_CARD = 2
BUSINESS_LICENCE = 1


def _responsible(content: Document) -> Document:
    found: Document = content.get("subject", {}).get("responsible", {})
    return found


def _number_on(content: Document, kind: int) -> str:
    """The number of the subject's certificate where that is of this kind."""
    certificate = content.get("subject", {}).get("certificate", {})
    return str(certificate.get("number", "")) if certificate.get("type") == kind else ""


@rule(1014, *SUBJECTS)
def unit_states_its_nature(content: Document, context: Context) -> Iterator[Fault]:
    if content.get("subject", {}).get("nature") is None and is_unit(content, context):
        yield "subject.nature", "选择单位性质（个人选“个人”）"


@rule(1044, *SUBJECTS)
def unit_names_its_responsible_person(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context) and not _responsible(content).get("name"):
        yield "subject.responsible.name", "单位须填主体负责人姓名"


@rule(1010, *SUBJECTS)
def unit_gives_its_office_phone(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context) and not _responsible(content).get("office_phone"):
        yield "subject.responsible.office_phone", "单位须填办公室电话，写成 010-12345678"


@rule(1031, *WEBSITES)
def unit_gives_its_websites_office_phone(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context):
        for path, website in websites(content):
            if not website.get("responsible", {}).get("office_phone"):
                yield f"{path}.responsible.office_phone", "单位主办的网站须填网站负责人办公室电话"


@rule(1010, *WEBSITES)
def office_phones_are_digits(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (phone := person.get("office_phone")) and (wrong := check_office_phone(phone)):
            yield f"{path}.office_phone", wrong


@rule(1011, *WEBSITES)
def mobiles_can_be_called(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (mobile := person.get("mobile")) and (wrong := check_mobile(mobile)):
            yield f"{path}.mobile", wrong


@rule(1009, *WEBSITES)
def mail_addresses_are_such(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (email := person.get("email")) and (wrong := check_emails(email)):
            yield f"{path}.email", wrong


@rule(1008, *WEBSITES)
def people_state_type_and_number_of_their_paper(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        kind, number = person.get("certificate_type"), person.get("certificate_number")
        if kind and not number:
            yield f"{path}.certificate_number", "选了证件类型就要填证件号码"
        if number and not kind:
            yield f"{path}.certificate_type", "填了证件号码就要选证件类型"


@rule(1015, *WEBSITES, severity=Severity.WARN)
def identity_numbers_check_out(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        number = person.get("certificate_number")
        if number and person.get("certificate_type") == ID_CARD and (wrong := check_id_card(number)):
            yield f"{path}.certificate_number", wrong
    number = _number_on(content, ID_CARD)
    if number and (wrong := check_id_card(number)):
        yield "subject.certificate.number", wrong


@rule(1008, *SUBJECTS, severity=Severity.WARN)
def credit_codes_check_out(content: Document, context: Context) -> Iterator[Fault]:
    number = _number_on(content, BUSINESS_LICENCE)
    if number and (wrong := check_credit_code(number)):
        yield "subject.certificate.number", wrong


@rule(1019, *SUBJECTS)
def regions_belong_together(content: Document, context: Context) -> Iterator[Fault]:
    address = content.get("subject", {}).get("address", {})
    province, city, county = address.get("province"), address.get("city"), address.get("county")
    if province is None:
        return
    if city is not None and city // 10000 != province // 10000:
        yield "subject.address.city", "所选的市不在所选的省内，重选"
    if county is not None and county // 10000 != province // 10000:
        yield "subject.address.county", "所选的县不在所选的省内，重选"
