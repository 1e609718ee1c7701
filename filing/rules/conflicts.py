"""Rules that ask what is filed, asked and listed here.

Spec: result codes 1003, 1005, 1007, 1020, 1021, 1037, 1038, 1040, 1064, 1065. Requests of ours count from the moment they
are packed: until then it is open which of two goes first.
"""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import Operation, Severity
from filing.rules.held import HeldWebsite
from filing.rules.registry import (
    ACCESSES,
    NEW,
    SUBJECTS,
    WEBSITES,
    Context,
    Document,
    Fault,
    accesses,
    people,
    rule,
    websites,
)

MOBILE_OF_MANY = 5
"""So many subjects with one mobile number make it nobody's own."""


def _certificate(content: Document) -> tuple[int, str] | None:
    certificate = content.get("subject", {}).get("certificate", {})
    kind, number = certificate.get("type"), certificate.get("number")
    return (kind, number) if kind and number else None


def _domains(content: Document) -> Iterator[tuple[str, Document, str]]:
    """Each domain: its place, its website and its name."""
    for path, website in websites(content):
        for index, domain in enumerate(website.get("domains", [])):
            if name := domain.get("name"):
                yield f"{path}.domains[{index}].name", website, name.lower()


def _others(held: HeldWebsite, website: Document, context: Context) -> bool:
    """Whether a filed website is another one than this of the document: links know one website by different ids."""
    bureau_id = website.get("bureau_id")
    if bureau_id and (held.bureau_id, held.isp_id) == (bureau_id, context.isp_id or held.isp_id):
        return False
    return not held.number or held.number != website.get("number", "")


@rule(1003, "主体没有备过案", *SUBJECTS, looks_up=True)
def the_owner_has_no_filing_yet(content: Document, context: Context) -> Iterator[Fault]:
    if (certificate := _certificate(content)) is None:
        return
    number = content.get("subject", {}).get("number", "")
    for held in context.held.subjects_with(*certificate):
        if number and held.number == number:
            continue
        told = held.number or "备案号未知"
        remedy = "改为新增网站或新增接入" if not number else "核对证件号码，或先合并主体"
        yield "subject.certificate.number", f"“{held.name}”已用这个证件备案（{told}），{remedy}"
        return


# What is only asked may still be refused, and then the other goes: a warning; the bureau decides in the order they came.
@rule(1003, "同一主体没有另一份新增备案在管局", NEW, looks_up=True, severity=Severity.WARN)
def the_owner_asks_once(content: Document, context: Context) -> Iterator[Fault]:
    if (certificate := _certificate(content)) is not None:
        for other in context.held.asked_for_owner(*certificate):
            yield "subject.certificate.number", f"请求 {other.ref} 正以这个证件新增备案，等它有结论"
            return


@rule(1005, "域名没有备过案", *WEBSITES, looks_up=True)
def domains_have_no_filing_yet(content: Document, context: Context) -> Iterator[Fault]:
    for path, website, name in _domains(content):
        for held in context.held.websites_with(name):
            if _others(held, website, context):
                told = held.number or held.name
                yield path, f"“{name}”已备案在“{held.subject_name}”名下（{told}），改走新增接入，或先注销"
                break


@rule(1005, "域名不在另一份请求里", *WEBSITES, looks_up=True, severity=Severity.WARN)
def domains_are_asked_once(content: Document, context: Context) -> Iterator[Fault]:
    for path, _website, name in _domains(content):
        for other in context.held.asked_for_domain(name):
            yield path, f"请求 {other.ref} 正在报“{name}”，等它有结论"
            break


@rule(1021, "首页网址没有备过案", *WEBSITES, looks_up=True)
def home_pages_have_no_filing_yet(content: Document, context: Context) -> Iterator[Fault]:
    """A page lies under one of its website's domains (1041), so whoever holds the page holds the domain."""
    seen = set()
    for path, website, name in _domains(content):
        url = website.get("home_url", "").lower()
        for held in context.held.websites_with(name) if url else ():
            if (
                held.home_url.lower() == url
                and _others(held, website, context)
                and path.split(".")[0] not in seen
            ):
                seen.add(path.split(".")[0])
                yield (
                    f"{path.split('.')[0]}.home_url",
                    f"这个首页已备案在“{held.subject_name}”名下（{held.number}）",
                )


@rule(1020, "网站名称没有人用", *WEBSITES, severity=Severity.WARN, looks_up=True)
def site_names_are_free(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        name = website.get("name", "")
        for held in context.held.websites_named(name) if name else ():
            if _others(held, website, context):
                yield (
                    f"{path}.name",
                    f"“{held.subject_name}”已有同名网站（{held.number}），有的管局不收，可换一个",
                )
                break


@rule(1064, "域名不在黑名单", *WEBSITES, looks_up=True)
def domains_are_not_listed(content: Document, context: Context) -> Iterator[Fault]:
    for path, _website, name in _domains(content):
        if context.held.is_domain_listed(name):
            yield path, f"“{name}”在管局的黑名单里，不能报；有异议由主办者向管局申诉"


@rule(1065, "主体不在黑名单", *ACCESSES, looks_up=True)
def the_subject_is_not_listed(content: Document, context: Context) -> Iterator[Fault]:
    certificate, path = _certificate(content), "subject.certificate.number"
    if certificate is None and context.about.certificate is not None:
        certificate, path = context.about.certificate, _named(content)
    if certificate is not None and context.held.is_subject_listed(*certificate):
        yield path, "主体在管局的黑名单里，不能报；有异议由主办者向管局申诉"


def _named(content: Document) -> str:
    names = ("subject_number", "website_number", "subject_bureau_id", "website_bureau_id")
    return next((name for name in names if name in content), "")


@rule(1007, "手机号码不为许多主体共用", *WEBSITES, severity=Severity.WARN, looks_up=True)
def mobiles_are_ones_own(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        for mobile in filter(None, person.get("mobile", "").split(";")):
            if (many := context.held.subjects_called_at(mobile)) >= MOBILE_OF_MANY:
                yield f"{path}.mobile", f"已有 {many} 个主体留了“{mobile}”，核对是不是本人的号码"
                break


@rule(1037, "网站没有报过", NEW, Operation.NEW_WEBSITE, looks_up=True)
def websites_are_not_filed_already(content: Document, context: Context) -> Iterator[Fault]:
    if context.corrects and (filed := context.held.filed_own_ids("website")):
        for path, website in websites(content):
            if website.get("own_id") in filed:
                yield f"{path}.name", "这个网站已经备案，从改正的请求里删去"


@rule(1038, "接入没有报过", NEW, Operation.NEW_WEBSITE, Operation.NEW_ACCESS, looks_up=True)
def accesses_are_not_filed_already(content: Document, context: Context) -> Iterator[Fault]:
    if context.corrects and (filed := context.held.filed_own_ids("access")):
        for path, access in accesses(content):
            if access.get("own_id") in filed:
                yield f"{path}.methods", "这个接入已经备案，从改正的请求里删去"


@rule(1040, "IP 段没有报过", NEW, Operation.NEW_WEBSITE, Operation.NEW_ACCESS, looks_up=True)
def ranges_are_not_filed_already(content: Document, context: Context) -> Iterator[Fault]:
    if context.corrects and (filed := context.held.filed_own_ids("range")):
        for path, access in accesses(content):
            for index, each in enumerate(access.get("ip_ranges", [])):
                if each.get("own_id") in filed:
                    yield f"{path}.ip_ranges[{index}].start", "这个 IP 段已经备案，从改正的请求里删去"
