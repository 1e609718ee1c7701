"""What is filed here, for tests of what starts from it."""

from __future__ import annotations

from typing import Any

from filing.choices import FiledState
from filing.filed_data import AccessData, DomainData, PersonData, RangeData, SubjectData
from filing.models import Access, Subject, Website
from filing.services.filed import record_filed
from tests import factories

NUMBER = "京ICP备2026000001号"
PERSON = PersonData(
    name="虚构甲",
    office_phone="010-00000000",
    mobile="13800000000",
    email="nobody@example.cn",
    certificate_type=2,
    certificate_number=factories.SUBJECT_CARD,
)


def filed(number: str = NUMBER, isp_id: int = factories.ISP_ID, **more: Any) -> Subject:
    """A filing as complete as a change needs it: one website with two domains, an access of ours, one of another's."""
    others = (RangeData(3405803810, 3405803810, bureau_id=5009),)
    ranges = (RangeData(3405803786, 3405803788, bureau_id=5001),)
    access = AccessData(4001, provider_id=isp_id, server_locations=(2,), methods=(3,), ranges=ranges)
    site = factories.filed_website(
        2001,
        DomainData("example.cn", 3001),
        DomainData("example.com", 3002),
        number=f"{number}-1" if number else "",
        accesses=(access, AccessData(4009, provider_id=factories.OTHER_ISP_ID, ranges=others)),
        service_contents=(8, 7),
        languages=(1,),
        responsible=PERSON,
    )
    facts: dict[str, Any] = {
        "number": number,
        "nature": 4,
        "city": 110100,
        "county": 110108,
        "address_detail": "虚构路1号",
        "certificate_number": factories.CREDIT_CODE,
        "certificate_address": "北京市海淀区虚构路1号",
        "responsible": PERSON,
    }
    data: SubjectData = factories.filed_subject(site, **facts | more)
    return record_filed(data, isp_id=isp_id, proof={"download": 1, "position": 1})[0]


def site_of(subject: Subject) -> Website:
    return subject.websites.get(bureau_id=2001)


def access_of(subject: Subject) -> Access:
    return site_of(subject).accesses.get(bureau_id=4001)


def connected_elsewhere(subject: Subject) -> Website:
    """Its website once the access of ours is cancelled: open to a new one."""
    Access.objects.filter(pk=access_of(subject).pk).update(state=FiledState.CANCELLED)
    return site_of(subject)
