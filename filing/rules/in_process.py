"""Rules about what is open at the bureau, and about records that are held here: whose they are, whether they are there.

Spec: result codes 1016, 1017, 1023, 1025, 1027, 1029, 1030, 1032, 1042, 1043, 1047–1050, 1052, 1058, 1059, 1067, 5005, 5006.
What stands in the way of what is data (`in_the_way.tsv`): one rule for each operation and code of it.
"""

from __future__ import annotations

from collections.abc import Iterator

from filing.choices import AttachmentOwner, Operation, Severity
from filing.rules.filed import ABOUT_FILED, named_at
from filing.rules.held import HeldWebsite
from filing.rules.registry import CHANGE, Context, Document, Fault, rule, websites
from filing.rules.words import rows

_TITLES = {
    1017: "没有变更或注销在管局办理",
    1027: "主体没有在注销",
    1030: "网站没有在注销",
    1032: "接入没有在取消",
    1042: "主体没有在注销（网站业务）",
    1043: "网站没有在注销（注销主体）",
}


def _in_the_way(operation: str, code: int) -> None:
    pairs = [row for row in rows("in_the_way") if (row["operation"], row["code"]) == (operation, str(code))]

    def find(content: Document, context: Context) -> Iterator[Fault]:
        about = context.about
        targets = {"website": f"website:{about.website_id}", "access": f"access:{about.access_id}"}
        for other in context.held.open_on_subject(about.subject_id) if about.subject_id else ():
            for row in pairs:
                if row["open"] == other.operation and targets.get(row["scope"], other.target) == other.target:
                    label = Operation(other.operation).label
                    yield named_at(content), f"请求 {other.ref}（{label}）还在管局办理，等它有结论"
                    return

    find.__name__ = f"nothing_stands_in_the_way_of_{operation}_{code}"
    rule(code, _TITLES[code], Operation(operation), looks_up=True)(find)


for _operation, _code in dict.fromkeys((row["operation"], int(row["code"])) for row in rows("in_the_way")):
    _in_the_way(_operation, _code)


@rule(
    1052,
    "主体没有在原系统办理业务",
    CHANGE,
    Operation.NEW_WEBSITE,
    Operation.NEW_ACCESS,
    Operation.CANCEL_SUBJECT,
    Operation.CANCEL_WEBSITE,
    Operation.CANCEL_ACCESS,
    severity=Severity.WARN,
    looks_up=True,
)
def nothing_is_in_process_elsewhere(content: Document, context: Context) -> Iterator[Fault]:
    """Only told: packing puts such a request off until the mark is lifted."""
    about = context.about.subject_id
    if about is not None and context.held.is_in_process_elsewhere(about):
        yield named_at(content), "这个主体在原系统里还有没办完的业务：可以先提交，报备会等它办完再发"


OF_ONES_OWN = (
    CHANGE,
    Operation.CANCEL_SUBJECT,
    Operation.CANCEL_WEBSITE,
    Operation.CANCEL_ACCESS,
    Operation.VERIFICATION_RESULT,
)
"""Operations on what the provider has filed itself: it is held here, or its id is wrong. A new website or access may be
added to what another provider filed."""


@rule(1016, "指明的备案在库中", *OF_ONES_OWN, severity=Severity.WARN, looks_up=True)
def records_are_held_here(content: Document, context: Context) -> Iterator[Fault]:
    if context.about.found is False:
        yield named_at(content), "库中没有这条备案，核对备案号或管局标识"


@rule(1058, "材料所属的主体在库中", Operation.SUBMIT_MATERIALS, severity=Severity.WARN, looks_up=True)
def materials_subject_is_held_here(content: Document, context: Context) -> Iterator[Fault]:
    if context.about.found is False and _owner(content) == AttachmentOwner.SUBJECT:
        yield named_at(content), "库中没有这个主体，核对备案号或管局标识"


