"""HTTP/1.1: WSDL and SOAP at the addresses of the interface; control interface and page beside them."""

from __future__ import annotations

import logging
import selectors
import socket
import struct
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from simulator import soap, wsdl
from simulator.control import ControlRefused, handle_control
from simulator.dialects import SERVICES, Dialect
from simulator.faults import DESCRIPTION, Fault
from simulator.pages import render
from simulator.soap import SoapFault

if TYPE_CHECKING:
    from simulator.bureau import Bureau

logger = logging.getLogger(__name__)

# A full file is 67 MB in base64.
MAX_BODY_BYTES = 100_000_000
XML = "text/xml;charset=utf-8"
HTML = "text/html; charset=utf-8"
PLAIN = "text/plain; charset=utf-8"
HTML_PAGE = "<html><head><title>系统维护中</title></head><body><h1>系统维护中</h1></body></html>".encode()
# kind -> what is answered instead of doing the work; the two without hang up
STRIKES_BEFORE: dict[str, tuple[int, str, bytes]] = {
    "http_500": (500, XML, b""),
    "garbage": (200, XML, b"\x00\x01 not xml"),
    "html_200": (200, HTML, HTML_PAGE),
    "html_503": (503, HTML, HTML_PAGE),
    "soap_fault": (500, XML, soap.write_fault(SoapFault("Server", "java.lang.NullPointerException"))),
    "dropped": (0, "", b""),
    "reset": (0, "", b""),
}


class BureauServer(ThreadingHTTPServer):
    """Knows its open connections, so that stopping also ends those that are kept alive."""

    daemon_threads = True
    request_queue_size = 128
    # handle_request() takes what is there and does not wait for more.
    timeout = 0

    def __init__(self, address: tuple[str, int], bureau: Bureau, dialect: Dialect) -> None:
        self.bureau = bureau
        self.dialect = dialect
        self.connections: set[socket.socket] = set()
        self._woken, self._waker = socket.socketpair()
        super().__init__(address, Handler)

    def serve(self) -> None:
        """Until end() is called. Unlike serve_forever it sleeps while nothing comes, and ends at once."""
        with selectors.DefaultSelector() as selector:
            selector.register(self, selectors.EVENT_READ)
            selector.register(self._woken, selectors.EVENT_READ)
            while not any(key.fileobj is self._woken for key, _ in selector.select()):
                self.handle_request()

    def end(self) -> None:
        self._waker.send(b".")

    def server_close(self) -> None:
        super().server_close()
        self._woken.close()
        self._waker.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exc_info()[1]
        if isinstance(error, OSError):
            logger.debug("connection from %s ended: %s", client_address, error)
        else:
            logger.exception("a call from %s failed", client_address)

    def close_connections(self) -> None:
        for connection in list(self.connections):
            _shut(connection)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    server: BureauServer
    protocol_version = "HTTP/1.1"
    server_version = "Bureau/3.0"
    sys_version = ""
    # Answers leave in one piece; without this the last one waits for the peer's acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1

    def setup(self) -> None:
        super().setup()
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        try:
            super().finish()
        except OSError as error:
            logger.debug("connection ended: %s", error)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        page = render(self.server.bureau, parts.path, parts.query)
        if page is not None:
            self._reply(200, HTML, page.encode())
        elif parts.path.startswith("/_control/"):
            self._control(parts.path, b"")
        else:
            self._describe(parts.path, parts.query)

    def do_POST(self) -> None:
        body = self._read_body()
        if body is None:
            return
        path = urlsplit(self.path).path
        if path.startswith("/_control/"):
            self._control(path, body)
        elif path in SERVICES:
            self._soap(path, body)
        else:
            self._reply(404, PLAIN, b"not found")

    def log_message(self, format: str, *args: object) -> None:
        logger.debug(format, *args)

    def _describe(self, path: str, query: str) -> None:
        text = None
        if path in SERVICES:
            fault = self.server.bureau.pick_fault(DESCRIPTION, 0)
            if fault is not None and self._strike_before(fault, DESCRIPTION, 0):
                return
            base_url = f"http://{self.headers.get('Host', '')}"
            text = wsdl.write_document(self.server.dialect, path, query, base_url)
        if text is None:
            self._reply(404, PLAIN, b"not found")
        else:
            self._reply(200, XML, text.encode())

    def _soap(self, path: str, body: bytes) -> None:
        dialect, bureau = self.server.dialect, self.server.bureau
        try:
            call = soap.read_call(body, dialect, path)
        except SoapFault as error:
            self._reply(500, XML, soap.write_fault(error))
            return
        fault = bureau.pick_fault(call.method, call.number("ispId"))
        if fault is not None and self._strike_before(fault, call.method, call.number("ispId")):
            return
        text = bureau.call(call, self.client_address[0], fault)
        reply = soap.write_answer(dialect, call.method, text)
        if fault is not None and fault.kind == "slow_answer":
            time.sleep(fault.delay_s)
        if fault is not None and fault.kind == "lost_answer":
            self._hang_up()
        elif fault is not None and fault.kind == "cut":
            self._reply(200, XML, reply[: len(reply) // 2], announced=len(reply))
            self._hang_up()
        else:
            self._reply(200, XML, reply)

    def _strike_before(self, fault: Fault, method: str, isp_id: int) -> bool:
        """Faults that strike before the work is done; answers whether the call ends here."""
        if fault.kind == "delay":
            time.sleep(fault.delay_s)
            return False
        if fault.kind not in STRIKES_BEFORE:
            return False
        bureau = self.server.bureau
        bureau.journal.write(bureau.clock(), isp_id, method, fault=fault.kind)
        if fault.kind == "dropped":
            self._hang_up()
        elif fault.kind == "reset":
            # Linger 0 makes the system send RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
        else:
            self._reply(*STRIKES_BEFORE[fault.kind])
        return True

    def _control(self, path: str, body: bytes) -> None:
        try:
            if self.command == "POST" and self.headers.get_content_type() != "application/json":
                # A page of another site can post forms here, but not this type.
                raise ControlRefused(415, "the body must be application/json")
            status, content = handle_control(self.server.bureau, self.command, path, body)
        except ControlRefused as refusal:
            status, content = refusal.status, refusal.to_bytes()
        self._reply(status, "application/json; charset=utf-8", content)

    def _read_body(self) -> bytes | None:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            return self._read_chunks()
        try:
            length = int(self.headers.get("Content-Length", "0"))
        except ValueError:
            length = -1
        if not 0 <= length <= MAX_BODY_BYTES:
            self.close_connection = True
            self._reply(413 if length > 0 else 400, PLAIN, b"bad length")
            return None
        return self.rfile.read(length)

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            size = int(self.rfile.readline(20).split(b";")[0].strip() or b"0", 16)
            if len(body) + size > MAX_BODY_BYTES:
                self.close_connection = True
                self._reply(413, PLAIN, b"too large")
                return None
            if size == 0:
                while self.rfile.readline(1000).strip():
                    pass
                return bytes(body)
            body += self.rfile.read(size)
            self.rfile.readline(2)

    def _reply(self, status: int, content_type: str, content: bytes, *, announced: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(content) if announced is None else announced))
        self.end_headers()
        try:
            self.wfile.write(content)
            self.wfile.flush()
        except OSError as error:
            # The caller gave up waiting: what was done stays done.
            logger.debug("answer not delivered: %s", error)
            self.close_connection = True

    def _hang_up(self) -> None:
        self.close_connection = True
        _shut(self.connection)


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        logger.debug("connection was already closed: %s", error)
