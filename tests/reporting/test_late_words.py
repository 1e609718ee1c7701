"""Words that come late: about the revision that staff mend already, or about the one before."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from filing.actors import COMMAND
from filing.choices import RequestState
from filing.models import Request
from filing.services.drafts import start_correction
from filing.services.intake import import_requests
from reporting.choices import ItemOutcome
from reporting.models import DownloadItem, Link
from reporting.services import download
from reporting.services.apply import apply_waiting
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau
from tests.reporting.material import ISP_ID, filing_json
from tests.reporting.results import bajg, result

pytestmark = pytest.mark.django_db(transaction=True)
S = RequestState

DECISION = """<DownloadData version="V.3.0"><ICP><BAJG><GJSHS><Gjsh><Shsj>{at}</Shsj><Shyj>{words}</Shyj>
<Shjg>0</Shjg><Czlx>1</Czlx><Jlid>{own}</Jlid></Gjsh></GJSHS></BAJG></ICP></DownloadData>"""


def decision(bureau: Bureau, request: Request, words: str, *, days: float = 0) -> None:
    at = timezone.localtime(timezone.now() - timedelta(days=days)).strftime("%Y-%m-%d %H:%M:%S")
    xml = DECISION.format(at=at, words=words, own=request.subject_own_id)
    declaration = '<?xml version="1.0" encoding="GBK"?>'
    bureau.send(ISP_ID, (declaration + xml).encode("gbk"))


@pytest.fixture
def rejected(link: Link) -> Request:
    import_requests([filing_json(1, subject__name="拒绝一号有限公司")], ready=True)
    send_link(link, asked=True)
    poll_link(link, asked=True)
    request = Request.objects.get()
    assert request.state == S.REJECTED
    return request


def test_it_keeps_a_late_refusal_beside_the_correction_that_has_begun(
    link: Link, bureau: Bureau, rejected: Request
) -> None:
    start_correction(rejected, actor=COMMAND)
    decision(bureau, rejected, "还有一处：电话无人接听")

    poll_link(link, asked=True)

    rejected.refresh_from_db()
    assert rejected.state == S.DRAFT
    assert rejected.events.latest("pk").words == "还有一处：电话无人接听"


def test_it_gives_a_decision_older_than_the_revision_to_a_person(
    link: Link, bureau: Bureau, rejected: Request
) -> None:
    bureau.set_mode("manual")
    import_requests([filing_json(1, subject__name="改名一号有限公司")], ready=True, correct=True)
    send_link(link, asked=True)
    decision(bureau, rejected, "上一版的意见", days=2)

    poll_link(link, asked=True)

    rejected.refresh_from_db()
    assert (rejected.state, rejected.revision_number) == (S.AWAITING_BUREAU, 2)
    item = DownloadItem.objects.latest("pk")
    assert item.outcome == ItemOutcome.UNMATCHED
    assert "早于这一版的受理时间" in item.reason


def test_it_takes_a_decision_of_today_for_the_revision_of_today(
    link: Link, bureau: Bureau, rejected: Request
) -> None:
    bureau.set_mode("manual")
    import_requests([filing_json(1, subject__name="改名一号有限公司")], ready=True, correct=True)
    send_link(link, asked=True)
    decision(bureau, rejected, "仍不同意")

    poll_link(link, asked=True)

    rejected.refresh_from_db()
    assert (rejected.state, rejected.bureau_words) == (S.REJECTED, "仍不同意")


@pytest.mark.parametrize("sends", [False, True])
def test_it_takes_no_word_for_a_revision_that_was_not_there_when_the_word_came(
    sends: bool, link: Link, bureau: Bureau, rejected: Request, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decision is told, the bare code lies here still unread; staff were quick, and so was the next upload."""
    bureau.set_mode("manual")
    bureau.send(ISP_ID, bajg(result(rejected, 1002)))

    def staff_are_quick(of: Link) -> dict[str, tuple[int, int]]:
        import_requests([filing_json(1, subject__name="改名一号有限公司")], ready=True, correct=True)
        if sends:
            send_link(link, asked=True)
        return apply_waiting(of)

    with monkeypatch.context() as patched:
        patched.setattr(download, "apply_waiting", staff_are_quick)
        poll_link(link, asked=True)

    rejected.refresh_from_db()
    expected = S.AWAITING_BUREAU if sends else S.READY
    assert (rejected.state, rejected.revision_number) == (expected, 2)
    item = DownloadItem.objects.latest("pk")
    assert (item.outcome, item.request) == (ItemOutcome.NOTED, rejected)
    assert rejected.events.latest("pk").codes == [1002]
