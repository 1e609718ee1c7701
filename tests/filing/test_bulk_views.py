"""The pages of bulk work: who may open them, what a decision for several does, what a batch shows."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from filing.choices import AuditAction, BatchKind, BatchRowState, RequestState
from filing.models import AuditEntry, Batch, BatchRow, RequestEvent, Team
from filing.services import codes
from filing.services.batch_running import carry_on
from filing.services.deciding import begin_decision
from tests import factories
from tests.filing.sheets import line, pictures, workbook

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> factories.People:
    codes.load_builtin_codes()
    return factories.people()


def client(user: Any) -> Client:
    found = Client()
    found.force_login(user)
    return found


def upload(user: Any, book: bytes, **more: Any) -> Any:
    files = {"sheet": io.BytesIO(book), "pictures": io.BytesIO(pictures())}
    for name, file in files.items():
        file.name = f"{name}.xlsx" if name == "sheet" else f"{name}.zip"
    return client(user).post(reverse("import_sheet"), files | {"aim": "draft"} | more)


def test_it_takes_a_sheet_and_gives_it_back_with_its_results(group: factories.People) -> None:
    answer = upload(group.owner, workbook(line()))
    batch = Batch.objects.get()
    assert answer.headers["Location"] == reverse("batch_detail", args=[batch.pk])
    carry_on(batch.pk)
    assert "表-1" in client(group.owner).get(answer.headers["Location"]).content.decode()
    sent = client(group.owner).get(reverse("batch_answer", args=[batch.pk]))
    sheet = load_workbook(io.BytesIO(b"".join(sent.streaming_content))).worksheets[0]
    assert "已建草稿" in sheet["A2"].value
    assert AuditEntry.objects.filter(action=AuditAction.DOWNLOAD, key=str(batch.pk)).exists()


def test_it_says_what_is_wrong_with_a_file_and_makes_no_batch(group: factories.People) -> None:
    answer = upload(group.owner, b"nothing")
    assert (answer.status_code, Batch.objects.count()) == (422, 0)
    assert "不是完整的 XLSX" in answer.content.decode()


def test_it_lets_nobody_in_without_the_role(group: factories.People) -> None:
    for name in ("import_sheet", "move_addresses", "review_several"):
        assert client(group.stranger).get(reverse(name)).status_code == 403


def test_it_decides_several_and_tells_each(group: factories.People) -> None:
    one, two = (factories.request_in(RequestState.IN_REVIEW, group) for _ in range(2))
    third = factories.request_in(
        RequestState.IN_REVIEW, factories.People(group.colleague, group.owner, group.stranger)
    )
    page = client(group.colleague).post(reverse("review_several"), {"key": [one.pk, two.pk, third.pk]})
    shown = page.content.decode()
    # One's own is not offered.
    assert (one.ref in shown, two.ref in shown, third.ref in shown) == (True, True, False)
    chosen = [f"{each.pk}.{each.revision_number}" for each in (one, two)] + [f"{third.pk}.1"]
    factories.review.return_for_changes(two, user=group.colleague, reason="先退")
    answer = client(group.colleague).post(
        reverse("review_several"), {"decision": "approve", "chosen": chosen, "opinion": "一起"}
    )
    batch = Batch.objects.get(kind=BatchKind.REVIEW)
    assert answer.headers["Location"] == reverse("batch_detail", args=[batch.pk])
    said = {row.key: (row.state, row.words) for row in batch.rows.all()}
    assert said[one.ref][0] == BatchRowState.DONE
    assert "已不在待审核" in said[two.ref][1]
    assert "自己填报" in said[third.ref][1]
    one.refresh_from_db()
    assert one.state == RequestState.READY
    assert RequestEvent.objects.get(request=one, new_state=RequestState.READY).reason == "一起"
    assert AuditEntry.objects.filter(action=AuditAction.REVIEW, key=one.ref).exists()


def test_it_returns_none_without_a_reason_and_keeps_what_was_chosen(group: factories.People) -> None:
    one, two = (factories.request_in(RequestState.IN_REVIEW, group) for _ in range(2))
    answer = client(group.colleague).post(
        reverse("review_several"),
        {"decision": "return", "shown": [one.pk, two.pk], "chosen": [f"{two.pk}.1"]},
    )
    assert answer.status_code == 422
    html = answer.content.decode()
    assert f'value="{two.pk}.1" data-one aria-label="{two.subject_name}" checked' in html
    assert f'value="{one.pk}.1" data-one aria-label="{one.subject_name}" checked' not in html
    assert not Batch.objects.exists()


def test_it_does_not_decide_what_changed_meanwhile(group: factories.People) -> None:
    one = factories.request_in(RequestState.IN_REVIEW, group)
    batch = begin_decision("approve", "", [(one.pk, one.revision_number + 1)], user=group.colleague)
    carry_on(batch.pk)
    row = BatchRow.objects.get(batch=batch)
    assert (row.state, "新的一版" in row.words) == (BatchRowState.REFUSED, True)
    one.refresh_from_db()
    assert one.state == RequestState.IN_REVIEW


def test_it_leaves_what_has_warnings_when_the_rest_of_a_batch_is_approved(group: factories.People) -> None:
    made = Batch.objects.create(kind=BatchKind.MOVE, title="虚构", created_name="虚构")
    one = factories.request_in(RequestState.IN_REVIEW, group)
    BatchRow.objects.create(batch=made, number=1, request=one)
    decided = begin_decision("approve", "", [], user=group.colleague, rest_of=made)
    carry_on(decided.pk)
    # Its addresses are those of documentation: something to heed.
    assert "有提醒" in decided.rows.get().words
    one.refresh_from_db()
    assert one.state == RequestState.IN_REVIEW


def test_it_shows_a_batch_to_its_team_only(group: factories.People) -> None:
    upload(group.owner, workbook(line()))
    batch = Batch.objects.get()
    outsider = factories.user("outsider", "enter_request")
    address = reverse("batch_detail", args=[batch.pk])
    assert client(outsider).get(address).status_code == 200
    Team.objects.create(name="虚构组").members.add(group.owner)
    assert client(outsider).get(address).status_code == 404
    assert client(group.owner).get(address).status_code == 200


def test_it_takes_filing_json_as_drafts_of_the_person(group: factories.People) -> None:
    bad = factories.item("json-2")
    del bad["subject"]["name"]
    document = json.dumps({"requests": [factories.item("json-1"), bad]}).encode()
    file = io.BytesIO(document)
    file.name = "虚构.json"
    answer = client(group.owner).post(reverse("import_sheet"), {"sheet": file, "aim": "draft"})
    batch = Batch.objects.get()
    assert answer.headers["Location"] == reverse("batch_detail", args=[batch.pk])
    good, refused = batch.rows.order_by("number")
    assert (good.request.ref, good.request.created_by, good.state) == (
        "json-1",
        group.owner,
        BatchRowState.DONE,
    )
    assert (refused.request, refused.problems[0]["label"]) == (None, "主体 · 主办单位名称")
    shown = client(group.owner).get(answer.headers["Location"]).content.decode()
    assert "下载结果表" not in shown
    file = io.BytesIO(b"{")
    file.name = "坏.json"
    again = client(group.owner).post(reverse("import_sheet"), {"sheet": file})
    assert (again.status_code, "JSON 有误" in again.content.decode()) == (422, True)
