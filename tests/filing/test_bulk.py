"""Rows written by the thousand hold what rows written one by one hold."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DataError, IntegrityError

from filing.bulk import insert_rows, update_rows
from filing.models import Domain, Subject, Website
from tests import factories

pytestmark = pytest.mark.django_db

SUBJECT: dict[str, Any] = {
    "isp_id": factories.ISP_ID,
    "province": 110000,
    "certificate_type": 1,
    "certificate_number": factories.CREDIT_CODE,
    "updated_at": factories.AT,
}


def subjects(*names: str, **more: Any) -> list[dict[str, Any]]:
    return [SUBJECT | {"bureau_id": 1000 + n, "name": name} | more for n, name in enumerate(names)]


def website(subject: Subject, **more: Any) -> dict[str, Any]:
    return {
        "isp_id": 1,
        "bureau_id": 7,
        "subject_id": subject.pk,
        "name": "站",
        "updated_at": factories.AT,
    } | more


def values(row: Any) -> dict[str, Any]:
    stored = type(row).objects.values().get(pk=row.pk)
    return {name: value for name, value in stored.items() if name not in ("id", "bureau_id", "updated_at")}


def test_it_returns_the_keys_in_order() -> None:
    names = [f"第{n}" for n in range(300)]
    keys = insert_rows(Subject, subjects(*names))
    assert [Subject.objects.get(pk=key).name for key in keys[::50]] == names[::50]
    assert list(Subject.objects.order_by("pk").values_list("name", flat=True)) == names


def test_it_writes_what_saving_writes() -> None:
    """Texts with any sign, lists, documents, times in their zone, nothing at all, defaults."""
    (key,) = insert_rows(Subject, subjects("甲", first_filed_at=factories.AT, number="京ICP备1号", city=None))
    subject = Subject.objects.get(pk=key)
    saved = Subject.objects.create(
        **SUBJECT, name="甲", first_filed_at=factories.AT, number="京ICP备1号", bureau_id=1
    )
    assert values(subject) == values(saved)
    odd = "'\"\\\n\t%s %(x)s {} 𠮷é\u2028"
    lists: dict[str, Any] = {"service_contents": [8, 9], "languages": [], "remarks": odd}
    lists |= {
        "pre_approvals": [{"type": 1, "number": odd}],
        "proof": {"download": 1, "更": [None, True, 1.5]},
    }
    (key,) = insert_rows(Website, [website(subject, **lists)])
    made = Website.objects.create(**website(subject, **lists) | {"bureau_id": 8})
    assert values(Website.objects.get(pk=key)) == values(made)


def test_it_takes_what_all_rows_share_once() -> None:
    alike = {name: value for name, value in SUBJECT.items() if name != "isp_id"}
    insert_rows(Subject, [{"isp_id": n, "name": f"第{n}"} for n in (1, 2)], alike)
    assert list(Subject.objects.order_by("isp_id").values_list("isp_id", "name", "province")) == [
        (1, "第1", 110000),
        (2, "第2", 110000),
    ]


def test_it_updates_the_columns_given_and_no_other() -> None:
    keys = insert_rows(Subject, subjects("甲", "乙", remarks="旧"))
    update_rows(Subject, [{"id": keys[1], "name": "丙", "last_modified_at": factories.AT}])
    assert list(Subject.objects.order_by("pk").values_list("name", "remarks", "last_modified_at")) == [
        ("甲", "旧", None),
        ("丙", "旧", factories.AT),
    ]


def test_it_does_nothing_for_no_rows(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert insert_rows(Subject, []) == []
        update_rows(Subject, [])


@pytest.mark.parametrize(
    "bad",
    [{"name": "长" * 256}, {"province": 2**31}, {"name": "\0"}, {"bureau_id": 2**63}, {"city": "x"}],
    ids=str,
)
def test_it_cuts_nothing_off(bad: dict[str, Any]) -> None:
    with pytest.raises(DataError):
        insert_rows(
            Subject, [*subjects("甲", city=1), SUBJECT | {"bureau_id": 5, "name": "乙", "city": 1} | bad]
        )


@pytest.mark.parametrize("bad", [{"name": ""}, {"state": "unknown"}, {"name": None}], ids=str)
def test_it_keeps_the_constraints(bad: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError):
        insert_rows(Subject, [SUBJECT | {"bureau_id": 5, "name": "乙", "state": "filed"} | bad])


def test_it_refuses_a_column_that_there_is_not() -> None:
    with pytest.raises(TypeError, match="websites"):
        insert_rows(Domain, [{"websites": 1}])
    with pytest.raises(TypeError, match="nom"):
        update_rows(Domain, [{"id": 1, "nom": "x"}])


def test_it_refuses_rows_that_hold_different_columns() -> None:
    with pytest.raises(TypeError, match="different"):
        insert_rows(Subject, [*subjects("甲"), *subjects("乙", city=1)])


def test_it_refuses_what_json_does_not_hold() -> None:
    with pytest.raises(TypeError, match="object"):
        insert_rows(Subject, [SUBJECT | {"name": object()}])
    assert not Subject.objects.exists()
