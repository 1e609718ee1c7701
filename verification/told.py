"""What the bureau asks to be looked at, in words: a line for lists, facts for the page of one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import timezone

from filing.choices import INDIVIDUAL_NATURE
from filing.code_tables import CodeTable
from filing.identifiers import format_ipv4
from filing.masking import mask, mask_text
from filing.models import Subject, Website
from filing.services import codes
from verification.choices import CheckKind, ListedKind
from verification.models import (
    Arrival,
    CheckResult,
    ListedWork,
    Notice,
    UnfiledWebsite,
    VerificationTask,
)


@dataclass(frozen=True)
class Line:
    """One row of a list: what it is about, what is asked, and the bureau's own words (verbatim)."""

    title: str
    asked: str
    words: str = ""


@dataclass(frozen=True)
class Fact:
    """One line of the page. `copy`: people carry the value elsewhere."""

    label: str
    value: str
    copy: bool = False


_TO_DO = {
    CheckKind.SUBJECT: "核对主体证件与名称，有误则提交变更",
    CheckKind.OVER_REPORTED: "网站已不在本单位接入的，取消接入",
    CheckKind.UNDER_REPORTED: "网站解析到本单位的，新增接入；已有接入的，变更加上地址",
    CheckKind.ACCESS: "核对这个网站的接入是否属实",
    CheckKind.EMPTY_SHELL: "核实后注销网站或取消接入",
    CheckKind.ALIVE: "正常，不用处理",
    CheckKind.UNREACHABLE: "联系主办者，恢复或注销",
}
"""What staff do about each finding."""
_LISTED_TO_DO = {
    ListedKind.ILLEGAL_ACCESS: "已备案的新增接入，没备案的停止接入或办备案",
    ListedKind.SUBJECT: "主体不能再备案：与主办者核实后注销主体",
    ListedKind.WEBSITE: "网站不能再备案：停止接入，注销网站",
}


def line_of(row: Arrival) -> Line:
    """Tell a piece of work in a row of a list; identity numbers and phones in the bureau's words are masked."""
    told = _line(row)
    return replace(told, words=mask_text(told.words))


def _line(row: Arrival) -> Line:
    match row:
        case VerificationTask():
            websites = len(row.content.get("websites", []))
            return Line(str(row), f"核实主体与 {websites} 个网站是否属实", row.remarks)
        case UnfiledWebsite():
            return Line(row.domain, f"在 {_quad(row.address) or '本单位'} 上，没有备案", row.remarks)
        case CheckResult():
            name = row.name or row.website_number or row.domain or _numbered(row)
            return Line(name, f"{row.get_kind_display()}：{_TO_DO[CheckKind(row.kind)]}", row.words)
        case Notice():
            about = row.number or (f"管局标识 {row.bureau_id}" if row.bureau_id else "未指明备案")
            return Line(about, row.get_kind_display() or "整改", row.words or row.remarks)
        case ListedWork():
            title = f"{row.name}（{row.domain}）" if row.name and row.domain else str(row)
            return Line(
                title, f"{row.get_kind_display()}：{_LISTED_TO_DO[ListedKind(row.kind)]}", row.remarks
            )
    raise TypeError(type(row))


def _numbered(row: CheckResult) -> str:
    bureau_id = row.website_bureau_id or row.subject_bureau_id
    return f"管局标识 {bureau_id}" if bureau_id else "未指明备案"


def facts_of(row: Arrival, *, reveal: bool = False) -> list[Fact]:
    """Tell what a piece of work says, empty values left out. Identity numbers are masked unless revealed."""
    tell: dict[type[Arrival], Callable[[Any, bool], Iterator[tuple[str, Any, bool]]]] = {
        VerificationTask: _task,
        UnfiledWebsite: _unfiled,
        CheckResult: _check,
        Notice: _notice,
        ListedWork: _listed,
    }
    told = tell[type(row)](row, reveal)
    return [Fact(label, _text(value), copy) for label, value, copy in told if value not in (None, "", [])]


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    return str(value)


def _task(row: VerificationTask, _reveal: bool) -> Iterator[tuple[str, Any, bool]]:
    yield "管局主体标识", row.subject_bureau_id, True
    yield "备注", row.remarks, False


