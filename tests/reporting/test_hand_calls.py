"""Each method of the interface tried by hand: what is shown, what is kept, what is refused."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from filing.choices import AuditAction
from reporting.choices import Direction, Method
from reporting.models import Call, HandCall, Link
from reporting.services.hand_calls import parameters_of, shown_body
from reporting.services.upload import send_link
from reporting.views.hand_calls import LABELS, PURPOSES
from simulator import Bureau
from tests.filing import samples
from tests.record import noted
from tests.reporting.material import held_elsewhere, make_link, ready

pytestmark = pytest.mark.django_db(transaction=True)
IDENTITY = "11010519491231002X"


def signed_in(*groups: str) -> Client:
    client = Client()
    client.force_login(samples.a_person(f"u{User.objects.count()}", *groups))
    return client


def call(client: Client, link: Link, method: Method, status: int = 200, **given: Any) -> str:
    answer = client.post(reverse("link_try", args=[link.isp_id]), {"method": method.value} | given)
    assert answer.status_code == status, answer.content.decode()
    assert answer["Cache-Control"] == "no-store"
    return answer.content.decode()


def test_it_shows_request_and_answer_without_credentials(link: Link) -> None:
    page = call(signed_in("链路"), link, Method.PREVIOUS_UPLOAD)
    assert "代码 0 · 操作成功" in page and "&lt;msg_code&gt;0&lt;/msg_code&gt;" in page
    assert str(link.isp_id) in page and "（自动填入，不显示）" in page
    assert link.password not in page and link.user_name not in page.split('id="tried"')[1]
    row = HandCall.objects.get()
    assert (row.method, row.code, row.given) == (Method.PREVIOUS_UPLOAD, 0, {})
    assert Call.objects.filter(method=Method.PREVIOUS_UPLOAD).count() == 1
    assert [(each.action, each.facts["method"]) for each in noted(AuditAction.LINK)] == [
        (AuditAction.LINK, "isp_querypreviousupload")
    ]


def test_it_masks_numbers_of_people_in_what_it_keeps_and_shows(link: Link) -> None:
    client = signed_in("链路")
    page = call(client, link, Method.FILING_STATUS, queryConditionType="2", queryCondition=IDENTITY)
    tried = page.split('id="tried"')[1]
    assert IDENTITY not in tried and "110105********002X" in tried
    assert HandCall.objects.get().given["queryCondition"] == "110105********002X"
    assert IDENTITY not in client.get(reverse("link_try", args=[link.isp_id])).content.decode()


def test_it_neither_shows_nor_keeps_a_filing_password(link: Link) -> None:
    page = call(signed_in("链路"), link, Method.VERIFY_PASSWORD, baxh="京ICP备12345678号", bamm="secret-word")
    assert "secret-word" not in page and "（不显示）" in page
    assert HandCall.objects.get().given["bamm"] == "（不显示）"
    assert "secret-word" not in str([each.facts for each in noted(AuditAction.LINK)])


def test_it_says_what_is_missing_and_calls_nothing(link: Link) -> None:
    client = signed_in("链路")
    assert "queryCondition" in call(client, link, Method.FILING_STATUS, 422, queryConditionType="0")
    page = call(client, link, Method.FILING_STATUS, 422, queryConditionType="x", queryCondition="a.cn")
    assert "应为整数" in page and 'value="a.cn"' in page
    assert not Call.objects.exists() and not HandCall.objects.exists()


@pytest.mark.parametrize("method", [Method.UPLOAD, Method.ACKNOWLEDGE])
def test_it_wants_the_name_typed_before_it_changes_something_at_the_bureau(
    link: Link, method: Method
) -> None:
    client = signed_in("链路")
    page = client.get(reverse("link_try", args=[link.isp_id]), {"method": method.value}).content.decode()
    assert "键入方法名确认" in page and "会改变管局一侧" in page
    assert "请键入方法名" in call(client, link, method, 422, fileName="x", typed_name="yes")
    assert not Call.objects.exists()


def test_it_acknowledges_only_while_the_link_does_not_receive(link: Link, bureau: Bureau) -> None:
    ready(1)
    send_link(link)
    client = signed_in("链路")
    page = call(client, link, Method.DOWNLOAD)
    name = page.split("return_FileName&gt;")[1].split("&lt;")[0].strip()
    given = {"fileName": name, "typed_name": "isp_downloadack"}
    with held_elsewhere(link, Direction.RECEIVING):
        assert "链路正在下载" in call(client, link, Method.ACKNOWLEDGE, 422, **given)
    assert 'data-state="good">代码' in call(client, link, Method.ACKNOWLEDGE, **given)
    assert HandCall.objects.filter(method=Method.ACKNOWLEDGE, code__lte=3).count() == 1


def test_it_says_why_there_was_no_answer(attachment_root: object) -> None:
    page = call(signed_in("链路"), make_link("http://127.0.0.1:9"), Method.PREVIOUS_UPLOAD)
    assert "没有得到应答" in page
    assert HandCall.objects.get().code is None


def test_it_waits_no_longer_than_the_link_does(link: Link, bureau: Bureau) -> None:
    Link.objects.update(timeout_s=1)
    bureau.faults.add("delay", method="isp_querypreviousupload", delay_s=4)
    began = time.monotonic()
    page = call(signed_in("链路"), link, Method.PREVIOUS_UPLOAD)
    assert time.monotonic() - began < 3.5 and "没有得到应答" in page
    assert HandCall.objects.get().seconds < 3


def test_it_tells_a_code_with_what_to_do(link: Link, bureau: Bureau) -> None:
    bureau.faults.add("code", method="isp_querypreviousupload", code=13)
    page = call(signed_in("链路"), link, Method.PREVIOUS_UPLOAD)
    assert "代码 13" in page and "怎么办" in page


def test_it_shows_no_long_contents_and_takes_no_answer_for_markup() -> None:
    told = f"<msg>{IDENTITY} 13800138000</msg><beianInfo>QUJD</beianInfo><x>{'A' * 999}</x>"
    text = f'<?xml version="1.0" encoding="GBK"?><return>{told}</return>'
    shown = shown_body(text)
    assert "…4 个字符…" in shown and "…999 个字符…" in shown and "A" * 99 not in shown
    assert IDENTITY not in shown and "138****8000" in shown
    assert shown_body("<html><b>" + IDENTITY).count("19491231") == 0


def test_it_has_words_for_every_method_and_parameter() -> None:
    assert set(PURPOSES) == set(Method)
    assert {name for method in Method for name in parameters_of(method)} == set(LABELS)


@pytest.mark.parametrize("group", ["填报", "审核"])
def test_it_is_for_who_looks_after_links(link: Link, group: str) -> None:
    client = signed_in(group)
    for name in ("link_try", "link_parameters"):
        assert client.get(reverse(name, args=[link.isp_id])).status_code == 403
        assert client.post(reverse(name, args=[link.isp_id])).status_code == 403
    assert client.get(reverse("link_new")).status_code == 403
    assert not Call.objects.exists()
