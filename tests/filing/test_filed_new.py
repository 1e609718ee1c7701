"""Filed data stored by COPY ends as the same filed one by one: row by row, column by column."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError

from filing.filed_data import AccessData, DomainData, PersonData, RangeData, SubjectData, WebsiteData
from filing.models import Subject
from filing.services.filed import record_filed
from filing.services.filed_bulk import OWNERS, Filing
from filing.services.filed_new import held_ids, ids_by_kind, is_plain, record_new
from tests.factories import ISP_ID

pytestmark = pytest.mark.django_db

OWN = {kind: set() for kind in OWNERS}
AT = datetime(2026, 3, 2, 2, 15, tzinfo=UTC)


def filing(number: int, **more: Any) -> SubjectData:
    site = WebsiteData(
        2000 + number,
        f"虚构站\\{number}\t一",
        number=f"京ICP备{number:08d}号-1",
        home_url="www.example.cn",
        service_contents=(8, 14),
        languages=(1,),
        pre_approvals=({"type": 3, "number": "文\"号'\n二"},),
        domains=(
            DomainData(f"a{number}.cn", bureau_id=30000 + number),
            DomainData(f"虚构{number}.cn", own_id=9),
        ),
        accesses=(
            AccessData(
                4000 + number,
                own_id=number,
                provider_id=ISP_ID,
                server_locations=(2,),
                methods=(3, 1),
                ranges=(RangeData(3405803777, 3405803780, bureau_id=5000 + number), RangeData(9, 9)),
            ),
        ),
        responsible=PersonData(name="虚构甲", mobile="13800000000;13900000000", certificate_type=2),
        last_modified_at=AT,
    )
    facts: dict[str, Any] = {
        "bureau_id": 1000 + number,
        "name": f"虚构{number}号\\N公司",
        "province": 110000,
        "certificate_type": 1,
        "certificate_number": f"虚构{number}",
        "own_id": 700 + number,
        "number": f"京ICP备{number:08d}号" if number % 2 else "",
        "city": 110100,
        "websites": (site, WebsiteData(8000 + number, "空壳")),
        "first_filed_at": AT,
    }
    return SubjectData(**facts | more)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Every column of every row, but keys and the moment of writing; owners are named by the bureau's ids."""
    found = {}
    for kind, owner in OWNERS.items():
        listed = []
        for row in kind._default_manager.order_by("bureau_id", "pk"):
            columns = {each.attname: getattr(row, each.attname) for each in kind._meta.concrete_fields}
            del columns["id"], columns["updated_at"]
            if owner:
                columns[owner[1]] = owner[0]._default_manager.get(pk=columns[owner[1]]).bureau_id
            listed.append(columns)
        found[kind.__name__] = listed
    return found


def test_it_stores_what_is_new_as_one_by_one() -> None:
    filings = [filing(number) for number in range(1, 8)]
    for number, data in enumerate(filings):
        record_filed(data, isp_id=ISP_ID, proof={"import": 1, "position": number})
    one_by_one = rows()
    Subject.objects.all()
    for kind in reversed(OWNERS):
        kind._default_manager.all().delete()
    keys = record_new(
        [Filing(data, OWN, {"import": 1, "position": n}) for n, data in enumerate(filings)], isp_id=ISP_ID
    )
    assert rows() == one_by_one
    assert len(one_by_one["AddressRange"]) == 14
    assert [Subject.objects.get(pk=key).bureau_id for key in keys] == [each.bureau_id for each in filings]


def test_it_goes_on_from_the_keys_that_it_took() -> None:
    record_new([Filing(filing(1), OWN, {})], isp_id=ISP_ID)
    subject, _requests = record_filed(filing(2), isp_id=ISP_ID, proof={})
    assert subject.pk == Subject.objects.get(bureau_id=1001).pk + 1


def test_it_stores_none_where_one_is_held() -> None:
    record_filed(filing(2), isp_id=ISP_ID, proof={})
    with pytest.raises(IntegrityError):
        record_new([Filing(filing(1), OWN, {}), Filing(filing(2), OWN, {})], isp_id=ISP_ID)
    assert list(Subject.objects.values_list("bureau_id", flat=True)) == [1002]


def test_it_knows_what_is_held() -> None:
    record_filed(filing(2), isp_id=ISP_ID, proof={})
    held = held_ids(ids_by_kind([filing(1), filing(2)]), ISP_ID)
    assert {kind.__name__: ids for kind, ids in held.items()} == {
        "Subject": {1002},
        "Website": {2002, 8002},
        "Domain": {30002},
        "Access": {4002},
        "AddressRange": {5002},
    }
    assert held_ids(ids_by_kind([filing(2)]), ISP_ID + 1)[Subject] == set()


def test_it_takes_only_what_has_ids() -> None:
    assert is_plain(filing(1))
    assert not is_plain(filing(1, bureau_id=None))
    assert not is_plain(filing(1, websites=(WebsiteData(None, "站"),)))
    assert not is_plain(filing(1, websites=(WebsiteData(1, "站", accesses=(AccessData(None),)),)))
