from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from filing.models import Request, Subject
from filing.services import codes
from reporting import client
from reporting.models import Link
from reporting.services.download import poll_link
from reporting.services.upload import send_link
from simulator import Bureau, Running, serve
from tests.reporting.material import make_link, ready, states


@pytest.fixture(autouse=True)
def nothing_remembered(attachment_root: Any) -> Iterator[None]:
    """Keep code tables, WSDLs and images that one test read from the next."""
    codes.forget()
    yield
    codes.forget()
    client.forget_clients()


@pytest.fixture
def start_bureau() -> Iterator[Callable[..., Running]]:
    """Start simulators with a configuration of one's own; they end with the test."""
    with ExitStack() as stack:

        def start(**config: Any) -> Running:
            return stack.enter_context(serve(config))

        yield start


@pytest.fixture
def running(start_bureau: Callable[..., Running]) -> Running:
    """A simulator that listens, as it stands without a configuration."""
    return start_bureau()


@pytest.fixture
def bureau(running: Running) -> Bureau:
    """Its books: faults, options, decisions, journal."""
    return running.bureau


@pytest.fixture
def link(db: None, running: Running) -> Link:
    """The default link, to that simulator."""
    return make_link(running.url)


@pytest.fixture
def quiet_link(db: None) -> Link:
    """The default link, to a bureau that is never called."""
    return make_link("http://bureau.invalid")


@pytest.fixture
def waiting(link: Link, bureau: Bureau) -> Request:
    """A request that waits for its bureau, which has said nothing yet."""
    bureau.set_mode("manual")
    (request,) = ready(1)
    send_link(link)
    assert states(request) == ["awaiting_bureau"]
    return request


@pytest.fixture
def filed(link: Link) -> Subject:
    """A subject with a website that this bureau has filed for us; what follows is decided and never told."""
    (request,) = ready(1)
    send_link(link)
    poll_link(link)
    assert states(request) == ["approved"]
    return Subject.objects.get()


@pytest.fixture
def silent(bureau: Bureau) -> Bureau:
    bureau.set_options({"silent": True})
    return bureau
