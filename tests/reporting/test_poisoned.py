"""One record that the bureau cannot take does not hold up its neighbours."""

from __future__ import annotations

from typing import Any

import pytest

from filing.models import Request
from reporting.choices import Circuit, FileState
from reporting.models import DataFile, Link
from reporting.services import calls
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.material import filing_json, ready, states

pytestmark = pytest.mark.django_db


@pytest.fixture
def refuses(monkeypatch: pytest.MonkeyPatch, bureau: Bureau) -> Any:
    """The bureau answers 18 to every file that holds a marked request; the others go to it as they are."""
    upload = calls.upload

    def judged(link: Link, file: DataFile) -> Any:
        if file.entries.filter(request__subject_name__startswith="过大").exists():
            bureau.faults.add("code", method="isp_upload", code=18)
        return upload(link, file)

    monkeypatch.setattr(calls, "upload", judged)


def passes(link: Link, count: int) -> list[int | None]:
    return [row.code for _ in range(count) for row in send_link(Link.objects.get(pk=link.pk), asked=True)]


def test_it_finds_the_one_record_that_is_too_large_and_sends_the_others(
    link: Link, refuses: Any, bureau: Bureau
) -> None:
    requests = ready(1, 2, filing_json(3, subject__name="过大公司"), 4, 5, 6)

    passes(link, 8)

    assert states(*requests) == ["awaiting_bureau"] * 2 + ["draft"] + ["awaiting_bureau"] * 3
    bad = Request.objects.get(ref="t-0003")
    assert "代码 18" in bad.stalled_reason and "压缩图片" in bad.stalled_reason
    accepted = [number for number, _name, _count in bureau.accepted(link.isp_id)]
    assert accepted == list(range(1, len(accepted) + 1))
    assert Link.objects.get().circuit == Circuit.CLOSED


def test_it_tries_a_lone_record_once_more_before_it_gives_it_back(link: Link, bureau: Bureau) -> None:
    (request,) = ready(1)
    bureau.faults.add("code", method="isp_upload", code=18)

    assert [row.outcome for row in send_link(link)] == [FileState.REFUSED]
    assert states(request) == ["ready"]

    assert passes(link, 1) == [0]
    assert states(request) == ["awaiting_bureau"]


def test_halving_is_no_reason_to_wait(link: Link, refuses: Any) -> None:
    ready(1, filing_json(2, subject__name="过大公司"), 3, 4)

    send_link(link)

    link.refresh_from_db()
    assert (link.upload_failures, link.upload_not_before, link.circuit) == (0, None, Circuit.CLOSED)


def test_it_calls_a_person_where_every_record_is_too_large(link: Link, bureau: Bureau) -> None:
    """A bureau that says it of everything has a fault: the drafts of the whole house are not to come back."""
    requests = ready(1, 2, 3, 4, 5, 6, 7, 8)
    bureau.faults.add("code", method="isp_upload", code=18, times=14)

    passes(link, 14)

    link.refresh_from_db()
    assert link.circuit == Circuit.OPEN and "18" in link.circuit_reason
    assert states(*requests).count("draft") == 1

    Request.objects.update(not_before=None)
    passes(link, 2)
    assert set(states(*requests)) == {"draft", "awaiting_bureau"}
    assert Link.objects.get().circuit == Circuit.CLOSED
