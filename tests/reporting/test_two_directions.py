"""What one direction of a link found does not undo what the other found; a request without a link says so."""

from __future__ import annotations

import pytest

from filing.models import Request
from filing.services.intake import import_requests
from reporting.choices import Circuit, Direction
from reporting.models import Link
from reporting.services import patience
from reporting.services.links import LinkParameters, set_link
from reporting.services.status import status_rows
from reporting.services.sweep import sweep_uploads
from tests.reporting.material import OTHER_ISP_ID, filing_json

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_keeps_what_stopped_sending_while_a_download_fails_and_recovers(link: Link) -> None:
    patience.call_a_person(link, Direction.SENDING, "请求单位与调用账号不一致", 5003)
    patience.call_a_person(link, Direction.RECEIVING, "密码错误", 5)
    link.refresh_from_db()
    assert (link.circuit_code, link.download_waiting_reason) == (5003, "密码错误")

    patience.all_is_well(link, Direction.RECEIVING)

    link.refresh_from_db()
    assert (link.circuit, link.circuit_code) == (Circuit.OPEN, 5003)
    assert not patience.may_call(link, Direction.SENDING)
    assert patience.may_call(link, Direction.RECEIVING)


def test_it_says_that_no_link_will_ever_send_a_request(link: Link) -> None:
    import_requests([filing_json(1, isp_id=OTHER_ISP_ID)], ready=True)

    sweep_uploads(asked=True)

    (row,) = status_rows([Request.objects.get()])
    assert "没有对应的链路" in row["stalled_reason"]


def test_it_sends_that_request_once_its_link_is_there(link: Link) -> None:
    import_requests([filing_json(1, isp_id=OTHER_ISP_ID)], ready=True)
    sweep_uploads(asked=True)
    set_link(
        LinkParameters(
            isp_id=OTHER_ISP_ID, province=310000, base_url="http://127.0.0.1:9", user_name="u", password="p"
        )
    )

    sweep_uploads(asked=True)

    request = Request.objects.get()
    assert request.state == "packed"
    assert "没有对应的链路" not in request.stalled_reason
