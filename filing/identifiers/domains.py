"""Domains and host names: normalised, reduced to what is registrable."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

import idna
import tldextract

from filing.identifiers.text import IDEOGRAPHIC_STOPS, BadDomain, half_width

# The list that the package brings: no network, no cache folder, the same answer on every machine.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://")
_LABEL = r"(?!..--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NORMAL_HOST = re.compile(rf"(?:{_LABEL}\.)+(?=[a-z]){_LABEL}")
"""What comes out of `normalise_host` as it went in: most names, so that they are not taken apart again."""
_LONGEST_HOST = 253


def normalise_host(text: str) -> str:
    """Reduce what was typed or pasted to a host name in lower-case Unicode, without scheme, port and path.

    Raises: BadDomain.
    """
    if len(text) <= _LONGEST_HOST and _NORMAL_HOST.fullmatch(text):
        return text
    plain = half_width(text.translate(IDEOGRAPHIC_STOPS)).lower()
    if not plain:
        raise BadDomain(text, "请填写域名")
    try:
        host = urlsplit(plain if _SCHEME.match(plain) else f"//{plain.lstrip('/')}").hostname or ""
    except ValueError:
        raise BadDomain(text, "不是域名：请只填域名，例如 example.cn") from None
    host = host.rstrip(".")
    if _is_ip(host):
        raise BadDomain(text, "这是 IP 地址，请填写域名")
    try:
        return idna.decode(idna.encode(host, uts46=True, std3_rules=True), uts46=True, std3_rules=True)
    except idna.IDNAError:
        raise BadDomain(text, "域名中有不允许的字符，或某一段为空、过长、以“-”开头或结尾") from None


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def normalise_domain(text: str) -> str:
    """Derive the registrable domain in lower-case Unicode: HTTP://Shop.Example.com.cn/a -> example.com.cn.

    Raises: BadDomain, also for a bare suffix and for a suffix that the public suffix list does not hold.
    """
    host = normalise_host(text)
    parts = _suffixes(host)
    if not parts.suffix:
        raise BadDomain(text, f"不认识的域名后缀“.{host.rpartition('.')[2]}”，请核对拼写")
    if not parts.domain:
        raise BadDomain(text, f"“{host}”只是域名后缀，请填写完整域名")
    return f"{parts.domain}.{parts.suffix}"


def ascii_domain(domain: str) -> str:
    """Write a normalised domain for DNS: 例子.中国 -> xn--fsqu00a.xn--fiqs8s."""
    return idna.encode(domain, uts46=True, std3_rules=True).decode("ascii")


def is_under(host: str, domain: str) -> bool:
    """Whether a normalised host is the normalised domain or lies below it."""
    return host == domain or host.endswith(f".{domain}")
