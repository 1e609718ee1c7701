"""Which codes came back how often: by code, by link, by period, with the bureau's own words for unknown ones."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from filing.choices import RequestState
from filing.models import Request
from filing.returned_codes import came_back
from filing.services import outcomes
from reporting.services.links import LinkParameters, set_link
from tests import factories

S = RequestState
pytestmark = pytest.mark.django_db
LONG_AGO = timedelta(days=400)


def returned(*codes: int, words: str = "", isp_id: int = factories.ISP_ID) -> str:
    request = factories.request_in(S.AWAITING_BUREAU)
    Request.objects.filter(pk=request.pk).update(isp_id=isp_id)
    request.refresh_from_db()
    outcomes.mark_returned(request, **factories.word(codes=list(codes), words=words))
    return request.ref


def all_of(**more: Any) -> list[tuple[int, int]]:
    now = timezone.now()
    return [(each.code.code, each.times) for each in came_back(now - LONG_AGO, now, **more)]


def test_it_counts_each_code_the_most_frequent_first(django_assert_num_queries: Any) -> None:
    refs = [returned(1015, 1010), returned(1015), returned(1041)]
    factories.request_in(S.APPROVED)
    now = timezone.now()
    with django_assert_num_queries(2):
        rows = came_back(now - LONG_AGO, now)
    assert [(each.code.code, each.times, each.requests) for each in rows] == [
        (1015, 2, 2),
        (1010, 1, 1),
        (1041, 1, 1),
    ]
    assert [each.ref for each in rows[0].examples] == [refs[1], refs[0]]
    assert rows[0].rules == ["身份证号码校验无误"] and rows[0].code.remedy
    assert (1001, 1) in all_of(with_good=True)


def test_it_keeps_to_a_link_and_a_period() -> None:
    returned(1015)
    returned(1041, isp_id=factories.OTHER_ISP_ID)
    assert all_of(isp_id=factories.OTHER_ISP_ID) == [(1041, 1)]
    now = timezone.now()
    assert came_back(now - LONG_AGO, now - timedelta(days=1)) == []


def test_it_shows_the_bureaus_own_words_for_codes_that_no_table_holds() -> None:
    returned(1777, words="虚构的新代码")
    now = timezone.now()
    [row] = came_back(now - LONG_AGO, now)
    assert (row.code.is_known, row.words, row.who) == (False, ["虚构的新代码"], "只有管局知道")


def test_it_is_a_page_for_everybody_with_a_role(client: Client) -> None:
    for isp_id, province in ((factories.ISP_ID, 110000), (factories.OTHER_ISP_ID, 310000)):
        set_link(LinkParameters(isp_id, province, "http://bureau.invalid", "demo", "demo-password"))
    returned(1015, words="<b>核对</b>")
    returned(1777, words="<b>新代码</b>", isp_id=factories.OTHER_ISP_ID)
    assert client.get("/codes/").status_code == 302
    client.force_login(factories.user("stranger"))
    assert client.get("/codes/").status_code == 403
    client.force_login(factories.user("owner", "enter_request"))
    text = client.get("/codes/").content.decode()
    for wanted in ("1015", "无效身份证号码", "怎么办", "身份证号码校验无误", "&lt;b&gt;新代码&lt;/b&gt;"):
        assert wanted in text
    assert "1777" not in client.get(f"/codes/?link={factories.ISP_ID}").content.decode()
    assert client.get("/codes/?days=x&link=y&good=z").status_code == 200
