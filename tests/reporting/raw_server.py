"""A server that answers as a test says, byte by byte: what no proper bureau does."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from reporting import client, envelope
from reporting.choices import Method
from simulator import wsdl
from simulator.dialects import DIALECTS
from tests.reporting.material import ISP_ID

SOAP = (
    '<?xml version="1.0" encoding="UTF-8"?><S:Envelope xmlns:S="http://schemas.xmlsoap.org/soap/envelope/">'
    '<S:Body><n:{method}Response xmlns:n="http://webservice.bureau.example/"><return>{text}</return>'
    "</n:{method}Response></S:Body></S:Envelope>"
)

GOOD = "<return><msg_code>2</msg_code></return>"

Act = Callable[[socket.socket], None]


@dataclass
class RawServer:
    """`act` is what becomes of a call once it was read whole; `describe` gives the WSDL (path, query, own address)."""

    url: str
    act: Act
    describe: Callable[[str, str, str], bytes | None]
    posts: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    gets: list[str] = field(default_factory=list)


def answer(
    body: bytes,
    status: str = "200 OK",
    kind: str = "text/xml; charset=utf-8",
    length: int | None = -1,
    more: str = "",
) -> Act:
    """Answer with these bytes. `length` is what Content-Length says, None to leave it out."""
    said = "" if length is None else f"Content-Length: {len(body) if length == -1 else length}\r\n"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nConnection: close\r\n{said}{more}\r\n"

    def act(connection: socket.socket) -> None:
        connection.sendall(head.encode() + body)

    return act


def hang_up(connection: socket.socket) -> None:
    """Close without a word."""


def soap_answer(text: str, method: str = "isp_download") -> bytes:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return SOAP.format(method=method, text=escaped).encode()


def bureau_wsdl(path: str, query: str, base_url: str) -> bytes | None:
    """The WSDL as the simulator writes it."""
    text = wsdl.write_document(DIALECTS["jaxws"], path, query, base_url)
    return None if text is None else text.encode()


@contextmanager
def raw_server(
    act: Act = hang_up, describe: Callable[[str, str, str], bytes | None] = bureau_wsdl
) -> Iterator[RawServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            found.gets.append(self.path)
            text = found.describe(parts.path, parts.query, found.url)
            self.send_response(404 if text is None else 200)
            self.send_header("Content-Length", str(len(text or b"")))
            self.end_headers()
            self.wfile.write(text or b"")

        def do_POST(self) -> None:
            found.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            found.posts.append(self.path)
            with suppress(OSError):  # the caller may give up first
                found.act(self.connection)
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    found = RawServer(f"http://127.0.0.1:{server.server_address[1]}", act, describe)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def deaf_port(port: int = 0) -> Iterator[int]:
    """A port that takes no connection and refuses none: its queue is full."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for each in fillers:
            each.setblocking(False)
            each.connect_ex(listener.getsockname())
        try:
            yield listener.getsockname()[1]
        finally:
            for each in fillers:
                each.close()


def credentials() -> list[Any]:
    value = envelope.random_value()
    return [ISP_ID, "demo", value, envelope.password_hash("demo-password", value)]


def download(url: str, timeout_s: float = 5) -> str:
    return client.call(url, timeout_s, Method.DOWNLOAD, [*credentials(), 0])  # type: ignore[arg-type]