def _unfiled(row: UnfiledWebsite, _reveal: bool) -> Iterator[tuple[str, Any, bool]]:
    yield "域名", row.domain, True
    yield "IP 地址", _quad(row.address), True
    yield "最近检测", row.detected_at, False
    yield "首次检测", row.first_detected_at, False
    yield "检测次数", row.detections, False
    yield "语言", "、".join(_named(CodeTable.LANGUAGE, each) for each in row.languages), False
    yield "所属省", codes.region_path(row.province) or row.province, False
    yield "接入商", _unit(row.provider_id), False
    yield "运营商", _unit(row.carrier_id), False
    yield "管局记录标识", row.bureau_id, True
    yield "备注", row.remarks, False


def _check(row: CheckResult, reveal: bool) -> Iterator[tuple[str, Any, bool]]:
    yield "要做的", _TO_DO[CheckKind(row.kind)], False
    yield "主体", row.name, True
    yield "证件类型", _named(CodeTable.CERTIFICATE_TYPE, row.certificate_type), False
    is_open = reveal or not _is_individuals(row.certificate_type)
    yield "证件号码", row.certificate_number if is_open else mask(row.certificate_number), False
    yield "网站备案号", row.website_number, True
    yield "域名", row.domain, True
    yield "解析到的地址", _quad(row.address), True
    yield "首页", row.home_url, False
    yield "报备接入商", _unit(row.provider_id), False
    yield "核查时间", row.checked_at, False
    known = row.kind != CheckKind.ACCESS or row.verdict is None
    yield "核查结果代码", "" if known else f"{row.verdict}（接口没有这个值）", False
    yield "管局主体标识", row.subject_bureau_id, True
    yield "管局网站标识", row.website_bureau_id, True
    yield "管局接入标识", row.access_bureau_id, True
    yield "备注", row.remarks, False


def _notice(row: Notice, _reveal: bool) -> Iterator[tuple[str, Any, bool]]:
    yield "类别", row.get_kind_display() or "接口没有的类别", False
    yield "备案号", row.number, True
    yield "管局记录标识", row.bureau_id, True
    yield "备注", row.remarks, False


def _listed(row: ListedWork, _reveal: bool) -> Iterator[tuple[str, Any, bool]]:
    yield "要做的", _LISTED_TO_DO[ListedKind(row.kind)], False
    yield "名称", row.name, True
    yield "域名", row.domain, True
    yield "IP 地址", _quad(row.address), True
    yield "直接接入者", _unit(row.provider_id), False
    yield "管局主体标识", row.subject_bureau_id, True
    yield "管局网站标识", row.website_bureau_id, True
    yield "备注", row.remarks, False


def _quad(address: int | None) -> str:
    return format_ipv4(address) if address is not None else ""


def _named(table: str, code: int | None) -> str:
    return "" if code is None else codes.name_of(table, code) or f"代码 {code}"


def _unit(code: int | None) -> str:
    if code is None:
        return ""
    name = codes.name_of(CodeTable.REPORTING_UNIT, code)
    return f"{name}（{code}）" if name else str(code)


def _is_individuals(certificate_type: int | None) -> bool:
    """Whether a certificate of this type may be a person's: only what belongs to no individual is public."""
    personal = {code for code, _name in codes.certificate_types_for(INDIVIDUAL_NATURE)}
    return certificate_type is None or not personal or certificate_type in personal


def filed_behind(row: Arrival) -> tuple[Subject | None, Website | None]:
    """The filing here that a piece of work is about, where it is held: by the bureau's ids, else by number."""
    subject_id = website_id = None
    subject_number = website_number = ""
    match row:
        case VerificationTask():
            subject_id = row.subject_bureau_id
        case CheckResult():
            subject_id, website_id, website_number = (
                row.subject_bureau_id,
                row.website_bureau_id,
                row.website_number,
            )
        case ListedWork():
            subject_id, website_id = row.subject_bureau_id, row.website_bureau_id
        case UnfiledWebsite():
            return None, None
        case Notice(kind=0):
            subject_id, subject_number = row.bureau_id, row.number
        case Notice(kind=1):
            website_id, website_number = row.bureau_id, row.number
    website = _held(Website, row.isp_id, website_id, website_number)
    subject = _held(Subject, row.isp_id, subject_id, subject_number)
    return subject or (website.subject if website else None), website


def _held(model: Any, isp_id: int, bureau_id: int | None, number: str) -> Any:
    rows = model.objects.filter(isp_id=isp_id)
    found = rows.filter(bureau_id=bureau_id).first() if bureau_id else None
    return found or (rows.filter(number=number).first() if number else None)
