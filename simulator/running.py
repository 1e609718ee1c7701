"""Starting and stopping a bureau: for the command line, and in one process for tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

from simulator.bureau import Bureau
from simulator.config import Config, ConfigInvalid
from simulator.dialects import DIALECTS
from simulator.server import BureauServer


class Running:
    """A bureau that listens. stop() and start() keep the port and the state: an outage, seen from outside."""

    def __init__(self, bureau: Bureau, host: str, port: int) -> None:
        self.bureau = bureau
        self.host = host
        self.port = port
        self._server: BureauServer | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def start(self) -> None:
        """Raises: OSError where the port is in use."""
        if self._server is not None:
            return
        dialect = DIALECTS[self.bureau.config.dialect]
        self._server = BureauServer((self.host, self.port), self.bureau, dialect)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.end()
        self._thread.join()
        self._server.server_close()
        self._server.close_connections()
        self._server = self._thread = None

    def __enter__(self) -> Running:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        self.bureau.close()


def serve(
    config: Mapping[str, Any] | Config | None = None,
    port: int = 0,
    *,
    host: str = "127.0.0.1",
    clock: Callable[[], float] | None = None,
) -> Running:
    """A bureau to be used with `with`. Raises: ConfigInvalid."""
    settings = config if isinstance(config, Config) else Config.from_json(config)
    if settings.dialect not in DIALECTS:
        raise ConfigInvalid(f"dialect {settings.dialect} is unknown; known: {', '.join(DIALECTS)}")
    bureau = Bureau(settings, clock) if clock is not None else Bureau(settings)
    return Running(bureau, host, port)
