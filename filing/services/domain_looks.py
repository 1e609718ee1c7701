"""Where domains lead: what they resolve to, compared with the addresses that are declared for them.

As the bureau's own check (HCJG) does it. A warning with its date, never more: a site may be moved only after its filing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import dns.exception
import dns.resolver
from django.conf import settings
from django.utils import timezone

from filing.choices import DomainPoints, Operation, RequestState
from filing.identifiers import BadDomain, ascii_domain, is_under, normalise_host, parse_ipv4
from filing.identifiers.text import BadAddress
from filing.models import DomainLook, Request
from filing.services.revisions import current_contents

Document = dict[str, Any]

TIMEOUT_S = 4.0
FRESH = timedelta(hours=24)
"""A look is not repeated before: what a domain points at changes by hand."""
MOST_AT_ONCE = 20
"""Requests that one pass looks at: the next one goes on."""

LOOKED_AT = (RequestState.IN_REVIEW, RequestState.READY)
OPERATIONS = (Operation.NEW_FILING, Operation.NEW_WEBSITE, Operation.CHANGE)


class NotAnswered(Exception):
    """No name server said anything of use: not known where the name leads."""


class Resolver(Protocol):
    """Whoever knows names."""

    def addresses(self, host: str) -> frozenset[int]:
        """The IPv4 addresses of a host; empty where there are none. Raises: NotAnswered."""


class DnsResolver:
    """Asks the DNS: the servers of the settings, else those of the machine."""

    def __init__(self, servers: Sequence[str] = (), port: int = 53) -> None:
        self._resolver = dns.resolver.Resolver(configure=not servers)
        self._resolver.lifetime = TIMEOUT_S
        if servers:
            self._resolver.nameservers = list(servers)
            self._resolver.port = port

    def addresses(self, host: str) -> frozenset[int]:
        try:
            answer = self._resolver.resolve(host, "A")
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return frozenset()
        except dns.exception.DNSException as error:
            raise NotAnswered(str(error)) from error
        return frozenset(parse_ipv4(each.address) for each in answer)


def usual_resolver() -> DnsResolver:
    """The resolver of the settings."""
    return DnsResolver(settings.ICP_DNS_SERVERS)


def look_at_waiting(resolver: Resolver | None = None, now: datetime | None = None) -> int:
    """Look up the domains of requests that wait for review or for sending and were not looked at lately.

    Does nothing where it is not switched on (`ICP_CHECK_DNS`). Returns the number of requests.
    """
    if not settings.ICP_CHECK_DNS:
        return 0
    now = now or timezone.now()
    fresh = DomainLook.objects.filter(looked_at__gte=now - FRESH).values("request")
    due = Request.objects.filter(state__in=LOOKED_AT, operation__in=OPERATIONS).exclude(pk__in=fresh)
    waiting = list(due.order_by("state_changed_at")[:MOST_AT_ONCE])
    resolver = resolver or usual_resolver()
    contents = current_contents(waiting)
    for request in waiting:
        look_at(request, contents[request.pk], resolver, now)
    return len(waiting)


def look_at(request: Request, content: Document, resolver: Resolver, now: datetime) -> list[DomainLook]:
    """Look up each domain of a request, and keep what was found."""
    looks = []
    for domain, hosts, declared in _domains(content):
        points, addresses = _points(hosts, declared, resolver)
        values = {"points": points, "addresses": sorted(addresses), "looked_at": now}
        looks.append(DomainLook.objects.update_or_create(request=request, domain=domain, defaults=values)[0])
    DomainLook.objects.filter(request=request).exclude(pk__in=[each.pk for each in looks]).delete()
    return looks


def _points(
    hosts: Sequence[str], declared: Sequence[tuple[int, int]], resolver: Resolver
) -> tuple[DomainPoints, frozenset[int]]:
    found: frozenset[int] = frozenset()
    answered = False
    for host in hosts:
        try:
            found |= resolver.addresses(host)
            answered = True
        except NotAnswered:
            continue
    if any(start <= address <= end for address in found for start, end in declared):
        return DomainPoints.HERE, found
    if found:
        return DomainPoints.ELSEWHERE, found
    return (DomainPoints.NOWHERE if answered else DomainPoints.UNKNOWN), found


def _domains(content: Document) -> Iterator[tuple[str, list[str], list[tuple[int, int]]]]:
    """Each domain of a document: its name, the hosts that are asked for it, the ranges declared for its website."""
    for website in content.get("websites", []):
        declared = [
            pair
            for access in website.get("accesses", [])
            for each in access.get("ip_ranges", [])
            if (pair := _range(each)) is not None
        ]
        for domain in website.get("domains", []):
            try:
                name = normalise_host(domain.get("name", ""))
                hosts = [ascii_domain(name), f"www.{ascii_domain(name)}"]
                home = normalise_host(website["home_url"]) if website.get("home_url") else ""
            except BadDomain:
                continue
            if home and is_under(home, name) and ascii_domain(home) not in hosts:
                hosts.append(ascii_domain(home))
            yield name, hosts, declared


def _range(each: Document) -> tuple[int, int] | None:
    try:
        return parse_ipv4(each.get("start", "")), parse_ipv4(each.get("end", ""))
    except BadAddress:
        return None
