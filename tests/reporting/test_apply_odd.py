"""What decides nothing, comes later, belongs to nobody or cannot be read: it moves nothing and stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from filing.models import Request
from reporting.choices import EntryOutcome, ItemOutcome
from reporting.models import DownloadItem, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.downloads import apply, document
from tests.reporting.material import filing_json, make_link, ready, states
from tests.reporting.results import bajg, decision, filed_xml, outcomes, result

pytestmark = pytest.mark.django_db


# --- good news, later -----------------------------------------------------------------------------


@pytest.mark.parametrize("code", [1060, 1062])
def test_it_decides_nothing_by_good_news(code: int, link: Link, waiting: Request) -> None:
    (item,) = apply(link, bajg(result(waiting, code)))
    assert (item.outcome, states(waiting)) == (ItemOutcome.NOTED, ["awaiting_bureau"])
    event = waiting.events.last()
    assert event is not None
    assert event.codes == [code]


@pytest.mark.parametrize("codes", [(1051,), (1052,), (1051, 1062)])
def test_it_comes_again_later_where_the_bureau_asks_for_it(
    codes: tuple[int, ...], link: Link, waiting: Request
) -> None:
    before = timezone.now()
    apply(link, bajg(result(waiting, *codes, words="稍后再报")))
    waiting.refresh_from_db()
    assert (waiting.state, waiting.accepted_at) == ("ready", None)
    assert timedelta(minutes=59) < waiting.not_before - before < timedelta(minutes=61)
    assert "稍后再报" in waiting.stalled_reason
    assert waiting.file_entries.get().outcome == EntryOutcome.UNPACKED
    assert send_link(link, asked=True) == []
    Request.objects.update(not_before=timezone.now())
    (row,) = send_link(link, asked=True)
    assert (row.sequence, row.refs) == (2, ["t-0001"])
    assert waiting.file_entries.count() == 2


def test_it_scales_the_wait_for_later(link: Link, waiting: Request, settings: Any) -> None:
    settings.ICP_WAIT_FACTOR = 0.001
    apply(link, bajg(result(waiting, 1051)))
    waiting.refresh_from_db()
    assert waiting.not_before - timezone.now() < timedelta(seconds=4)


# --- nobody's, and poisoned -----------------------------------------------------------------------


@pytest.mark.parametrize("omit", [["Bs", "Jlid"], ["Bs", "Jlid", "Czlx"]])
def test_it_guesses_nothing_where_no_name_is_given(
    omit: list[str], start_bureau: Callable[..., Running]
) -> None:
    running = start_bureau(options={"omit": omit, "share_filed": False}, decide={"mode": "manual"})
    link = make_link(running.url)
    (request,) = ready(1)
    send_link(link)
    running.bureau.decide(approve=False)
    poll_link(link)
    assert states(request) == ["awaiting_bureau"]
    items = DownloadItem.objects.all()
    assert {item.outcome for item in items} == {ItemOutcome.UNMATCHED}
    assert all(item.reason for item in items)


@pytest.mark.parametrize("name", ["0", "999999999", "x", "京ICP备2026000009号", "１", "9" * 40])
def test_it_puts_results_for_nobody_we_know_into_the_inbox(name: str, link: Link, waiting: Request) -> None:
    xml = document(f"<BAJG><Jg_xx><Jgxx><Jgdm>1001</Jgdm></Jgxx><Czlx>1</Czlx><Bs>{name}</Bs></Jg_xx></BAJG>")
    (item,) = apply(link, xml)
    assert (item.outcome, states(waiting)) == (ItemOutcome.UNMATCHED, ["awaiting_bureau"])


def test_it_finds_a_request_where_only_the_kind_is_missing(link: Link, waiting: Request) -> None:
    apply(link, bajg(decisions=decision(waiting, 1, kind=None)))
    assert states(waiting) == ["approved"]


def test_it_does_not_let_a_poisoned_record_stop_the_others(
    link: Link, bureau: Bureau, waiting: Request
) -> None:
    xml = bajg(
        "<Jg_xx/>",
        "<Jg_xx><Jgxx><Jgdm>成功</Jgdm></Jgxx><Bs>1</Bs></Jg_xx>",
        result(waiting, 1062),
        decisions=decision(waiting, 7) + decision(waiting, "") + decision(waiting, 1),
    )
    items = apply(link, xml)
    assert outcomes(items) == ["failed", "failed", "noted", "failed", "failed", "applied"]
    assert all(item.reason for item in items if item.outcome == ItemOutcome.FAILED)
    assert items[0].download.applied_at is not None
    assert states(waiting) == ["approved"]


def test_it_does_not_let_an_error_of_the_database_stop_the_others(
    link: Link, waiting: Request, bureau: Bureau
) -> None:
    bad = filed_xml(bureau).replace("示例1号有限公司".encode("gbk"), ("长" * 300).encode("gbk"))
    items = [*apply(link, bad), *apply(link, bajg(decisions=decision(waiting, 1)))]
    assert items[-1].outcome == ItemOutcome.APPLIED
    assert states(waiting) == ["approved"]


def test_it_reads_bytes_that_strict_gbk_lacks_and_marks_them(link: Link, waiting: Request) -> None:
    sound = bajg(decisions=decision(waiting, 1, words="意见X"))
    for dirt in (b"\x80", b"\xff\xff", "𠮷".encode("gb18030")):
        (item,) = apply(link, sound.replace(b"X", dirt))
        assert item.outcome in (ItemOutcome.APPLIED, ItemOutcome.NOTED)
        assert item.download.oddities
    assert states(waiting) == ["approved"]


def test_it_does_not_move_a_request_that_never_was_at_the_bureau(link: Link) -> None:
    (request,) = ready(filing_json(1))
    items = apply(link, bajg(result(request, 1001), decisions=decision(request, 0)))
    assert not {ItemOutcome.APPLIED} & set(outcomes(items))
    assert states(request) == ["ready"]
