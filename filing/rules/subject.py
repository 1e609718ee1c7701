"""Rules about the subject and about people. Spec: result codes 1007–1015, 1019, 1031, 1044; protocol "Fields"."""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import Severity
from filing.identifiers import (
    check_emails,
    check_mobile,
    check_office_phone,
    check_qq,
    unknown_phone,
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


def _responsible(content: Document) -> Document:
    found: Document = content.get("subject", {}).get("responsible", {})
    return found


@rule(1014, "单位写明性质", *SUBJECTS)
def unit_states_its_nature(content: Document, context: Context) -> Iterator[Fault]:
    if content.get("subject", {}).get("nature") is None and is_unit(content, context):
        yield "subject.nature", "选择单位性质（个人选“个人”）"


@rule(1044, "单位写明主体负责人", *SUBJECTS)
def unit_names_its_responsible_person(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context) and not _responsible(content).get("name"):
        yield "subject.responsible.name", "单位须填主体负责人姓名"


@rule(1010, "单位写明办公室电话", *SUBJECTS)
def unit_gives_its_office_phone(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context) and not _responsible(content).get("office_phone"):
        yield "subject.responsible.office_phone", "单位须填办公室电话，写成 010-12345678"


@rule(1031, "单位的网站写明办公室电话", *WEBSITES)
def unit_gives_its_websites_office_phone(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context):
        for path, website in websites(content):
            if not website.get("responsible", {}).get("office_phone"):
                yield f"{path}.responsible.office_phone", "单位主办的网站须填网站负责人办公室电话"


@rule(1010, "办公室电话只有数字和“-”", *WEBSITES)
def office_phones_are_digits(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (phone := person.get("office_phone")) and (wrong := check_office_phone(phone)):
            yield f"{path}.office_phone", wrong


@rule(1011, "手机号码是 11 位", *WEBSITES)
def mobiles_can_be_called(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (mobile := person.get("mobile")) and (wrong := check_mobile(mobile)):
            yield f"{path}.mobile", wrong


@rule(1009, "电子邮箱写得完整", *WEBSITES)
def mail_addresses_are_such(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (email := person.get("email")) and (wrong := check_emails(email)):
            yield f"{path}.email", wrong


@rule(1012, "MSN 是邮箱的样子", *WEBSITES)
def msn_accounts_are_mail_addresses(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (account := person.get("msn")) and check_emails(account):
            yield f"{path}.msn", "MSN 账号应形如 name@example.cn；没有就清空"


@rule(1013, "QQ 号是数字", *WEBSITES)
def qq_numbers_are_digits(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        if (number := person.get("qq")) and (wrong := check_qq(number)):
            yield f"{path}.qq", wrong


@rule(1007, "电话号码在号段之内", *WEBSITES, severity=Severity.WARN)
def phones_are_in_the_numbering_plan(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        for name, check in (("office_phone", check_office_phone), ("mobile", check_mobile)):
            phone = person.get(name)
            if phone and not check(phone) and (unknown := unknown_phone(phone)):
                yield f"{path}.{name}", f"“{unknown}”不在已知的号段里，打一次核对"


@rule(1008, "负责人证件的类型和号码成对", *WEBSITES)
def people_state_type_and_number_of_their_paper(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        kind, number = person.get("certificate_type"), person.get("certificate_number")
        if kind and not number:
            yield f"{path}.certificate_number", "选了证件类型就要填证件号码"
        if number and not kind:
            yield f"{path}.certificate_type", "填了证件号码就要选证件类型"


@rule(1019, "省、市、县上下一致", *SUBJECTS)
def regions_belong_together(content: Document, context: Context) -> Iterator[Fault]:
    address = content.get("subject", {}).get("address", {})
    province, city, county = address.get("province"), address.get("city"), address.get("county")
    if province is None:
        return
    if city is not None and city // 10000 != province // 10000:
        yield "subject.address.city", "所选的市不在所选的省内，重选"
    if county is not None and county // 10000 != province // 10000:
        yield "subject.address.county", "所选的县不在所选的省内，重选"


@rule(1019, "省的代码是一个省", *SUBJECTS)
def a_province_is_a_province(content: Document, context: Context) -> Iterator[Fault]:
    province = content.get("subject", {}).get("address", {}).get("province")
    if province is not None and province % 10000:
        yield "subject.address.province", f"{province} 不是省的代码，重选"


@rule(1019, "县在所选的市内", *SUBJECTS, severity=Severity.WARN)
def a_county_is_in_its_city(content: Document, context: Context) -> Iterator[Fault]:
    """Only told: counties under a province itself, and new districts, stand under codes that are no city's."""
    address = content.get("subject", {}).get("address", {})
    city, county = address.get("city"), address.get("county")
    if city and county and city // 10000 == county // 10000 and city // 100 != county // 100:
        yield "subject.address.county", "所选的县不在所选的市内，核对"
