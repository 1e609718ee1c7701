"""A file refused as a whole, and what concerns the whole link."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from filing.models import Request
from reporting import envelope
from reporting.choices import Circuit, Direction, EntryOutcome, FileState, ItemOutcome
from reporting.models import DataFile, DownloadItem, Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, schema
from tests.reporting.downloads import apply, apply_again
from tests.reporting.material import ISP_ID, filing_json, make_link, ready, states
from tests.reporting.results import bajg, refusal, result

pytestmark = pytest.mark.django_db


@pytest.fixture
def picky(bureau: Bureau, monkeypatch: pytest.MonkeyPatch) -> Bureau:
    """Its schema refuses what ours takes: names with 坏 in them."""
    sound = schema.upload_problem

    def problem(root: etree._Element) -> str | None:
        bad = any("坏" in (node.text or "") for node in root.iter("Dwmc"))
        return "Dwmc" if bad else sound(root)

    monkeypatch.setattr(schema, "upload_problem", problem)
    return bureau


def until_quiet(link: Link) -> int:
    """Send and poll until nothing happens any more; how many rounds it took."""
    for number in range(1, 20):
        sent = send_link(link, asked=True)
        if not sent + poll_link(link, asked=True):
            return number
    raise AssertionError("it never ends")


def bad_json(n: int) -> dict[str, Any]:
    return filing_json(n, subject__name=f"坏{n}号公司")


# --- 5001 -----------------------------------------------------------------------------------------


def test_it_returns_the_one_record_of_a_refused_file(link: Link, picky: Bureau) -> None:
    (request,) = ready(bad_json(1))
    until_quiet(link)
    request.refresh_from_db()
    assert (request.state, request.result_codes) == ("returned", [5001])
    file = DataFile.objects.get()
    event = request.events.last()
    assert event is not None
    assert (event.proof["file"], event.proof["sequence"]) == (file.pk, 1)
    assert (file.state, Link.objects.get().next_sequence) == (FileState.ACCEPTED, 2), "its number is spent"
    assert request.file_entries.get().outcome == EntryOutcome.RETURNED
    assert set(DownloadItem.objects.values_list("outcome", flat=True)) == {ItemOutcome.APPLIED}


@pytest.mark.parametrize(("count", "bad"), [(2, {1}), (5, {3}), (8, {8}), (7, {1, 7}), (3, {1, 2, 3})])
def test_it_halves_a_refused_file_until_the_bad_ones_are_alone(
    count: int, bad: set[int], link: Link, picky: Bureau
) -> None:
    requests = ready(*(bad_json(n) if n in bad else filing_json(n) for n in range(1, count + 1)))
    until_quiet(link)
    assert states(*requests) == ["returned" if n in bad else "approved" for n in range(1, count + 1)]
    files = list(DataFile.objects.order_by("sequence"))
    assert [file.sequence for file in files] == list(range(1, len(files) + 1))
    assert {file.state for file in files} == {FileState.ACCEPTED}
    carried = [
        name for file in files for name in names_in(file) if file.record_count == 1 or accepted(picky, file)
    ]
    assert len(carried) == len(set(carried)) == count, "each went alone or in a good file exactly once"
    assert len(files) <= 1 + 2 * len(bad) * count.bit_length()
    assert not DownloadItem.objects.exclude(outcome__in=[ItemOutcome.APPLIED, ItemOutcome.NOTED]).exists()
    waiting = EntryOutcome.WAITING
    assert not any(request.file_entries.filter(outcome=waiting).exists() for request in requests)


def names_in(file: DataFile) -> list[str | None]:
    xml = envelope.unzip_one(file.zip_bytes or b"")[1]
    return [node.text for node in etree.fromstring(xml).iter("Dwmc")]


def accepted(bureau: Bureau, file: DataFile) -> bool:
    return bureau.accepted_file(ISP_ID, file.sequence).refused_with is None


@pytest.mark.parametrize("form", ["{}.xml", "{}", "文件 {}.xml 未通过校验", "校验失败：{}。"])
def test_it_finds_the_file_in_however_it_is_named(form: str, link: Link, waiting: Request) -> None:
    name = DataFile.objects.get().name.removesuffix(".xml")
    (item,) = apply(link, refusal(5001, form.format(name)))
    assert (item.outcome, item.request, states(waiting)) == (ItemOutcome.APPLIED, waiting, ["returned"])


def test_it_does_nothing_twice_where_a_refusal_comes_again(link: Link, bureau: Bureau) -> None:
    bureau.set_mode("manual")
    requests = ready(1, 2)
    send_link(link)
    name = DataFile.objects.get().name
    items = apply(link, refusal(5001, name))
    assert states(*requests) == ["ready", "ready"]
    assert [each.batch_limit for each in Request.objects.all()] == [1, 1]
    send_link(link, asked=True)
    again = [*apply_again(items), *apply(link, refusal(5001, name))]
    assert [item.outcome for item in again] == [ItemOutcome.NOTED] * 2
    assert states(*requests) == ["awaiting_bureau"] * 2


def test_it_puts_a_refusal_of_a_file_that_we_never_sent_into_the_inbox(link: Link, waiting: Request) -> None:
    (item,) = apply(link, refusal(5001, "B110000000001N9Tabcdefgh.xml"))
    assert (item.outcome, states(waiting)) == (ItemOutcome.UNMATCHED, ["awaiting_bureau"])


# --- what concerns the whole link -----------------------------------------------------------------


@pytest.mark.parametrize("code", [5003, 5004, 5009, 5011, 1054])
@pytest.mark.parametrize("named", ["request", "file", "nobody"])
def test_it_stops_sending_and_calls_a_person(code: int, named: str, link: Link, waiting: Request) -> None:
    name = DataFile.objects.get().name
    xml = {
        "request": bajg(result(waiting, code, words="标识不符")),
        "file": refusal(code, "标识不符", note=name),
        "nobody": refusal(code, "标识不符"),
    }[named]
    (item,) = apply(link, xml)
    found = Link.objects.get()
    assert (found.circuit, found.circuit_code, found.circuit_direction) == (
        Circuit.OPEN,
        code,
        Direction.SENDING,
    )
    assert "标识不符" in found.circuit_reason
    assert states(waiting) == (["awaiting_bureau"] if named == "nobody" else ["ready"]), "no record's fault"
    assert item.outcome == (ItemOutcome.UNMATCHED if named == "nobody" else ItemOutcome.APPLIED)
    Link.objects.update(upload_not_before=None)
    assert send_link(Link.objects.get()) == []
    (row,) = send_link(Link.objects.get(), asked=True)
    assert (row.outcome, row.code) == ("stopped", code) and "set_bureau" in row.message
    poll_link(Link.objects.get(), asked=True)
    assert Link.objects.get().circuit == Circuit.OPEN, "that the bureau answers proves nothing"


def test_it_goes_on_once_a_person_mended_the_link(link: Link, bureau: Bureau) -> None:
    Link.objects.update(interface_version="V.2.9")
    requests = ready(1, 2)
    assert send_link(link)[0].outcome == FileState.ACCEPTED
    poll_link(link)
    found = Link.objects.get()
    assert (found.circuit, found.circuit_code) == (Circuit.OPEN, 5004)
    assert states(*requests) == ["ready"] * 2
    Link.objects.update(interface_version="V.3.0")
    assert send_link(Link.objects.get()) == []
    make_link(link.base_url)
    assert [row.sequence for row in send_link(Link.objects.get())] == [2]
    poll_link(link)
    assert states(*requests) == ["approved"] * 2
