from __future__ import annotations

import socket
from collections.abc import Callable
from typing import Any

import pytest

from reporting import client, envelope
from reporting.answers import read_answer
from reporting.choices import Method
from reporting.errors import InterfaceMismatch, NotSent
from simulator import Running
from simulator.dialects import DIALECTS
from tests.reporting.material import ISP_ID
from tests.reporting.raw_server import (
    GOOD,
    answer,
    bureau_wsdl,
    credentials,
    deaf_port,
    download,
    raw_server,
    soap_answer,
)

PAGE = "<html><head><title>系统维护中</title></head><body><h1>系统维护中</h1></body></html>".encode()


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_it_calls_every_method_in_every_dialect(dialect: str, start_bureau: Callable[..., Running]) -> None:
    running = start_bureau(dialect=dialect)

    def code(method: Method, *values: Any) -> int:
        return read_answer(client.call(running.url, 5, method, [*credentials(), *values])).code

    zipped = envelope.zip_one("a1.xml", b"<x/>")
    content, digest = envelope.to_beian_info(zipped), envelope.md5_base64(zipped)
    assert code(Method.UPLOAD, content, digest, 1, 0, 0, 0) == 0
    assert code(Method.UPLOAD, content, digest, 3, 0, 0, 0) == 14
    assert code(Method.PREVIOUS_UPLOAD, 0) == 0
    assert code(Method.DOWNLOAD, 0) == 1
    assert code(Method.ACKNOWLEDGE, 0, running.bureau.queue(ISP_ID)[0].file_name) == 1
    assert code(Method.DOWNLOAD, 0) == 2
    assert code(Method.FILING_STATUS, 0, 0, "nobody.cn") == 0
    assert code(Method.VERIFY_PASSWORD, 0, "京ICP备2026000001号", "x") != 12
    assert [entry.sequence for entry in running.bureau.journal if entry.method == "isp_upload"] == [1, 3]


def test_it_carries_every_character_that_a_password_hash_or_name_may_hold(running: Running) -> None:
    text = client.call(running.url, 5, Method.DOWNLOAD, [ISP_ID, "名 <&>\"'", "r" * 20, "a+/==", 0])
    assert read_answer(text).code == 4


def test_it_reads_the_wsdl_once_for_a_process() -> None:
    with raw_server(answer(soap_answer(GOOD))) as server:
        assert download(server.url) == download(server.url) == GOOD
        assert server.posts == ["/ISPWebService/upDownLoad"] * 2
        assert [path for path in server.gets if path.lower().endswith("?wsdl")] == [
            "/ISPWebService/upDownLoad?wsdl"
        ]


def test_it_stays_at_the_configured_host_whatever_the_wsdl_names() -> None:
    inner = "http://10.20.30.40:8080"

    def describe(path: str, query: str, base_url: str) -> bytes | None:
        return bureau_wsdl(path, query, inner)

    with raw_server(answer(soap_answer(GOOD)), describe) as server:
        assert f"{inner}/ISPWebService/upDownLoad?xsd=1".encode() in (
            describe("/ISPWebService/upDownLoad", "wsdl", "") or b""
        )
        assert download(server.url) == GOOD
        assert len(server.gets) == 2


def test_it_calls_below_the_path_of_the_base_address() -> None:
    def describe(path: str, query: str, base_url: str) -> bytes | None:
        return bureau_wsdl(path.removeprefix("/province"), query, base_url + "/province")

    with raw_server(answer(soap_answer(GOOD)), describe) as server:
        assert download(server.url + "/province") == GOOD
        assert server.posts == ["/province/ISPWebService/upDownLoad"]


# --- nothing left us ------------------------------------------------------------------------------


def test_it_says_not_sent_where_the_connection_is_refused(running: Running) -> None:
    assert download(running.url)
    running.stop()
    with pytest.raises(NotSent):
        download(running.url)
    client.forget_clients()
    with pytest.raises(NotSent):
        download(running.url)
    running.start()
    assert download(running.url)


