"""What a search shows: a few of each kind, with what matched, and the address of all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import Prefetch
from django.urls import reverse

from filing.choices import FiledState
from filing.code_tables import CodeTable
from filing.identifiers import BadDomain, format_ipv4, normalise_domain, parse_filing_number
from filing.listing import Count
from filing.masking import mask
from filing.models import AddressRange, Domain, Request, Subject, Website
from filing.search.asked import Asked
from filing.search.filed import find_ranges, find_subjects, find_websites
from filing.search.finding import Hits
from filing.search.requests import find_requests
from filing.selectors import listed
from filing.services import codes
from filing.visibility import seen_by

MOST_SHOWN = 8
_FILED_LOOKS = {FiledState.FILED: "good", FiledState.CANCELLED: "withdrawn"}


@dataclass(frozen=True)
class Line:
    """One hit. `name` and `facts` may hold what was typed; `state` and `words` are drawn as everywhere."""

    url: str
    name: str
    state: str
    words: str
    facts: list[str]


@dataclass(frozen=True)
class Group:
    """Hits of one kind. `all_url` leads to the list of all of them, where there is one."""

    title: str
    unit: str
    count: Count
    lines: list[Line] = field(default_factory=list)
    all_url: str = ""

    @property
    def has_more(self) -> bool:
        return self.count.number > len(self.lines) or self.count.more


def groups(user: User, asked: Asked) -> list[Group]:
    """What was found, kind by kind; kinds of which nothing was found are left out. A bounded number of queries."""
    if not asked:
        return []
    found = [_requests(user, asked), _subjects(asked), _websites(asked), _ranges(asked)]
    return [each for each in found if each.lines]


def only_hit(user: User, asked: Asked) -> str:
    """The address of the one thing that is called exactly so: a ref, a filing number, a domain. Empty where it is none."""
    found = {
        reverse("request_detail", args=[ref])
        for ref in Request.objects.filter(seen_by(user), ref=asked.text).values_list("ref", flat=True)[:2]
    }
    number = parse_filing_number(asked.number) if asked.number else None
    if number is not None:
        named = Subject.objects.filter(number=number.subject).values_list("pk", flat=True)[:2]
        found |= {reverse("filed_detail", args=[pk]) for pk in named}
    if "." in asked.words and asked.addresses is None:
        found |= _called(user, asked.words)
    return found.pop() if len(found) == 1 else ""


def _called(user: User, words: str) -> set[str]:
    """What has this very domain: subjects, and requests that are not about them."""
    try:
        name = normalise_domain(words)
    except BadDomain:
        return set()
    sites = Domain.objects.filter(name=name).values_list("website__subject", "website__subject__own_id")[:2]
    own_ids = [own_id for _pk, own_id in sites if own_id is not None]
    asking = Request.objects.filter(seen_by(user), domains__contains=[name]).exclude(
        subject_own_id__in=own_ids
    )
    found = {reverse("filed_detail", args=[pk]) for pk, _own_id in sites}
    return found | {reverse("request_detail", args=[ref]) for ref in asking.values_list("ref", flat=True)[:2]}


def _group(title: str, unit: str, hits: Hits, lines: list[Line], all_url: str = "") -> Group:
    return Group(title, unit, Count(len(hits.keys), hits.more), lines, all_url)


def _requests(user: User, asked: Asked) -> Group:
    hits = find_requests(listed().filter(seen_by(user)), asked)
    rows = listed().filter(pk__in=hits.keys[:MOST_SHOWN]).order_by("-pk")
    lines = [
        Line(
            reverse("request_detail", args=[each.ref]),
            each.subject_name or "（主体未填）",
            each.state,
            "",
            [each.ref, each.get_operation_display(), _domains(asked, each.domains)],
        )
        for each in rows
    ]
    return _group(
        "报备单", "件", hits, lines, f"{reverse('request_list')}?{urlencode({'tab': 'all', 'q': asked.text})}"
    )


def _subjects(asked: Asked) -> Group:
    hits = find_subjects(Subject.objects.all(), asked)
    rows = Subject.objects.filter(pk__in=hits.keys[:MOST_SHOWN]).order_by("-pk")
    lines = [
        Line(
            reverse("filed_detail", args=[each.pk]),
            each.name,
            _FILED_LOOKS[FiledState(each.state)],
            each.get_state_display(),
            [
                each.number,
                codes.region_path(each.city or each.province),
                # Who searches by a certificate has it in hand; on the screen it stays masked.
                f"证件 {mask(each.certificate_number)}"
                if asked.certificate == each.certificate_number
                else "",
            ],
        )
        for each in rows
    ]
    return _group("主体", "个", hits, lines, _filed_url(asked))


def _websites(asked: Asked) -> Group:
    hits = find_websites(asked)
    rows = Website.objects.filter(pk__in=hits.keys[:MOST_SHOWN]).order_by("-pk")
    domains = Domain.objects.order_by("pk")
    lines = [
        Line(
            f"{reverse('filed_detail', args=[each.subject_id])}#site-{each.pk}",
            each.name,
            _FILED_LOOKS[FiledState(each.state)],
            each.get_state_display(),
            [_domains(asked, [domain.name for domain in each.domains.all()]), each.number, each.subject.name],
        )
        for each in rows.select_related("subject").prefetch_related(Prefetch("domains", domains))
    ]
    return _group("网站与域名", "个", hits, lines, _filed_url(asked))


def _ranges(asked: Asked) -> Group:
    hits = find_ranges(asked)
    rows = AddressRange.objects.filter(pk__in=hits.keys[:MOST_SHOWN]).order_by("-pk")
    lines = [
        Line(
            f"{reverse('filed_detail', args=[each.access.website.subject_id])}#site-{each.access.website_id}",
            " – ".join(dict.fromkeys(format_ipv4(number) for number in (each.start, each.end))),
            _FILED_LOOKS[FiledState(each.access.state)],
            each.access.get_state_display(),
            [_provider(each), each.access.website.name, each.access.website.subject.name],
        )
        for each in rows.select_related("access__website__subject")
    ]
    return _group("接入的 IP 段", "段", hits, lines, _filed_url(asked))


def _provider(each: AddressRange) -> str:
    if each.access.is_ours:
        return "本单位接入"
    provider = each.access.provider_id
    return codes.name_of(CodeTable.REPORTING_UNIT, provider) or f"接入商 {provider}"


def _domains(asked: Asked, names: list[str]) -> str:
    """The first domain that was meant, and how many there are."""
    if not names:
        return ""
    first = next((name for name in names if asked.words in name), names[0])
    return f"{first} 等 {len(names)} 个域名" if len(names) > 1 else first


def _filed_url(asked: Asked) -> str:
    return f"{reverse('filed_list')}?{urlencode({'tab': 'all', 'q': asked.text})}"
