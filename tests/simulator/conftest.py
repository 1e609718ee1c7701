"""A bureau that listens on a free port, and a client for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from simulator import Running, serve
from tests.simulator.bureau_provider import OTHER_ID, UNIT, Provider
from tests.simulator.bureau_samples import Client

Start = Callable[..., tuple[Running, Client]]


@pytest.fixture
def start() -> Iterator[Start]:
    """start(config, **serve arguments) -> (running, client of the first unit)."""
    with ExitStack() as stack:

        def begin(config: dict[str, Any] | None = None, **arguments: Any) -> tuple[Running, Client]:
            running = stack.enter_context(serve(config, **arguments))
            return running, Client(running.url)

        yield begin


@pytest.fixture
def bureau(start: Start) -> tuple[Running, Client]:
    return start()


@pytest.fixture
def provider(start: Start) -> Provider:
    """A provider with a filing of two websites; `other` is a second unit."""
    return Provider(*start({"units": [UNIT, {**UNIT, "isp_id": OTHER_ID}]}))
