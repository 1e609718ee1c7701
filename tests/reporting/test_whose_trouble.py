"""An outage of the bureau is told from a fault of our own, in the words that everybody sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from reporting import selectors
from reporting.choices import Trouble
from reporting.models import Call, Link
from reporting.services.download import poll_link
from simulator import Bureau, Running
from tests.reporting.material import make_link
from tests.reporting.raw_server import raw_server

pytestmark = pytest.mark.django_db


def words_after_a_poll(link: Link) -> tuple[str, str]:
    poll_link(Link.objects.get(pk=link.pk), asked=True)
    call = Call.objects.latest("pk")
    condition = selectors.condition_of(Link.objects.get(pk=link.pk))
    return condition.words.replace(condition.name, "某省"), call.trouble


@pytest.mark.parametrize(
    ("code", "words", "side"),
    [
        (901, "某省管局系统维护中", Trouble.BUREAU),
        (902, "某省管局系统维护中", Trouble.BUREAU),
        (20, "某省管局不在上报时段", Trouble.BUREAU),
        (15, "某省管局积压，稍后再报", Trouble.BUREAU),
        (999, "某省链路在等待", Trouble.EITHER),
        (5, "某省链路已停止", Trouble.OURS),
        (13, "某省链路已停止", Trouble.OURS),
    ],
)
def test_it_tells_by_the_code(link: Link, bureau: Bureau, code: int, words: str, side: str) -> None:
    bureau.faults.add("code", method="isp_download", code=code)
    assert words_after_a_poll(link) == (words, side)


def test_a_bureau_that_is_down_is_its_own_trouble(link: Link, running: Running) -> None:
    running.stop()
    assert words_after_a_poll(link) == ("某省管局系统没有应答", Trouble.BUREAU)


@pytest.mark.parametrize("fault", ["lost_answer", "http_500", "html_200", "garbage"])
def test_an_answer_that_is_none_is_the_bureaus_trouble(link: Link, bureau: Bureau, fault: str) -> None:
    bureau.faults.add(fault, method="isp_download")
    assert words_after_a_poll(link) == ("某省管局系统没有应答", Trouble.BUREAU)


def test_a_host_that_has_no_address_is_our_networks(db: None) -> None:
    assert words_after_a_poll(make_link("http://bureau.invalid")) == ("我方到不了某省管局", Trouble.NETWORK)


def test_a_page_where_the_description_should_be_passes_by_itself(db: None) -> None:
    """What a gateway shows while its bureau is away opens no circuit."""
    page = b"<html><body>maintenance</body></html>"
    with raw_server(describe=lambda path, query, url: page) as server:
        link = make_link(server.url)
        assert words_after_a_poll(link) == ("某省管局系统没有应答", Trouble.BUREAU)
        link.refresh_from_db()
        assert (link.circuit, link.download_failures) == ("closed", 1)
        assert "网页" in link.download_waiting_reason


def test_it_names_the_registered_address_where_the_bureau_does_not_know_ours(
    start_bureau: Callable[..., Any], db: None
) -> None:
    running = start_bureau()
    link = make_link(running.url, registered_address="203.0.113.9")
    running.bureau.faults.add("code", method="isp_download", code=13)
    words_after_a_poll(link)
    link.refresh_from_db()
    assert "203.0.113.9" in link.circuit_reason and "登记" in link.circuit_reason


@pytest.mark.parametrize("code", [4, 5])
def test_it_says_that_number_and_password_count_and_not_the_name(
    link: Link, bureau: Bureau, code: int
) -> None:
    bureau.faults.add("code", method="isp_download", code=code)
    words_after_a_poll(link)
    link.refresh_from_db()
    assert (
        "编号" in link.circuit_reason and "口令" in link.circuit_reason and "单位名称" in link.circuit_reason
    )
