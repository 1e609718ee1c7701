"""What the client makes of answers that come late, in part, or from somebody else."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from typing import Any

import pytest
from lxml import etree

from reporting import client
from reporting.answers import read_answer
from reporting.choices import Method
from reporting.errors import BureauUnreadable, NotSent, OutcomeUnknown
from tests.reporting.raw_server import GOOD, answer, download, hang_up, raw_server, soap_answer

PAGE = "<html><head><title>系统维护中</title></head><body><h1>系统维护中</h1></body></html>".encode()


def test_it_says_unknown_where_no_answer_comes_in_time() -> None:
    release = threading.Event()

    def say_nothing(connection: socket.socket) -> None:
        release.wait(10)

    with raw_server(say_nothing) as server:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknown) as caught:
            download(server.url, timeout_s=0.3)
        release.set()
        assert not isinstance(caught.value, NotSent | BureauUnreadable)
        assert time.monotonic() - started < 3
        assert len(server.posts) == 1, "it was sent once and not again"


def test_it_says_unknown_where_the_peer_hangs_up_after_reading() -> None:
    with raw_server(hang_up) as server:
        with pytest.raises(OutcomeUnknown) as caught:
            download(server.url)
        assert not isinstance(caught.value, NotSent)
        assert len(server.posts) == 1


def test_it_says_unknown_where_the_answer_is_cut_off() -> None:
    whole = soap_answer(GOOD)
    with raw_server(answer(whole[:-40], length=len(whole))) as server, pytest.raises(OutcomeUnknown):
        download(server.url)


@pytest.mark.parametrize("kept", [0.3, 0.5, 0.7, 0.9])
def test_it_makes_no_answer_of_half_of_one(kept: float) -> None:
    text = f"<return><msg_code>0</msg_code><msg>{'好' * 200}</msg></return>"
    cut = soap_answer(text)
    act = answer(cut[: int(len(cut) * kept)], length=None)
    with raw_server(act) as server, pytest.raises(OutcomeUnknown):
        read_answer(download(server.url))


@pytest.mark.parametrize(
    "act",
    [
        pytest.param(answer(PAGE, kind="text/html"), id="a page"),
        pytest.param(answer(PAGE, "503 Service Unavailable", "text/html"), id="a page of 503"),
        pytest.param(answer(b"<html><body><br></body>", kind="text/html"), id="a page that is no XML"),
        pytest.param(answer(b"", "502 Bad Gateway"), id="empty 502"),
        pytest.param(answer(b"", "500 Internal Server Error"), id="empty 500"),
        pytest.param(answer(b""), id="empty 200"),
        pytest.param(answer(b"", "202 Accepted"), id="empty 202"),
        pytest.param(answer(b"\x00\x01\xff not xml"), id="garbage"),
        pytest.param(answer(b"Service Unavailable", kind="text/plain"), id="a word"),
        pytest.param(
            answer("系统维护中".encode(), "503 Service Unavailable", "text/plain"), id="a word of 503"
        ),
        pytest.param(answer(b"<"), id="a sign"),
        pytest.param(answer(soap_answer(GOOD).replace(b"return>", b"result>")), id="no return"),
        pytest.param(answer(b"<return><msg_code>0</msg_code></return>"), id="no envelope"),
        pytest.param(
            answer(b"<!DOCTYPE x [<!ENTITY a 'b'>]>" + soap_answer(GOOD).partition(b"?>")[2]), id="a doctype"
        ),
        pytest.param(
            answer(
                b'<S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/"><S:Body><S:Fault>'
                b"<faultcode>S:Server</faultcode><faultstring>java.lang.NullPointerException</faultstring>"
                b"</S:Fault></S:Body></S:Envelope>",
                "500 Internal Server Error",
            ),
            id="a SOAP fault",
        ),
    ],
)
def test_it_says_unreadable_where_something_else_answers(act: Any) -> None:
    with raw_server(act) as server:
        with pytest.raises(BureauUnreadable):
            download(server.url)
        assert len(server.posts) == 1


def test_it_follows_no_redirect_of_a_call() -> None:
    with raw_server(answer(soap_answer(GOOD))) as elsewhere:
        moved = answer(
            b"", "307 Temporary Redirect", more=f"Location: {elsewhere.url}/ISPWebService/upDownLoad\r\n"
        )
        with raw_server(moved) as server, pytest.raises(BureauUnreadable):
            download(server.url)
        assert elsewhere.posts == []


def test_it_reads_no_further_than_any_answer_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = []

    def endless(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n\r\n")
        for _ in range(400):
            connection.sendall(b"x" * 65536)
            sent.append(1)

    with raw_server(endless) as server:
        assert client._service(server.url, client.PATHS[Method.DOWNLOAD], 5)
        monkeypatch.setattr(client, "MOST_ANSWER_BYTES", 100_000)
        with pytest.raises(BureauUnreadable):
            download(server.url)
    assert len(sent) < 400


def test_it_measures_what_a_packed_answer_unfolds_to(monkeypatch: pytest.MonkeyPatch) -> None:
    with raw_server(answer(gzip.compress(soap_answer(GOOD)), more="Content-Encoding: gzip\r\n")) as server:
        assert download(server.url) == GOOD
        monkeypatch.setattr(client, "MOST_ANSWER_BYTES", 1_000_000)
        server.act = answer(gzip.compress(bytes(20_000_000)), more="Content-Encoding: gzip\r\n")
        with pytest.raises(BureauUnreadable):
            download(server.url)


def test_it_reads_the_wsdl_again_after_an_answer_that_is_none() -> None:
    """The bureau moved to another dialect while we ran: its server knows the old one no more."""
    fault = soap_answer("").replace(b"isp_downloadResponse", b"Fault")
    with raw_server(answer(soap_answer(GOOD))) as server:
        assert download(server.url) == GOOD
        server.act = answer(fault, "500 Internal Server Error")
        with pytest.raises(BureauUnreadable):
            download(server.url)
        server.act, read = answer(soap_answer(GOOD)), len(server.gets)
        assert download(server.url) == GOOD
        assert len(server.gets) > read


def test_it_takes_an_answer_with_one_text_of_twelve_million_bytes() -> None:
    text = f"<return><msg_code>0</msg_code><msg>{'x' * 12_000_000}</msg></return>"
    with raw_server(answer(soap_answer(text))) as server:
        assert (
            len(etree.fromstring(download(server.url), etree.XMLParser(huge_tree=True)).findtext("msg") or "")
            == 12_000_000
        )
