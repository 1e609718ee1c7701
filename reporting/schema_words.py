"""What to do about a fault in a document, in words for staff. They never repeat a value: it may be secret."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from xsd import Element
from xsd.structure import Finding, text_of

_LAST_ADDRESS = 2**32 - 1
#: Elements that hold phone numbers.
PHONE_TAGS = frozenset(
    {
        "Fzr_dhhm",
        "Fzr_sjhm",
        "sjhm",
        "Sjhm",
        "Lxrdh",
        "Sbrdh",
        "Zcr_dhhm",
        "Gly_dh",
        "Jfr_dh",
        "Shr_dhhm",
    }
)


def explain(finding: Finding) -> str:
    """One sentence that says what to do."""
    return _WORDS[finding.rule](finding)


def _missing(finding: Finding) -> str:
    if finding.others:
        return f"在{_names(finding.others)}中补填一个"
    declared = finding.declared
    if declared is not None and declared.min_occurs > 1:
        return f"补填{_name(finding)}，至少要 {finding.limit} 个，现在 {finding.actual or 0} 个"
    return f"补填{_name(finding)}"


def _unexpected(finding: Finding) -> str:
    twin = next((other for other in finding.others if other.tag.lower() == _plain(finding.tag).lower()), None)
    if finding.tag.startswith("{"):
        return f"元素“{_plain(finding.tag)}”不能带命名空间，请去掉 xmlns"
    if twin is not None:
        return f"标签要写作 {twin.tag}（{twin.label}），大小写须一致"
    return f"接口在此处没有“{finding.tag}”，请删除"


def _too_many(finding: Finding) -> str:
    return f"最多 {finding.limit} 个，现在 {finding.actual} 个，请删除多余的"


def _wrong_order(finding: Finding) -> str:
    return f"顺序不对：{_name(finding)}要放在{_names(finding.others)}之前"


def _choice(finding: Finding) -> str:
    return f"{_names(finding.others)}只能填一个，请删除另一个"


def _empty(finding: Finding) -> str:
    declared = finding.declared
    if declared is not None and declared.min_occurs == 0:
        return "内容是空的：请补填，或者整项不报"
    return f"补填{_name(finding)}，内容不能为空"


def _not_a_number(finding: Finding) -> str:
    declared = finding.declared
    if declared is not None and declared.facets.get("maxInclusive") == str(_LAST_ADDRESS):
        try:
            number = int(ipaddress.IPv4Address(text_of(finding.node).strip()))
        except ValueError:
            return "改成整数：IPv4 地址 a.b.c.d 写作 a×2²⁴+b×2¹⁶+c×2⁸+d"
        return f"IP 地址要写成整数，这里应为 {number}"
    return "改成整数，只能有数字"


def _too_small(finding: Finding) -> str:
    return f"改成不小于 {finding.limit} 的数，现在是 {finding.actual}"


def _too_large(finding: Finding) -> str:
    if finding.actual is None:
        return f"改成不大于 {finding.limit} 的数"
    return f"改成不大于 {finding.limit} 的数，现在是 {finding.actual}"


def _too_short(finding: Finding) -> str:
    hint = "，号码要写全，座机带区号" if finding.tag in PHONE_TAGS else ""
    return f"补全到至少 {finding.limit} 字，现在 {finding.actual} 字{hint}"


def _too_long(finding: Finding) -> str:
    return f"缩短到 {finding.limit} 字以内，现在 {finding.actual} 字"


def _not_base64(finding: Finding) -> str:
    return "内容不是完整的 base64 编码，请重新生成"


def _text_not_allowed(finding: Finding) -> str:
    return "此处只能有下级元素，请删除夹在其间的文字"


def _missing_attribute(finding: Finding) -> str:
    return f"补上属性 {finding.tag}" + ('，如 version="V.3.0"' if finding.tag == "version" else "")


def _unexpected_attribute(finding: Finding) -> str:
    return f"接口在此处没有属性“{finding.tag}”，请删除"


def _plain(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def _named(element: Element) -> str:
    return f"“{element.label}”（{element.tag}）"


def _names(elements: tuple[Element, ...]) -> str:
    return "、".join(_named(element) for element in elements)


def _name(finding: Finding) -> str:
    return _named(finding.declared) if finding.declared is not None else f"“{finding.tag}”"


_WORDS: dict[str, Callable[[Finding], str]] = {
    "missing": _missing,
    "unexpected": _unexpected,
    "too_many": _too_many,
    "wrong_order": _wrong_order,
    "choice": _choice,
    "empty": _empty,
    "not_a_number": _not_a_number,
    "too_small": _too_small,
    "too_large": _too_large,
    "too_short": _too_short,
    "too_long": _too_long,
    "not_base64": _not_base64,
    "text_not_allowed": _text_not_allowed,
    "missing_attribute": _missing_attribute,
    "unexpected_attribute": _unexpected_attribute,
}
