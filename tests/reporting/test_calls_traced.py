"""A call names the page or the wake-up that led to it, as the log lines of that do."""

from __future__ import annotations

import pytest

from filing.origin import request_id
from filing.tracing import HEADER
from reporting.models import Call, Link
from reporting.services.download import poll_link
from reporting.tasks import receive

pytestmark = pytest.mark.django_db
NUMBER = "0123456789abcdef"


def test_it_names_the_request_that_a_person_made(link: Link) -> None:
    token = request_id.set(NUMBER)
    poll_link(link, asked=True)
    request_id.reset(token)
    assert set(Call.objects.values_list("request_id", flat=True)) == {NUMBER}


def test_it_names_the_wake_up_of_a_task(link: Link) -> None:
    receive.apply(args=(link.pk, True), headers={HEADER: NUMBER}).get()
    assert set(Call.objects.values_list("request_id", flat=True)) == {NUMBER}


def test_a_command_has_none(link: Link) -> None:
    poll_link(link, asked=True)
    assert set(Call.objects.values_list("request_id", flat=True)) == {""}
