"""What the bureau asked for begins its own answer: a draft with all that it said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from filing.choices import Operation
from filing.models import Request
from filing.services.codes import load_builtin_codes
from tests import factories
from tests.filing.posting import content, edit, fields, page
from verification.arriving import NoticeData, TaskData, UnfiledData
from verification.choices import NoticeKind
from verification.models import UnfiledWebsite, VerificationTask
from verification.services.notices import record_notice
from verification.services.tasks import record_task
from verification.services.unfiled import record_unfiled

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 20, 2, tzinfo=UTC)
COMMON = {"isp_id": factories.ISP_ID, "proof": {"download": 1, "position": 1}, "at": AT}


def task() -> VerificationTask:
    asked = factories.document(Operation.VERIFICATION_RESULT)
    told = {"subject": asked["subject"], "websites": asked["websites"], "remarks": "虚构的备注"}
    return record_task(TaskData(1001, factories.NAME, told), **COMMON)[0]


def unfiled() -> UnfiledWebsite:
    data = UnfiledData("unfiled-example.cn", 7, address=3405803875, province=110000, carrier_id=2)
    return record_unfiled(data, **COMMON)[0]


def answered(client: Client, kind: str, pk: int) -> Request:
    response = client.post(reverse("work_answer", args=[kind, pk]))
    made = Request.objects.get()
    assert response.url == edit(made)
    return made


@pytest.fixture
def staff(client: Client) -> Client:
    load_builtin_codes()
    client.force_login(factories.people().owner)
    return client


def test_it_begins_a_verification_result_with_what_the_bureau_sent(staff: Client) -> None:
    row = task()
    made = answered(staff, "tasks", row.pk)
    found = content(made)
    assert (made.operation, made.isp_id, made.target) == ("verification_result", row.isp_id, "subject:1001")
    assert found["subject"] == row.content["subject"]
    assert found["websites"] == row.content["websites"]
    assert found["unit_id"] == row.isp_id and found["verifier"].startswith("owner")
    assert "result" not in found


def test_it_sends_the_answer_as_the_form_shows_it(staff: Client) -> None:
    made = answered(staff, "tasks", task().pk)
    posted = fields(staff, edit(made)) | {"result": "1", "opinion": "负责人电话无人接听", "do": "submit"}
    response = staff.post(edit(made), posted)
    assert response.url == reverse("request_detail", args=[made.ref])
    assert content(made)["result"] == 1
    assert content(made)["websites"][0]["accesses"][0]["ip_ranges"][0]["bureau_id"] == 5001
    assert Request.objects.get().state == "in_review"


def test_it_begins_what_was_done_about_an_unfiled_website(staff: Client) -> None:
    found = content(answered(staff, "unfiled", unfiled().pk))
    assert found["domain"] == "unfiled-example.cn" and found["ip"] == "203.0.113.99"
    assert found["provider_id"] == factories.ISP_ID and found["carrier_id"] == 2


def test_it_opens_the_answer_that_is_under_way(staff: Client) -> None:
    row = task()
    made = answered(staff, "tasks", row.pk)
    response = staff.post(reverse("work_answer", args=["tasks", row.pk]))
    assert response.url == reverse("request_detail", args=[made.ref])
    assert Request.objects.count() == 1
    shown = page(staff.get(reverse("work_detail", args=["tasks", row.pk])))
    assert "核实结果：草稿" in shown and "填报核实结果" not in shown


def test_it_sends_nothing_back_about_a_notice(staff: Client) -> None:
    row = record_notice(NoticeData("核对联系方式", NoticeKind.SUBJECT, "京ICP备12345678号"), **COMMON)[0]
    address = reverse("work_answer", args=["notices", row.pk])
    assert address not in page(staff.get(reverse("work_detail", args=["notices", row.pk])))
    staff.post(address)
    assert not Request.objects.exists()


def test_it_is_begun_only_by_those_who_enter(client: Client) -> None:
    row = task()
    address = reverse("work_answer", args=["tasks", row.pk])
    client.force_login(factories.user("reviewer", "review_request"))
    assert client.post(address).status_code == 403
    shown = page(client.get(reverse("work_detail", args=["tasks", row.pk])))
    assert "填报核实结果" not in shown
