"""Rules about websites and domains. Spec: result codes 1004, 1022, 1039, 1041; HCJG."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.utils import timezone

from filing.choices import DomainPoints, Severity
from filing.identifiers import BadDomain, format_ipv4, normalise_domain
from filing.rules.registry import REVIEWED, WEBSITES, Context, Document, Fault, rule, websites


def _domains(content: Document) -> Iterator[tuple[str, str]]:
    for path, website in websites(content):
        for index, domain in enumerate(website.get("domains", [])):
            if name := domain.get("name"):
                yield f"{path}.domains[{index}].name", name


@rule(1004, "域名可以备案", *WEBSITES)
def domains_are_registrable(content: Document, context: Context) -> Iterator[Fault]:
    for path, name in _domains(content):
        try:
            wanted = normalise_domain(name)
        except BadDomain as error:
            yield path, error.reason_zh
        else:
            if wanted != name.lower():
                yield path, f"只填注册的域名：{wanted}"


@rule(1039, "域名只填一次", *WEBSITES)
def domains_are_named_once(content: Document, context: Context) -> Iterator[Fault]:
    seen: set[str] = set()
    for path, name in _domains(content):
        if name.lower() in seen:
            yield path, f"“{name}”重复了，删去一个"
        seen.add(name.lower())


_HOME_PAGE = re.compile(r"[\w.-]+(?::\d{1,5})?")


@rule(1022, "首页网址只写主机名", *WEBSITES)
def home_pages_are_host_names(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        url = website.get("home_url", "")
        if url and not _HOME_PAGE.fullmatch(url):
            yield f"{path}.home_url", "去掉 http://、空格和“/”后面的部分，写成 www.example.cn"


@rule(1041, "首页网址在所填域名之下", *WEBSITES)
def home_pages_are_under_a_domain(content: Document, context: Context) -> Iterator[Fault]:
    for path, website in websites(content):
        url = website.get("home_url", "")
        if not url or "://" in url:
            continue
        host = url.split("/")[0].split(":")[0].lower()
        names = [name.lower() for each in website.get("domains", []) if (name := each.get("name"))]
        if names and not any(host == name or host.endswith("." + name) for name in names):
            yield f"{path}.home_url", f"首页网址须在所填域名之下（{'、'.join(names[:3])}）"


@rule(REVIEWED, "域名指向所填的 IP", *WEBSITES, severity=Severity.WARN, looks_up=True)
def domains_lead_to_the_addresses(content: Document, context: Context) -> Iterator[Fault]:
    """As the bureau checks it after the approval (HCJG). Where looking is switched off there is nothing to tell."""
    looks = {each.domain: each for each in context.held.looks()}
    for path, name in _domains(content) if looks else ():
        look = looks.get(name.lower())
        if look is None or look.points not in (DomainPoints.ELSEWHERE, DomainPoints.NOWHERE):
            continue
        when = timezone.localtime(look.looked_at).strftime("%Y-%m-%d %H:%M")
        if look.points == DomainPoints.NOWHERE:
            yield path, f"“{name}”还没有解析（{when} 查）"
        else:
            told = "、".join(format_ipv4(each) for each in look.addresses[:3])
            yield path, f"“{name}”解析到 {told}，不在所填的 IP 段里（{when} 查）"
