"""What goes by rule, and what stays: nothing that was sent, is filed, is named or must be kept."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from filing.choices import AuditAction, LookupKind, RequestState
from filing.models import Attachment, Lookup, Request
from filing.services import attachments
from filing.services.drafts import start_correction, withdraw
from filing.services.retention import let_go
from tests import factories
from tests.record import noted

pytestmark = pytest.mark.django_db

S = RequestState
NOW = timezone.now


@pytest.fixture(autouse=True)
def store(attachment_root: Path, settings: Any) -> Path:
    settings.ICP_KEEP_WITHDRAWN_DAYS, settings.ICP_KEEP_DRAFTS_DAYS = 100, 200
    return attachment_root


def aged(request: Request, days: int) -> Request:
    then = NOW() - timedelta(days=days)
    Request.objects.filter(pk=request.pk).update(state_changed_at=then, updated_at=then)
    return request


def withdrawn(days: int) -> Request:
    filing = factories.draft(factories.people().owner)
    withdraw(filing, actor=factories.COMMAND)
    return aged(filing, days)


def an_image(days: int, colour: str) -> Attachment:
    image = attachments.store(factories.image(colour=colour))
    then = NOW() - timedelta(days=days)
    Attachment.objects.filter(pk=image.pk).update(created_at=then)
    path = attachments._folder_of(image.sha256) / image.sha256
    os.utime(path, (then.timestamp(), then.timestamp()))
    return image


def there(image: Attachment) -> tuple[bool, bool]:
    path = attachments._folder_of(image.sha256) / image.sha256
    return Attachment.objects.filter(pk=image.pk).exists(), path.exists()


def test_it_lets_go_of_what_was_taken_back_or_left_alone(
    settings: Any, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    old, young = withdrawn(101), withdrawn(99)
    left, begun = aged(factories.draft(), 201), aged(factories.draft(), 199)
    listed = let_go(dry_run=True)
    assert (listed.counts["withdrawn"], listed.counts["drafts"]) == (1, 1)
    assert any(old.ref in line for line in listed.named) and Request.objects.count() == 4
    assert noted(AuditAction.ERASE) == []
    done = let_go()
    assert done.counts["withdrawn"] == done.counts["drafts"] == 1
    assert {each.ref for each in Request.objects.all()} == {young.ref, begun.ref}
    assert {row.key for row in noted(AuditAction.ERASE)} == {old.ref, left.ref}
    settings.ICP_KEEP_DRAFTS_DAYS = 0
    aged(begun, 9000)
    assert let_go().counts["drafts"] == 0


@pytest.mark.parametrize("state", [S.APPROVED, S.REJECTED, S.RETURNED, S.AWAITING_BUREAU, S.IN_REVIEW])
def test_it_keeps_what_the_bureau_or_a_reviewer_has(state: str) -> None:
    filing = aged(factories.request_in(state), 5000)
    assert let_go().counts["withdrawn"] == 0
    assert Request.objects.filter(pk=filing.pk).exists()


@pytest.mark.parametrize("is_corrected", [False, True])
def test_it_keeps_what_was_sent_and_then_withdrawn(is_corrected: bool) -> None:
    filing = factories.request_in(S.RETURNED)
    if is_corrected:
        start_correction(filing, actor=factories.COMMAND)
    withdraw(filing, actor=factories.COMMAND)
    aged(filing, 5000)
    assert let_go().counts["withdrawn"] == 0


def test_it_erases_images_that_nothing_names_with_their_files(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    unused, fresh = an_image(31, "red"), an_image(29, "green")
    named = an_image(400, "navy")
    content = factories.new_filing(content=attachments.REFERENCE + named.sha256)
    factories.draft(content=content)
    again = an_image(400, "olive")
    attachments.store(factories.image(colour="olive"))
    original = an_image(400, "teal")
    copy = an_image(400, "gold")
    Attachment.objects.filter(pk=copy.pk).update(original=original)
    with django_capture_on_commit_callbacks(execute=True):
        assert let_go(dry_run=True).counts["images"] == 2
    assert there(unused) == (True, True)
    with django_capture_on_commit_callbacks(execute=True):
        assert let_go().counts["images"] == 3
    assert there(unused) == there(original) == there(copy) == (False, False)
    assert there(fresh) == there(named) == there(again) == (True, True)


def test_it_keeps_an_image_whose_copy_is_named(
    django_capture_on_commit_callbacks: Callable[..., Any],
) -> None:
    original, copy = an_image(400, "red"), an_image(400, "navy")
    Attachment.objects.filter(pk=copy.pk).update(original=original)
    factories.draft(content=factories.new_filing(content=attachments.REFERENCE + copy.sha256))
    with django_capture_on_commit_callbacks(execute=True):
        assert let_go().counts["images"] == 0
    assert there(original) == (True, True)


def test_it_forgets_who_looked_up_whom_after_half_a_year() -> None:
    user = factories.user("lin")
    for days in (182, 184):
        row = Lookup.objects.create(user=user, kind=LookupKind.SHOWN, found="subject:1")
        Lookup.objects.filter(pk=row.pk).update(at=NOW() - timedelta(days=days))
    assert let_go().counts["lookups"] == 1
    assert Lookup.objects.count() == 1
