from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Model

from filing.choices import Operation, RequestState
from filing.filed_data import AccessData, DomainData, SubjectData
from filing.models import Access, AddressRange, Domain, Request, Subject, Website
from filing.services.filed import filing_numbers, record_filed
from reporting.demo import papers
from tests import factories

S = RequestState
KINDS: tuple[type[Model], ...] = (Subject, Website, Domain, Access, AddressRange)
NUMBER = "京ICP备2026000001号"

pytestmark = pytest.mark.django_db


def record(data: SubjectData, isp_id: int = factories.ISP_ID) -> tuple[Subject, list[Request]]:
    return record_filed(data, isp_id=isp_id, proof={})


def sent(state: str = S.AWAITING_BUREAU) -> Request:
    return factories.request_in(state)


def test_it_knows_its_own_request_by_number_and_content() -> None:
    request = sent()
    content = request.revisions.get().content
    subject, requests = record(factories.answer(request))
    assert requests == [request]
    site = content["websites"][0]
    access = site["accesses"][0]
    wanted = [content["subject"], site, site["domains"][0], access, access["ip_ranges"][0]]
    assert [kind._default_manager.get().own_id for kind in KINDS] == [each["own_id"] for each in wanted]
    assert subject.own_id == request.subject_own_id


@pytest.mark.parametrize(
    ("paper", "domain", "believed"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_it_believes_an_enterprise_number_only_where_the_content_agrees(
    paper: bool, domain: bool, believed: bool
) -> None:
    request = sent()
    data = factories.answer(request)
    if not paper:
        data = replace(data, certificate_number="91310000MA00000000")
    if not domain:
        site = replace(data.websites[0], domains=(DomainData("foreign.cn", 3001, own_id=1),))
        data = replace(data, websites=(site,))
    subject, requests = record(data)
    assert requests == ([request] if believed else [])
    assert (subject.own_id is not None) == believed
    assert Domain.objects.get().own_id is None or domain


def test_it_takes_no_foreign_number_beside_its_own() -> None:
    request, other = sent(), sent()
    site = other.revisions.get().content["websites"][0]
    data = factories.answer(request)
    foreign = replace(
        factories.filed_website(2009, DomainData("x.cn", 3009, own_id=site["domains"][0]["own_id"])),
        own_id=site["own_id"],
        accesses=(AccessData(4009, own_id=site["accesses"][0]["own_id"]),),
    )
    record(replace(data, websites=(*data.websites, foreign)))
    for kind, bureau_id in [(Website, 2009), (Domain, 3009), (Access, 4009)]:
        assert kind._default_manager.get(bureau_id=bureau_id).own_id is None


def test_it_believes_no_number_of_a_request_that_went_over_another_link() -> None:
    request = sent()
    subject, requests = record(factories.answer(request), isp_id=factories.OTHER_ISP_ID)
    assert (subject.own_id, requests) == (None, [])


def test_it_lets_the_bureaus_id_decide_where_a_number_of_ours_comes_with_another_id() -> None:
    request = sent()
    first, _ = record(factories.answer(request))
    data = factories.answer(request, bureau_id=1009)
    second, _ = record(replace(data, websites=(replace(data.websites[0], bureau_id=2009, accesses=()),)))
    assert first.pk != second.pk
    assert [each.bureau_id for each in Subject.objects.order_by("pk")] == [1001, 1009]
    assert [each.own_id for each in Subject.objects.order_by("pk")] == [request.subject_own_id, None]
    assert [each.own_id is None for each in Website.objects.order_by("bureau_id")] == [False, True]


def test_it_keeps_the_ids_of_two_links_apart() -> None:
    mine, _ = record(factories.filed_subject())
    theirs, _ = record(
        factories.filed_subject(name="另一省的虚构公司", province=310000), factories.OTHER_ISP_ID
    )
    assert mine.pk != theirs.pk and {kind._default_manager.count() for kind in KINDS} == {2}
    mine.refresh_from_db()
    assert mine.name == factories.NAME


def test_it_finds_the_numbers_of_many_requests_in_three_queries(django_assert_num_queries: Any) -> None:
    contents = [
        factories.stored_filing(factories.website("甲站", f"a{n}.cn"), factories.website("乙站", f"b{n}.cn"))
        for n in range(3)
    ]
    for n, content in enumerate(contents):
        content["subject"]["certificate"]["number"] = papers.credit_code(110108, n)
    requests = [factories.request_in(S.AWAITING_BUREAU, content=content) for content in contents]
    data = factories.answer(requests[1])
    sites = (replace(data.websites[1], number=f"{NUMBER}-2"), replace(data.websites[0], number=f"{NUMBER}-1"))
    record(replace(data, number=NUMBER, websites=sites))
    cancelled = factories.draft(operation=Operation.CANCEL_SUBJECT)
    with django_assert_num_queries(3):
        found = filing_numbers([*requests, cancelled])
    assert found[requests[1].pk] == (NUMBER, [f"{NUMBER}-1", f"{NUMBER}-2"]), "in the order of the document"
    assert found[requests[0].pk] == found[requests[2].pk] == ("", [])