@rule(1059, "材料所属的网站在库中", Operation.SUBMIT_MATERIALS, severity=Severity.WARN, looks_up=True)
def materials_website_is_held_here(content: Document, context: Context) -> Iterator[Fault]:
    if context.about.found is False and _owner(content) == AttachmentOwner.WEBSITE:
        yield named_at(content), "库中没有这个网站，核对备案号或管局标识"


def _owner(content: Document) -> str:
    return str((content.get("attachments") or [{}])[0].get("owner", ""))


@rule(1067, "备案号只对应一条备案", *ABOUT_FILED, severity=Severity.WARN, looks_up=True)
def numbers_stand_for_one_record(content: Document, context: Context) -> Iterator[Fault]:
    if context.about.several:
        yield named_at(content), "这个号码对应多条备案，改用管局标识"


@rule(
    1050,
    "网站没有注销",
    Operation.NEW_ACCESS,
    Operation.CANCEL_WEBSITE,
    Operation.CANCEL_ACCESS,
    Operation.SUBMIT_MATERIALS,
    looks_up=True,
)
def the_website_is_not_cancelled(content: Document, context: Context) -> Iterator[Fault]:
    if context.about.website_cancelled and not context.held_cancelled:
        yield named_at(content), "网站已注销，需要时改走新增网站"


# --- changes: each website that is named -------------------------------------------------------------


def _named_websites(content: Document, context: Context) -> Iterator[tuple[str, Document, HeldWebsite]]:
    """The websites of a change that are held here."""
    for path, website in websites(content):
        if (bureau_id := website.get("bureau_id")) and (held := context.held.website(bureau_id)):
            yield path, website, held


@rule(1050, "变更的网站没有注销", CHANGE, looks_up=True)
def changed_websites_are_not_cancelled(content: Document, context: Context) -> Iterator[Fault]:
    for path, _website, held in _named_websites(content, context):
        if held.cancelled:
            yield f"{path}.number", "这个网站已注销，从变更里删去"


@rule(1016, "变更的网站属于这个主体", CHANGE, looks_up=True)
def changed_websites_are_the_subjects(content: Document, context: Context) -> Iterator[Fault]:
    for path, website, held in _named_websites(content, context):
        if context.about.subject_id not in (None, held.subject_bureau_id):
            yield f"{path}.number", f"这个网站备案在“{held.subject_name}”名下，不属于这个主体"
        elif held.number and website.get("number") not in (None, held.number):
            yield f"{path}.number", f"这个网站的备案号是 {held.number}"


@rule(1016, "变更的网站在库中", CHANGE, severity=Severity.WARN, looks_up=True)
def changed_websites_are_held_here(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content) if context.about.found else ():
        bureau_id = website.get("bureau_id")
        if bureau_id and context.held.website(bureau_id) is None:
            yield f"{path}.number", "库中没有这个网站，核对备案号或管局标识"


@rule(1016, "变更的域名属于这个网站", CHANGE, looks_up=True)
def changed_domains_are_the_websites(content: Document, context: Context) -> Iterator[Fault]:
    """Within a website the domains that came are the list."""
    for path, website, held in _named_websites(content, context):
        for index, domain in enumerate(website.get("domains", [])):
            if domain.get("bureau_id", 0) and domain["bureau_id"] not in held.domain_ids:
                yield (
                    f"{path}.domains[{index}].name",
                    "库中这个网站没有这个域名标识：当作新域名时不带管局标识",
                )


@rule(1016, "变更的接入属于这个网站", CHANGE, severity=Severity.WARN, looks_up=True)
def changed_accesses_are_the_websites(content: Document, context: Context) -> Iterator[Fault]:
    for path, website, held in _named_websites(content, context):
        for index, access in enumerate(website.get("accesses", [])):
            if access.get("bureau_id") and access["bureau_id"] not in {
                each.bureau_id for each in held.accesses
            }:
                yield f"{path}.accesses[{index}].bureau_id", "库中这个网站没有这个接入，核对管局标识"


