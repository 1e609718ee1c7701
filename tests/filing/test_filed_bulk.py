"""Filed data of many subjects together: few statements, all or nothing, and no second word about a row."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.db import DatabaseError

from filing.filed_data import AccessData, DomainData, RangeData, SubjectData
from filing.models import Access, AddressRange, Domain, Subject, Website
from filing.services.filed import own_ids_in
from filing.services.filed_bulk import Entangled, Filing, record_all_filed
from tests import factories

pytestmark = pytest.mark.django_db
KINDS = (Subject, Website, Domain, Access, AddressRange)
BACKWARDS = factories.filed_website(
    9, DomainData("neun.cn"), accesses=(AccessData(9, ranges=(RangeData(5, 4),)),)
)
PROOF = {"download": 1, "name": "B1.xml", "position": 1}


def filing(n: int, *, own: bool = False, **more: Any) -> Filing:
    """A subject with a website, domain, access and range of its own."""
    numbers = {"own_id": n} if own else {}
    website = factories.filed_website(
        2000 + n,
        DomainData(f"shili{n}.cn", bureau_id=3000 + n, **numbers),
        accesses=(AccessData(4000 + n, ranges=(RangeData(n, n, bureau_id=5000 + n),)),),
        **numbers,
    )
    data = factories.filed_subject(
        website, **{"bureau_id": 1000 + n, "name": f"虚构{n}号", **numbers, **more}
    )
    ours = own_ids_in([{"subject": {"own_id": n}, "websites": [{"own_id": n}]}] if own else [])
    return Filing(data, ours, PROOF)


def record(*filings: Filing, isp_id: int = factories.ISP_ID) -> list[tuple[str, str]]:
    return record_all_filed(filings, isp_id=isp_id)


def counts() -> list[int]:
    return [kind._default_manager.count() for kind in KINDS]


def test_it_tells_name_and_number_of_each() -> None:
    assert record(filing(1, number="京ICP备1号"), filing(2)) == [("虚构1号", "京ICP备1号"), ("虚构2号", "")]
    assert record(filing(1, number="")) == [("虚构1号", "京ICP备1号")], "a number is not taken away"


@pytest.mark.parametrize("many", [2, 60])
def test_it_needs_as_many_statements_for_many_as_for_two(many: int, django_assert_num_queries: Any) -> None:
    filings = [filing(n) for n in range(1, many + 1)]
    # A savepoint, its release; for each of five kinds one to look and one to store.
    with django_assert_num_queries(12):
        record(*filings)
    assert counts() == [many] * 5
    with django_assert_num_queries(12):
        record(*filings)
    assert counts() == [many] * 5


def test_it_hangs_every_part_on_its_own_owner() -> None:
    record(*(filing(n) for n in range(1, 30)))
    found = AddressRange.objects.values_list(
        "start",
        "access__bureau_id",
        "access__website__bureau_id",
        "access__website__domains__name",
        "access__website__subject__bureau_id",
    )
    assert set(found) == {(n, 4000 + n, 2000 + n, f"shili{n}.cn", 1000 + n) for n in range(1, 30)}


def test_it_moves_a_website_to_a_subject_that_is_new() -> None:
    record(filing(1), filing(2))
    moved = replace(filing(3).data, websites=filing(1).data.websites)
    record(filing(2), Filing(moved, own_ids_in([]), PROOF))
    assert Website.objects.get(bureau_id=2001).subject.bureau_id == 1003
    assert counts() == [3, 2, 2, 2, 2]


def test_it_frees_a_name_before_another_takes_it() -> None:
    """A domain goes from one id of the bureau to a new one, and a range to another access."""
    record(filing(1), filing(2))
    site = replace(
        filing(1).data.websites[0],
        domains=(DomainData("shili1.cn", bureau_id=3009),),
        accesses=(AccessData(4001, ranges=(RangeData(1, 1, bureau_id=5002),)),),
    )
    other = replace(filing(2).data.websites[0], accesses=(AccessData(4002),))
    record(
        Filing(replace(filing(1).data, websites=(site,)), own_ids_in([]), PROOF),
        Filing(replace(filing(2).data, websites=(other,)), own_ids_in([]), PROOF),
    )
    assert set(Domain.objects.values_list("name", "bureau_id")) == {("shili1.cn", 3009), ("shili2.cn", 3002)}
    assert list(AddressRange.objects.values_list("access__bureau_id", "start", "bureau_id")) == [
        (4001, 1, 5002)
    ]


def test_it_finds_records_by_our_numbers_where_they_are_ours() -> None:
    Subject.objects.create(
        isp_id=factories.OTHER_ISP_ID,
        own_id=1,
        name="旧",
        province=110000,
        certificate_type=1,
        certificate_number="X",
    )
    record(filing(1, own=True), filing(2, own=True), replace(filing(3, own=True), ours=own_ids_in([])))
    assert set(Subject.objects.values_list("bureau_id", "own_id", "isp_id")) == {
        (1001, 1, factories.ISP_ID),
        (1002, 2, factories.ISP_ID),
        (1003, None, factories.ISP_ID),
    }


@pytest.mark.parametrize(
    "bad",
    [
        {"name": "长" * 300},
        {"province": 5},
        {"websites": (BACKWARDS,)},
    ],
    ids=["too long", "no province", "range"],
)
def test_it_stores_all_or_nothing(bad: dict[str, Any]) -> None:
    record(filing(1))
    with pytest.raises(DatabaseError):
        record(
            filing(1, name="新名"), filing(2), Filing(replace(filing(3).data, **bad), own_ids_in([]), PROOF)
        )
    assert counts() == [1] * 5
    assert Subject.objects.get().name == "虚构1号"


def shared(data: SubjectData) -> SubjectData:
    """Another subject of the bureau that claims the website of this one."""
    return replace(data, bureau_id=1777, name="另一家")


@pytest.mark.parametrize("second", [lambda data: data, shared], ids=["the same", "its website"])
def test_it_does_not_write_a_row_twice(second: Any) -> None:
    """Whether the first could be stored would never be known: 300 letters that the second makes good again."""
    first = filing(1, name="长" * 300)
    with pytest.raises(Entangled):
        record(first, Filing(second(filing(1).data), own_ids_in([]), PROOF))
    assert counts() == [0] * 5


def test_it_refuses_a_name_that_another_row_keeps() -> None:
    """As the database would: one record of ours and one of the bureau's by the same name, within one website."""
    record(filing(1))
    Domain.objects.create(website=Website.objects.get(), name="eigen.cn", isp_id=factories.ISP_ID, own_id=77)
    site = replace(
        filing(1).data.websites[0],
        domains=(DomainData("shili1.cn", own_id=77), DomainData("eigen.cn", bureau_id=3001)),
    )
    ours = own_ids_in([{"websites": [{"domains": [{"own_id": 77}]}]}])
    with pytest.raises(DatabaseError):
        record(Filing(replace(filing(1).data, websites=(site,)), ours, PROOF))
    assert set(Domain.objects.values_list("name", "own_id")) == {("shili1.cn", None), ("eigen.cn", 77)}
