"""The ministry's content rules about websites, as warnings that a bureau's settings can turn into refusals.

Spec: the ministry's public requirements for truthful and regular filing data; reviewers refuse with 1002, a missing
pre-approval also with 1033. Word lists stand in `filing/data`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from filing.choices import Severity
from filing.code_tables import CodeTable
from filing.rules.content_subject import GOVERNMENT, is_domain
from filing.rules.registry import REVIEWED, WEBSITES, Context, Document, Fault, is_unit, rule, websites
from filing.rules.words import approvals_by_service, approvals_by_word, site_words
from filing.services import codes

FEWEST_CHARACTERS = 4
_PLAIN = re.compile(r"[A-Za-z0-9 ._-]+")
_SIGNS = re.compile(r"[^\w\s·•（）()《》、，：\-—.&+]")


def _names(content: Document) -> Iterator[tuple[str, str]]:
    """Each name of each website, with the place of the field."""
    for path, website in websites(content):
        for name in website.get("name", "").split(";"):
            if name.strip():
                yield f"{path}.name", name.strip()


@rule(REVIEWED, "网站名称不是域名或网址", *WEBSITES, severity=Severity.WARN)
def site_names_are_no_addresses(content: Document, context: Context) -> Iterator[Fault]:
    for path, name in _names(content):
        if "://" in name or name.lower().startswith("www.") or is_domain(name):
            yield path, "名称不能是域名或网址，写网站叫什么"


@rule(REVIEWED, "网站名称不只是字母或数字", *WEBSITES, severity=Severity.WARN)
def site_names_are_more_than_letters(content: Document, context: Context) -> Iterator[Fault]:
    for path, name in _names(content):
        if _PLAIN.fullmatch(name) and not is_domain(name):
            yield path, "名称不能只有字母或数字，写中文名称"


@rule(REVIEWED, "网站名称没有特殊符号", *WEBSITES, severity=Severity.WARN)
def site_names_have_no_signs(content: Document, context: Context) -> Iterator[Fault]:
    for path, name in _names(content):
        if "://" not in name and (signs := "".join(dict.fromkeys(_SIGNS.findall(name)))):
            yield path, f"去掉特殊符号 {signs}"


@rule(REVIEWED, "网站名称不过短", *WEBSITES, severity=Severity.WARN)
def site_names_are_long_enough(content: Document, context: Context) -> Iterator[Fault]:
    for path, name in _names(content):
        if len(name) < 3:
            yield path, f"名称太短，最好 {FEWEST_CHARACTERS} 个汉字以上"


@rule(REVIEWED, "网站名称没有国家机关用语", *WEBSITES, severity=Severity.WARN)
def site_names_claim_no_office(content: Document, context: Context) -> Iterator[Fault]:
    subject = content.get("subject", {})
    if subject.get("nature", context.held_nature) == GOVERNMENT:
        return
    for path, name in _names(content):
        word = next((each for each in site_words("state") if each in name), "")
        if word and word not in subject.get("name", ""):
            yield path, f"“{word}”等用语限国家机关和名称含此词的单位，换一个名称"


@rule(REVIEWED, "个人网站不叫公司、协会之类", *WEBSITES, severity=Severity.WARN)
def individuals_sites_are_no_groups(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context) or ("subject" not in content and context.held_nature is None):
        return
    for path, name in _names(content):
        if word := next((each for each in site_words("group") if each in name), ""):
            yield path, f"个人网站的名称不能用“{word}”，换成与内容相符的名称"


@rule(REVIEWED, "个人网站不以姓名或地名为名", *WEBSITES, severity=Severity.WARN, looks_up=True)
def individuals_sites_are_no_persons_or_places(content: Document, context: Context) -> Iterator[Fault]:
    if is_unit(content, context) or ("subject" not in content and context.held_nature is None):
        return
    own = content.get("subject", {}).get("name", "")
    places = {name for _code, name in codes.provinces()}
    places |= {name.rstrip("省市") for name in places}
    for path, name in _names(content):
        if own and name in (own, f"{own}的网站", f"{own}个人网站", f"{own}的个人网站"):
            yield path, "个人网站不能以姓名为名，换成与内容相符的名称"
        elif name in places or name.removesuffix("网") in places:
            yield path, "个人网站不能以地名为名，换成与内容相符的名称"


@rule(1033, "网站名称涉及的前置审批已填", *WEBSITES, severity=Severity.WARN)
def site_names_have_their_approval(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        given = {each.get("type") for each in website.get("pre_approvals", [])}
        for word, kind in approvals_by_word():
            if word in website.get("name", "") and kind not in given:
                yield f"{path}.name", f"名称含“{word}”，属于{_approval(kind)}：附前置审批，或换一个名称"
                break


@rule(1033, "服务内容涉及的前置审批已填", *WEBSITES, severity=Severity.WARN)
def services_have_their_approval(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        given = {each.get("type") for each in website.get("pre_approvals", [])}
        needed = (
            {approvals_by_service().get(each) for each in website.get("service_contents", [])}
            - {None}
            - given
        )
        for kind in sorted(each for each in needed if each is not None):
            yield f"{path}.service_contents", f"这项服务内容属于{_approval(kind)}，一般要有前置审批"


def _approval(kind: int) -> str:
    name = codes.name_of(CodeTable.PRE_APPROVAL_TYPE, kind)
    return f"“{name}”" if name else f"第 {kind} 类前置审批内容"


@rule(1033, "前置审批有审批号和扫描件", *WEBSITES)
def approvals_have_number_and_scan(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        for index, each in enumerate(website.get("pre_approvals", [])):
            here = f"{path}.pre_approvals[{index}]"
            if each.get("type") and each.get("number", "x").strip() in ("", "无", "-"):
                yield f"{here}.number", "填批文上的审批号"


@rule(1045, "主体在报备的省内", *WEBSITES, severity=None)
def subjects_are_of_the_links_province(content: Document, context: Context) -> Iterator[Fault]:
    """Off: bureaus forward what belongs to another. Some do not: then it is switched on for them."""
    province = content.get("subject", {}).get("address", {}).get("province", context.held_province)
    if None not in (province, context.province) and province // 10000 != (context.province or 0) // 10000:
        path = "subject.address.province" if "subject" in content else "subject_number"
        yield path, "主体在外省，这个管局不转报：改由主体所在省的链路报备"
