"""The page of the record: who may read it, what narrows it, how it is turned, and what is taken away."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from filing.choices import AuditAction, RequestState
from filing.models import AuditEntry
from filing.services import attachments
from filing.services.audit import note
from filing.services.revisions import current_revision
from tests import factories
from tests.record import noted

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client: Client) -> Client:
    client.force_login(factories.user("auditor", "audit_everything"))
    return client


def page(client: Client, **query: Any) -> str:
    answer = client.get(reverse("audit_list"), query)
    assert answer.status_code == 200
    return answer.content.decode().partition("<tbody>")[2]


@pytest.mark.parametrize(
    ("permissions", "status"),
    [
        (("audit_everything",), 200),
        (("enter_request", "review_request", "operate_link"), 403),
        ((), 403),
    ],
)
def test_it_is_for_auditors_and_administrators(client: Client, permissions: Any, status: int) -> None:
    client.force_login(factories.user("person", *permissions))
    for name in ("audit_list", "audit_export"):
        assert client.get(reverse(name)).status_code == status
        assert client.post(reverse(name)).status_code in (403, 405)


def test_it_narrows_by_action_person_object_words_and_period(reader: Client) -> None:
    one, two = factories.user("one"), factories.user("two")
    note(AuditAction.EXPORT, user=one, about=("list", "requests", "报备单"), facts={"what": "甲样"})
    note(AuditAction.LINK, user=two, about=("link", 7, "一号链路"), facts={"what": "乙样"})
    old = AuditEntry(
        at=timezone.now() - timedelta(days=40), action="export", user_name="旧人", facts={"what": "丙样"}
    )
    old.save(force_insert=True)

    def shown(**query: Any) -> set[str]:
        text = page(reader, **query)
        return {each for each in ("甲样", "乙样", "丙样") if each in text}

    assert shown() == {"甲样", "乙样"}
    assert shown(action="export") == {"甲样"}
    assert shown(who=two.pk) == {"乙样"}
    assert shown(kind="link") == {"乙样"}
    assert shown(q="一号链") == shown(q="乙样") == {"乙样"}
    assert shown(q=one.username) == {"甲样"}
    day = timezone.localdate()
    assert shown(since=day - timedelta(days=41)) == {"甲样", "乙样", "丙样"}
    assert shown(until=day - timedelta(days=35)) == {"丙样"}
    assert shown(since="nonsense", action="<script>", who="x", q="100%_\x00") == set()


def test_it_tells_who_saw_a_request_and_its_images(reader: Client) -> None:
    people = factories.people()
    filing = factories.request_in(RequestState.IN_REVIEW, people)
    content = current_revision(filing).content
    sha256 = content["attachments"][0]["content"].removeprefix(attachments.REFERENCE)
    looking = Client()
    looking.force_login(people.colleague)
    looking.get(reverse("attachment_view", args=[sha256]))
    looking.get(reverse("request_detail", args=[filing.ref]), {"reveal": "1"})
    text = page(reader, ref=filing.ref)
    assert "查看附件" in text and "查看完整证件与电话" in text and people.colleague.username in text
    assert page(reader, ref="no-such") == ""
    assert f"?ref={filing.ref}" in reader.get(reverse("request_detail", args=[filing.ref])).content.decode()


def test_it_shows_what_others_wrote_as_text(reader: Client) -> None:
    note(
        AuditAction.CHANGE,
        user=None,
        about=("x", "<b>", "<img src=x>"),
        facts={"<i>": "<script>alert(1)</script>"},
    )
    text = page(reader)
    assert "<script>alert" not in text and "<img src=x" not in text and "&lt;script&gt;" in text


def test_it_turns_its_pages_without_counting(reader: Client, django_assert_max_num_queries: Any) -> None:
    now = timezone.now()
    AuditEntry.objects.bulk_create(
        AuditEntry(
            at=now - timedelta(seconds=n), action="change", user_name="x", facts={"what": f"行{n:03d}。"}
        )
        for n in range(150)
    )
    with django_assert_max_num_queries(12):
        first = reader.get(reverse("audit_list"), {"action": "change"}).content.decode()
    assert "行000。" in first and "行099。" in first and "行100。" not in first
    after = first.partition("&amp;after=")[2].partition('"')[0]
    second = reader.get(reverse("audit_list"), {"action": "change", "after": after}).content.decode()
    assert "行100。" in second and "行149。" in second and "行099。" not in second


def test_it_is_taken_away_as_a_spreadsheet_which_is_recorded(reader: Client) -> None:
    note(AuditAction.LINK, user=None, about=("link", 7, "=cmd|x"), facts={"what": "暂停"})
    answer = reader.get(reverse("audit_export"), {"kind": "link"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active  # type: ignore[attr-defined]
    rows = list(sheet.iter_rows(values_only=True))
    assert rows[0][:3] == ("时间", "动作", "人员") and len(rows) == 2
    assert rows[1][8] == "=cmd|x" and sheet.cell(2, 9).data_type == "s"
    [row] = noted(AuditAction.EXPORT)
    assert (row.name, row.facts["rows"], row.facts["filters"]) == ("审计记录", 1, {"kind": "link"})
