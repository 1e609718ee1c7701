"""Where domains lead: asked of a real name server on this machine, and told as a warning with its date."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest

from filing.choices import DomainPoints, RequestState, Severity
from filing.models import DomainLook, Request
from filing.services.domain_looks import DnsResolver, look_at_waiting
from filing.services.revisions import findings_for
from tests import factories

HERE, THERE = "203.0.113.11", "198.51.100.7"
SILENT = "silent.cn"


class NameServer(threading.Thread):
    """Answers over UDP what its zone says; of a name that it does not know, that there is none; to one, nothing."""

    def __init__(self, zone: dict[str, list[str]]) -> None:
        super().__init__(daemon=True)
        self.zone, self.asked = zone, []  # type: tuple[dict[str, list[str]], list[str]]
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]

    def run(self) -> None:
        while True:
            try:
                data, peer = self.socket.recvfrom(4096)
            except OSError:
                return
            query = dns.message.from_wire(data)
            name = query.question[0].name.to_text(omit_final_dot=True)
            self.asked.append(name)
            if name.endswith(SILENT):
                continue
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            if name in self.zone:
                if self.zone[name]:
                    answer.answer.append(
                        dns.rrset.from_text(query.question[0].name, 60, "IN", "A", *self.zone[name])
                    )
            else:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            self.socket.sendto(answer.to_wire(), peer)


@pytest.fixture
def server() -> Iterator[NameServer]:
    zone = {
        "example.cn": [THERE], "www.example.cn": [HERE, THERE], "elsewhere.cn": [THERE], "www.elsewhere.cn": [],
        "xn--fsqu00a.xn--fiqs8s": [HERE],
    }  # fmt: skip
    found = NameServer(zone)
    found.start()
    yield found
    found.socket.close()


@pytest.fixture
def switched_on(settings: Any) -> None:
    settings.ICP_CHECK_DNS = True


def resolver(server: NameServer) -> DnsResolver:
    made = DnsResolver(["127.0.0.1"], server.port)
    made._resolver.lifetime = 0.5
    return made


def waiting(*domains: str) -> Request:
    site = factories.website("虚构示例站", *domains)
    return factories.request_in(RequestState.IN_REVIEW, content=factories.stored_filing(site))


@pytest.mark.django_db
@pytest.mark.usefixtures("switched_on")
def test_it_compares_what_a_domain_resolves_to_with_the_declared_ranges(server: NameServer) -> None:
    request = waiting("example.cn", "elsewhere.cn", "nowhere.cn", "例子.中国", SILENT)
    assert look_at_waiting(resolver(server), factories.AT) == 1
    assert dict(request.domain_looks.values_list("domain", "points")) == {
        "example.cn": DomainPoints.HERE,
        "elsewhere.cn": DomainPoints.ELSEWHERE,
        "nowhere.cn": DomainPoints.NOWHERE,
        "例子.中国": DomainPoints.HERE,
        SILENT: DomainPoints.UNKNOWN,
    }
    assert {"example.cn", "www.example.cn", "xn--fsqu00a.xn--fiqs8s"} <= set(server.asked)


@pytest.mark.django_db
@pytest.mark.usefixtures("switched_on")
def test_it_warns_of_what_leads_elsewhere_with_address_and_date(server: NameServer) -> None:
    request = waiting("example.cn", "elsewhere.cn", "nowhere.cn")
    look_at_waiting(resolver(server), factories.AT)
    told = {
        each.path: each
        for each in findings_for(request, request.revisions.get().content)
        if "查）" in each.message
    }
    assert set(told) == {"websites[0].domains[1].name", "websites[0].domains[2].name"}
    first = told["websites[0].domains[1].name"]
    assert (first.severity, THERE in first.message, "2026-11-23 10:30" in first.message) == (
        Severity.WARN,
        True,
        True,
    )


@pytest.mark.django_db
@pytest.mark.usefixtures("switched_on")
def test_it_looks_again_after_a_day_and_not_before(server: NameServer) -> None:
    request = waiting("example.cn")
    assert [look_at_waiting(resolver(server), factories.AT) for _ in range(2)] == [1, 0]
    server.zone["www.example.cn"] = server.zone["example.cn"] = []
    assert look_at_waiting(resolver(server), factories.AT + timedelta(hours=25)) == 1
    assert DomainLook.objects.get().points == DomainPoints.NOWHERE
    assert Request.objects.get(pk=request.pk).state == RequestState.IN_REVIEW


@pytest.mark.django_db
def test_it_asks_nobody_where_it_is_not_switched_on(server: NameServer) -> None:
    waiting("example.cn")
    assert look_at_waiting(resolver(server)) == 0
    assert (server.asked, DomainLook.objects.count()) == ([], 0)
