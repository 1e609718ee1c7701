"""What is filed, told as the document of a change would tell it."""

from __future__ import annotations

from typing import Any

import pytest

from filing.choices import FiledState, Operation
from filing.documents.difference import changes
from filing.documents.operations import read_content
from filing.documents.tally import tally
from filing.filed_data import AccessData, DomainData, PersonData, RangeData
from filing.models import Access, Subject, Website
from filing.services.filed import record_filed
from filing.services.filed_document import filed_document, filed_documents
from tests import factories
from tests.filing.documents import AnyImages

pytestmark = pytest.mark.django_db
NUMBER = "京ICP备2026000001号"
RANGE = RangeData(3405803786, 3405803788, bureau_id=5001)  # 203.0.113.10 to .12
PERSON = PersonData(name="虚构甲", mobile="13800000000", email="nobody@example.cn")


def held(**more: Any) -> Subject:
    access = AccessData(
        4001, provider_id=factories.ISP_ID, server_locations=(2,), methods=(3,), ranges=(RANGE,)
    )
    site = factories.filed_website(
        2001,
        DomainData("example.cn", 3001),
        DomainData("example.com", 3002),
        number=f"{NUMBER}-1",
        accesses=(access,),
        service_contents=(8,),
        languages=(1,),
        responsible=PERSON,
    )
    found = {
        "number": NUMBER,
        "nature": 4,
        "city": 110100,
        "address_detail": "虚构路1号",
        "certificate_address": "虚构路1号",
        "responsible": PERSON,
    }
    data = factories.filed_subject(site, **found | more)
    return record_filed(data, isp_id=factories.ISP_ID, proof={})[0]


def test_it_tells_what_is_filed_as_a_change_would() -> None:
    subject = held()
    Subject.objects.update(own_id=77)
    Website.objects.update(own_id=78)
    content = filed_document(Subject.objects.get(pk=subject.pk))
    clean, problems = read_content(Operation.CHANGE, content, AnyImages())
    assert problems == []
    assert changes(Operation.CHANGE, content, clean) == []
    site = content["websites"][0]
    assert [each["name"] for each in site["domains"]] == ["example.cn", "example.com"]
    assert site["accesses"][0]["ip_ranges"] == [
        {"bureau_id": 5001, "start": "203.0.113.10", "end": "203.0.113.12"}
    ]
    assert content["subject"]["address"] == {"province": 110000, "city": 110100, "detail": "虚构路1号"}


def test_it_pairs_records_of_a_change_with_what_is_filed_by_the_bureaus_ids() -> None:
    old = filed_document(held())
    new, _problems = read_content(Operation.CHANGE, old, AnyImages())
    site = new["websites"][0]
    del site["domains"][0]
    site["domains"].append({"name": "third.cn"})
    site["name"] = "改了名的站"
    assert tally(Operation.CHANGE, old, new).words() == ["域名 +1 −1", "网站名称 改"]
    assert {(line.kind, line.old, line.new) for line in changes(Operation.CHANGE, old, new)} >= {
        ("removed", "example.cn", None),
        ("added", None, "third.cn"),
        ("changed", "虚构示例站", "改了名的站"),
    }


def test_it_leaves_out_what_is_cancelled_and_what_others_connect() -> None:
    subject = held()
    Access.objects.update(provider_id=factories.OTHER_ISP_ID)
    site = Website.objects.get()
    site.accesses.create(isp_id=site.isp_id, bureau_id=4009, provider_id=site.isp_id)
    named = [each["bureau_id"] for each in filed_document(subject)["websites"][0]["accesses"]]
    assert named == [4009]
    Access.objects.filter(bureau_id=4009).delete()
    named = [each["bureau_id"] for each in filed_document(subject)["websites"][0]["accesses"]]
    assert named == [4001]  # a change sends all websites, each with an access
    Website.objects.update(state=FiledState.CANCELLED)
    assert filed_document(subject)["websites"] == []


def test_it_costs_the_same_queries_for_many(django_assert_num_queries: Any) -> None:
    subjects = [held()]
    with django_assert_num_queries(4):
        filed_documents(subjects)
