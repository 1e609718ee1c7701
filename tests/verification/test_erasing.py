"""An owner asks to be erased: what stands in the way is said, and afterwards nothing of theirs is to be found."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from filing.actors import COMMAND
from filing.choices import AuditAction, FiledState, RequestState
from filing.models import Attachment, AuditEntry, Request, Revision, Subject, Website
from filing.services.erasing import NotErasable, owned_by
from filing.services.filed import record_filed
from tests import factories
from tests.record import noted
from verification.models import KeptMaterial, PrintedForm, Verification
from verification.services.erasing import erase_owner, reasons_against

pytestmark = pytest.mark.django_db

S = RequestState
NUMBER = factories.CREDIT_CODE
LONG_AGO = timedelta(days=6 * 366)


@pytest.fixture
def people() -> factories.People:
    return factories.people()


def old(request: Request) -> Request:
    Request.objects.filter(pk=request.pk).update(state_changed_at=timezone.now() - LONG_AGO)
    return request


def filed() -> Subject:
    site = factories.filed_website(9000000001, number="京ICP备2026000001号-1")
    record_filed(factories.filed_subject(site), isp_id=factories.ISP_ID, proof={})
    subject = Subject.objects.get()
    Subject.objects.update(certificate_number=NUMBER)
    return subject


def cancelled() -> Subject:
    subject = filed()
    Subject.objects.filter(pk=subject.pk).update(
        state=FiledState.CANCELLED, cancelled_at=timezone.now() - LONG_AGO
    )
    return subject


def test_it_says_what_stands_in_the_way_and_changes_nothing(people: factories.People) -> None:
    open_one = factories.request_in(S.IN_REVIEW, people)
    filed()
    owned = owned_by(f" {NUMBER.lower()} ")
    reasons = reasons_against(owned)
    assert any("还有效" in each for each in reasons) and any(open_one.ref in each for each in reasons)
    with pytest.raises(NotErasable):
        erase_owner(owned, actor=COMMAND, reason="本人要求")
    assert Subject.objects.exists() and Request.objects.exists() and noted(AuditAction.ERASE) == []


def test_it_waits_until_what_was_sent_is_old_enough(people: factories.People) -> None:
    filing = factories.request_in(S.APPROVED, people)
    assert "要留满 5 年" in reasons_against(owned_by(NUMBER))[0]
    old(filing)
    assert reasons_against(owned_by(NUMBER)) == []


def test_it_keeps_papers_until_their_day(people: factories.People) -> None:
    filing = old(factories.request_in(S.APPROVED, people))
    paper(filing, people.owner, days=30)
    assert "要留存到" in reasons_against(owned_by(NUMBER))[0]


def paper(filing: Request, user: User, *, days: int) -> KeptMaterial:
    return KeptMaterial.objects.create(
        request=filing,
        key="subject",
        title="身份证",
        image=Attachment.objects.order_by("pk")[0],
        seen_by=user,
        seen_by_name="甲",
        seen_at=timezone.now(),
        seen_where="虚构核验点",
        kept_until=timezone.localdate() + timedelta(days=days),
    )


def test_it_erases_all_that_is_left_and_says_so(
    people: factories.People, client: Client, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    sent = old(factories.request_in(S.APPROVED, people))
    cancelled()
    paper(sent, people.owner, days=-1)
    name = sent.subject_name
    number = Revision.objects.get(request=sent).content["subject"]["certificate"]["number"]
    with django_capture_on_commit_callbacks(execute=True):
        done = erase_owner(owned_by(number), actor=COMMAND, reason="本人 2026-11-20 来函")
    assert (done["subjects"], done["emptied"], done["deleted"], done["papers"]) == (1, 1, 0, 1)
    assert not (Subject.objects.exists() or Website.objects.exists() or Attachment.objects.exists())
    assert not (
        KeptMaterial.objects.exists() or PrintedForm.objects.exists() or Verification.objects.exists()
    )
    sent.refresh_from_db()
    assert (sent.subject_name, sent.domains, sent.owner_key, sent.state) == ("（已删除）", [], "", S.APPROVED)
    assert [each.content for each in Revision.objects.all()] == [{}]
    [row] = [each for each in noted(AuditAction.ERASE) if each.kind == "owner"]
    assert row.facts["reason"] == "本人 2026-11-20 来函" and number not in str(row.key)
    client.force_login(people.owner)
    for tab in ("content", "versions", "materials"):
        answer = client.get(reverse("request_detail", args=[sent.ref]), {"tab": tab})
        assert answer.status_code == 200 and name not in answer.content.decode()
    assert client.get(reverse("request_list"), {"tab": "all"}).status_code == 200
    assert owned_by(number).requests == []


def test_it_deletes_what_the_bureau_never_saw(people: factories.People) -> None:
    filing = factories.request_in(S.WITHDRAWN, people)
    done = erase_owner(owned_by(NUMBER), actor=COMMAND, reason="本人要求")
    assert (done["deleted"], done["emptied"]) == (1, 0)
    assert not Request.objects.filter(pk=filing.pk).exists()


def test_nothing_else_changes_what_is_frozen(people: factories.People) -> None:
    filing = factories.request_in(S.APPROVED, people)
    revision = Revision.objects.get(request=filing)
    with pytest.raises(IntegrityError), transaction.atomic():
        Revision.objects.filter(pk=revision.pk).update(content={})
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL icp.content_opened = 'erase'")
        cursor.execute("UPDATE filing_revision SET content = '{\"a\": 1}' WHERE id = %s", [revision.pk])


def test_the_command_lists_first_and_never_records_the_number(people: factories.People) -> None:
    old(factories.request_in(S.APPROVED, people))

    def told(*words: str) -> Any:
        out = StringIO()
        call_command(
            "erase_person",
            "--certificate",
            NUMBER,
            "--reason",
            "来函",
            "--json",
            *words,
            stdout=out,
            stderr=StringIO(),
        )
        return json.loads(out.getvalue())

    listed = told("--dry-run")
    assert listed["erased"] is None and len(listed["requests"]) == 1 and Revision.objects.get().content
    assert told()["erased"]["emptied"] == 1
    assert NUMBER not in str(list(AuditEntry.objects.values()))
    with pytest.raises(SystemExit) as ended:
        told()
    assert ended.value.code == 1
