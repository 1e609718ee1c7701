"""What is filed of one subject: seen as a whole, and the place where an operation starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from filing import filed_selectors as selectors
from filing.choices import INDIVIDUAL_NATURE, AuditAction, FiledState, Operation
from filing.code_tables import CodeTable
from filing.forms.beside import ranges_of
from filing.masking import mask
from filing.models import Access, Subject, Website
from filing.models.people import ResponsiblePerson
from filing.roles import ENTER, needs_role
from filing.services import codes
from filing.services.audit import note
from filing.services.starting import Offer, Offers, offers_for


@dataclass(frozen=True)
class Buttons:
    """What may start at one record: the plain operations, and those that take something away."""

    plain: list[Offer]
    ending: list[Offer]

    @classmethod
    def of(cls, offers: list[Offer]) -> Buttons:
        ends = {Operation.CANCEL_SUBJECT, Operation.CANCEL_WEBSITE, Operation.CANCEL_ACCESS}
        return cls(
            [each for each in offers if each.operation not in ends],
            [each for each in offers if each.operation in ends],
        )


@dataclass(frozen=True)
class AccessTold:
    access: Access
    provider: str
    methods: str
    locations: str
    ranges: list[str]
    buttons: Buttons


@dataclass(frozen=True)
class WebsiteTold:
    website: Website
    facts: list[tuple[str, str]]
    domains: list[str]
    accesses: list[AccessTold]
    buttons: Buttons


@require_GET
@needs_role
def filed_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """GET: one subject with all that is filed under it. `reveal=1` shows identity numbers and phones, which is recorded."""
    subject = get_object_or_404(Subject, pk=pk)
    reveal = request.GET.get("reveal") == "1"
    if reveal:
        note(AuditAction.VIEW_IDENTITY, user=cast(User, request.user), about=subject, http=request)
    websites = selectors.websites_of(subject)
    accesses = [access for website in websites for access in website.accesses.all()]
    may_enter = request.user.has_perm(ENTER)
    offers = offers_for(subject, websites, accesses) if may_enter else Offers()
    context: dict[str, Any] = {
        "subject": subject,
        "facts": _subject_facts(subject, reveal=reveal),
        "buttons": Buttons.of(offers.subject),
        "websites": [_told(each, offers, reveal=reveal) for each in websites],
        "filed_count": sum(each.state == FiledState.FILED for each in websites),
        "requests": selectors.requests_about(subject, websites, cast(User, request.user)),
        "reveal": reveal,
    }
    return render(request, "filing/filed_detail.html", context)


def _told(website: Website, offers: Offers, *, reveal: bool) -> WebsiteTold:
    facts = [
        ("首页网址", website.home_url),
        ("服务内容", _names(CodeTable.SERVICE_CONTENT, website.service_contents)),
        ("语言类别", _names(CodeTable.LANGUAGE, website.languages)),
        ("前置审批", "、".join(str(each.get("number", "")) for each in website.pre_approvals)),
        *_person_facts(website, "网站负责人", reveal=reveal),
        ("备注", website.remarks),
    ]
    return WebsiteTold(
        website,
        [(label, value) for label, value in facts if value],
        [each.name for each in website.domains.all()],
        [_access_told(each, offers) for each in website.accesses.all()],
        Buttons.of(offers.websites[website.pk]),
    )


def _access_told(access: Access, offers: Offers) -> AccessTold:
    named = codes.name_of(CodeTable.REPORTING_UNIT, access.provider_id)
    return AccessTold(
        access,
        "本单位" if access.is_ours else named or f"接入商 {access.provider_id}",
        _names(CodeTable.ACCESS_METHOD, access.methods),
        _names(CodeTable.SERVER_LOCATION, access.server_locations),
        ranges_of(access),
        Buttons.of(offers.accesses[access.pk]),
    )


def _names(table: str, values: list[int]) -> str:
    return "、".join(codes.name_of(table, each) or f"代码 {each}" for each in values)


def _subject_facts(subject: Subject, *, reveal: bool) -> list[tuple[str, str]]:
    """Labels and values, empty ones left out. A person's certificate and phones are masked unless revealed."""
    is_person = subject.nature in (None, INDIVIDUAL_NATURE)
    number = subject.certificate_number
    region = codes.region_path(subject.county or subject.city or subject.province)
    facts = [
        ("单位性质", codes.name_of(CodeTable.NATURE, subject.nature) if subject.nature else ""),
        ("证件类型", codes.name_of(CodeTable.CERTIFICATE_TYPE, subject.certificate_type)),
        ("证件号码", number if reveal or not is_person else mask(number)),
        ("证件住所", subject.certificate_address),
        ("通信地址", f"{region} {subject.address_detail}".strip()),
        ("投资人或主管单位", subject.investor),
        *_person_facts(subject, "负责人", reveal=reveal),
        ("备注", subject.remarks),
    ]
    return [(label, str(value)) for label, value in facts if value]


def _person_facts(row: ResponsiblePerson, label: str, *, reveal: bool) -> list[tuple[str, str]]:
    def shown(value: str) -> str:
        return value if reveal or not value else ";".join(mask(part) for part in value.split(";"))

    return [
        (label, row.responsible_name),
        ("手机号码", shown(row.mobile)),
        ("办公室电话", shown(row.office_phone)),
        ("电子邮件", row.email),
        ("负责人证件", shown(row.person_certificate_number)),
    ]
