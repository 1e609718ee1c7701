from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db.models import Model

from filing.choices import FiledState, RequestState
from filing.filed_data import AccessData, DomainData, PersonData, RangeData, SubjectData
from filing.models import Access, AddressRange, Domain, Request, Subject, Website
from filing.services.filed import filing_numbers, record_filed
from tests import factories

S = RequestState
KINDS: tuple[type[Model], ...] = (Subject, Website, Domain, Access, AddressRange)
PROOF = {"download": 1, "name": "B1.xml", "position": 3}
NUMBER = "京ICP备2026000001号"

pytestmark = pytest.mark.django_db


def record(data: SubjectData, isp_id: int = factories.ISP_ID) -> tuple[Subject, list[Request]]:
    return record_filed(data, isp_id=isp_id, proof=PROOF)


def everything() -> list[Any]:
    """All filed records without the time of their last change."""
    rows = [list(kind._default_manager.order_by("pk").values()) for kind in KINDS]
    return [
        [{key: value for key, value in row.items() if key != "updated_at"} for row in each] for each in rows
    ]


def counts() -> list[int]:
    return [kind._default_manager.count() for kind in KINDS]


def sent(state: str = S.AWAITING_BUREAU) -> Request:
    return factories.request_in(state)


# --- storing --------------------------------------------------------------------------------------


def test_it_stores_what_the_bureau_holds() -> None:
    person = PersonData(name="虚构甲", mobile="13800000000", certificate_type=2)
    data = factories.filed_subject(
        number=NUMBER, nature=4, city=110100, first_filed_at=factories.AT, responsible=person
    )
    subject, requests = record(data)
    assert requests == []
    assert (subject.isp_id, subject.bureau_id, subject.own_id, subject.number) == (
        factories.ISP_ID,
        1001,
        None,
        NUMBER,
    )
    assert (subject.name, subject.province, subject.city, subject.nature) == (
        factories.NAME,
        110000,
        110100,
        4,
    )
    assert (subject.responsible_name, subject.mobile, subject.person_certificate_type) == (
        "虚构甲",
        "13800000000",
        2,
    )
    assert (subject.state, subject.proof, subject.first_filed_at) == (FiledState.FILED, PROOF, factories.AT)
    [website] = subject.websites.all()
    [domain], [access] = website.domains.all(), website.accesses.all()
    [one] = access.ranges.all()
    assert (website.bureau_id, domain.bureau_id, access.bureau_id, one.bureau_id) == (2001, 3001, 4001, 5001)
    assert (domain.name, access.server_locations, access.methods) == ("example.cn", [2], [3])
    assert (one.start, one.end) == (3405803786, 3405803788)
    assert {row.isp_id for row in (website, domain, access, one)} == {factories.ISP_ID}


def test_it_changes_nothing_when_the_same_comes_again() -> None:
    request = sent()
    for data in (factories.filed_subject(), factories.answer(request, bureau_id=1002)):
        record(data)
        before = everything()
        record(data)
        assert everything() == before


def test_it_takes_over_what_changed() -> None:
    record(factories.filed_subject())
    site = factories.filed_website(
        2001,
        name="改名站",
        accesses=(
            AccessData(
                4001, server_locations=(5,), methods=(1, 2), ranges=(RangeData(1, 2), RangeData(5, 9))
            ),
        ),
    )
    subject, _ = record(factories.filed_subject(site, name="改名的虚构公司", nature=5))
    assert (subject.name, subject.nature) == ("改名的虚构公司", 5)
    website = subject.websites.get()
    access = website.accesses.get()
    assert (website.name, access.server_locations, access.methods) == ("改名站", [5], [1, 2])
    assert list(access.ranges.order_by("start").values_list("start", "end")) == [(1, 2), (5, 9)]
    assert counts() == [1, 1, 1, 1, 2]


def test_it_gets_the_numbers_later_and_keeps_them() -> None:
    request = sent()
    record(factories.answer(request))
    assert filing_numbers([request])[request.pk] == ("", [])
    data = factories.answer(request)
    numbered = replace(data, number=NUMBER, websites=(replace(data.websites[0], number=f"{NUMBER}-1"),))
    record(numbered)
    assert filing_numbers([request])[request.pk] == (NUMBER, [f"{NUMBER}-1"])
    record(data)
    assert filing_numbers([request])[request.pk] == (NUMBER, [f"{NUMBER}-1"]), (
        "what is left out is not taken away"
    )


