"""Both sides of a difference of numbers: seen by everybody with a role, decided by those who keep the link."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from filing.actors import COMMAND
from filing.models import Request
from filing.services.held import hold_back
from reporting.models import Link
from reporting.services.numbering import open_checks
from reporting.services.upload import send_link
from simulator import Bureau
from tests.factories import user
from tests.reporting.material import ISP_ID, ready, states
from tests.reporting.test_numbering import differ, restore

pytestmark = pytest.mark.django_db
PAGE = f"/links/{ISP_ID}/numbers/"


@pytest.fixture
def lost(link: Link, bureau: Bureau, settings: Any) -> Request:
    """One request that the bureau has, and that a restored backup holds as unsent."""
    settings.ICP_WAIT_FACTOR = 0
    bureau.set_mode("manual")
    (request,) = ready(1)
    send_link(link)
    restore(link, request)
    return request


def signed_in(permission: str) -> Client:
    client = Client()
    client.force_login(user("链路员", *filter(None, [permission])))
    return client


def test_it_shows_both_sides_and_what_may_be_decided(link: Link, lost: Request) -> None:
    differ(link)
    page = signed_in("operate_link").get(PAGE).content.decode()
    assert "管局最近收到第 1 号，本系统最近受理的是第 0 号" in page
    assert "示例1号有限公司" in page, "what the bureau's file holds"
    assert page.count('name="decision"') == 1 and "以管局的编号为准" in page


def test_a_reader_sees_it_and_decides_nothing(link: Link, lost: Request) -> None:
    check = differ(link)
    client = signed_in("enter_request")
    assert 'name="decision"' not in client.get(PAGE).content.decode()
    for address in ("compare/", "decide/", "held/"):
        assert client.post(PAGE + address, {"check": check.pk, "decision": "adopt"}).status_code == 403
    assert open_checks(link).exists()


def test_nobody_without_a_role_sees_it(link: Link) -> None:
    assert Client().get(PAGE).status_code == 302
    assert signed_in("").get(PAGE).status_code == 403


def test_it_carries_out_the_decision(link: Link, lost: Request) -> None:
    check = differ(link)
    client = signed_in("operate_link")
    answer = client.post(
        PAGE + "decide/", {"check": check.pk, "decision": "adopt", "note": "昨夜恢复"}, follow=True
    )
    assert "下一个编号是 2" in answer.content.decode()
    check.refresh_from_db()
    assert (check.decision, check.note, check.decided_name[:3]) == ("adopt", "昨夜恢复", "链路员")
    assert states(lost) == ["awaiting_bureau"]
    again = client.post(PAGE + "decide/", {"check": check.pk, "decision": "adopt"}, follow=True)
    assert "已经处理过了" in again.content.decode()


@pytest.mark.parametrize(
    "data", [{}, {"check": "x", "decision": "adopt"}, {"check": "1", "decision": "none"}]
)
def test_it_refuses_what_is_no_decision(link: Link, lost: Request, data: dict[str, str]) -> None:
    differ(link)
    answer = signed_in("operate_link").post(PAGE + "decide/", data, follow=True)
    assert "没有执行" in answer.content.decode()
    assert open_checks(link).exists()


def test_it_compares_at_a_persons_wish(link: Link, lost: Request) -> None:
    answer = signed_in("operate_link").post(PAGE + "compare/", follow=True)
    assert "管局最近收到第 1 号" in answer.content.decode()
    assert open_checks(link).get().our_file is None


@pytest.mark.parametrize(
    ("do", "state", "words"), [("release", "ready", "放行"), ("sent", "awaiting_bureau", "已收到")]
)
def test_it_lets_held_requests_go_or_takes_them_for_sent(
    quiet_link: Link, do: str, state: str, words: str
) -> None:
    requests = ready(1, 2)
    hold_back(requests, isp_id=ISP_ID, actor=COMMAND, reason="恢复")
    client = signed_in("operate_link")
    assert "暂缓的报备单" in client.get(PAGE).content.decode()
    client.post(PAGE + "held/", {"ref": "t-0001", "do": do})
    one, other = Request.objects.order_by("ref")
    assert (one.state, one.held_reason, other.held_reason) == (state, "", "恢复")
    assert words in str(one.events.last().reason)  # type: ignore[union-attr]


def run(*arguments: str) -> tuple[int, dict[str, Any], str]:
    out, err = io.StringIO(), io.StringIO()
    code = 0
    try:
        call_command("adopt_number", *arguments, "--json", stdout=out, stderr=err)
    except SystemExit as error:
        code = int(error.code or 0)
    return code, json.loads(out.getvalue() or "{}"), err.getvalue()


def test_the_command_shows_both_sides_and_decides_for_the_number_that_was_seen(
    link: Link, lost: Request
) -> None:
    code, shown, words = run()
    assert (code, shown["links"][0]["bureau_sequence"], shown["links"][0]["verdict"]) == (1, 1, "ahead")
    assert "--sequence" in words
    code, _shown, words = run("--sequence", "7")
    assert code == 1 and "不是第 7 号" in words
    code, shown, _words = run("--sequence", "1")
    assert (code, shown["links"][0]["our_next"], shown["links"][0]["decision"]) == (0, 2, "adopt")
    assert states(lost) == ["awaiting_bureau"]
    assert run()[0] == 0


def test_the_command_needs_a_link(db: None) -> None:
    code, _shown, words = run()
    assert code == 1 and "set_bureau" in words
