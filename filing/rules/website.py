"""Rules about websites and domains. Spec: result codes 1004, 1022, 1039, 1041."""

from __future__ import annotations

import re
from collections.abc import Iterator

from filing.identifiers import BadDomain, normalise_domain
from filing.rules.registry import WEBSITES, Context, Document, Fault, rule, websites


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
