"""Cancellations that came: what the item says, whom it concerns, and what waits for a person."""

from __future__ import annotations

import pytest

from filing.cancelled_data import CancelledKind
from filing.models import Access, Subject, Website
from filing.services import cancelled as service
from filing.services import outcomes
from filing.services.filed import record_filed
from filing.states import MoveRefused
from reporting.models import Link
from reporting.services import apply_cancelled
from reporting.services.apply import apply_download
from tests.factories import filed_subject, filed_website, proof
from tests.reporting.downloads import apply, apply_again, document, receive, sample
from tests.reporting.material import ISP_ID, filing_json, ready, states

pytestmark = pytest.mark.django_db


def of(kind: object, bureau_id: object) -> bytes:
    return document(f"<ZXSJ><Zxxx><Zxlb>{kind}</Zxlb><Jlid>{bureau_id}</Jlid></Zxxx></ZXSJ>")


@pytest.fixture
def filed(quiet_link: Link) -> Link:
    """A link with one subject (1001), website (2001) and access (4001)."""
    data = filed_subject(filed_website(), number="京ICP备2026000001号")
    record_filed(data, isp_id=ISP_ID, proof={"download": 1, "position": 1})
    return quiet_link


def test_it_marks_what_is_held_and_leaves_the_rest_to_a_person(filed: Link) -> None:
    held, unknown = apply(filed, sample("cancelled"))

    assert (held.outcome, held.summary) == (
        "applied",
        "主体已注销：虚构示例科技有限公司 京ICP备2026000001号",
    )
    assert (unknown.outcome, unknown.reason) == ("unmatched", "网站已注销：库中没有管局标识 2009 的记录")
    subject = Subject.objects.get()
    assert (subject.state, subject.cancelled_at) == ("cancelled", held.download.received_at)
    assert {*Website.objects.values_list("state"), *Access.objects.values_list("state")} == {("cancelled",)}


def test_it_takes_the_kind_that_the_schema_lacks(filed: Link) -> None:
    (item,) = apply(filed, of(2, 4001))

    assert (item.outcome, Access.objects.get().state) == ("applied", "cancelled")
    assert Website.objects.get().state == "filed"
    assert item.download.oddities


def test_it_notes_what_it_knew(filed: Link) -> None:
    items = apply(filed, of(0, 1001))

    (again,) = apply_again(items)

    assert (again.outcome, again.reason) == ("noted", "此前已标为注销")


@pytest.mark.parametrize(
    ("xml", "reason"),
    [
        (of(3, 1001), "Zxxx 的 Zxlb 是 3，不是 0、1 或 2"),
        (of("", 1001), "Zxxx 缺少 Zxlb，或不是整数"),
        (of(0, "主体"), "Zxxx 缺少 Jlid，或不是整数"),
    ],
)
def test_it_guesses_nothing(filed: Link, xml: bytes, reason: str) -> None:
    (item,) = apply(filed, xml)

    assert (item.outcome, item.reason) == ("failed", reason)
    assert Subject.objects.get().state == "filed"


def test_it_names_the_request_that_it_concerned(filed: Link) -> None:
    content = {"ref": "c-1", "operation": "cancel_website", "bureau_id": 2001, "reason": 1}
    (asked,) = ready(content)

    (item,) = apply(filed, of(1, 2001))

    assert (item.request, item.summary) == (asked, "网站已注销：虚构示例站；报备单：改回草稿 c-1")
    assert states(asked) == ["draft"]


def test_it_waits_where_a_request_moves_at_this_moment(filed: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    (other,) = ready(filing_json(1))

    def refuse(*_args: object, **_more: object) -> service.Ended:
        raise MoveRefused(other, "ready", "draft")

    download = receive(filed, of(0, 1001))
    with monkeypatch.context() as patch:
        patch.setattr(apply_cancelled, "record_cancelled", refuse)
        apply_download(download)
    assert download.applied_at is None
    assert download.items.get().outcome == "waiting"

    apply_download(download)

    assert download.items.get().outcome == "applied"
    assert download.applied_at is not None


def test_it_knows_the_kinds_of_the_interface() -> None:
    assert {kind.value: kind.name for kind in CancelledKind} == {0: "SUBJECT", 1: "WEBSITE", 2: "ACCESS"}


def test_it_waits_for_a_request_that_is_being_sent(filed: Link) -> None:
    (asked,) = ready({"ref": "c-1", "operation": "cancel_website", "bureau_id": 2001, "reason": 1})
    outcomes.mark_packed([asked], isp_id=ISP_ID, proofs=[proof()])
    outcomes.mark_uploading([asked], proofs=[proof()])

    (item,) = apply(filed, of(0, 1001))

    assert (item.outcome, item.reason) == ("waiting", "c-1 的上报还在途中，等它落定")
    assert Subject.objects.get().state == "filed"
    assert item.download.applied_at is None

    outcomes.mark_to_be_sent_again([asked], reason="没有送出", proofs=[proof()])
    apply_download(item.download)

    item.refresh_from_db()
    assert (item.outcome, Subject.objects.get().state) == ("applied", "cancelled")
