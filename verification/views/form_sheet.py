"""The verification form in words: the boxes that the provider ticks beside what was declared, and two undertakings.

Spec: filing rules "Verification", the parts of the form.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from filing.choices import INDIVIDUAL_NATURE
from filing.code_tables import CodeTable
from filing.services.codes import name_of, region_path
from verification.services.printing import Document, Form, qr_code, spaced

UNIT_PAPERS = ("组织机构代码证", "营业执照", "事业单位法人证书", "社会团体法人证书", "军队代号", "其他")
PERSON_PAPERS = ("身份证", "户口簿", "军官证", "港澳台居民通行证", "护照", "其他")
APPROVALS = "已取得前置审批，原件看过"

PROVIDER_WORDS = (
    "本单位已按国家有关规定核验上述信息：看过证件原件，与填报内容逐项对过，证件复印件、现场照片和备案信息都已留存。"
    "勾选的各项属实；未经核验或核验不一致的，不予接入。"
)
OWNER_WORDS = (
    "本人（单位）提交的证件和填报的备案信息真实、准确、完整，网站内容与备案一致。备案信息有变化时，及时告知接入服务单位并办理变更，"
    "使备案信息一直保持准确；信息不实的，愿承担由此产生的责任。"
)


@dataclass(frozen=True)
class Line:
    """One line with its boxes: what is asked, what was declared, what may be ticked."""

    asked: str
    declared: str
    boxes: tuple[str, ...]


@dataclass(frozen=True)
class Part:
    """A numbered part of the form."""

    title: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Sheet:
    """One website's form on A4."""

    form: Form
    code: str
    qr: SafeString
    is_individual: bool
    head: tuple[tuple[str, str], ...]
    parts: tuple[Part, ...]
    provider: str
    provider_words: str
    owner_words: str


def sheet_of(form: Form) -> Sheet:
    """Tell a form."""
    subject, website = form.subject, form.website
    individual = subject.get("nature") == INDIVIDUAL_NATURE
    return Sheet(
        form,
        spaced(form.code),
        # Drawn by the library from our own ref and code; nothing of it was typed by anybody.
        mark_safe(qr_code(form)),
        individual,
        tuple(
            (label, value)
            for label, value in (
                ("主办者", subject.get("name", "")),
                (
                    "性质",
                    "个人" if individual else name_of(CodeTable.NATURE, subject.get("nature")) or "单位",
                ),
                ("网站名称", website.get("name", "")),
                ("域名", "、".join(each.get("name", "") for each in website.get("domains", []))),
                ("备案号", website.get("number", "") or subject.get("number", "")),
            )
            if value
        ),
        (
            Part("一、主办者信息", _of_subject(subject, individual)),
            Part("二、网站负责人联系方式", _contacts(website.get("responsible", {}), subject, individual)),
            Part("三、网站信息", _of_website(website)),
            Part("四、接入信息", _of_access(website)),
            Part("五、留存", (Line("备案信息", "", ("纸质备案信息已留存",)),)),
        ),
        settings.ICP_PROVIDER_NAME,
        settings.ICP_UNDERTAKING_PROVIDER or PROVIDER_WORDS,
        settings.ICP_UNDERTAKING_OWNER or OWNER_WORDS,
    )


def _of_subject(subject: Document, individual: bool) -> tuple[Line, ...]:
    certificate = subject.get("certificate", {})
    kind = name_of(CodeTable.CERTIFICATE_TYPE, certificate.get("type")) or ""
    return (
        Line("看过的证件", kind, PERSON_PAPERS if individual else UNIT_PAPERS),
        Line("证件号码", certificate.get("number", ""), ("与原件一致",)),
        Line("复印件与照片", "", ("证件复印件已留存", "负责人照片已拍摄留存")),
    )


def _contacts(person: Document, subject: Document, individual: bool) -> tuple[Line, ...]:
    kind = name_of(CodeTable.PERSON_CERTIFICATE_TYPE, person.get("certificate_type")) or ""
    own = " ".join(filter(None, (person.get("name", ""), kind, person.get("certificate_number", ""))))
    lines = [
        Line("姓名与证件", own, ("与本人、原件一致",)),
        Line("手机号码", person.get("mobile", ""), ("接通，是本人",)),
    ]
    if person.get("office_phone") or not individual:
        lines.append(Line("办公电话", person.get("office_phone", ""), ("接通",)))
    address = subject.get("address", {})
    region = address.get("county") or address.get("city") or address.get("province")
    where = f"{region_path(region) if region else ''}{address.get('detail', '')}"
    return (
        *lines,
        Line("电子邮件", person.get("email", ""), ("能收到",)),
        Line("通信地址", where, ("详细、属实",)),
    )


def _of_website(website: Document) -> tuple[Line, ...]:
    contents = [name_of(CodeTable.SERVICE_CONTENT, each) for each in website.get("service_contents", [])]
    approvals = [
        f"{name_of(CodeTable.PRE_APPROVAL_TYPE, each.get('type'))} {each.get('number', '')}".strip()
        for each in website.get("pre_approvals", [])
    ]
    domains = [each.get("name", "") for each in website.get("domains", [])]
    return (
        Line("网站名称", website.get("name", ""), ("规范",)),
        Line(
            "域名",
            domains[0] if len(domains) == 1 else f"同上，共 {len(domains)} 个",
            ("正确，归主办者所有",),
        ),
        Line("服务内容", "、".join(filter(None, contents)), ("属实",)),
        Line("前置审批", "、".join(approvals) or "没有涉及", (APPROVALS, "不需要")),
    )


def _of_access(website: Document) -> tuple[Line, ...]:
    accesses = website.get("accesses", [])
    methods = [
        name_of(CodeTable.ACCESS_METHOD, each) for access in accesses for each in access.get("methods", [])
    ]
    rooms = [
        name_of(CodeTable.SERVER_LOCATION, each)
        for access in accesses
        for each in access.get("server_locations", [])
    ]
    ranges = [
        each.get("start", "")
        if each.get("start") == each.get("end")
        else f"{each.get('start')}–{each.get('end')}"
        for access in accesses
        for each in access.get("ip_ranges", [])
    ]
    return (
        Line("接入服务单位", settings.ICP_PROVIDER_NAME or "　", ("正确",)),
        Line("接入方式", "、".join(dict.fromkeys(filter(None, methods))), ("正确",)),
        Line("服务器放置地", "、".join(dict.fromkeys(filter(None, rooms))), ("正确",)),
        Line("IP 地址", "、".join(ranges), ("正确",)),
    )