# --- what is missing, what is gone ----------------------------------------------------------------


def test_it_keeps_a_website_and_an_access_that_later_data_leaves_out() -> None:
    first = factories.filed_website(2001)
    second = factories.filed_website(
        2002, DomainData("two.cn", 3002), accesses=(AccessData(4002), AccessData(4003))
    )
    record(factories.filed_subject(first, second))
    record(factories.filed_subject(replace(second, accesses=(AccessData(4003),))))
    record(replace(factories.filed_subject(), websites=()))
    assert set(Website.objects.values_list("bureau_id", "state")) == {(2001, "filed"), (2002, "filed")}
    assert set(Access.objects.values_list("bureau_id", flat=True)) == {4001, 4002, 4003}


def test_it_takes_the_domains_of_a_website_and_the_ranges_of_an_access_as_the_list() -> None:
    record(
        factories.filed_subject(factories.filed_website(2001, DomainData("a.cn", 1), DomainData("b.cn", 2)))
    )
    kept = Domain.objects.get(name="b.cn").pk
    record(
        factories.filed_subject(
            factories.filed_website(
                2001,
                DomainData("b.cn", 2),
                DomainData("c.cn"),
                accesses=(AccessData(4001, ranges=(RangeData(7, 8, bureau_id=5002),)),),
            )
        )
    )
    assert list(Domain.objects.order_by("name").values_list("name", "bureau_id")) == [
        ("b.cn", 2),
        ("c.cn", None),
    ]
    assert Domain.objects.get(name="b.cn").pk == kept
    assert list(AddressRange.objects.values_list("start", "end", "bureau_id")) == [(7, 8, 5002)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("a.cn", None)], [("a.cn", 1)]),
        ([("a.cn", 1)], [("a.cn", None)]),
        ([("a.cn", 1)], [("a.cn", 2)]),
        ([("a.cn", 1), ("b.cn", 2)], [("a.cn", 2)]),
        ([("a.cn", 1), ("b.cn", 2)], [("b.cn", 1), ("a.cn", 2)]),
        ([("a.cn", 1), ("b.cn", None)], [("b.cn", 1)]),
        ([("a.cn", 1)], [("a.cn", 1), ("a.cn", 1)]),
    ],
)
def test_it_follows_domains_that_change_their_names_or_ids(
    before: list[tuple[str, int | None]], after: list[tuple[str, int | None]]
) -> None:
    for pairs in (before, after, after):
        domains = (DomainData(name, bureau_id) for name, bureau_id in pairs)
        record(factories.filed_subject(factories.filed_website(2001, *domains)))
    found = dict(Domain.objects.values_list("name", "bureau_id"))
    assert set(found) == {name for name, _ in after}
    assert all(found[name] == bureau_id for name, bureau_id in after if bureau_id is not None)


def test_it_follows_ranges_that_change_places() -> None:
    for pairs in ([(1, 2, 10), (3, 4, 11)], [(3, 4, 10), (1, 2, 11)], [(1, 2, 10)]):
        ranges = tuple(RangeData(start, end, bureau_id=n) for start, end, n in pairs)
        record(
            factories.filed_subject(
                factories.filed_website(2001, accesses=(AccessData(4001, ranges=ranges),))
            )
        )
        assert set(AddressRange.objects.values_list("start", "end", "bureau_id")) == set(pairs)


def test_it_holds_what_was_cancelled_and_comes_again() -> None:
    record(factories.filed_subject())
    for kind in (Subject, Website, Access):
        kind._default_manager.update(state=FiledState.CANCELLED, cancelled_at=factories.AT, proof={})
    rows = (Subject.objects.get(), Website.objects.get(), Access.objects.get())
    record(factories.filed_subject())
    for row in rows:
        row.refresh_from_db()
        assert (row.state, row.cancelled_at, row.proof) == (FiledState.FILED, None, PROOF)
