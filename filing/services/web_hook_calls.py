"""One call of a web hook: a signed POST to an address that was looked at first.

Addresses of this machine and of the private network are refused unless their host is listed in ICP_WEBHOOK_ALLOWED_HOSTS.
The call goes to the very address that was looked at: a name that resolves otherwise a moment later reaches nothing.
Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import certifi
import urllib3
from django.conf import settings

CONNECT_S, READ_S = 3.0, 5.0
MOST_READ = 500
PORTS = {"http": 80, "https": 443}
# RFC 6052 (a translator hands them on as IPv4) and the former IPv4-compatible ones: the last 32 bits are the address.
_HOLD_IPV4 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("::/96"))


class BadAddress(Exception):
    """An address that may not be called. The text says why, in Chinese."""


@dataclass(frozen=True)
class Answered:
    """What came of a call. `words` are for the list of deliveries."""

    is_taken: bool
    words: str


def sign(secret: str, timestamp: int, body: bytes) -> str:
    """HMAC-SHA256 over "timestamp.body", in hex."""
    return hmac.new(secret.encode(), f"{timestamp}.".encode() + body, hashlib.sha256).hexdigest()


def check(url: str) -> SplitResult:
    """What can be said of an address without resolving it. Raises: BadAddress."""
    try:
        parts = urlsplit(url)
        _port = parts.port
    except ValueError as error:
        raise BadAddress("地址写得不对，应如 https://ops.example.cn/icp") from error
    if parts.scheme not in PORTS or not parts.hostname:
        raise BadAddress("地址应以 https:// 开头")
    if parts.username or parts.password or parts.fragment or any(sign.isspace() for sign in url):
        raise BadAddress("地址里不能有用户名、口令、# 和空格")
    if parts.scheme == "http" and not _is_allowed(parts.hostname):
        raise BadAddress("只能用 https://；内部主机用 http，须由运维列入 ICP_WEBHOOK_ALLOWED_HOSTS")
    return parts


def _is_allowed(host: str) -> bool:
    return host.lower() in {each.lower() for each in settings.ICP_WEBHOOK_ALLOWED_HOSTS}


def resolve(host: str, port: int) -> str:
    """The address to call: the first, once all were found to be outside. Raises: BadAddress, OSError."""
    found = [
        str(each[4][0])
        for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        if each[0] in (socket.AF_INET, socket.AF_INET6)
    ]
    if not found:
        raise BadAddress(f"查不到 {host} 的地址")
    if not _is_allowed(host):
        for address in found:
            if not is_outside(address):
                raise BadAddress(f"{host} 指向内部地址 {address}：须由运维列入 ICP_WEBHOOK_ALLOWED_HOSTS")
    return found[0]


def is_outside(address: str) -> bool:
    """Whether an address is one of the internet at large, also where it is written inside an IPv6 one."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is None and any(ip in network for network in _HOLD_IPV4):
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            ip = inner
    return ip.is_global and not ip.is_multicast


def post(url: str, secret: str, body: bytes, *, event_id: str, timestamp: int) -> Answered:
    """Send once. Never raises for what the network or the other side does: it is told."""
    try:
        parts = check(url)
        host, port = parts.hostname or "", parts.port or PORTS[parts.scheme]
        pool = _pool(parts.scheme, host, port, resolve(host, port))
    except BadAddress as error:
        return Answered(False, str(error))
    except OSError:
        return Answered(False, "查不到主机的地址")
    headers = {
        "Host": parts.netloc,
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "icp-filing-alerts",
        "X-ICP-Event-Id": event_id,
        "X-ICP-Timestamp": str(timestamp),
        "X-ICP-Signature": f"v1={sign(secret, timestamp, body)}",
    }
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        answer = pool.urlopen(
            "POST", path, body=body, headers=headers, retries=False, redirect=False, preload_content=False
        )
        with answer:
            answer.read(MOST_READ)
            return Answered(200 <= answer.status < 300, f"应答 {answer.status}")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        return Answered(False, _words(error))
    finally:
        pool.close()


def _pool(scheme: str, host: str, port: int, address: str) -> urllib3.HTTPConnectionPool:
    timeout = urllib3.Timeout(connect=CONNECT_S, read=READ_S)
    if scheme == "http":
        return urllib3.HTTPConnectionPool(address, port, timeout=timeout, maxsize=1)
    return urllib3.HTTPSConnectionPool(
        address,
        port,
        timeout=timeout,
        maxsize=1,
        server_hostname=host,
        assert_hostname=host,
        cert_reqs="CERT_REQUIRED",
        ca_certs=certifi.where(),
    )


def _words(error: Exception) -> str:
    if isinstance(
        error, urllib3.exceptions.NewConnectionError
    ):  # the library takes it for a kind of time-out
        return "连不上"
    if isinstance(error, urllib3.exceptions.TimeoutError):
        return "超时没有应答"
    return "证书不可信" if isinstance(error, urllib3.exceptions.SSLError) else "连接中断"