def test_it_says_not_sent_where_the_host_is_unknown(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NotSent):
        download("http://bureau.invalid:8080")
    url = running.url.replace("127.0.0.1", "localhost")
    assert download(url)
    running.stop()  # its kept connection would spare the look-up

    def unknown(*args: Any, **kwargs: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(NotSent):
        download(url)


def test_it_says_not_sent_where_connecting_takes_too_long(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CONNECT_TIMEOUT_S", 0.2)
    assert download(running.url)
    running.stop()
    with deaf_port(running.port), pytest.raises(NotSent):
        download(running.url)
    client.forget_clients()
    with deaf_port() as port, pytest.raises(NotSent):
        download(f"http://127.0.0.1:{port}")


@pytest.mark.parametrize(
    "document",
    [
        None,
        b"",
        b"not xml",
        PAGE,
        b"<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'/>",
        b"<!DOCTYPE d [<!ENTITY x 'y'>]><definitions xmlns='http://schemas.xmlsoap.org/wsdl/'>&x;</definitions>",
        b"<definitions xmlns='http://schemas.xmlsoap.org/wsdl/'>"
        b"<import namespace='n' location='file:///etc/passwd'/></definitions>",
        (bureau_wsdl("/ISPWebService/upDownLoad", "wsdl", "http://127.0.0.1") or b"")[:900],
    ],
)
def test_it_says_not_sent_where_the_wsdl_cannot_be_used(document: bytes | None) -> None:
    with raw_server(answer(soap_answer(GOOD)), lambda path, query, base_url: document) as server:
        with pytest.raises(NotSent):
            download(server.url)
        assert server.posts == []


def test_it_says_not_sent_where_the_wsdl_is_larger_than_any_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "MOST_ANSWER_BYTES", 500)
    with raw_server() as server:
        with pytest.raises(NotSent):
            download(server.url)
        assert server.posts == []


def test_it_says_that_the_interface_differs_where_a_method_is_missing_and_goes_on_once_it_is_there() -> None:
    def without(path: str, query: str, base_url: str) -> bytes | None:
        return (bureau_wsdl(path, query, base_url) or b"").replace(b'"isp_download"', b'"isp_fetch"')

    with raw_server(answer(soap_answer(GOOD)), without) as server:
        with pytest.raises(InterfaceMismatch, match="isp_download"):
            download(server.url)
        server.describe = bureau_wsdl
        assert download(server.url) == GOOD


def test_it_says_that_the_interface_differs_where_a_method_takes_other_parameters() -> None:
    def with_one_more(path: str, query: str, base_url: str) -> bytes | None:
        text = bureau_wsdl(path, query, base_url) or b""
        more = b'<xs:sequence><xs:element name="token" type="xs:string"/><xs:element name="ispId"'
        return text.replace(b'<xs:sequence><xs:element name="ispId"', more)

    with raw_server(answer(soap_answer(GOOD)), with_one_more) as server:
        with pytest.raises(InterfaceMismatch, match="6 个参数，规范为 5 个"):
            download(server.url)
        assert server.posts == []


def test_it_finds_a_method_whose_name_is_spelled_in_other_letters() -> None:
    def shouting(path: str, query: str, base_url: str) -> bytes | None:
        return (bureau_wsdl(path, query, base_url) or b"").replace(b"isp_download", b"ISP_DownLoad")

    with raw_server(answer(soap_answer(GOOD, "ISP_DownLoad")), shouting) as server:
        assert download(server.url) == GOOD


def test_it_takes_the_soap_binding_where_others_stand_before_it() -> None:
    plain = (
        '<message name="plainIn"><part name="ispId" type="x:string"/></message>'
        '<message name="plainOut"><part name="Body" type="x:string"/></message>'
        '<portType name="Plain"><operation name="isp_download"><input message="tns:plainIn"/>'
        '<output message="tns:plainOut"/></operation></portType>'
        '<binding name="Plain" type="tns:Plain"><http:binding verb="GET"/><operation name="isp_download">'
        '<http:operation location="/isp_download"/><input><http:urlEncoded/></input>'
        '<output><mime:mimeXml part="Body"/></output></operation></binding>'
    )
    spaces = (
        'xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:http="http://schemas.xmlsoap.org/wsdl/http/" '
        'xmlns:mime="http://schemas.xmlsoap.org/wsdl/mime/" targetNamespace='
    )

    def describe(path: str, query: str, base_url: str) -> bytes | None:
        text = bureau_wsdl(path, query, base_url) or b""
        if query.lower() != "wsdl":
            return text
        return text.replace(b"targetNamespace=", spaces.encode(), 1).replace(
            b"<binding name=", plain.encode() + b"<binding name=", 1
        )

    with raw_server(answer(soap_answer(GOOD)), describe) as server:
        assert download(server.url) == GOOD
