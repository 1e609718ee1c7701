"""Results, decisions and filed data: to whom they belong, in whatever order they come."""

from __future__ import annotations

from collections.abc import Callable
from itertools import permutations

import pytest

from filing.models import Domain, Request, Subject
from filing.services.filed import filing_numbers
from reporting.choices import EntryOutcome, ItemOutcome
from reporting.models import DownloadItem, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running
from tests.reporting.downloads import apply
from tests.reporting.material import history, make_link, ready, states
from tests.reporting.results import bajg, decision, filed_xml, result

pytestmark = pytest.mark.django_db


# --- approval, in every order ---------------------------------------------------------------------


@pytest.mark.parametrize("order", list(permutations(["result", "decision", "filed"])))
def test_it_approves_in_whatever_order_the_parts_come(
    order: tuple[str, ...], link: Link, bureau: Bureau, waiting: Request
) -> None:
    parts = {
        "result": bajg(result(waiting, 1001, words="审核通过")),
        "decision": bajg(decisions=decision(waiting, 1)),
        "filed": filed_xml(bureau),
    }
    for place, name in enumerate(order):
        (item,) = apply(link, parts[name])
        assert item.outcome == (ItemOutcome.APPLIED if place == 0 or name == "filed" else ItemOutcome.NOTED)
        assert item.request == waiting
        assert states(waiting) == ["approved"]
    waiting.refresh_from_db()
    assert history(waiting)[-2:] == ["awaiting_bureau", "approved"]
    assert waiting.result_codes == [1001]
    assert waiting.decided_at is not None
    assert waiting.file_entries.get().outcome == EntryOutcome.APPROVED
    assert filing_numbers([waiting])[waiting.pk] == ("京ICP备2026000001号", ["京ICP备2026000001号-1"])
    before = (Subject.objects.count(), Domain.objects.count(), waiting.bureau_words)
    for name in order:
        apply(link, parts[name])
    waiting.refresh_from_db()
    assert (Subject.objects.count(), Domain.objects.count(), waiting.bureau_words) == before
    assert (waiting.state, waiting.result_codes) == ("approved", [1001])


@pytest.mark.parametrize("order", ["result_first", "data_first", "together"])
@pytest.mark.parametrize("results", ["both", "decision_only", "result_only"])
def test_it_approves_what_bureaus_of_every_habit_send(
    results: str, order: str, start_bureau: Callable[..., Running]
) -> None:
    running = start_bureau(options={"results": results, "order": order})
    link = make_link(running.url)
    requests = ready(1, 2, 3)
    send_link(link)
    poll_link(link)
    assert states(*requests) == ["approved"] * 3
    assert not DownloadItem.objects.exclude(outcome__in=[ItemOutcome.APPLIED, ItemOutcome.NOTED]).exists()
    assert all(filing_numbers([each])[each.pk][0] for each in requests)


def test_it_approves_by_filed_data_alone(link: Link, bureau: Bureau, waiting: Request) -> None:
    apply(link, filed_xml(bureau))
    assert states(waiting) == ["approved"]
    event = waiting.events.last()
    assert event is not None
    assert "京ICP备2026000001号" in event.reason
    assert event.proof["download"]


def test_it_does_not_take_anothers_numbers_for_its_own(link: Link, bureau: Bureau, waiting: Request) -> None:
    """The enterprise ids may be another provider's: certificate and domain must agree."""
    xml = filed_xml(bureau).replace(b"91110108MA", b"91310108MA").replace(b"shili1.cn", b"fremd1.cn")
    apply(link, xml)
    assert states(waiting) == ["awaiting_bureau"]
    assert filing_numbers([waiting])[waiting.pk] == ("", [])
    assert Subject.objects.get().own_id is None


# --- refusals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", ["result", "decision"])
def test_it_rejects_with_the_bureaus_words(first: str, link: Link, waiting: Request) -> None:
    parts = {
        "result": bajg(result(waiting, 1002)),
        "decision": bajg(decisions=decision(waiting, 0, "网站名称与主办者不相符")),
    }
    for name in [first, *(set(parts) - {first})]:
        apply(link, parts[name])
    waiting.refresh_from_db()
    assert (waiting.state, waiting.result_codes, waiting.bureau_words) == (
        "rejected",
        [1002],
        "网站名称与主办者不相符",
    )
    assert waiting.file_entries.get().outcome == EntryOutcome.REJECTED


@pytest.mark.parametrize("codes", [(1015,), (1003,), (1015, 1011), (4711,), (1002, 1015)])
def test_it_returns_what_the_business_check_refuses(
    codes: tuple[int, ...], link: Link, waiting: Request
) -> None:
    (item,) = apply(link, bajg(result(waiting, *codes, words="无效身份证号码，请核实后再次报备")))
    waiting.refresh_from_db()
    assert (item.outcome, waiting.state) == (ItemOutcome.APPLIED, "returned")
    assert waiting.result_codes == list(codes)
    assert waiting.bureau_words == "无效身份证号码，请核实后再次报备"
    assert waiting.file_entries.get().outcome == EntryOutcome.RETURNED
    event = waiting.events.last()
    assert event is not None
    assert event.codes == list(codes)


def test_it_collects_what_comes_of_one_refusal_in_several_records(link: Link, waiting: Request) -> None:
    apply(link, bajg(result(waiting, 1015, words="证件号码"), result(waiting, 1011, words="手机号码")))
    waiting.refresh_from_db()
    assert (waiting.result_codes, waiting.bureau_words) == ([1015, 1011], "证件号码\n手机号码")
    assert history(waiting)[-1] == "returned"


def test_it_takes_a_later_proof_for_what_was_held_refused(
    link: Link, bureau: Bureau, waiting: Request
) -> None:
    apply(link, bajg(decisions=decision(waiting, 0)))
    assert states(waiting) == ["rejected"]
    apply(link, filed_xml(bureau))
    assert history(waiting)[-2:] == ["rejected", "approved"]


def test_it_only_notes_a_no_after_a_yes(link: Link, waiting: Request) -> None:
    apply(link, bajg(decisions=decision(waiting, 1)))
    (item,) = apply(link, bajg(result(waiting, 1015, words="证件号码")))
    waiting.refresh_from_db()
    assert (item.outcome, waiting.state, waiting.result_codes) == (ItemOutcome.NOTED, "approved", [])
    event = waiting.events.last()
    assert event is not None
    assert (event.codes, event.words) == ([1015], "证件号码")
