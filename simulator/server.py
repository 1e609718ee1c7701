"""HTTP/1.1: WSDL and SOAP at the addresses of the interface; control interface and page beside them."""

from __future__ import annotations

import logging
import socket
import struct
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from simulator import soap, wsdl
from simulator.control import ControlRefused, handle_control
from simulator.dialects import SERVICES, Dialect
from simulator.faults import Fault
from simulator.page import render_page
from simulator.soap import SoapFault

if TYPE_CHECKING:
    from simulator.bureau import Bureau

logger = logging.getLogger(__name__)

# A full file is 67 MB in base64.
MAX_BODY_BYTES = 100_000_000
HTML_PAGE = (
    "<html><head><title>{status}</title></head><body><h1>系统维护中</h1><p>请稍后再试。</p></body></html>"
)


class BureauServer(ThreadingHTTPServer):
    """Knows its open connections, so that stopping also ends those that are kept alive."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], bureau: Bureau, dialect: Dialect) -> None:
        self.bureau = bureau
        self.dialect = dialect
        self.connections: set[socket.socket] = set()
        super().__init__(address, Handler)

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
        if parts.path == "/":
            self._reply(200, "text/html; charset=utf-8", render_page(self.server.bureau).encode())
        elif parts.path.startswith("/_control/"):
            self._control(parts.path, b"")
        elif parts.path in SERVICES and parts.query.lower() == "wsdl":
            text = wsdl.write_wsdl(self.server.dialect, parts.path, f"http://{self.headers.get('Host', '')}")
            self._reply(200, "text/xml;charset=utf-8", text.encode())
        elif parts.path in SERVICES and parts.query.lower() == "xsd=1" and self.server.dialect.imported_types:
            self._reply(
                200, "text/xml;charset=utf-8", wsdl.write_schema(self.server.dialect, parts.path).encode()
            )
        else:
            self._reply(404, "text/plain; charset=utf-8", b"not found")

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
            self._reply(404, "text/plain; charset=utf-8", b"not found")

    def log_message(self, format: str, *args: object) -> None:
        logger.debug(format, *args)

    def _soap(self, path: str, body: bytes) -> None:
        dialect, bureau = self.server.dialect, self.server.bureau
        try:
            call = soap.read_call(body, dialect, path)
        except SoapFault as error:
            self._reply(500, "text/xml;charset=utf-8", soap.write_fault(error))
            return
        fault = bureau.faults.pick(call.method, call.number("ispId"))
        if fault is not None and self._strike_before(fault, call):
            return
        text = bureau.call(call, self.client_address[0], fault)
        reply = soap.write_answer(dialect, call.method, text)
        if fault is not None and fault.kind == "slow_answer":
            time.sleep(fault.delay_s)
        if fault is not None and fault.kind == "lost_answer":
            self._hang_up()
        elif fault is not None and fault.kind == "cut":
            self._reply(200, "text/xml;charset=utf-8", reply[: len(reply) // 2], announced=len(reply))
            self._hang_up()
        else:
            self._reply(200, "text/xml;charset=utf-8", reply)

    def _strike_before(self, fault: Fault, call: soap.Call) -> bool:
        """Faults that strike before the work is done; answers whether the call ends here."""
        if fault.kind == "delay":
            time.sleep(fault.delay_s)
            return False
        pages = {"http_500": (500, b""), "garbage": (200, b"\x00\x01not xml")}
        if fault.kind in pages:
            status, content = pages[fault.kind]
            self._reply(status, "text/xml;charset=utf-8", content)
        elif fault.kind in ("html_200", "html_503"):
            status = int(fault.kind[-3:])
            self._reply(status, "text/html; charset=utf-8", HTML_PAGE.format(status=status).encode())
        elif fault.kind == "soap_fault":
            self._reply(
                500,
                "text/xml;charset=utf-8",
                soap.write_fault(SoapFault("Server", "java.lang.NullPointerException")),
            )
        elif fault.kind == "dropped":
            self._hang_up()
        elif fault.kind == "reset":
            # Linger 0 makes the system send RST instead of FIN.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._hang_up(graceful=False)
        else:
            return False
        bureau = self.server.bureau
        bureau.journal.write(bureau.clock(), call.number("ispId"), call.method, fault=fault.kind)
        return True

    def _control(self, path: str, body: bytes) -> None:
        try:
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
            self._reply(413 if length > 0 else 400, "text/plain; charset=utf-8", b"bad length")
            return None
        return self.rfile.read(length)

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            size = int(self.rfile.readline(20).split(b";")[0].strip() or b"0", 16)
            if len(body) + size > MAX_BODY_BYTES:
                self.close_connection = True
                self._reply(413, "text/plain; charset=utf-8", b"too large")
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

    def _hang_up(self, *, graceful: bool = True) -> None:
        self.close_connection = True
        if graceful:
            _shut(self.connection)
        else:
            self.connection.close()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError as error:
        logger.debug("connection was already closed: %s", error)
