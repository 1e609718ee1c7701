"""The ministry's content rules about subject and people, as warnings that a bureau's settings can turn into refusals.

Spec: the ministry's public requirements for truthful and regular filing data; reviewers refuse with 1002. Word lists
stand in `filing/data`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from filing.choices import INDIVIDUAL_NATURE, Severity
from filing.code_tables import CodeTable
from filing.identifiers import BadDomain, normalise_domain
from filing.rules.registry import (
    REVIEWED,
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
from filing.rules.words import natures_of_endings, rows
from filing.services import codes

GOVERNMENT = 2
_NO_LETTERS = re.compile(r"[\d\W_]+")
_PERSON = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff·•]{2,25}|[A-Za-z][A-Za-z .'·-]{2,60}")


def _subject(content: Document) -> Document:
    found: Document = content.get("subject", {})
    return found


def is_domain(name: str) -> bool:
    """Whether a name is a domain and nothing else."""
    if "." not in name:
        return False
    try:
        normalise_domain(name)
    except BadDomain:
        return False
    return True


@rule(REVIEWED, "主体名称是登记的全称", *SUBJECTS, severity=Severity.WARN)
def subjects_bear_their_registered_name(content: Document, context: Context) -> Iterator[Fault]:
    name = _subject(content).get("name", "").strip()
    if not name:
        return
    if is_domain(name):
        yield "subject.name", "这是域名：填证件上的全称"
    elif _NO_LETTERS.fullmatch(name):
        yield "subject.name", "只有数字或符号：填证件上的全称"
    elif is_unit(content, context) and len(name) < 4:
        yield "subject.name", "像是简称：填证件上的全称"
    elif any(name == website.get("name", "").strip() for _path, website in websites(content)):
        yield "subject.name", "与网站名称相同：这里填证件上的全称"


@rule(REVIEWED, "个人填本人姓名", *SUBJECTS, severity=Severity.WARN)
def individuals_bear_their_own_name(content: Document, context: Context) -> Iterator[Fault]:
    name = _subject(content).get("name", "").strip()
    if name and not is_unit(content, context) and not _PERSON.fullmatch(name):
        yield "subject.name", "个人备案填本人姓名，与证件一致"


@rule(REVIEWED, "单位性质与名称一致", *SUBJECTS, severity=Severity.WARN)
def natures_agree_with_the_name(content: Document, context: Context) -> Iterator[Fault]:
    name, nature = _subject(content).get("name", "").strip(), _subject(content).get("nature")
    if not name or nature is None:
        return
    for ending, natures in natures_of_endings():
        if name.endswith(ending):
            if nature not in natures:
                told = "或".join(
                    codes.name_of(CodeTable.NATURE, each) or str(each) for each in sorted(natures)
                )
                yield "subject.nature", f"名称以“{ending}”结尾，性质一般是{told}，核对证件"
            return


@rule(REVIEWED, "投资人或主管单位与性质一致", *SUBJECTS, severity=Severity.WARN)
def investors_agree_with_the_nature(content: Document, context: Context) -> Iterator[Fault]:
    subject = _subject(content)
    investor, name, nature = (
        subject.get("investor", "").strip(),
        subject.get("name", "").strip(),
        subject.get("nature"),
    )
    if not investor or not name:
        return
    if nature == INDIVIDUAL_NATURE and investor != name:
        yield "subject.investor", "个人备案的投资人一般就是本人，核对"
    if (
        nature == GOVERNMENT
        and re.fullmatch(r"[\u4e00-\u9fff]{2,4}", investor)
        and not investor.endswith(_OFFICES)
    ):
        yield "subject.investor", "政府机关的主管单位不会是个人，填上级机关"


_OFFICES = ("局", "厅", "部", "院", "委", "府", "办", "区", "县", "市", "省", "会", "处", "乡", "镇")


@rule(REVIEWED, "负责人填全名", *WEBSITES, severity=Severity.WARN)
def people_bear_their_full_name(content: Document, context: Context) -> Iterator[Fault]:
    for path, person in people(content):
        name = person.get("name", "").strip()
        if not name:
            continue
        title = next((row["word"] for row in rows("titles") if name.endswith(row["word"])), "")
        if title:
            yield f"{path}.name", f"去掉“{title}”，填与证件一致的全名"
        elif not _PERSON.fullmatch(name):
            yield f"{path}.name", "填与证件一致的全名，不带数字和符号"


@rule(REVIEWED, "通信地址写到门牌号", *SUBJECTS, severity=Severity.WARN)
def addresses_lead_to_a_door(content: Document, context: Context) -> Iterator[Fault]:
    address = _subject(content).get("address", {})
    if not address.get("province"):
        return
    detail = address.get("detail", "")
    way, spot = (
        any(row["word"] in detail for row in rows("address_words") if row["kind"] == kind)
        for kind in ("way", "spot")
    )
    if not detail:
        yield "subject.address.detail", "补填街道和门牌号，要能找到人"
    elif not (way and (spot or any(sign.isdigit() for sign in detail))):
        yield "subject.address.detail", "写到街道和门牌号，要能找到人，如 中关村大街 1 号 301 室"


@rule(REVIEWED, "通信地址与所选的省一致", *SUBJECTS, severity=Severity.WARN, looks_up=True)
def addresses_agree_with_the_region(content: Document, context: Context) -> Iterator[Fault]:
    address = _subject(content).get("address", {})
    province, detail = address.get("province"), address.get("detail", "")
    if not province or not detail:
        return
    for code, name in codes.provinces():
        if detail.startswith(name) and code != province:
            yield "subject.address.detail", f"地址写的是{name}，与所选的省不一致"


@rule(REVIEWED, "证件住所写全", *SUBJECTS, severity=Severity.WARN)
def certificates_show_a_whole_address(content: Document, context: Context) -> Iterator[Fault]:
    address = _subject(content).get("certificate", {}).get("address", "").strip()
    if address and len(address) < 6:
        yield "subject.certificate.address", "照证件上的住所写全"