@rule(1023, "变更的 IP 段属于这个接入", CHANGE, looks_up=True)
def changed_ranges_are_the_accesses(content: Document, context: Context) -> Iterator[Fault]:
    """Within an access the ranges that came are the list."""
    for path, website, held in _named_websites(content, context):
        ranges = {each.bureau_id: each.ranges for each in held.accesses if each.bureau_id}
        for index, access in enumerate(website.get("accesses", [])):
            known = ranges.get(access.get("bureau_id"))
            for place, each in enumerate(access.get("ip_ranges", [])) if known is not None else ():
                if known is not None and each.get("bureau_id", 0) and each["bureau_id"] not in known:
                    yield (
                        f"{path}.accesses[{index}].ip_ranges[{place}].start",
                        "库中这个接入没有这个 IP 段标识",
                    )


# --- accesses: whose they are ------------------------------------------------------------------------


def _website(context: Context) -> HeldWebsite | None:
    return context.held.website(context.about.website_id) if context.about.website_id else None


@rule(1025, "网站还有别的接入", Operation.CANCEL_ACCESS, looks_up=True)
def another_access_stays(content: Document, context: Context) -> Iterator[Fault]:
    website = _website(context)
    if website is not None and [each.bureau_id for each in website.accesses] == [context.about.access_id]:
        yield named_at(content), "网站只有这一个接入，不能取消：改走注销网站"


@rule(1029, "一个网站每家接入商只接入一次", Operation.NEW_ACCESS, looks_up=True)
def a_provider_connects_a_website_once(content: Document, context: Context) -> Iterator[Fault]:
    website = _website(context)
    for each in website.accesses if website is not None else ():
        if each.provider_id is not None and each.provider_id == (context.isp_id or each.isp_id):
            yield named_at(content), "本单位已接入这个网站，要改 IP 或方式走变更备案"
            return


@rule(1047, "取消的是本单位的接入", Operation.CANCEL_ACCESS, looks_up=True)
def the_access_is_ones_own(content: Document, context: Context) -> Iterator[Fault]:
    provider = context.about.access_provider
    if provider is not None and context.isp_id is not None and provider != context.isp_id:
        yield named_at(content), "这是别家接入商的接入，只能取消本单位的"


@rule(1048, "备案由本单位接入", CHANGE, Operation.CANCEL_WEBSITE, severity=Severity.WARN, looks_up=True)
def the_filing_is_connected_here(content: Document, context: Context) -> Iterator[Fault]:
    """Only told: what another provider has is known where a bureau handed it out, what we have there perhaps not yet."""
    named = [(path, held) for path, _website, held in _named_websites(content, context)]
    if (website := _website(context)) is not None:
        named.append(("", website))
    for path, held in named:
        providers = {each.provider_id for each in held.accesses}
        if context.isp_id is not None and providers and not providers & {None, context.isp_id}:
            yield f"{path}.number" if path else named_at(content), "库中这个网站由别家接入，核对归属"


@rule(5006, "这个域名没有报过处理结果", Operation.UNFILED_RESULT, severity=Severity.WARN, looks_up=True)
def an_unfiled_website_is_answered_once(content: Document, context: Context) -> Iterator[Fault]:
    domain = content.get("domain", "").lower()
    for other in context.held.answered(domain) if domain else ():
        yield "domain", f"请求 {other.ref} 已报过这个域名的处理结果"
        return


@rule(5005, "域名在管局的未备案名单里", Operation.UNFILED_RESULT, severity=Severity.WARN, looks_up=True)
def an_unfiled_website_was_listed(content: Document, context: Context) -> Iterator[Fault]:
    domain = content.get("domain", "").lower()
    if domain and not context.held.is_unfiled(domain):
        yield "domain", "管局下发的未备案网站里没有这个域名，核对拼写"
