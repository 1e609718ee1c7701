"""Lists as spreadsheets: what they hold, in which order, what they hide, where they end, and that they are recorded."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from filing import exports
from filing.choices import AuditAction
from filing.models import AuditEntry, Request, Subject, Team
from filing.services.codes import load_builtin_codes
from filing.services.filed import record_filed
from tests import factories
from tests.filing import samples
from tests.filing.filings import filed

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client: Client, attachment_root: object) -> User:
    load_builtin_codes()
    user = factories.user("owner", "enter_request")
    client.force_login(user)
    return user


def sheet(client: Client, address: str) -> list[dict[str, Any]]:
    """The rows of an export, by heading."""
    answer = client.get(address)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    heading, *rows = load_workbook(io.BytesIO(content)).worksheets[0].iter_rows(values_only=True)
    return [dict(zip(heading, row, strict=True)) for row in rows]


def test_it_exports_the_list_as_it_is_narrowed_and_ordered(client: Client, staff: User) -> None:
    for name in ("云帆启明", "半山听雨", "云帆远山"):
        factories.draft(staff, samples.a_filing(name))
    found = sheet(client, "/requests/export/?q=云帆&tab=all&sort=newest")
    assert [row["主体"] for row in found] == ["云帆远山", "云帆启明"]
    assert (found[0]["状态"], found[0]["业务"]) == ("草稿", "新增备案")
    assert sheet(client, "/requests/export/?tab=approved") == []


def test_it_hides_identity_numbers_and_phones(client: Client, staff: User) -> None:
    filed()
    Request.objects.filter(pk=factories.draft(staff).pk).update(
        bureau_words=f"证件 {factories.SUBJECT_CARD} 电话 13800000000 不符"
    )
    said = str(sheet(client, "/filed/export/?tab=all")) + str(sheet(client, "/requests/export/?tab=all"))
    for secret in (factories.SUBJECT_CARD, factories.SITE_CARD, factories.CREDIT_CODE, "13800000000"):
        assert secret not in said
    assert "不符" in said
    (row,) = sheet(client, "/filed/export/")
    subject = Subject.objects.get()
    assert (row["主办单位名称"], row["主体备案号"]) == (subject.name, subject.number)
    assert row["域名"] == "example.cn、example.com"


@pytest.mark.parametrize("name", ["=1+1", "+86", "-云帆", "@SUM(A1)"])
def test_it_writes_no_formulas(client: Client, staff: User, name: str) -> None:
    record_filed(factories.filed_subject(name=name), isp_id=factories.ISP_ID, proof={})
    answer = client.get("/filed/export/")
    book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    cell = book.worksheets[0]["B2"]
    assert (cell.value, cell.data_type, cell.quotePrefix) == (name, "s", True)


def test_it_says_where_it_was_cut(client: Client, staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_ROWS", 2)
    for number in range(3):
        factories.draft(staff, samples.a_filing(f"公司{number}"))
    found = [row["单号"] for row in sheet(client, "/requests/export/?tab=all")]
    assert len(found) == 4
    assert found[-2:] == [None, "只导出了前 2 条，后面还有。请加上条件，分几次导出。"]


def test_it_records_who_took_what(client: Client, staff: User) -> None:
    filed()
    sheet(client, "/filed/export/?tab=all&q=" + factories.NAME)
    (entry,) = AuditEntry.objects.filter(action=AuditAction.EXPORT)
    assert (entry.user_id, entry.kind, entry.key) == (staff.pk, "list", "filed")
    assert entry.facts == {"rows": 1, "more": False, "filters": {"tab": "all", "q": factories.NAME}}


def test_it_exports_no_drafts_of_another_team_and_nothing_to_strangers(client: Client, staff: User) -> None:
    colleague = factories.user("colleague", "enter_request")
    Team.objects.create(name="别的组").members.add(colleague)
    factories.draft(colleague, samples.a_filing("半山听雨"))
    assert sheet(client, "/requests/export/?tab=all") == []
    client.force_login(factories.user("stranger"))
    assert client.get("/requests/export/").status_code == 403
    assert client.get("/filed/export/").status_code == 403


def test_it_costs_the_same_queries_for_few_and_many(client: Client, staff: User) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            sheet(client, "/requests/export/?tab=all")
        return len(counted.captured_queries)

    factories.draft(staff, samples.a_filing("公司"))
    cost()
    few = cost()
    for number in range(6):
        factories.draft(staff, samples.a_filing(f"公司{number}"))
    assert cost() == few
